"""One environment."""

from collections.abc import Iterable
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from lmi.environment import Environment
from lmi.errors import ConfigError, LmiError
from stacks.endpoint_stack import EndpointStack
from stacks.refusal import refuse

BOOTSTRAP_QUALIFIER = "@aws-cdk/core:bootstrapQualifier"
"""Context key that CDK's default synthesizer reads (aws-cdk-lib: BOOTSTRAP_QUALIFIER_CONTEXT)."""


class EnvironmentStage(cdk.Stage):
    """
    One environment: a stack for each of its endpoints.

    The stage's id is the environment's name and a stack's id the endpoint's key, so that
    `cdk deploy 'prod/*'` deploys the environment and `cdk diff prod/chat` shows one endpoint. In
    CloudFormation that stack is called ``prod-chat``.
    """

    def __init__(
        self, scope: Construct, *, environment: Environment, model_artifacts: Path
    ) -> None:
        super().__init__(
            scope,
            environment.name,
            env=cdk.Environment(account=environment.account, region=environment.region),
        )
        if environment.bootstrap.qualifier is not None:
            self.node.set_context(BOOTSTRAP_QUALIFIER, environment.bootstrap.qualifier)
        self.stacks = [
            EndpointStack(
                self,
                key,
                environment=environment,
                endpoint=endpoint,
                model_artifacts=model_artifacts,
            )
            for key, endpoint in environment.endpoints.items()
        ]
        """In the order of the file."""


class BrokenEnvironmentStage(cdk.Stage):
    """
    An environment whose file could not be understood.

    Holds one stack, with the error as its annotation: whoever deploys this environment is told, and
    whoever deploys another is not stopped.
    """

    def __init__(self, scope: Construct, construct_id: str, *, error: LmiError) -> None:
        super().__init__(scope, construct_id)
        refuse(cdk.Stack(self, "broken"), error)


class UnnamedEnvironmentsStack(cdk.Stack):
    """
    The environments whose file names cannot be those of a stage, with what is wrong with each.

    Lies in the app itself, where `cdk synth` without a selection finds it and fails, and in no
    stage, so that it stops nobody who selects another environment.
    """

    def __init__(self, scope: Construct, construct_id: str, *, errors: Iterable[LmiError]) -> None:
        super().__init__(scope, construct_id)
        refuse(self, ConfigError("\n".join(map(str, errors))))
