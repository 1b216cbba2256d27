"""
Handler for DJL Serving 0.20.0 (Python 3.8, DeepSpeed 0.7.5, transformers 4.23.1): GPT-J in fp16
over several GPUs.

It does three things that the built-in handler does not: it loads the fp16 branch of the weights,
it answers with the new text only, and it answers one text as it answers several:
`[{"generated_text": "..."}, ...]`.

A request is `{"inputs": "text" or ["text", ...], "parameters": {...}}`, parameters those of
transformers' text-generation pipeline (max_new_tokens, default 30, or max_length; do_sample,
temperature, ...) and `seed`.
"""

import logging
import os

import deepspeed
import torch
from djl_python import Input, Output
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline, set_seed

MAX_POSITIONS = 2048  # the longest sequence that GPT-J was made for
DEFAULTS = {"max_new_tokens": 30, "return_full_text": False}


class Model:
    """One rank's part of the model. mpirun starts this file once for each GPU of a copy."""

    def __init__(self, properties):
        model_id = properties.get("model_id") or properties["model_dir"]
        # Every rank loads all the weights into the host's memory before DeepSpeed takes its part of
        # them.
        model = AutoModelForCausalLM.from_pretrained(
            model_id,
            revision=properties.get("revision", "main"),
            torch_dtype=torch.float16,
            low_cpu_mem_usage=True,
        )
        engine = deepspeed.init_inference(
            model,
            mp_size=int(properties["tensor_parallel_degree"]),
            dtype=torch.float16,
            max_tokens=MAX_POSITIONS,
            replace_method="auto",
            replace_with_kernel_inject=True,
        )
        self._pipeline = pipeline(
            task="text-generation",
            model=engine.module,
            tokenizer=AutoTokenizer.from_pretrained(model_id),
            device=int(os.environ.get("LOCAL_RANK", "0")),
        )
        self._calls = 0

    def generate(self, prompts, parameters):
        """Return one `generated_text` object for each prompt."""
        # The ranks work on one text together: without a seed in common each would sample another
        # token.
        self._calls += 1
        set_seed(parameters.pop("seed", self._calls))
        defaults = dict(DEFAULTS)
        # transformers refuses both: max_length counts the prompt, max_new_tokens does not.
        if parameters.get("max_length") is not None:
            del defaults["max_new_tokens"]
        results = self._pipeline(prompts, **{**defaults, **parameters})
        return [choices[0] for choices in results]


def read_request(inputs):
    """
    Return the prompts and the parameters of a request, or raise a ValueError that says what is
    wrong.
    """
    body = inputs.get_as_json()
    if not isinstance(body, dict) or "inputs" not in body:
        raise ValueError("the body must be a JSON object with 'inputs'")
    prompts = [body["inputs"]] if isinstance(body["inputs"], str) else body["inputs"]
    if (
        not isinstance(prompts, list)
        or not prompts
        or not all(isinstance(p, str) and p for p in prompts)
    ):
        raise ValueError("inputs must be a text or a list of texts, none of them empty")
    parameters = {} if body.get("parameters") is None else body["parameters"]
    if not isinstance(parameters, dict):
        raise ValueError("parameters must be a JSON object")
    if parameters.get("num_return_sequences", 1) != 1:
        raise ValueError(
            "num_return_sequences must be 1; send the text several times with different seeds"
        )
    seed = parameters.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueError("seed must be an integer of at least 0")
    return prompts, dict(parameters)


_model = None


def handle(inputs: Input):
    """Answer one request. DJL Serving's first call has no content: it loads the model."""
    global _model
    if _model is None:
        _model = Model(inputs.get_properties())
    if inputs.is_empty():
        return None
    try:
        prompts, parameters = read_request(inputs)
        answer = _model.generate(prompts, parameters)
    except (
        ValueError
    ) as error:  # also what transformers raises for a parameter that it does not know
        return Output().error(str(error), code=400, message="bad request")
    except Exception as error:
        logging.exception("generation failed")
        return Output().error(str(error))
    return Output().add_property("Content-Type", "application/json").add_as_json(answer)
