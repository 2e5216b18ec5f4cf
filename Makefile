# make run        set up, and make an edition of the feeds in examples/ (no network but for the set-up)
# make test       set up, and pass the tests
# make lint       formatting, lint, types, import contracts
# make coverage   the tests again, with branch coverage
# make docs       the documentation, in .venv/site
# make test-long  the big matrices and new random examples: one to two hours
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-long lint coverage docs setup clean

run: $(VENV)/.run
	@$(BIN)/digest --config examples/config.toml run
	@$(BIN)/python examples/what_next.py

test: lint
	@$(BIN)/pytest -n 4 -m "not long"

lint: $(VENV)/.dev
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }

coverage: $(VENV)/.dev
	@$(BIN)/pytest -n 4 -m "not long" --cov --cov-report=term:skip-covered

docs: $(VENV)/.docs
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs $(VENV)/site
	@echo "Open $(VENV)/site/index.html"

test-long: $(VENV)/.dev
	@DIGEST_EXAMPLES=searching $(BIN)/pytest -n 2

setup: $(VENV)/.dev

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: install it (Debian: apt install python3), or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) --version 2>&1), and 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: install it (Debian: apt install python3-venv)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python pyproject.toml
	@test -f $@ || echo "Setting up, once: about a minute ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . || { echo "The packages could not be installed: pip says why above; it needs a package index that it can reach"; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml
	@test -f $@ || echo "Setting up, once: about two minutes ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' || { echo "The packages could not be installed: pip says why above; it needs a package index that it can reach"; exit 1; }
	@touch $@ $(VENV)/.run

$(VENV)/.docs: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]' || { echo "The packages could not be installed: pip says why above; it needs a package index that it can reach"; exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) out
