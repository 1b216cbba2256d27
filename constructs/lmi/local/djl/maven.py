"""Say in a few lines why Maven failed."""

import re
from pathlib import Path

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(r"^(?:\[ERROR\]\s*)+(?P<text>\S.*?)(?: -> \[Help \d+\])?$", re.MULTILINE)
_UNREACHABLE = re.compile(
    r"Could not transfer artifact|Unknown host|Network is unreachable|offline mode|timed out"
    r"|Connection refused|Temporary failure in name resolution|PKIX path building failed"
)
_HEADLINE = "Some problems were encountered while processing the POMs"


def explain_failure(output: str, log: Path) -> str:
    """
    Return the message for a run of Maven that failed.

    Args:
        output: everything that Maven wrote.
        log: the file that keeps it.
    """
    plain = _COLOUR.sub("", output)
    errors = [match["text"] for match in _ERROR.finditer(plain) if _HEADLINE not in match["text"]]
    # The last of these lines ends with what the network said.
    unreachable = [error for error in errors if _UNREACHABLE.search(error)]
    if unreachable:
        return (
            f"Maven could not fetch what its local repository lacks: {_short(unreachable[-1])}\n"
            "connect to Maven Central, or name a mirror or proxy in ~/.m2/settings.xml,"
            " and try again\n"
            f"all of Maven's output: {log}"
        )
    lines = errors or plain.strip().splitlines()[-1:] or ["it wrote nothing"]
    return f"the model server could not be built: {_short(lines[0])}\nall of the output: {log}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 500 else f"{text[:200]} … {text[-300:]}"
