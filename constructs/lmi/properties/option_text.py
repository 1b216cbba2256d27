"""Puts options into words: the list of keys, and all that is known of one."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lmi.catalog import Image
from lmi.catalog.version import version_numbers
from lmi.properties.option import OptionUse
from lmi.properties.option_data import VERSIONS

WIDTH = 96

_GROUPS = {
    "config.properties": "Server, in config.properties or as SERVING_* variables",
    "server": "Server, for one model",
    "any": "Every Python handler",
    "engines": "PyTorch, OnnxRuntime and the like, without a Python handler",
}

_PYTHON = frozenset(("*", "Python", "DeepSpeed", "FasterTransformer", "MPI"))


def listing(keys: Iterable[tuple[str, Sequence[OptionUse]]]) -> str:
    """Return each of the *keys* with the first words about it, under the name of its readers."""
    groups: dict[str, list[str]] = {}
    for key, uses in keys:
        newest = uses[-1]
        name = f"  {key:<38} "
        short = textwrap.shorten(newest.description, max(WIDTH - len(name), 12), placeholder=" ...")
        groups.setdefault(_group(newest), []).append(name + short)
    order = {name: number for number, name in enumerate(_GROUPS.values())}
    parts = [
        "\n".join([name, *sorted(groups[name])])
        for name in sorted(groups, key=lambda name: (order.get(name, len(order)), name))
    ]
    return "\n\n".join(parts)


def explanation(key: str, uses: Sequence[OptionUse], images: Sequence[Image]) -> str:
    """Return all that is known of *key*: its *uses*, and the *images* that read it."""
    blocks = ["\n".join(_block(use)) for use in _joined(uses)]
    tags = [image.tag for image in images]
    shown = tags if len(tags) <= 3 else [tags[0], "...", tags[-1]]
    read_by = f"images: {' '.join(shown)}" + (f" ({len(tags)})" if len(tags) > 3 else "")
    return "\n\n".join([key, *blocks, read_by if tags else "images: none in the catalogue"])


def range_of(use: OptionUse) -> str:
    """Return ``DJL Serving 0.20.0 to 0.26.0`` or the like."""
    if use.until is None:
        text = f"DJL Serving {use.since} and later"
    elif use.until == use.since:
        text = f"DJL Serving {use.since}"
    else:
        text = f"DJL Serving {use.since} to {use.until}"
    return text if use.since_lmi is None else f"{text}, from LMI {use.since_lmi} on"


def not_read(key: str, image: Image, uses: Sequence[OptionUse]) -> str:
    """Return who reads *key* instead of *image*, and what took its place."""
    readers = dict.fromkeys(name for use in uses for name in use.handlers if name != "any")
    of = f" ({', '.join(readers)})" if readers else ""
    text = f"{key} is not read by {image.tag}; it is read by {', '.join(_ranges(uses))}{of}"
    replaced = dict.fromkeys(use.replaced_by for use in uses if use.replaced_by)
    if replaced and version_numbers(uses[-1].since) < image.version_numbers:
        text += f"; use {' or '.join(replaced)}"
    return text


def _ranges(uses: Sequence[OptionUse]) -> list[str]:
    """Return the stretches of versions in which somebody reads the key."""
    stretches: list[OptionUse] = []
    for use in sorted(uses, key=lambda use: version_numbers(use.since)):
        last = stretches[-1] if stretches else None
        if last is None or not (_follows(last, use) or _overlap(last, use)):
            stretches.append(use)
        elif last.until is not None:
            until = use.until
            if until is not None:
                until = max(last.until, until, key=version_numbers)
            stretches[-1] = replace(last, until=until, since_lmi=None)
    return [range_of(use) for use in stretches]


def _overlap(earlier: OptionUse, later: OptionUse) -> bool:
    return earlier.until is None or version_numbers(later.since) <= version_numbers(earlier.until)


def _group(use: OptionUse) -> str:
    if use.scope == "config.properties":
        return _GROUPS["config.properties"]
    if not _PYTHON & {*use.engines}:
        return _GROUPS["engines"]
    if use.handlers == ("any",):
        return _GROUPS["any" if use.key.startswith("option.") else "server"]
    return ", ".join(use.handlers) + (" (handed on to vLLM)" if use.passed_through else "")


def _block(use: OptionUse) -> Iterator[str]:
    readers = "any" if use.handlers == ("any",) else ", ".join(use.handlers)
    yield f"  {readers}: {range_of(use)}"
    yield from textwrap.wrap(
        use.description, WIDTH, initial_indent="    ", subsequent_indent="    "
    )
    for name, value in _facts(use):
        yield from textwrap.wrap(
            f"{name + ':':<13} {value}",
            WIDTH,
            initial_indent="    ",
            subsequent_indent=" " * 18,
            break_on_hyphens=False,
            break_long_words=False,
        )


def _facts(use: OptionUse) -> Iterator[tuple[str, str]]:
    kind = use.type if use.unit is None else f"{use.type}, in {use.unit}"
    yield "type", kind
    if use.values is not None:
        yield "values", ", ".join(use.values)
    if use.known_values is not None:
        yield "such as", ", ".join(use.known_values)
    if use.minimum is not None:
        yield "at least", str(use.minimum)
    if use.maximum is not None:
        yield "at most", str(use.maximum)
    if use.default is not None:
        yield "default", use.default
    if use.engines != ("*",):
        yield "engine", ", ".join(use.engines)
    if use.environment_variable is not None:
        yield "environment", use.environment_variable
    if use.scope == "config.properties":
        yield "file", "config.properties; no effect in serving.properties"
    if use.set_by_server:
        yield "set by", "DJL Serving, whatever the file says"
    if use.deprecated_since is not None:
        yield "deprecated", f"since {use.deprecated_since}"
    if use.replaced_by is not None:
        yield "replaced by", use.replaced_by
    if use.conflicts:
        yield "not with", ", ".join(use.conflicts)
    if use.note is not None:
        yield "note", use.note
    sure = "" if use.confidence == "source" else " (documentation; versions not traced in source)"
    yield "source", use.source + sure


def _joined(uses: Sequence[OptionUse]) -> list[OptionUse]:
    """Join uses that differ in nothing that is shown but the versions they follow each other in."""
    joined: list[OptionUse] = []
    for use in uses:
        for position, earlier in enumerate(joined):
            if _same(earlier, use) and _follows(earlier, use):
                joined[position] = replace(earlier, until=use.until, source=use.source)
                break
        else:
            joined.append(use)
    return joined


def _same(one: OptionUse, other: OptionUse) -> bool:
    return _shown(one) == _shown(other)


def _shown(use: OptionUse) -> tuple[object, ...]:
    facts = tuple(fact for fact in _facts(use) if fact[0] != "source")
    return use.handlers, use.since_lmi, use.description, facts


def _follows(earlier: OptionUse, later: OptionUse) -> bool:
    if earlier.until is None or later.since not in VERSIONS:
        return False
    if earlier.until not in VERSIONS:
        return False
    between = VERSIONS.index(later.since) - VERSIONS.index(earlier.until)
    # 0.35.1 has a branch and no image.
    return between == 1 or (earlier.until, later.since) == ("0.35.0", "0.36.0")
