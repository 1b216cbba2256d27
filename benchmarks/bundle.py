"""
How fast weights become a model.tar.gz, beside what a user would do instead, and in how much memory.

    .venv/bin/python benchmarks/bundle.py [--runs N] [--folder DIR]

The weights are fp16 samples of N(0, 0.02), seed 0, without a repeat. Commands take turns, and what
is printed are medians and their ratios to `tar -czf`. Then: memory for 1 and 8 GiB, the same 10 GB
again without a change, and what these add to `cdk synth`. Needs 20 GB below DIR, on a real disk (by
default the folder for temporary files), and frees them at the end. pigz is measured where it is.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.process_tree import Measured, measure

BIN = Path(sys.executable).parent
GIB = 1 << 30
MANIFEST = "image: 0.20.0-deepspeed0.7.5-cu116\nlayout: flat\n"
PROPERTIES = "engine=Python\noption.entryPoint=model.py\noption.tensor_parallel_degree=1\n"
HANDLER = "def handle(inputs):\n    return None\n"

APP = """
import sys
import aws_cdk as cdk
from cdk_lmi import LmiEndpoint, ModelArtifact
app = cdk.App()
stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111111111111", region="us-west-2"))
artifact = ModelArtifact.from_directory(sys.argv[1])
LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.12xlarge")
cdk.CfnOutput(stack, "Digest", value=artifact.content_sha256)
app.synth()
"""

IN_PROCESS = """
import sys, time
from pathlib import Path
from lmi.artifact import bundle, load_artifact
begun = time.perf_counter()
bundle(load_artifact(Path(sys.argv[1])), Path(sys.argv[2]), cache=Path(".lmi/bundles"))
Path(sys.argv[3]).write_text(str(time.perf_counter() - begun))
"""


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each command")
    parser.add_argument("--folder", type=Path, help="on a real disk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        root = Path(folder)
        _speed(root, options.runs)
        _memory(root)
        _again(root, max(5, options.runs))


def _artifact(root: Path, name: str, size: int, *, sparse: bool = False) -> Path:
    folder = root / name
    folder.mkdir()
    (folder / "artifact.yaml").write_text(MANIFEST)
    (folder / "serving.properties").write_text(PROPERTIES)
    (folder / "model.py").write_text(HANDLER)
    numbers = np.random.default_rng(0)
    with (folder / "pytorch_model.bin").open("wb") as file:
        if sparse:
            file.truncate(size)
        for _ in range(0 if sparse else size >> 24):
            samples = numbers.standard_normal(1 << 23, dtype=np.float32) * np.float32(0.02)
            file.write(samples.astype(np.float16).tobytes())
        os.fsync(file.fileno())
    return folder


def _speed(root: Path, runs: int) -> None:
    source = _artifact(root, "weights", GIB)
    commands = _commands(root, source)
    measured: dict[str, list[Measured]] = {name: [] for name in commands}
    sizes = {}
    for _ in range(runs):
        for name, command in commands.items():
            output = root / "output"
            measured[name].append(measure(command, cwd=root))
            sizes[name] = output.stat().st_size
            output.unlink()
    base = statistics.median(each.seconds for each in measured["tar -czf"])
    print(f"1 GiB of fp16 weights, medians of {runs} runs in turn, {os.cpu_count()} cores")
    print(f"{'':22}{'seconds':>9}{'cpu s':>8}{'faster':>9}{'size':>9}{'peak MB':>9}")
    for name, each in measured.items():
        seconds = statistics.median(run.seconds for run in each)
        processor = statistics.median(run.processor_seconds for run in each)
        size = sizes[name] / sizes["tar -czf"] - 1
        peak = max(run.peak_bytes for run in each) / 1e6
        print(
            f"{name:22}{seconds:9.2f}{processor:8.2f}{base / seconds:8.1f}x{size:+9.2%}{peak:9.0f}"
        )
    shutil.rmtree(source)


def _commands(root: Path, source: Path) -> Mapping[str, list[str]]:
    output, inner = str(root / "output"), str(source / "pytorch_model.bin")
    shell = ["sh", "-c"]
    commands = {
        "lmi bundle": [str(BIN / "lmi"), "bundle", str(source), "-o", output, "--no-cache"],
        "tar -czf": ["tar", "-czf", output, "-C", str(root), source.name],
        "python tarfile": [
            sys.executable,
            "-c",
            "import sys, tarfile\n"
            "with tarfile.open(sys.argv[1], 'w:gz') as archive: archive.add(sys.argv[2], 'x')",
            output,
            str(source),
        ],
        "cp": ["cp", inner, output],
        "cp, then sync": [*shell, 'cp "$0" "$1" && sync "$1"', inner, output],
    }
    if shutil.which("pigz"):
        pipe = 'tar -cf - -C "$0" weights | pigz > "$1"'
        commands["tar | pigz"] = [*shell, pipe, str(root), output]
    return commands


def _memory(root: Path) -> None:
    print("\npeak memory of the process tree of `lmi bundle`")
    for gib in (1, 8):
        source = _artifact(root, f"weights{gib}", gib * GIB)
        output = root / "output"
        command = [str(BIN / "lmi"), "bundle", str(source), "-o", str(output), "--no-cache"]
        ran = measure(command, cwd=root)
        speed = gib * GIB / ran.seconds / 1e6
        print(f"{gib:4} GiB {ran.peak_bytes / 1e6:6.0f} MB, {ran.seconds:.1f} s, {speed:.0f} MB/s")
        output.unlink()
        shutil.rmtree(source)


def _again(root: Path, runs: int) -> None:
    (root / "app.py").write_text(APP)
    (root / "in_process.py").write_text(IN_PROCESS)
    environment = {
        **os.environ,
        "JSII_NODE": str(_node()),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    large = _artifact(root, "large", 10_000_000_000, sparse=True)
    tiny = _artifact(root, "tiny", 0)
    # Longer than files must have been at rest before they are known by their times.
    time.sleep(3)
    seconds: dict[str, list[float]] = {}
    for run in range(runs + 1):
        for folder in (tiny, large):
            output, took = root / f"{folder.name}.tar.gz", root / "took"
            for name, command in {
                "bundle()": [
                    sys.executable,
                    "in_process.py",
                    str(folder),
                    str(output),
                    str(took),
                ],
                "lmi bundle": [str(BIN / "lmi"), "bundle", str(folder), "-o", str(output)],
                "python app.py": [sys.executable, "app.py", str(folder)],
                "cdk synth": [
                    str(BIN / "cdk"),
                    "synth",
                    "--quiet",
                    "--app",
                    f"{sys.executable} app.py {folder}",
                    "--output",
                    str(root / f"out-{folder.name}"),
                ],
            }.items():
                ran = measure(command, cwd=root, environment=environment)
                # The first time of each is not the same again.
                if run:
                    value = float(took.read_text()) if name == "bundle()" else ran.seconds
                    seconds.setdefault(f"{name} {folder.name}", []).append(value)
    print(f"\n10 GB that did not change, and a tiny artifact; medians of {runs} runs in turn")
    for name in ("bundle()", "lmi bundle", "python app.py", "cdk synth"):
        small = statistics.median(seconds[f"{name} tiny"])
        much = statistics.median(seconds[f"{name} large"])
        print(f"{name:14} {much:6.3f} s, tiny {small:6.3f} s: adds {much - small:+.3f} s")


def _node() -> Path:
    """Return the Node that the CDK CLI of this environment runs on."""
    (line,) = (
        line for line in (BIN / "cdk").read_text().splitlines() if "export JSII_NODE=" in line
    )
    return Path(json.loads(line.partition("=")[2]))


if __name__ == "__main__":
    main()
