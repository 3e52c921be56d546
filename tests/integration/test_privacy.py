"""No name and no number of a person stands outside the archive: not in lake, releases, feedback, logs or Dagster's storage."""

import re
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.sample import build_city, lay_out
from tests.integration.conftest import Workplace

NUMBERS = re.compile(r"[GLJ]?\d{17}[\dXx]|\d{13}|[EHM]\d{8}")
PERSON_COLUMNS = ("student_id", "id_number", "teacher_id", "name")


@pytest.fixture(scope="module")
def place_and_people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workplace, set[str]]:
    """A workplace after a refresh and a corrected document, and every name and number of its people."""
    place = Workplace(tmp_path_factory.mktemp("privacy"))
    city = build_city(31, 0.001, ["2019-09"])
    lay_out(city, place.landing, "faulty")
    people: set[str] = set()
    for form in ("student_roster", "teacher_roster", "vocational_graduates"):
        frame = city.truth[form]
        for column in PERSON_COLUMNS:
            if column in frame:
                people |= {str(value) for value in frame[column].dropna()}
    assert len(people) > 1000
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    (place.root / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return place, people


def found_in(text: str, people: set[str], names: re.Pattern[str]) -> set[str]:
    numbers = {number for match in NUMBERS.findall(text) for number in (match, match.lstrip("GLJ")) if number in people}
    return numbers | set(names.findall(text))


def texts_of(path: Path) -> list[str]:
    """The bytes of a file as text, and the values inside a compressed one."""
    texts = [path.read_bytes().decode("utf-8", errors="ignore")]
    if path.suffix == ".parquet":
        for column in pq.read_table(path).columns:
            if pa.types.is_string(column.type):
                texts.append("\n".join(filter(None, column.unique().to_pylist())))
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            texts += [book.read(member).decode("utf-8", errors="ignore") for member in book.namelist()]
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as db:
            where = "where not internal and data_type = 'VARCHAR'"
            for schema, table, column in db.sql(
                f"select schema_name, table_name, column_name from duckdb_columns() {where}"
            ).fetchall():
                rows = db.sql(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
                texts.append("\n".join(row[0] for row in rows if row[0]))
    return texts


def test_nobody_can_be_found_outside_the_archive(place_and_people: tuple[Workplace, set[str]]) -> None:
    place, people = place_and_people
    longest_first = sorted((p for p in people if not p[-1].isascii()), key=len, reverse=True)
    names = re.compile("|".join(map(re.escape, longest_first)))
    files = [
        path
        for path in place.data.rglob("*")
        if path.is_file() and not path.is_symlink() and "archive" not in path.parts
    ]
    assert {".parquet", ".duckdb", ".sqlite", ".log", ".xlsx", ".html"} <= {path.suffix for path in files}
    for path in [*files, place.root / "output.txt"]:
        for text in texts_of(path):
            assert not found_in(text, people, names), path


def test_the_scan_itself_finds_people_in_the_archive(place_and_people: tuple[Workplace, set[str]]) -> None:
    place, people = place_and_people
    names = re.compile("|".join(map(re.escape, (p for p in people if not p[-1].isascii()))))
    archived = [path for path in (place.data / "archive").rglob("*") if path.is_file()]
    assert any(found_in(text, people, names) for path in archived for text in texts_of(path))
