"""What this project deploys, and CDK's bootstrap stack, is not refused."""

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from moto.s3.models import s3_backends

from lmi.local.emulator.refusals import check_resource
from lmi.local.emulator.refusals.provider_schema import provider_schema

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

ROOT = Path(__file__).parents[3]
SNAPSHOTS = sorted((ROOT / "tests" / "template" / "snapshots").glob("*.json"))
REGION = "us-west-2"

_accounts = itertools.count(300000000000)


class Resolved:
    """Puts plausible values in the places of a template's intrinsic functions."""

    def __init__(self, template: Mapping[str, Any], account: str) -> None:
        self._template = template
        self._known = {
            "AWS::AccountId": account,
            "AWS::Region": REGION,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "stack",
        }
        for name, parameter in template.get("Parameters", {}).items():
            self._known[name] = parameter.get("Default", "value")

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [each for each in map(self, value) if each is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            function = getattr(self, "_" + name.removeprefix("Fn::").lower(), None)
            if function is not None and (name == "Ref" or name.startswith("Fn::")):
                return function(argument)
        return {key: made for key, each in value.items() if (made := self(each)) is not None}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return None
        return self._known.get(name, self._identifier(name))

    def _getatt(self, argument: Any) -> Any:
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        if attribute in ("ModelName", "EndpointConfigName", "EndpointName"):
            return name
        return (
            self._identifier(name)
            if attribute != "Arn"
            else f"arn:aws:iam::111111111111:role/{name}-role"
        )

    def _identifier(self, name: str) -> str:
        return re.sub("[^a-z0-9]", "", name.lower())

    def _sub(self, argument: Any) -> str:
        text, values = argument if isinstance(argument, list) else (argument, {})
        known = {**self._known, **{name: self(value) for name, value in values.items()}}
        return re.sub(
            r"\$\{([^}]+)\}",
            lambda found: str(known.get(found[1], self._identifier(found[1]))),
            text,
        )

    def _join(self, argument: Any) -> str:
        return str(argument[0]).join(str(self(each)) for each in argument[1])

    def _select(self, argument: Any) -> Any:
        return self(argument[1])[int(argument[0])]

    def _findinmap(self, argument: Any) -> Any:
        mapping, first, second = (self(each) for each in argument)
        return self._template["Mappings"][mapping][first][second]

    def _if(self, argument: Any) -> Any:
        return self(argument[1])


def refused(template: dict[str, Any], account: str) -> dict[str, tuple[str, ...]]:
    """Return the reasons for each resource, with missing records of the others left out."""
    resolve = Resolved(template, account)
    found = {}
    for name, resource in template["Resources"].items():
        properties = resolve(resource.get("Properties", {}))
        url = properties.get("PrimaryContainer", {}).get("ModelDataUrl")
        if url is not None:
            _upload(url, account)
        reasons = check_resource(
            resource["Type"], properties, previous=None, account=account, region=REGION
        )
        told = tuple(reason for reason in reasons if not reason.startswith("Could not find"))
        if told:
            found[name] = told
    return found


def _upload(url: str, account: str) -> None:
    s3 = s3_backends[account]["aws"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if bucket not in s3.buckets:
        s3.create_bucket(bucket, REGION)
    s3.put_object(bucket, key, b"tar")


@pytest.fixture
def account() -> Iterator[str]:
    number = str(next(_accounts))
    yield number
    s3_backends[number]["aws"].reset()


def with_digests(text: str) -> str:
    """Put digests where the snapshots have a placeholder."""
    return text.replace("<digest>", "0" * 64)


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_the_templates_of_this_project_pass(path: Path, account: str) -> None:
    template = json.loads(with_digests(path.read_text()))

    assert refused(template, account) == {}


def test_every_type_of_the_templates_has_a_schema() -> None:
    types = {
        resource["Type"]
        for path in SNAPSHOTS
        for resource in json.loads(path.read_text())["Resources"].values()
    }

    assert types >= {"AWS::SageMaker::Model", "AWS::SageMaker::Endpoint", "AWS::IAM::Policy"}
    assert {each for each in types if provider_schema(each, REGION) is None} == set()


def test_a_mistake_in_a_template_of_this_project_is_seen(account: str) -> None:
    template = json.loads(with_digests(SNAPSHOTS[0].read_text()))
    (config,) = (
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::SageMaker::EndpointConfig"
    )
    config["ProductionVariants"][0]["InitialInstanceCounts"] = 1

    (reasons,) = refused(template, account).values()

    assert reasons == (
        "#/ProductionVariants/0: extraneous key [InitialInstanceCounts] is not permitted",
    )


def test_the_bootstrap_stack_of_cdk_passes(aws: "Aws") -> None:
    shown = subprocess.run(
        [Path(sys.executable).parent / "cdk", "bootstrap", "--show-template"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    stack = aws.unique("toolkit")
    parameters = {"CloudFormationExecutionPolicies": "arn:aws:iam::aws:policy/AdministratorAccess"}

    aws.client("cloudformation").create_stack(
        StackName=stack,
        TemplateBody=shown.stdout,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in {**parameters, "Qualifier": aws.unique("q")}.items()
        ],
    )

    assert (aws.settled(stack), aws.events(stack)[-1][2]) == ("CREATE_COMPLETE", "")
