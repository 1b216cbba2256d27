"""Rules about a tarball that is there already, whoever made it: `lmi bundle --verify`."""

from collections.abc import Iterator

from lmi.artifact.left_out import why_left_out
from lmi.rules.finding import Location
from lmi.rules.rule import Example, Hit, rule
from lmi.rules.subject import Subject

_LINKS = "https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail"
_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html"
_NAMES = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html"
_TAR = "https://www.gnu.org/software/tar/manual/html_node/Security-rules-of-thumb.html"

_GOOD = Example(
    files={"serving.properties": "engine=Python\n", "model.py": "def handle(inputs): ...\n"}
)
_MOST_LEFT_OVERS = 20


def _hits(subject: Subject, *topics: str) -> Iterator[Hit]:
    if subject.tarball is None:
        return
    location = Location(file=str(subject.tarball.path))
    for refusal in subject.tarball.refusals:
        if refusal.topic in topics:
            yield Hit(message=refusal.message, location=location)


@rule(
    id="tarball-damaged",
    severity="error",
    title="The tarball is one whole gzip-compressed tar",
    reason=(
        "SageMaker takes nothing else for ModelDataUrl, whatever the file's name is. Where it is "
        "cut short, its checksum is another or further bytes follow, unpacking fails, and the "
        "endpoint with it."
    ),
    fix="pack it again with `lmi bundle`, and upload all of it",
    source=f"{_API}; {_LINKS}",
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_damaged(subject: Subject) -> Iterator[Hit]:
    """Yield what is damaged."""
    yield from _hits(subject, "damage")


@rule(
    id="tarball-end",
    severity="warning",
    title="The tar ends with its end mark, and nothing follows",
    reason=(
        "tar unpacks up to two empty blocks and no further: of two archives behind each other only "
        "the first. Without the mark nobody can tell whether members are missing."
    ),
    fix="pack it again with `lmi bundle`",
    source="https://www.gnu.org/software/tar/manual/html_node/Standard.html",
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_end(subject: Subject) -> Iterator[Hit]:
    """Yield what is odd about the end."""
    yield from _hits(subject, "end")


@rule(
    id="tarball-too-much",
    severity="error",
    title="The tarball is no decompression bomb",
    reason=(
        "It unpacks to hundreds of times its size, to more than any instance gets in the hour that "
        "SageMaker waits at most, or to more files than any model has. Reading stopped there: what "
        "follows was not checked."
    ),
    fix="find out who made it, and for what; pack the model again with `lmi bundle`",
    source="https://cwe.mitre.org/data/definitions/409.html",
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_too_much(subject: Subject) -> Iterator[Hit]:
    """Yield where reading stopped."""
    yield from _hits(subject, "limit")


@rule(
    id="tarball-link",
    severity="error",
    title="The tarball holds no links",
    reason="SageMaker supports neither symbolic nor hard links in it, and the endpoint fails.",
    fix="pack it again with `lmi bundle`, which packs what links inside the folder lead to",
    source=_LINKS,
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_link(subject: Subject) -> Iterator[Hit]:
    """Yield the links, with what they lead to."""
    yield from _hits(subject, "link")


@rule(
    id="tarball-special-file",
    severity="error",
    title="The tarball holds files and folders, and nothing else",
    reason="A device or a pipe cannot be made without rights that unpacking must not have.",
    fix="pack it again with `lmi bundle`",
    source=_TAR,
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_special_file(subject: Subject) -> Iterator[Hit]:
    """Yield devices, pipes and what is of no known kind."""
    yield from _hits(subject, "special")


@rule(
    id="tarball-path",
    severity="error",
    title="Every member of the tarball lies in the model store",
    reason=(
        "Absolute paths and `..` lead out of /opt/ml/model; tar cuts them short or refuses them. A "
        "name of more than 255 bytes is none on any file system of Linux."
    ),
    fix="pack it again with `lmi bundle`",
    source=f"{_TAR}; {_NAMES}",
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_path(subject: Subject) -> Iterator[Hit]:
    """Yield the members that lie elsewhere or nowhere."""
    yield from _hits(subject, "path")


@rule(
    id="tarball-duplicate",
    severity="error",
    title="Every file is in the tarball once",
    reason=(
        "tar keeps the last of two, other readers the first or neither: what was checked is then "
        "not what is served. The embedded AWS refuses it."
    ),
    fix="pack it again with `lmi bundle`",
    source="https://www.gnu.org/software/tar/manual/html_node/multiple.html",
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_duplicate(subject: Subject) -> Iterator[Hit]:
    """Yield the members that were there before."""
    yield from _hits(subject, "duplicate")


@rule(
    id="tarball-left-over",
    severity="warning",
    title="The tarball holds nothing that is left over",
    reason=(
        "Version control, settings of one machine, caches and the `._` files that tar adds on "
        "macOS cost time with every start, and may hold what nobody wants to publish. From DJL "
        "Serving 0.35.0 on a hidden name beside the model's folder changes what is found."
    ),
    fix="pack it again with `lmi bundle`, or with COPYFILE_DISABLE=1 and --exclude",
    source=(
        "https://developer.apple.com/library/archive/documentation/MacOSX/Conceptual/BPFileSystem/"
        "Articles/DomainFeatures.html; deepjavalibrary/djl-serving 0.36.0-lmi27-dlc: "
        "serving/src/main/java/ai/djl/serving/util/ModelStore.java"
    ),
    passes=(_GOOD,),
    fails=(),
    needs=("tarball",),
)
def tarball_left_over(subject: Subject) -> Iterator[Hit]:
    """Yield the files that `lmi bundle` would have left out; of a folder once."""
    if subject.tarball is None:
        return
    location = Location(file=str(subject.tarball.path))
    found: dict[str, str] = {}
    for member in subject.tarball.members:
        parts = member.path.split("/")
        for depth, part in enumerate(parts, 1):
            # artifact.yaml is the artifact's, wherever it lies.
            reason = why_left_out(part, "/".join(parts[: depth - 1]) or "top")
            if reason is not None:
                found.setdefault("/".join(parts[:depth]), reason)
                break
    for name, reason in list(found.items())[:_MOST_LEFT_OVERS]:
        yield Hit(message=f"{name!r}: {reason}", location=location)
    if len(found) > _MOST_LEFT_OVERS:
        more = len(found) - _MOST_LEFT_OVERS
        yield Hit(message=f"and {more:,} more of the kind", location=location)
