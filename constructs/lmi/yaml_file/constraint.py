"""What a value must be beyond its type: metadata of an annotation, for reader and JSON Schema."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lmi.errors import LmiError
from lmi.yaml_file.shown import shown


class Constraint:
    """What a value of the right type must be besides. Those of an annotation count in its order."""

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with *value*, None if nothing is."""
        return None

    def json_schema(self) -> Mapping[str, object]:
        """Return the keywords that say the same, as far as a JSON Schema can."""
        return {}


class Characters(Constraint):
    """A text of *least* to *most* characters; *least* is 0 or 1."""

    def __init__(self, *, least: int = 0, most: int | None = None) -> None:
        self.least = least
        self.most = most

    def problem(self, value: str) -> str | None:
        """Compare the length."""
        if len(value) < self.least:
            return "must not be empty"
        if self.most is not None and len(value) > self.most:
            return f"must have at most {self.most} characters, has {len(value)}"
        return None

    def json_schema(self) -> Mapping[str, object]:
        """Return the bounds that there are."""
        bounds = {"minLength": self.least or None, "maxLength": self.most}
        return {keyword: bound for keyword, bound in bounds.items() if bound is not None}


class Entries(Constraint):
    """A mapping of at most *most* entries."""

    def __init__(self, *, most: int) -> None:
        self.most = most

    def problem(self, value: Mapping[str, object]) -> str | None:
        """Count."""
        if len(value) > self.most:
            return f"must have at most {self.most} entries, has {len(value)}"
        return None

    def json_schema(self) -> Mapping[str, object]:
        """Return the bound."""
        return {"maxProperties": self.most}


class Between(Constraint):
    """A whole number from *least* to *most*, both included."""

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least = least
        self.most = most

    def problem(self, value: int) -> str | None:
        """Compare."""
        if value < self.least:
            return f"must be at least {self.least}, got {value}"
        if self.most is not None and value > self.most:
            return f"must be at most {self.most}, got {value}"
        return None

    def json_schema(self) -> Mapping[str, object]:
        """Return the bounds that there are."""
        return {"minimum": self.least} | ({} if self.most is None else {"maximum": self.most})


class Positive(Constraint):
    """A whole number above 0."""

    def problem(self, value: int) -> str | None:
        """Compare."""
        return None if value > 0 else f"must be above 0, got {value}"

    def json_schema(self) -> Mapping[str, object]:
        """Return the bound."""
        return {"exclusiveMinimum": 0}


class Matches(Constraint):
    """
    A text that matches *pattern* from end to end.

    Args:
        pattern: a regular expression that Python and ECMAScript read alike, with ``^`` and ``$``.
        must: completes the sentence "must ...": what is allowed, for people. Default: the pattern.
    """

    def __init__(self, pattern: str, must: str | None = None) -> None:
        self.pattern = pattern
        self.must = must or f"match {pattern}"

    def problem(self, value: str) -> str | None:
        """Match."""
        # Python's $ also matches before a final newline.
        if re.match(self.pattern, value) is None or value.endswith("\n"):
            return f"must {self.must}, got {shown(value)}"
        return None

    def json_schema(self) -> Mapping[str, object]:
        """Return the pattern."""
        return {"pattern": self.pattern}


class Parsed(Constraint):
    """A text that *parse* takes; it raises an LmiError for any other."""

    def __init__(self, parse: Callable[[str], object]) -> None:
        self.parse = parse

    def problem(self, value: str) -> str | None:
        """Parse, and leave what comes of it to whoever needs it."""
        try:
            self.parse(value)
        except LmiError as error:
            return str(error)
        return None


class Known(Parsed):
    """A name that *look_up* finds; *names* are all of them, wanted only for the JSON Schema."""

    def __init__(
        self, look_up: Callable[[str], object], names: Callable[[], Iterable[str]]
    ) -> None:
        super().__init__(look_up)
        self.names = names

    def json_schema(self) -> Mapping[str, object]:
        """Return the names, so that an editor completes them."""
        return {"enum": list(self.names())}


class AnyScalar(Constraint):
    """A text that stands for whatever single value is in the file; see `parse`'s *keeps_text*."""

    def json_schema(self) -> Mapping[str, object]:
        """Return the types that the file may have."""
        return {"type": ["string", "number", "boolean", "null"]}
