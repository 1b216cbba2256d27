"""One endpoint of one environment."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_lmi import LmiEndpoint, ModelArtifact
from lmi.environment import EndpointSettings, Environment
from lmi.errors import LmiError
from lmi.rules import check
from lmi.rules.targets import subject_of_endpoint
from stacks.refusal import refuse


class EndpointStack(cdk.Stack):
    """
    One endpoint of one environment, as the environment's file describes it.

    Outputs: ``EndpointName``, ``ImageUri``, and ``ContentDigest``, which is the ``content_sha256``
    that `lmi bundle` prints; of a tarball in a bucket ``ModelData`` in its place, the address.

    What cannot be deployed is an error annotation on this stack, with all that is wrong in it, so
    that it stops nobody who deploys another.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        endpoint: EndpointSettings,
        model_artifacts: Path,
        **kwargs: Any,
    ) -> None:
        boundary = environment.stack.permissions_boundary
        super().__init__(
            scope,
            construct_id,
            description=f"Artifact {endpoint.artifact} on {endpoint.instance_type}",
            tags=dict(environment.tags),
            termination_protection=environment.stack.termination_protection,
            permissions_boundary=(
                None if boundary is None else cdk.PermissionsBoundary.from_name(boundary)
            ),
            **kwargs,
        )
        self.error: LmiError | None = None
        """Why the endpoint cannot be deployed, if so."""
        try:
            self._define(environment, endpoint, model_artifacts)
        except LmiError as error:
            self.error = error
            refuse(self, error)

    def _define(
        self, environment: Environment, settings: EndpointSettings, model_artifacts: Path
    ) -> None:
        artifact = ModelArtifact.from_directory(
            model_artifacts / settings.artifact, options=settings.options, source=settings.source
        )
        assert artifact.draft is not None  # noqa: S101 -- there is a folder
        findings = check(subject_of_endpoint(environment, settings, artifact.draft))
        # The bootstrap's bucket holds nothing of what is in S3 already.
        key_arn = environment.bootstrap.kms_key_arn if artifact.source is None else None
        endpoint = LmiEndpoint(
            self,
            "Endpoint",
            artifact=artifact,
            instance_type=settings.instance_type,
            instance_count=settings.instance_count,
            endpoint_name=environment.endpoint_name(settings.key),
            model_data_download_timeout=_duration(settings.model_data_download_timeout_seconds),
            container_startup_health_check_timeout=_duration(
                settings.container_startup_health_check_timeout_seconds
            ),
            network_isolation=settings.network_isolation,
            artifact_kms_key=(
                None if key_arn is None else kms.Key.from_key_arn(self, "BootstrapKey", key_arn)
            ),
            findings=findings,
        )
        cdk.CfnOutput(
            self,
            "EndpointName",
            value=endpoint.endpoint_name,
            description="What InvokeEndpoint takes",
        )
        cdk.CfnOutput(
            self, "ImageUri", value=endpoint.image_uri, description="The container's image"
        )
        if artifact.content_sha256 is None:
            cdk.CfnOutput(
                self,
                "ModelData",
                value=endpoint.model_data_url,
                description="The tarball that is served",
            )
        else:
            cdk.CfnOutput(
                self,
                "ContentDigest",
                value=artifact.content_sha256,
                description="SHA-256 of the files' names, bytes and executable bits",
            )


def _duration(seconds: int | None) -> cdk.Duration | None:
    return None if seconds is None else cdk.Duration.seconds(seconds)
