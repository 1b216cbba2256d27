"""
Exceptions raised by this package.

* LmiError
  x ConfigError    -- the call or an environment file could not be understood; exit code 2
  x ArtifactError  -- the artifact cannot be built from the given folder; nothing was written
  x CatalogError   -- no such image, region or instance type; carries the nearest known names
  x HostError      -- this host lacks something, or a local server did not do what it should

Of their own parts, and caught there: lmi.local.hosting.EndpointFailed, what a stack event shows;
lmi.ops.answers.AnswerError and lmi.ops.predict.InvocationError, what `lmi predict` prints;
lmi.ops.mirror.failure.MirrorError, what `lmi mirror` prints.

A message names what the user wrote, where, what is allowed and what to do. An input with several
problems raises once, one problem a line. Exit code 1 unless said otherwise.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong, and its place as far as it has one."""

    message: str
    file: str | None = None
    line: int | None = None
    """Counted from 1."""
    column: int | None = None
    """Counted from 1, in characters."""
    key: str | None = None
    """Key of serving.properties, or key path of a YAML file."""

    def __str__(self) -> str:
        """Return ``FILE:LINE:COLUMN: KEY: MESSAGE``, without the parts that there are not."""
        numbers = (str(number) for number in (self.line, self.column) if number is not None)
        place = ":".join((self.file, *numbers)) if self.file else None
        return ": ".join(part for part in (place, self.key, self.message) if part)


class LmiError(Exception):
    """A mistake, or several, that the user can mend. Printed as it is, without a traceback."""

    exit_code = 1

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(
            Problem(message=problem) if isinstance(problem, str) else problem
            for problem in problems
        )
        """Everything that is wrong."""
        super().__init__("\n".join(map(str, self.problems)))


class ConfigError(LmiError):
    """The call or an environment file could not be understood."""

    exit_code = 2


class ArtifactError(LmiError):
    """The artifact cannot be built from the given folder. Nothing was written."""


class CatalogError(LmiError):
    """There is no image, region or instance type of this name."""


class HostError(LmiError):
    """This host lacks something, or a local server did not do what it should."""
