"""What the handler of the local model streams when it is asked to."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.handler_fakes import Output, load_smollm2


@pytest.fixture(name="smollm2")
def _smollm2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[object], Output]:
    return load_smollm2(monkeypatch, tmp_path)


def lines(answer: Output) -> list[Any]:
    assert (answer.code, answer.content) == (200, None)
    assert answer.properties == {"Content-Type": "application/jsonlines"}
    return [json.loads(line) for line in answer.stream if line.endswith("\n")]


def test_smollm2_streams_the_lines_of_lmi(smollm2: Callable[[object], Output]) -> None:
    first, second, last = lines(smollm2({"inputs": "Once", "stream": True}))

    assert first == {"token": {"id": 0, "text": " the", "log_prob": 0.0}}
    assert second == {"token": {"id": 1, "text": "", "log_prob": -0.5}}
    assert last == {
        "token": {"id": 2, "text": " Größe", "log_prob": -1.0},
        "generated_text": "Once the Größe",
        "details": {"finish_reason": "length", "generated_tokens": 3, "inputs": "Once"},
    }


def test_smollm2_leaves_the_prompt_out_of_a_stream_when_asked(
    smollm2: Callable[[object], Output],
) -> None:
    parameters = {"return_full_text": False}
    answer = smollm2({"inputs": "Once", "stream": True, "parameters": parameters})
    assert lines(answer)[-1]["generated_text"] == " the Größe"


def test_smollm2_answers_as_ever_when_not_asked_to_stream(
    smollm2: Callable[[object], Output],
) -> None:
    answer = smollm2({"inputs": "Once", "stream": False})
    assert answer.content == smollm2({"inputs": "Once"}).content


def test_smollm2_ends_a_stream_that_breaks_with_lmi_s_error(
    smollm2: Callable[[object], Output],
) -> None:
    *_, last = lines(smollm2({"inputs": "broken", "stream": True}))
    assert last["details"]["finish_reason"] == "error"
    assert last["generated_text"] == "broken the"


def test_smollm2_streams_chunks_of_a_chat_under_its_own_name(
    smollm2: Callable[[object], Output],
) -> None:
    answer = smollm2({"messages": [{"role": "user", "content": "Hi"}], "stream": True})
    assert lines(answer) == [
        {"choices": [{"delta": {"content": content}}], "model": "tiny"}
        for content in ("Hello", "!")
    ]
