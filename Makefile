# What a person types. Everything runs in .venv at the root, made from the lock files when they change.
.DEFAULT_GOAL := help
.PHONY: help demo serve test check format lock clean

export PYTHON ?=
BIN := .venv/bin
PY := $(BIN)/python
UV_VERSION := 0.13.9
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-trusted-host --no-header

help: ## show what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS="	" read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

demo: ## the story with invented people, then the gateway on port 8000 until Ctrl-C; ARGS="--reset" starts over
	@scripts/environment requirements.txt
	@exec $(BIN)/gateway demo $(ARGS)

serve: ## the gateway with settings from the environment (GATEWAY_*)
	@scripts/environment requirements.txt
	@exec $(BIN)/gateway serve $(ARGS)

test: ## all tests, a worker a core; ARGS="-k word" chooses, ARGS="-n 0" runs them in one process
	@scripts/environment requirements-dev.txt
	@$(PY) -m pytest -q -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: ## format, lint, types, import contracts, rules of the house
	@scripts/environment requirements-dev.txt
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(BIN)/lint-imports --no-logo
	$(PY) -m pytest -q -n 0 tests/architecture/test_house.py

format: ## rewrite the code as the formatter wants it
	@scripts/environment requirements-dev.txt
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lock: ## write the lock files anew from requirements*.in; ARGS="--upgrade" takes newer versions
	@scripts/environment requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(COMPILE) $(ARGS) requirements.in --output-file requirements.txt
	$(COMPILE) $(ARGS) requirements-dev.in --constraint requirements.txt --output-file requirements-dev.txt

clean: ## remove the environment and caches; the demo's data stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis tests/audits/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
