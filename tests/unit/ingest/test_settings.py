"""Settings come from the environment, with defaults under the repository."""

import re
from datetime import date
from pathlib import Path

import pytest

from ingest.errors import ConfigurationError
from ingest.settings import DBT_DIR, PROJECT_DIR, configuration_page, known_variables, load_settings


def test_defaults_lie_under_the_repository() -> None:
    settings = load_settings({})
    assert settings.data_dir == PROJECT_DIR / "data"
    assert settings.uses_sample


def test_everything_can_be_set(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "EDU_LANDING_URL": "s3://bucket/x",
            "EDU_DATA_DIR": str(tmp_path),
            "EDU_TODAY": "2023-03-31",
            "EDU_SPEC_DIR": "spec",
            "EDU_LAKE_URL": "s3://bucket/edu/",
        }
    )
    assert settings.landing_url == "s3://bucket/x"
    assert settings.today == date(2023, 3, 31)
    assert settings.archive_location == "s3://bucket/edu/archive"
    assert settings.lake_location == "s3://bucket/edu/lake"
    assert settings.spec_dir == Path("spec").resolve()
    assert not settings.uses_sample


def test_archive_and_lake_lie_in_the_data_folder_or_in_one_of_their_own(tmp_path: Path) -> None:
    assert load_settings({"EDU_DATA_DIR": str(tmp_path)}).archive_location == str(tmp_path / "archive")
    assert load_settings({"EDU_LAKE_URL": "kept"}).lake_location == str(Path("kept").resolve() / "lake")


def test_a_bad_date_is_one_clear_sentence() -> None:
    with pytest.raises(ConfigurationError, match=r"EDU_TODAY is '31\.3\.2023'"):
        load_settings({"EDU_TODAY": "31.3.2023"})


def test_secrets_are_not_shown() -> None:
    settings = load_settings(
        {
            "EDU_LANDING_URL": "sftp://desk:secret@host/landing",
            "EDU_PSEUDONYM_KEY": "secret" * 8,
            "EDU_NOTIFY_URLS": "mailto://desk:secret@example.cn",
            "EDU_DAGSTER_POSTGRES_URL": "postgresql+psycopg2://dagster:secret@host/dagster",
            "EDU_PUBLISH_POSTGRES_URL": "postgresql://publisher:secret@host/edu",
        }
    )
    assert settings.landing_url and settings.pseudonym_key and settings.postgres_url
    assert "secret" not in repr(settings) and "secret" not in str(settings)


def test_an_engine_that_is_none_is_one_clear_sentence() -> None:
    assert load_settings({}).engine == "duckdb"
    with pytest.raises(ConfigurationError, match="EDU_ENGINE is 'Spark'; it must be duckdb or spark"):
        load_settings({"EDU_ENGINE": "Spark"})


def test_sparks_tables_lie_in_the_data_folder_or_where_it_is_said(tmp_path: Path) -> None:
    settings = load_settings({"EDU_DATA_DIR": str(tmp_path)})
    assert settings.spark_warehouse == str(tmp_path / "work" / "spark" / "warehouse")
    assert load_settings({"EDU_SPARK_WAREHOUSE": "s3://lake/tables"}).spark_warehouse == "s3://lake/tables"


@pytest.mark.parametrize("name", ["EDU_DATA_DIR", "EDU_LAKE_URL"])
def test_a_folder_for_data_that_is_a_file_or_has_an_unfit_name_is_one_clear_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=f"{name} is .*file, which is a file"):
        load_settings({name: str(tmp_path / "file")})
    for unfit in ("a%41", "a?b", "a#b", "a[1]", "a*", "it's"):
        with pytest.raises(ConfigurationError, match=f"{name} is .* must not hold"):
            load_settings({name: str(tmp_path / unfit)})


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("EDU_MEMORY_LIMIT", "much", "2GB"),
        ("EDU_MEMORY_LIMIT", "2", "1.5 GiB"),
        ("EDU_SCRATCH_LIMIT", "-1GB", "500mb"),
        ("EDU_SPARK_PORT", "http", "10000"),
        ("EDU_PORT", "3000/x", "3001"),
        ("EDU_SPARK_METHOD", "yarn", "thrift"),
        ("EDU_SPARK_LAKE_READER", "s3", "fsspec"),
        ("EDU_KEEP_RELEASES_DAYS", "a week", "7"),
        ("EDU_READER_GRACE_DAYS", "-1", "0"),
        ("EDU_KEEP_RUNS_DAYS", "1.5", "400"),
    ],
)
def test_every_setting_is_told_by_its_name(name: str, bad: str, good: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is '{bad}'; it must be"):
        load_settings({name: bad})
    load_settings({name: good})


def test_the_page_of_all_variables_is_up_to_date() -> None:
    page = (PROJECT_DIR / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == configuration_page(), "run `make docs`"


def test_every_variable_that_is_read_is_known() -> None:
    """What one process tells another, and the name of the mark in feedback workbooks, are nobody's to set."""
    known = {
        name for variables in known_variables().values() for variable in variables for name in variable.name.split(", ")
    }
    folders = [PROJECT_DIR / folder for folder in ("ingest", "orchestration", "dbt_project/macros")]
    sources = [path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".sql"}]
    sources += [DBT_DIR / "profiles.yml", PROJECT_DIR / "Makefile"]
    read = {name for path in sources for name in re.findall(r"\bEDU_[A-Z_]+\b", path.read_text(encoding="utf-8"))}
    assert read - known == {"EDU_LAKE_DIR", "EDU_WAREHOUSE_PATH", "EDU_FEEDBACK"}
    assert {name for name in known if name.startswith("EDU_")} <= read
