"""What the environment says, read in one place, with one clear sentence for every mistake.

`settings.yaml` beside this holds every variable with its meaning; `python -m ingest.settings` prints it as a page for docs/.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from ingest.errors import ConfigurationError

PROJECT_DIR = Path(__file__).parents[1]
CONTRACTS_DIR = PROJECT_DIR / "ingest" / "contracts"
DBT_DIR = PROJECT_DIR / "dbt_project"
TIME_ZONE = ZoneInfo("Asia/Shanghai")
DUCKDB, SPARK = "duckdb", "spark"
UNFIT_CHARACTERS = "%?#*[]'\\"
"""Of a data folder: DuckDB, SQLite or dbt take them for something else."""
VARIABLES = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Variable:
    """A variable of the environment: what it means, what stands for it when it is not set, and what a value must look like."""

    name: str
    meaning: str
    default: str
    pattern: str | None = None
    must_be: str | None = None


@dataclass(frozen=True)
class Settings:
    """What the environment says; `landing_url` is any URL that fsspec opens, and may hold a password: repr keeps secrets."""

    landing_url: str = field(repr=False)
    data_dir: Path
    today: date
    spec_dir: Path | None = None
    pseudonym_key: str | None = field(default=None, repr=False)
    postgres_url: str | None = field(default=None, repr=False)
    postgres_reader: str | None = None
    keep_releases_days: int = 7
    reader_grace_days: int = 7
    keep_runs_days: int = 400
    lake_url: str | None = field(default=None, repr=False)
    engine: str = DUCKDB
    spark_dbt: Path = PROJECT_DIR / ".venv-spark" / "bin" / "dbt"
    spark_warehouse_url: str | None = None
    memory_limit: str | None = None
    scratch_limit: str = "100GB"
    notify_urls: str = field(default="", repr=False)
    dagster_url: str | None = None
    dagster_postgres_url: str | None = field(default=None, repr=False)
    dagster_launcher: Path | None = None
    host: str = "127.0.0.1"
    port: str = "3000"
    check_host: str = "127.0.0.1"
    check_port: str = "3001"

    @property
    def archive_location(self) -> str:
        """An absolute path, or a URL."""
        return f"{self.lake_url or self.data_dir}/archive"

    @property
    def lake_location(self) -> str:
        """An absolute path, or a URL."""
        return f"{self.lake_url or self.data_dir}/lake"

    @property
    def ledger_path(self) -> Path:
        """Where the ledger (SQLite) lies."""
        return self.data_dir / "ledger.sqlite"

    @property
    def work_dir(self) -> Path:
        """Where a run keeps what the next one may need; nobody else reads it."""
        return self.data_dir / "work"

    @property
    def copies_dir(self) -> Path:
        """Of what lies behind a URL, while it is needed here."""
        return self.work_dir / "copies"

    @property
    def warehouse_path(self) -> Path:
        """Where dbt builds the working database (DuckDB)."""
        return self.work_dir / "warehouse.duckdb"

    @property
    def spark_warehouse(self) -> str:
        """Where Spark's tables lie, as its own `spark.sql.warehouse.dir` says."""
        return self.spark_warehouse_url or str(self.work_dir / "spark" / "warehouse")

    @property
    def published_dir(self) -> Path:
        """Where releases lie, and the link `current`."""
        return self.data_dir / "published"

    @property
    def sample_dir(self) -> Path:
        """Where the sample city is laid down when there is no other landing zone."""
        return self.data_dir / "sample-landing"

    @property
    def uses_sample(self) -> bool:
        """Whether the landing zone is the sample city."""
        return self.landing_url == str(self.sample_dir)


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `EDU_*`; ConfigurationError, with its name, when one is not of the form that it must have."""
    data_dir = _data_dir(environment)
    _check_forms(environment)
    today_text = environment.get("EDU_TODAY")
    try:
        today = date.fromisoformat(today_text) if today_text else datetime.now(TIME_ZONE).date()
    except ValueError as error:
        raise ConfigurationError(f"EDU_TODAY is {today_text!r}; it must be a date like 2023-03-31.") from error
    spec_dir = environment.get("EDU_SPEC_DIR")
    launcher = environment.get("EDU_DAGSTER_LAUNCHER")
    return Settings(
        landing_url=environment.get("EDU_LANDING_URL") or str(data_dir / "sample-landing"),
        data_dir=data_dir,
        today=today,
        spec_dir=Path(spec_dir).resolve() if spec_dir else None,
        pseudonym_key=environment.get("EDU_PSEUDONYM_KEY") or None,
        postgres_url=environment.get("EDU_PUBLISH_POSTGRES_URL") or None,
        postgres_reader=environment.get("EDU_PUBLISH_POSTGRES_READER") or None,
        keep_releases_days=int(environment.get("EDU_KEEP_RELEASES_DAYS") or Settings.keep_releases_days),
        reader_grace_days=int(environment.get("EDU_READER_GRACE_DAYS") or Settings.reader_grace_days),
        keep_runs_days=int(environment.get("EDU_KEEP_RUNS_DAYS") or Settings.keep_runs_days),
        lake_url=_location(environment.get("EDU_LAKE_URL")),
        engine=environment.get("EDU_ENGINE") or DUCKDB,
        spark_dbt=Path(environment.get("EDU_SPARK_DBT") or Settings.spark_dbt),
        spark_warehouse_url=environment.get("EDU_SPARK_WAREHOUSE") or None,
        memory_limit=environment.get("EDU_MEMORY_LIMIT") or None,
        scratch_limit=environment.get("EDU_SCRATCH_LIMIT") or Settings.scratch_limit,
        notify_urls=environment.get("EDU_NOTIFY_URLS", ""),
        dagster_url=environment.get("EDU_DAGSTER_URL") or None,
        dagster_postgres_url=environment.get("EDU_DAGSTER_POSTGRES_URL") or None,
        dagster_launcher=Path(launcher) if launcher else None,
        host=environment.get("EDU_HOST") or Settings.host,
        port=environment.get("EDU_PORT") or Settings.port,
        check_host=environment.get("EDU_CHECK_HOST") or Settings.check_host,
        check_port=environment.get("EDU_CHECK_PORT") or Settings.check_port,
    )


def _data_dir(environment: Mapping[str, str]) -> Path:
    return _fit("EDU_DATA_DIR", Path(environment.get("EDU_DATA_DIR") or PROJECT_DIR / "data").resolve())


def _fit(name: str, path: Path) -> Path:
    """A folder that can hold data; it need not be there yet."""
    if unfit := sorted(set(UNFIT_CHARACTERS) & set(str(path))):
        raise ConfigurationError(f"{name} is {path}; its path must not hold {' '.join(unfit)}.")
    if path.exists() and not path.is_dir():
        raise ConfigurationError(f"{name} is {path}, which is a file and no folder.")
    return path


def _check_forms(environment: Mapping[str, str]) -> None:
    for variable in (variable for variables in known_variables().values() for variable in variables):
        value = environment.get(variable.name)
        if value and variable.pattern and not re.fullmatch(variable.pattern, value.strip()):
            raise ConfigurationError(f"{variable.name} is {value!r}; it must be {variable.must_be}.")


def _location(text: str | None) -> str | None:
    """A URL as it stands, a path made absolute."""
    if not text or "://" in text:
        return text.rstrip("/") if text else None
    return str(_fit("EDU_LAKE_URL", Path(text).resolve()))


@cache
def known_variables() -> dict[str, list[Variable]]:
    """Every variable that the project reads, by the title of its group."""
    groups = yaml.safe_load(VARIABLES.read_text(encoding="utf-8"))
    return {group["title"]: [Variable(**variable) for variable in group["variables"]] for group in groups}


def configuration_page() -> str:
    """All variables as a page of Markdown."""
    lines = [
        "# Configuration",
        "",
        "Every variable of the environment that is read. Made by `make docs` from `ingest/settings.yaml`.",
    ]
    for title, variables in known_variables().items():
        lines += ["", f"## {title}", "", "| variable | meaning | default |", "|---|---|---|"]
        for variable in variables:
            names = ", ".join(f"`{name}`" for name in variable.name.split(", "))
            lines.append(f"| {names} | {variable.meaning} | {variable.default} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(configuration_page())
