# `make` lists the targets. Everything is installed into .venv, nothing outside this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup feeds check format test bench clean

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## Install the program and its tools into .venv

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

feeds: $(STAMP)  ## Read the sources of config/aggregator.yaml and publish into feeds/
	$(BIN)/aggregator build
	@echo "Open feeds/index.html, or run $(BIN)/aggregator serve"

check: $(STAMP)  ## What CI runs: format, lint, types, layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist worksteal

format: $(STAMP)  ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: $(STAMP)  ## Only the tests
	$(BIN)/python -m pytest -n auto --dist worksteal

bench: $(STAMP)  ## Speed and merging figures (needs trees of story files: STORIES=DIR)
	$(BIN)/python benchmarks/speed.py $(STORIES)
	$(BIN)/python benchmarks/story_figures.py $(STORIES)/diablo4
	$(BIN)/python benchmarks/story_figures.py $(STORIES)/power-apps

clean:  ## Remove what was installed and built
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
