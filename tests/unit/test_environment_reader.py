"""Environment files: what they may say, and what a mistake in one is answered with."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmi.environment import Bootstrap, StackSettings, load_environment
from lmi.errors import ConfigError

ENDPOINT = "artifact: a, instance_type: ml.g5.xlarge"
AWS = "target: aws\n"
CHAT = f"{AWS}endpoints:\n  chat:\n    artifact: a\n    instance_type: ml.g5.xlarge\n"


@pytest.fixture
def write(tmp_path: Path) -> "Write":
    return Write(tmp_path)


class Write:
    """Writes a file of the given text and name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str, name: str = "dev.yaml") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode())
        return path


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_environment(path)
    lines = str(raised.value).split("\n")
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_a_full_file_is_read_as_written(write: Write) -> None:
    path = write(
        """
target: aws
account: "012345678901"
region: us-west-2
tags: {team: nlp, cost centre: "42"}
bootstrap:
  qualifier: lmi
  kms_key_arn: arn:aws:kms:us-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab
stack: {termination_protection: true, permissions_boundary: bound}
endpoints:
  chat:
    artifact: qwen3-8b-vllm
    instance_type: ml.g5.12xlarge
    instance_count: 2
    options: {option.tensor_parallel_degree: 2}
    endpoint_name: Chat-1
    model_data_download_timeout_seconds: 3600
    container_startup_health_check_timeout_seconds: 60
  plain: {artifact: a.b_c, instance_type: ml.c6i.large}
""",
        "prod.yaml",
    )

    environment = load_environment(path)

    assert (environment.name, environment.path) == ("prod", path)
    assert (environment.target, environment.account) == ("aws", "012345678901")
    assert environment.region == "us-west-2"
    assert environment.tags == {"team": "nlp", "cost centre": "42"}
    assert environment.bootstrap.qualifier == "lmi"
    assert environment.bootstrap.kms_key_arn is not None
    assert environment.stack == StackSettings(
        termination_protection=True, permissions_boundary="bound"
    )
    assert list(environment.endpoints) == ["chat", "plain"]
    chat, plain = environment.endpoints.values()
    assert (chat.key, chat.artifact, chat.instance_type) == (
        "chat",
        "qwen3-8b-vllm",
        "ml.g5.12xlarge",
    )
    assert (chat.instance_count, chat.options) == (2, {"option.tensor_parallel_degree": "2"})
    assert chat.model_data_download_timeout_seconds == 3600
    assert chat.container_startup_health_check_timeout_seconds == 60
    assert environment.endpoint_name("chat") == "Chat-1"
    assert (plain.instance_count, plain.options, plain.endpoint_name) == (1, {}, None)
    assert environment.endpoint_name("plain") == "prod-plain"


def test_only_the_target_is_required(write: Write) -> None:
    environment = load_environment(write("target: aws"))

    assert (environment.account, environment.region) == (None, None)
    assert (environment.tags, environment.endpoints) == ({}, {})
    assert environment.bootstrap == Bootstrap(qualifier=None, kms_key_arn=None)
    assert environment.stack == StackSettings(
        termination_protection=False, permissions_boundary=None
    )


