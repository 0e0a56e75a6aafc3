# Everything a person or CI does with this project. `make` alone lists the targets.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough; PYTHON=... overrides.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

# Each test starts processes: without it all of them would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test test-unit test-slow test-fuzz check lint types contracts format snapshots pictures bench references clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/.installed  ## install what is missing and open the app
	@exec $(BIN)/edgechaos-tui

demo: $(VENV)/.installed  ## a small run across the edge of chaos, without a screen, and its plots
	@name=demo-$$(date +%s) && \
	$(BIN)/edgechaos-tui run --session $$name --dataset synthetic --train-size 3000 --width 196 \
	    --lr 0.05 --batch-size 16 --epochs 60 && \
	$(BIN)/edgechaos-tui show $$name --plot && \
	echo "Order, the edge, chaos: J² crossed 1 on the way. Replay it: edgechaos-tui open $$name"

test: $(VENV)/.dev  ## the tests, without the slow ones
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-unit: $(VENV)/.dev  ## the tests that start no process and no terminal, in a minute or less
	@$(BIN)/python -m pytest -n 2 -p tests.support.unit -m "not slow and not process" \
	    tests/edgechaos_tui/charts tests/edgechaos_tui/presentation tests/engine/storage tests/engine/theory

test-slow: $(VENV)/.dev  ## the slow tests
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

test-fuzz: $(VENV)/.dev  ## 10,000 random inputs and every odd size of the window, on all screens; half an hour
	@EDGECHAOS_FUZZ=10000 $(BIN)/python -m pytest -n 2 -m slow \
	    tests/system/test_input_fuzz.py tests/edgechaos_tui/screens/test_sizes.py

check: lint types contracts test  ## all that must hold before a commit

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev
	@$(BIN)/mypy

contracts: $(VENV)/.dev
	@$(BIN)/lint-imports

format: $(VENV)/.dev  ## put the code into the common form
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

snapshots: $(VENV)/.dev  ## write the pictures of the screens anew; look at git diff
	@EDGECHAOS_RENEW=1 $(BIN)/python -m pytest -n 2 tests/edgechaos_tui/screens/test_snapshots.py

pictures: $(VENV)/.dev  ## make the pictures in docs/ from the app itself
	@$(BIN)/python -m benchmarks.pictures

bench: $(VENV)/.dev  ## measure speed, as ratios within one run
	@$(BIN)/python -m benchmarks

references: $(VENV)/.dev  ## ship finished sessions named reference-* from FROM=folder
	@$(BIN)/python -m benchmarks.references $(FROM)

clean:  ## remove the environment and all caches (never a session)
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and none was found; install it, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing; the first time this fetches PyTorch and takes some minutes …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . \
		|| { echo "the installation did not finish: pip's reason stands above; with a network, 'make $(MAKECMDGOALS)' takes it up again"; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' \
		|| { echo "the test tools could not be installed: pip's reason stands above; with a network, 'make $(MAKECMDGOALS)' takes it up again"; exit 1; }
	@touch $@
