"""What a notebook keeps of an Explorer: a reference to the view, and a sentence for readers without widgets."""

import embexplore as ex


def test_a_reader_without_widgets_gets_a_sentence() -> None:
    bundle = ex.Explorer(ex.null_island())._repr_mimebundle_()
    assert bundle["text/plain"] == "The Explorer on Null Island: run this cell to see it."
    assert "model_id" in bundle["application/vnd.jupyter.widget-view+json"]
