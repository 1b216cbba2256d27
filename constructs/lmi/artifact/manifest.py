"""artifact.yaml: what an artifact folder says about itself. It does not go into the tarball."""

from typing import Annotated, Literal

from lmi.artifact.source_section import SourceSection
from lmi.errors import ArtifactError
from lmi.yaml_file import AcknowledgeList, Section
from lmi.yaml_file.constraint import Characters, Matches, Parsed, Positive


def _inside(path: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise ArtifactError(
            f"must be a relative path inside the folder, with '/' and without '..', got {path!r}"
        )
    return path


InnerPath = Annotated[str, Parsed(_inside)]
PositiveInt = Annotated[int, Positive()]
Text = Annotated[str, Characters(least=1)]


class ModelFacts(Section):
    """The architecture of the model, from which memory is computed."""

    id: Text
    """Name of the model, e.g. its id on the Hugging Face Hub. Downloads nothing."""

    parameters: PositiveInt
    """Number of parameters."""

    layers: PositiveInt
    """Number of hidden layers."""

    hidden_size: PositiveInt
    """Width of the hidden state."""

    attention_heads: PositiveInt
    """Attention heads of a layer."""

    kv_heads: PositiveInt
    """Key and value heads of a layer: fewer than attention heads with grouped queries."""

    max_positions: PositiveInt
    """Longest sequence in tokens that the model was made for."""

    def broken_rule(self) -> str | None:
        """Check that the heads form groups of one size."""
        if self.attention_heads % self.kv_heads:
            return (
                f"attention_heads ({self.attention_heads}) must be a multiple of kv_heads "
                f"({self.kv_heads})"
            )
        return None


class FetchedFile(Section):
    """A file that set-up fetches from a wheel on PyPI, because it is too large to commit."""

    path: InnerPath
    """Where the file lies in the folder."""

    bytes: PositiveInt
    """Its size."""

    sha256: Annotated[str, Matches(r"^[0-9a-f]{64}$")]
    """Its digest, in lower-case hexadecimal digits."""

    pypi: Annotated[str, Matches(r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*$")]
    """The distribution on PyPI that holds it: `name==version`. Read, never installed."""

    member: InnerPath
    """Path of the file in the wheel."""


class Manifest(Section):
    """An artifact.yaml."""

    image: Text
    """Tag of the LMI image (repository djl-inference), e.g. 0.20.0-deepspeed0.7.5-cu116."""

    layout: Literal["rooted", "flat"] = "rooted"
    """
    `rooted`: one root directory named after the folder. `flat`: files at the root. DJL Serving
    finds the model in both.
    """

    model: ModelFacts | None = None
    """The architecture of the model; or name a `config` file."""

    config: InnerPath | None = None
    """A Hugging Face config.json in the folder, in place of `model`."""

    license: Text | None = None
    """SPDX identifier of the model's license."""

    files: tuple[FetchedFile, ...] = ()
    """Files that `lmi fetch` puts into the folder."""

    source: SourceSection | None = None
    """Where SageMaker fetches the model data. Default: a tarball of this folder."""

    acknowledge: AcknowledgeList = ()
    """Findings of `lmi check` that are left as they are, each with the reason."""

    def broken_rule(self) -> str | None:
        """Check that there is one source of facts, and one of each file."""
        if self.model is not None and self.config is not None:
            return "'model' and 'config' exclude each other; keep one"
        paths = [file.path for file in self.files]
        for path in sorted({path for path in paths if paths.count(path) > 1}):
            return f"'files' names {path!r} twice"
        return None
