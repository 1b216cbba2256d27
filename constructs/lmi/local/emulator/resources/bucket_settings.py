"""The settings of a bucket: which call makes each of them, from what CloudFormation names it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """How one property of a bucket is set and taken back."""

    put: str
    """The operation of S3 that sets it."""
    parameters: Callable[[Any], dict[str, Any]]
    """From the property's value to the operation's parameters."""
    delete: str | None = None
    """The operation that takes it back; without one, `default` is set."""
    default: Any = None


def _encryption(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = [
        _renamed(rule, ServerSideEncryptionByDefault="ApplyServerSideEncryptionByDefault")
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(each) for each in value["Rules"]]}}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    same = (
        "AbortIncompleteMultipartUpload",
        "NoncurrentVersionExpiration",
        "Prefix",
        "Status",
    )
    made = {name: rule[name] for name in same if name in rule}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    if "TagFilters" in rule:
        tags = rule["TagFilters"]
        prefix = made.pop("Prefix", None)
        both = {"Tags": tags} if prefix is None else {"Prefix": prefix, "Tags": tags}
        made["Filter"] = {"Tag": tags[0]} if len(tags) == 1 and prefix is None else {"And": both}
    elif "Prefix" not in made:
        made["Filter"] = {"Prefix": ""}
    expiration = _renamed(
        {
            name: rule[name]
            for name in ("ExpirationInDays", "ExpirationDate", "ExpiredObjectDeleteMarker")
            if name in rule
        },
        ExpirationInDays="Days",
        ExpirationDate="Date",
    )
    if expiration:
        made["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in rule:
        made["NoncurrentVersionExpiration"] = {
            "NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]
        }
    moves = [*rule.get("Transitions", ()), *([rule["Transition"]] if "Transition" in rule else ())]
    if moves:
        made["Transitions"] = [
            _renamed(each, TransitionInDays="Days", TransitionDate="Date") for each in moves
        ]
    if "NoncurrentVersionTransitions" in rule:
        made["NoncurrentVersionTransitions"] = [
            _renamed(each, TransitionInDays="NoncurrentDays")
            for each in rule["NoncurrentVersionTransitions"]
        ]
    return made


def _cors(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = [
        _renamed(rule, ExposedHeaders="ExposeHeaders", Id="ID", MaxAge="MaxAgeSeconds")
        for rule in value["CorsRules"]
    ]
    return {"CORSConfiguration": {"CORSRules": rules}}


def _logging(value: Mapping[str, Any] | None) -> dict[str, Any]:
    if not value:
        return {"BucketLoggingStatus": {}}
    target = _renamed(value, DestinationBucketName="TargetBucket", LogFilePrefix="TargetPrefix")
    return {"BucketLoggingStatus": {"LoggingEnabled": {"TargetPrefix": "", **target}}}


def _acl(value: str) -> dict[str, Any]:
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in value)
    return {"ACL": words.lstrip("-")}


def _renamed(value: Mapping[str, Any], **names: str) -> dict[str, Any]:
    return {names.get(name, name): each for name, each in value.items()}


SETTINGS: Final[Mapping[str, Setting]] = {
    "OwnershipControls": Setting(
        put="put_bucket_ownership_controls",
        parameters=lambda value: {"OwnershipControls": value},
        delete="delete_bucket_ownership_controls",
    ),
    "AccessControl": Setting(put="put_bucket_acl", parameters=_acl, default="Private"),
    "BucketEncryption": Setting(
        put="put_bucket_encryption", parameters=_encryption, delete="delete_bucket_encryption"
    ),
    "CorsConfiguration": Setting(
        put="put_bucket_cors", parameters=_cors, delete="delete_bucket_cors"
    ),
    "LifecycleConfiguration": Setting(
        put="put_bucket_lifecycle_configuration",
        parameters=_lifecycle,
        delete="delete_bucket_lifecycle",
    ),
    "LoggingConfiguration": Setting(put="put_bucket_logging", parameters=_logging),
    "PublicAccessBlockConfiguration": Setting(
        put="put_public_access_block",
        parameters=lambda value: {"PublicAccessBlockConfiguration": value},
        delete="delete_public_access_block",
    ),
    "Tags": Setting(
        put="put_bucket_tagging",
        parameters=lambda value: {"Tagging": {"TagSet": value}},
        delete="delete_bucket_tagging",
    ),
    "VersioningConfiguration": Setting(
        put="put_bucket_versioning",
        parameters=lambda value: {"VersioningConfiguration": value},
        default={"Status": "Suspended"},
    ),
}
"""The properties of AWS::S3::Bucket that are set after it is created, in this order."""
