# One command a task; `make help` lists them. Needs Rust, CPython 3.11 or newer, make and the package registries.
# Everything made goes to .venv/, target/ and results/. Stamps in .venv/stamps say what is up to date.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A conda environment around the virtual one would make maturin refuse to choose.
IN_VENV := env -u CONDA_PREFIX VIRTUAL_ENV="$(CURDIR)/$(VENV)"
CARGO  ?= cargo

RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
PYTHON_DIRS  := python tests benches docs examples scripts

.PHONY: help setup demo test test-slow lint format bench bench-instructions docs docs-core wheel figures check-install check-wheel clean

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

setup: $(STAMPS)/build $(STAMPS)/test $(STAMPS)/lint ## make the environment, build the package, install the tools

demo: $(STAMPS)/build ## run the two worked examples and show their answers
	$(BIN)/chemoevo run examples/nsclc_adjuvant.toml --replicates 300 --out results/adjuvant --overwrite
	$(BIN)/chemoevo run examples/nsclc_relapse.toml --out results/relapse --overwrite --figure results/relapse.png

test: $(STAMPS)/build $(STAMPS)/test ## all tests but the slow ones, Rust and Python, with counts
	$(IN_VENV) $(BIN)/python scripts/run_tests.py

test-slow: $(STAMPS)/build $(STAMPS)/test ## the long statistical suite
	$(IN_VENV) $(BIN)/python scripts/run_tests.py --slow

# mypy after stubtest, which overwrites a part of its cache: tests that ask mypy read it.
lint: $(STAMPS)/build $(STAMPS)/test $(STAMPS)/lint ## formatting, clippy, ruff, types, stubs
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy.stubtest chemoevo._core
	$(BIN)/mypy

format: $(STAMPS)/lint ## format all sources
	$(CARGO) fmt --all
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(STAMPS)/build $(STAMPS)/bench ## compare with other simulators in one run and print the table
	$(BIN)/python benches/run.py

bench-instructions: $(STAMPS)/env ## count instructions of the core under valgrind and hold them against the table
	$(BIN)/python benches/instructions.py

docs: $(STAMPS)/build $(STAMPS)/test ## build the documentation site, in site/, without a network
	$(BIN)/sphinx-build -W --keep-going -q -d site/doctrees -b html docs site/html

docs-core: ## the documentation of the Rust core, in target/doc
	$(CARGO) doc --workspace --no-deps --locked

wheel: $(STAMPS)/env ## build a wheel and a source distribution, in dist/
	$(IN_VENV) $(BIN)/maturin build --release --locked --sdist --out dist

figures: $(STAMPS)/build $(STAMPS)/test ## draw the figures of docs/ anew, about two minutes
	$(BIN)/python docs/figures.py

check-wheel: $(STAMPS)/env ## a wheel of the last commit, installed where there is no Rust, with newest and oldest dependencies
	scripts/check-wheel $(BIN)/python

check-install: $(STAMPS)/env ## pip install of the committed tree, without git, next to numba, scipy and rebop
	scripts/check-install $(BIN)/python

clean: ## remove everything that was made
	rm -rf $(VENV) target results dist site docs/api docs/shipped .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find python tests benches docs scripts -name __pycache__ -prune -exec rm -rf {} +
	rm -f python/chemoevo/_core*.so

# An environment whose interpreter is gone (moved folder, removed Python) is made anew.
ifeq ($(shell $(BIN)/python -c 'print("works")' 2>/dev/null),)
$(shell rm -rf $(STAMPS))
endif

$(STAMPS)/env: scripts/find-python
	$(BIN)/python -c 'import pip' 2>/dev/null || { python=$$(scripts/find-python) && "$$python" -m venv --clear $(VENV); }
	$(PIP) install --upgrade "pip>=25.1" "maturin>=1.9.4,<2"
	@mkdir -p $(STAMPS) && touch $@

# Python sources are used in place: only the Rust core is compiled, and the dependencies installed.
$(STAMPS)/build: $(STAMPS)/env $(RUST_SOURCES) pyproject.toml
	$(IN_VENV) $(BIN)/maturin develop --release --locked --extras plots
	@touch $@

$(STAMPS)/test: $(STAMPS)/env pyproject.toml
	$(PIP) install --group test
	@touch $@

$(STAMPS)/lint: $(STAMPS)/env pyproject.toml
	$(PIP) install --group lint
	@touch $@

$(STAMPS)/bench: $(STAMPS)/env pyproject.toml
	$(PIP) install --group bench
	$(PIP) install --group bench-optional || echo "gillespy2 could not be installed; its rows will be skipped."
	@touch $@

# pip installs into one environment: one at a time, whatever -j says.
$(STAMPS)/test: | $(STAMPS)/build
$(STAMPS)/lint: | $(STAMPS)/test
$(STAMPS)/bench: | $(STAMPS)/build
