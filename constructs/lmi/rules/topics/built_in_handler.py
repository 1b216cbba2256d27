"""Rules about the modules of DJL Serving's own that `option.entryPoint` can name."""

from collections.abc import Iterator

from lmi import catalog
from lmi.catalog.nearest import nearest
from lmi.djl.engines import uses_mpi
from lmi.djl.entry_points import BUILT_IN, KEY, PREFIX, built_in, built_in_names, kind_of
from lmi.rules.finding import Location
from lmi.rules.model_store import PythonModel, written_entry_points
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject

_FIRST = "0.20.0-deepspeed0.7.5-cu116"
_HANDLER = "def handle(inputs): ...\n"
_NAMES = {"gpu": "GPUs", "cpu": "CPUs", "neuron": "Neuron"}


@rule(
    id="unknown-entry-point",
    severity="error",
    title="The entry point is a module that this version has",
    reason=(
        "Python imports a value that does not end in `.py` as a module. DJL's own handlers lie in "
        "the package djl_python, and come and go with versions: a bare `huggingface` is another "
        "module, which there is not. The worker ends, and the model does not load."
    ),
    fix="name one of this version's handlers, with djl_python. before it",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc: "
        "engines/python/setup/djl_python/service_loader.py; "
        "engines/python/setup/djl_python of 0.19.0-dlc to 0.36.0-lmi27-dlc; "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/"
        "large-model-inference-tutorials-deepspeed-djl.html"
    ),
    passes=(
        properties("engine=Python\noption.entryPoint=djl_python.huggingface\n", image=_FIRST),
        properties(
            "engine=Python\noption.entryPoint=djl_python.transformers-neuronx\n",
            image="0.23.0-neuronx-sdk2.12.0",
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.transformers_neuronx\n",
            image="0.24.0-neuronx-sdk2.14.1",
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n",
            image="0.33.0-lmi15.0.0-cu128",
        ),
        Example(
            files={
                "serving.properties": "engine=Python\noption.entryPoint=handler\n",
                "handler.py": _HANDLER,
            }
        ),
    ),
    fails=(
        properties("engine=Python\noption.entryPoint=huggingface\n", image=_FIRST),
        properties("engine=Python\noption.entryPoint=djl_python.hugging_face\n", image=_FIRST),
        properties(
            "engine=Python\noption.entryPoint=djl_python.transformers-neuronx\n",
            image="0.24.0-neuronx-sdk2.14.1",
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.transformers_neuronx\n",
            image="0.23.0-neuronx-sdk2.12.0",
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n",
            image="0.32.0-lmi14.0.0-cu126",
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.deepspeed\n",
            image="0.28.0-lmi10.0.0-cu124",
        ),
    ),
    needs=("image", "properties"),
)
def unknown_entry_point(subject: Subject) -> Iterator[Hit]:
    """Yield modules that there are not."""
    image = subject.image
    if image is None:
        return
    for value, location, model in written_entry_points(subject):
        kind = kind_of(value)
        if kind == "built-in" and value not in built_in_names(image.djl_version):
            yield _not_built_in(value, image, location)
        elif kind == "module":
            hit = _not_a_module(value, image, location, model)
            if hit is not None:
                yield hit


def _not_built_in(value: str, image: catalog.Image, location: Location) -> Hit:
    version = image.djl_version
    known = built_in_names(version)
    message = f"DJL Serving {version} has no handler {value!r}"
    found = built_in(value)
    if found is not None:
        until = f"to {found.until}" if found.until else "on"
        message += f", which there is from {found.since} {until}"
    message += f"; it has {', '.join(known)}"
    renamed = next(
        (
            name
            for old in BUILT_IN
            for name, other in ((old.name, old.renamed_to), (old.renamed_to, old.name))
            if other == value.removeprefix(PREFIX) and f"{PREFIX}{name}" in known
        ),
        None,
    )
    word = value.split()[0] if value.split() else value
    # Of a handler that is gone, the nearest name is another's.
    near = [] if found else nearest(word, known, count=1)
    near = [f"{PREFIX}{renamed}"] if renamed else near
    return Hit(
        message=message,
        location=location,
        key=KEY,
        fix=f"write {KEY}={near[0]}" if near else None,
        severity="warning" if "{" in value else None,
    )


