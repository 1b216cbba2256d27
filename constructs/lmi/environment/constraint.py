"""Annotations that check a string when it is read and describe it in the JSON Schema."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from lmi.errors import LmiError


@dataclass(frozen=True)
class Matches:
    """A string that matches *pattern* from end to end."""

    pattern: str
    """A regular expression that Python and ECMAScript read alike, with ``^`` and ``$``."""
    must: str
    """Completes the sentence "must ...": what is allowed, for people."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check after the string itself was checked."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the pattern."""
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, value: str) -> str:
        # Python's $ also matches before a final newline.
        if re.match(self.pattern, value) is None or value.endswith("\n"):
            raise ValueError(f"must {self.must}, got {value!r}")
        return value


@dataclass(frozen=True)
class Known:
    """A name that *look_up* finds; it raises an LmiError for any other."""

    look_up: Callable[[str], object]
    names: Callable[[], Iterable[str]]
    """All names, for the JSON Schema's enum; called only when a schema is made."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check after the string itself was checked."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the names, so that an editor completes them."""
        return {**handler(schema), "enum": list(self.names())}

    def _check(self, value: str) -> str:
        try:
            self.look_up(value)
        except LmiError as error:
            raise ValueError(str(error)) from error
        return value
