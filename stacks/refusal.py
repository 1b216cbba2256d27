"""How a stack says that it cannot be deployed."""

import aws_cdk as cdk

from lmi.errors import LmiError


def refuse(stack: cdk.Stack, error: LmiError) -> None:
    """
    Make the CDK CLI refuse *stack*, and only that one, with *error* as the reason.

    An exception would stop every other stack of the app, too.
    """
    validations = cdk.Validations.of(stack)
    validations.add_error("cdk-lmi", str(error))
    validations.acknowledge(
        cdk.Acknowledgment(
            id="CloudFormation-Validate::F0001",
            reason="the stack is empty because of the error that it is refused for",
        )
    )
