"""Secrets: found by form and by name, never repeated, and not seen where there are none."""

import random
import string
import time
from pathlib import Path

import pytest

from lmi.rules import Example, Finding, check, subject_of_example, subject_of_file
from lmi.rules.report import Format, write
from lmi.rules.secret_text import SHOWN, find_secrets, masked

_RANDOM = random.Random(4)  # noqa: S311 -- the secrets are to be the same in every run


def generated(length: int) -> str:
    return "a1B" + "".join(_RANDOM.choices(string.ascii_letters + string.digits, k=length - 3))


HF = "hf_" + "".join(_RANDOM.sample(string.ascii_letters, 34))
AWS_SECRET = generated(38) + "/+"
AWS_ID = "AKIA" + "".join(_RANDOM.sample("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))
PEM = "PRIVATE KEY-----"
SECRETS = {
    f"x={HF}": HF,
    f'login(token="{HF}")': HF,
    f"# old: {HF}": HF,
    f"https://huggingface.co/?t={HF}&x": HF,
    (old := f"api_org_{generated(34)}"): old,
    (github := f"ghp_{generated(36)}"): github,
    (fine := f"github_pat_{generated(22)}_{generated(59)}"): fine,
    (gitlab := f"glpat-{generated(20)}"): gitlab,
    (nvidia := f"nvapi-{generated(64)}"): nvidia,
    (openai := f"sk-proj-{generated(74)}T3BlbkFJ{generated(74)}"): openai,
    (plain := f"sk-{generated(48)}"): plain,
    (anthropic := f"sk-ant-api03-{generated(93)}AA"): anthropic,
    (slack := f"xoxb-{123401234012}-{generated(24)}x1"): slack,
    (google := f"AIza{generated(35)}"): google,
    (pypi := f"pypi-AgEIcHlwaS5vcmc{generated(80)}"): pypi,
    f"aws_secret_access_key = {AWS_SECRET}": AWS_SECRET,
    f'"SecretAccessKey": "{AWS_SECRET}"': AWS_SECRET,
    f"AWS_SECRET_ACCESS_KEY={AWS_SECRET}": AWS_SECRET,
    f"aws_access_key_id={AWS_ID}": AWS_ID,
    f"-----BEGIN RSA {PEM}\n{generated(64)}\n": f"-----BEGIN RSA {PEM}",
    f'key = "-----BEGIN {PEM}\\n{generated(64)}\\n"': f"-----BEGIN {PEM}",
    f"--index-url https://aws:{(codeartifact := generated(40))}@x.d.codeartifact/simple": (
        codeartifact
    ),
    f"password={(password := generated(20) + 'aB3')}": password,
    f"api_key: '{(key := generated(24) + 'aB3')}'": key,
    f"option.env=HUB_TOKEN={(hub := generated(24) + 'aB3')},A=b": hub,
    f"token = {(bare := generated(24) + 'aB3')}": bare,
}
NONE = [
    "option.hf_token=hf_xxx",
    "option.hf_token=hf_" + "x" * 34,
    "option.hf_token=hf_YourTokenGoesHereReplaceItFirstPlease",
    "option.hf_token=${HF_TOKEN}",
    "option.hf_token={{resolve:secretsmanager:hub:SecretString:token}}",
    "option.hf_token=<token>",
    "option.hf_token=true",
    "from transformers import hf_bucket_url_and_more_of_these_names",
    "aws_access_key_id=AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "https://user:password@example.org",
    "https://user:${PASSWORD_OF_THE_REGISTRY}@example.org",
    "http://[::1]:8080/path@x",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    f"-----BEGIN {PEM}\\n...\\n-----END {PEM}",
    f"-----BEGIN PUBLIC KEY-----\n{'Ab3' * 30}",
    "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "token=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "api_key=123e4567-e89b-12d3-a456-426614174000",
    '"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"',
    '"image_token": "Ab3dEf6hIj9lMn2pQr5tUv8x"',
    '"eos_token_id": 128001',
    "option.max_tokens=4096",
    "secret=arn:aws:secretsmanager:us-west-2:111111111111:secret:Hub-a1B2c3",
    "key=/opt/ml/model/Some/Path2/Tokenizer",
    "task-learning-rate-disk-with-many-dashes-and-so-on-1234567890abcdef",
    "risk-0123456789abcdef0123456789abcdef",
    "tokenizer=mistralai/Mistral-7B-Instruct-v0.3",
    "password=correct-horse-battery-staple",
    f"data:image/png;base64,{generated(3000)}/{HF[:3]}{generated(3000)}",
]
CODE = [
    'token = os.environ["HF_TOKEN"]',
    "api_key=settings.Api2KeyOfThisModel",
    'token = self.tokenizer.Decode3Token("x")',
]


@pytest.mark.parametrize("text", SECRETS, ids=lambda text: text[:20].replace("\n", " "))
def test_a_secret_is_found_where_it_stands(text: str) -> None:
    (found,) = find_secrets(text)
    assert text[found.start : found.end] == SECRETS[text]


@pytest.mark.parametrize("text", NONE, ids=lambda text: text[:40].replace("\n", " "))
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert [found.kind for found in find_secrets(text)] == []


@pytest.mark.parametrize("text", CODE)
def test_an_expression_is_no_secret(text: str) -> None:
    assert [found.kind for found in find_secrets(text, is_code=True)] == []


@pytest.mark.parametrize("text", SECRETS, ids=lambda text: text[:20].replace("\n", " "))
def test_a_masked_text_keeps_its_length_and_four_characters(text: str) -> None:
    secret = SECRETS[text]
    hidden = masked(text)
    assert len(hidden) == len(text)
    if "PRIVATE" not in secret:
        assert secret[: SHOWN + 1] not in hidden
        assert secret[:SHOWN] in hidden


def findings(**files: str) -> list[Finding]:
    named = {name.replace("__", "."): text for name, text in files.items()}
    return [
        finding
        for finding in check(subject_of_example(Example(files=named)))
        if finding.rule == "secret"
    ]


def test_a_finding_has_line_column_and_key() -> None:
    (finding,) = findings(serving__properties=f"engine=Python\noption.hf_token={HF}\n")
    at = finding.location
    assert (at.file, at.line, at.column, at.end_column) == ("serving.properties", 2, 17, 54)
    assert (finding.severity, finding.key) == ("error", "option.hf_token")
    assert finding.message == f"this looks like a Hugging Face token ({HF[:4]!r}…)"


def test_every_file_is_looked_into_comments_too() -> None:
    found = findings(
        serving__properties="engine=Python\n",
        model__py=f"def handle(inputs):\n    return None  # {HF}\n",
        notes__md=f"\r\nGITHUB_TOKEN={github}\r\n",
        config__json=f'{{"a": "{google}"}}',
    )
    assert [(each.location.file, each.location.line) for each in found] == [
        ("config.json", 1),
        ("model.py", 2),
        ("notes.md", 2),
    ]


def test_the_id_of_an_aws_key_alone_is_a_warning() -> None:
    (finding,) = findings(a__txt=AWS_ID)
    assert finding.severity == "warning"


def test_an_override_and_the_environment_are_looked_into() -> None:
    example = Example(
        files={"serving.properties": "engine=Python\n", "model.py": "def handle(inputs): ...\n"},
        options={"option.hf_token": HF},
        hosting={"environment": {"HF_TOKEN": HF, "HF_HOME": "/tmp"}},  # noqa: S108
    )
    found = [each for each in check(subject_of_example(example)) if each.rule == "secret"]
    assert [each.key for each in found] == ["option.hf_token", "HF_TOKEN"]


@pytest.mark.parametrize("output", ["text", "json", "sarif", "github"])
def test_no_report_repeats_a_secret_not_even_for_another_rule(
    output: Format, tmp_path: Path
) -> None:
    path = tmp_path / "serving.properties"
    path.write_text(f"engine=Python # {HF}\noption.hf_token={HF} \noption.dtype={HF}\n")
    found = check(subject_of_file(path, None))
    assert {"secret", "inline-comment", "trailing-blank"} <= {each.rule for each in found}
    assert HF[: SHOWN + 1] not in write(output, found, ["x"])


def test_binary_files_weights_and_large_files_are_not_looked_into() -> None:
    assert not findings(
        weights__safetensors=HF, data__dat=f"\0{HF}", big__txt=f"{' ' * (8 << 20)}{HF}"
    )


def test_utf_16_is_text(tmp_path: Path) -> None:
    (tmp_path / "artifact.yaml").write_text("image: 0.36.0-cpu-full\n")
    (tmp_path / "notes.txt").write_bytes(f"\n{HF}".encode("utf-16"))
    from lmi.rules.targets import subjects

    (subject,) = subjects(str(tmp_path))
    assert [each.location.line for each in check(subject) if each.rule == "secret"] == [2]


def test_a_large_vocabulary_takes_no_time_to_speak_of() -> None:
    text = "".join(
        f'"token{number}": {number}, "secret_key": "Ġ{number}",' for number in range(90_000)
    )
    begun = time.process_time()
    assert not list(find_secrets(text))
    assert time.process_time() - begun < 3
