"""The five sources of a model: each deploys, and what a CPU can serve answers alike."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.project import ACCOUNT, REGION, Project

pytestmark = pytest.mark.e2e

BUCKET = "models-of-sources"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2 = "image: 0.36.0-cpu-full\n"
PROPERTIES = (
    "engine=Python\noption.entryPoint=model.py\nminWorkers=1\nmaxWorkers=1\noption.threads=1\n"
)
HOSTED = ("folder", "weights", "mirror", "stored")
ENVIRONMENT = f"""\
target: local
account: "{ACCOUNT}"
region: {REGION}
endpoints:
  folder: {{artifact: smollm2, instance_type: ml.c6i.2xlarge}}
  hub: {{artifact: qwen3-8b-vllm, instance_type: ml.g6.12xlarge}}
  weights: {{artifact: smollm2-in-s3, instance_type: ml.c6i.2xlarge}}
  mirror:
    artifact: smollm2
    instance_type: ml.c6i.2xlarge
    source: {{mirror: "s3://{BUCKET}/mirror/"}}
  stored: {{artifact: smollm2-stored, instance_type: ml.c6i.2xlarge}}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """The deployed endpoints, and what was printed on the way."""

    project: Project
    mirrored: str

    def container(self, key: str) -> tuple[dict[str, Any], bool]:
        """Return the container of an endpoint, and whether it is isolated."""
        sagemaker = self.project.sagemaker()
        endpoint = sagemaker.describe_endpoint(EndpointName=f"sources-{key}")
        config = sagemaker.describe_endpoint_config(
            EndpointConfigName=endpoint["EndpointConfigName"]
        )
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
        container: dict[str, Any] = dict(model["PrimaryContainer"])
        return container, bool(model["EnableNetworkIsolation"])

    def generate(self, key: str, prompt: str) -> str:
        """Return the answer of an endpoint."""
        body = json.dumps({"inputs": prompt, "parameters": {"max_new_tokens": 12}})
        variables = self.project.variables
        runtime = boto3.client(
            "sagemaker-runtime",
            region_name=REGION,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )
        answer = runtime.invoke_endpoint(
            EndpointName=f"sources-{key}", ContentType="application/json", Body=body.encode()
        )
        (generated,) = json.loads(answer["Body"].read())
        text: str = generated["generated_text"]
        return text


@pytest.fixture(scope="module", name="sources")
def _sources(project: Project) -> Iterator[Sources]:
    s3 = project.s3()
    place: Any = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    write_artifacts(project)
    project.write("environments/sources.yaml", ENVIRONMENT)
    folder = project.root / "model_artifacts" / "smollm2"
    s3.upload_file(str(folder / WEIGHTS), BUCKET, f"weights/{WEIGHTS}")
    bundled = project.lmi("bundle", str(folder), "-o", "stored.tar.gz")
    assert bundled.returncode == 0, bundled.stderr
    s3.upload_file(str(project.root / "stored.tar.gz"), BUCKET, "stored/model.tar.gz")
    mirrored = project.lmi("mirror", "sources/mirror")
    assert mirrored.returncode == 0, mirrored.stderr
    assembly = project.synth("sources", output="cdk.out.sources")
    deployed = project.cdk(
        *("deploy", "sources/*", "--app", assembly, "--require-approval", "never"),
        *("--concurrency", "5"),
    )
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    yield Sources(project=project, mirrored=mirrored.stdout)
    cloudformation = project.cloudformation()
    for key in (*HOSTED, "hub"):
        cloudformation.delete_stack(StackName=f"sources-{key}")
    for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=each["Key"])


def write_artifacts(project: Project) -> None:
    """Write SmolLM2 with its weights, with weights in S3, and as a tarball in S3."""
    artifacts = project.root / "model_artifacts"
    handler = (artifacts / "smollm2-135m" / "model.py").read_text()
    project.write("model_artifacts/smollm2/artifact.yaml", SMOLLM2)
    project.write("model_artifacts/smollm2/serving.properties", PROPERTIES)
    project.write("model_artifacts/smollm2/model.py", handler)
    os.link(artifacts / "smollm2-135m" / WEIGHTS, artifacts / "smollm2" / WEIGHTS)
    in_s3 = f"{PROPERTIES}option.model_id=s3://{BUCKET}/weights/\n"
    project.write("model_artifacts/smollm2-in-s3/artifact.yaml", SMOLLM2)
    project.write("model_artifacts/smollm2-in-s3/serving.properties", in_s3)
    project.write(
        "model_artifacts/smollm2-in-s3/model.py",
        # What DJL Serving downloaded takes the place of the address.
        handler.replace('properties["model_dir"]', 'properties["model_id"]'),
    )
    project.write(
        "model_artifacts/smollm2-stored/artifact.yaml",
        f"{SMOLLM2}source: {{tarball: 's3://{BUCKET}/stored/model.tar.gz'}}\n",
    )


def test_what_a_cpu_can_serve_answers_alike_from_every_source(sources: Sources) -> None:
    prompt = "The capital of France is"
    answers = {key: sources.generate(key, prompt) for key in HOSTED}

    assert answers["folder"].startswith(prompt)
    assert len(answers["folder"]) > len(prompt)
    assert set(answers.values()) == {answers["folder"]}


def test_each_container_has_its_one_source(sources: Sources) -> None:
    containers = {key: sources.container(key)[0] for key in (*HOSTED, "hub")}

    assert sources.mirrored.strip()
    for key in ("folder", "weights", "hub"):
        assert containers[key]["ModelDataUrl"].startswith(f"s3://cdk-hnb659fds-assets-{ACCOUNT}-")
    assert containers["stored"]["ModelDataUrl"] == f"s3://{BUCKET}/stored/model.tar.gz"
    source = containers["mirror"]["ModelDataSource"]["S3DataSource"]
    assert (source["S3DataType"], source["CompressionType"]) == ("S3Prefix", "None")
    keys = sources.project.s3().list_objects_v2(Bucket=BUCKET, Prefix="mirror/")["Contents"]
    below = [f"s3://{BUCKET}/{each['Key']}" for each in keys]
    assert sorted(
        url.removeprefix(source["S3Uri"]) for url in below if url.startswith(source["S3Uri"])
    ) == [f"smollm2/{name}" for name in (WEIGHTS, "model.py", "serving.properties")]


def test_only_what_needs_no_network_is_isolated(sources: Sources) -> None:
    isolated = {key for key in (*HOSTED, "hub") if sources.container(key)[1]}

    assert isolated == {"folder", "mirror"}


def test_fails_where_the_role_may_read_the_mirror_but_not_list_it(sources: Sources) -> None:
    sagemaker, iam = sources.project.sagemaker(), iam_of(sources.project)
    container, _ = sources.container("mirror")
    model: Any = {key: container[key] for key in ("Image", "ModelDataSource")}
    (role,) = [
        each["RoleName"]
        for each in iam.list_roles()["Roles"]
        if each["RoleName"].startswith("sources-mirror-")
    ]
    (name,) = [
        each for each in iam.list_role_policies(RoleName=role)["PolicyNames"] if "Artifact" in each
    ]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    other = json.loads(json.dumps(document).replace("mirror/", "another/", 1))
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(other))
    try:
        with pytest.raises(ClientError, match=r'"s3:ListBucket" permissions for the prefix'):
            sagemaker.create_model(
                ModelName="sources-denied",
                ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
                PrimaryContainer=model,
            )
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def iam_of(project: Project) -> Any:
    """Return a client of the embedded IAM."""
    variables = project.variables
    return boto3.client(
        "iam",
        region_name=REGION,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
