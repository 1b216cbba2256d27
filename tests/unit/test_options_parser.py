"""How a value's text is read: our tables agree with pydantic, and with what the JDK documents."""

import re
import warnings
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lmi.properties.option import OptionUse, Parser
from lmi.properties.option_data import use_of
from lmi.properties.options import parse_problem, uses_in

with warnings.catch_warnings():
    # Its notice that Python 3.14 is not supported; what is used here works there.
    warnings.simplefilter("ignore")
    import pydantic.v1

USE = use_of(
    {
        "key": "option.some_key",
        "handlers": ["huggingface"],
        "since": "0.30.0",
        "type": "string",
        "parser": "text",
        "description": "A key.",
        "source": "nowhere",
    }
)

WORDS = "true True TRUE YES no On off t F y N none maybe inf -Infinity nan 1e400 2.0 2.50 +2.0 0x10"
TEXTS = st.one_of(
    st.text(alphabet="0123456789+-_. eE\t\x1c\u0663", max_size=6),
    st.sampled_from(["", " true", "1_0.0", "\uff11", *WORDS.split()]),
)


class OldInteger(pydantic.v1.BaseModel):
    value: int


class OldNumber(pydantic.v1.BaseModel):
    value: float


class OldBoolean(pydantic.v1.BaseModel):
    value: bool


def _use(parser: Parser, **fields: object) -> OptionUse:
    return replace(USE, parser=parser, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parser", "kind"),
    [("pydantic-integer", int), ("pydantic-number", float), ("pydantic-boolean", bool)],
)
@given(text=TEXTS)
def test_pydantic_2_refuses_what_we_say_it_refuses(
    parser: Parser, kind: type[object], text: str
) -> None:
    # pydantic 2.14 takes 0-2 for -2: it drops leading zeros before it looks for a sign.
    assume(not re.match(r"\s*[+-]?[0_]+[+-]", text))
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        refused = True
    else:
        refused = False
    assert (parse_problem(_use(parser), text) is not None) == refused


@pytest.mark.parametrize(
    ("parser", "model"),
    [
        ("pydantic1-integer", OldInteger),
        ("pydantic1-number", OldNumber),
        ("pydantic1-boolean", OldBoolean),
    ],
)
@given(text=TEXTS)
def test_pydantic_1_refuses_what_we_say_it_refuses(
    parser: Parser, model: type[pydantic.v1.BaseModel], text: str
) -> None:
    try:
        model(value=text)
    except pydantic.v1.ValidationError:
        refused = True
    else:
        refused = False
    assert (parse_problem(_use(parser), text) is not None) == refused


# https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/Integer.html: parseInt
@pytest.mark.parametrize(
    "text", ["0", "473", "+42", "-0", "-2147483648", "2147483647", "007", "\u0663"]
)
def test_java_takes_decimal_integers_of_32_bits(text: str) -> None:
    assert parse_problem(_use("java-integer"), text) is None


@pytest.mark.parametrize(
    "text",
    ["", "4 ", " 4", "4.0", "1_000", "2147483648", "-2147483649", "99L", "Kona", "+", "-", "0x10"],
)
def test_fails_on_what_java_takes_for_no_integer(text: str) -> None:
    problem = parse_problem(_use("java-integer"), text)
    assert problem is not None
    assert (problem.kind, problem.fatal) == ("type", True)


@pytest.mark.parametrize("text", ["true", "TRUE", "True", "false", "FALSE"])
def test_java_takes_true_and_false_in_any_case(text: str) -> None:
    assert parse_problem(_use("java-boolean"), text) is None


@pytest.mark.parametrize("text", ["yes", "1", "on", "true ", "", "t"])
def test_java_reads_any_other_word_as_false_without_a_complaint(text: str) -> None:
    problem = parse_problem(_use("java-boolean"), text)
    assert problem is not None
    assert not problem.fatal
    assert "read as false" in problem.message


