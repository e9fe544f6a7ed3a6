# Every verb sets up what it needs. Nothing is written outside this folder.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PORT ?= 7071
DATA_DIR ?= .local/data
BIN := .venv/bin
UV := .local/uv/bin/uv
READY := .local/ready
AUDIT := .local/audit
COMPILE := $(UV) pip compile -q --python-version 3.13 --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--prerelease=if-necessary-or-explicit --custom-compile-command "make lock"
# The commands of the set-up: devhost, and the storage emulator's node.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/.local/azurite/node_modules/.bin:$(PATH)

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

$(READY): setup.sh requirements-dev.txt infra/requirements-checkov.txt devhost/pyproject.toml devhost/package-lock.json $(wildcard devhost/devhost/*.py)
	@./setup.sh
	@touch $@

demo: $(READY) ## Put sample tickets through the whole desk and show what became of each
	@$(BIN)/python samples/demo.py

start: $(READY) ## Serve the desk on http://localhost:7071 (PORT=..., DATA_DIR=...)
	@ARCHIVE_PATH="$${ARCHIVE_PATH:-$(DATA_DIR)/archive.db}" \
	DIRECTORY_PATH="$${DIRECTORY_PATH:-$(DATA_DIR)/directory.db}" \
	AUDIT_PATH="$${AUDIT_PATH:-$(DATA_DIR)/audit.db}" SWEEP_SCHEDULE="$${SWEEP_SCHEDULE:-0 */1 * * * *}" \
	TASKHUB_NAME="$${TASKHUB_NAME:-helpdesk}" exec $(BIN)/devhost start --port $(PORT) --data-dir $(DATA_DIR)

test: check ## Check the code, then run every test
	@$(BIN)/python -m tests.browser.chromium
# File by file, as they come: what a file has started serves all of it, and the files of many short tests come last.
	@$(BIN)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder --ignore tests/browser
# In processes of their own: a driven browser keeps an event loop running, in which no other test could run one.
	@$(BIN)/pytest -q -n 2 tests/browser

check: $(READY) ## Format, lint, types, direction of imports, infrastructure, requirements and settings in step
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python tests/requirements_in_step.py
	@$(BIN)/python tests/settings_reference.py
	@$(BIN)/python console/vendored.py check
	@$(BIN)/python -m infra

fmt: $(READY) ## Format and fix what can be fixed
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

$(AUDIT)/ready: delivery/requirements-audit.txt
	@$(UV) venv -q --clear --python $(BIN)/python $(AUDIT) && $(UV) pip sync -q --python $(AUDIT)/bin/python --require-hashes $<
	@touch $@

audit: $(READY) $(AUDIT)/ready ## Licences, bill of materials, known vulnerabilities, workflows; reports in .local/audit/report
	@$(BIN)/python -m delivery.audit

bench: $(READY) ## Measure speed, load, growth, a crash, intake, and note it in benchmarks/history.jsonl (WHAT="load crash")
	@$(BIN)/python -m benchmarks $(WHAT)

eval: $(READY) ## Score the whole desk, triage and retrieval against labelled cases; fails below the marks
	@$(BIN)/python -m evaluation

eval-from-archive: $(READY) ## Drafts of cases from tickets that people corrected, masked; DESK=URL asks a running desk for first words
	@$(BIN)/python -m evaluation.from_archive $(if $(DESK),--desk $(DESK))

docs: $(READY) ## Write what follows from the code: docs/configuration.md, infra/topology.json
	@$(BIN)/python tests/settings_reference.py --write
	@$(BIN)/python -m infra --write

fuzz: $(READY) ## Call every door as its description allows, and does not, for FOR=300 seconds, each time otherwise
	@$(BIN)/python -m tests.stack.fuzzing $(FOR)

knowledge: $(READY) ## Check every article and bring the search index in step (FROM=folder puts its articles first)
	@$(BIN)/python samples/load_knowledge.py "$(FROM)"

lock: $(READY) ## Compile the requirements anew from pyproject.toml
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml devhost/pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	@$(COMPILE) infra/requirements-checkov.in -o infra/requirements-checkov.txt
	@$(COMPILE) delivery/requirements-audit.in -o delivery/requirements-audit.txt

vendor: $(READY) ## Bring the console's libraries anew, as console/package-lock.json names them
	@$(BIN)/python console/vendored.py copy

pictures: $(READY) ## Take the documentation's pictures of the console anew
	@$(BIN)/python -m tests.browser.chromium
	@mkdir -p docs/pictures && PICTURES=docs/pictures $(BIN)/pytest -q tests/browser/test_pictures.py

.PHONY: help demo start test check fmt audit bench eval fuzz eval-from-archive knowledge docs lock vendor pictures
