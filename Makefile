# Everything starts here. `make explore` and `make test` need only Python 3.11 or newer, pip, make and git.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.PHONY: explore lab test lint types unit bench environment format clean

explore: $(VENV)/.all  ## start the dashboard on Null Island and print its address
	$(BIN)/embexplore serve

lab: $(VENV)/.all  ## open JupyterLab on the notebooks
	mkdir -p notebooks
	$(BIN)/jupyter lab notebooks

test: lint types unit  ## lint, types and every test; ends with pytest's own closing line

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

bench: $(VENV)/.dev  ## print the benchmark table of this machine, after checking every row against float64
	$(BIN)/python -m pytest tests/benchmarks -m bench -n 0 -q
	$(BIN)/embexplore bench

environment: $(VENV)/.dev  ## install environment.yml's packages in a clean environment, and run a notebook there
	EMBEXPLORE_CLEAN_INSTALL=1 $(BIN)/python -m pytest -n 0 tests/project/test_environment.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.all: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all]"
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@ $(VENV)/.all

clean:
	rm -rf $(VENV) build dist *.egg-info
