"""Rules about the names of files: what S3 and Windows cannot hold."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from lmi.rules.rule import Example, Hit, rule
from lmi.rules.subject import Subject

MOST_KEY_BYTES = 1024
"""Of the key of an object in S3, in UTF-8."""

_WINDOWS_CHARACTERS = frozenset('<>:"|?*\\')
_WINDOWS_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|(COM|LPT)[0-9¹²³])", re.IGNORECASE)

_WINDOWS = "https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"

_HANDLER = "def handle(inputs): ...\n"


@rule(
    id="file-name",
    severity="error",
    title="S3 and Windows can hold every file under its name",
    reason=(
        "An artifact is unpacked on the machine of whoever looks at it, and its files can lie in "
        'S3 one by one. Windows has no name with one of < > : " | ? * \\ or a control character, '
        "none that ends in a blank or a dot, and no CON, PRN, AUX, NUL, COM1 or LPT1, with an "
        "ending or without. A key of S3 is UTF-8 of at most 1024 bytes."
    ),
    fix="rename the file",
    source=f"{_WINDOWS}; {_S3}",
    passes=(
        Example(files={"model.py": _HANDLER, "größe 1.txt": "", "a#b~c.json": ""}),
        Example(files={"model.py": _HANDLER, "console.txt": "", "com10": "", ".x": ""}),
        Example(files={"model.py": _HANDLER, "n" * 255: ""}),
    ),
    fails=(
        Example(files={"model.py": _HANDLER, "step:1000/model.bin": ""}),
        Example(files={"model.py": _HANDLER, "aux.py": "", "notes.": "", "blank ": ""}),
        Example(files={"model.py": _HANDLER, "a\\b": "", "what?": "", "tab\t": ""}),
        Example(files={"model.py": _HANDLER, "/".join(["n" * 250] * 5): ""}),
    ),
    needs=("files",),
)
def file_name(subject: Subject) -> Iterator[Hit]:
    """Yield the files with such names; a folder's name counts for the first file in it."""
    told: set[str] = set()
    for name in subject.names():
        reason = _too_long(name)
        for part in PurePosixPath(name).parts:
            if part not in told and (unfit := _unfit(part)):
                told.add(part)
                reason = f"{part!r} {unfit}"
                break
        if reason is not None:
            yield Hit(message=reason, location=subject.file_location(name))


def _too_long(name: str) -> str | None:
    size = len(name.encode("utf-8", "surrogateescape"))
    if size <= MOST_KEY_BYTES:
        return None
    return f"the path has {size} bytes, and a key of S3 at most {MOST_KEY_BYTES}"


def _unfit(part: str) -> str | None:
    try:
        part.encode()
    except UnicodeEncodeError:
        return "is not UTF-8"
    if any(unicodedata.category(character) == "Cc" for character in part):
        return "holds a control character"
    if bad := sorted(_WINDOWS_CHARACTERS.intersection(part)):
        return f"holds {' '.join(bad)}, which no name on Windows can"
    if part.endswith((" ", ".")):
        return f"ends in a {'blank' if part.endswith(' ') else 'dot'}, which Windows drops"
    if _WINDOWS_DEVICE.fullmatch(part.partition(".")[0].rstrip(" ")):
        return "is a device on Windows"
    return None


@rule(
    id="name-clash",
    severity="error",
    title="No two names differ by case alone",
    reason=(
        "On Windows and on macOS they are one file: whoever unpacks the artifact there has one of "
        "both, and builds another tarball. The same holds for letters with accents, which Unicode "
        "can write in two ways."
    ),
    fix="rename one of them",
    source=f"{_WINDOWS}; https://unicode.org/reports/tr15/",
    passes=(
        Example(files={"model.py": _HANDLER, "A/x": "", "b/x": ""}),
        Example(files={"model.py": _HANDLER, "A/x": "", "A/y": ""}),
    ),
    fails=(
        Example(files={"model.py": _HANDLER, "Model.py": _HANDLER}),
        Example(files={"model.py": _HANDLER, "A/x": "", "a/y": ""}),
        Example(files={"model.py": _HANDLER, "caf\u00e9": "", "cafe\u0301": ""}),
    ),
    needs=("files",),
)
def name_clash(subject: Subject) -> Iterator[Hit]:
    """Yield the second of every two such files or folders."""
    spellings: dict[str, str] = {}
    for name in subject.names():
        end = -1
        while end < len(name):
            end = name.find("/", end + 1)
            end = len(name) if end < 0 else end
            path = name[:end]
            folded = path if path.isascii() else unicodedata.normalize("NFC", path)
            known = spellings.setdefault(folded.casefold(), path)
            if known != path:
                yield Hit(
                    message=f"{path!r} is {known!r} on a file system that ignores case",
                    location=subject.file_location(name),
                )
                break
