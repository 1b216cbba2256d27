"""What a handler of model_artifacts needs of djl_python, and how a test loads one."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
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

    def error(self, error: str, code: int = 424, message: str = "") -> "Output":
        self.code, self.content = code, error
        return self

    def add_property(self, key: str, value: str) -> "Output":
        self.properties[key] = value
        return self

    def add_as_json(self, content: Any) -> "Output":
        self.content = content
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
