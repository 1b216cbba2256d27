"""What a rule says about one place of one target."""

from dataclasses import dataclass
from typing import Literal

from lmi.text_range import TextRange

Severity = Literal["error", "warning", "info"]
"""
`error`: the image refuses to load it, or every call fails, or SageMaker refuses it, or a secret
leaks. `warning`: it loads, but not as it is written. `info`: worth knowing.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """Where something stands. Lines and columns count from 1, columns in characters."""

    file: str | None
    """Path as the user would write it; None: in no file, such as an argument of a construct."""
    line: int | None = None
    column: int | None = None
    end_column: int | None = None
    """After the last character, on the same line."""

    @classmethod
    def at(cls, file: str | None, place: TextRange) -> "Location":
        """Return *place* in *file*."""
        return cls(file=file, line=place.line, column=place.column, end_column=place.end_column)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding, in the form that `lmi check --format json` prints."""

    rule: str
    """Id of the rule."""
    severity: Severity
    artifact: str | None
    endpoint: str | None
    """``ENV/ENDPOINT``; None where an artifact was checked by itself."""
    location: Location
    key: str | None
    """Of serving.properties, or the key path of a YAML file."""
    message: str
    """What was written, where, and what is allowed."""
    fix: str
    """What to do."""
    source: str
    """Where the rule comes from, publicly."""
    acknowledged: str | None = None
    """The reason that somebody gave for leaving it so."""

    @property
    def counts(self) -> bool:
        """Whether nobody acknowledged it."""
        return self.acknowledged is None
