"""`embexplore workshop` writes notebooks, and keeps what is there."""


def test_notebooks_are_written_and_never_overwritten_unasked(program, tmp_path):
    first = program("workshop", "lessons", cwd=tmp_path)
    assert first.code == 0, first.err
    assert "notebooks to lessons" in first.out
    mine = tmp_path / "lessons" / "00-start-here.ipynb"
    mine.write_text("mine")
    again = program("workshop", "lessons", cwd=tmp_path)
    assert again.code == 1
    assert "exists" in again.err
    assert mine.read_text() == "mine"
    assert program("workshop", "lessons", "--overwrite", "--quiet", cwd=tmp_path).out == ""
    assert mine.read_text() != "mine"
