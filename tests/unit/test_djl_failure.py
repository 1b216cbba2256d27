"""What of a model server's log is shown to the user."""

from pathlib import Path

import pytest

from lmi.local.djl.failure import find_failure

STORE = Path("/store/model")
ENGINE = "/opt/engine/python/0.34.0/djl_python/service_loader.py"


def log(*lines: str, stream: str = "W-17-model-stdout") -> str:
    return "".join(f"10:00:00.000 INFO PyProcess - {stream}: {line}\n" for line in lines)


def traceback(exception: str, *frames: tuple[str, int, str]) -> list[str]:
    lines = ["Traceback (most recent call last):"]
    for file, number, function in frames:
        lines += [f'  File "{file}", line {number}, in {function}', "    some_code()", "    ^^^^"]
    return [*lines, exception]


HANDLER = traceback(
    "ValueError: no weights", (ENGINE, 30, "invoke"), (f"{STORE}/model.py", 7, "handle")
)


def test_names_the_exception_and_the_line_of_the_model() -> None:
    assert (
        find_failure(log(*HANDLER), STORE) == "ValueError: no weights (model.py, line 7, in handle)"
    )


def test_names_the_last_line_of_the_model_where_a_library_raised() -> None:
    text = log(
        *traceback(
            "KeyError: 'x'", (f"{STORE}/model.py", 7, "handle"), ("/site-packages/numpy.py", 3, "f")
        )
    )

    assert find_failure(text, STORE) == "KeyError: 'x' (model.py, line 7, in handle)"


def test_prefers_the_model_to_what_python_says_when_it_ends() -> None:
    end = traceback("ValueError: Connection disconnected", (ENGINE, 30, "read"))

    found = find_failure(log(*HANDLER, "ERROR::Python engine process died", *end), STORE)

    assert found is not None
    assert found.startswith("ValueError: no weights")


def test_prefers_the_model_to_the_logging_error_of_old_versions() -> None:
    logging = traceback("TypeError: not all arguments converted", ("/lib/logging.py", 377, "get"))
    chained = [*HANDLER, "", "During handling of the above exception, another exception occurred:"]

    found = find_failure(log(*chained, "", *logging), STORE)

    assert found is not None
    assert found.startswith("ValueError: no weights")


def test_shows_the_last_exception_of_a_chain_through_the_model() -> None:
    cause = traceback("KeyError: 'a'", (f"{STORE}/model.py", 3, "load"))
    found = find_failure(
        log(*cause, "", "The above exception was the direct cause", *HANDLER), STORE
    )

    assert found is not None
    assert found.startswith("ValueError: no weights")


def test_reads_a_traceback_that_the_other_stream_interrupts() -> None:
    stdout, stderr = log(*HANDLER).splitlines(), log("noise", stream="W-17-model-stderr")
    text = "\n".join([*stdout[:2], stderr.strip(), *stdout[2:]])

    found = find_failure(text, STORE)

    assert found is not None
    assert found.startswith("ValueError: no weights")


def test_names_the_place_of_a_syntax_error() -> None:
    text = log(
        "Traceback (most recent call last):",
        f'  File "{ENGINE}", line 12, in load_service',
        f'  File "{STORE}/model.py", line 3',
        "    def handle(",
        "              ^",
        "SyntaxError: '(' was never closed",
    )

    assert find_failure(text, STORE) == "SyntaxError: '(' was never closed (model.py, line 3)"


def test_reads_the_log_of_version_0_20_which_does_not_name_the_stream() -> None:
    text = "".join(f"10:00:00.000 INFO PyProcess - {line}\n" for line in HANDLER)

    assert find_failure(text, STORE) == "ValueError: no weights (model.py, line 7, in handle)"


def test_shows_the_engine_s_exception_where_the_model_has_no_part_in_it() -> None:
    text = log(*traceback("ModuleNotFoundError: No module named 'vllm'", (ENGINE, 9, "load")))

    assert find_failure(text, STORE) == "ModuleNotFoundError: No module named 'vllm'"


def test_tells_that_pip_failed_before_the_exception() -> None:
    pip = "ERROR: No matching distribution found for torch==99"
    text = f"10:00:00.000 WARN PyEnv - pip install failed with error code: 1\n{pip}\n" + log(
        *traceback("ModuleNotFoundError: No module named 'torch'", (f"{STORE}/model.py", 1, "f"))
    )

    found = find_failure(text, STORE)

    assert found is not None
    assert found.endswith(f"; pip install -r requirements.txt failed before: {pip}")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "java.lang.IllegalArgumentException: Deep learning engine not found: Foo",
            "Deep learning engine not found: Foo",
        ),
        (
            "Caused by: java.lang.IllegalThreadStateException: Python stream closed unexpectedly,"
            " exit code: 3",
            "Python stream closed unexpectedly, exit code: 3",
        ),
        ("java.lang.StackOverflowError", "java.lang.StackOverflowError"),
    ],
)
def test_shows_the_cause_on_the_java_side_where_python_raised_nothing(
    line: str, shown: str
) -> None:
    text = (
        f"10:00:00.000 ERROR ModelServer - Model server failed\nai.djl.ModelException: x\n{line}\n"
    )

    assert (
        find_failure(text + "\tat lmi.serving.ModelServer.run(ModelServer.java:91)\n", STORE)
        == shown
    )


def test_finds_nothing_in_a_log_without_a_failure() -> None:
    assert find_failure("10:00:00.000 INFO ModelServer - Starting model server\n", STORE) is None
