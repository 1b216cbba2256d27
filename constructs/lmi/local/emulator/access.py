"""
Whether an execution role can read model data now.

The embedded AWS enforces no IAM policy but this one, because the order of a stack's resources
depends on it: a policy that is attached after the model was made comes too late. The evaluation is
our own and small: Allow and Deny of the role's inline and managed policies by action and resource
with `*` and `?`, and the trust policy. StringEquals and StringLike are evaluated where they ask for
the prefix of a listing; other conditions count as met in an Allow and as not met in a Deny.
Permission boundaries, bucket policies and key policies are not looked at.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote

from moto.iam.models import Role, iam_backends
from moto.utilities.utils import get_partition

from lmi.local.emulator.objects import list_objects

_SERVICE = "sagemaker.amazonaws.com"


def cannot_read(role_arn: str, model_data_url: str, *, account: str, region: str) -> str | None:
    """
    Return what SageMaker says where *role_arn* may not read *model_data_url*, or None if it may.

    Wording: https://github.com/philschmid/llm-sagemaker-sample/issues/2 (of CreateModel).
    """
    role = _role(role_arn, account, region)
    bucket_and_key = model_data_url.removeprefix("s3://")
    resource = f"arn:{get_partition(region)}:s3:::{bucket_and_key}"
    if role is not None and _trusts_sagemaker(role) and is_allowed(role, "s3:GetObject", resource):
        return None
    return _not_accessible(role_arn, model_data_url, '"s3:GetObject" permissions', region)


def cannot_read_prefix(role_arn: str, url: str, *, account: str, region: str) -> str | None:
    """
    Return what SageMaker says where *role_arn* may not list the prefix *url*, or not read one of
    its objects; None if it may.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html names both actions for
    CreateModel. The words are those of a tarball.
    """
    role = _role(role_arn, account, region)
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    arn = f"arn:{get_partition(region)}:s3:::{bucket}"
    if role is None or not _trusts_sagemaker(role):
        problem = '"s3:ListBucket" and "s3:GetObject" permissions'
    elif not is_allowed(role, "s3:ListBucket", arn, {"s3:prefix": prefix}):
        problem = f'"s3:ListBucket" permissions for the prefix "{prefix}"'
    else:
        keys = [each.key for each in list_objects(bucket, prefix, account) or ()]
        denied = [key for key in keys if not is_allowed(role, "s3:GetObject", f"{arn}/{key}")]
        if not denied:
            return None
        problem = f'"s3:GetObject" permissions for "{denied[0]}"'
    return _not_accessible(role_arn, url, problem, region)


def _not_accessible(role_arn: str, url: str, problem: str, region: str) -> str:
    return (
        f"Could not access model data at {url}. Please ensure that the role "
        f'"{role_arn}" exists and that its trust relationship policy allows the action '
        f'"sts:AssumeRole" for the service principal "{_SERVICE}". Also ensure that the role has '
        f"{problem} and that the object is located in {region}."
    )


def is_allowed(
    role: Role, action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    """
    Return whether the policies of *role* allow *action* on the ARN *resource* now.

    Args:
        context: what is known of the request, by condition keys. Default: nothing.
    """
    effects = {
        statement.get("Effect")
        for document in _documents(role)
        for statement in _statements(document)
        if _covers(statement, "Action", action, ignore_case=True)
        and _covers(statement, "Resource", resource)
        and _is_met(statement, context or {})
    }
    return "Allow" in effects and "Deny" not in effects


def _is_met(statement: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Return whether *statement* applies; what cannot be told does not stand in an Allow's way."""
    unknown = statement.get("Effect") == "Allow"
    for operator, conditions in statement.get("Condition", {}).items():
        for key, wanted in conditions.items():
            given = context.get(key)
            if given is None or operator not in ("StringEquals", "StringLike"):
                met = unknown
            elif operator == "StringLike":
                met = _matches(_as_list(wanted), given, ignore_case=False)
            else:
                met = given in _as_list(wanted)
            if not met:
                return False
    return True


def _role(role_arn: str, account: str, region: str) -> Role | None:
    roles = iam_backends[account][get_partition(region)].roles
    return next((role for role in list(roles.values()) if role.arn == role_arn), None)


def _documents(role: Role) -> Iterator[str | Mapping[str, Any]]:
    yield from list(role.policies.values())
    for policy in list(role.managed_policies.values()):
        for version in policy.versions:
            if version.version_id == policy.default_version_id:
                yield version.document


def _trusts_sagemaker(role: Role) -> bool:
    for statement in _statements(role.assume_role_policy_document):
        principal = statement.get("Principal", {})
        services = (
            ["*"] if principal == "*" else _as_list(principal.get("Service", principal.get("AWS")))
        )
        if (
            statement.get("Effect") == "Allow"
            and _covers(statement, "Action", "sts:AssumeRole", ignore_case=True)
            and any(service in ("*", _SERVICE) for service in services)
        ):
            return True
    return False


def _statements(document: str | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if isinstance(document, str):
        # GetRole and its like show documents percent-encoded, and moto keeps some so.
        document = json.loads(unquote(document) if document.startswith("%7B") else document)
    return _as_list(cast("Mapping[str, Any]", document).get("Statement"))


def _covers(
    statement: Mapping[str, Any], element: str, value: str, *, ignore_case: bool = False
) -> bool:
    inverse = f"Not{element}"
    if inverse in statement:
        return not _matches(_as_list(statement[inverse]), value, ignore_case=ignore_case)
    # A trust policy names no resource.
    patterns = _as_list(statement.get(element))
    return _matches(patterns, value, ignore_case=ignore_case)


def _matches(patterns: Iterable[str], value: str, *, ignore_case: bool) -> bool:
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return any(
        re.fullmatch(re.escape(str(pattern)).replace(r"\*", ".*").replace(r"\?", "."), value, flags)
        for pattern in patterns
    )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
