"""A rule: one thing that can be wrong, why that is so, and how to mend it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from lmi.artifact.source import ModelSource
from lmi.rules.finding import Finding, Location, Severity
from lmi.rules.subject import Subject

Need = Literal["image", "files", "host", "hosting", "attention_heads", "properties", "tarball"]
"""What a subject must know for a rule to be asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One place where a rule is broken."""

    message: str
    """What is written there, and what is allowed. Lower case, no full stop."""
    location: Location
    key: str | None = None
    fix: str | None = None
    """What to do here. Default: the rule's."""
    severity: Severity | None = None
    """Default: the rule's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """An artifact that keeps or breaks a rule, as a test and the documentation show it."""

    files: Mapping[str, str] = field(hash=False)
    """The folder: names and texts. ``serving.properties`` is often all there is."""
    sizes: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Further files, of which only the number of bytes counts."""
    image: str | None = "0.36.0-lmi27.0.0-cu130"
    """Tag of the image; None: nobody named one."""
    options: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    """Overrides, as an environment file has them."""
    instance_type: str | None = None
    attention_heads: int | None = None
    """`model.attention_heads` of artifact.yaml."""
    hosting: Mapping[str, object] = field(default_factory=dict, hash=False)
    """Further fields of the hosting."""
    layout: str = "rooted"
    """Of artifact.yaml."""
    source: ModelSource | None = None
    """Of artifact.yaml."""
    only_properties: bool = False
    """Whether only serving.properties is known, and no folder."""


def properties(text: str, **rest: object) -> Example:
    """Return the example of a folder that holds nothing but this serving.properties."""
    return Example(files={"serving.properties": text}, **rest)  # type: ignore[arg-type]


Find = Callable[[Subject], Iterable[Hit]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule, its documentation and its examples. `find` yields the locations that break it."""

    id: str
    """Lower-case words with hyphens. Never changes: acknowledgements name it."""
    severity: Severity
    title: str
    """A sentence of what must hold."""
    reason: str
    """What happens otherwise. Whole sentences."""
    fix: str
    """What to do. Lower case, no full stop."""
    source: str
    """Public sources: an address, or ``project version: file``."""
    passes: tuple[Example, ...]
    fails: tuple[Example, ...]
    needs: frozenset[Need] = frozenset()
    find: Find

    def can_judge(self, subject: Subject) -> bool:
        """Return whether *subject* knows what the rule needs."""
        known: dict[Need, object] = {
            "image": subject.image,
            "files": subject.files,
            "host": subject.host,
            "hosting": subject.hosting,
            "attention_heads": subject.attention_heads,
            "properties": subject.written,
            "tarball": subject.tarball,
        }
        return all(known[need] is not None for need in self.needs)

    def findings(self, subject: Subject) -> Iterable[Finding]:
        """Yield what breaks the rule in *subject*; nothing where it cannot be judged."""
        if not self.can_judge(subject):
            return
        for hit in self.find(subject):
            yield Finding(
                rule=self.id,
                severity=hit.severity or self.severity,
                artifact=subject.artifact,
                endpoint=subject.endpoint,
                location=hit.location,
                key=hit.key,
                message=hit.message,
                fix=hit.fix or self.fix,
                source=self.source,
            )


def rule(
    *,
    id: str,
    severity: Severity,
    title: str,
    reason: str,
    fix: str,
    source: str,
    passes: tuple[Example, ...],
    fails: tuple[Example, ...],
    needs: Iterable[Need] = (),
) -> Callable[[Find], Rule]:
    """Make the decorated generator of hits a Rule."""

    def decorate(find: Find) -> Rule:
        return Rule(
            id=id,
            severity=severity,
            title=title,
            reason=reason,
            fix=fix,
            source=source,
            passes=passes,
            fails=fails,
            needs=frozenset(needs),
            find=find,
        )

    return decorate
