"""What lmi.rules finds becomes annotations of the construct, under the same ids."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

from cdk_lmi.image import LmiImage
from cdk_lmi.network import environment_network_reasons
from lmi.catalog import InstanceType

if TYPE_CHECKING:
    from cdk_lmi.artifact import ModelArtifact
    from lmi.rules import Finding


def check_endpoint(
    artifact: "ModelArtifact",
    *,
    image: LmiImage,
    host: InstanceType | None,
    region: str,
    network_isolation: bool | None,
    environment: Mapping[str, str],
    model_data_download_timeout: cdk.Duration | None,
    container_startup_health_check_timeout: cdk.Duration | None,
    acknowledge: Mapping[str, str],
) -> tuple["Finding", ...]:
    """
    Return what the rules find about *artifact* as an endpoint deploys it.

    Args:
        artifact: what it serves.
        image: what serves it.
        host: the instance type; None for a token.
        region: of the stack. A token counts as not known, here and below.
        network_isolation: as somebody decided, or None.
        environment: of the container.
        model_data_download_timeout: as somebody decided, or None.
        container_startup_health_check_timeout: the same.
        acknowledge: ids of rules whose findings are left, each with the reason.
    """
    # Here, because an app that only imports an endpoint needs none of it.
    from lmi.rules import Acknowledgement, Hosting, Location, check, subject_of_draft
    from lmi.rules.subjects import subject_of_tarball

    hosting = Hosting(
        host=host,
        region=None if cdk.Token.is_unresolved(region) else region,
        network_isolation=network_isolation,
        environment={
            name: value for name, value in environment.items() if not cdk.Token.is_unresolved(value)
        },
        network_reasons=environment_network_reasons(environment, artifact.paths),
        model_data_download_timeout_seconds=_seconds(model_data_download_timeout),
        container_startup_health_check_timeout_seconds=_seconds(
            container_startup_health_check_timeout
        ),
    )
    nowhere = Location(file=None)
    given = tuple(
        Acknowledgement(rule=rule, key=None, reason=reason, location=nowhere)
        for rule, reason in acknowledge.items()
    )
    if artifact.draft is None:
        return check(
            subject_of_tarball(
                artifact.name, image=image.image, hosting=hosting, acknowledgements=given
            )
        )
    return check(
        subject_of_draft(artifact.draft, image=image.image, hosting=hosting, acknowledgements=given)
    )


def annotate(construct: Construct, findings: Iterable["Finding"]) -> None:
    """
    Annotate *construct* with every finding that nobody acknowledged, under the id of its rule.

    An error keeps the CDK CLI from deploying the construct's stack, and no other. A warning can
    also be acknowledged as CDK does, by ``annotation::RULE``.
    """
    validations = cdk.Validations.of(construct)
    for finding in findings:
        if not finding.counts:
            continue
        match finding.severity:
            case "error":
                validations.add_error(finding.rule, _text(finding))
            case "warning":
                validations.add_warning(finding.rule, _text(finding))
            case "info":
                cdk.Annotations.of(construct).add_info(f"{_text(finding)} [{finding.rule}]")


def _seconds(duration: cdk.Duration | None) -> int | None:
    if duration is None or duration.is_unresolved():
        return None
    return int(duration.to_seconds())


def _text(finding: "Finding") -> str:
    location = finding.location
    place = ":".join(str(part) for part in (location.file, location.line) if part is not None)
    return f"{f'{place}: ' if place else ''}{finding.message}; fix: {finding.fix}"
