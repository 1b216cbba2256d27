"""Reading the parameters of an API call of CloudFormation."""

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse

from . import capabilities
from .run import OnFailure, Options
from .template import Template


def template(response: CloudFormationResponse, previous: object = None) -> str:
    """Return the text of the template that the call names; *previous* is that of the stack."""
    body = response._get_param("TemplateBody")
    url = response._get_param("TemplateURL")
    is_previous = response._get_bool_param("UsePreviousTemplate", False)
    if [bool(body), bool(url), is_previous].count(True) != 1:
        raise ValidationError(
            message="Either Template URL or Template Body must be specified, or usePreviousTemplate"
        )
    if is_previous and not previous:
        raise ValidationError(message="usePreviousTemplate: the stack has no template yet")
    return str(previous if is_previous else body or response._get_stack_from_s3_url(url))


def parameters(response: CloudFormationResponse, previous: dict[str, str]) -> dict[str, str]:
    """Return the parameters of the call, those of the stack where it asks for its values."""
    given = {}
    for each in response._get_param("Parameters", []):
        name = each["ParameterKey"]
        if each.get("UsePreviousValue"):
            if each.get("ParameterValue"):
                raise ValidationError(
                    message=f"Invalid input for parameter key {name}. Cannot specify "
                    "usePreviousValue as true and non empty value for a parameter"
                )
            if name not in previous:
                raise ValidationError(
                    message=f"Invalid input for parameter key {name}. Cannot specify "
                    "usePreviousValue as true for a parameter key not in the previous template"
                )
            given[name] = previous[name]
        else:
            given[name] = each.get("ParameterValue", "")
    return given


def capable_template(response: CloudFormationResponse, previous: object = None) -> str:
    """
    Return the text of the template, for a call that makes its resources at once.

    Raises:
        InsufficientCapabilities: the call lacks a capability that the template needs.
    """
    text = template(response, previous)
    capabilities.require(Template.parse(text), capabilities_of(response))
    return text


def capabilities_of(response: CloudFormationResponse) -> tuple[str, ...]:
    """Return the capabilities of the call."""
    return tuple(response._get_param("Capabilities", []))


def tags(response: CloudFormationResponse) -> dict[str, str]:
    """Return the tags of the call."""
    return {each["Key"]: each["Value"] for each in response._get_param("Tags", [])}


def options(response: CloudFormationResponse, on_failure: str | None = None) -> Options:
    """
    Return what shall happen on a failure.

    Args:
        on_failure: the parameter of the call that chooses it, beside DisableRollback.

    Raises:
        ValidationError: both are given.
    """
    chosen: OnFailure | None = response._get_param(on_failure) if on_failure else None
    if response._get_param("DisableRollback") is not None:
        if chosen:
            raise ValidationError(
                message=f"You can specify either DisableRollback or {on_failure}, but not both"
            )
        if response._get_bool_param("DisableRollback", False):
            chosen = "DO_NOTHING"
    return Options(
        on_failure=chosen or "ROLLBACK",
        retain_except_on_create=response._get_bool_param("RetainExceptOnCreate", False),
    )


def refuse(response: CloudFormationResponse) -> None:
    """
    Raise a ValidationError that names every parameter of the call that the engine does not
    implement.
    """
    refused = [
        name
        for name in (
            "NotificationARNs",
            "RollbackConfiguration",
            "StackPolicyBody",
            "StackPolicyURL",
            "StackPolicyDuringUpdateBody",
            "StackPolicyDuringUpdateURL",
            "TimeoutInMinutes",
        )
        if response._get_param(name)
    ]
    if refused:
        raise ValidationError(
            message=f"the embedded AWS does not implement {', '.join(refused)}; leave it out"
        )
