# Two commands on a fresh machine: `make demo` and `make test`. They need make and Python ≥ 3.11.
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin

.PHONY: demo test test-all test-peers lint bench bench-peers bench-letter lock clean help

help:
	@echo "make demo   install into .venv, run the main job on bundled real text, show the report's path"
	@echo "make test   install what tests need, run linters and the default tests"
	@echo "make test-all  the slow tests too"
	@echo "make test-peers  what bench-peers needs, with those packages themselves"
	@echo "make bench  time, memory and quality in one table"
	@echo "make bench-peers  Stillwatch beside what others use; installs their packages into .venv-peers"
	@echo "make bench-letter ROWS=3000000  link and score on the reference case (300 million without ROWS; 40 GB of disk)"

$(VENV)/.made: scripts/setup.sh
	@sh scripts/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.lock pyproject.toml
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.lock
	@$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.lock
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/stillwatch demo --out stillwatch-demo

test: lint
	@sh scripts/browser.sh
	@sh scripts/spark.sh $(BIN)/python
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadgroup

test-all: lint
	@sh scripts/browser.sh
	@sh scripts/spark.sh $(BIN)/python
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(OPTIONS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev
	@$(BIN)/python benchmarks/table.py

test-peers: $(PEERS)/.made requirements/dev.lock
	@$(PEERS)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.lock
	@$(PEERS)/bin/python -m pytest tests/peers

$(PEERS)/.made: requirements/run.lock requirements/peers.lock
	@sh scripts/setup.sh "$(PYTHON)" "$(PEERS)"
	@$(PEERS)/bin/python -m pip install --quiet --require-hashes -r requirements/run.lock
	@$(PEERS)/bin/python -m pip install --quiet --require-hashes -r requirements/peers.lock
	@$(PEERS)/bin/python -m pip install --quiet --no-deps -e .
	@touch $@

bench-peers: $(PEERS)/.made
	@PYTHONPATH=benchmarks $(PEERS)/bin/python -m peers.table $(OPTIONS)

bench-letter: $(VENV)/.dev
	@$(BIN)/python benchmarks/letter.py --rows $(or $(ROWS),300000000)

lock: $(VENV)/.made
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --generate-hashes --python-version 3.11 pyproject.toml -o requirements/run.lock
	@$(BIN)/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --generate-hashes --python-version 3.11 --group dev pyproject.toml -c requirements/run.lock -o requirements/dev.lock
	@$(BIN)/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --generate-hashes --python-version 3.11 --extra spark pyproject.toml -c requirements/dev.lock -o requirements/spark.lock
	@$(BIN)/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --generate-hashes --python-version 3.11 --group peers pyproject.toml -c requirements/run.lock -c requirements/dev.lock -o requirements/peers.lock

clean:
	rm -rf $(VENV) $(PEERS) .bench stillwatch-demo stillwatch-out
