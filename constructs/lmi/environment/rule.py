"""The rules of an environment file that need more than one key, or its source text."""

from collections.abc import Iterator

from lmi.environment.model import NAME_LENGTH
from lmi.yaml_file import Document, KeyPath, Problem, valueless

EMULATED_ACCOUNT = "111111111111"
"""The account that the embedded AWS answers as."""


def is_option(path: KeyPath) -> bool:
    """Whether *path* is that of a key of serving.properties."""
    return len(path) == 4 and path[0] == "endpoints" and path[2] == "options"


def keeps_text(path: KeyPath) -> bool:
    """Whether the value at *path* is wanted as it stands in the file, whatever YAML makes of it."""
    return path == ("account",) or is_option(path)


def broken_rules(document: Document, *, environment: str) -> Iterator[Problem]:
    """Yield the problems of *document*, the file of *environment*; its values may have any type."""
    yield from valueless(document, may_be_null=is_option)
    data = document.data if isinstance(document.data, dict) else {}
    endpoints = data.get("endpoints")
    found = [
        *_nested_options(endpoints),
        *_account(document),
        *_local_target(data),
        *_key_region(data),
        *_names(endpoints, environment),
    ]
    for path, message in found:
        yield Problem(line=document.line_of(path), path=path, message=message)


def _nested_options(endpoints: object) -> Iterator[tuple[KeyPath, str]]:
    for key, endpoint in _mapping(endpoints).items():
        for option, value in _mapping(_mapping(endpoint).get("options")).items():
            if isinstance(value, dict | list):
                kind = "mapping" if isinstance(value, dict) else "list"
                yield (
                    ("endpoints", key, "options", option),
                    f"must be a single value, got a {kind}; put it in quotes",
                )


def _account(document: Document) -> Iterator[tuple[KeyPath, str]]:
    account = document.scalars.get(("account",))
    if account and account.text and not account.quoted:
        yield (
            ("account",),
            f'must be 12 digits in quotes: "{account.text}". Bare digits are a number in YAML, '
            "which loses a leading zero",
        )


def _local_target(data: dict[str, object]) -> Iterator[tuple[KeyPath, str]]:
    if data.get("target") != "local":
        return
    why = "so that a local environment can never reach a real account"
    account = data.get("account")
    if account is None:
        yield (
            ("account",),
            f'is required where target is local: account: "{EMULATED_ACCOUNT}", {why}',
        )
    elif account != EMULATED_ACCOUNT:
        yield ("account",), f'must be "{EMULATED_ACCOUNT}" where target is local, {why}'
    if "region" not in data:
        yield ("region",), "is required where target is local, such as region: us-west-2"


def _key_region(data: dict[str, object]) -> Iterator[tuple[KeyPath, str]]:
    arn, region = _mapping(data.get("bootstrap")).get("kms_key_arn"), data.get("region")
    parts = arn.split(":") if isinstance(arn, str) else []
    if isinstance(region, str) and len(parts) == 6 and parts[3] != region:
        yield (
            ("bootstrap", "kms_key_arn"),
            f"is a key of {parts[3]!r}; the bucket in {region!r} needs one of its region",
        )


def _names(endpoints: object, environment: str) -> Iterator[tuple[KeyPath, str]]:
    owners: dict[str, str] = {}
    for key, endpoint in _mapping(endpoints).items():
        default = f"{environment}-{key}"
        if len(default) > NAME_LENGTH:
            yield (
                ("endpoints", key),
                f"'{default}' has {len(default)} characters, at most {NAME_LENGTH} are allowed; "
                "shorten the key",
            )
        given = _mapping(endpoint).get("endpoint_name")
        name = given if isinstance(given, str) else default
        # API reference of CreateEndpoint: the name is case-insensitive.
        owner = owners.setdefault(name.lower(), key)
        if owner != key:
            path = ("endpoints", key, *(("endpoint_name",) if given else ()))
            yield (
                path,
                f"{name!r} is already the name of endpoint {owner!r} (case does not count)",
            )


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
