"""
Replacing an attribute of moto, with a check that it is there: a mend must not outlive its defect
unseen.
"""

from types import ModuleType

_ABSENT = object()


def replace(owner: type | ModuleType, name: str, new: object) -> None:
    """
    Put *new* in the place of the attribute *name* that *owner* itself defines.

    Raises:
        RuntimeError: *owner* defines no such attribute, so this is not the moto that the mend was
        written for.
    """
    if name not in vars(owner):
        raise RuntimeError(f"{owner.__name__} of this moto has no {name}; its mend does not fit")
    setattr(owner, name, new)


def add(owner: type, name: str, new: object) -> None:
    """
    Give *owner* the attribute *name*, which moto lacks.

    Raises:
        RuntimeError: *owner* has one by now, so the mend can go.
    """
    if getattr(owner, name, _ABSENT) is not _ABSENT:
        raise RuntimeError(
            f"{owner.__name__} of this moto has a {name} of its own; its mend can go"
        )
    setattr(owner, name, new)
