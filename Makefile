# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A CPU-only torch where PyPI has only the CUDA build:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# Most tests wait for one request after another, which one core answers: two processes halve that.
TEST_PROCESSES ?= 2

# Which image is built, and its name here; what is not committed does not travel, and DIRTY=1 builds all the same.
IMAGE ?= cog.yaml
TAG ?= $(if $(filter cog.yaml,$(IMAGE)),precis,$(patsubst image%,precis%,$(basename $(IMAGE))))
DIRTY ?=

.PHONY: run serve test test-image fuzz lint install weights test-weights docs image push clean

run: install weights  ## summarize a real document in two styles, streaming
	$(BIN)/python examples/quickstart.py

serve: install weights  ## keep a server running on 127.0.0.1:5000
	$(BIN)/precis serve

test: install test-weights lint  ## everything, end-to-end tests with real servers included
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile

test-image: install  ## build the CPU image and run it; needs Docker and the cog command line
	$(BIN)/precis weights pull qwen2.5-1.5b smollm2-135m rampart all-minilm-l6-v2
	$(BIN)/python -m pytest -m image -rs tests/image

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

image: install  ## the GPU image `precis`; make image IMAGE=image-cpu.yaml is `precis-cpu`
	$(BIN)/precis image build $(TAG) --file $(IMAGE) $(if $(DIRTY),--dirty)

push: install  ## make push MODEL=owner/name, or REGISTRY=host/path for another than Replicate's
	@test -n "$(MODEL)$(REGISTRY)" || { echo "usage: make push MODEL=owner/name, or REGISTRY=host/path" >&2; exit 2; }
	$(BIN)/precis image push $(or $(REGISTRY),r8.im/$(MODEL)) --file $(IMAGE) $(if $(DIRTY),--dirty)

clean:
	rm -rf $(VENV) .cog build *.egg-info
