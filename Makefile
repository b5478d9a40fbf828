# make demo · make test · make check. Each does the set-up it needs by itself; `make setup` does only that.
VENV := .venv
PY   := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help setup demo demo-eeg test test-all check bench clean

help:
	@echo "make demo      train, convert, emit, build and run ternary digits on an emulated Cortex-M4"
	@echo "make demo-eeg  the same with an EEGNet on motor imagery (downloads; DATA=folder reads yours)"
	@echo "make test      the fast tests          make test-all  the slow ones as well"
	@echo "make check     format, lint, types, C warnings"
	@echo "make bench     the measured tables under docs/"
	@echo "make clean     remove what was built (the virtual environment stays)"

$(READY): pyproject.toml tools/constraints.txt tools/setup.sh
	@sh tools/setup.sh python
	@touch $@

setup: $(READY)
	@sh tools/setup.sh cross

demo: setup
	@$(VENV)/bin/tinyq demo

demo-eeg: setup
	@$(VENV)/bin/tinyq demo --task eeg $(if $(DATA),--data $(DATA))

test: setup
	@$(PY) -m pytest -n auto

test-all: setup
	@$(PY) -m pytest -n auto -m "slow or not slow"

check: setup
	@$(PY) tools/check.py

bench: setup
	@$(PY) tools/bench.py

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis tinyq-demo-*
