"""`acknowledge`: the list that artifact.yaml and the endpoints of an environment file can have."""

from typing import Annotated

from lmi.yaml_file.constraint import Characters
from lmi.yaml_file.section import Section

_Text = Annotated[str, Characters(least=1)]


class AcknowledgeSection(Section):
    """A finding of `lmi check` that is left as it is."""

    rule: _Text
    """Id of the rule, as `lmi check` prints it."""

    key: _Text | None = None
    """Only its findings about this key. Default: all of them."""

    reason: _Text
    """Why it is left, for whoever reads it later."""


AcknowledgeList = tuple[AcknowledgeSection, ...]
