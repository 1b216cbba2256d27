"""Files that are right have no finding, and a mistake in one of them has: on its line."""

import pytest

from scripts.seeded_edits import CHANGES, Configuration, edits

_HANDLER = """\
from djl_python import Output


def handle(inputs):
    wanted = inputs.get_properties().get("greeting")
    return Output().add(wanted) if inputs.get_as_json() else None
"""


def configuration(
    name: str, image: str, text: str, files: tuple[tuple[str, str], ...] = ()
) -> Configuration:
    lines = tuple(line.strip() for line in text.strip().splitlines())
    return Configuration(name=name, image=image, lines=lines, files=files)


CORPUS = (
    configuration(
        "deepspeed on the first image",
        "0.20.0-deepspeed0.7.5-cu116",
        """
        engine=DeepSpeed
        option.entryPoint=djl_python.deepspeed
        option.model_id=facebook/opt-1.3b
        option.tensor_parallel_degree=2
        option.task=text-generation
        option.dtype=fp16
        option.enable_cuda_graph=false
        """,
    ),
    configuration(
        "hugging face in eight bits",
        "0.21.0-deepspeed0.8.3-cu117",
        """
        engine=Python
        option.entryPoint=djl_python.huggingface
        option.s3url=s3://example-models/opt-6.7b/
        option.tensor_parallel_degree=1
        option.device_map=auto
        option.load_in_8bit=true
        batch_size=4
        max_batch_delay=50
        option.predict_timeout=120
        """,
    ),
    configuration(
        "a handler of one's own",
        "0.21.0-cpu-full",
        """
        engine=Python
        option.greeting=Hello
        option.predict_timeout=60
        minWorkers=1
        maxWorkers=2
        job_queue_size=500
        """,
        (("model.py", _HANDLER),),
    ),
    configuration(
        "the first rolling batch",
        "0.23.0-deepspeed0.9.5-cu118",
        """
        engine=MPI
        option.entryPoint=djl_python.huggingface
        option.model_id=tiiuae/falcon-7b
        option.trust_remote_code=true
        option.tensor_parallel_degree=1
        option.rolling_batch=lmi-dist
        option.max_rolling_batch_size=16
        option.max_rolling_batch_prefill_tokens=2048
        """,
    ),
    configuration(
        "neuron",
        "0.26.0-neuronx-sdk2.16.0",
        """
        engine=Python
        option.entryPoint=djl_python.transformers_neuronx
        option.model_id=s3://example-models/opt-1.3b/
        option.tensor_parallel_degree=4
        option.n_positions=1024
        option.dtype=fp16
        option.neuron_optimize_level=2
        option.model_loading_timeout=1800
        """,
    ),
    configuration(
        "tensorrt-llm",
        "0.27.0-tensorrtllm0.8.0-cu122",
        """
        option.model_id=s3://example-models/llama-2-13b/
        option.tensor_parallel_degree=4
        option.max_input_len=2048
        option.max_output_len=512
        option.max_rolling_batch_size=64
        option.output_formatter=jsonlines
        """,
    ),
    configuration(
        "vllm with adapters",
        "0.27.0-deepspeed0.12.6-cu121",
        """
        engine=Python
        option.model_id=mistralai/Mistral-7B-v0.1
        option.rolling_batch=vllm
        option.tensor_parallel_degree=2
        option.max_model_len=4096
        option.gpu_memory_utilization=0.85
        option.enable_lora=true
        option.max_loras=2
        option.max_lora_rank=16
        """,
    ),
    configuration(
        "lmi-dist",
        "0.29.0-lmi11.0.0-cu124",
        """
        engine=MPI
        option.model_id=s3://example-models/llama-3-8b/
        option.rolling_batch=lmi-dist
        option.tensor_parallel_degree=max
        option.max_rolling_batch_size=128
        option.enable_chunked_prefill=true
        option.quantize=awq
        """,
    ),
    configuration(
        "an encoder without rolling batch",
        "0.30.0-lmi12.0.0-cu124",
        """
        engine=Python
        option.entryPoint=djl_python.huggingface
        option.model_id=distilbert-base-uncased-finetuned-sst-2-english
        option.task=text-classification
        option.rolling_batch=disable
        batch_size=8
        gpu.maxWorkers=1
        """,
    ),
    configuration(
        "what is handed on to vllm",
        "0.33.0-lmi15.0.0-cu128",
        """
        option.model_id=s3://example-models/qwen-2.5-7b/
        option.tensor_parallel_degree=4
        option.max_model_len=8192
        option.enable_prefix_caching=true
        option.kv_cache_dtype=fp8
        option.max_rolling_batch_size=64
        """,
    ),
    configuration(
        "asynchronous",
        "0.36.0-lmi27.0.0-cu130",
        """
        engine=Python
        option.model_id=s3://example-models/llama-3.1-8b/
        option.async_mode=true
        option.rolling_batch=disable
        option.entryPoint=djl_python.lmi_vllm.vllm_async_service
        option.tensor_parallel_degree=max
        option.dtype=bf16
        option.enforce_eager=true
        option.gpu_memory_utilization=0.9
        """,
    ),
    configuration(
        "a server of many small requests",
        "0.36.0-cpu-full",
        """
        engine=Python
        job_queue_size=2000
        max_idle_time=120
        option.model_loading_timeout=300
        option.mpi_mode=false
        option.greeting=Good morning
        """,
        (("model.py", _HANDLER),),
    ),
)


@pytest.mark.parametrize("each", CORPUS, ids=lambda each: each.name)
def test_a_file_that_is_right_has_neither_error_nor_warning(each: Configuration) -> None:
    found = [finding for finding in each.findings() if finding.severity != "info"]
    assert [finding.message for finding in found] == []


def test_a_mistake_has_a_new_finding_on_its_line_about_its_key() -> None:
    made = list(edits(CORPUS, 105, seed=20))
    missed = [edit.shown for edit in made if not edit.is_noticed()]

    assert {edit.kind for edit in made} == {kind for kind, _ in CHANGES}
    assert len(missed) <= 2, missed


def test_mistakes_are_the_same_for_the_same_seed() -> None:
    first, again = (tuple(edit.shown for edit in edits(CORPUS, 21, seed=5)) for _ in range(2))

    assert first == again
