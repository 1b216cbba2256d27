"""An endpoint that cannot be created: the reason, and nothing left but its log."""

from pathlib import Path
from typing import Any

import pytest

from lmi.errors import HostError
from lmi.local.hosting import (
    EndpointFailed,
    EndpointHost,
    EndpointSpec,
)
from tests.unit.hosting_fakes import (
    CPU_IMAGE,
    MODEL_URL,
    REGION,
    FakeServer,
    FakeServers,
    ask,
    left_on_disk,
    read_object,
    spec,
    tarball,
    variant,
)

# Failures


def test_fails_when_there_is_no_model_data(host: EndpointHost, tmp_path: Path) -> None:
    with pytest.raises(EndpointFailed) as failure:
        host.create(spec(model_data_url="s3://models/other.tar.gz"))

    assert failure.value.reason == "Could not find model data at s3://models/other.tar.gz."
    assert left_on_disk(tmp_path) == [".lock"]


def test_fails_on_a_hostile_tarball_and_leaves_nothing(
    host: EndpointHost, objects: dict[str, bytes], servers: FakeServers, tmp_path: Path
) -> None:
    objects[MODEL_URL] = tarball({"model.py": b"", "../out": b"x"})

    with pytest.raises(EndpointFailed) as failure:
        host.create(spec())

    assert failure.value.reason == (
        f'Failed to extract model data archive from URL "{MODEL_URL}". Please ensure that the '
        "object located at the URL is a valid tar.gz archive. "
        "'../out' leads out of the model store; pack without '..'"
    )
    assert left_on_disk(tmp_path) == [".lock"]
    assert servers.made == []


def test_fails_with_the_handlers_own_error_and_keeps_the_log(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    def fail(server: FakeServer) -> None:
        raise HostError("ValueError: no such file: smollm2.gguf")

    servers.wait = fail

    with pytest.raises(EndpointFailed) as failure:
        host.create(spec())

    log = servers.made[0].given["log"]
    assert failure.value.reason == (
        "The primary container for production variant AllTraffic did not pass the ping health "
        "check. Please check CloudWatch logs for this endpoint.\n"
        f"ValueError: no such file: smollm2.gguf\nlog: {log}"
    )
    assert servers.made[0].stopped.is_set()
    assert left_on_disk(tmp_path) == [
        ".lock",
        "local-chat/logs/AllTraffic",
        "local-chat/server.log",
    ]
    host.delete("local-chat")
    assert log.exists()


def test_a_long_error_keeps_its_end(host: EndpointHost, servers: FakeServers) -> None:
    def fail(server: FakeServer) -> None:
        raise HostError("frame\n" * 1000 + "ValueError: the cause")

    servers.wait = fail

    with pytest.raises(EndpointFailed, match="ValueError: the cause\nlog: ") as failure:
        host.create(spec())

    assert len(failure.value.reason) == 1024


def test_after_a_failure_the_same_name_can_be_created(
    host: EndpointHost, servers: FakeServers
) -> None:
    def fail(server: FakeServer) -> None:
        raise HostError("broken")

    servers.wait = fail
    with pytest.raises(EndpointFailed):
        host.create(spec())
    servers.wait = lambda server: None

    host.create(spec())

    assert host.invoke("local-chat", ask(b"works")).body == b"works"


def test_fails_when_the_server_is_not_installed(tmp_path: Path, objects: dict[str, bytes]) -> None:
    def not_installed(**given: Any) -> FakeServer:
        raise HostError("DJL's engine 0.34.0 is not installed; run `lmi local install`")

    host = EndpointHost(home=tmp_path, read_object=read_object(objects), servers=not_installed)

    with pytest.raises(EndpointFailed, match="run `lmi local install`") as failure:
        host.create(spec())

    assert "ping" not in failure.value.reason
    host.close()


def test_fails_with_the_command_that_installs_djl(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    host = EndpointHost(home=tmp_path, read_object=read_object(objects))

    with pytest.raises(EndpointFailed) as failure:
        host.create(spec())

    host.close()
    assert failure.value.reason == (
        f"DJL's engine 0.34.0 is not installed in {tmp_path}; "
        f"{tmp_path}/server-python/bin/python, the Python of model servers, is missing; "
        "run `lmi local install`"
    )


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model_data_url": None}, "the model has no ModelDataUrl"),
        ({"model_data_url": "https://s3.amazonaws.com/b/k"}, "must be s3://BUCKET/KEY"),
        ({"model_data_url": "s3://bucket"}, "must be s3://BUCKET/KEY"),
        ({"image_uri": ""}, "the model has no Image"),
        ({"image_uri": CPU_IMAGE + "x"}, "unknown image tag '0.36.0-cpu-fullx'"),
        ({"image_uri": CPU_IMAGE.replace(":", "@sha256:")}, "knows images by tag"),
        ({"image_uri": CPU_IMAGE.replace("us-west-2", "eu-west-1")}, "publishes it for us-west-2"),
        ({"instance_type": ""}, "serverless variants are not hosted"),
        ({"instance_type": "ml.c6i.2xlargee"}, "unknown instance type 'ml.c6i.2xlargee'"),
        ({"initial_weight": 0.0}, "InitialVariantWeight must be above 0"),
        ({"variant_name": "All Traffic"}, "VariantName must match"),
        ({"container_startup_health_check_timeout_seconds": 59}, "from 60 to 3600, got 59"),
        ({"model_data_download_timeout_seconds": 3601}, "from 60 to 3600, got 3601"),
        ({"environment": {"A-B": "x"}}, "Environment key must match"),
        ({"environment": {"A": "x" * 1025}}, "may have 1024 characters, got 1025"),
        ({"environment": {f"A{n}": "" for n in range(101)}}, "may have 100 entries, got 101"),
        ({"environment": {"A": "x\0"}}, "NUL character"),
    ],
)
def test_fails_on_what_this_host_cannot_do(
    host: EndpointHost, servers: FakeServers, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(EndpointFailed) as failure:
        host.create(spec(**fields))

    assert says in failure.value.reason
    assert servers.made == []


def test_fails_on_all_problems_at_once(host: EndpointHost) -> None:
    both = (variant(variant_name="A"), variant(variant_name="A", image_uri=""))
    wrong = EndpointSpec(
        account="111111111111", region=REGION, endpoint_name="../up", variants=both
    )

    with pytest.raises(EndpointFailed) as failure:
        host.create(wrong)

    name, count, missing = failure.value.reason.splitlines()
    assert name.startswith("endpoint name must match")
    assert count == "VariantName must be unique, got 'A' 2 times"
    assert missing == "production variant 'A': the model has no Image"
