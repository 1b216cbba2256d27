"""How many copies of a model DJL Serving loads on an instance, and which of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lmi import catalog
from lmi.djl.engines import uses_mpi

OPTION_VARIABLES_SINCE = (0, 23)
"""Since when ``OPTION_KEY`` stands for ``option.KEY`` of the file (djl-serving: ModelInfo.java)."""

NEURON_CORES = {
    "AWS Inferentia": 4,
    "AWS Inferentia2": 2,
    "AWS Trainium": 2,
    "AWS Trainium2": 8,
}
"""
Cores of a chip, each of which is a device to DJL Serving
(https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/neuron-hardware/).
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loading:
    """What decides how an artifact loads. Where it is not certain, the longest that it may be."""

    image: catalog.Image
    options: Mapping[str, str] = field(hash=False)
    """Of serving.properties."""
    environment: Mapping[str, str] = field(hash=False)
    """Of the container. May hold tokens, which count as not set."""
    host: catalog.InstanceType | None
    """None: not known, and so taken for one that loads one copy."""

    @property
    def timeout_seconds(self) -> int | None:
        """What one copy may take to load, as artifact or environment says; None: neither."""
        # DJL Serving ignores what is no number here (PyEnv.java), so its own default holds.
        return positive_int(self._option("model_loading_timeout", "MODEL_LOADING_TIMEOUT"))

    @property
    def copies_one_after_another(self) -> int:
        """
        Return how many copies load one after another.

        All of them, unless ``option.parallel_loading`` is true. Before 0.23 only MPI engines heed
        it (djl-serving: PyModel.java; ModelManager.java from 0.23.0).
        """
        parallel = self._option("parallel_loading").lower() == "true"
        heeded = self.is_mpi or self.image.version_numbers >= (0, 23)
        return 1 if parallel and heeded else self.copies

    @property
    def copies(self) -> int:
        """Return how many copies an instance holds: a group of devices each, and its workers."""
        if self.host is None:
            return 1
        groups = max(1, self.devices // self.devices_of_a_copy)
        return groups if self.is_mpi else groups * self._workers(has_degree=bool(self.degree))

    @property
    def devices(self) -> int:
        """Return the GPUs or Neuron cores of the instance; 1 without any, 1 where not known."""
        if self.host is None:
            return 1
        cores = NEURON_CORES.get(self.host.accelerator_model or "", 1)
        return max(1, self.host.accelerator_count * cores)

    @property
    def degree(self) -> str:
        """Return ``option.tensor_parallel_degree`` as it is written; empty where nobody says."""
        return self._option("tensor_parallel_degree", "TENSOR_PARALLEL_DEGREE")

    @property
    def pipeline_degree(self) -> int:
        """
        Return the stages of pipeline parallelism that DJL Serving multiplies the degree with: 1
        before 0.29.0 with an MPI engine, 0.30.0 with Python (PyModel.java, ModelInfo.java).
        """
        if self.image.version_numbers < ((0, 29) if self.is_mpi else (0, 30)):
            return 1
        number = self._option("pipeline_parallel_degree", "PIPELINE_PARALLEL_DEGREE")
        return positive_int(number) or 1

    @property
    def devices_of_a_copy(self) -> int:
        """
        Return how many devices a copy takes; it can be more than the instance has.

        Without ``option.tensor_parallel_degree`` each device is a group of its own for Python
        (djl-serving: ModelServer.parseDevices in 0.20.0, ModelInfo.getLoadOnDevices since). All are
        one group for an MPI engine from 0.23.0 on (PyModel.java; before, the partitioned files
        decide), and for a Hugging Face model from 0.28.0 on, in 0.27.0 where no engine is named
        (LmiConfigRecommender.java).
        """
        number = positive_int(self.degree)
        if number is not None:
            return number * self.pipeline_degree
        if self.degree == "max" or self.takes_all_devices:
            return max(self.devices // self.pipeline_degree, 1) * self.pipeline_degree
        return 1

    @property
    def is_mpi(self) -> bool:
        """Whether the Python processes run under mpirun: mpi_mode is read since 0.23.0."""
        reads_mode = self.image.version_numbers >= (0, 23)
        mpi_mode = reads_mode and self._option("mpi_mode").lower() == "true"
        return uses_mpi(self.options.get("engine")) or mpi_mode

    @property
    def takes_all_devices(self) -> bool:
        """Whether a copy takes all devices where no degree is written."""
        version = self.image.version_numbers
        if self.is_mpi:
            return version >= (0, 23)
        is_lmi_model = bool(self._option("model_id"))
        # Only GPUs: the recommender counts those (CudaUtils.getGpuCount).
        on_gpus = self.host is not None and self.host.accelerator == "gpu"
        inferred = version >= (0, 28) or (version >= (0, 27) and "engine" not in self.options)
        return is_lmi_model and on_gpus and inferred

    def _workers(self, *, has_degree: bool) -> int:
        """Return how many workers each group of devices starts with (WorkerGroup, PyModel.java)."""
        keys = ("gpu.maxWorkers", "maxWorkers")
        if has_degree and not any(key in self.options for key in keys):
            return 1
        prefix = {"gpu": "gpu", "neuron": "nc"}.get(
            (self.host.accelerator if self.host else None) or "", "cpu"
        )
        for key in (f"{prefix}.minWorkers", "minWorkers"):
            number = positive_int(self.options.get(key, ""))
            if number is not None:
                return number
        return 1

    def _option(self, name: str, variable: str | None = None) -> str:
        """Return what the file, else the environment says; empty where neither does."""
        value = self.options.get(f"option.{name}")
        if value is None and self.image.version_numbers >= OPTION_VARIABLES_SINCE:
            value = self.environment.get(f"OPTION_{name.upper()}")
        if value is None and variable is not None:
            value = self.environment.get(variable)
        return value or ""


def positive_int(value: str) -> int | None:
    """Return *value* as a number above zero, or None if it is none that fits into Java's int."""
    digits = value.lstrip("0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len("2147483647"):
        return None
    return int(digits) if int(digits) < 2**31 else None
