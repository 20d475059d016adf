# Locus. `make help` lists what there is.
PYTHON ?= python3
# absolute, and never empty: Dagster wants the one, `make clean` the other
override LOCUS_HOME := $(abspath $(or $(LOCUS_HOME),$(CURDIR)/data))
SAMPLE_YEARS ?= 1999-00,2005-06,2009-10,2015-16,2022-23
SAMPLE_SCALE ?= 0.02
SAMPLE_ROUNDS ?= 2
PORT ?= 3000

BIN := $(CURDIR)/.venv/bin
export LOCUS_HOME
export DAGSTER_HOME := $(LOCUS_HOME)/dagster

.DEFAULT_GOAL := help
.PHONY: help setup run ui docs test test-all bench lint clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/installed  ## Create .venv from requirements.lock

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup  ## Materialise everything; without releases, on a synthetic sample
	@if [ -z "$$(ls -A '$(LOCUS_HOME)/releases' 2>/dev/null)" ]; then \
		$(BIN)/locus sample --home '$(LOCUS_HOME)' --years $(SAMPLE_YEARS) --scale $(SAMPLE_SCALE); \
		$(BIN)/locus facts sample --home '$(LOCUS_HOME)' --rounds $(SAMPLE_ROUNDS); \
	fi
	$(BIN)/locus run --home '$(LOCUS_HOME)'

ui: setup  ## Dagster's web page and daemon on http://127.0.0.1:3000
	@$(BIN)/locus prepare --home '$(LOCUS_HOME)'
	$(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p $(PORT)

docs: setup  ## Write dbt docs, one page that opens without a server
	@$(BIN)/locus docs --home '$(LOCUS_HOME)'

test: setup  ## Run the test suite
	$(BIN)/python -m pytest -m "not slow"

test-all: setup  ## Run the slow tests too
	$(BIN)/python -m pytest

bench: setup  ## Measure a survey year at its real size, and the runs of the index
	$(BIN)/python bench/full_size.py
	$(BIN)/python -m bench.index_uncertainty

lint: setup  ## Check style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

clean:  ## Remove what was built and synthetic releases; your releases and layouts stay
	@if [ -x $(BIN)/locus ]; then $(BIN)/locus clean --home '$(LOCUS_HOME)'; fi
	rm -rf dbt_project/target dbt_project/logs
