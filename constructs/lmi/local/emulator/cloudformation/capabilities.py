"""
The capabilities without which CloudFormation makes no resources of IAM.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from collections.abc import Collection

from moto.cloudformation.exceptions import CloudFormationError

from .template import Template

_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}
"""The types that need one, and the property that gives each a name of the user's choice."""


class InsufficientCapabilities(CloudFormationError):
    """The caller has not acknowledged that the template makes resources of IAM."""

    code = "InsufficientCapabilitiesException"


def require(template: Template, given: Collection[str]) -> None:
    """
    Check that the capabilities of a call are those that its template needs.

    Args:
        given: the call's `Capabilities`.

    Raises:
        InsufficientCapabilities: one is missing.
    """
    resources = [each for each in template.resources.values() if each.type in _NAMES]
    if any(_NAMES[each.type] in each.properties for each in resources):
        needed, enough = "CAPABILITY_NAMED_IAM", {"CAPABILITY_NAMED_IAM"}
    elif resources:
        needed, enough = "CAPABILITY_IAM", {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
    else:
        return
    if enough.isdisjoint(given):
        raise InsufficientCapabilities(f"Requires capabilities : [{needed}]")
