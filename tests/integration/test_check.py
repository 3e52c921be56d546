"""`make check`'s command as a county runs it: what it says is what a refresh finds, and nobody is named."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.reference import Reference
from ingest.sample import build_city
from ingest.settings import PROJECT_DIR, Settings, load_settings
from orchestration.desk.check.documents import Unpacking, files_in, numbered, unpack
from orchestration.desk.check.outcome import Means
from orchestration.desk.check.place import choose_place
from orchestration.desk.check.read import read, tools
from orchestration.desk.check.rules import warehouse
from tests.fuzzed import damaged
from tests.integration.conftest import Workplace
from tests.integration.test_privacy import found_in, texts_of

COLLECTION, UNIT = "2020-09", "331002"
ONLY_A_REFRESH_SEES = ("document.resent", "city.pupil_twice")
ISSUES = """
select document_id, check_id, form, sheet, cell, row_number, message_zh
from quality.issues
where collection_id = $1 and unit_code = $2 and not is_replaced
"""
OUTCOMES = """
select document_id, status, rows_read, rows_accepted, rows_quarantined, rows_not_counted
from quality.documents
where collection_id = $1 and unit_code = $2
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(released: Workplace) -> Run:
    """The command, with a temporary folder of its own, which must be empty at the end."""

    def command(*arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as temporary:
            line = [sys.executable, "-m", "orchestration.desk.check", *map(str, arguments)]
            environment = released.environment | {"TMPDIR": temporary} | changes
            done = subprocess.run(line, cwd=PROJECT_DIR, env=environment, capture_output=True, text=True, timeout=300)
            assert not list(Path(temporary).iterdir())
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return command


@pytest.fixture
def folder(small_landing: Path, tmp_path: Path) -> Path:
    """What one county sent, with the times it was sent at."""
    return Path(shutil.copytree(small_landing / COLLECTION / UNIT, tmp_path / "sent"))


def test_a_check_finds_what_the_refresh_found(released: Workplace, small_landing: Path, tmp_path: Path) -> None:
    """Every issue, to the letter, but for what takes earlier documents or other units."""
    settings: Settings = load_settings(released.environment)
    means, with_what = Means(COLLECTION, None, b"k" * 32), tools(None)
    compared = 0
    for unit in ("331000", UNIT, "331023"):
        place = choose_place(with_what.reference, settings.today, unit, COLLECTION)
        files = files_in(small_landing / COLLECTION / unit)
        documents, _ = numbered(each for name, path in files for each in unpack(Unpacking(name, path, tmp_path)))
        results = [result for result in (read(document, means) for document in documents) if not result.is_marked]
        with warehouse(results, place, with_what, released.current) as db:
            found = [Counter(db.execute(query, [COLLECTION, unit]).fetchall()) for query in (ISSUES, OUTCOMES)]
        with duckdb.connect(str(released.current / "warehouse.duckdb"), read_only=True) as db:
            told = [Counter(db.execute(query, [COLLECTION, unit]).fetchall()) for query in (ISSUES, OUTCOMES)]
        missed = {check_id for (_, check_id, *_), count in (told[0] - found[0]).items() if count}
        assert missed <= set(ONLY_A_REFRESH_SEES) and found[0] <= told[0], unit
        assert found[1] == told[1], unit
        compared += found[0].total()
    assert compared > 50


def test_a_county_reads_what_is_wrong_and_nobody_is_named(run: Run, folder: Path) -> None:
    city = build_city(21, 0.002, ["2019-09", "2020-09"])
    people = {
        str(value)
        for form in ("student_roster", "teacher_roster", "vocational_graduates")
        for column in ("student_id", "id_number", "teacher_id", "name")
        if column in city.truth[form]
        for value in city.truth[form][column].dropna()
    }
    names = re.compile(
        "|".join(map(re.escape, sorted((p for p in people if not p[-1].isascii()), key=len, reverse=True)))
    )
    before = set(folder.rglob("*"))
    done = run(folder, "--unit", UNIT, "--collection", COLLECTION)
    assert done.returncode == 1, done.stderr
    assert "椒江区" in done.stdout and "份须更正" in done.stdout
    written = sorted(set(folder.rglob("*")) - before)
    assert written and all("自查反馈" in path.name for path in written)
    assert all(path.name in done.stdout for path in written)
    assert not found_in(done.stdout + done.stderr, people, names)
    for path in written:
        for text in texts_of(path):
            assert not found_in(text, people, names), path.name


@pytest.fixture
def faultless(released: Workplace, tmp_path: Path) -> tuple[Path, str]:
    """A document about schools without an issue, and the unit that sent it."""
    rows = released.query(
        f"select path, unit_code from quality.documents where collection_id = '{COLLECTION}' and status = 'accepted' "
        "and forms in ('student_roster', 'teacher_roster', 'school_conditions', 'school_connectivity') and path not like '%!%' "
        "and document_id not in (select document_id from quality.issues) order by path"
    )
    sent, unit = next((released.landing / path, unit) for path, unit in rows.itertuples(index=False) if "*" not in path)
    return Path(shutil.copy2(sent, tmp_path / sent.name)), unit


def test_a_good_file_is_told_so_and_leaves_nothing_behind(run: Run, faultless: tuple[Path, str]) -> None:
    path, unit = faultless
    done = run(path, "--unit", unit, "--collection", COLLECTION)
    assert done.returncode == 0, done.stdout
    assert "可以报送" in done.stdout and "不能采用" not in done.stdout
    another = "331003" if unit != "331003" else UNIT
    wrong = run(path, "--unit", another, "--collection", COLLECTION)
    assert wrong.returncode == 1 and "登记在其他单位" in wrong.stdout
    anywhere = run(path, "--collection", COLLECTION)
    assert anywhere.returncode == 0 and "未指明单位" in anywhere.stdout


def test_a_year_that_differs_much_from_the_last_is_asked_about(
    run: Run, released: Workplace, write_xlsx: Callable[..., Path], reference: Reference
) -> None:
    """A school of many in the year before, of which one pupil is sent."""
    (school, pupils), *_ = released.query(
        "select school_id, sum(pupils) from marts.fct_enrollment where collection_id = '2019-09' and unit_code = '331002' "
        "and school_id in (select school_id from marts.dim_school where collection_id = '2020-09' and unit_code = '331002' "
        "and school_type = '211') group by all order by 2 desc"
    ).itertuples(index=False)
    assert pupils > reference.threshold("unit.year_on_year", "change_count") + 1
    heading = ["学籍号", "姓名", "身份证件号", "性别", "出生日期", "学校标识码", "年级", "班级"]
    row = ["L110105194912310029", "欧阳某某", "", "女", "2013-01-01", school, "二年级", "1班"]
    path = write_xlsx(("学生", [heading, row]))
    os.utime(path, (1_602_000_000, 1_602_000_000))
    done = run(path, "--unit", UNIT, "--collection", COLLECTION)
    assert f"{school}" in done.stdout and f"上年 {int(pupils)} 人，本年 1 人" in done.stdout
    assert "欧阳" not in done.stdout and "194912" not in done.stdout


def test_damaged_documents_are_each_told(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    for name, content in damaged(24, 5):
        (folder / name).write_bytes(content)
    done = run(folder, EDU_DATA_DIR=str(tmp_path / "no data"))
    assert done.returncode == 1, done.stderr
    assert all(path.name in done.stdout for path in folder.iterdir() if "自查反馈" not in path.name)
    assert "还没有发布的版本" in done.stdout


def test_a_large_roster_is_checked_and_only_its_faulty_rows_are_shown(
    run: Run, write_xlsx: Callable[..., Path], tmp_path: Path
) -> None:
    heading = ["学籍号", "姓名", "身份证件号", "性别", "出生日期", "学校标识码", "年级", "班级"]
    rows = [[f"L{n:018}", "某某", "", "女", "2013-01-01", "2133100001", "二年级", "1班"] for n in range(20_000)]
    rows[9_999][3] = "nv"
    path = write_xlsx(("学生", [heading, *rows]))
    done = run(path, EDU_DATA_DIR=str(tmp_path / "no data"))
    assert done.returncode == 1 and "D10001" in done.stdout, done.stdout + done.stderr
    (book,) = path.parent.glob("*自查反馈*")
    assert book.stat().st_size < path.stat().st_size / 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "用法"),
        (["/no/such/file"], "找不到"),
        (["--unit", "999999", "README.md"], "331002"),
        (["--collection", "1999-09", "README.md"], "2020-09"),
    ],
)
def test_what_was_asked_wrongly_is_told_in_one_sentence(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_where_nothing_may_be_written_the_check_is_told_all_the_same(run: Run, tmp_path: Path) -> None:
    """A name that leaves no room for another beside it fails as a folder does that may not be written."""
    path = tmp_path / ("长" * 80 + ".csv")
    path.write_text("学校标识码,招生计划数,分配到初中学校指标数\n3310020001,一百,70\n", encoding="utf-8")
    done = run(path, EDU_DATA_DIR=str(tmp_path / "no data"))
    assert done.returncode == 1 and "反馈表" in done.stdout


def test_a_check_that_is_stopped_leaves_nothing_unpacked(released: Workplace, tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    shutil.make_archive(str(packed.with_suffix("")), "zip", released.landing / COLLECTION)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    line = [sys.executable, "-m", "orchestration.desk.check", str(packed)]
    with subprocess.Popen(
        line, cwd=PROJECT_DIR, env=released.environment | {"TMPDIR": str(temporary)}, stderr=subprocess.PIPE, text=True
    ) as process:
        while not list(temporary.glob("*/*")):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM and "已停止" in said and "Traceback" not in said
    assert not list(temporary.iterdir())


def test_it_starts_without_dagster_or_the_reader() -> None:
    line = "import sys, orchestration.desk.check.__main__; print({'dagster', 'duckdb', 'xlsxwriter', 'fsspec'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", line], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
