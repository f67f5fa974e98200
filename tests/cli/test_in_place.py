"""A verb may replace the very cube that it reads, if that is asked for."""


def test_encode_onto_itself_tells_the_bytes_that_were_there(run, island, tmp_path):
    own = tmp_path / "own.zarr"
    run("encode", island, own, "--codec", "int8")
    there = run("encode", own, tmp_path / "copy.zarr", "--codec", "binary").out.split("before ")[1]
    assert run("encode", own, own, "--codec", "binary").code == 1
    assert run("encode", own, own, "--codec", "binary", "--overwrite").out.split("before ")[1] == there
