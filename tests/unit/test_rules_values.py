"""Values: refused, misread, or taken; and what two keys or an image make of them together."""

import pytest

from lmi.rules import Example, Finding, check, subject_of_example

V20 = "0.20.0-deepspeed0.7.5-cu116"
V21 = "0.21.0-deepspeed0.8.3-cu117"
V23 = "0.23.0-deepspeed0.9.5-cu118"
V24 = "0.24.0-deepspeed0.10.0-cu118"
V27 = "0.27.0-deepspeed0.12.6-cu121"
V29 = "0.29.0-lmi11.0.0-cu124"
V30 = "0.30.0-lmi12.0.0-cu124"
V33 = "0.33.0-lmi15.0.0-cu128"
V36 = "0.36.0-lmi27.0.0-cu130"
HF = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
OWN = "def handle(inputs):\n    return inputs.get_properties().get('dtype')\n"
ABOUT_VALUES = ("value-type", "value-outside-set", "value-out-of-range")


def findings(text: str, image: str, **files: str) -> list[Finding]:
    names = {name.replace("_py", ".py"): content for name, content in files.items()}
    example = Example(files={"serving.properties": text, **names}, image=image)
    return list(check(subject_of_example(example)))


def about(text: str, image: str, *rules: str, **files: str) -> list[tuple[str, str]]:
    wanted = rules or ABOUT_VALUES
    return [
        (each.rule, each.severity) for each in findings(text, image, **files) if each.rule in wanted
    ]


@pytest.mark.parametrize(
    ("line", "image", "expected"),
    [
        ("option.tensor_parallel_degree=2", V21, []),
        ("option.tensor_parallel_degree=two", V21, [("value-type", "error")]),
        ("option.tensor_parallel_degree=2.0", V21, [("value-type", "error")]),
        ("option.tensor_parallel_degree=max", V23, [("value-type", "error")]),
        ("option.tensor_parallel_degree=max", V24, []),
        ("batch_size=four", V21, [("value-type", "error")]),
        ("batch_size=\\u0664", V21, []),
        ("job_queue_size=99999999999", V21, [("value-type", "error")]),
        ("option.predict_timeout=4m", V21, [("value-type", "warning")]),
        ("option.model_loading_timeout=", V21, []),
        ("option.parallel_loading=True", V21, []),
        ("option.parallel_loading=yes", V21, [("value-type", "warning")]),
        ("option.load_in_8bit=false", V21, [("value-type", "warning")]),
        ("option.load_in_8bit=false", V23, []),
        ("load_on_devices=0;1", V21, []),
        ("load_on_devices=*", V21, []),
        ("load_on_devices=all", V21, [("value-type", "warning")]),
        ("option.dtype=auto", V20, []),
        ("option.dtype=fp16", V20, [("value-outside-set", "error")]),
        ("option.dtype=fp16", V21, []),
        ("option.dtype=float16", V21, [("value-outside-set", "error")]),
        ("option.dtype=FP16", V24, [("value-outside-set", "error")]),
        ("option.dtype=FP16", V27, []),
        ("option.rolling_batch=rapid", V27, [("value-outside-set", "error")]),
        ("option.rolling_batch=scheduler", V30, []),
        ("option.rolling_batch=scheduler", V33, [("value-outside-set", "error")]),
        ("option.device_map=auto", V27, []),
        ("option.device_map=cuda:0", V27, []),
        ("option.device_map=everywhere", V27, [("value-outside-set", "warning")]),
        ("option.task=zero-shot-classification", V27, []),
        ("option.task=text-generatoin", V27, [("value-outside-set", "warning")]),
        ("option.model_id={{model_id}}", V27, []),
        ("option.tensor_parallel_degree=${DEGREE}", V27, []),
    ],
)
def test_a_value_is_judged_as_its_reader_takes_it(
    line: str, image: str, expected: list[tuple[str, str]]
) -> None:
    assert about(f"{HF}{line}\n", image) == expected


def test_the_finding_is_at_the_value_and_names_what_is_near() -> None:
    (finding,) = [
        each for each in findings(f"{HF}option.dtype=fp61\n", V21) if each.rule in ABOUT_VALUES
    ]

    assert finding.fix == "write 'fp16'"
    assert finding.key == "option.dtype"
    assert (finding.location.line, finding.location.column) == (4, len("option.dtype=") + 1)
    assert "must be one of auto, fp32, fp16, bf16, int8 for huggingface" in finding.message


