"""What loading an environment file complains of."""

from pathlib import Path

import pytest

from lmi.environment import load_environment
from lmi.errors import ConfigError


def problems(text: str, folder: Path) -> list[str]:
    """Return the complaints about *text*, without the path of the file in front."""
    path = folder / "dev.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_environment(path)
    lines = str(raised.value).split("\n")
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]
