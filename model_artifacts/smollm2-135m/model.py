"""
Handler for DJL Serving's Python engine: a GGUF file through llama.cpp (xllamacpp), on CPU.

Two kinds of JSON requests:

* `{"inputs": "text" or ["text", ...], "parameters": {...}}` answers `[{"generated_text": "..."},
  ...]`, as the text-generation pipeline of Hugging Face transformers does: with the prompt in
  front, unless `return_full_text` is false. Parameters: max_new_tokens (default 30), max_length
  (counts the prompt too), do_sample (default false: greedy, the same answer every time),
  temperature, top_p, top_k, seed, repetition_penalty, stop, return_full_text.
* `{"messages": [{"role": ..., "content": ...}, ...]}` answers an OpenAI chat completion. Fields:
  max_tokens, temperature (default 0: greedy), top_p, seed, stop.

With `"stream": true` beside either, and one text in `inputs`, the answer comes token by token as
application/jsonlines: lines of `{"token": {"id", "text", "log_prob"}}`, the last one with
`generated_text` and `details` besides, as LMI's own handlers answer (deepjavalibrary/djl-serving
0.34.0: serving/docs/lmi/user_guides/lmi_input_output_schema.md), or chat.completion.chunk objects.
A body of type text/* is a prompt. A request that cannot be understood is answered with 400 and the
reason. The options are `option.threads` (default 1) and what DJL Serving itself takes.
"""

import difflib
import itertools
import json
import logging
import queue
import threading
from pathlib import Path

import xllamacpp
from djl_python import Input, Output

CONTEXT_TOKENS = 8192  # the longest sequence that the model was made for
DEFAULT_NEW_TOKENS = 30
MAX_INTEGER = 2**31 - 1  # llama.cpp's int32_t

