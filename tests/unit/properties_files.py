"""Generated properties files, and the smallest that still shows a difference."""

import random
from collections.abc import Callable, Iterator

Parts = tuple[bytes, ...]
"""A file, in pieces that can be left out one by one."""

ENDINGS = [b"\n", b"\r", b"\r\n"]

SYNTAX = [
    *ENDINGS,
    *(b"\\\n", b"\\\r", b"\\\r\n", b"\\\\\n", b"\\", b"\\\\"),
    *(b"=", b":", b" ", b"\t", b"\f", b" = ", b"\t:\f", b"  "),
    *(b"#", b"!", b"\n#", b"\r!", b"\\\n#", b"\n  # c\\\n"),
    *(b"\\=", b"\\:", b"\\ ", b"\\#", b"\\t", b"\\n", b"\\r", b"\\f", b"\\b", b"\\'"),
    *(b"\\u00E9", b"\\u0041", b"\\uD83D", b"\\uDE00", b"\\u000A", b"\\u0000", b"\\u0020"),
]
WORDS = [
    *(b"a", b"b", b"a=", b"b=", b"\na=", b"\nb:", b"\n=", b"0", b"u", b"true ", b"option.dtype"),
    *("é".encode(), "漢".encode(), "😀".encode(), "\u2028".encode(), "\x85".encode()),
    *(b"\x00", b"\x0b", b"\x1a", b"\x1c", b"\x7f"),
]
LATIN = [b"\xe9", b"\x85", b"\xa0", b"\xff"]
BROKEN = [
    *(b"\\u", b"\\u00", b"\\u00g0", b"\\U0041", b"\\u 041", b"\\u00\\\n41", b"\\\\u12"),
    *(b"\xed\xa0\x80", b"\xf0\x9f", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe6\xbc"),
]
BUFFER = 8192
"""Characters that Java's reader takes at once: what crosses it could be split."""


def generated(seed: int, count: int) -> Iterator[Parts]:
    """
    Yield *count* files: in the most of them anything follows anything, one in 25 crosses the
    buffer's end, one in 10 holds what Java refuses.
    """
    # Not Hypothesis: it needs a millisecond for each file, this a fiftieth.
    chance = random.Random(seed)  # noqa: S311 -- no secret
    for _ in range(count):
        alphabet = SYNTAX + WORDS
        if chance.random() < 0.3:
            alphabet = alphabet + LATIN
        if chance.random() < 0.1:
            alphabet = alphabet + BROKEN
        parts = chance.choices(alphabet, k=chance.randrange(25))
        if chance.random() < 0.05:
            parts.insert(0, b"\xef\xbb\xbf")
        if chance.random() < 0.04:
            at = chance.randrange(len(parts) + 1)
            before = sum(map(len, parts[:at]))
            until = chance.randrange(1, 3) * BUFFER - before - chance.randrange(8)
            parts.insert(at, chance.choice([b"x", b" ", b"\\", b"#"]) * max(0, until))
        yield tuple(parts)


def smallest(parts: Parts, fails: Callable[[bytes], bool]) -> bytes:
    """Return what is left of *parts*, which fail, when no part and no byte can be left out."""
    shrunk = [*_smallest(list(parts), fails)]
    return b"".join(_smallest([bytes([byte]) for byte in b"".join(shrunk)], fails))


def _smallest(parts: list[bytes], fails: Callable[[bytes], bool]) -> list[bytes]:
    size = max(1, len(parts) // 2)
    while True:
        for at in range(0, len(parts), size):
            fewer = parts[:at] + parts[at + size :]
            if fails(b"".join(fewer)):
                parts = fewer
                break
        else:
            if size == 1:
                return parts
            size = max(1, size // 2)
