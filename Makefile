# `make help` lists what there is. Nothing but make, bash and Python 3.10 and 3.11 is needed to begin with.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
# An environment is finished when its stamp is newer than everything it is made from.
SERVICES := .venv/.installed
RASA := .venv-rasa/.installed
STEP := scripts/step
LOGS := var/log

# A folder of wheels that pip is told about is good for uv as well; an empty value would make uv fail.
ifneq ($(strip $(PIP_FIND_LINKS)),)
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif

##@ Use

.PHONY: run
run: setup ## Set up if needed, then start everything (development mode); Ctrl-C stops
	@.venv/bin/sifra up --development

.PHONY: setup
setup: environments ## Make environments, database, models and index; quick when nothing has changed
	@.venv/bin/sifra setup --development

.PHONY: chat
chat: $(SERVICES) ## Talk to a running Sifra in the terminal
	@.venv/bin/sifra chat

.PHONY: doctor
doctor: $(SERVICES) ## Look at everything that Sifra needs and say how to mend it
	@.venv/bin/sifra doctor

##@ Test

.PHONY: test
test: setup ## All tests: unit and contract, Rasa side, end to end
	@began=$$SECONDS; failed=; \
	for part in test-unit test-rasa test-e2e; do $(MAKE) $$part || failed="$$failed $$part"; done; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed (after $$((SECONDS - began)) s)"; exit 1; fi; \
	echo "All tests passed: unit and contract, Rasa side, end to end ($$((SECONDS - began)) s)."

.PHONY: test-unit
test-unit: $(SERVICES) ## Unit and contract tests
	@echo "Unit and contract tests"
	@.venv/bin/python -m pytest -q tests/unit tests/contract

.PHONY: test-rasa
test-rasa: $(RASA) ## Tests of what runs inside Rasa, in its own environment
	@echo "Tests of the Rasa side"
	@.venv-rasa/bin/python -m pytest -q tests/nlu

.PHONY: test-e2e
test-e2e: setup ## End-to-end tests: the real processes, and the web page in a browser
	@echo "End-to-end tests"
	@.venv/bin/python -m sifra.browser
	@.venv/bin/python -m pytest -q tests/e2e

.PHONY: lint
lint: $(SERVICES) ## Format, lint and types; `nlu` is read as the Python 3.10 that it runs on
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/mypy --python-version 3.10 -p nlu

.PHONY: check
check: lint test-unit ## What to run before each commit: lint, unit and contract tests

.PHONY: bench-latency
bench-latency: setup ## Time from message to reply, beside bare Rasa, on a stack of its own
	@.venv/bin/python benchmarks/latency.py

.PHONY: bench-search
bench-search: setup ## Kinds of vector index at size, speed of a build, time of a question (quarter of an hour)
	@.venv/bin/python benchmarks/search_index.py

.PHONY: bench-cases
bench-cases: $(SERVICES) ## The case register at 100,000 cases on SQLite and PostgreSQL (about ten minutes)
	@.venv/bin/python benchmarks/case_register.py

##@ Develop

.PHONY: format
format: $(SERVICES) ## Format the code and mend what ruff can mend
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: lock
lock: uv ## Resolve the requirement files anew
	@$(STEP) "Resolving requirements/services.txt" $(LOGS)/lock-services.log \
		$(UV) pip compile -q --no-header --python-version 3.11 --extra services --group services-dev \
		pyproject.toml -o requirements/services.txt
	@# A local wheel folder may offer the CPU build; the pin must fit every index.
	@sed -i.bak -E 's/^(torch==[0-9.]+)\+cpu/\1/' requirements/services.txt && rm requirements/services.txt.bak
	@$(STEP) "Resolving requirements/rasa.txt" $(LOGS)/lock-rasa.log \
		$(UV) pip compile -q --no-header --python-version 3.10 --extra rasa --group rasa-dev \
		pyproject.toml -o requirements/rasa.txt

.PHONY: clean
clean: ## Remove caches, logs, models and index; .env, the database and the environments stay
	@rm -rf build artifacts .mypy_cache .ruff_cache .pytest_cache .rasa
	@rm -rf var/index var/log var/models var/fingerprints.json
	@find . -name __pycache__ -not -path './.venv*' -not -path './.tools/*' -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

##@ Environments

.PHONY: environments
environments: $(SERVICES) $(RASA) ## Make both Python environments

.PHONY: uv
ifeq ($(UV),.tools/uv/bin/uv)
uv: $(UV)
else
uv:
endif

.tools/uv/bin/uv:
	@$(STEP) "Fetching uv" $(LOGS)/uv.log bash -c 'python3 -m venv .tools/uv && .tools/uv/bin/pip install -q uv'

# The requirement files alone decide what is installed; `uv` is order-only because it is no file.
$(SERVICES): requirements/services.txt pyproject.toml | uv
	@$(call make_environment,.venv,3.11)
	@$(STEP) "Installing the application environment" $(LOGS)/services.log \
		$(UV) pip install --python .venv -r requirements/services.txt
	@$(STEP) "Installing the sifra command" $(LOGS)/sifra.log $(UV) pip install --python .venv --no-deps -e .
	@touch $@

$(RASA): requirements/rasa.txt pyproject.toml | uv
	@$(call make_environment,.venv-rasa,3.10)
	@$(STEP) "Installing the Rasa environment" $(LOGS)/rasa-environment.log \
		$(UV) pip install --python .venv-rasa -r requirements/rasa.txt
	@touch $@

# $(1): folder, $(2): Python version. An interpreter that the machine has is preferred to one that uv downloads;
# pyenv's shims of other versions make uv warn, which helps nobody here.
define make_environment
[ -x $(1)/bin/python ] || { \
	python=$$($(UV) python find --system $(2) 2>/dev/null || echo $(2)); \
	$(STEP) "Making $(1) with Python $(2)" $(LOGS)/venv-$(2).log $(UV) venv --clear --python "$$python" $(1); }
endef
