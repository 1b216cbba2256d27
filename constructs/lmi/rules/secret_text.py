"""
Finds secrets in text: by the form that a service gives them, or by a name and a random value.

What is documentation is no finding: `hf_xxx`, AWS's keys that end in EXAMPLE, `<token>`,
`${HF_TOKEN}`. The forms, where the service publishes one, and else as the public scanner gitleaks
8 has them (https://github.com/gitleaks/gitleaks: config/gitleaks.toml):

* https://huggingface.co/docs/hub/security-tokens
* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
* https://github.blog/changelog/2021-03-31-authentication-token-format-updates-are-generally-available/
* https://docs.nvidia.com/nemo/retriever/latest/extraction/api-keys/
* https://api.slack.com/authentication/token-types
* https://cloud.google.com/docs/authentication/api-keys
* RFC 7468, https://www.rfc-editor.org/rfc/rfc7468, for private keys
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import log2
from typing import NamedTuple

MOST = 100
"""Secrets of one text that are looked for; the rest comes up once these are gone."""

SHOWN = 4
"""Characters of a secret that a message may repeat, at most."""


class Secret(NamedTuple):
    """A secret and where it stands."""

    kind: str
    """What it is, with its article."""
    start: int
    end: int
    """Offsets in the text."""
    is_half: bool
    """Whether it is of no use alone: the public half of a pair."""


class _Form(NamedTuple):
    kind: str
    hints: tuple[str, ...]
    """One of these must be there, in lower case: a look for them costs next to nothing."""
    pattern: str
    """Group 1, where it has one, is the secret."""
    distinct: int = 10
    """Different characters that a real one has at least, behind its prefix."""


_BEFORE = r"(?<![A-Za-z0-9_+/-])"
_AFTER = r"(?![A-Za-z0-9_+/-])"


def _token(body: str) -> str:
    return f"{_BEFORE}({body}){_AFTER}"


_FORMS = (
    _Form("a Hugging Face token", ("hf_", "api_org_"), _token("(?:hf|api_org)_[A-Za-z0-9]{30,60}")),
    _Form("a GitHub token", ("gh",), _token("gh[pousr]_[A-Za-z0-9]{36,251}")),
    _Form("a GitHub token", ("github_pat_",), _token("github_pat_[A-Za-z0-9_]{60,244}")),
    _Form("a GitLab token", ("glpat-",), _token(r"glpat-[A-Za-z0-9_.-]{20,300}")),
    _Form("an NVIDIA API key", ("nvapi-",), _token("nvapi-[A-Za-z0-9_-]{40,200}")),
    _Form(
        "an API key",
        ("sk-",),
        _token("sk-(?:(?:ant|or|proj|svcacct|admin)-[A-Za-z0-9_-]{32,250}|[A-Za-z0-9]{32,100})"),
    ),
    _Form("a Slack token", ("xox", "xapp-"), _token("(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{20,250}")),
    _Form(
        "the address of a Slack webhook",
        ("hooks.slack.com/",),
        "(hooks[.]slack[.]com/(?:services|workflows)/[A-Za-z0-9/+]{40,60})",
    ),
    _Form("a Google API key", ("aiza",), _token("AIza[A-Za-z0-9_-]{35}")),
    _Form("a PyPI token", ("pypi-ageichlwas5vcmc",), _token("pypi-AgEIcHlwaS5vcmc[\\w-]{50,500}")),
    _Form("an Amazon Bedrock API key", ("absk",), _token("ABSK[A-Za-z0-9+/]{100,270}={0,2}")),
    _Form(
        "an AWS secret access key",
        ("secret",),
        r"(?i:(?:aws[_-]?)?secret[_-]?(?:access[_-]?)?key)[\"']?\s{0,3}[:=]{1,2}\s{0,3}[\"']?"
        r"([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])",
        16,
    ),
    _Form("an AWS access key id", ("akia", "asia"), _token("(?:AKIA|ASIA)[A-Z2-7]{16}"), 6),
    _Form(
        "a private key",
        ("private key",),
        r"(-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----)"
        r"(?=[\s\S]{0,400}?[A-Za-z0-9+/]{40})",
        0,
    ),
    _Form(
        "a password in a URL",
        ("://",),
        r"://[^\s:/@\"'<>(){}\[\]]{1,100}:([^\s:/@\"'<>(){}\[\]$%]{12,2000})@",
        8,
    ),
)

_HALF = "an AWS access key id"

_NAMES = (
    r"(?i)((?:password|passwd|passphrase|secret|(?:api|access|secret|private|auth|account)[_-]?key"
    r"|token))[\"']?\s{0,3}[:=]{1,2}\s{0,3}([\"'`]?)([A-Za-z0-9+/=_.~!@#^&*-]{16,300})"
)
_HINTS = ("passw", "passphrase", "secret", "key", "token")
_TOKEN_NAME = re.compile(
    r"(?:^|(?:auth|access|api|hf|hub|huggingface|hugging_face|session|refresh|bearer|personal"
    r"|security|login|private|secret|user|bot|github|gitlab|wandb|registry|index|sas)[_.-]?)$",
    re.IGNORECASE,
)
"""What a token's name begins with. Models have tokens of another kind, such as `bos_token`."""

