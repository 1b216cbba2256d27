"""requirements.txt: what pip refuses, leaves open, replaces and never sees."""

import pytest

from lmi.rules import Example, check, subject_of_example
from lmi.rules.requirements_file import read_requirements

FILES = {
    "serving.properties": "engine=Python\n",
    "model.py": "def handle(inputs):\n    return None\n",
}
LMI = "0.36.0-lmi24.0.0-cu129"


def found(text: str, *rules: str, image: str = LMI, **others: str) -> list[tuple[str, int | None]]:
    files = {**FILES, "requirements.txt": text, **others}
    findings = check(subject_of_example(Example(files=files, image=image)))
    return [(each.rule, each.location.line) for each in findings if each.rule in rules]


@pytest.mark.parametrize(
    "line",
    [
        "six",
        "six==1.16.0",
        "Six_-.x [a, b_c] == 1.*, != 1.2.* ; python_version < '3.9'",
        "six (>=1.0, <2)",
        "six ~= 1.4.2  # why",
        "six===anything-at-all",
        "torch==2.1.0+cu121",
        "x==1!2.0rc1.post2.dev3",
        "six @ https://example.org/six-1.16.0.zip#sha256=00",
        "git+https://github.com/huggingface/transformers@v4.30.2",
        "https://example.org/six-1.16.0-py3-none-any.whl",
        "./wheels/six-1.16.0-py3-none-any.whl",
        "six-1.16.0-py3-none-any.whl",
        "six==1.16.0 --hash=sha256:00 --hash=sha256:11",
        "six==1.16.0 \\\n    --hash=sha256:00 \\\n    # a comment\n",
        "--extra-index-url https://example.org/simple",
        "--index-url=https://example.org/simple",
        "-f wheels",
        "-e .",
        "--only-binary :all:",
        "${NAME_OF_A_WHEEL}",
        "# nothing",
        "",
    ],
)
def test_what_pip_takes_is_taken(line: str) -> None:
    assert [each.problem for each in read_requirements(line) if each.problem] == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("six=1.16", "has '=' for '=='"),
        ("pip install six", "is a command, and the file lists packages only"),
        ("six 1.16", "is neither a package with versions nor an option, a path or an address"),
        ("six==", "is neither a package with versions nor an option, a path or an address"),
        ("six>=1.0 <2", "is neither a package with versions nor an option, a path or an address"),
        ("six==1.x", "'1.x' is no version"),
        ("six>=1.*", "'1.*' is no version"),
        ("import six", "is neither a package with versions nor an option, a path or an address"),
        ("[six]", "is neither a package with versions nor an option, a path or an address"),
        ("--upgrade six", "'--upgrade' is no option that a requirements file can have"),
        ("-U six", "'-U' is no option that a requirements file can have"),
        ("x" * 20_000, "has 20,000 characters"),
    ],
)
def test_fails_on_what_pip_refuses(line: str, problem: str) -> None:
    assert [each.problem for each in read_requirements(line)] == [problem]


def test_a_finding_names_the_line_where_a_joined_one_begins() -> None:
    text = "# a\nsix==1.16.0 \\\n  --hash=sha256:00\n\ntorch=2\n"
    assert found(text, "requirements-syntax") == [("requirements-syntax", 5)]


def test_files_that_are_named_are_read_once_and_must_be_there() -> None:
    syntax = "requirements-syntax"
    assert found("-r a.txt\n-c b.txt\n", syntax) == [(syntax, 1), (syntax, 2)]
    circle = {"a.txt": "-r requirements.txt\n-r a.txt\nsix=1\n"}
    assert found("-r a.txt\n", syntax, **circle) == [(syntax, 3)]
    assert found("-r https://example.org/r.txt\n-r /opt/r.txt\n", syntax) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sentencepiece\n", 1),
        ("a==1\nb>=2\n", 2),
        ("a==1.*\n", 1),
        ("vllm\n", None),
        ("a==1\n", None),
        ("git+https://github.com/a/b\n", None),
        ("--pre\n", None),
    ],
)
def test_a_requirement_that_is_not_pinned_is_worth_knowing(text: str, line: int | None) -> None:
    rule = "requirements-unpinned"
    assert found(text, rule) == ([] if line is None else [(rule, line)])


def test_a_wheel_in_the_tarball_is_a_pin() -> None:
    wheel = {"requirements/six-1.16.0-py3-none-any.whl": ""}
    assert found("six\n", "requirements-unpinned", "unread-wheels", **wheel) == []


@pytest.mark.parametrize(
    ("line", "image", "is_found"),
    [
        ("torch==2.11.0", LMI, False),
        ("torch==2.11", LMI, False),
        ("torch==2.11.*", LMI, False),
        ("torch==2.11.0+cu129", LMI, False),
        ("torch==2.1.*", LMI, True),
        ("torch==2.9.1", LMI, True),
        ("Torch==2.9.1", LMI, True),
        ("torch>=2", LMI, False),
        ("vllm @ https://example.org/vllm.whl", LMI, True),
        ("transformers==4.57.1", LMI, False),  # Only the range is known.
        ("transformers==4.57.1", "0.36.0-lmi19.0.0-cu128", False),
        ("transformers==4.57.1", "0.36.0-lmi18.0.0-cu128", False),
        ("transformers==4.57.1", "0.34.0-lmi16.0.0-cu128", True),
        ("torch==2.9.1", "0.36.0-cpu-full", False),
    ],
)
def test_another_version_of_what_the_image_is_built_with(
    line: str, image: str, is_found: bool
) -> None:
    rule = "replaced-package"
    assert found(f"{line}\n", rule, image=image) == ([(rule, 1)] if is_found else [])


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("code/requirements.txt", True),
        ("Requirements.txt", True),
        ("requirement.txt", True),
        ("docs/requirement.txt", False),
        ("requirements-dev.txt", False),
    ],
)
def test_a_file_that_nobody_installs(name: str, is_found: bool) -> None:
    findings = found("six==1.16.0\n", "unread-requirements", **{name: "a==1\n"})
    assert bool(findings) is is_found


def test_the_file_of_the_folder_that_holds_the_model_is_installed() -> None:
    files = {f"inner/{name}": text for name, text in FILES.items()}
    example = Example(files={**files, "inner/requirements.txt": "torch=2\n"}, image=LMI)
    rules = [each.rule for each in check(subject_of_example(example))]
    assert "requirements-syntax" in rules
    assert "unread-requirements" not in rules
