"""Makes subjects of tarballs."""

import json
from pathlib import Path

from lmi import catalog
from lmi.artifact.verify import Tarball
from lmi.errors import ArtifactError, Problem
from lmi.properties import PropertiesFile
from lmi.rules.subject import PROPERTIES, Hosting, Subject, SubjectFile
from lmi.rules.subjects import heads_of, settings_of


def subject_of_tarball(
    tarball: Tarball,
    *,
    image: catalog.Image | None = None,
    hosting: Hosting | None = None,
) -> Subject:
    """
    Return what is in a tarball as the rules look at it.

    Args:
        tarball: what was found in it. Of one that was not read to its end only what is wrong with
            it is told, and its serving.properties if that was read.
        image: that it is meant for. Default: not known, and few rules are asked.
        hosting: how it is deployed. Default: not known.
    """
    root = tarball.root
    prefix = f"{root}/" if root else ""
    file = f"{tarball.path}/{prefix}{PROPERTIES}"
    written: PropertiesFile | None = None
    problems: tuple[Problem, ...] = ()
    try:
        data = tarball.texts.get(f"{prefix}{PROPERTIES}", b"")
        PropertiesFile.parse(data, "utf-8", name=file)
        written = PropertiesFile.parse(data, name=file)
    except ArtifactError as error:
        problems = error.problems
    return Subject(
        name=str(tarball.path),
        artifact=root,
        image=image,
        file=file,
        written=written,
        settings=settings_of(written, file, {}, {}),
        files=_files(tarball, prefix) if tarball.is_whole else None,
        layout="rooted" if root else "flat",
        attention_heads=_attention_heads(tarball, prefix),
        hosting=hosting,
        tarball=tarball,
        problems={"properties": problems},
    )


def _files(tarball: Tarball, prefix: str) -> dict[str, SubjectFile]:
    # What lies hidden beside the root is for the rules about the tarball itself.
    return {
        name: SubjectFile(
            name=name,
            size=member.size,
            # Nothing lies there: what was not kept cannot be read, and is not taken for empty.
            source=Path(f"{tarball.path}/{member.path}"),
            data=tarball.texts.get(member.path),
        )
        for member in tarball.members
        if member.path.startswith(prefix)
        for name in (member.path.removeprefix(prefix),)
    }


def _attention_heads(tarball: Tarball, prefix: str) -> int | None:
    try:
        return heads_of(json.loads(tarball.texts.get(f"{prefix}config.json", b"")))
    except (ValueError, RecursionError):
        return None
