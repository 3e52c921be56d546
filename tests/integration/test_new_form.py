"""A form is one YAML: with nothing else changed it is drawn by the sample, read, checked, asked for, told of and released."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pytest

from ingest.settings import PROJECT_DIR
from tests.integration.conftest import KEY, TODAY

FORM = """
form: library_rooms
sequence: 17
name_zh: 学校图书馆（室）情况表
name_en: School libraries and reading rooms
kind: return
suppliers: [county, zone, municipal]
key: [school_id]
replacement_scope: school
covers: [compulsory, senior]
due: due_on
columns:
- {name: school_id, heading_zh: 学校标识码, name_en: "School code, 10 digits", type: text, required: true, identifier: true}
- {name: library_books, heading_zh: 图书册数, name_en: Books, type: int, unit: volumes, required: true, minimum: 0}
- {name: reading_seats, heading_zh: 阅览座位数, name_en: Seats in reading rooms, type: int, minimum: 0}
"""
PARTS = ("ingest", "orchestration", "dbt_project", "pyproject.toml", "workspace.yaml")
UNIT, COLLECTION = "331002", "2022-09"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one more YAML, made ready as `make setup` does."""
    root = tmp_path_factory.mktemp("project")
    leftovers = shutil.ignore_patterns("__pycache__", "target", "generated", "logs")
    for part in PARTS:
        source = PROJECT_DIR / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=leftovers)
        else:
            shutil.copyfile(source, root / part)
    (root / "ingest" / "contracts" / "library_rooms.yaml").write_text(FORM, encoding="utf-8")
    run(root, "-m", "ingest.contracts.dbt")
    dbt = Path(sys.executable).with_name("dbt")
    folders = ("--project-dir", "dbt_project", "--profiles-dir", "dbt_project", "--quiet")
    pages = ("docs", "generate", "--static", "--empty-catalog", "--no-compile")
    for command in (("parse",), pages):
        subprocess.run([dbt, *command, *folders], cwd=root, env=environment(root), check=True)
    return root


def environment(root: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(root),
        "EDU_LANDING_URL": str(root / "landing"),
        "EDU_DATA_DIR": str(root / "data"),
        "EDU_PSEUDONYM_KEY": KEY,
        "EDU_TODAY": TODAY,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def run(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_yaml_is_a_form(project: Path) -> None:
    sample = ("--seed", "1", "--scale", "0.002", "--messiness", "messy", "--collections", COLLECTION)
    run(project, "-m", "ingest.sample", "--out", str(project / "landing"), *sample)
    wrong = project / "landing" / COLLECTION / UNIT / "图书馆更正.csv"
    wrong.write_text("学校标识码,图书册数,阅览座位数\n3310029999,100,20\n", encoding="utf-8")
    run(project, "-m", "orchestration.refresh")
    run(project, "-m", "orchestration.desk.templates", "--collection", COLLECTION, "--unit", UNIT)
    release = project / "data" / "published" / "current"
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        units = db.sql(
            "select count(distinct unit_code), min(library_books) >= 0 from marts.fct_library_rooms"
        ).fetchone()
        told = db.sql("select check_id, cell from quality.issues where form = 'library_rooms'").fetchall()
        owed = db.sql("select count(*) from quality.return_status where form = 'library_rooms'").fetchone()
    assert units is not None and units[0] >= 9 and units[1], "a return or two may be missing in a messy city"
    assert ("row.unknown_school", "A2") in told
    assert owed == (4 * 11,)
    assert (release / "parquet" / "marts" / "fct_library_rooms.parquet").exists()
    assert "图书册数" in (release / "dictionary" / "index.html").read_text(encoding="utf-8")
    (template,) = (project / "data" / "templates" / COLLECTION).rglob("*.xlsx")
    assert any("图书馆" in name for name in openpyxl.load_workbook(template).sheetnames)
    assert [path for path in (project / "data" / "feedback" / COLLECTION / UNIT).iterdir() if "图书馆更正" in path.name]
