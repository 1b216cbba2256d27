"""Rules about secrets: whoever can read the tarball can use them."""

from collections.abc import Iterator

from lmi.rules.finding import Location
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.secret_text import SHOWN, Lines, Secret, find_secrets
from lmi.rules.subject import PROPERTIES, Subject, SubjectFile

LARGEST_TEXT = 8 << 20
"""Bytes of a text file that is looked into; nobody writes a larger one."""

_NO_TEXT = (
    ".safetensors",
    ".bin",
    ".pt",
    ".pth",
    ".ckpt",
    ".gguf",
    ".ggml",
    ".onnx",
    ".h5",
    ".npy",
    ".npz",
    ".pkl",
    ".engine",
    ".plan",
    ".so",
    ".whl",
    ".zip",
    ".gz",
    ".tgz",
    ".tar",
    ".jar",
    ".png",
    ".jpg",
    ".parquet",
    ".arrow",
)
"""Endings of the names of files that are not even opened."""

_CODE = (".py", ".js", ".ts", ".java", ".cpp", ".cu", ".go", ".rs", ".ipynb")

# Never issued, and in pieces: scanners of other projects read this file, too.
_HF = "hf_" + "QkRtWzLpVbNcXyAeJhGsDfUiOmTqPrKwEl"
_MODEL = "engine=Python\noption.model_id=meta-llama/Llama-3.1-8B-Instruct\n"


@rule(
    id="secret",
    severity="error",
    title="No secret stands in a file or a setting",
    reason=(
        "Whoever can read the tarball in S3, the template or the repository can use it. Text files "
        "of up to 8 MiB are looked into. Tokens of Hugging Face, GitHub, GitLab, NVIDIA, OpenAI, "
        "Slack, Google, PyPI and AWS are known by their form, other passwords and tokens by their "
        "name and a value that looks generated."
    ),
    fix=(
        "revoke it, since it has been written down; let the container read a new one from AWS "
        "Secrets Manager, or keep the model in S3, where a role is enough"
    ),
    source=(
        "https://huggingface.co/docs/hub/security-tokens; "
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html; "
        "https://github.blog/changelog/"
        "2021-03-31-authentication-token-format-updates-are-generally-available/; "
        "https://docs.nvidia.com/nemo/retriever/latest/extraction/api-keys/; "
        "https://github.com/gitleaks/gitleaks: config/gitleaks.toml"
    ),
    passes=(
        properties(f"{_MODEL}option.hf_token=${{HF_TOKEN}}\n"),
        properties(f"{_MODEL}# option.hf_token=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
        Example(files={"model.py": 'import os\n\ntoken = os.environ["HF_TOKEN"]\n'}),
    ),
    fails=(
        properties(f"{_MODEL}option.hf_token={_HF}\n"),
        Example(files={"model.py": f'login("{_HF}")\n'}),
        properties(_MODEL, hosting={"environment": {"HF_TOKEN": _HF}}),
    ),
)
def secret(subject: Subject) -> Iterator[Hit]:
    """Yield the secrets in the files, in what is set over them, and in the environment."""
    if subject.files is None:
        if subject.written is not None:
            yield from _in_properties(subject, subject.written.text)
    else:
        for file in subject.files.values():
            yield from _in_file(subject, file)
    for setting in subject.settings.values():
        if setting.is_override:
            where = setting.value_location
            yield from _in_setting(setting.key, setting.value, where)
    if subject.hosting is not None:
        where = subject.hosting_location("environment")
        for name, value in subject.hosting.environment.items():
            yield from _in_setting(name, value, where)


def _in_file(subject: Subject, file: SubjectFile) -> Iterator[Hit]:
    if file.size > LARGEST_TEXT or file.name.lower().endswith(_NO_TEXT):
        return
    try:
        data = file.read(LARGEST_TEXT)
    except OSError:
        return  # Another rule says so.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:8192]:
        return
    elif file.name == PROPERTIES:
        yield from _in_properties(subject, data.decode("latin-1"))
        return
    else:
        text = data.decode("utf-8", "replace")
    for place, found in _placed(text, is_code=file.name.endswith(_CODE)):
        location = subject.file_location(file.name, *place)
        yield _hit(found, text, location)


def _in_properties(subject: Subject, text: str) -> Iterator[Hit]:
    keys = {entry.line: entry.key for entry in subject.written_entries}
    for (line, column), found in _placed(text, is_code=False):
        end = column + found.end - found.start
        location = Location(file=subject.file, line=line, column=column, end_column=end)
        yield _hit(found, text, location, keys.get(line))


def _in_setting(name: str, value: str, location: Location) -> Iterator[Hit]:
    text = f"{name}={value}"
    for found in find_secrets(text):
        yield _hit(found, text, location, name)


def _placed(text: str, *, is_code: bool) -> Iterator[tuple[tuple[int, int], Secret]]:
    found = sorted(find_secrets(text, is_code=is_code), key=lambda each: each.start)
    if found:
        lines = Lines(text)
        yield from ((lines.place(each.start), each) for each in found)


def _hit(found: Secret, text: str, location: Location, key: str | None = None) -> Hit:
    begins = text[found.start : found.start + SHOWN]
    what = found.kind if found.kind == "a private key" else f"{found.kind} ({begins!r}…)"
    return Hit(
        message=f"this looks like {what}",
        location=location,
        key=key,
        # The id alone opens nothing; it shows that the secret half may not be far.
        severity="warning" if found.is_half else None,
    )
