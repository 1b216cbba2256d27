"""Whole templates, reviewed as a diff. UPDATE_SNAPSHOTS=1 rewrites them."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk.assertions import Template

from tests.template.environments import ENVIRONMENTS, stack_of

SNAPSHOTS = Path(__file__).with_name("snapshots")


@pytest.mark.parametrize("size", ENVIRONMENTS)
def test_template_is_unchanged(size: str, tmp_path: Path) -> None:
    stack = stack_of(size, tmp_path)

    actual = _normalised(Template.from_stack(stack).to_json())
    snapshot = SNAPSHOTS / f"{size}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(actual)
    assert actual == snapshot.read_text()


def _normalised(template: Mapping[str, Any]) -> str:
    # A digest says only that bytes changed; its own tests say whether they should. In a logical id
    # CDK's hash of the path follows, and the digest is part of that path.
    text = json.dumps(template, indent=2, sort_keys=True) + "\n"
    text = re.sub(r"\b[0-9a-f]{64}\b", "<digest>", text)
    return re.sub(r"(PermissionsArtifact)[0-9a-f]{16}[0-9A-F]{8}", r"\1<digest>", text)
