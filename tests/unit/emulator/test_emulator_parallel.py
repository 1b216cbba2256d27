"""Stacks that are created, updated and deleted at the same time: what the engine's locks hold."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.cloudformation.models import CloudFormationBackend
from moto.iam.models import IAMBackend
from moto.sagemaker.models import SageMakerModelBackend

from lmi.local.emulator.cloudformation import exports, stacks
from lmi.local.hosting import EndpointSpec

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]
STACKS = 6
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


class Meeting:
    """
    A place in code where a thread waits a moment for another one to come, which a lock prevents.
    """

    def __init__(self) -> None:
        self.most = 0
        """How many threads have been here at once."""
        self._inside = 0
        self._changed = threading.Condition()

    def __call__(self) -> None:
        """Wait for another thread, or until it is clear that none comes."""
        with self._changed:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most > 1, timeout=0.03)
            self._inside -= 1


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[[object, str], Meeting]:
    """Puts a meeting behind the work of a function, where a change follows from its answer."""

    def put(owner: object, name: str) -> Meeting:
        meeting, function = Meeting(), getattr(owner, name)

        def meet(*args: Any, **kwargs: Any) -> Any:
            answer = function(*args, **kwargs)
            meeting()
            return answer

        monkeypatch.setattr(owner, name, meet)
        return meeting

    return put


@pytest.fixture(autouse=True)
def clients(aws: "Aws") -> None:
    """Clients are made here, because making them is not for several threads at once."""
    for service in ("cloudformation", "iam", "sagemaker"):
        aws.client(service)


def together(work: Callable[[int], str]) -> list[str]:
    """Do *work* in several threads, which begin at the same moment; return what each returned."""
    barrier = threading.Barrier(STACKS)

    def begin(number: int) -> str:
        barrier.wait(10)
        return work(number)

    with ThreadPoolExecutor(STACKS) as pool:
        return list(pool.map(begin, range(STACKS)))


def group(name: object) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}


def role(name: str) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": [READ]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]},
            "Policies": [{"PolicyName": "read", "PolicyDocument": document}],
        },
    }


def role_names(aws: "Aws", prefix: str) -> list[str]:
    pages = aws.client("iam").get_paginator("list_roles").paginate()
    names = (str(each["RoleName"]) for page in pages for each in page["Roles"])
    return sorted(name for name in names if name.startswith(prefix))


def asked(call: Callable[..., object], **arguments: str) -> str:
    """Make a call of a client; return "begun", or the message of its error."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return "begun"


def test_of_stacks_that_want_one_role_name_exactly_one_gets_it(
    aws: "Aws", meet: Callable[..., Meeting]
) -> None:
    prefix = aws.unique("wanted")
    # moto comes by here when it has found the name free, before it adds the role.
    meet(IAMBackend, "_tag_verification")

    statuses = together(lambda n: aws.deploy(f"{prefix}-{n}", {"Role": role(prefix)}))

    assert sorted(statuses) == ["CREATE_COMPLETE"] + ["ROLLBACK_COMPLETE"] * (STACKS - 1)
    # The roll-backs of the others leave what is not theirs.
    assert role_names(aws, prefix) == [prefix]


def test_of_stacks_that_export_one_name_exactly_one_does(
    aws: "Aws", meet: Callable[..., Meeting]
) -> None:
    name = aws.unique("export")
    output = {"Value": {"Ref": "It"}, "Export": {"Name": name}}
    # The engine comes by here when nobody else exports the name, before it publishes it.
    meet(exports, "withdraw")

    def make(number: int) -> str:
        stack = f"{name}-{number}"
        return aws.deploy(stack, {"It": group(stack)}, Outputs={"Out": output})

    statuses = together(make)

    assert sorted(statuses) == ["CREATE_COMPLETE"] + ["ROLLBACK_COMPLETE"] * (STACKS - 1)
    (winner,) = (f"{name}-{n}" for n, each in enumerate(statuses) if each == "CREATE_COMPLETE")
    found = aws.client("cloudformation").list_exports()["Exports"]
    assert [each["Value"] for each in found if each["Name"] == name] == [winner]


def test_of_stacks_of_one_name_exactly_one_is_created(
    aws: "Aws", meet: Callable[..., Meeting]
) -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")
    body = json.dumps({"Resources": {"It": group(stack)}})
    meet(stacks, "find")

    answers = together(
        lambda _: asked(cloudformation.create_stack, StackName=stack, TemplateBody=body)
    )

    assert sorted(answers) == [f"Stack [{stack}] already exists"] * (STACKS - 1) + ["begun"]


