"""Which container serves the model, and where it is pulled from."""

from dataclasses import dataclass
from typing import Self

import aws_cdk as cdk
from constructs import Construct

from lmi import catalog


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedImage:
    """An image as one stack pulls it. Either value may hold tokens."""

    uri: str
    repository_arn: str
    """For the grant to pull."""


class LmiImage:
    """
    An LMI image of the catalogue. Immutable; one object can serve any number of stacks.

    The same image lies in a registry of its own in each region, so only a stack knows its URI.
    """

    def __init__(self, image: catalog.Image) -> None:
        self.image = image
        """What the catalogue says about it."""

    @classmethod
    def from_tag(cls, tag: str) -> Self:
        """
        Return the image with this exact *tag* of djl-inference.

        Raises:
            CatalogError: there is none; names the nearest tags.
        """
        return cls(catalog.image(tag))

    @property
    def tag(self) -> str:
        """The tag, such as ``0.20.0-deepspeed0.7.5-cu116``."""
        return self.image.tag

    def bind(self, scope: Construct) -> PlacedImage:
        """
        Return the image in the region of *scope*'s stack.

        Account and DNS suffix are literal where the region is known. Else they come from a Mapping
        of exactly the regions that have the image, defined in *scope*: elsewhere CloudFormation
        refuses the template before it makes anything.

        Raises:
            CatalogError: the region is known and has no such image; names the nearest regions.
        """
        stack = cdk.Stack.of(scope)
        if cdk.Token.is_unresolved(stack.region):
            return self._from_mapping(scope, stack)
        uri = self.image.uri(stack.region)
        registry = catalog.registry(stack.region)
        return PlacedImage(
            uri=uri,
            repository_arn=self._repository_arn(registry.partition, stack.region, registry.account),
        )

    def _from_mapping(self, scope: Construct, stack: cdk.Stack) -> PlacedImage:
        registries = [catalog.registry(region) for region in self.image.regions]
        mapping = cdk.CfnMapping(
            scope,
            "Registry",
            mapping={
                registry.region: {"Account": registry.account, "DnsSuffix": registry.dns_suffix}
                for registry in registries
            },
        )
        account = mapping.find_in_map(cdk.Aws.REGION, "Account")
        dns_suffix = mapping.find_in_map(cdk.Aws.REGION, "DnsSuffix")
        host = f"{account}.dkr.ecr.{stack.region}.{dns_suffix}"
        return PlacedImage(
            uri=f"{host}/{self.image.repository}:{self.tag}",
            repository_arn=self._repository_arn(stack.partition, stack.region, account),
        )

    def _repository_arn(self, partition: str, region: str, account: str) -> str:
        return f"arn:{partition}:ecr:{region}:{account}:repository/{self.image.repository}"
