"""As much of djl_python and xllamacpp as the handlers of this repository's artifacts use."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ARTIFACTS = Path(__file__).parents[2] / "model_artifacts"


class Input:
    """As much of djl_python's Input as a handler uses."""

    def __init__(self, properties: dict[str, str], body: bytes | None) -> None:
        self._properties, self._body = properties, body

    def get_properties(self) -> dict[str, str]:
        return self._properties

    def get_property(self, name: str) -> str | None:
        return self._properties.get(name)

    def is_empty(self) -> bool:
        return self._body is None

    def is_batch(self) -> bool:
        return "batch_size" in self._properties

    def get_as_string(self) -> str:
        assert self._body is not None
        return self._body.decode()

    def get_as_json(self) -> object:
        return json.loads(self.get_as_string())


class Output:
    """As much of djl_python's Output as a handler uses."""

    def __init__(self) -> None:
        self.code = 200
        self.content: Any = None
        self.properties: dict[str, str] = {}
        self.stream: Any = None

    def error(self, error: str, code: int = 424, message: str = "") -> "Output":
        self.code, self.content = code, error
        return self

    def add_property(self, key: str, value: str) -> "Output":
        self.properties[key] = value
        return self

    def add_as_json(self, content: Any) -> "Output":
        self.content = content
        return self

    def add_stream_content(self, content: Any, output_formatter: Any) -> "Output":
        self.stream = map(output_formatter, content)
        return self


def module(name: str, **members: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(members)
    return made


def handler(
    name: str, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType
) -> Callable[[Input], Output | None]:
    for each in (module("djl_python", Input=Input, Output=Output), *modules):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    spec = importlib.util.spec_from_file_location("model", ARTIFACTS / name / "model.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec.loader.exec_module(loaded)
    handle: Callable[[Input], Output | None] = loaded.handle
    return handle


def asked(answer: Output, prompt: str = "") -> dict[str, Any]:
    assert answer.code == 200, answer.content
    (choice,) = answer.content
    request: dict[str, Any] = json.loads(choice["generated_text"].removeprefix(prompt))
    return {key: value for key, value in request.items() if key != "prompt"}


class Llama:
    """Stands for xllamacpp.Server: its answer tells what it was asked."""

    def __init__(self, params: SimpleNamespace) -> None:
        self.params = params

    def handle_completions(self, request: dict[str, Any], callback: Any = None) -> Any:
        if callback is not None:
            self._stream(request, callback)
            return None
        if "overflow" in request["prompt"]:
            return {"error": {"code": 400, "message": "exceeds the available context size"}}
        text = json.dumps({**request, "prompt": None})
        return {"choices": [{"text": text}], "usage": {"prompt_tokens": 4}}

    def _stream(self, request: dict[str, Any], callback: Callable[[Any], bool]) -> None:
        assert request["stream"] is True
        if "overflow" in request["prompt"]:
            callback({"error": {"code": 400, "message": "exceeds the available context size"}})
            return
        for index, text in enumerate([" the", "", " Größe"]):
            if "broken" in request["prompt"] and index == 2:
                callback({"error": {"code": 500, "message": "it broke"}})
                return
            logprobs = {"content": [{"id": index, "token": "any", "logprob": -0.5 * index}]}
            choice = {"text": text, "logprobs": logprobs, "finish_reason": None}
            self.stopped = callback({"choices": [choice]})
            if self.stopped:
                return
        last = {"text": "", "logprobs": None, "finish_reason": "length"}
        callback({"choices": [last], "timings": {}})

    def handle_chat_completions(self, request: dict[str, Any], callback: Any = None) -> Any:
        if any("content" not in message for message in request["messages"]):
            raise ValueError("All non-assistant messages must contain 'content'")
        if callback is not None:
            for content in ("Hello", "!"):
                choices = [{"delta": {"content": content}}]
                callback({"choices": choices, "timings": {}, "model": "/a/path"})
            return None
        return {"object": "chat.completion", "asked": request, "timings": {}, "model": "/a/path"}


def load_smollm2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[object], Output]:
    """Return a function that sends the loaded handler a request's body."""

    def params() -> SimpleNamespace:
        return SimpleNamespace(model=SimpleNamespace(), cpuparams=SimpleNamespace())

    llama = module("xllamacpp", CommonParams=params, Server=Llama)
    handle = handler("smollm2-135m", monkeypatch, llama)
    (tmp_path / "tiny.gguf").touch()
    properties = {"model_dir": str(tmp_path)}
    assert handle(Input(properties, None)) is None

    def call(body: object, content_type: str = "application/json") -> Output:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = handle(Input({**properties, "Content-Type": content_type}, data))
        assert answer is not None
        return answer

    return call