def test_of_updates_of_one_stack_exactly_one_begins(
    aws: "Aws",
    endpoint_resources: Resources,
    meet: Callable[..., Meeting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")
    aws.deploy(stack, {"It": group(stack)})
    monkeypatch.setattr(stacks, "JOIN_SECONDS", 0.0)
    # The one that begins waits at its endpoint until the others have asked.
    body = json.dumps({"Resources": {"It": group(stack), **endpoint_resources(WAIT="yes")}})
    meet(stacks, "refuse_update")

    answers = together(
        lambda _: asked(cloudformation.update_stack, StackName=stack, TemplateBody=body)
    )
    aws.host.gate.set()

    refused = [each for each in answers if "UPDATE_IN_PROGRESS state and can not" in each]
    assert (answers.count("begun"), len(refused)) == (1, STACKS - 1)
    assert aws.settled(stack) == "UPDATE_COMPLETE"


def test_models_load_at_the_same_time(
    aws: "Aws", endpoint_resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix, create = aws.unique("load"), aws.host.create
    all_of_them = threading.Barrier(STACKS)

    def load(spec: EndpointSpec) -> None:
        all_of_them.wait(10)
        create(spec)

    monkeypatch.setattr(aws.host, "create", load)

    statuses = together(lambda n: aws.deploy(f"{prefix}-{n}", endpoint_resources(f"{prefix}-{n}")))

    assert statuses == ["CREATE_COMPLETE"] * STACKS


def test_stacks_live_side_by_side_while_what_they_import_changes(
    aws: "Aws", endpoint_resources: Resources, meet: Callable[..., Meeting]
) -> None:
    prefix, cloudformation = aws.unique("life"), aws.client("cloudformation")
    exporter = f"{prefix}-exporter"
    outputs = {"Out": {"Value": {"Ref": "It"}, "Export": {"Name": exporter}}}
    aws.deploy(exporter, {"It": group(exporter)}, Outputs=outputs)
    created = meet(SageMakerModelBackend, "create_model")
    deleted = meet(SageMakerModelBackend, "delete_model")

    def wanted(stack: str, count: int) -> dict[str, Any]:
        name = {"Fn::Sub": [f"${{It}}-{stack}", {"It": {"Fn::ImportValue": exporter}}]}
        made = {"Named": group(name), "Role": role(stack), **endpoint_resources(stack)}
        model = made["Model"]["Properties"]
        model["ExecutionRoleArn"] = {"Fn::GetAtt": ["Role", "Arn"]}
        model["PrimaryContainer"]["Environment"] = {"COUNT": str(count)}
        return made

    def live(number: int) -> str:
        if number == 0:
            # Looks at the stacks that import from it, whatever they are about.
            update = {"It": group(exporter), "More": group(f"{exporter}-more")}
            return aws.deploy(exporter, update, Outputs=outputs)
        stack = f"{prefix}-{number}"
        told = [aws.deploy(stack, wanted(stack, count)) for count in (1, 2)]
        if number % 2:
            cloudformation.delete_stack(StackName=stack)
        return " ".join(told)

    lives = together(live)

    assert lives == ["UPDATE_COMPLETE"] + ["CREATE_COMPLETE UPDATE_COMPLETE"] * (STACKS - 1)
    left = [f"{prefix}-{number}" for number in range(1, STACKS) if number % 2 == 0]
    assert sorted(name for name in aws.host.running if name.startswith(prefix)) == left
    assert role_names(aws, prefix) == left
    assert sorted(cloudformation.list_imports(ExportName=exporter)["Imports"]) == left
    assert (created.most, deleted.most) == (1, 1)


def test_the_records_of_stacks_can_be_walked_while_they_grow() -> None:
    backend = CloudFormationBackend("us-west-2", "111111111111")
    stack = stacks.new_stack(backend, "stack", notification_arns=None, tags=None, role_arn=None)
    records: tuple[dict[str, Any], ...] = (
        *(backend.stacks, backend.deleted_stacks, backend.exports, backend.change_sets),
        stack.applied,
    )
    for record in records:
        record["one"] = object()
        for walk in (record.keys, record.values, record.items, lambda record=record: record):
            for number, _ in enumerate(walk()):
                record[f"{len(record)}-{number}"] = object()
