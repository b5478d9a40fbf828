# Each target does the set-up it needs by itself. `make` or `make help` lists them.
VENV := .venv
PY   := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help setup cross demo demo-eeg test test-all check bench bench-accuracy bench-training bench-runtime bench-boards sizes clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

demo: $(READY) cross ## train, convert, emit, build and run ternary digits on an emulated Cortex-M4
	@$(VENV)/bin/tinyq demo

demo-eeg: $(READY) cross ## the same with an EEGNet on motor imagery (downloads; DATA=folder reads yours)
	@$(VENV)/bin/tinyq demo --task eeg $(if $(DATA),--data $(DATA))

test: $(READY) cross ## the fast tests
	@$(PY) -m pytest -n auto

test-all: $(READY) cross ## the slow ones as well
	@$(PY) -m pytest -n auto -m "slow or not slow"

check: $(READY) cross ## format, lint, types, C warnings
	@$(PY) tools/check.py

bench: $(READY) cross ## instructions of layers and networks, into docs/performance.md (Cortex-M4; ALL=1: every core)
	@$(PY) tools/bench.py $(if $(ALL),--all)

bench-accuracy: $(READY) ## every method on real data, hours, resumable (downloads; DATA=folder reads yours)
	@$(PY) tools/bench_accuracy.py $(if $(DATA),--data $(DATA))

bench-training: $(READY) ## times of training steps, into docs/training-speed.md (15 minutes)
	@$(PY) tools/bench_training.py

bench-runtime: $(READY) ## time per inference beside Larq Compute Engine and XNNPACK, into docs/runtime.md
	@$(PY) tools/bench_runtime.py

bench-boards: $(READY) cross ## four networks on every board, into docs/boards.md (an hour, resumable)
	@$(PY) tools/bench_boards.py

sizes: $(READY) ## bytes of five networks in every scheme, into docs/sizes.md (10 minutes)
	@$(PY) tools/sizes.py

setup: $(READY) ## set-up only: Python packages, Arm compiler, QEMU; tries again what failed
	@sh tools/setup.sh cross retry

clean: ## remove what was built, and the demos' folders (the virtual environment stays)
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks tinyq-demo-*
	find tinyq tests tools models -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml tools/constraints.txt tools/setup.sh
	@sh tools/setup.sh python
	@touch $@

cross: $(READY)
	@sh tools/setup.sh cross
