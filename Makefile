# What can be done here; `make help` lists it. Everything runs in an environment of its own (.venv).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2
ARGS ?=
UV ?= $(firstword $(wildcard $(BIN)/uv) uv)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup elastic elastic8 spark demo test check fuzz format benchmarks lock clean

help: ## list what can be done
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(STAMP) ## make .venv with copytrail in it (quick when it is there)

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "copytrail needs Python 3.11 or later; $(PYTHON) is older. Try: make setup PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "no environment could be made: install your system's python3-venv package" >&2; exit 1; }
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup ## the main job on the bundled newsroom
	@$(BIN)/copytrail demo $(ARGS)

elastic: setup ## what tests need to run a real Elasticsearch: Java here, the server by Maven (once)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-elastic.lock
	@$(BIN)/python -m tests.elastic.server

spark: setup ## what `copytrail batch` and its tests need besides a Java
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock

# The client of version 8 lies beside the environment; on PYTHONPATH it stands before the one inside.
elastic8: elastic ## the store's tests on Elasticsearch 8, with the client of that version and three shards an index
	@test -d $(VENV)/elastic8 && test ! requirements-elastic8.lock -nt $(VENV)/elastic8 || { rm -rf $(VENV)/elastic8 && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --target $(VENV)/elastic8 -r requirements-elastic8.lock; }
	@TESTS_SHARDS=3 PYTHONPATH=$(CURDIR)/$(VENV)/elastic8 $(BIN)/python -m pytest -q -n $(WORKERS) -rfE \
	  $(if $(ARGS),$(ARGS),-k elastic tests/contract tests/test_flow.py \
	  tests/elastic/test_store.py tests/elastic/test_security.py tests/elastic/test_checkup.py)

test: setup ## the tests; what is skipped is named at the end
	@$(BIN)/python -m pytest -q -n $(WORKERS) -rfE $(ARGS)

check: setup ## style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: setup ## search for bytes that break a reader, 10 minutes; one for longer: make fuzz ARGS="html --seconds 3600"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	@$(BIN)/python -m tests.fuzz $(ARGS)

format: setup ## write the code as `make check` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmarks: setup ## measure what the README claims (needs ../shared/data); some of it: make benchmarks ARGS="planted kinds"
	@for one in $(or $(ARGS),$(basename $(notdir $(wildcard tests/benchmarks/[a-z]*.py)))); do \
	  echo "== $$one"; $(BIN)/python -m tests.benchmarks.$$one || exit 1; done

# Needs uv. The locks hold versions and hashes only, no place to get them from.
lock: ## write the locks for what pyproject.toml names; newest versions: make lock ARGS=--upgrade
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --output-file requirements.lock --quiet $(ARGS)
	$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --constraint requirements.lock --output-file requirements-dev.lock --quiet $(ARGS)
	$(UV) pip compile pyproject.toml --extra redis --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --constraint requirements.lock --output-file requirements-redis.lock --quiet $(ARGS)
	$(UV) pip compile --group elastic --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --output-file requirements-elastic.lock --quiet $(ARGS)
	$(UV) pip compile pyproject.toml --extra spark --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --constraint requirements-dev.lock --output-file requirements-spark.lock --quiet $(ARGS)
	$(UV) pip compile --group elastic8 --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --output-file requirements-elastic8.lock --quiet $(ARGS)
	$(UV) pip compile --group fuzz --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --output-file requirements-fuzz.lock --quiet $(ARGS)

clean: ## remove what was made here, the environment too
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
