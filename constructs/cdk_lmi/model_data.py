"""What SageMaker fetches before it starts the container, as one stack names it."""

from dataclasses import dataclass

from aws_cdk import aws_sagemaker as sagemaker


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedArtifact:
    """A tarball in a bucket. Names and addresses may hold tokens."""

    bucket_name: str
    """Of an artifact's folder the bucket for assets of the stack's bootstrap."""
    object_key: str
    """Ends in ``.tar.gz``, as SageMaker's CreateModel documents ModelDataUrl."""
    s3_url: str
    """``s3://BUCKET/KEY``"""
    digest: str
    """64 hexadecimal digits: of an artifact's folder what the key is made of, else the address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedPrefix:
    """Files as they are, below a prefix that `lmi mirror` wrote."""

    bucket_name: str
    prefix: str
    """Ends in ``DIGEST/``, the artifact's content_sha256."""
    s3_url: str
    """``s3://BUCKET/PREFIX``"""
    digest: str
    """64 hexadecimal digits, made of address and content."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class S3Location:
    """What a container reads itself: all objects of a bucket whose keys begin so."""

    bucket_name: str
    prefix: str
    """Empty for the whole bucket."""


def container_definition(
    model_data: StagedArtifact | StagedPrefix, *, image_uri: str, environment: dict[str, str]
) -> sagemaker.CfnModel.ContainerDefinitionProperty:
    """
    Return the container that serves *model_data*.

    Of one tarball ModelDataSource says no more than ModelDataUrl, and what reads endpoints
    (consoles, SDKs) knows the latter.
    """
    if isinstance(model_data, StagedArtifact):
        return sagemaker.CfnModel.ContainerDefinitionProperty(
            image=image_uri, model_data_url=model_data.s3_url, environment=environment or None
        )
    return sagemaker.CfnModel.ContainerDefinitionProperty(
        image=image_uri,
        model_data_source=sagemaker.CfnModel.ModelDataSourceProperty(
            s3_data_source=sagemaker.CfnModel.S3DataSourceProperty(
                s3_uri=model_data.s3_url, s3_data_type="S3Prefix", compression_type="None"
            )
        ),
        environment=environment or None,
    )