_PLACEHOLDER = re.compile(
    r"example|x{4}|\*{3}|\.{3}|your|dummy|fake|sample|placeholder|redacted|changeme|change_me"
    r"|secret|password|token|insert|replace|123456789|abcdefgh|test_?key|null|none|undefined",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"(?:sha\d+[:-])?(?:[0-9a-f]+|[0-9A-F]+|[0-9a-f-]{36})=*")


def find_secrets(text: str, *, is_code: bool = False) -> Iterator[Secret]:
    """
    Yield the secrets in *text*, in no particular order, no two at one place.

    Args:
        text: of a file, or a line of one.
        is_code: whether a value without quotes is an expression and not a value.
    """
    lower = text.lower()
    taken: list[tuple[int, int]] = []
    for form in _FORMS:
        if not any(hint in lower for hint in form.hints):
            continue
        for match in _compiled(form.pattern).finditer(text):
            start, end = match.span(1)
            if len(taken) == MOST:
                return
            if _is_real(match[1], form.distinct) and not _overlaps(taken, start, end):
                taken.append((start, end))
                yield Secret(form.kind, start, end, form.kind == _HALF)
    if any(hint in lower for hint in _HINTS):
        for match in _compiled(_NAMES).finditer(text):
            start, end = match.span(3)
            if len(taken) == MOST:
                return
            if _is_named_secret(text, match, is_code) and not _overlaps(taken, start, end):
                taken.append((start, end))
                yield Secret("a password or token", start, end, False)


def masked(text: str) -> str:
    """Return *text*, of the same length, with all but the first characters of secrets hidden."""
    for secret in list(find_secrets(text)):
        if secret.kind != "a private key":
            shown = secret.start + SHOWN
            text = f"{text[:shown]}{'*' * (secret.end - shown)}{text[secret.end :]}"
    return text


class Lines:
    """Turns offsets of a text into lines and columns, as editors count them."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of *offset*, both counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _overlaps(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)


def _is_real(secret: str, distinct: int) -> bool:
    if not distinct:
        return True
    return len(set(secret)) >= distinct and not _PLACEHOLDER.search(secret)


def _is_named_secret(text: str, match: re.Match[str], is_code: bool) -> bool:
    name, quote, value = match.group(1, 2, 3)
    if name.lower() == "token":
        before = re.search(r"[\w.-]*$", text[max(0, match.start() - 60) : match.start()])
        if before is None or not _TOKEN_NAME.search(before[0].removeprefix("option.")):
            return False
    if is_code and not quote:
        return False
    after = text[match.end() : match.end() + 1]
    if quote and after != quote:
        return False  # Other characters than a token has: a sentence, or an expression.
    if not quote and after not in ("", "\n", "\r", " ", "\t", ",", ";", '"', "'"):
        return False
    return _is_random(value)


def _is_random(value: str) -> bool:
    """Return whether *value* looks generated: neither words nor a digest, a path or a name."""
    if _PLACEHOLDER.search(value) or _DIGEST.fullmatch(value) or value.count("/") > 2:
        return False
    kinds = sum(
        any(test(char) for char in value) for test in (str.isdigit, str.islower, str.isupper)
    )
    counts, length = Counter(value).values(), len(value)
    entropy = -sum(count / length * log2(count / length) for count in counts)
    return kinds == 3 and entropy >= 3.5
