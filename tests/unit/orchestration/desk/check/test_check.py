"""The whole check of small documents, in processes apart."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest

from ingest.reading.feedback_mark import MARK_NAME
from ingest.reference import Reference
from ingest.settings import Settings
from ingest.workers import Limits, Workers
from orchestration.desk.check import rules
from orchestration.desk.check.check import check, checkers
from orchestration.desk.check.documents import CheckError
from orchestration.desk.check.outcome import Report
from orchestration.desk.check.place import choose_place

QUOTA = ["学校标识码", "招生计划数", "分配到初中学校指标数"]
REGISTER = ["学校标识码", "学校名称", "所在乡镇（街道）", "城乡分类代码", "学校办学类型", "办学性质", "办学状态"]
SCHOOL = ["3310020001", "第一高级中学", "海门街道", "111", "342", "公办", "正常"]
IN_TIME = datetime(2020, 10, 10, tzinfo=UTC).timestamp()
Checked = Callable[..., Report]


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with checkers(settings_at(tmp_path_factory.mktemp("nothing")), most=1) as found:
        yield found


def settings_at(folder: Path) -> Settings:
    return Settings(str(folder / "landing"), folder / "data", date(2021, 3, 31))


@pytest.fixture
def checked(tmp_path: Path, workers: Workers, reference: Reference) -> Checked:
    """Checks a file or folder; without a release."""

    def run(root: Path, unit: str | None = "331002", limits: Workers = workers, **limit: int) -> Report:
        settings = settings_at(tmp_path)
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        place = choose_place(reference, settings.today, unit, "2020-09")
        for path in [root, *root.rglob("*")]:
            if path.stat().st_mtime > IN_TIME:
                os.utime(path, (IN_TIME, IN_TIME))
        return check(root, place, settings, limits, scratch, lambda _: None, **limit)

    return run


def test_a_good_file_is_taken_whole_and_gets_no_feedback(checked: Checked, write_xlsx: Callable[..., Path]) -> None:
    report = checked(write_xlsx(("名额", [QUOTA, ["3310020001", "100", "70"]])))
    (outcome,) = report.outcomes
    assert (outcome.status, outcome.findings, outcome.workbook) == ("accepted", (), None)
    assert [(form.form_zh, form.rows_read, form.rows_accepted) for form in outcome.forms] == [
        ("优质高中招生指标分配表", 1, 1)
    ]
    assert report.release_id is None and not report.is_at_fault


def test_a_faulty_one_gets_a_workbook_beside_it_under_a_name_that_was_free(
    checked: Checked, write_xlsx: Callable[..., Path]
) -> None:
    path = write_xlsx(("名额", [QUOTA, ["3310020001", "一百", "70"], ["3310020001", "100", "170"]]), name="名额.xlsx")
    theirs = path.with_name("名额（自查反馈）.xlsx")
    theirs.write_bytes(b"theirs")
    (outcome,) = checked(path).outcomes
    assert outcome.is_at_fault and outcome.forms[0].rows_quarantined == 2
    assert {finding.places for finding in outcome.findings} == {"工作表“名额” B2", "工作表“名额” C3"}
    assert outcome.workbook == path.with_name("名额（自查反馈 2）.xlsx")
    assert theirs.read_bytes() == b"theirs"
    book = openpyxl.load_workbook(outcome.workbook)
    assert book.sheetnames == ["反馈", "问题清单", "名额"] and MARK_NAME in book.defined_names
    first = [str(row[0].value or "") for row in book["反馈"].iter_rows()]
    assert "报送前自查" in first[0] and any("不要报送" in text for text in first)


def test_its_own_feedback_is_no_data_and_a_copy_of_its_sheets_is_refused(
    checked: Checked, write_xlsx: Callable[..., Path]
) -> None:
    path = write_xlsx(("名额", [QUOTA, ["3310020001", "一百", "70"]]))
    (outcome,) = checked(path).outcomes
    assert outcome.workbook
    (again,) = checked(outcome.workbook).outcomes
    assert again.status == "marked" and not again.is_at_fault
    book = openpyxl.load_workbook(outcome.workbook)
    del book.defined_names[MARK_NAME], book["反馈"], book["问题清单"]
    copy = path.with_name("copy.xlsx")
    book.save(copy)
    (copied,) = checked(copy).outcomes
    assert copied.status == "rejected" and "副本" in copied.findings[0].text


def test_without_a_release_schools_pass_but_by_a_register_beside_it_they_are_known(
    checked: Checked, write_xlsx: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    unknown = ["3310020002", "100", "70"]
    write_xlsx(("名额", [QUOTA, ["3310020001", "100", "70"], unknown])).rename(folder / "quota.xlsx")
    assert not checked(folder).is_at_fault
    write_xlsx(("名录", [REGISTER, SCHOOL])).rename(folder / "register.xlsx")
    by_name = {outcome.name: outcome for outcome in checked(folder).outcomes}
    (finding,) = [each for each in by_name["quota.xlsx"].findings if each.weight == "error"]
    assert "“3310020002”不在本学年学校名录中" in finding.text and by_name["quota.xlsx"].forms[0].rows_quarantined == 1


def test_of_two_versions_the_newer_is_judged(checked: Checked, write_xlsx: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for age, (name, places) in enumerate([("new.xlsx", "70"), ("old.xlsx", "七十")]):
        write_xlsx(("名额", [QUOTA, ["3310020001", "100", places]])).rename(folder / name)
        os.utime(folder / name, (1_600_000_000 - age, 1_600_000_000 - age))
    assert {outcome.name: outcome.status for outcome in checked(folder).outcomes} == {
        "new.xlsx": "accepted",
        "old.xlsx": "replaced",
    }


def test_what_takes_its_reader_down_is_rejected_and_the_rest_goes_on(
    checked: Checked, write_xlsx: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_xlsx(("名额", [QUOTA, ["3310020001", "100", "70"]])).rename(folder / "good.xlsx")
    rows = "".join(f"3310020001,{n},{n}\n" for n in range(1_000_000))
    (folder / "swells.csv").write_text(",".join(QUOTA) + "\n" + rows, encoding="utf-8")
    with checkers(settings_at(tmp_path), Limits(60, 150 << 20), most=1) as strict:
        by_name = {outcome.name: outcome for outcome in checked(folder, limits=strict).outcomes}
    assert by_name["good.xlsx"].status == "accepted" and by_name["good.xlsx"].forms
    assert by_name["swells.csv"].status == "rejected" and "内存" in str(by_name["swells.csv"].reason)
    assert by_name["swells.csv"].workbook


def test_after_the_deadline_there_is_a_sentence(
    checked: Checked, write_xlsx: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_xlsx(("名额", [QUOTA, ["3310020001", "100", "70"]]))
    with checkers(settings_at(tmp_path), most=1) as late:
        late.deadline = time.monotonic()
        with pytest.raises(CheckError, match="用时超过上限"):
            checked(path, limits=late)


def test_nothing_to_check_is_told(checked: Checked, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CheckError, match="没有可以检查的文件"):
        checked(tmp_path / "folder")


@pytest.mark.parametrize("how", ["damaged", "of another version"])
def test_a_release_that_cannot_be_read_is_told(
    checked: Checked, write_xlsx: Callable[..., Path], tmp_path: Path, how: str
) -> None:
    release = tmp_path / "data" / "published" / "current"
    release.mkdir(parents=True)
    if how == "damaged":
        (release / "warehouse.duckdb").write_bytes(b"not a database")
    else:
        duckdb.connect(str(release / "warehouse.duckdb")).close()
    with pytest.raises(CheckError, match=r"读不了.*make refresh"):
        checked(write_xlsx(("名额", [QUOTA, ["3310020001", "100", "70"]])))


def test_rules_that_were_not_compiled_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rules, "COMPILED", tmp_path / "manifest.json")
    rules._plan.cache_clear()
    with pytest.raises(CheckError, match="make setup"):
        rules.relation("checked_parts")
    rules._plan.cache_clear()
