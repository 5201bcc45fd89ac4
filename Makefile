# `make build` makes a warehouse, `make test` proves it. Both work from a fresh clone.
PYTHON ?= python3
# Landing files to load; demo data is generated here when the folder does not exist.
DATA ?= data/landing
DEMO_TICKETS ?= 60000
DEMO_MONTHS ?= 14

BIN := .venv/bin
export DBT_PROFILES_DIR := $(CURDIR)
export SERVICE_KPIS_WAREHOUSE ?= $(CURDIR)/warehouse/service_kpis.duckdb
DBT := $(BIN)/dbt

.DEFAULT_GOAL := help
.PHONY: help setup data load build show test lint format docs bench reliability real-data clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/.installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

setup: .venv/.installed  ## Install the locked environment, dbt packages and a profile
	@test -f profiles.yml || cp profiles.example.yml profiles.yml
	@mkdir -p $(dir $(SERVICE_KPIS_WAREHOUSE))
	@$(BIN)/service-kpis deps

data: setup  ## Generate demo data, if there is no data yet
	@test -d $(DATA) || $(BIN)/service-kpis generate --out $(DATA) \
		--tickets $(DEMO_TICKETS) --months $(DEMO_MONTHS)

load: data  ## Load the landing files into the raw schema
	@$(BIN)/service-kpis load $(DATA)

build: data  ## Demo data if needed, load, dbt build, publish; then show the headline KPIs
	@$(BIN)/service-kpis build --data $(DATA) --vars "$$($(BIN)/service-kpis vars $(DATA))"
	@$(BIN)/service-kpis show

show:  ## Print the headline KPIs of the published file
	@$(BIN)/service-kpis show

lint: setup  ## Check the style of SQL, YAML and Python
	$(BIN)/sqlfluff lint --processes 2 models tests analyses
	$(BIN)/yamllint --strict .
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(DBT) --warn-error parse --no-partial-parse --target lint

format: setup  ## Mend what the linters can mend
	$(BIN)/sqlfluff fix --processes 2 models tests analyses
	$(BIN)/ruff check --fix src tests
	$(BIN)/ruff format src tests

docs: setup  ## Make the KPI pages anew; docs/coverage.md from the warehouse of `make build`
	$(BIN)/service-kpis docs pages
	@$(DBT) --quiet parse --target lint
	$(BIN)/service-kpis docs coverage

# Two at a time, each file in one of them: files share built warehouses among their tests.
test: lint  ## Every check: lint, parse, dbt build with all tests, pytest
	$(BIN)/pytest --numprocesses 2 --dist loadfile

real-data: setup  ## Compare published figures of two real data sets with ours
	$(BIN)/python examples/reproduce.py

bench: setup  ## Measure full and partial builds at 100k and 1M tickets
	$(BIN)/python bench/run.py

reliability: setup  ## Compare random histories with full refreshes; kill runs at random moments
	@mkdir -p bench/results
	$(BIN)/python tests/reliability/histories.py --out bench/results/histories.json
	$(BIN)/python tests/reliability/kills.py --out bench/results/kills.json

clean:  ## Remove the warehouse, demo data and dbt's output, not the environment
	rm -rf target logs warehouse data/landing
