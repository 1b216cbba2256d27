"""What `ENV/ENDPOINT` on a command line means, and the nearest name on a miss."""

from pathlib import Path

import pytest

from lmi.environment.target import find_endpoint, find_environment
from lmi.errors import ConfigError

CHAT = """\
target: aws
endpoints:
  chat: {artifact: a, instance_type: ml.g5.xlarge}
  embed: {artifact: a, instance_type: ml.g5.xlarge}
"""


@pytest.fixture(name="directory")
def _directory(tmp_path: Path) -> Path:
    for name in ("prod", "dev"):
        (tmp_path / f"{name}.yaml").write_text(CHAT)
    return tmp_path


def test_an_endpoint_is_found_by_environment_and_key(directory: Path) -> None:
    environment, key = find_endpoint("dev/chat", directory)
    assert (environment.name, key) == ("dev", "chat")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("chat", "an endpoint is written ENV/ENDPOINT, such as local/chat, got 'chat'"),
        ("prd/chat", "unknown environment 'prd': .* did you mean 'prod'\\? known: dev, prod$"),
        ("x/chat", "unknown environment 'x': there is no file .*x.yaml; known: dev, prod$"),
        ("dev/chta", "unknown endpoint 'chta' in .*dev.yaml; did you mean 'chat'\\? known: chat, "),
    ],
)
def test_fails_on_what_there_is_not_with_the_nearest_name(
    directory: Path, target: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        find_endpoint(target, directory)


def test_fails_where_there_is_no_environment_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"known: none$"):
        find_environment("dev", tmp_path)
