"""What the source of a section says of its keys, read only where a person asks for it."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise

from lmi.yaml_file.section import Section

_FOUND: dict[type[Section], Mapping[str, str]] = {}


def descriptions(section: type[Section]) -> Mapping[str, str]:
    """Return the docstring of each key of *section* that has one, each on one line."""
    if section not in _FOUND:
        _FOUND[section] = dict(_docstrings(section))
    return _FOUND[section]


def _docstrings(section: type[Section]) -> Iterator[tuple[str, str]]:
    module = ast.parse(textwrap.dedent(inspect.getsource(section)))
    body = module.body[0].body if isinstance(module.body[0], ast.ClassDef) else []
    for statement, following in pairwise(body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())
