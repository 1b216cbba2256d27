"""`acknowledge`: the list that artifact.yaml and the endpoints of an environment file can have."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from lmi.yaml_file.section import Section

_Text = Annotated[str, Field(min_length=1)]


class AcknowledgeSection(Section):
    """A finding of `lmi check` that is left as it is."""

    rule: _Text
    """Id of the rule, as `lmi check` prints it."""

    key: _Text | None = None
    """Only its findings about this key. Default: all of them."""

    reason: _Text
    """Why it is left, for whoever reads it later."""


def _as_tuple(value: object) -> object:
    # Strict mode takes only a tuple for a tuple, and YAML knows only lists.
    return tuple(value) if isinstance(value, list) else value


AcknowledgeList = Annotated[tuple[AcknowledgeSection, ...], BeforeValidator(_as_tuple)]
