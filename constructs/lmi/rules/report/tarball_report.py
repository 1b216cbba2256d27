"""What `lmi bundle --verify` says of a tarball, before the findings."""

from collections.abc import Iterator
from typing import Any

from lmi.rules.subject import Subject


def tarball_fields(subject: Subject) -> dict[str, Any]:
    """Return the facts for the JSON document; null is what is not known."""
    tarball = subject.tarball
    assert tarball is not None  # noqa: S101 -- the subject of a tarball
    knows_models = subject.image is not None and subject.files is not None
    return {
        "path": str(tarball.path),
        "bytes": tarball.compressed_bytes,
        "is_whole": tarball.is_whole,
        "files": len(tarball.members),
        "unpacked_bytes": tarball.unpacked_bytes,
        "layout": subject.layout,
        "root": tarball.root,
        "content_sha256": tarball.content_sha256,
        "image": None if subject.image is None else subject.image.tag,
        "models": [
            {"name": model.name, "folder": model.folder, "engine": model.engine}
            for model in subject.found.models
        ]
        if knows_models
        else None,
    }


def tarball_text(subject: Subject) -> str:
    """Return the same for people."""
    return "\n".join(_lines(subject, tarball_fields(subject)))


def _lines(subject: Subject, fields: dict[str, Any]) -> Iterator[str]:
    yield f"{fields['path']}: {fields['bytes']:,} bytes"
    files = fields["files"]
    size = f"{files:,} file{'' if files == 1 else 's'}, {fields['unpacked_bytes']:,} bytes unpacked"
    yield f"  {size}" + ("" if fields["is_whole"] else ", as far as it was read")
    root = fields["root"]
    if files:
        yield "  layout: " + (f"rooted, all in {root!r}" if root else "flat, the files at the top")
    if subject.image is None:
        yield "  model: not looked for, as no image is named (--image)"
    elif fields["models"] is not None:
        yield f"  model: DJL Serving {subject.image.djl_version} {_models(fields['models'])}"
    if fields["content_sha256"]:
        yield f"  content_sha256: {fields['content_sha256']}"


def _models(models: list[dict[str, Any]]) -> str:
    if not models:
        return "finds none"
    found = (
        f"{model['name']!r} in {model['folder'] or '.'!r} "
        f"for engine {model['engine'] or 'that it guesses'}"
        for model in models
    )
    return f"finds {', '.join(found)}"
