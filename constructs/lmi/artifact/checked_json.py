"""
JSON files of a cache: written as a whole, and known to be undamaged when they are read.

What is remembered decides which bytes are copied without a look, so a flipped bit must not count.
"""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from lmi.artifact.replacing import replacing
from lmi.errors import ArtifactError


def write_checked(path: Path, document: object) -> None:
    """Write *document* to *path*, in a folder that is made if need be; or leave it if it cannot."""
    body = json.dumps(document).encode()
    with contextlib.suppress(OSError, ArtifactError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as stream:
            stream.write(body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n")


def read_checked(path: Path) -> Any:
    """Return the document in *path*; None if there is none, or it is not what was written."""
    try:
        body, _, checksum = path.read_bytes().rstrip(b"\n").rpartition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != checksum:
            return None
        return json.loads(body)
    except (OSError, ValueError):
        return None
