"""
Packages with nothing in them, so that DJL Serving's own handler for Hugging Face starts on a CPU.

What it refuses by itself, before torch or transformers would do anything, is then seen: the classes
of djl_python that read the options. What those packages refuse is not.
"""

import importlib.util
import sysconfig
from pathlib import Path

_MODULE = """
class _Class(type):
    def __getattr__(cls, name):
        return _attribute(name)

class Hollow(metaclass=_Class):
    def __init__(self, *arguments, **options): ...
    def __call__(self, *arguments, **options): return self
    def __getattr__(self, name): return _attribute(name)

def _attribute(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Hollow()

def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Hollow
"""
_PIPELINE = """
class Pipeline(Hollow):
    def __call__(self, inputs, **parameters):
        return [{"label": "works"} for _ in inputs] if isinstance(inputs, list) else "works"

def pipeline(**options):
    return Pipeline()
"""
_MODULES = {
    "torch/__init__.py": f"{_MODULE}\nimport torch.cuda\n",
    "torch/cuda.py": "def device_count(): return 0\n\ndef is_available(): return False\n",
    "transformers/__init__.py": f"{_MODULE}\n{_PIPELINE}",
    "transformers/tokenization_utils_base.py": _MODULE,
    "transformers/generation/__init__.py": _MODULE,
    "transformers/generation/streamers.py": "class BaseStreamer: ...\n",
    "requests/__init__.py": _MODULE,
    "PIL/__init__.py": "",
    "PIL/Image.py": "class Image: ...\n",
    "peft/__init__.py": f"{_MODULE}\nclass PeftModelForCausalLM: ...\n",
}
_PYDANTIC = ("pydantic", "pydantic_core", "annotated_types", "typing_inspection")
_FIRST_PYDANTIC = "from pydantic.v1 import *\n"
"""The images of DJL Serving 0.25.0 have pydantic 1, which pydantic 2 has in it as pydantic.v1."""


def install_hollow_packages(python: Path, *, first_pydantic: bool) -> None:
    """Add the packages to the virtual environment of *python*; pydantic is the tests' own."""
    name = f"python{sysconfig.get_python_version()}"
    site = python.parent.parent / "lib" / name / "site-packages"
    for path, text in _MODULES.items():
        file = site / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for package in _PYDANTIC:
        (site / package).symlink_to(_folder(package))
    (site / "typing_extensions.py").symlink_to(_folder("pydantic").parent / "typing_extensions.py")
    if first_pydantic:
        (site / "pydantic").unlink()
        (site / "pydantic").mkdir()
        (site / "pydantic" / "__init__.py").write_text(_FIRST_PYDANTIC, encoding="utf-8")
        (site / "pydantic" / "v1").symlink_to(_folder("pydantic") / "v1")


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent
