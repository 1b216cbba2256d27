"""Keys that nobody reads: misspelt, without their prefix, of another version or handler."""

import pytest

from lmi.rules import Example, Finding, check, subject_of_example
from lmi.rules.reading import MOST

V20 = "0.20.0-deepspeed0.7.5-cu116"
V21 = "0.21.0-deepspeed0.8.3-cu117"
V27 = "0.27.0-deepspeed0.12.6-cu121"
V30 = "0.30.0-lmi12.0.0-cu124"
V33 = "0.33.0-lmi15.0.0-cu128"
UNKNOWN_VLLM = "0.38.0-lmi29.0.0-cu130"
HF = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
ASYNC = "engine=Python\noption.model_id=gpt2\n"
CODE = "def handle(inputs):\n    return inputs.get_properties().get('max_wait')\n"
ABOUT_KEYS = (
    "unknown-key",
    "option-prefix",
    "removed-key",
    "key-of-later-version",
    "key-of-another-handler",
    "config-properties-key",
    "overwritten-key",
    "deprecated-key",
)


def found(text: str, image: str, *, code: str | None = None, bare: bool = False) -> list[Finding]:
    files = {"serving.properties": text, **({"model.py": code} if code is not None else {})}
    example = Example(files=files, image=image, only_properties=bare)
    return [each for each in check(subject_of_example(example)) if each.rule in ABOUT_KEYS]


def only(text: str, image: str, *, code: str | None = None) -> Finding:
    findings = found(text, image, code=code)
    assert len(findings) == 1, findings
    return findings[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("opiton.s3url", "option.s3url"),
        ("options.s3url", "option.s3url"),
        ("Option.s3url", "option.s3url"),
        ("opt.s3url", "option.s3url"),
        ("option.s3_url", "option.s3url"),
        ("option.S3Url", "option.s3url"),
        ("optionmodel_id", "option.model_id"),
        ("option.model-id", "option.model_id"),
        ("option.tensor_paralell_degree", "option.tensor_parallel_degree"),
        ("option.tensor_parallel_device", "option.tensor_parallel_degree"),
        ("opiton.modle_id", "option.model_id"),
        ("modle_id", "option.model_id"),
        ("engin", "engine"),
        ("gpu.maxWorker", "gpu.maxWorkers"),
        ("job_queue_szie", "job_queue_size"),
    ],
)
def test_a_misspelt_key_is_told_with_what_it_meant(written: str, meant: str) -> None:
    finding = only(f"{HF}{written}=1\n", V21)

    assert finding.rule == "unknown-key"
    assert finding.severity == "warning"
    assert finding.fix == f"write {meant!r}"
    assert (finding.location.line, finding.location.column) == (4, 1)
    assert finding.location.end_column == len(written) + 1


def test_a_key_that_resembles_nothing_has_no_suggestion() -> None:
    finding = only(f"{HF}zzz=1\n", V21)

    assert finding.message == "unknown key 'zzz'"


@pytest.mark.parametrize("device", ["cpu", "gpu", "nc"])
def test_workers_of_a_device_are_known(device: str) -> None:
    assert found(f"{HF}{device}.minWorkers=1\n{device}.maxWorkers=1\n", V21) == []


def test_there_is_an_end_to_unknown_keys() -> None:
    text = "".join(f"key_of_nobody_{number}=1\n" for number in range(2 * MOST))

    assert len(found(text, V21)) == MOST


@pytest.mark.parametrize("image", [V20, V27])
def test_an_option_that_own_code_names_is_its_own(image: str) -> None:
    assert found("engine=Python\noption.max_wait=5\n", image, code=CODE) == []


def test_an_option_that_own_code_does_not_name_is_worth_knowing() -> None:
    finding = only("engine=Python\noption.max_delay=5\n", V20, code=CODE)

    assert finding.severity == "info"
    assert "nothing in the folder names" in finding.message


def test_a_slip_of_what_own_code_names_is_a_warning() -> None:
    finding = only("engine=Python\noption.max_wiat=5\n", V20, code=CODE)

    assert finding.severity == "warning"
    assert finding.fix == "write 'option.max_wait'"


def test_own_code_is_given_the_key_without_option_from_0_22_1_on() -> None:
    text = "engine=Python\nmax_wait=5\n"

    assert found(text, "0.22.1-deepspeed0.9.2-cu118", code=CODE) == []
    assert only(text, V21, code=CODE).severity == "warning"


