"""The text is found in every shape that a handler answers with."""

import json

import pytest

from lmi.ops.answers import AnswerError, text_of

SHAPES = {
    "list: huggingface": [{"generated_text": "a text"}],
    "list of lists: deepspeed 0.20.0": [[{"generated_text": "a text"}]],
    "object: rolling batch, vLLM": {"generated_text": "a text", "details": {"tokens": []}},
    "OpenAI chat": {"choices": [{"message": {"role": "assistant", "content": "a text"}}]},
    "OpenAI completions": {"choices": [{"text": "a text", "index": 0}]},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_finds_the_text(shape: object) -> None:
    assert text_of(json.dumps(shape).encode()) == "a text"


def test_an_empty_text_is_a_text() -> None:
    assert text_of(b'[{"generated_text": ""}]') == ""


def test_fails_on_an_error_that_came_with_status_200() -> None:
    with pytest.raises(AnswerError, match="the model answered with an error: out of memory"):
        text_of(b'{"error": "out of memory", "code": 424}')


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[[]]", b'{"choices": []}', b'"text"', b"null"])
def test_fails_on_an_unknown_shape_and_shows_it(body: bytes) -> None:
    with pytest.raises(AnswerError, match="none of the known shapes") as error:
        text_of(body)
    assert body.decode() in str(error.value)


def test_fails_on_what_is_not_json_and_shows_its_beginning() -> None:
    with pytest.raises(AnswerError, match="not JSON") as error:
        text_of(b"x" * 10_000)
    assert len(str(error.value)) < 500
