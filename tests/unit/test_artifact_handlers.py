"""The handler of smollm2-135m answers as its docstring says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.handler_fakes import Input, Output, asked, handler, load_smollm2, module


@pytest.fixture(name="smollm2")
def _smollm2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[object], Output]:
    return load_smollm2(monkeypatch, tmp_path)


def test_smollm2_generates_greedily_with_the_prompt_in_front(
    smollm2: Callable[[object], Output],
) -> None:
    answer = smollm2({"inputs": "Once"})
    assert answer.content[0]["generated_text"].startswith("Once{")
    assert asked(answer, "Once") == {"temperature": 0, "n_predict": 30}


def test_smollm2_takes_the_tutorials_max_length_which_counts_the_prompt(
    smollm2: Callable[[object], Output],
) -> None:
    answer = smollm2({"inputs": "Once", "parameters": {"max_length": 50}})
    assert asked(answer, "Once") == {"temperature": 0, "n_predict": 46}


def test_smollm2_samples_when_asked(smollm2: Callable[[object], Output]) -> None:
    parameters = {"do_sample": True, "top_p": 0.9, "seed": 3, "stop": ["."], "max_new_tokens": 5}
    answer = smollm2({"inputs": "Once", "parameters": {**parameters, "return_full_text": False}})
    sampling = {"temperature": 1.0, "top_p": 0.9, "seed": 3, "stop": ["."]}
    assert asked(answer) == {**sampling, "n_predict": 5}


def test_smollm2_answers_each_of_several_texts(smollm2: Callable[[object], Output]) -> None:
    answer = smollm2({"inputs": ["a", "b"]})
    assert [choice["generated_text"][0] for choice in answer.content] == ["a", "b"]


def test_smollm2_chats_greedily_under_its_own_name(smollm2: Callable[[object], Output]) -> None:
    messages = [{"role": "user", "content": "Hi"}]
    answer = smollm2({"messages": messages, "max_tokens": 5, "model": "any"})
    assert answer.content == {
        "object": "chat.completion",
        "asked": {"temperature": 0, "messages": messages, "max_tokens": 5},
        "model": "tiny",
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        ([], "with either 'inputs' or 'messages'"),
        ({}, "with either 'inputs' or 'messages'"),
        ({"inputs": "a", "messages": []}, "with either 'inputs' or 'messages'"),
        ({"inputs": 5}, "inputs must be a text or a list of texts, got 5"),
        ({"inputs": ["a", ""]}, "inputs must hold at least one text, none of them empty"),
        ({"inputs": "a", "paramters": {}}, "'paramters' in the request is unknown; did you mean"),
        ({"inputs": "a", "parameters": []}, "parameters must be an object"),
        ({"inputs": "a", "parameters": {"max_tokens": 5}}, "did you mean 'max_new_tokens'?"),
        ({"inputs": "a", "parameters": {"max_new_tokens": 0}}, "an integer of at least 1, got 0"),
        ({"inputs": "a", "parameters": {"max_new_tokens": 1e400}}, "an integer of at least 1"),
        ({"inputs": "a", "parameters": {"max_new_tokens": True}}, "an integer of at least 1"),
        ({"inputs": "a", "parameters": {"max_length": 4}}, "counts the prompt, which has 4 tokens"),
        ({"inputs": "a", "parameters": {"max_length": 9, "max_new_tokens": 9}}, "exclude each"),
        ({"inputs": "a", "parameters": {"temperature": 0.5}}, "temperature needs do_sample: true"),
        ({"inputs": "a", "parameters": {"do_sample": True, "temperature": 0}}, "above 0 with do"),
        ({"inputs": "a", "parameters": {"stop": [1]}}, "stop must be a string or a list of"),
        ({"inputs": "overflow"}, "exceeds the available context size"),
        ({"messages": []}, "messages must be a list with at least one message"),
        ({"messages": [{"role": "user"}]}, "must contain 'content'"),
        ({"inputs": "overflow", "stream": True}, "exceeds the available context size"),
        ({"inputs": ["a"], "stream": True}, "inputs must be one text with stream: true"),
        ({"inputs": "a", "stream": "yes"}, 'stream must be true or false, got "yes"'),
        ({"messages": [{"role": "user"}], "stream": True}, "must contain 'content'"),
        ({"messages": [{"content": "a"}], "steam": True}, "did you mean 'stream'?"),
    ],
)
def test_fails_with_400_and_the_reason_on_a_request_that_smollm2_cannot_understand(
    smollm2: Callable[[object], Output], body: object, message: str
) -> None:
    answer = smollm2(body)
    assert answer.code == 400
    assert message in str(answer.content)


@pytest.mark.parametrize("count", [0, 2])
def test_fails_to_load_smollm2_without_exactly_one_gguf_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int
) -> None:
    for index in range(count):
        (tmp_path / f"{index}.gguf").touch()
    handle = handler("smollm2-135m", monkeypatch, module("xllamacpp"))
    with pytest.raises(FileNotFoundError, match=rf"expected one \*\.gguf file in .* found {count}"):
        handle(Input({"model_dir": str(tmp_path)}, None))
