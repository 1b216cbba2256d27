"""A real-time SageMaker endpoint that serves one LMI artifact."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_lmi.artifact import ModelArtifact
from cdk_lmi.endpoint_reference import VARIANT_NAME, EndpointReference, ILmiEndpoint
from cdk_lmi.findings import annotate, check_endpoint
from cdk_lmi.image import LmiImage
from cdk_lmi.model_data import container_definition
from cdk_lmi.network import (
    environment_network_reasons,
    is_known_at_deployment_only,
    weights_in_s3,
)
from cdk_lmi.permissions import HostingPermissions
from cdk_lmi.role import LmiExecutionRole
from cdk_lmi.timeouts import SECONDS_ALLOWED, default_startup_seconds
from lmi import catalog
from lmi.artifact.download import default_download_seconds
from lmi.djl.loading import Loading
from lmi.errors import CatalogError, ConfigError

if TYPE_CHECKING:
    from lmi.rules import Finding

ENDPOINT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
"""botocore 1.44.5, sagemaker service model: EndpointName. The pattern alone limits no length."""

ENDPOINT_NAME_LENGTH = 63

HUB_CACHE = {"HUGGINGFACE_HUB_CACHE": "/tmp", "TRANSFORMERS_CACHE": "/tmp"}  # noqa: S108
"""Where images from 0.22.1 on keep downloads (djl-serving: serving/docker/*.Dockerfile)."""

HUB_CACHE_SINCE = (0, 22, 1)


class LmiEndpoint(EndpointReference):
    """
    A real-time SageMaker endpoint that serves one LMI artifact.

    Defines a model, an endpoint configuration with the variant ``AllTraffic``, an endpoint, the
    policies that hosting needs, and a role unless one is given. Requests go to the instance with
    the fewest outstanding ones. Model and configuration have no physical name, because
    CloudFormation replaces them on any change; the endpoint always has one, known at synthesis.

    An instance type whose GPU driver is too old for the image's CUDA by default gets the
    InferenceAmiVersion that it needs. An image before 0.22.1 that needs the network keeps what it
    downloads in /tmp, as later images do by themselves, through two environment variables.

    What `lmi check` finds is an annotation, under the id of its rule: an error keeps the stack from
    being deployed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        artifact: ModelArtifact,
        instance_type: str,
        instance_count: int = 1,
        image: LmiImage | None = None,
        endpoint_name: str | None = None,
        role: iam.IRole | None = None,
        environment: Mapping[str, str] | None = None,
        model_data_download_timeout: cdk.Duration | None = None,
        container_startup_health_check_timeout: cdk.Duration | None = None,
        network_isolation: bool | None = None,
        artifact_kms_key: kms.IKey | None = None,
        acknowledge: Mapping[str, str] | None = None,
        findings: "Iterable[Finding] | None" = None,
    ) -> None:
        """
        Define the endpoint.

        Args:
            artifact: what it serves.
            instance_type: with its prefix, as in ``ml.g5.12xlarge``. With a token nothing that
                depends on the type is checked, chosen or computed.
            instance_count: Default: one.
            image: also decides whether the container needs the network for a `requirements.txt`
                with wheels. Default: the artifact's.
            endpoint_name: up to 63 letters, digits and hyphens. Default: made from the path of the
                construct, in lower case, because SageMaker writes ARNs in lower case.
            role: gets the policies that hosting needs. Default: a new LmiExecutionRole.
            environment: of the container; visible to whoever may describe the model, so no place
                for secrets. Default: nothing, or where old images keep downloads (see above).
            model_data_download_timeout: 60 to 3600 s. Default: 600 s, and 1 s for each 20 MB of the
                artifact, in whole minutes; 3600 s for a tarball of unknown size.
            container_startup_health_check_timeout: 60 to 3600 s. Default: 300 s, and what the
                copies of the model may take to load by ``option.model_loading_timeout``. Where the
                artifact does not say how many there are, as many as there can be.
            network_isolation: whether the container is cut off from every network, S3 included.
                Default: unless it needs the network, as far as the artifact's files and
                *environment* show. A model that a token names counts as a download, and a tarball
                of which nothing is known as one that needs the network.
            artifact_kms_key: encrypts the model data: the key of the bootstrap's bucket, where the
                tarball goes, or of what is in S3 already. Default: what the artifact's source says,
                else one of S3 or AWS, which needs no grant.
            acknowledge: ids of the rules of `lmi check` whose findings are left as they are, each
                with the reason. Default: none.
            findings: what lmi.rules found about this endpoint, where that was asked with more than
                the construct knows, such as the places of overrides. Default: asked here.

        Raises:
            ConfigError: names everything that is wrong: the arguments, and a region without the
                image.
            ArtifactError: a file of the artifact changed or vanished meanwhile.
        """
        super().__init__(scope, construct_id, endpoint_name=endpoint_name)
        self.artifact = artifact
        """What the endpoint serves."""
        self.image = artifact.image if image is None else image
        """What serves it."""
        variables = environment or {}
        network_reasons = (
            *artifact.network_reasons_on(self.image),
            *environment_network_reasons(variables, artifact.paths),
        )
        host = self._checked(
            instance_type,
            instance_count,
            model_data_download_timeout=model_data_download_timeout,
            container_startup_health_check_timeout=container_startup_health_check_timeout,
        )
        placed_image = self.image.bind(self)
        self.image_uri = placed_image.uri
        """What the container is pulled by. May hold tokens."""
        self.role: iam.IRole = LmiExecutionRole(self, "Role") if role is None else role
        """What SageMaker takes on to host the endpoint."""

        model_data = artifact.bind(self)
        self.model_data_url = model_data.s3_url
        """What SageMaker fetches: a tarball, or a prefix that ends in a slash. May hold tokens."""
        if artifact_kms_key is None and artifact.source is not None and artifact.source.kms_key_arn:
            artifact_kms_key = kms.Key.from_key_arn(
                self, "ArtifactKey", artifact.source.kms_key_arn
            )
        permissions = HostingPermissions(
            self,
            "Permissions",
            role=self.role,
            endpoint_name=self.endpoint_name,
            model_data=model_data,
            image=self.image,
            placed_image=placed_image,
            artifact_kms_key=artifact_kms_key,
            weights=weights_in_s3(artifact.options, variables, self.image.image),
        )
        downloads = bool(network_reasons) or is_known_at_deployment_only(variables)
        model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=self.role.role_arn,
            enable_network_isolation=(
                not downloads if network_isolation is None else network_isolation
            ),
            primary_container=container_definition(
                model_data,
                image_uri=placed_image.uri,
                environment=_environment(self.image.image, variables, downloads=downloads),
            ),
        )
        # The policies decide whether the container can start, so none may come after the model.
        model.node.add_dependency(permissions)
        config = sagemaker.CfnEndpointConfig(
            self,
            "EndpointConfig",
            production_variants=[
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    variant_name=VARIANT_NAME,
                    model_name=model.attr_model_name,
                    instance_type=instance_type,
                    initial_instance_count=instance_count,
                    initial_variant_weight=1,
                    inference_ami_version=(
                        None
                        if host is None
                        else catalog.inference_ami_version(self.image.image, host)
                    ),
                    routing_config=sagemaker.CfnEndpointConfig.RoutingConfigProperty(
                        routing_strategy="LEAST_OUTSTANDING_REQUESTS"
                    ),
                    model_data_download_timeout_in_seconds=(
                        default_download_seconds(artifact.uncompressed_bytes)
                        if model_data_download_timeout is None
                        else model_data_download_timeout.to_seconds()
                    ),
                    container_startup_health_check_timeout_in_seconds=(
                        default_startup_seconds(
                            Loading(
                                image=self.image.image,
                                options=artifact.options,
                                environment=variables,
                                host=host,
                            )
                        )
                        if container_startup_health_check_timeout is None
                        else container_startup_health_check_timeout.to_seconds()
                    ),
                )
            ],
        )
        sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=config.attr_endpoint_config_name,
        )
        if findings is None:
            findings = check_endpoint(
                artifact,
                image=self.image,
                host=host,
                region=cdk.Stack.of(self).region,
                network_isolation=network_isolation,
                environment=variables,
                model_data_download_timeout=model_data_download_timeout,
                container_startup_health_check_timeout=container_startup_health_check_timeout,
                acknowledge=acknowledge or {},
            )
        self.findings = tuple(findings)
        """What lmi.rules says about the endpoint; what nobody acknowledged is an annotation."""
        annotate(self, self.findings)

    @staticmethod
    def from_endpoint_name(scope: Construct, construct_id: str, endpoint_name: str) -> ILmiEndpoint:
        """Return the endpoint of that name in the account and region of *scope*'s stack."""
        return EndpointReference(scope, construct_id, endpoint_name=endpoint_name)

    def _checked(
        self,
        instance_type: str,
        instance_count: int,
        **timeouts: cdk.Duration | None,
    ) -> catalog.InstanceType | None:
        """Return the instance type, None for a token. Raises ConfigError with all problems."""
        problems = [
            *_name_and_count(self.endpoint_name, instance_count),
            *_timeouts(timeouts),
        ]
        host, region = None, cdk.Stack.of(self).region
        try:
            if not cdk.Token.is_unresolved(instance_type):
                host = catalog.instance_type(instance_type)
        except CatalogError as error:
            # Not raised on its own: one message tells everything that is wrong with one call.
            problems.append(str(error))
        try:
            if not cdk.Token.is_unresolved(region):
                self.image.image.uri(region)
        except CatalogError as error:
            problems.append(str(error))
        if problems:
            raise ConfigError("\n".join(problems))
        return host


def _name_and_count(endpoint_name: str, instance_count: int) -> Iterator[str]:
    if cdk.Token.is_unresolved(endpoint_name):
        pass
    elif len(endpoint_name) > ENDPOINT_NAME_LENGTH or not ENDPOINT_NAME.fullmatch(endpoint_name):
        yield (
            "endpoint_name must have 1 to 63 letters, digits or hyphens, "
            f"no hyphen at either end, got {endpoint_name!r}"
        )
    if not cdk.Token.is_unresolved(instance_count) and instance_count < 1:
        yield f"instance_count must be at least 1, got {instance_count}"


def _timeouts(timeouts: Mapping[str, cdk.Duration | None]) -> Iterator[str]:
    lowest, highest = SECONDS_ALLOWED[0], SECONDS_ALLOWED[-1]
    for name, timeout in timeouts.items():
        if timeout is None or timeout.is_unresolved():
            continue
        seconds = timeout.to_seconds(integral=False)
        if seconds not in SECONDS_ALLOWED:
            yield f"{name} must be {lowest} to {highest} whole seconds, got {seconds:g} s"


def _environment(
    image: catalog.Image, given: Mapping[str, str], *, downloads: bool
) -> dict[str, str]:
    needs_cache = downloads and image.version_numbers < HUB_CACHE_SINCE
    return {**(HUB_CACHE if needs_cache else {}), **given}
