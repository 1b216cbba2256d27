"""Asking a variant's container, and what InvokeEndpoint makes of its answer."""

from collections.abc import Callable, Generator

from lmi.local.hosting.forward import ContainerAnswer, NoAnswer, TooLate, TooLong
from lmi.local.hosting.invocation import Answer, Invocation, StreamingAnswer
from lmi.local.hosting.model_error import ModelErrors
from lmi.local.hosting.variant import Variant


def ask(variant: Variant, invocation: Invocation) -> Answer:
    """
    Return the answer of *variant*.

    Raises:
        InvocationFailed: ModelError.
    """
    forwarder, errors = variant.forwarder(), variant.errors
    try:
        answer = forwarder.invoke(invocation)
    except (TooLate, TooLong, NoAnswer) as error:
        raise _failed(errors, error) from error
    if not 200 <= answer.status < 300:
        raise errors.of_answer(answer)
    return Answer(
        body=answer.body,
        content_type=answer.content_type,
        invoked_production_variant=variant.name,
        custom_attributes=answer.custom_attributes,
    )


def ask_for_stream(
    variant: Variant, invocation: Invocation, ended: Callable[[], None]
) -> StreamingAnswer:
    """
    Return the answer of *variant* part by part.

    Args:
        ended: called once when the answer has ended, however; not if this function raises.

    Raises:
        InvocationFailed: ModelError; the parts raise ModelStreamError.
    """
    forwarder, errors = variant.forwarder(), variant.errors
    try:
        answer = forwarder.stream(invocation)
    except (TooLate, TooLong, NoAnswer) as error:
        raise _failed(errors, error) from error
    if isinstance(answer, ContainerAnswer):
        raise errors.of_answer(answer)
    parts = _parts(answer.parts, errors, ended)
    # A generator that never began would not run its clean-up when it is closed or dropped.
    next(parts)
    return StreamingAnswer(
        content_type=answer.content_type,
        invoked_production_variant=variant.name,
        custom_attributes=answer.custom_attributes,
        parts=parts,
    )


def _parts(
    parts: Generator[bytes], errors: ModelErrors, ended: Callable[[], None]
) -> Generator[bytes]:
    try:
        yield b""
        yield from parts
    except TooLate as error:
        raise errors.stream_timed_out() from error
    except NoAnswer as error:
        raise errors.broken_off(str(error)) from error
    finally:
        parts.close()
        ended()


def _failed(errors: ModelErrors, error: Exception) -> Exception:
    if isinstance(error, TooLate):
        return errors.timed_out()
    if isinstance(error, TooLong):
        return errors.too_long()
    return errors.ended(f"the model server has ended ({error})")
