# Two commands set everything up: `make demo` and `make test`. Each says what it does.

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint unit template e2e bench synth diff schemas rules clean
PYTHON ?= python3
VENV := .venv/bin

help:            ## List the targets
	@grep -hE '^[a-z0-9]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:           ## Install everything: .venv, node_modules, the model server, the weights
	@$(PYTHON) scripts/setup.py

demo: setup      ## Deploy the local environment to the embedded AWS and ask the model
	@$(VENV)/python scripts/demo.py

test: setup lint unit template e2e   ## Everything that CI runs
	@echo "test: all passed"

check: setup lint unit  ## What is quick: format, lint, types, unit tests

lint:            ## ruff and mypy
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy

unit:            ## Pure functions and the embedded AWS, without the CDK CLI
	$(VENV)/python -m pytest -q -n 2 --dist loadfile tests/unit

template:        ## Synthesized templates
	$(VENV)/python -m pytest -q tests/template

e2e:             ## The real CDK CLI, the embedded AWS and real model servers
	$(VENV)/python -m pytest -q tests/e2e

bench: setup     ## Speed of the local cycle and of `lmi check` on this machine
	@$(VENV)/python benchmarks/local_cycle.py
	@$(VENV)/python benchmarks/check.py

synth: setup     ## CloudFormation of every environment, into cdk.out
	$(VENV)/cdk synth --quiet '**'

diff: setup      ## What a deployment of ENV would change: make diff ENV=dev
	$(VENV)/cdk diff '$(or $(ENV),dev)/*'

schemas: setup   ## Rewrite the JSON Schemas from the models
	$(VENV)/python scripts/schemas.py

rules: setup     ## Rewrite docs/rules.md from the rules
	$(VENV)/python scripts/rules.py

clean:           ## Remove what the other targets made, but for fetched weights
	-@test ! -x $(VENV)/lmi || $(VENV)/lmi local stop
	rm -rf .venv .lmi node_modules cdk.out .mypy_cache .pytest_cache .ruff_cache .hypothesis
