"""
Generates with xllamacpp alone, for comparison with what an endpoint answers.

    python generate.py MODEL.gguf TOKENS PROMPTS.json TEXTS.json

Runs with the Python of the model servers; greedy, one thread, one slot, no
prompt cache.
"""

import json
import sys
from pathlib import Path

import xllamacpp


def main() -> None:
    """Write the continuation of each prompt, in their order."""
    model, tokens, prompts, texts = sys.argv[1:]
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.cpuparams.n_threads = 1
    params.n_parallel = 1
    server = xllamacpp.Server(params)
    generated = []
    for prompt in json.loads(Path(prompts).read_text()):
        body = {"prompt": prompt, "n_predict": int(tokens), "temperature": 0, "cache_prompt": False}
        generated.append(server.handle_completions(body)["choices"][0]["text"])
    Path(texts).write_text(json.dumps(generated))


main()