def test_code_that_is_not_at_hand_may_read_anything() -> None:
    text = "engine=Python\noption.entryPoint=model.py\noption.some_prompt=Hello\n"

    assert found(text, V21, bare=True) == []


def test_an_engine_in_java_has_arguments_of_its_own() -> None:
    text = "engine=Rust\noption.model_id=bge\nnormalize=false\npooling=cls\n"

    assert found(text, V30) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tensor_parallel_degree", "option.tensor_parallel_degree"),
        ("dtype", "option.dtype"),
        ("option.maxWorkers", "maxWorkers"),
        ("option.engine", "engine"),
        ("option.job_queue_size", "job_queue_size"),
    ],
)
@pytest.mark.parametrize("image", [V21, V27])
def test_a_key_in_its_other_form_is_told_the_right_one(
    written: str, meant: str, image: str
) -> None:
    finding = only(f"{HF}{written}=1\n", image)

    assert finding.rule == "option-prefix"
    assert finding.fix == f"write {meant!r}"


def test_what_took_the_place_of_a_removed_key_is_named() -> None:
    finding = only(f"{HF}option.s3url=s3://bucket/gpt2/\n", V27)

    assert finding.rule == "removed-key"
    assert finding.message == (
        "DJL Serving 0.27.0 does not read 'option.s3url'; the last that did is 0.26.0"
    )
    assert finding.fix == "use 'option.model_id'"


def test_a_removed_key_of_the_server_is_found_in_a_bare_file() -> None:
    findings = found("engine=Python\noption.s3url=s3://bucket/gpt2/\n", V27, bare=True)

    assert [finding.rule for finding in findings] == ["removed-key"]


@pytest.mark.parametrize(
    ("key", "variable"),
    [
        ("batch_size", "SERVING_BATCH_SIZE"),
        ("max_batch_delay", "SERVING_MAX_BATCH_DELAY"),
        ("max_idle_time", "SERVING_MAX_IDLE_TIME"),
        ("load_on_devices", "SERVING_LOAD_ON_DEVICES"),
    ],
)
def test_0_20_0_reads_the_settings_of_a_model_from_variables_alone(key: str, variable: str) -> None:
    finding = only(f"{HF}{key}=1\n", V20)

    assert finding.rule == "key-of-later-version"
    assert "the first that does is 0.21.0" in finding.message
    assert finding.fix == f"set the environment variable {variable}, or take a newer image"
    assert found(f"{HF}{key}=1\n", V21) == []


def test_a_setting_of_the_server_is_told_its_variable() -> None:
    finding = only(f"{HF}max_request_size=1000\n", V21)

    assert finding.rule == "config-properties-key"
    assert finding.fix == "set the environment variable SERVING_MAX_REQUEST_SIZE instead"


def test_the_compiled_batch_size_of_neuron_is_no_setting_elsewhere() -> None:
    finding = only(f"{HF}option.batch_size=4\n", "0.23.0-deepspeed0.9.5-cu118")

    assert finding.rule == "key-of-another-handler"
    assert finding.fix == "write 'batch_size', without `option.`, for the setting of DJL Serving"


def test_a_value_that_holds_anyway_is_no_finding() -> None:
    text = "option.model_id=gpt2\noption.task=text-generation\noption.adapters=adapters\n"

    assert found(text, "0.27.0-tensorrtllm0.8.0-cu122") == []


def test_an_unknown_argument_is_dropped_before_it_reaches_vllm() -> None:
    finding = only(f"{ASYNC}option.max_model_length_of_all=1\n", V33)

    assert finding.severity == "warning"
    assert "vLLM 0.8.4 has no such argument either, and it is dropped in silence" in finding.message


def test_an_argument_of_this_vllm_is_fine_and_one_of_a_later_is_not() -> None:
    text = f"{ASYNC}option.enable_prefix_caching=true\n"

    assert found(text, V33) == []


def test_an_image_with_an_unknown_vllm_says_so() -> None:
    findings = found(f"{ASYNC}option.entirely_new_argument=1\n", UNKNOWN_VLLM)

    assert [finding.severity for finding in findings] == ["warning"]


def test_an_override_is_looked_at_like_a_line_of_the_file() -> None:
    example = Example(
        files={"serving.properties": HF}, image=V21, options={"option.modle_id": "gpt2"}
    )
    keys = [each.key for each in check(subject_of_example(example)) if each.rule == "unknown-key"]

    assert keys == ["option.modle_id"]
