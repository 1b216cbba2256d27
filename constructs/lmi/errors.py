"""
Exceptions raised by this package.

* LmiError
  x ConfigError    -- the call or an environment file could not be understood; exit code 2
  x ArtifactError  -- the artifact cannot be built from the given folder; nothing was written
  x CatalogError   -- no such image, region or instance type; carries the nearest known names
  x HostError      -- this host lacks something, or a local server did not do what it should

Of their own parts, and caught there: lmi.local.hosting.EndpointFailed, what a stack event shows;
lmi.ops.answers.AnswerError and lmi.ops.predict.InvocationError, what `lmi predict` prints.

A message names what the user wrote, where, what is allowed and what to do. An input with several
problems raises once, one problem a line. Exit code 1 unless said otherwise.
"""


class LmiError(Exception):
    """A mistake that the user can mend. Printed as it is, without a traceback."""

    exit_code = 1


class ConfigError(LmiError):
    """The call or an environment file could not be understood."""

    exit_code = 2


class ArtifactError(LmiError):
    """The artifact cannot be built from the given folder. Nothing was written."""


class CatalogError(LmiError):
    """There is no image, region or instance type of this name."""


class HostError(LmiError):
    """This host lacks something, or a local server did not do what it should."""
