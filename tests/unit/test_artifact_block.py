"""A block of the gzip file depends on its own bytes alone, and nobody labours at what is packed."""

import random
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmi.artifact import block
from lmi.artifact.block import BLOCK_CHUNKS, pack
from lmi.artifact.member import CHUNK_BYTES
from tests.unit.bundles import weights

RANDOM = random.Random(0).randbytes(BLOCK_CHUNKS * CHUNK_BYTES)  # noqa: S311


def chunks(data: bytes) -> list[bytes]:
    return [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]


def unpack(packed: bytes) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed)


CONTENTS = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 3 * CHUNK_BYTES), st.sampled_from("zwr")),
    max_size=3,
).map(
    lambda parts: b"".join(
        {"z": bytes([seed]) * size, "w": weights(size, seed), "r": RANDOM[seed : seed + size]}[kind]
        for seed, size, kind in parts
    )[: BLOCK_CHUNKS * CHUNK_BYTES]
)


@settings(max_examples=40, deadline=None)
@given(contents=st.lists(CONTENTS, min_size=1, max_size=5))
def test_blocks_in_any_order_are_one_stream(contents: list[bytes]) -> None:
    blocks = [pack(chunks(content)) for content in contents]
    for order in (blocks, blocks[::-1]):
        stream = b"".join(piece for packed in order for piece in packed.packed)
        expected = contents if order is blocks else contents[::-1]
        assert unpack(stream + b"\x03\x00") == b"".join(expected)
    assert [(each.size, each.crc32) for each in blocks] == [
        (len(content), zlib.crc32(content)) for content in contents
    ]


@settings(max_examples=40, deadline=None)
@given(before=st.lists(CONTENTS, max_size=3), content=CONTENTS)
def test_a_block_is_the_same_whatever_its_thread_packed_before(
    before: list[bytes], content: bytes
) -> None:
    with ThreadPoolExecutor(1) as fresh:
        expected = fresh.submit(pack, chunks(content)).result()
    for each in before:
        pack(chunks(each))
    assert pack(chunks(content)) == expected


def test_what_is_packed_already_is_not_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Sequence[bytes | memoryview]] = []
    deflated = block._deflated

    def watched(data: Sequence[bytes | memoryview]) -> list[bytes]:
        tried.append(data)
        return deflated(data)

    monkeypatch.setattr(block, "_deflated", watched)
    packed = b"".join(pack(chunks(RANDOM)).packed)
    assert len(packed) <= len(RANDOM) * 1.001
    assert sum(len(piece) for data in tried for piece in data) <= len(RANDOM) / 8


def test_what_shrinks_by_8_percent_is_compressed() -> None:
    content = bytearray(RANDOM)
    for start in range(0, len(content), 6):
        content[start] = 0x3C
    packed = b"".join(pack(chunks(bytes(content))).packed)
    assert len(packed) < 0.95 * len(content)


def test_one_compressible_part_is_reason_enough_to_compress() -> None:
    content = RANDOM[: 7 * CHUNK_BYTES] + bytes(CHUNK_BYTES)
    swapped = content[-CHUNK_BYTES:] + content[:-CHUNK_BYTES]
    assert len(b"".join(pack(chunks(swapped)).packed)) < 0.9 * len(content)


def test_no_block_grows_by_more_than_the_headers_of_stored_blocks() -> None:
    for size in (0, 1, 100, CHUNK_BYTES - 1, CHUNK_BYTES):
        packed = b"".join(pack(chunks(RANDOM[:size])).packed)
        assert len(packed) <= size + 16
