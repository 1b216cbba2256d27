"""Whether the execution role may read the model data: in an update, and when it is rolled back."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lmi.local.hosting import EndpointSpec

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]
VERSION = "2012-10-17"
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
OLD, NEW = "model.tar.gz", "key/model.tar.gz"


def document(effect: str, key: str) -> dict[str, Any]:
    statement = {
        "Effect": effect,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::bucket/{key}",
    }
    return {"Version": VERSION, "Statement": [statement]}


@pytest.fixture
def serving(endpoint_resources: Resources) -> Callable[[str, str], dict[str, Any]]:
    """Makes an endpoint whose role may read the model data of this key and no other."""

    def make(name: str, key: str) -> dict[str, Any]:
        resources = endpoint_resources(name)
        model = resources["Model"]
        model["Properties"]["ExecutionRoleArn"] = {"Fn::GetAtt": ["Role", "Arn"]}
        model["Properties"]["PrimaryContainer"]["ModelDataUrl"] = f"s3://bucket/{key}"
        model["DependsOn"] = "Grant"
        trust = {"Version": VERSION, "Statement": [TRUST]}
        grant = {
            "PolicyName": "read",
            "Roles": [{"Ref": "Role"}],
            "PolicyDocument": document("Allow", key),
        }
        return {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"RoleName": name, "AssumeRolePolicyDocument": trust},
            },
            "Grant": {"Type": "AWS::IAM::Policy", "Properties": grant},
            **resources,
        }

    return make


def failing(resources: dict[str, Any], group: str) -> dict[str, Any]:
    """Return the resources with one that fails when the endpoint has been updated."""
    taken = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": group},
        "DependsOn": "Endpoint",
    }
    return {**resources, "Taken": taken}


def served(aws: "Aws", name: str) -> str:
    url = aws.host.running[name].variants[0].model_data_url
    assert url is not None
    return url.removeprefix("s3://bucket/")


def readable(aws: "Aws", name: str) -> list[str]:
    """Return the keys from which a model of the role can be made now."""
    sagemaker, found = aws.client("sagemaker"), []
    for number, key in enumerate((OLD, NEW)):
        try:
            sagemaker.create_model(
                ModelName=f"{name}-{aws.unique('probe')}-{number}",
                ExecutionRoleArn=f"arn:aws:iam::111111111111:role/{name}",
                PrimaryContainer={
                    "Image": "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:any",
                    "ModelDataUrl": f"s3://bucket/{key}",
                },
            )
        except ClientError as error:
            if "Could not access model data" not in str(error):
                raise
        else:
            found.append(key)
    return found


def test_a_roll_back_gives_the_role_its_old_grant_before_the_endpoint_goes_back(
    aws: "Aws", serving: Callable[[str, str], dict[str, Any]]
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.client("logs").create_log_group(logGroupName=name)
    assert aws.deploy(stack, serving(name, OLD)) == "CREATE_COMPLETE"

    status = aws.deploy(stack, failing(serving(name, NEW), name))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    done = [who for who, what, _ in aws.events(stack) if what == "UPDATE_COMPLETE"]
    # There, with the new model, and back.
    assert done == ["Grant", "Model", "Config", "Endpoint"] * 2
    assert served(aws, name) == OLD
    assert readable(aws, name) == [OLD]
    assert aws.deploy(stack, serving(name, NEW)) == "UPDATE_COMPLETE"
    assert (served(aws, name), readable(aws, name)) == (NEW, [NEW])


def test_fails_to_roll_back_to_a_model_that_the_role_may_no_longer_read(
    aws: "Aws",
    serving: Callable[[str, str], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack, name, iam = aws.unique("stack"), aws.unique("endpoint"), aws.client("iam")
    aws.client("logs").create_log_group(logGroupName=name)
    aws.deploy(stack, serving(name, OLD))
    update = aws.host.update

    def deny(spec: EndpointSpec, *, report: Callable[[str], None]) -> None:
        """Take the right to read the old model away, while the new one is put in its place."""
        update(spec, report=report)
        denied = json.dumps(document("Deny", OLD))
        iam.put_role_policy(RoleName=name, PolicyName="deny", PolicyDocument=denied)

    monkeypatch.setattr(aws.host, "update", deny)
    assert aws.deploy(stack, failing(serving(name, NEW), name)) == "UPDATE_ROLLBACK_FAILED"
    monkeypatch.undo()

    told = [
        why for who, what, why in aws.events(stack) if (who, what) == ("Endpoint", "UPDATE_FAILED")
    ]
    assert [each.split(" Please")[0] for each in told] == [
        f"Could not access model data at s3://bucket/{OLD}."
    ]
    assert served(aws, name) == NEW

    iam.delete_role_policy(RoleName=name, PolicyName="deny")
    aws.client("cloudformation").continue_update_rollback(StackName=stack)
    assert aws.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert served(aws, name) == OLD
