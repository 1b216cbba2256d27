"""Mistakes for a serving.properties that is right: one line each, to see whether a rule notices."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lmi import catalog
from lmi.catalog.version import version_numbers
from lmi.properties import PropertiesFile
from lmi.properties.option_data import uses_by_key
from lmi.rules import Example, Finding, check, subject_of_example

PROPERTIES = "serving.properties"

_WORDS = ("two", "many", "high", "all")
_NO_VALUES = ("float24", "none-such", "perhaps", "off-by-one")
_CLOSED = ("engine", "option.entryPoint", "option.dtype", "option.rolling_batch", "option.quantize")


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A serving.properties that loads, with the files beside it."""

    name: str
    image: str
    """Tag of the image that it loads in."""
    lines: tuple[str, ...]
    """Of serving.properties, without their ends: ``key=value``."""
    files: tuple[tuple[str, str], ...] = ()
    """Names and texts of the other files."""

    @property
    def text(self) -> str:
        """The text of serving.properties."""
        return "".join(f"{line}\n" for line in self.lines)

    def is_clean(self) -> bool:
        """Return whether the rules have nothing against it."""
        return all(finding.severity == "info" for finding in self.findings())

    @property
    def has_code(self) -> bool:
        """Whether the model has Python code of its own."""
        return any(name.endswith(".py") for name, _ in self.files)

    def findings(self) -> tuple[Finding, ...]:
        """Return what the rules say."""
        files = {PROPERTIES: self.text, **dict(self.files)}
        return check(subject_of_example(Example(files=files, image=self.image), self.name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One mistake."""

    kind: str
    configuration: Configuration
    """With the mistake."""
    before: Configuration
    line: int
    """From 1."""
    key: str
    """As it stands there now."""

    @property
    def shown(self) -> str:
        """The mistake in words."""
        text = self.configuration.lines[self.line - 1]
        return f"{self.configuration.name} ({self.configuration.image}): {self.kind}: {text}"

    def is_noticed(self) -> bool:
        """Return whether there is a new error or warning on that line about that key."""
        known = {_identity(finding) for finding in self.before.findings()}
        return any(
            finding.severity != "info"
            and finding.key == self.key
            and finding.location.line == self.line
            and _identity(finding) not in known
            for finding in self.configuration.findings()
        )


def _identity(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.key, finding.message, finding.location.line


Change = Callable[[Configuration, random.Random], "tuple[int, str] | None"]
"""Chooses a line, from 0, and what stands there instead; None: the mistake cannot be made here."""


def edits(configurations: Sequence[Configuration], count: int, seed: int) -> Iterator[Edit]:
    """
    Yield *count* mistakes of all kinds in turn, always the same for a *seed*.

    They are made where nothing is wrong: a second mistake in a line is not noticed twice.
    """
    chance = random.Random(seed)  # noqa: S311 -- to be repeatable, not secret
    clean = [each for each in configurations if each.is_clean()]
    made = 0
    while made < count:
        kind, change = CHANGES[made % len(CHANGES)]
        before = chance.choice(clean)
        changed = change(before, chance)
        if changed is None:
            continue
        at, line = changed
        inserted = kind == "key whose time is over"
        lines = (*before.lines[:at], line, *before.lines[at if inserted else at + 1 :])
        entries = PropertiesFile.parse(f"{line}\n".encode()).entries
        yield Edit(
            kind=kind,
            configuration=_with(before, lines),
            before=before,
            line=at + 1,
            key=entries[0].key,
        )
        made += 1


def _with(configuration: Configuration, lines: tuple[str, ...]) -> Configuration:
    return Configuration(
        name=configuration.name,
        image=configuration.image,
        lines=lines,
        files=configuration.files,
    )


def _line(
    configuration: Configuration, chance: random.Random, wanted: Callable[[str, str], bool]
) -> tuple[int, str, str] | None:
    """Return a line of those whose key and value are *wanted*."""
    split = [(at, *line.partition("=")[::2]) for at, line in enumerate(configuration.lines)]
    found = [(at, key, value) for at, key, value in split if wanted(key, value)]
    return chance.choice(found) if found else None


def _any(key: str, value: str) -> bool:
    return True


def _is_option(key: str, value: str) -> bool:
    return key.startswith("option.")


def _letter_deleted(configuration: Configuration, chance: random.Random) -> tuple[int, str] | None:
    found = _line(configuration, chance, _any)
    if found is None:
        return None
    line, key, value = found
    at = chance.choice([at for at, letter in enumerate(key) if letter.isalpha()])
    return line, f"{key[:at]}{key[at + 1 :]}={value}"


def _letters_swapped(configuration: Configuration, chance: random.Random) -> tuple[int, str] | None:
    found = _line(configuration, chance, _any)
    if found is None:
        return None
    line, key, value = found
    pairs = [at for at in range(len(key) - 1) if key[at] != key[at + 1]]
    at = chance.choice(pairs)
    return line, f"{key[:at]}{key[at + 1]}{key[at]}{key[at + 2 :]}={value}"


def _prefix_misspelt(configuration: Configuration, chance: random.Random) -> tuple[int, str] | None:
    found = _line(configuration, chance, _is_option)
    if found is None:
        return None
    line, key, value = found
    wrong = chance.choice(("opiton.", "optoin.", "options.", "opton.", "Option.", "otion.", "opt."))
    return line, f"{wrong}{key.removeprefix('option.')}={value}"


def _prefix_dropped(configuration: Configuration, chance: random.Random) -> tuple[int, str] | None:
    found = _line(configuration, chance, _is_option)
    return found and (found[0], f"{found[1].removeprefix('option.')}={found[2]}")


def _word_for_number(configuration: Configuration, chance: random.Random) -> tuple[int, str] | None:
    found = _line(configuration, chance, lambda key, value: _is_number(value))
    return found and (found[0], f"{found[1]}={chance.choice(_WORDS)}")


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def _outside_set(configuration: Configuration, chance: random.Random) -> tuple[int, str] | None:
    def is_closed(key: str, value: str) -> bool:
        if configuration.has_code:
            return key == "engine"  # What else its own code takes nobody knows.
        return key in _CLOSED or value.lower() in ("true", "false")

    found = _line(configuration, chance, is_closed)
    if found is None:
        return None
    wrong = chance.choice(_NO_VALUES)
    package = "djl_python." if found[1] == "option.entryPoint" else ""
    return found[0], f"{found[1]}={package}{wrong}"


def _over(configuration: Configuration, chance: random.Random) -> tuple[int, str] | None:
    version = catalog.image(configuration.image).djl_version
    written = {line.partition("=")[0] for line in configuration.lines}
    over = [
        key
        for key, uses in uses_by_key().items()
        if key not in written
        and not any(use.applies_to(version) for use in uses)
        and any(use.until and _before(use.until, version) for use in uses)
    ]
    key = chance.choice(over)
    return chance.randrange(len(configuration.lines) + 1), f"{key}=1"


def _before(version: str, other: str) -> bool:
    return version_numbers(version) < version_numbers(other)


CHANGES: tuple[tuple[str, Change], ...] = (
    ("letter deleted", _letter_deleted),
    ("letters swapped", _letters_swapped),
    ("option. misspelt", _prefix_misspelt),
    ("option. dropped", _prefix_dropped),
    ("word for a number", _word_for_number),
    ("value outside its set", _outside_set),
    ("key whose time is over", _over),
)
"""The kinds of mistakes, which take turns."""
