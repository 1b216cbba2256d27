"""Mends of CloudFormation outside its engine: template addresses and generated names."""

from urllib.parse import urlsplit

from moto.cloudformation import parsing, responses, utils
from moto.cloudformation.exceptions import ValidationError
from moto.s3.models import s3_backends

from .patch import replace

_from_url = utils.get_stack_from_s3_url
_generate_name = parsing.generate_resource_name

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html and its neighbours;
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_LONGEST_NAME = {
    "AWS::IAM::Role": 64,
    "AWS::SageMaker::Endpoint": 63,
    "AWS::SageMaker::EndpointConfig": 63,
    "AWS::SageMaker::Model": 63,
}


def apply() -> None:
    """Apply every mend of this module."""
    replace(responses, "get_stack_from_s3_url", template_from_loopback)
    replace(parsing, "generate_resource_name", name_within_limits)


def template_from_loopback(template_url: str, account_id: str, partition: str) -> str:
    """
    Read a template from an address on loopback, where the bucket is the first part of the path.

    Defect: only a host with "localhost" in it counts as path style, so at http://127.0.0.1 the
    bucket is taken to be "127" (cloudformation/utils.py, get_stack_from_s3_url).
    """
    url = urlsplit(template_url)
    if url.hostname != "127.0.0.1":
        return _from_url(template_url, account_id=account_id, partition=partition)
    bucket, _, key = url.path.lstrip("/").partition("/")
    found = s3_backends[account_id][partition].get_object(bucket, key)
    if found is None:
        raise ValidationError(message=f"S3 error: The specified key does not exist: {template_url}")
    return found.value.decode()


def name_within_limits(resource_type: str, stack_name: str, logical_id: str) -> str:
    """
    Generate a physical name that the service takes.

    Defect: names are joined without regard for the limits of SageMaker and IAM
    (cloudformation/parsing.py, generate_resource_name); CloudFormation cuts the stack's name and
    the logical id, and keeps its suffix.
    """
    name = _generate_name(resource_type, stack_name, logical_id)
    limit = _LONGEST_NAME.get(resource_type)
    if limit is None or len(name) <= limit:
        return name
    prefix, _, suffix = name.rpartition("-")
    return f"{prefix[: limit - len(suffix) - 1].rstrip('-')}-{suffix}"