def test_an_environment_cannot_be_changed(write: Write) -> None:
    environment = load_environment(write(CHAT))
    with pytest.raises(FrozenInstanceError):
        environment.region = "us-east-1"  # type: ignore[misc]
    with pytest.raises(TypeError):
        environment.endpoints["other"] = environment.endpoints["chat"]  # type: ignore[index]
    with pytest.raises(TypeError):
        environment.endpoints["chat"].options["a"] = "b"  # type: ignore[index]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.90", "0.90"),
        ("1e3", "1e3"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("1:30", "1:30"),
        (".inf", ".inf"),
        ("2024-01-31", "2024-01-31"),
        ("fp16", "fp16"),
        ("'true'", "true"),
        ('" 2 "', " 2 "),
        ("true", "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'null'", "null"),
        ("''", ""),
        ('{"a": 1}', "must be a single value, got a mapping; put it in quotes"),
    ],
)
def test_an_option_is_the_text_of_the_file(write: Write, written: str, value: str | None) -> None:
    path = write(f"{CHAT}    options:\n      option.x: {written}\n")
    if value is not None and value.startswith("must"):
        assert problems(path) == [f"7: endpoints.chat.options['option.x']: {value}"]
    else:
        assert load_environment(path).endpoints["chat"].options == {"option.x": value}


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1))
def test_any_quoted_option_comes_through_unchanged(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    quoted = text.replace("'", "''")
    path = tmp_path_factory.getbasetemp() / "dev.yaml"
    path.write_text(f"{CHAT}    options:\n      k: '{quoted}'\n", encoding="utf-8", newline="\n")
    # A line break other than LF inside quotes is folded by YAML itself.
    if not set(text) & set("\x85\u2028\u2029"):
        assert load_environment(path).endpoints["chat"].options == {"k": text}


def test_fails_with_all_problems_of_a_file_in_its_order(write: Write) -> None:
    text = """\
target: azure
account: 111111111111
colour: red
endpoints:
  Chat: {artifact: a/b, instance_type: ml.g9.xlarge, instance_count: 0}
  other:
    artifact: a
    instance_type: ml.g5.xlarge
    options: {a: [1], a: 2}
"""
    keys = [line.split(": ")[:2] for line in problems(write(text, "Dev.yaml"))]
    assert keys == [
        ["1", "the file's name is the environment's and must begin with a lower-case letter, "
              "hold only a-z, 0-9 and '-', and not end in '-', got 'Dev'"],
        ["1", "target"],
        ["2", "account"],
        ["3", "colour"],
        ["5", "endpoints.Chat"],
        ["5", "endpoints.Chat.artifact"],
        ["5", "endpoints.Chat.instance_count"],
        ["5", "endpoints.Chat.instance_type"],
        ["9", "endpoints.other.options.a"],
        ["9", "endpoints.other.options.a"],
    ]  # fmt: skip


def test_fails_on_a_local_target_that_could_reach_a_real_account(write: Write) -> None:
    why = "so that a local environment can never reach a real account"
    assert problems(write('target: local\naccount: "222222222222"\nregion: us-west-2\n')) == [
        f'2: account: must be "111111111111" where target is local, {why}'
    ]
    assert problems(write("target: local\n")) == [
        f'1: account: is required where target is local: account: "111111111111", {why}',
        "1: region: is required where target is local, such as region: us-west-2",
    ]
    local = load_environment(write('target: local\naccount: "111111111111"\nregion: us-west-2\n'))
    assert (local.target, local.account) == ("local", "111111111111")


@pytest.mark.parametrize("stem", ["Dev", "dev-", "1dev", "de.v", "dev_1"])
def test_fails_on_a_file_name_that_cannot_name_an_environment(write: Write, stem: str) -> None:
    (problem,) = problems(write(AWS, f"{stem}.yaml"))
    assert problem.endswith(f"got '{stem}'")


def test_an_anchor_can_be_used_again(write: Write) -> None:
    path = write(
        f"{AWS}endpoints:\n"
        f"  a: {{{ENDPOINT}, options: &o {{option.dtype: fp16}}}}\n"
        f"  b: {{{ENDPOINT}, options: *o}}\n"
    )
    a, b = load_environment(path).endpoints.values()
    assert a.options == b.options == {"option.dtype": "fp16"}


def test_a_config_error_ends_with_exit_code_2() -> None:
    assert ConfigError.exit_code == 2


@given(
    text=st.recursive(
        st.sampled_from(
            ["aws", "local", "''", "5", "~", "yes", "1.5", "[a]", "{}", "*x", "&x a", "? x", "!t"]
        ),
        lambda inner: st.lists(
            st.tuples(
                st.sampled_from(["target", "account", "region", "tags", "bootstrap", "stack",
                                 "endpoints", "options", "chat", "artifact", "1", "<<", "a.b"]),
                inner,
            ),
            min_size=1,
            max_size=4,
        ).map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"),
        max_leaves=8,
    )
)  # fmt: skip
def test_fails_on_anything_else_with_config_error_alone(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "dev.yaml"
    path.write_text(f"target: azure\nchat: {text}\nendpoints: {text}\n")
    with pytest.raises(ConfigError):
        load_environment(path)
