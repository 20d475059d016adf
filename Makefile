# Locus. `make help` lists what there is. The data are in LOCUS_HOME, or in data/ here.
PYTHON ?= python3
SAMPLE_YEARS ?= 1999-00,2005-06,2009-10,2015-16,2022-23
SAMPLE_SCALE ?= 0.02
SAMPLE_ROUNDS ?= 2
PORT ?= 3000
TEST_PROCESSES ?= 2

# relative, and the home in the environment alone: either path may have spaces in it
BIN := .venv/bin
# a file's tests in one process, and the dear files first: the small ones fill up what is left
SIDE_BY_SIDE := -n $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder
export LOCUS_HOME

.DEFAULT_GOAL := help
.PHONY: help setup run ui ui-readonly site docs test test-all bench generate check clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/installed  ## Create .venv from requirements.lock

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup  ## Materialise everything; without releases, on a synthetic sample
	@if [ -z "$$(ls -A "$${LOCUS_HOME:-data}/releases" 2>/dev/null)" ]; then \
		$(BIN)/locus sample --years $(SAMPLE_YEARS) --scale $(SAMPLE_SCALE); \
		$(BIN)/locus facts sample --rounds $(SAMPLE_ROUNDS); \
	fi
	$(BIN)/locus run

ui: setup  ## Dagster's pages and daemon on http://127.0.0.1:3000
	@$(BIN)/locus ui --port $(PORT)

ui-readonly: setup  ## The same pages, which launch and change nothing
	@$(BIN)/locus ui --port $(PORT) --read-only

site: setup  ## Open the pages of the published edition
	@$(BIN)/locus site

docs: setup  ## Write dbt docs, one page that opens without a server
	@$(BIN)/locus docs

test: setup  ## Run the test suite
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow"

test-all: setup  ## Run the slow tests too
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

bench: setup  ## Measure at real size, and write docs/benchmarks.md (half an hour)
	$(BIN)/python -m bench

generate: setup  ## Write what follows from the seeds (docs/variables.md)
	$(BIN)/python -m tools.generate
	$(BIN)/python -m tools.assumptions

check: setup  ## Check style, types, who imports whom, generated files, and known vulnerabilities
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python -m tools.generate --check
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/macros dbt_project/tests
	$(BIN)/python -m tools.assumptions --check
	$(BIN)/python tools/audit.py

clean:  ## Remove what was built and synthetic releases; your releases and layouts stay
	@if [ -x $(BIN)/locus ]; then $(BIN)/locus clean; fi
	rm -rf dbt_project/target dbt_project/logs
