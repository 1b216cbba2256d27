"""What a mistake in an environment file is answered with: the keys above the endpoints."""

from pathlib import Path

import pytest

from tests.unit.environment_problems import problems

AWS = "target: aws\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1: is empty; it needs at least the key 'target'"]),
        ("# nothing\n", ["1: is empty; it needs at least the key 'target'"]),
        ("- a\n", ["1: must be a mapping with the key 'target'"]),
        ("just text\n", ["1: must be a mapping with the key 'target'"]),
        ("region: us-west-2\n", ["1: target: is required: write target: aws or target: local"]),
        ("target: azure\n", ["1: target: must be 'aws' or 'local', got 'azure'"]),
        ("target:\n", ["1: target: has no value; give it one or remove the key"]),
        (
            f"{AWS}colour: red\n",
            [
                "2: colour: unknown key; known keys: target, account, region, tags, bootstrap, "
                "stack, endpoints"
            ],
        ),
        (f"{AWS}end_points: {{}}\n", ["2: end_points: unknown key; did you mean 'endpoints'?"]),
        (
            f"{AWS}account: 012345678901\n",
            [
                '2: account: must be 12 digits in quotes: "012345678901". Bare digits are a '
                "number in YAML, which loses a leading zero"
            ],
        ),
        (
            f"{AWS}account: 012345670123\n",
            [
                '2: account: must be 12 digits in quotes: "012345670123". Bare digits are a '
                "number in YAML, which loses a leading zero"
            ],
        ),
        (
            f'{AWS}account: "1111"\n',
            ["2: account: must be 12 digits in quotes, got '1111'"],
        ),
        (
            f'{AWS}account: "١٢٣٤٥٦٧٨٩٠١٢"\n',
            ["2: account: must be 12 digits in quotes, got '١٢٣٤٥٦٧٨٩٠١٢'"],
        ),
        (
            f"{AWS}region: us-west2\n",
            [
                "2: region: no djl-inference registry is known in region 'us-west2'; nearest: "
                "us-west-2, us-west-1, us-east-2"
            ],
        ),
        (f"{AWS}region: 5\n", ["2: region: must be text, got 5; put it in quotes"]),
        (
            f"{AWS}tags: {{year: 2026}}\n",
            ["2: tags.year: must be text, got 2026; put it in quotes"],
        ),
        (
            f"{AWS}tags: {{AWS:x: y}}\n",
            [
                "2: tags.AWS:x: must hold letters, digits, blanks and _.:/=+-@ only, and not begin "
                "with 'aws:', got 'AWS:x'"
            ],
        ),
        (
            f"{AWS}tags: {{team: 'a&b'}}\n",
            ["2: tags.team: must hold letters, digits, blanks and _.:/=+-@ only, got 'a&b'"],
        ),
        (
            f"{AWS}tags: {{k: {'v' * 257}}}\n",
            ["2: tags.k: must have at most 256 characters, has 257"],
        ),
        (f"{AWS}tags: [a]\n", ["2: tags: must be a mapping of keys to values, got a list"]),
        (
            f"{AWS}bootstrap: {{qualifier: much-too-long}}\n",
            [
                "2: bootstrap.qualifier: must be 1 to 10 letters, digits, '_' or '-', "
                "got 'much-too-long'"
            ],
        ),
        (
            f"{AWS}bootstrap: {{kms_key_arn: 'arn:aws:kms:us-west-2:111111111111:alias/x'}}\n",
            [
                "2: bootstrap.kms_key_arn: must be the ARN of a key, "
                "arn:PARTITION:kms:REGION:ACCOUNT:key/ID (not of an alias), "
                "got 'arn:aws:kms:us-west-2:111111111111:alias/x'"
            ],
        ),
        (
            f"{AWS}region: us-west-2\n"
            "bootstrap: {kms_key_arn: 'arn:aws:kms:us-east-1:111111111111:key/1'}\n",
            [
                "3: bootstrap.kms_key_arn: is a key of 'us-east-1'; the bucket in 'us-west-2' "
                "needs one of its region"
            ],
        ),
        (
            f"{AWS}stack: {{permissions_boundary: 'arn:aws:iam::111111111111:policy/p'}}\n",
            [
                "2: stack.permissions_boundary: must be the name of a managed policy "
                "(not its ARN), got 'arn:aws:iam::111111111111:policy/p'"
            ],
        ),
        (
            f"{AWS}stack: {{termination_protection: yes}}\n",
            [
                "2: stack.termination_protection: write true or false, or 'yes' in quotes: YAML "
                "versions differ on a bare yes"
            ],
        ),
        (
            f"{AWS}stack: {{termination_protection: 1}}\n",
            ["2: stack.termination_protection: must be true or false, got 1"],
        ),
        (f"{AWS}tags: {{? [a] : b}}\n", ["2: tags: has a key that is not a single word"]),
        (f"{AWS}tags: &t {{a: *t}}\n", ["2: tags.a: refers to itself"]),
        (f"{AWS}tags: {{a: !secret b}}\n", ["2: tags.a: the YAML tag '!secret' is not supported"]),
        (f"{AWS}tags: !secret {{}}\n", ["2: tags: the YAML tag '!secret' is not supported"]),
        (f"{AWS}tags: {{a: !!float x}}\n", ["2: tags.a: must be a number, got 'x'"]),
    ],
)
def test_fails_on_a_mistake_with_its_line_key_and_remedy(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    assert problems(text, tmp_path) == expected
