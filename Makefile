# Everything the project can do, from a fresh clone with Python 3.11, pip and make.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/requirements.installed
BI_STAMP := .venv-bi/requirements.installed
SPARK_STAMP := .venv-spark/requirements.installed
MANIFEST := dbt_project/target/manifest.json
CONTRACTS := $(wildcard ingest/contracts/*)
DBT_FILES := $(shell find dbt_project \( -path dbt_project/target -o -path dbt_project/generated \) -prune -o \( -name '*.sql' -o -name '*.yml' -o -name '*.csv' -o -name '*.md' \) -print)

export DBT_SEND_ANONYMOUS_USAGE_STATS = false
export DAGSTER_DISABLE_TELEMETRY = yes
export PYTHONUTF8 = 1

.PHONY: setup docs refresh test test-fast test-bi test-spark soak bench lint dev check check-page templates board open-data lock rotate-key restore-ledger

setup: $(STAMP) $(MANIFEST)

# The project itself in place: Dagster's own programs find its modules from wherever they are started.
$(STAMP): requirements.lock
	@echo "首次运行：安装所需的 Python 包（约 1.6 GB，几分钟，只需一次）……"
	@echo "First run: installing the Python packages it needs (about 1.6 GB, some minutes, once) ..."
	@started=$$(date +%s); $(PYTHON) -m venv .venv \
		&& $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
		&& echo "已安装（installed），用时（took）$$(( $$(date +%s) - started )) 秒（seconds）。"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(MANIFEST): $(STAMP) $(DBT_FILES) $(CONTRACTS)
	@echo "准备数据模型（preparing the models），约 30 秒……"
	@$(BIN)/python -m ingest.contracts.dbt
	@$(BIN)/dbt parse --quiet --project-dir dbt_project --profiles-dir dbt_project
	@$(BIN)/dbt docs generate --static --empty-catalog --no-compile --quiet --project-dir dbt_project --profiles-dir dbt_project
	@EDU_WAREHOUSE_PATH=:memory: EDU_LAKE_DIR=lake $(BIN)/dbt --quiet compile --no-introspect --project-dir dbt_project --profiles-dir dbt_project \
		--target-path target/check --select +path:models/quality/issues.sql +path:models/quality/documents.sql > /dev/null
	@touch $@

refresh: setup $(if $(filter spark,$(EDU_ENGINE)),$(SPARK_STAMP))
	@$(BIN)/python -m orchestration.refresh

test: setup lint
	$(BIN)/pytest

# Unit tests alone, a minute or two.
test-fast: setup
	$(BIN)/pytest tests/unit

# A real Superset and MetricFlow read a release; they are installed into an environment of their own.
test-bi: setup $(BI_STAMP)
	$(BIN)/pytest tests/bi -n 0

$(BI_STAMP): tests/bi/requirements.lock
	$(PYTHON) -m venv .venv-bi
	.venv-bi/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/bi/requirements.lock
	@touch $@

# Releases from Spark, in a session and on a cluster of this machine (wants a JRE), are the same as from DuckDB.
test-spark: setup $(SPARK_STAMP)
	$(BIN)/pytest tests/spark -n 0

$(SPARK_STAMP): requirements-spark.lock
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

# The better part of an hour: a refresh killed a hundred times at random moments, 200 releases published under 32 readers.
soak: setup
	$(BIN)/pytest tests/soak -n 0

# Sizes and sections by argument: make bench BENCH="--scale 1 --sections city --page docs/benchmarks.md"
bench: setup
	$(BIN)/python -m tests.benchmarks $(BENCH)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint dbt_project --processes 2

dev: setup
	$(BIN)/python -m orchestration.serve dev

# One file or folder, without taking it in: make check FILE=名册.xlsx UNIT=331002 COLLECTION=2022-09
check: setup
	@$(BIN)/python -m orchestration.desk.check $(if $(UNIT),--unit '$(UNIT)') $(if $(COLLECTION),--collection '$(COLLECTION)') -- "$$FILE"

check-page: setup
	@$(BIN)/python -m orchestration.desk.check.page

# For all collections and units, or: make templates COLLECTION=2022-09 UNIT=331002
templates: setup
	@$(BIN)/python -m orchestration.desk.templates $(if $(COLLECTION),--collection $(COLLECTION)) $(if $(UNIT),--unit $(UNIT))

board: setup
	@$(BIN)/python -m orchestration.desk.board

open-data: setup
	@$(BIN)/python -m orchestration.publishing.release open-data

# The pages of docs/ that are made of data.
docs: setup
	$(BIN)/python -m ingest.settings > docs/configuration.md

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --generate-hashes --no-header --no-strip-extras --universal -o requirements.lock
	$(BIN)/uv pip compile -q tests/bi/requirements.in --python-version 3.11 --generate-hashes --no-header --no-strip-extras -o tests/bi/requirements.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' \
		| $(BIN)/uv pip compile -q - --python-version 3.11 --generate-hashes --no-header --no-strip-extras -o requirements-spark.lock

rotate-key: setup
	$(BIN)/python -m ingest.rotate_key
	@$(BIN)/python -m orchestration.refresh

restore-ledger: setup
	@$(BIN)/python -m orchestration.restore_ledger
