"""What the rules say about where a model comes from, beyond their own examples."""

from dataclasses import replace

from lmi.artifact.source import Mirror
from lmi.rules import Example, check, subject_of_example
from lmi.rules.rule import properties
from lmi.s3_prefix import S3Prefix

VLLM = "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n"
HUB = f"{VLLM}option.model_id=Qwen/Qwen3-8B\n"
MIRROR = Mirror(store=S3Prefix(bucket="my-models", key="mirror/"))
GIGABYTE = 1000**3


def found(example: Example, rule: str) -> list[str]:
    return [each.message for each in check(subject_of_example(example)) if each.rule == rule]


def test_a_variable_pins_a_model_too() -> None:
    pinned = {"environment": {"HF_REVISION": "0" * 40}}
    other = {"environment": {"HF_TASK": "text-generation"}}

    assert found(properties(HUB, hosting=pinned), "unpinned-model") == []
    assert len(found(properties(HUB, hosting=other), "unpinned-model")) == 1


def test_the_version_decides_whether_a_revision_would_help() -> None:
    text = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
    messages = {
        tag: found(properties(text, image=tag), "unpinned-model")
        for tag in ("0.22.1-deepspeed0.9.2-cu118", "0.23.0-deepspeed0.9.5-cu118")
    }

    assert [len(each) for each in messages.values()] == [0, 1]


def test_a_finding_stands_where_the_value_is() -> None:
    branch = properties(f"{HUB}option.revision=main\n")
    places = {
        each.rule: (each.location.line, each.key)
        for example in (properties(HUB), branch)
        for each in check(subject_of_example(example))
        if each.rule == "unpinned-model"
    }

    assert places == {"unpinned-model": (4, "option.revision")}


def test_a_tarball_of_weights_is_large_and_a_mirror_is_not() -> None:
    example = Example(
        files={"serving.properties": VLLM, "config.json": "{}"},
        sizes={"model.safetensors": 16 * GIGABYTE},
    )

    assert found(example, "large-tarball")
    assert not found(replace(example, source=MIRROR), "large-tarball")


def test_a_mirror_without_weights_has_no_model() -> None:
    example = Example(files={"serving.properties": VLLM}, source=MIRROR)

    assert found(example, "no-model-source")
