"""An endpoint on accelerators: checked, in service, and says so."""

from pathlib import Path

import pytest

from lmi.local.hosting import (
    EndpointFailed,
    EndpointHost,
    InvocationFailed,
)
from tests.unit.hosting_fakes import (
    MODEL_URL,
    FakeServers,
    ask,
    left_on_disk,
    tarball,
    unhosted,
)

# An unhosted life


@pytest.mark.parametrize(
    ("instance_type", "needs"),
    [
        ("ml.g5.12xlarge", "4 GPUs"),
        ("ml.g5.2xlarge", "1 GPU"),
        ("ml.inf1.xlarge", "1 Neuron chip"),
    ],
)
def test_an_endpoint_on_accelerators_is_unhosted(
    host: EndpointHost, servers: FakeServers, instance_type: str, needs: str
) -> None:
    host.create(unhosted(instance_type=instance_type))

    (endpoint,) = host.status()
    assert endpoint.status == f"InService (unhosted: needs {needs})"
    assert (endpoint.url, endpoint.log, endpoint.server_version) == (None, None, None)
    assert servers.made == []


def test_fails_to_invoke_an_unhosted_endpoint(host: EndpointHost) -> None:
    host.create(unhosted())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    error = failure.value
    assert (error.code, error.status, error.original_status_code) == ("ModelError", 424, 503)
    assert error.original_message == (
        "the endpoint is unhosted: ml.g5.12xlarge has 4 GPUs, "
        "and local model servers run on the CPU only"
    )


def test_fails_to_create_an_unhosted_endpoint_without_a_model(
    host: EndpointHost, objects: dict[str, bytes], tmp_path: Path
) -> None:
    objects[MODEL_URL] = tarball({"m/serving.properties": b"option.dtype=fp16\n"})

    with pytest.raises(EndpointFailed, match=r"no model found: DJL Serving 0\.20\.0") as failure:
        host.create(unhosted())

    assert "did not pass the ping health check" not in failure.value.reason
    assert left_on_disk(tmp_path) == [".lock"]
    assert host.status() == ()


@pytest.mark.parametrize(
    ("properties", "says"),
    [(b"engine=Pyton\n", "did you mean 'Python'"), (b"engine=\\u12\n", "\\u12")],
)
def test_fails_to_create_an_unhosted_endpoint_whose_server_would_stop(
    host: EndpointHost, objects: dict[str, bytes], properties: bytes, says: str
) -> None:
    objects[MODEL_URL] = tarball({"m/serving.properties": properties})

    with pytest.raises(EndpointFailed, match="did not pass the ping health check") as failure:
        host.create(unhosted())

    assert says in failure.value.reason


def test_an_unhosted_endpoint_says_so_too_but_not_of_another_engine(
    host: EndpointHost, objects: dict[str, bytes]
) -> None:
    objects["s3://models/deepspeed"] = tarball({"serving.properties": b"engine=DeepSpeed\n"})

    host.create(unhosted(name="local-python"))
    host.create(unhosted(name="local-deepspeed", model_data_url="s3://models/deepspeed"))

    python, deepspeed = host.status()
    assert "answers /ping with 200 also where" in " ".join(python.notes)
    assert deepspeed.notes == ()


def test_several_models_are_worth_a_note(host: EndpointHost, objects: dict[str, bytes]) -> None:
    objects[MODEL_URL] = tarball({"a/model.py": b"", "b/model.py": b""})

    host.create(unhosted())

    assert "2 models (a, b)" in " ".join(host.status()[0].notes)
