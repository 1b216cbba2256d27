"""Several production variants of one endpoint."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lmi.errors import HostError
from lmi.local.hosting import EndpointFailed, EndpointHost, InvocationFailed
from lmi.local.hosting.routing import Router
from tests.unit.hosting_fakes import (
    OLD_IMAGE,
    FakeServer,
    FakeServers,
    ask,
    left_on_disk,
    several,
    variant,
)


def answered_by(host: EndpointHost, times: int) -> Counter[str]:
    return Counter(
        host.invoke("local-chat", ask()).invoked_production_variant for _ in range(times)
    )


def test_traffic_is_shared_by_weight(host: EndpointHost, servers: FakeServers) -> None:
    host.create(
        several(
            variant(variant_name="A", initial_weight=3.0),
            variant(variant_name="B", initial_weight=1.0),
            variant(variant_name="C", initial_weight=0.0),
        )
    )

    assert answered_by(host, 40) == {"A": 30, "B": 10}
    assert len(servers.made) == 3


def test_weights_can_be_changed(host: EndpointHost) -> None:
    host.create(several(variant(variant_name="A"), variant(variant_name="B")))

    host.set_weights("local-chat", {"A": 0.0})

    assert answered_by(host, 10) == {"B": 10}


def test_a_router_never_picks_one_variant_all_at_once() -> None:
    router = Router({"A": 5.0, "B": 1.0, "C": 1.0})

    assert "".join(router.pick() for _ in range(14)) == "AABACAA" * 2


def test_a_variant_can_be_named_also_with_weight_zero(host: EndpointHost) -> None:
    host.create(several(variant(variant_name="A"), variant(variant_name="B", initial_weight=0.0)))

    named = host.invoke("local-chat", ask(b"x", target_variant="B"))

    assert named.invoked_production_variant == "B"
    with pytest.raises(InvocationFailed, match="TargetVariant must be A or B"):
        host.invoke("local-chat", ask(target_variant="C"))


def test_a_variant_may_be_unhosted(host: EndpointHost) -> None:
    gpu = variant(
        variant_name="Gpu",
        instance_type="ml.g5.12xlarge",
        image_uri=OLD_IMAGE,
        initial_weight=0.0,
    )
    host.create(several(variant(variant_name="Cpu"), gpu))

    assert host.status()[0].status == "InService (unhosted: Gpu: needs 4 GPUs)"
    assert answered_by(host, 3) == {"Cpu": 3}
    with pytest.raises(InvocationFailed, match=r"ml\.g5\.12xlarge has 4 GPUs"):
        host.invoke("local-chat", ask(target_variant="Gpu"))


def test_fails_as_a_whole_with_the_cause_alone(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    def fail(server: FakeServer) -> None:
        if server.given["environment"]:
            raise HostError("ValueError: broken")
        server.stopped.wait(10)
        raise HostError("stopped")

    servers.wait = fail

    with pytest.raises(EndpointFailed) as failure:
        host.create(
            several(
                variant(variant_name="Good", environment={}),
                variant(variant_name="Broken"),
            )
        )

    assert "production variant Broken did not pass" in failure.value.reason
    assert "Good" not in failure.value.reason
    # One that was made after the failure was never started.
    assert all(server.stopped.is_set() for server in servers.made if server.was_started)
    assert all("/logs/" in left or "server.log" in left for left in left_on_disk(tmp_path)[1:])


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"A": 0.0, "B": 0.0}, "must be above 0 for at least one production variant"),
        ({"A": -1.0}, "the weight of production variant 'A' must be at least 0, got -1"),
        ({"X": 1.0}, "has no production variant 'X'; it has A, B"),
    ],
)
def test_fails_on_weights_that_share_nothing(
    host: EndpointHost, weights: dict[str, float], says: str
) -> None:
    host.create(several(variant(variant_name="A"), variant(variant_name="B")))

    with pytest.raises(EndpointFailed, match=says):
        host.set_weights("local-chat", weights)

    assert answered_by(host, 4) == {"A": 2, "B": 2}


@pytest.mark.parametrize(
    ("variants", "says"),
    [
        ([], "1 to 10 variants, got 0"),
        ([{"variant_name": f"V{n}"} for n in range(11)], "1 to 10 variants, got 11"),
        ([{"initial_weight": 0.0}], "must be above 0 for at least one"),
    ],
)
def test_fails_on_variants_that_no_endpoint_has(
    host: EndpointHost, variants: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(EndpointFailed, match=says):
        host.create(several(*(variant(**fields) for fields in variants)))
