"""
The text in an answer of a model server, whatever shape its handler gives it.

Shapes and where they come from:

* ``[{"generated_text": …}]``: djl_python.huggingface without rolling batch (DJL Serving 0.20.0,
  engines/python/setup/djl_python/huggingface.py, which returns what transformers' pipeline returns)
* ``[[{"generated_text": …}]]``: djl_python.deepspeed of the same version, which puts one text into
  a list first
* ``{"generated_text": …}``: rolling batch, and vLLM with ``inputs`` (DJL Serving,
  docs/lmi/user_guides/lmi_input_output_schema.md)
* ``{"choices": [{"message": {"content": …}}]}`` and ``{"choices": [{"text": …}]}``: OpenAI chat and
  completions (docs/lmi/user_guides/chat_input_output_schema.md)
"""

import json

from lmi.errors import LmiError

SHOWN_CHARACTERS = 400


class AnswerError(LmiError):
    """The answer holds no text in any of the known shapes, or says that the model failed."""


def text_of(body: bytes) -> str:
    """
    Return the first generated text in *body*, a JSON document.

    Raises AnswerError if *body* is not JSON, has none of the known shapes, or reports an error in
    place of a text.
    """
    try:
        document = json.loads(body)
    except ValueError as error:
        raise AnswerError(f"the answer is not JSON: {_shown(body)}") from error
    text = _find(document)
    if text is not None:
        return text
    if isinstance(document, dict) and "error" in document:
        raise AnswerError(f"the model answered with an error: {document['error']}")
    raise AnswerError(
        "the answer has none of the known shapes (a generated_text in an object, a list or a "
        f"list of lists; OpenAI choices): {_shown(body)}"
    )


def _find(node: object) -> str | None:
    if isinstance(node, list) and node:
        return _find(node[0])
    if not isinstance(node, dict):
        return None
    choices = node.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        message = choices[0].get("message")
        found = message.get("content") if isinstance(message, dict) else choices[0].get("text")
    else:
        found = node.get("generated_text")
    return found if isinstance(found, str) else None


def _shown(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