SAMPLING = {"temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "seed": "seed"}
"""Our names of what matters only when sampling, and llama.cpp's."""

PARAMETERS = {
    "max_new_tokens": int,
    "max_length": int,
    "do_sample": bool,
    "temperature": float,
    "top_p": float,
    "top_k": int,
    "seed": int,
    "repetition_penalty": float,
    "stop": list,
    "return_full_text": bool,
}
CHAT_FIELDS = {
    "messages": list,
    "stream": bool,
    "model": str,
    "max_tokens": int,
    "temperature": float,
    "top_p": float,
    "seed": int,
    "stop": list,
}


class BadRequest(Exception):
    """The request cannot be understood; the message says why."""


class Model:
    """The model, loaded once for each worker."""

    def __init__(self, properties: dict) -> None:
        model_dir = properties["model_dir"]
        files = sorted(Path(model_dir).glob("*.gguf"))
        if len(files) != 1:
            raise FileNotFoundError(f"expected one *.gguf file in {model_dir}, found {len(files)}")
        params = xllamacpp.CommonParams()
        params.model.path = str(files[0])
        params.n_ctx = CONTEXT_TOKENS
        params.cpuparams.n_threads = int(properties.get("threads", "1"))
        # One slot without a cache between requests: batching and reuse change the order of sums,
        # and so the text.
        params.n_parallel = 1
        params.cache_prompt = False
        params.cache_ram_mib = 0
        params.fit_params = False
        params.warmup = False
        params.verbosity = 1
        self._name = files[0].stem
        self._server = xllamacpp.Server(params)

    def generate(self, body: dict):
        """Answer a request with `inputs`: with a list, or an iterator of lines."""
        _check_keys(body, {"inputs": object, "parameters": dict, "stream": bool}, "the request")
        inputs = body["inputs"]
        prompts = [inputs] if isinstance(inputs, str) else inputs
        if not isinstance(prompts, list) or not all(isinstance(p, str) for p in prompts):
            raise BadRequest(f"inputs must be a text or a list of texts, got {_shown(inputs)}")
        if not prompts or not all(prompts):
            raise BadRequest("inputs must hold at least one text, none of them empty")
        parameters = {} if body.get("parameters") is None else body["parameters"]
        if not isinstance(parameters, dict):
            raise BadRequest(f"parameters must be an object, got {_shown(parameters)}")
        _check_keys(parameters, PARAMETERS, "parameters")
        if not body.get("stream"):
            return [{"generated_text": self._complete(prompt, parameters)} for prompt in prompts]
        if not isinstance(inputs, str):
            raise BadRequest(f"inputs must be one text with stream: true, got {_shown(inputs)}")
        request = {**self._request(inputs, parameters), "n_probs": 1}
        chunks = _stream(self._server.handle_completions, request)
        return _token_lines(chunks, inputs, parameters)

    def chat(self, body: dict):
        """Answer a request with `messages`: with an object, or an iterator of lines."""
        _check_keys(body, CHAT_FIELDS, "the request")
        request = {"temperature": 0, **body}
        request.pop("model", None)
        if request.pop("stream", False):
            return map(self._without_path, _stream(self._server.handle_chat_completions, request))
        return self._without_path(_call(self._server.handle_chat_completions, request))

    def _without_path(self, answer: dict) -> dict:
        answer.pop("timings", None)
        return {**answer, "model": self._name}

    def _complete(self, prompt: str, parameters: dict) -> str:
        request = self._request(prompt, parameters)
        text = _call(self._server.handle_completions, request)["choices"][0]["text"]
        return prompt + text if parameters.get("return_full_text", True) else text

    def _request(self, prompt: str, parameters: dict) -> dict:
        request = {"prompt": prompt, "temperature": 0}
        if parameters.get("do_sample", False):
            request["temperature"] = 1.0  # as in transformers
            request |= {SAMPLING[key]: parameters[key] for key in SAMPLING if key in parameters}
            if request["temperature"] == 0:
                raise BadRequest(
                    "temperature must be above 0 with do_sample: true; leave do_sample out for "
                    "greedy"
                )
        elif unused := sorted(key for key in SAMPLING if parameters.get(key)):
            verb = "needs" if len(unused) == 1 else "need"
            raise BadRequest(
                f"{', '.join(unused)} {verb} do_sample: true; without it the answer is greedy"
            )
        names = {"repetition_penalty": "repeat_penalty", "stop": "stop"}
        request |= {names[key]: parameters[key] for key in names if key in parameters}
        return {**request, "n_predict": self._new_tokens(prompt, parameters)}

    def _new_tokens(self, prompt: str, parameters: dict) -> int:
        if "max_length" not in parameters:
            return parameters.get("max_new_tokens", DEFAULT_NEW_TOKENS)
        if "max_new_tokens" in parameters:
            raise BadRequest(
                "max_new_tokens and max_length exclude each other; keep max_new_tokens"
            )
        probe = _call(self._server.handle_completions, {"prompt": prompt, "n_predict": 1})
        used = probe["usage"]["prompt_tokens"]
        if used >= parameters["max_length"]:
            raise BadRequest(
                f"max_length counts the prompt, which has {used} tokens, got "
                f"{parameters['max_length']}; use max_new_tokens"
            )
        return parameters["max_length"] - used


def _call(function, request: dict, *callback) -> dict:
    try:
        return _checked(function(request, *callback) or {})
    except ValueError as error:  # llama.cpp's own checks of a request
        raise BadRequest(str(error)) from error


def _checked(answer: dict) -> dict:
    if "error" in answer:
        kind = BadRequest if answer["error"].get("code") == 400 else RuntimeError
        raise kind(answer["error"]["message"])
    return answer


def _stream(function, request: dict):
    """Return llama.cpp's chunks as they come; a request that it refuses raises here."""
    chunks, closed = queue.Queue(), threading.Event()

    def put(chunk: dict) -> bool:
        return chunks.put(chunk) or closed.is_set()  # true ends the generation

    def work() -> None:
        try:
            chunks.put(_call(function, {**request, "stream": True}, put))
        except Exception as error:
            chunks.put(error)

    def read():
        try:
            while chunk := chunks.get():
                if isinstance(chunk, Exception):
                    raise chunk
                yield _checked(chunk)
        finally:
            closed.set()

    threading.Thread(target=work, daemon=True).start()
    rest = read()
    return itertools.chain([next(rest)], rest)


def _token_lines(chunks, prompt: str, parameters: dict):
    """Turn llama.cpp's chunks into LMI's. Each waits for the next one, because the last differs."""
    text, count, reason, token = "", 0, None, {"id": -1, "text": "", "log_prob": 0}
    try:
        for chunk in chunks:
            choice = chunk["choices"][0]
            if found := (choice["logprobs"] or {}).get("content"):
                if count:
                    yield {"token": token}
                id_, log_prob = found[-1]["id"], found[-1]["logprob"]
                token = {"id": id_, "text": choice["text"], "log_prob": log_prob}
                count += len(found)
            text, reason = text + choice["text"], choice["finish_reason"]
    except Exception:
        logging.exception("generation failed")  # the status is sent: the last line says it
    if reason == "stop":
        reason = "stop_sequence" if parameters.get("stop") else "eos_token"
    details = {"finish_reason": reason or "error", "generated_tokens": count, "inputs": prompt}
    text = prompt + text if parameters.get("return_full_text", True) else text
    yield {"token": token, "generated_text": text, "details": details}


def _line(value: dict) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _check_keys(body: dict, known: dict, where: str) -> None:
    for key, value in body.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise BadRequest(f"{key!r} in {where} is unknown; {hint}")
        _check_value(key, value, known[key])


def _check_value(key: str, value: object, kind: type) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    number = number and -MAX_INTEGER <= value <= MAX_INTEGER  # which also refuses NaN
    if kind is bool and not isinstance(value, bool):
        raise BadRequest(f"{key} must be true or false, got {_shown(value)}")
    if kind is float and not (number and value >= 0):
        raise BadRequest(f"{key} must be a number of at least 0, got {_shown(value)}")
    least = 0 if key in SAMPLING else 1
    if kind is int and not (number and isinstance(value, int) and value >= least):
        raise BadRequest(f"{key} must be an integer of at least {least}, got {_shown(value)}")
    texts = value if isinstance(value, list) else [value]
    if key == "stop" and not all(isinstance(text, str) for text in texts):
        raise BadRequest(f"stop must be a string or a list of strings, got {_shown(value)}")
    if key == "messages" and not (isinstance(value, list) and value):
        raise BadRequest(f"messages must be a list with at least one message, got {_shown(value)}")


def _shown(value: object) -> str:
    return json.dumps(value)[:80]


def _read(inputs: Input) -> dict:
    content_type = inputs.get_property("Content-Type") or "application/json"
    if inputs.is_batch():
        raise BadRequest(
            "this handler takes one request at a time; leave batch_size at 1 in serving.properties"
        )
    try:
        text = inputs.get_as_string()
        body = {"inputs": text} if content_type.startswith("text/") else json.loads(text)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict) or ("inputs" in body) == ("messages" in body):
        raise BadRequest("the body must be a JSON object with either 'inputs' or 'messages'")
    return body


_model = None


def handle(inputs: Input):
    """Answer one request. DJL Serving's first call has no content: it loads the model."""
    global _model
    if _model is None:
        _model = Model(inputs.get_properties())
    if inputs.is_empty():
        return None
    try:
        body = _read(inputs)
        answer = _model.chat(body) if "messages" in body else _model.generate(body)
    except BadRequest as error:
        return Output().error(str(error), code=400, message="bad request")
    except Exception as error:
        logging.exception("generation failed")
        return Output().error(str(error))
    if body.get("stream"):
        output = Output().add_property("Content-Type", "application/jsonlines")
        return output.add_stream_content(answer, output_formatter=_line)
    return Output().add_property("Content-Type", "application/json").add_as_json(answer)
