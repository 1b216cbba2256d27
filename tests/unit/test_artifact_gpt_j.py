"""The handler of gpt-j-6b-custom-handler answers as its docstring says."""

import ast
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from lmi.properties import PropertiesFile
from tests.unit.handler_fakes import ARTIFACTS, Input, Output, asked, handler, module


def test_the_custom_handler_is_python_3_8() -> None:
    source = (ARTIFACTS / "gpt-j-6b-custom-handler" / "model.py").read_text()
    ast.parse(source, feature_version=(3, 8))


@pytest.fixture(name="gpt_j")
def _gpt_j(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], Output]:
    seeds: list[int] = []

    def from_pretrained(model_id: str, **options: object) -> SimpleNamespace:
        return SimpleNamespace(model_id=model_id, **options)

    def pipeline(*, task: str, model: Any, **_: object) -> Callable[..., object]:
        def generate(prompts: list[str], **parameters: object) -> list[list[dict[str, str]]]:
            if "max_tokens" in parameters:
                raise ValueError("model_kwargs are not used by the model: ['max_tokens']")
            if None not in (parameters.get("max_length"), parameters.get("max_new_tokens")):
                raise ValueError("Both `max_new_tokens` and `max_length` have been set")
            if "OOM" in prompts:
                raise RuntimeError("CUDA out of memory")
            said = {**parameters, "seed": seeds[-1], "revision": model.revision}
            return [[{"generated_text": json.dumps(said)}] for _ in prompts]

        return generate

    auto = SimpleNamespace(from_pretrained=from_pretrained)
    transformers = module(
        "transformers",
        AutoModelForCausalLM=auto,
        AutoTokenizer=auto,
        pipeline=pipeline,
        set_seed=seeds.append,
    )

    def init_inference(model: object, *, mp_size: int, **_: object) -> SimpleNamespace:
        assert mp_size == 2
        return SimpleNamespace(module=model)

    deepspeed = module("deepspeed", init_inference=init_inference)
    torch = module("torch", float16="float16")
    handle = handler("gpt-j-6b-custom-handler", monkeypatch, transformers, deepspeed, torch)
    file = ARTIFACTS / "gpt-j-6b-custom-handler" / "serving.properties"
    options = PropertiesFile.parse(file.read_bytes()).as_mapping()
    properties = {key.removeprefix("option."): value for key, value in options.items()}
    assert handle(Input({**properties, "model_dir": "/opt/ml/model"}, None)) is None

    def call(body: object) -> Output:
        answer = handle(Input({}, json.dumps(body).encode()))
        assert answer is not None
        return answer

    return call


def test_the_custom_handler_answers_one_text_as_it_answers_several(
    gpt_j: Callable[[object], Output],
) -> None:
    one, two = gpt_j({"inputs": "a"}), gpt_j({"inputs": ["a", "b"]})
    assert len(one.content) == 1
    assert len(two.content) == 2
    defaults = {"max_new_tokens": 30, "return_full_text": False}
    assert asked(one) == {**defaults, "seed": 1, "revision": "float16"}


def test_the_custom_handler_takes_the_tutorials_max_length(
    gpt_j: Callable[[object], Output],
) -> None:
    answer = gpt_j({"inputs": "a", "parameters": {"max_length": 50}})
    said = {"max_length": 50, "return_full_text": False}
    assert asked(answer) == {**said, "seed": 1, "revision": "float16"}


def test_the_custom_handler_takes_a_null_max_length_for_none(
    gpt_j: Callable[[object], Output],
) -> None:
    answer = gpt_j({"inputs": "a", "parameters": {"max_length": None}})
    assert asked(answer)["max_new_tokens"] == 30


def test_the_custom_handler_seeds_all_ranks_alike(gpt_j: Callable[[object], Output]) -> None:
    bodies = [{"inputs": "a"}, {"inputs": "a"}, {"inputs": "a", "parameters": {"seed": 7}}]
    assert [asked(gpt_j(body))["seed"] for body in bodies] == [1, 2, 7]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ([], 400, "the body must be a JSON object with 'inputs'"),
        ({"inputs": []}, 400, "inputs must be a text or a list of texts"),
        ({"inputs": "a", "parameters": []}, 400, "parameters must be a JSON object"),
        ({"inputs": "a", "parameters": {"seed": -1}}, 400, "seed must be an integer"),
        ({"inputs": "a", "parameters": {"num_return_sequences": 2}}, 400, "must be 1"),
        ({"inputs": "a", "parameters": {"max_tokens": 2}}, 400, "are not used by the model"),
        (
            {"inputs": "a", "parameters": {"max_length": 9, "max_new_tokens": 9}},
            400,
            "Both `max_new_tokens` and `max_length` have been set",
        ),
        ({"inputs": "OOM"}, 424, "CUDA out of memory"),
    ],
)
def test_fails_with_the_reason_on_a_request_that_the_custom_handler_cannot_serve(
    gpt_j: Callable[[object], Output], body: object, code: int, message: str
) -> None:
    answer = gpt_j(body)
    assert answer.code == code
    assert message in str(answer.content)