def _not_a_module(
    value: str, image: catalog.Image, location: Location, model: PythonModel | None
) -> Hit | None:
    known = built_in_names(image.djl_version)
    names = frozenset[str]() if model is None else model.names
    path = value.replace(".", "/")
    if f"{path}.py" in names or any(name.startswith(f"{path}/") for name in names):
        return None
    near = nearest(f"{PREFIX}{value.removeprefix('python.')}", known, count=1, cutoff=0.8)
    if near:
        return Hit(
            message=f"{value!r} is imported as a module of this name, which is not DJL's own "
            f"{near[0]!r}",
            location=location,
            key=KEY,
            fix=f"write {KEY}={near[0]}",
        )
    # A package of the image, or one that requirements.txt brings, can be meant.
    brings = any(name.split("/")[0] in {"requirements.txt", "requirements"} for name in names)
    if model is None or brings or "option.env" in model.options:
        return None
    return Hit(
        message=f"{value!r} is imported as a module, and the folder holds no '{path}.py'",
        location=location,
        key=KEY,
        severity="warning" if "." in value or "{" in value else None,
    )


@rule(
    id="handler-engine",
    severity="warning",
    title="Handler and engine belong together",
    reason=(
        "The handler djl_python.deepspeed splits a model between processes that only an engine "
        "with mpirun starts. djl_python.huggingface spreads it from one process; under mpirun "
        "each of them loads the model a second time, unless rolling_batch divides it."
    ),
    fix="use engine=DeepSpeed with djl_python.deepspeed, engine=Python with djl_python.huggingface",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc: engines/python/setup/djl_python/deepspeed.py, "
        "huggingface.py, engines/python/src/main/java/ai/djl/python/engine/Connection.java"
    ),
    passes=(
        properties(
            "engine=DeepSpeed\noption.entryPoint=djl_python.deepspeed\n"
            "option.tensor_parallel_degree=2\n",
            image=_FIRST,
        ),
        properties(
            "engine=MPI\noption.entryPoint=djl_python.huggingface\n"
            "option.rolling_batch=lmi-dist\noption.tensor_parallel_degree=2\n",
            image="0.25.0-deepspeed0.11.0-cu118",
        ),
    ),
    fails=(
        properties(
            "engine=Python\noption.entryPoint=djl_python.deepspeed\n"
            "option.tensor_parallel_degree=2\n",
            image=_FIRST,
        ),
        properties(
            "engine=DeepSpeed\noption.entryPoint=djl_python.huggingface\n"
            "option.tensor_parallel_degree=2\n",
            image=_FIRST,
        ),
    ),
    needs=("image", "properties"),
)
def handler_engine(subject: Subject) -> Iterator[Hit]:
    """Yield pairs that waste memory or do not load."""
    degree = subject.options.get("option.tensor_parallel_degree", "1")
    if degree in {"0", "1"} or subject.since("0.27.0"):
        return  # Since 0.27 a default of rolling_batch, which depends on the model, can divide it.
    engine = subject.options.get("engine")
    batch = subject.options.get("option.rolling_batch", "disable")
    for value, location, _ in written_entry_points(subject):
        if value == f"{PREFIX}deepspeed" and engine == "Python":
            message = f"{value!r} with degree {degree} needs the processes of engine=DeepSpeed"
        elif value == f"{PREFIX}huggingface" and uses_mpi(engine) and batch == "disable":
            message = f"engine={engine} starts {degree} processes, which load the model each"
        else:
            continue
        yield Hit(message=message, location=location, key=KEY)


@rule(
    id="handler-accelerator",
    severity="error",
    title="The image has what the handler runs on",
    reason=(
        "The handlers for Neuron import libraries that only the images for Neuron have, those of "
        "vLLM and TensorRT-LLM such that only the images for GPUs have; the worker ends with an "
        "ImportError, and the model does not load."
    ),
    fix="choose another handler or another image",
    source=(
        "deepjavalibrary/djl-serving 0.36.0-lmi27-dlc: "
        "engines/python/setup/djl_python/lmi_vllm/vllm_async_service.py, 0.24.0-dlc: "
        "engines/python/setup/djl_python/transformers_neuronx.py, serving/docker"
    ),
    passes=(
        properties(
            "engine=Python\noption.entryPoint=djl_python.transformers_neuronx\n",
            image="0.24.0-neuronx-sdk2.14.1",
        ),
    ),
    fails=(
        properties(
            "engine=Python\noption.entryPoint=djl_python.transformers_neuronx\n",
            image="0.24.0-deepspeed0.10.0-cu118",
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n",
            image="0.36.0-cpu-full",
        ),
    ),
    needs=("image", "properties"),
)
def handler_accelerator(subject: Subject) -> Iterator[Hit]:
    """Yield handlers for another accelerator than the image's."""
    image = subject.image
    if image is None:
        return
    for value, location, _ in written_entry_points(subject):
        found = built_in(value) if kind_of(value) == "built-in" else None
        if found is None or not found.is_in(image.djl_version) or found.accelerator is None:
            continue
        if image.accelerator == "cpu" or (found.accelerator == "neuron" != image.accelerator):
            yield Hit(
                message=f"{value!r} needs an image for {_NAMES[found.accelerator]}, and "
                f"{image.tag} is for {_NAMES[image.accelerator]}",
                location=location,
                key=KEY,
            )
