"""Reads a YAML file, and says where it is none."""

from collections.abc import Callable
from pathlib import Path

import yaml

from lmi.errors import LmiError, Problem
from lmi.regular_file import read_regular_file
from lmi.yaml_file.document import Document, KeyPath
from lmi.yaml_file.parser import parse

_MOST_BYTES = 1 << 20
"""Room for thousands of endpoints. PyYAML takes ten seconds for as much."""


def read_document(
    path: Path, *, keeps_text: Callable[[KeyPath], bool], error_type: type[LmiError]
) -> Document:
    """
    Return the document in the file *path*.

    Args:
        path: the file, in UTF-8 with or without a byte order mark.
        keeps_text: whether the value of a key is wanted as it stands in the file, see
            `lmi.yaml_file.parser.parse`.
        error_type: raised if the file cannot be read or is not one YAML document.
    """

    def refuse(message: str, line: int | None = None) -> LmiError:
        return error_type(Problem(file=str(path), line=line, message=message))

    try:
        text = read_regular_file(path, most_bytes=_MOST_BYTES).decode("utf-8-sig")
    except FileNotFoundError:
        raise refuse("no such file") from None
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refuse(f"must be UTF-8 text, byte {error.start + 1} is not") from error
    try:
        return parse(text, keeps_text=keeps_text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise refuse(f"is not YAML: {what}", mark.line + 1 if mark else None) from error
    except RecursionError:
        raise refuse("is nested too deeply; no key stands more than a few levels deep") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise refuse(f"is not YAML: {error.reason}", line) from error