def test_max_is_a_degree_only_where_java_compares_with_it() -> None:
    assert parse_problem(_use("java-integer-or-max"), "max") is None
    assert parse_problem(_use("java-integer-or-max"), "4") is None
    for text in ("Max", "max ", "4 "):
        problem = parse_problem(_use("java-integer-or-max"), text)
        assert problem is not None
        assert problem.fatal


def test_a_bare_text_is_true_whatever_it_says() -> None:
    assert parse_problem(_use("python-truth"), "true") is None
    problem = parse_problem(_use("python-truth"), "False")
    assert problem is not None
    assert not problem.fatal


@pytest.mark.parametrize(
    ("parser", "taken", "refused"),
    [
        ("python-integer", ["4", " 4 ", "1_000"], ["4.0", "four", ""]),
        ("python-number", ["0.9", "1e-3", " 1 "], ["0,9", "half"]),
        ("python-true", ["true", "FALSE"], ["yes", "1"]),
        ("python-literal", ["4.0", "(4.0, 8.0)", "{'a': 1}"], ["{'a': 1", "four point"]),
        ("json", ['{"a": 1}', "[1]", "3"], ["{'a': 1}", ""]),
        ("integers", ["256", "256, 512, 1024"], ["256; 512", "", "a"]),
        ("counts", ["image=4", "image=2,video=1"], ['{"image": 4}', "image", "image=many"]),
        ("refused", [], ["4", ""]),
        ("vllm-integer", ["4", "16k", "1.5M", "auto", "None", "-1"], ["true", "many", "4.5"]),
        ("vllm-number", ["0.9", "4", "None"], ["true", "0,9"]),
        ("vllm-boolean", ["true", "False"], ["yes", "1", "true "]),
        ("vllm-switch", ["true"], ["false", "yes"]),
        ("vllm-json", ['{"image": 4}', "None"], ["image=4", "true"]),
        ("vllm-text", ["auto", "yes"], ["true", "False"]),
        ("text", ["", "anything"], []),
    ],
)
def test_every_other_parser_has_its_own_idea(
    parser: Parser, taken: list[str], refused: list[str]
) -> None:
    assert [text for text in taken if parse_problem(_use(parser), text) is not None] == []
    assert [text for text in refused if parse_problem(_use(parser), text) is None] == []


def test_a_false_that_is_not_handed_on_does_not_keep_the_model_from_loading() -> None:
    dropped = parse_problem(_use("vllm-switch"), "False")
    wrong = parse_problem(_use("vllm-switch"), "no")
    assert dropped is not None
    assert wrong is not None
    assert (dropped.fatal, wrong.fatal) == (False, True)


def test_fails_on_a_value_outside_the_closed_set_and_names_the_set() -> None:
    problem = parse_problem(_use("text", values=("auto", "fp16")), "float16")
    assert problem is not None
    assert (problem.kind, problem.fatal) == ("value", True)
    assert problem.message == "must be one of auto, fp16"


def test_letter_case_counts_where_the_reader_compares_exactly() -> None:
    exact = _use("text", values=("auto",))
    assert parse_problem(exact, "Auto") is not None
    assert parse_problem(replace(exact, case_sensitive=False), "Auto") is None


def test_a_number_out_of_bounds_is_fatal_only_where_somebody_looks() -> None:
    bounded = _use("pydantic-number", minimum=0, maximum=1)
    problem = parse_problem(bounded, "1.5")
    assert problem is not None
    assert (problem.kind, problem.fatal, problem.message) == ("range", False, "must be at most 1")
    checked = parse_problem(replace(bounded, bounds_are_checked=True), "-1")
    assert checked is not None
    assert checked.fatal


def test_a_reader_that_logs_and_goes_on_is_not_fatal() -> None:
    (use,) = uses_in("option.predict_timeout", "0.30.0")
    problem = parse_problem(use, "4 minutes")
    assert problem is not None
    assert not problem.fatal
