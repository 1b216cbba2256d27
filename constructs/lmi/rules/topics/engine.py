"""Rules about `engine`: what runs the model."""

from collections.abc import Iterator

from lmi.catalog.nearest import nearest
from lmi.djl.detection import PROPERTIES
from lmi.djl.engines import engine_names, uses_mpi, versions_of
from lmi.rules.finding import Location
from lmi.rules.model_store import in_artifact
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject

_FIRST = "0.20.0-deepspeed0.7.5-cu116"
_MPI_MODE = "option.mpi_mode"


@rule(
    id="unknown-engine",
    severity="error",
    title="The image's DJL Serving has the engine",
    reason=(
        'Names are case sensitive, and of an engine that there is not DJL Serving says "Deep '
        'learning engine not found" and stops. DeepSpeed is an engine up to 0.27.0, '
        "FasterTransformer from 0.21.0 to 0.24.0, MPI from 0.23.0 on."
    ),
    fix="name an engine that this version has, mostly Python",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc, 0.27.0-dlc, 0.28.0-dlc: "
        "engines/python/src/main/resources/META-INF/services/ai.djl.engine.EngineProvider, "
        "serving/build.gradle, serving/src/main/java/ai/djl/serving/plugins/DependencyManager.java"
    ),
    passes=(
        properties("engine=Python\n", image=_FIRST),
        properties("engine=DeepSpeed\n", image="0.27.0-deepspeed0.12.6-cu121"),
        properties("engine=FasterTransformer\n", image="0.24.0-fastertransformer5.3.0-cu118"),
        properties("engine=MPI\n", image="0.23.0-deepspeed0.9.5-cu118"),
        properties("engine=Rust\n", image="0.28.0-lmi10.0.0-cu124"),
    ),
    fails=(
        properties("engine=python\n", image=_FIRST),
        properties("engine=Python # for Hugging Face Accelerate\n", image=_FIRST),
        properties("engine=DeepSpeed\n", image="0.28.0-lmi10.0.0-cu124"),
        properties("engine=FasterTransformer\n", image="0.25.0-deepspeed0.11.0-cu118"),
        properties("engine=MPI\n", image="0.22.1-deepspeed0.9.2-cu118"),
        properties("engine=Rust\n", image="0.27.0-deepspeed0.12.6-cu121"),
        Example(files={"config.pbtxt": ""}),
    ),
    needs=("image", "properties"),
)
def unknown_engine(subject: Subject) -> Iterator[Hit]:
    """Yield names of engines that there are not."""
    image = subject.image
    if image is None:
        return
    version = image.djl_version
    written = subject.options.get("engine")
    if written is not None and written not in engine_names(version):
        yield _unknown(written, version, subject.value_location("engine"))
    for model in subject.found.models:
        engine = model.engine
        if engine is None or engine in engine_names(version) or model.folder is None:
            continue
        folder = in_artifact(subject, model.folder)
        if "engine" not in model.options:
            yield Hit(
                message=f"DJL Serving {version} takes the files for a model of {engine!r}, an "
                "engine that it does not have",
                location=Location(file=subject.file),
                key="engine",
            )
        elif folder:
            place = subject.file_location(f"{folder}/{PROPERTIES}")
            yield _unknown(engine, version, place)


def _unknown(engine: str, version: str, location: Location) -> Hit:
    known = engine_names(version)
    span = versions_of(engine)
    near = nearest(engine.split("#")[0].strip(), known, count=1, cutoff=0.5)
    message = f"DJL Serving {version} has no engine {engine!r}"
    if span is not None:
        since, until = span
        message += f", which there is from {since} {f'to {until}' if until else 'on'}"
        near = ["Python"]
    message += f"; it knows {', '.join(known)}"
    is_template = "{" in engine
    return Hit(
        message=message,
        location=location,
        key="engine",
        fix=f"write engine={near[0]}" if near else None,
        severity="warning" if is_template else None,
    )


@rule(
    id="mpi-without-gpu",
    severity="error",
    title="What starts processes for GPUs has GPUs",
    reason=(
        "DeepSpeed, FasterTransformer and MPI run Python under mpirun, as many processes as "
        "GPUs belong to a copy; from 0.23.0 on so does engine Python with `option.mpi_mode=true`. "
        'Without any GPU, DJL Serving says "GPU devices are not enough" or "/ by zero" and stops.'
    ),
    fix="write engine=Python without option.mpi_mode, or choose image and instance type with GPUs",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc, 0.23.0-dlc: "
        "engines/python/src/main/java/ai/djl/python/engine/PyModel.java (load), PyEnv.java "
        "(getMpiWorkers)"
    ),
    passes=(
        properties("engine=Python\noption.model_id=gpt2\n", image="0.27.0-cpu-full"),
        properties("engine=MPI\noption.model_id=gpt2\n", image="0.27.0-deepspeed0.12.6-cu121"),
        properties(
            "engine=Python\noption.mpi_mode=true\n",
            image="0.22.1-deepspeed0.9.2-cu118",
            instance_type="ml.m5.xlarge",
        ),
        properties(
            "engine=Python\noption.mpi_mode=true\n",
            image="0.23.0-deepspeed0.9.5-cu118",
            instance_type="ml.g5.xlarge",
        ),
    ),
    fails=(
        properties("engine=MPI\noption.model_id=gpt2\n", image="0.27.0-cpu-full"),
        properties("engine=Python\noption.mpi_mode=true\n", image="0.27.0-cpu-full"),
        properties(
            "engine=Python\noption.mpi_mode=true\n",
            image="0.23.0-deepspeed0.9.5-cu118",
            instance_type="ml.m5.xlarge",
        ),
    ),
    needs=("image", "properties"),
)
def mpi_without_gpu(subject: Subject) -> Iterator[Hit]:
    """Yield what needs GPUs, where the image or the instance type has none."""
    image, engine = subject.image, subject.options.get("engine")
    if image is None:
        return
    if uses_mpi(engine) and engine in engine_names(image.djl_version):
        key, what = "engine", f"engine {engine!r}"
    elif engine in {None, "Python"} and _asks_for_mpi(subject):
        key, what = _MPI_MODE, f"{_MPI_MODE}=true"
    else:
        return
    if image.accelerator != "gpu":
        lacking = f"for which image {image.tag} is not"
    elif subject.host is not None and subject.host.accelerator != "gpu":
        lacking = f"of which {subject.host.name} has none"
    else:
        return
    yield Hit(
        message=f"{what} needs GPUs, {lacking}", location=subject.value_location(key), key=key
    )


def _asks_for_mpi(subject: Subject) -> bool:
    # Boolean.parseBoolean: no blank is taken away.
    return subject.since("0.23.0") and subject.options.get(_MPI_MODE, "").lower() == "true"
