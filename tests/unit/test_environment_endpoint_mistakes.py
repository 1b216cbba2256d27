"""What a mistake in an environment file is answered with: the keys of an endpoint."""

from pathlib import Path

import pytest

from tests.unit.environment_problems import problems

ENDPOINT = "artifact: a, instance_type: ml.g5.xlarge"
AWS = "target: aws\n"
CHAT = f"{AWS}endpoints:\n  chat:\n    artifact: a\n    instance_type: ml.g5.xlarge\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{AWS}endpoints:\n  chat:\n    artifact: a\n    instance_typ: ml.g5.xlarge\n",
            [
                "3: endpoints.chat.instance_type: is required: hosting instance type, with its "
                "prefix ml",
                "5: endpoints.chat.instance_typ: unknown key; did you mean 'instance_type'?",
            ],
        ),
        (
            f"{CHAT}    option.dtype: fp16\n",
            [
                "6: endpoints.chat['option.dtype']: unknown key; keys of serving.properties stand "
                "below 'options'"
            ],
        ),
        (
            f"{CHAT}    scaling: {{min_instances: 2}}\n",
            [
                "6: endpoints.chat.scaling: unknown key; known keys: artifact, instance_type, "
                "instance_count, options, source, network_isolation, endpoint_name, "
                "model_data_download_timeout_seconds, "
                "container_startup_health_check_timeout_seconds, acknowledge"
            ],
        ),
        (f"{AWS}endpoints:\n", ["2: endpoints: has no value; give it one or remove the key"]),
        (f"{AWS}endpoints: x\n", ["2: endpoints: must be a mapping of keys to values, got 'x'"]),
        (
            f"{AWS}endpoints: {{chat: [a]}}\n",
            ["2: endpoints.chat: must be a mapping of keys to values, got a list"],
        ),
        *(
            (
                f"{AWS}endpoints: {{{key}: {{{ENDPOINT}}}}}\n",
                [
                    f"2: endpoints.{key}: must begin with a lower-case letter, hold only a-z, 0-9 "
                    f"and '-', and not end in '-', got '{key}'"
                ],
            )
            for key in ("Chat", "chat-", "2chat", "chat_2")
        ),
        (
            f"{AWS}endpoints: {{{'x' * 60}: {{{ENDPOINT}}}}}\n",
            [
                f"2: endpoints.{'x' * 60}: 'dev-{'x' * 60}' has 64 characters, at most 63 are "
                "allowed; shorten the key"
            ],
        ),
        (
            f"{AWS}endpoints: {{chat: {{artifact: ../a, instance_type: ml.g5.xlarge}}}}\n",
            [
                "2: endpoints.chat.artifact: must be the name of a folder below model_artifacts, "
                "got '../a'"
            ],
        ),
        (
            f'{AWS}endpoints: {{chat: {{artifact: "a\\n", instance_type: ml.g5.xlarge}}}}\n',
            [
                "2: endpoints.chat.artifact: must be the name of a folder below model_artifacts, "
                "got 'a\\n'"
            ],
        ),
        (
            f"{AWS}endpoints: {{chat: {{artifact: a, instance_type: g5.xlarge}}}}\n",
            [
                "2: endpoints.chat.instance_type: unknown instance type 'g5.xlarge'; did you mean "
                "'ml.g5.xlarge'?"
            ],
        ),
        (
            f"{AWS}endpoints: {{chat: {{artifact: a, instance_type: ml.c7g.xlarge}}}}\n",
            [
                "2: endpoints.chat.instance_type: instance type 'ml.c7g.xlarge' has an Arm "
                "processor (Graviton), and every LMI image is built for x86-64; nearest: "
                "ml.c7i.xlarge, ml.c7i.8xlarge, ml.c7i.4xlarge"
            ],
        ),
        (
            f"{CHAT}    instance_count: 0\n",
            ["6: endpoints.chat.instance_count: must be at least 1, got 0"],
        ),
        (
            f"{CHAT}    instance_count: '2'\n",
            ["6: endpoints.chat.instance_count: must be a whole number, got '2'"],
        ),
        (
            f"{CHAT}    instance_count: 1.5\n",
            ["6: endpoints.chat.instance_count: must be a whole number, got 1.5"],
        ),
        (
            f"{CHAT}    instance_count: 010\n",
            [
                "6: endpoints.chat.instance_count: write a number in plain decimal digits, or text "
                "in quotes, got 010"
            ],
        ),
        (
            f"{CHAT}    instance_count: {'9' * 19}\n",
            [
                "6: endpoints.chat.instance_count: write a number in plain decimal digits, or text "
                f"in quotes, got {'9' * 19}"
            ],
        ),
        (
            f"{CHAT}    model_data_download_timeout_seconds: 59\n",
            ["6: endpoints.chat.model_data_download_timeout_seconds: must be at least 60, got 59"],
        ),
        (
            f"{CHAT}    container_startup_health_check_timeout_seconds: 3601\n",
            [
                "6: endpoints.chat.container_startup_health_check_timeout_seconds: must be at most "
                "3600, got 3601"
            ],
        ),
        *(
            (
                f"{CHAT}    endpoint_name: {name}\n",
                [
                    "6: endpoints.chat.endpoint_name: must be at most 63 letters, digits and inner "
                    f"'-', got '{name}'"
                ],
            )
            for name in ("-chat", "chat-", "my_chat")
        ),
        (
            f"{CHAT}    endpoint_name: {'x' * 64}\n",
            ["6: endpoints.chat.endpoint_name: must have at most 63 characters, has 64"],
        ),
        (
            f"{CHAT}  other: {{{ENDPOINT}, endpoint_name: DEV-chat}}\n",
            [
                "6: endpoints.other.endpoint_name: 'DEV-chat' is already the name of endpoint "
                "'chat' (case does not count)"
            ],
        ),
        (
            f"{CHAT}    options: {{a: [1]}}\n",
            ["6: endpoints.chat.options.a: must be a single value, got a list; put it in quotes"],
        ),
        (
            f"{CHAT}    options: {{a: no}}\n",
            [
                "6: endpoints.chat.options.a: write true or false, or 'no' in quotes: YAML "
                "versions differ on a bare no"
            ],
        ),
        (f"{CHAT}    options: {{'': x}}\n", ["6: endpoints.chat.options.: must not be empty"]),
        (
            f"{CHAT}    artifact: b\n",
            ["6: endpoints.chat.artifact: duplicate key, first on line 4; remove one of them"],
        ),
        (
            f"{AWS}endpoints:\n  a: &a {{{ENDPOINT}}}\n  b: {{<<: *a}}\n",
            [
                "4: endpoints.b: merge keys ('<<') are not supported; write the keys out",
                "4: endpoints.b.artifact: is required: name of a folder below model_artifacts",
                "4: endpoints.b.instance_type: is required: hosting instance type, with its "
                "prefix ml",
            ],
        ),
    ],
)
def test_fails_on_a_mistake_with_its_line_key_and_remedy(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    assert problems(text, tmp_path) == expected
