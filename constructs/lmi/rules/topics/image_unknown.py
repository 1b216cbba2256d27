"""The rule about the image: without it most others have nothing to say."""

from collections.abc import Iterator

from lmi.rules.finding import Location
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject


@rule(
    id="image-unknown",
    severity="info",
    title="The image is known",
    reason=(
        "What a key means and which values it takes differs from image to image. Without one, only "
        "the rules about the form of the file and about secrets are asked."
    ),
    fix="name the image with --image, or put an artifact.yaml beside the file",
    source="this project",
    passes=(properties("engine=Python\noption.model_id=gpt2\n"),),
    fails=(Example(files={"serving.properties": "engine=Python\n"}, image=None),),
)
def image_unknown(subject: Subject) -> Iterator[Hit]:
    """Yield the file as a whole, where nothing else says that no image is known."""
    if subject.image is None and not any(subject.problems.values()):
        message = "nobody names the image, so that only part of the rules could be asked"
        yield Hit(message=message, location=Location(file=subject.file))
