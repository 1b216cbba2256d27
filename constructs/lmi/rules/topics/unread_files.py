"""Rules about what could not be read, found by those who read it."""

from collections.abc import Iterator

from lmi.rules.finding import Location
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Part, Subject

_GOOD = Example(
    files={"serving.properties": "engine=Python\n", "model.py": "def handle(inputs): ...\n"}
)


def _hits(subject: Subject, part: Part) -> Iterator[Hit]:
    for problem in subject.problems.get(part, ()):
        location = Location(file=problem.file, line=problem.line, column=problem.column)
        yield Hit(message=problem.message, location=location, key=problem.key)


@rule(
    id="environment-file",
    severity="error",
    title="The environment file can be understood",
    reason="No endpoint of the environment can be checked or deployed before.",
    fix="correct the file; schemas/environment.schema.json lets an editor check it",
    source="this project: schemas/environment.schema.json",
    passes=(_GOOD,),
    fails=(),
)
def environment_file(subject: Subject) -> Iterator[Hit]:
    """Yield what is wrong with the environment file."""
    yield from _hits(subject, "environment")


@rule(
    id="artifact-file",
    severity="error",
    title="artifact.yaml can be understood",
    reason=(
        "It names the image, and with it the versions that decide what every other file means; "
        "neither check nor tarball is possible without."
    ),
    fix="correct the file; schemas/artifact.schema.json lets an editor check it",
    source="this project: schemas/artifact.schema.json",
    passes=(_GOOD,),
    fails=(),
)
def artifact_file(subject: Subject) -> Iterator[Hit]:
    """Yield what is wrong with artifact.yaml."""
    yield from _hits(subject, "manifest")


@rule(
    id="folder-content",
    severity="error",
    title="Every file of the folder can go into a tarball",
    reason=(
        "SageMaker unpacks the tarball below /opt/ml/model. What a link inside the folder leads to "
        "is packed in its place; links that lead out of it, devices, names that are not UTF-8 and "
        "files that cannot be read are not packed."
    ),
    fix="put regular files with plain names there",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html",
    passes=(_GOOD,),
    fails=(),
)
def folder_content(subject: Subject) -> Iterator[Hit]:
    """Yield the files that cannot go into a tarball."""
    yield from _hits(subject, "folder")


@rule(
    id="properties-file",
    severity="error",
    title="Java can read serving.properties",
    reason=(
        "java.util.Properties refuses a malformed \\uXXXX, and DJL Serving's second reader bytes "
        "that are not UTF-8; the server then stops with an exception."
    ),
    fix="write ASCII, with \\uXXXX for other characters and \\\\ for a backslash",
    source=(
        "https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html; "
        "deepjavalibrary/djl 0.20.0: api/src/main/java/ai/djl/repository/zoo/BaseModelLoader.java"
    ),
    passes=(properties("engine=Python\noption.model_id=gpt\\u0032\n"),),
    fails=(properties("engine=Python\noption.model_id=gpt\\u2\n"),),
)
def properties_file(subject: Subject) -> Iterator[Hit]:
    """Yield what Java refuses."""
    yield from _hits(subject, "properties")