def test_a_number_outside_its_bounds_is_a_warning_where_it_is_taken() -> None:
    text = f"{HF}option.rolling_batch=vllm\noption.gpu_memory_utilization=90\n"

    assert about(text, V27) == [("value-out-of-range", "warning")]


def test_own_code_takes_what_it_wants() -> None:
    text = "engine=Python\noption.dtype=float16\noption.max_rolling_batch_size=some\n"

    assert about(text, V27, model_py=OWN) == []


def test_java_reads_its_options_whoever_handles_the_rest() -> None:
    text = "engine=Python\noption.tensor_parallel_degree=two\n"

    assert about(text, V27, model_py=OWN) == [("value-type", "error")]


def test_what_only_a_possible_reader_refuses_is_no_finding() -> None:
    # The server may choose lmi-dist, vllm or neither.
    text = "engine=Python\noption.model_id=gpt2\noption.quantize=bitsandbytes4\n"

    assert about(text, V27) == []


def test_what_all_possible_readers_refuse_is_a_warning_at_least() -> None:
    text = "engine=Python\noption.model_id=gpt2\noption.quantize=nonsense\n"

    assert [severity for _, severity in about(text, V27)] == ["error"]


def test_the_asynchronous_handler_reads_its_type_as_the_one_of_hugging_face_too() -> None:
    text = "option.model_id=gpt2\noption.async_mode=true\noption.dtype=float16\n"

    assert about(text, V36) == [("value-outside-set", "error")]
    assert about(text.replace("float16", "fp16"), V36) == []


def test_a_key_without_option_is_judged_as_the_handler_takes_it() -> None:
    assert about(f"{HF}dtype=half\n", V27) == [("value-outside-set", "error")]


def test_stable_diffusion_on_neuron_has_types_of_its_own() -> None:
    text = (
        "engine=Python\noption.entryPoint=djl_python.transformers_neuronx\n"
        "option.model_id=sd\noption.use_stable_diffusion=true\noption.dtype={}\n"
    )

    assert about(text.format("bf16"), "0.23.0-neuronx-sdk2.12.0") == []


@pytest.mark.parametrize(
    ("lines", "image", "rule"),
    [
        ("engine=MPI\noption.rolling_batch=vllm\n", V27, "rolling-batch-engine"),
        ("engine=Python\noption.rolling_batch=vllm\n", V27, None),
        ("engine=Python\noption.rolling_batch=lmi-dist\n", V27, "rolling-batch-engine"),
        ("engine=Python\noption.rolling_batch=lmi-dist\n", V29, None),
        ("engine=Python\noption.rolling_batch=vllm\n", "0.36.0-cpu-full", "rolling-batch-not-here"),
    ],
)
def test_a_rolling_batch_needs_its_engine_and_its_library(
    lines: str, image: str, rule: str | None
) -> None:
    text = f"{lines}option.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
    found = about(text, image, "rolling-batch-engine", "rolling-batch-not-here")

    assert found == ([(rule, "error")] if rule else [])


def test_dynamic_batching_turns_a_rolling_batch_off() -> None:
    text = "option.model_id=gpt2\noption.rolling_batch=auto\nbatch_size={}\n"

    assert about(text.format(1), V27, "rolling-batch-overruled") == []
    assert about(text.format(2), V27, "rolling-batch-overruled") == [
        ("rolling-batch-overruled", "warning")
    ]


def test_two_names_of_one_argument_are_found_where_they_differ() -> None:
    text = "option.model_id=gpt2\noption.quantize=awq\noption.quantization={}\n"

    assert about(text.format("awq"), V33, "conflicting-keys") == []
    assert about(text.format("gptq"), V33, "conflicting-keys") == [("conflicting-keys", "warning")]


@pytest.mark.parametrize(("seconds", "count"), [(3600, 0), (3601, 1), ("soon", 0)])
def test_no_model_loads_longer_than_sagemaker_waits(seconds: object, count: int) -> None:
    text = f"{HF}option.model_loading_timeout={seconds}\n"

    assert len(about(text, V27, "loading-timeout-beyond-sagemaker")) == count
