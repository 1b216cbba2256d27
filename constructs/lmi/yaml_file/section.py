"""The base of what describes a mapping in a YAML file."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Section(BaseModel):
    """
    A mapping whose keys are all known. The docstring of a field describes it in the JSON Schema.

    Pydantic's own `use_attribute_docstrings` reads the sources whenever the class is made, which
    takes longer than the checks of a file; here they are read when a description is wanted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, protected_namespaces=())

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the descriptions."""
        section = handler(schema)
        properties = handler.resolve_ref_schema(section)["properties"]
        for name, text in field_docstrings(cls).items():
            properties[name]["description"] = text
        return section


@lru_cache
def field_docstrings(section: type[BaseModel]) -> Mapping[str, str]:
    """Return the docstring of each field of *section* that has one."""
    module = ast.parse(textwrap.dedent(inspect.getsource(section)))
    body = module.body[0].body if isinstance(module.body[0], ast.ClassDef) else []
    found: dict[str, str] = {}
    for statement, following in pairwise(body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found
