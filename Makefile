# One command each: `make run` opens the dashboard, `make test` runs every test. Both set up what they need.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
ALLOWED ?=
BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif

# Tests are shared out to up to four processes, those that are done helping the others; each loads TensorFlow, so more
# would want more memory. The browser's journeys go to the first of them, beside all else: they mostly wait for a page,
# and two at once on two processors wait for each other. A third process on two of them makes pages late.
TOGETHER := -n auto --maxprocesses 4 --dist worksteal

.PHONY: setup setup-dev run test check bench docs screenshots clean

setup: .venv/.ready
setup-dev: .venv/.ready-dev

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Second Look needs Python 3.11 to 3.13; found $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@touch $@

.venv/.ready: .venv/.python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.ready-dev: .venv/.python requirements.txt requirements-postgres.txt requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/.ready

run: setup
ifeq ($(HOST) $(ALLOWED),127.0.0.1 )
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)
else
	@flags=$$($(BIN)/python -m core hosts $(HOST) $(ALLOWED)) && \
	  $(BIN)/python -m streamlit run app.py --server.port $(PORT) $$flags
endif

test: setup-dev
	$(BIN)/python -m pytest $(TOGETHER)

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not ml and not browser and not data" -q $(TOGETHER)

bench: setup-dev
	$(BIN)/python -m tests.benchmarks

docs: setup
	$(BIN)/python -m core docs terminal > docs/terminal.md
	$(BIN)/python -m core docs checks > docs/checks.md

screenshots: setup-dev
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
