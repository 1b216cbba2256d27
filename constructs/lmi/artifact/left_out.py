"""What stays out of every tarball, whatever the folder's .lmiignore says."""

import fnmatch
import re
from dataclasses import dataclass
from functools import lru_cache

MANIFEST = "artifact.yaml"
IGNORE = ".lmiignore"

LEFT_OUT = {
    MANIFEST: "describes the artifact to us, not to DJL Serving; only at the top of the folder",
    IGNORE: "says what else stays out",
    ".git": "version control",
    ".env": "settings of one machine, often secrets",
    ".env.*": "settings of one machine, often secrets",
    ".*": "hidden files and folders: version control, virtual environments, editors, notebooks",
    "__pycache__": "compiled by another Python than the image's",
    "*.pyc": "compiled by another Python than the image's",
    "__MACOSX": "what macOS adds to an archive",
    "*~": "editor's backup",
    "#*#": "editor's autosave",
}
"""Names that stay out of the tarball, and why: the first that fits. Everything else goes in."""

OURS = (MANIFEST, IGNORE)
"""Files for us alone; nobody expects them in the tarball."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A file of the folder, or a folder with all that is in it, that stays out of the tarball."""

    name: str
    """Path in the folder, with `/`; that of a folder ends in one."""

    reason: str
    """Of `LEFT_OUT`, or the line of .lmiignore."""


def is_left_out(name: str, parent: str) -> bool:
    """
    Return whether *name* in the inner folder *parent* (empty at the top) stays out of the
    tarball.
    """
    return why_left_out(name, parent) is not None


def why_left_out(name: str, parent: str) -> str | None:
    """Return the reason for which *name* in *parent* stays out of the tarball; None: it goes in."""
    if not _any_pattern().match(name):
        return None
    return next(
        (
            reason
            for pattern, reason in LEFT_OUT.items()
            if fnmatch.fnmatchcase(name, pattern) and (pattern != MANIFEST or not parent)
        ),
        None,
    )


@lru_cache(maxsize=1)
def _any_pattern() -> re.Pattern[str]:
    # One look at each name: folders hold a hundred thousand.
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in LEFT_OUT))
