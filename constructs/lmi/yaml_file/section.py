"""The base of what describes a mapping in a YAML file."""

from typing import Any, Never, dataclass_transform


@dataclass_transform(eq_default=True, frozen_default=True, kw_only_default=True)
class Section:
    """
    A mapping whose keys are all known; a subclass annotates each, with its default if it has one.

    An annotation is str, int, bool, a Literal, another section, tuple[…, ...] or Mapping[str, …],
    with lmi.yaml_file.constraint in an Annotated for what it must be beyond that; `| None` is for
    keys that may be missing. The docstring below a key describes it, in the JSON Schema and to
    who left it out. `read_section` makes the objects, which never change. Keys are not inherited.

    This is neither a dataclass nor a pydantic model: every `lmi check` imports the sections, and
    making those classes takes longer than the checks of an artifact.
    """

    def __init__(self, **values: object) -> None:
        known = type(self).__annotations__
        missing = [name for name in known if name not in values and name not in vars(type(self))]
        unknown = [name for name in values if name not in known]
        if missing or unknown:
            raise TypeError(f"{type(self).__name__}: {missing=}, {unknown=}")
        # What is not given is found in the class.
        self.__dict__.update(values)

    def broken_rule(self) -> str | None:
        """Return what is wrong about keys that are each right by themselves. Default: nothing."""
        return None

    def __setattr__(self, name: str, value: object) -> Never:
        """Refuse."""
        raise AttributeError(f"{type(self).__name__} is frozen: {name} stays as it was read")

    def __delattr__(self, name: str) -> Never:
        """Refuse."""
        raise AttributeError(f"{type(self).__name__} is frozen: {name} stays as it was read")

    def __eq__(self, other: object) -> bool:
        """Compare all values, defaults too."""
        return type(other) is type(self) and _values(self) == _values(other)

    def __hash__(self) -> int:
        """Return a number of all values; with a mapping among them there is none."""
        return hash((type(self), *_values(self).values()))

    def __repr__(self) -> str:
        """Return it as it would be made."""
        values = ", ".join(f"{name}={value!r}" for name, value in _values(self).items())
        return f"{type(self).__name__}({values})"


def _values(section: object) -> dict[str, Any]:
    return {name: getattr(section, name) for name in type(section).__annotations__}
