"""Where things lie, what day it is and which engine computes: read from the environment, with one clear sentence for every mistake.

What concerns one part alone (memory, Dagster's home, whom to tell of failures) is read where that part is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.errors import ConfigurationError

PROJECT_DIR = Path(__file__).parents[1]
CONTRACTS_DIR = PROJECT_DIR / "ingest" / "contracts"
DBT_DIR = PROJECT_DIR / "dbt_project"
TIME_ZONE = ZoneInfo("Asia/Shanghai")
DUCKDB, SPARK = "duckdb", "spark"
UNFIT_CHARACTERS = "%?#*[]'\\"
"""Of a data folder: DuckDB, SQLite or dbt take them for something else."""
SIZE = (r"\d+(\.\d+)?\s*([KMGT]i?)?B", "a size like 2GB")
PORT = (r"\d{1,5}", "the number of a port")
FORMS_OF_SETTINGS = {
    "EDU_MEMORY_LIMIT": SIZE,
    "EDU_SCRATCH_LIMIT": SIZE,
    "EDU_PORT": PORT,
    "EDU_SPARK_PORT": PORT,
    "EDU_SPARK_METHOD": ("session|thrift", "session or thrift"),
    "EDU_SPARK_LAKE_READER": ("hadoop|fsspec", "hadoop or fsspec"),
}
"""What is read elsewhere, by DuckDB, dbt or Dagster, and is told here, before anything is done."""


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
        return self.data_dir / "ledger.sqlite"

    @property
    def work_dir(self) -> Path:
        return self.data_dir / "work"

    @property
    def copies_dir(self) -> Path:
        """Of what lies behind a URL, while it is needed here."""
        return self.work_dir / "copies"

    @property
    def warehouse_path(self) -> Path:
        return self.work_dir / "warehouse.duckdb"

    @property
    def spark_warehouse(self) -> str:
        """Where Spark's tables lie, as its own `spark.sql.warehouse.dir` says."""
        return self.spark_warehouse_url or str(self.work_dir / "spark" / "warehouse")

    @property
    def published_dir(self) -> Path:
        return self.data_dir / "published"

    @property
    def sample_dir(self) -> Path:
        return self.data_dir / "sample-landing"

    @property
    def uses_sample(self) -> bool:
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
    engine = environment.get("EDU_ENGINE") or DUCKDB
    if engine not in (DUCKDB, SPARK):
        raise ConfigurationError(f"EDU_ENGINE is {engine!r}; it must be {DUCKDB} or {SPARK}.")
    return Settings(
        landing_url=environment.get("EDU_LANDING_URL") or str(data_dir / "sample-landing"),
        data_dir=data_dir,
        today=today,
        spec_dir=Path(spec_dir).resolve() if spec_dir else None,
        pseudonym_key=environment.get("EDU_PSEUDONYM_KEY") or None,
        postgres_url=environment.get("EDU_PUBLISH_POSTGRES_URL") or None,
        postgres_reader=environment.get("EDU_PUBLISH_POSTGRES_READER") or None,
        keep_releases_days=_days(environment, "EDU_KEEP_RELEASES_DAYS", Settings.keep_releases_days),
        reader_grace_days=_days(environment, "EDU_READER_GRACE_DAYS", Settings.reader_grace_days),
        keep_runs_days=_days(environment, "EDU_KEEP_RUNS_DAYS", Settings.keep_runs_days),
        lake_url=_location(environment.get("EDU_LAKE_URL")),
        engine=engine,
        spark_dbt=Path(environment.get("EDU_SPARK_DBT") or Settings.spark_dbt),
        spark_warehouse_url=environment.get("EDU_SPARK_WAREHOUSE") or None,
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
    for name, (form, meaning) in FORMS_OF_SETTINGS.items():
        value = environment.get(name)
        if value and not re.fullmatch(form, value.strip(), re.IGNORECASE):
            raise ConfigurationError(f"{name} is {value!r}; it must be {meaning}.")


def _location(text: str | None) -> str | None:
    """A URL as it stands, a path made absolute."""
    if not text or "://" in text:
        return text.rstrip("/") if text else None
    return str(_fit("EDU_LAKE_URL", Path(text).resolve()))


def _days(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal():
        raise ConfigurationError(f"{name} is {text!r}; it must be a whole number of days.")
    return int(text)
