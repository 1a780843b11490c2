# geokr_mm: `make help` lists the commands.
#
#   PYTHON=python3.12 make demo   choose the interpreter (3.10 to 3.12)
#   VENV=elsewhere make test      choose where the environment lives
#   PLANET=1 make demo            the demo on the synthetic planet
#   TEST_JOBS=8 make test         processes that share the tests
#
# Stamps in $(VENV) remember what is installed: a second call reuses it.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-upstream upstream docs lint format clean

PYTHON ?=
PLANET ?=
VENV ?= .venv
WHEELS ?= ../shared/wheels
PYTEST_ARGS ?=
# Its name hides it from `make test`, where the other packages are.
UPSTREAM_TESTS := tests/test_packaging/upstream.py
# A file's tests stay together, since they share their tiny data.
TEST_JOBS ?= logical

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# What pre-training, classification and segmentation need; constraints.txt has
# the versions.
LIBS := onedl-mmcv onedl-mmengine onedl-mmpretrain onedl-mmsegmentation
CONSTRAINTS ?= constraints.txt
SETUP_FILES := $(CONSTRAINTS) pyproject.toml setup.py

# pip says hundreds of lines; the names alone show that it moves. Everything it
# said is in the log, and its end is shown when it fails. Modules are compiled
# when first imported: most never are.
LOG := $(VENV)/set-up.log
SHORT := awk '/^ *(Collecting|Processing) / { n = split($$2, part, "/"); \
	  name = part[n]; sub(/([;<>=~!\[]|-[0-9]).*/, "", name); \
	  printf " %s", name; fflush() } \
	/^ERROR|Retrying/ { printf "\n%s\n", $$0; fflush() } \
	/^Installing collected/ { printf " ... unpacking"; fflush() } \
	END { print "" }'
install = set -o pipefail; printf '[set-up] %s:' '$(1)'; \
	$(PIP) install --no-compile -c $(CONSTRAINTS) $(2) 2>&1 \
	  | tee -a $(LOG) | $(SHORT) \
	  || { tail -n 25 $(LOG) >&2; echo 'error: set-up failed, see $(LOG)' >&2; \
	       exit 1; }

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' \
	  $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.ready-demo ## the whole path on the real Earth, about 10 minutes in all
	@$(PY) tools/demo.py $(if $(PLANET),--planet)

RUN_TESTS = OMP_NUM_THREADS=1 $(PY) -m pytest -n $(TEST_JOBS) \
  --maxprocesses 8 --dist loadfile

test: $(VENV)/.ready-test ## the tests but for the slow ones (needs compiled mmcv ops)
	@$(RUN_TESTS) -m 'not slow' --durations 20 $(PYTEST_ARGS)

test-all: $(VENV)/.ready-test ## every test, with coverage, which takes half as long again
	@$(RUN_TESTS) --cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

test-upstream: ## the whole way with the original OpenMMLab packages
	@$(MAKE) --no-print-directory upstream VENV=$(VENV)-upstream \
	  CONSTRAINTS=constraints-openmmlab.txt

upstream: $(VENV)/.ready-upstream
	@OMP_NUM_THREADS=1 $(PY) -m pytest $(UPSTREAM_TESTS) $(PYTEST_ARGS)

docs: $(VENV)/.ready-docs ## the documentation site, in build/docs; a warning fails
	@$(PY) -m sphinx -q -W --keep-going -c docs . build/docs
	@echo 'build/docs/docs/index.html'

lint: $(VENV)/.ready-lint ## style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: $(VENV)/.ready-lint ## let ruff rewrite what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

clean: ## remove build products; keeps the environment and the data
	@rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	@rm -rf .hypothesis .coverage .coverage.* htmlcov

# ---- environment -----------------------------------------------------------

# A name on the PATH need not run (version managers leave empty shims), so
# each candidate is tried before it is taken.
$(VENV)/.ready-python:
	@check='import sys, venv, ensurepip; \
	sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))'; \
	found=; \
	for name in $(or $(PYTHON),python3.11 python3.12 python3.10 python3); do \
	  if "$$name" -c "$$check" >/dev/null 2>&1; then \
	    found=$$name; break; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'error: no usable Python 3.10, 3.11 or 3.12 with venv found' \
	    '$(if $(PYTHON),as $(PYTHON),on the PATH);' \
	    'name one: make PYTHON=/path/to/python3.11 ...' >&2; \
	  exit 2; \
	fi; \
	echo "[set-up] $$found ($$("$$found" --version)) -> $(VENV)"; \
	"$$found" -m venv $(VENV)
	@touch $@

# torch goes first and alone: the constraint then keeps every later step from
# replacing the build that this machine got.
$(VENV)/.ready-torch: $(VENV)/.ready-python $(CONSTRAINTS)
	@$(call install,PyTorch (a large download on some machines),\
	  torch torchvision)
	@touch $@

# pip builds onedl-mmcv apart from this environment, where there is no torch,
# and so without the compiled ops: seconds instead of a quarter of an hour.
$(VENV)/.ready-demo: $(VENV)/.ready-torch $(SETUP_FILES)
	@$(call install,geographic and OpenMMLab libraries,$(LIBS) -e .)
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready-demo $(VENV)/.ready-ops
	@$(call install,detection library and test tools,\
	  onedl-mmdetection -e '.[test]')
	@touch $@

$(VENV)/.ready-upstream: $(VENV)/.ready-torch $(SETUP_FILES)
	@$(call install,geographic and original OpenMMLab libraries,\
	  pytest openmim -e '.[openmmlab]')
	@touch $@

# Compiled mmcv ops, which detection needs: a wheel made earlier if one fits
# this Python, else the compiler.
OPS := $(PY) -W ignore -c 'import torch, mmcv._ext'
MMCV := $(shell sed -n 's/^onedl-mmcv==/onedl-mmcv==/p' constraints.txt)
$(VENV)/.ready-ops: $(VENV)/.ready-demo
	@if $(OPS) 2>/dev/null; then exit 0; fi; \
	if [ -d $(WHEELS) ] && $(PIP) install -q --no-index --no-deps \
	    --force-reinstall --find-links $(WHEELS) $(MMCV) 2>/dev/null \
	    && $(OPS) 2>/dev/null; then \
	  echo '[set-up] compiled mmcv ops from $(WHEELS)'; exit 0; \
	fi; \
	echo '[set-up] compiling the mmcv ops: about a quarter of an hour, once'; \
	$(PIP) install -q -c constraints.txt 'setuptools>=80' wheel ninja; \
	start=$$SECONDS; \
	(while sleep 60; do \
	  echo "[set-up] ... $$(( (SECONDS - start) / 60 )) min"; done) & \
	beat=$$!; trap "kill $$beat" EXIT; \
	CFLAGS='-O1 -g0' $(PIP) install -q --no-cache-dir --no-deps \
	  --force-reinstall --no-build-isolation --no-binary onedl-mmcv $(MMCV); \
	$(OPS)
	@touch $@

$(VENV)/.ready-lint: $(VENV)/.ready-demo
	@$(call install,lint tools,ruff mypy)
	@touch $@

$(VENV)/.ready-docs: $(VENV)/.ready-demo
	@$(call install,documentation tools,-e '.[docs]')
	@touch $@
