"""
The escapes of java.util.Properties.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
"""

import re
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_ESCAPED = {character: f"\\{letter}" for letter, character in _CONTROL.items()}


def malformed_unicode_escapes(text: str) -> Iterator[int]:
    """
    Yield the offset of every backslash in *text* whose `u` four hexadecimal digits do not
    follow.
    """
    if "\\u" not in text:
        return
    for match in _ESCAPE.finditer(text):
        if match[2] == "u":
            yield match.start()


def unescape(text: str) -> str:
    r"""
    Return *text* with its escapes resolved.

    A backslash before any other character vanishes. Two `\uXXXX` that name a pair of surrogates
    become one character, as they do in a Java string.
    """
    if "\\" not in text:
        return text
    resolved = _ESCAPE.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _CONTROL.get(match[2], match[2]), text
    )
    return resolved.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def raw_offset(text: str, index: int) -> int:
    """
    Return where in *text*, which has escapes, the character *index* of `unescape(text)` begins; of
    its length, the end of *text*.
    """
    raw = read = 0
    half_ends = -1  # where an escape ends whose character is the first half of a pair
    for match in _ESCAPE.finditer(text):
        if read + match.start() - raw > index:
            break
        read += match.start() - raw
        raw = match.end()
        unit = int(match[1], 16) if match[1] else 0
        if 0xDC00 <= unit <= 0xDFFF and match.start() == half_ends:
            half_ends = -1
            continue
        if read == index:
            return match.start()
        read += 1
        half_ends = match.end() if 0xD800 <= unit <= 0xDBFF else -1
    return raw + index - read


def escape_key(key: str) -> str:
    """Return *key* in ASCII, so that Java reads it as one key."""
    return "".join(_escape(character, " =:#!\\") for character in key)


def escape_value(value: str) -> str:
    """
    Return *value* in ASCII, so that Java reads exactly it, in whatever encoding, after any
    separator.
    """
    # Only in front would a blank be skipped, or `=` and `:` be taken for a separator.
    return "".join(
        _escape(character, "\\" if index else " =:\\") for index, character in enumerate(value)
    )


def _escape(character: str, special: str) -> str:
    if character in special:
        return f"\\{character}"
    if character in _ESCAPED:
        return _ESCAPED[character]
    if " " <= character <= "~":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04X}" for at in range(0, len(units), 2))
