"""Our chunks are zarr-python's chunks: each reads what the other wrote, bit for bit, for every setting we offer."""

import json
import warnings

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, ZstdCodec
from zarr.storage import MemoryStore

from embexplore.io.chunk_codec import Blosc, ChecksumError, ChunkCodec, Crc32c, Gzip, Zstd
from embexplore.io.stored_array import StoredArray, pack_shard, unpack_index

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from zarr.codecs.numcodecs import Delta

    DELTA = Delta(dtype="i1")

SETTINGS = {
    "none": ("int8", None, []),
    "zstd": ("int8", None, [ZstdCodec(level=3)]),
    "zstd with its own checksum": ("int8", None, [ZstdCodec(level=3, checksum=True)]),
    "blosc": ("int8", None, [BloscCodec(typesize=1, cname="zstd", clevel=1, shuffle="bitshuffle")]),
    "blosc float": ("float32", None, [BloscCodec(typesize=4, cname="lz4", clevel=5, shuffle="shuffle")]),
    "gzip": ("uint8", None, [GzipCodec(level=5)]),
    "delta": ("int8", [DELTA], [ZstdCodec(level=3)]),
}


def stored(name, shards=None):
    """An array of zarr-python's in memory, its bytes, and our view of its metadata."""
    dtype, filters, compressors = SETTINGS[name]
    store = MemoryStore()
    options = {} if filters is None else {"filters": filters}
    array = zarr.create_array(
        store,
        shape=(1, 6, 20, 24),
        chunks=(1, 6, 10, 8),
        shards=shards,
        dtype=dtype,
        fill_value=0,
        compressors=[*compressors, Crc32cCodec()],
        **options,
    )
    return (
        array,
        store._store_dict,
        StoredArray.from_metadata("", json.loads(store._store_dict["zarr.json"].to_bytes())),
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_each_side_reads_the_chunks_of_the_other(name, rng):
    array, files, ours = stored(name)
    values = rng.integers(-128, 128, array.shape).astype(array.dtype)
    array[:] = values
    chunk = values[:, :, 10:20, 8:16]
    theirs = np.frombuffer(files["c/0/0/1/1"].to_bytes(), np.uint8)
    np.testing.assert_array_equal(ours.codec.decode(theirs, ours.chunks), chunk)
    mine = ours.codec.encode(chunk[..., ::-1])
    files["c/0/0/1/1"] = files["c/0/0/1/1"].from_bytes(mine.tobytes())
    np.testing.assert_array_equal(array[:, :, 10:20, 8:16], chunk[..., ::-1])


@pytest.mark.parametrize("name", ["none", "blosc", "delta"])
def test_each_side_reads_the_shards_of_the_other(name, rng):
    array, files, ours = stored(name, shards=(1, 6, 20, 16))
    values = rng.integers(-127, 128, array.shape).astype(array.dtype)
    values[..., :10, :8] = 0  # a chunk that is absent
    array[:] = values
    shard = np.frombuffer(files["c/0/0/0/0"].to_bytes(), np.uint8)
    index = unpack_index(ours, shard[-ours.index_bytes :])
    assert index[0, 0, 0, 0, 0] == 2**64 - 1
    offset, length = index[0, 0, 1, 1]
    read = ours.codec.decode(shard[offset : offset + length], ours.chunks)
    np.testing.assert_array_equal(read, values[..., 10:20, 8:16])
    places = {
        (0, 0, i, j): ours.codec.encode(values[..., 10 * i : 10 * i + 10, 8 * j : 8 * j + 8])
        for i, j in ((0, 1), (1, 1))
    }
    files["c/0/0/0/0"] = files["c/0/0/0/0"].from_bytes(pack_shard(ours, places).tobytes())
    np.testing.assert_array_equal(array[..., :, 8:16], values[..., :, 8:16])
    assert not array[..., 10:20, :8].any()


@given(
    values=hnp.arrays(np.int8, hnp.array_shapes(min_dims=1, max_dims=4, max_side=6)),
    steps=st.lists(
        st.sampled_from([Crc32c(), Zstd(3), Blosc("zstd", 1), Blosc("lz4", 5, "bitshuffle"), Gzip(1)]), max_size=3
    ),
    is_delta=st.booleans(),
)
@settings(max_examples=60)
def test_decoding_undoes_encoding_whatever_the_steps(values, steps, is_delta):
    """Differences of int8 wrap around: every value from −128 to 127 comes back."""
    codec = ChunkCodec(np.dtype(np.int8), tuple(steps), is_delta)
    np.testing.assert_array_equal(codec.decode(codec.encode(values), values.shape), values)


def test_differences_run_along_x_in_a_band_first_chunk():
    codec = ChunkCodec(np.dtype(np.int8), (), is_delta=True)
    ramp = np.tile(np.arange(8, dtype=np.int8), (1, 3, 4, 1))
    steps = codec.encode(ramp).view(np.int8).reshape(ramp.shape)
    assert (steps[..., 1:] == 1).all()
    full = np.array([-128, 127, -128, 0], np.int8)
    np.testing.assert_array_equal(codec.decode(codec.encode(full), (4,)), full)


@given(data=st.binary(min_size=1, max_size=200), position=st.integers(0), bit=st.integers(0, 7))
def test_a_checksum_notices_every_single_flipped_bit(data, position, bit):
    kept = Crc32c().encode(np.frombuffer(data, np.uint8)).copy()
    kept[position % len(kept)] ^= 1 << bit
    with pytest.raises(ChecksumError):
        Crc32c().decode(kept, None)


def test_unknown_codecs_are_left_to_zarr_python():
    store = MemoryStore()
    array = zarr.create_array(store, shape=(4, 4), chunks=(4, 4), dtype="int8", serializer=zarr.codecs.BytesCodec())
    document = array.metadata.to_dict()
    assert StoredArray.from_metadata("", document).codec is not None
    document["codecs"] = [{"name": "transpose", "configuration": {"order": [1, 0]}}, *document["codecs"]]
    assert StoredArray.from_metadata("", document).codec is None
