"""What the tag of an image says by itself, so that no table has to repeat it."""

import re
from dataclasses import dataclass
from typing import Literal

Accelerator = Literal["gpu", "cpu", "neuron"]

_TAG = re.compile(
    r"(?P<djl>\d+\.\d+\.\d+)-"
    r"(?:cpu-full"
    r"|neuronx-sdk(?P<neuron>[\d.]+)"
    r"|(?P<engine>deepspeed|fastertransformer|tensorrtllm|lmi)(?P<version>[\d.]+\w*)"
    r"-cu(?P<cuda>\d{2,3}))"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TagFacts:
    """The parts of a tag such as ``0.36.0-lmi28.0.0-cu130``."""

    djl_version: str
    framework_key: str | None
    """The family's name in the SageMaker SDK, such as ``djl-lmi``; None for ``cpu-full``."""
    lmi_version: str | None
    accelerator: Accelerator
    cuda: str | None


def tag_facts(tag: str) -> TagFacts:
    """Return what *tag* says. Raises ValueError where it is of no known form."""
    found = _TAG.fullmatch(tag)
    if found is None:
        raise ValueError(f"{tag!r} is not of the form VERSION-ENGINE, as in 0.36.0-lmi28.0.0-cu130")
    engine, cuda, neuron = found["engine"], found["cuda"], found["neuron"]
    family = engine or ("neuronx" if neuron else None)
    return TagFacts(
        djl_version=found["djl"],
        framework_key=None if family is None else f"djl-{family}",
        lmi_version=found["version"] if engine == "lmi" else None,
        accelerator="gpu" if cuda else "neuron" if neuron else "cpu",
        # cu130 is CUDA 13.0: the last digit is the minor version.
        cuda=f"{cuda[:-1]}.{cuda[-1]}" if cuda else None,
    )
