# Each target sets up what it needs. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
OUT ?=
EVOLVED := $(or $(OUT),runs/evolve-demo)

.DEFAULT_GOAL := help
.PHONY: help demo evolve-demo test test-fast check fix pictures clean

help:           ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.base  ## answer a few requests with no key, GPU, model or network; ends by naming pictures and run folder
	@$(BIN)/genevolve demo $(if $(OUT),--out $(OUT))

# Two processes of one thread each: two threads of so small a model would wait for each other.
evolve-demo: $(VENV)/.train  ## from nothing to an evolved policy in the small world, with curves, in about ten minutes
	@OMP_NUM_THREADS=1 $(BIN)/genevolve sft --config configs/small-sft.toml --out $(EVOLVED)/start
	@OMP_NUM_THREADS=1 $(BIN)/python examples/ablation.py run $(EVOLVED) --arms grpo+anchor,bounded+anchor --seeds 1 --start $(EVOLVED)/start/policy
	@$(BIN)/python examples/ablation_report.py $(EVOLVED) --json $(EVOLVED)/curves.json --figure $(EVOLVED)/curves.png

# Two processes share the tests. What a test computes is small, so each of them has one thread.
test: $(VENV)/.train   ## the whole test suite, with what trains
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal

test-fast: $(VENV)/.dev  ## the suite without its slow part
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m "not slow"

check: $(VENV)/.train  ## format, lint, types, import contracts, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	$(MAKE) test

fix: $(VENV)/.dev    ## format, and mend what ruff can; write docs/records.md again
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/python scripts/write_records_page.py

pictures: $(VENV)/.dev  ## draw and take the pictures of README and guides again; needs Debian's chromium
	$(BIN)/python scripts/make_pictures.py
	$(BIN)/python scripts/make_report_pictures.py

clean:          ## remove what set-up and tools made; runs stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis dist build

# The base is all that a picture needs; what develops or trains comes on top of it.
$(VENV)/.base: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "genevolve needs Python 3.11 or newer; name one with PYTHON=…"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
	@touch $@

# torch alone first, pinned: whatever comes after it is resolved against the build that is there.
$(VENV)/.train: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train]"
	@touch $@
