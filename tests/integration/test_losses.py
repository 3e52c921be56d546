"""What is lost, out of place or set aside is told, and never passes for a city that sent nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ingest.settings import PROJECT_DIR
from tests.integration.conftest import Workplace

ASIDE = "2020-09/331003/搁置.csv"
AHEAD = "2020-09/331002/来自未来.csv"
PIPE, LINK = "2020-09/331004/管道", "2020-09/331004/链接"
PAY = "年度,教师年平均工资,公务员年平均工资,幼儿园劳动合同制教师人均年收入,上年度社会平均工资\n2020,{},100000,60000,60000\n"
DOCUMENTS = "select document_id, unit_code, path, received_at, status, reason from quality.documents order by all"
ALL_BUT_REVISIONS = """
select schema_name || '.' || table_name as name from duckdb_tables() where table_name <> 'revisions' order by all
"""


def run(place: Workplace, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=PROJECT_DIR, env=place.environment, capture_output=True, text=True
    )


def contents(place: Workplace) -> dict[str, pd.DataFrame]:
    return {name: place.query(f"select * from {name} order by all") for name in place.query(ALL_BUT_REVISIONS)["name"]}


def document(place: Workplace, path: str) -> dict[str, Any]:
    (row,) = place.query(f"from ({DOCUMENTS}) where path = '{path}'").to_dict("records")
    return {str(name): value for name, value in row.items()}


@pytest.fixture(scope="module")
def place(small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A city with a document from a time to come, one that was set aside, a link and a pipe."""
    place = Workplace(tmp_path_factory.mktemp("losses"))
    shutil.copytree(small_landing, place.landing)
    (place.landing / ASIDE).write_text(PAY.format(111111), encoding="utf-8")
    (place.landing / AHEAD).write_text(PAY.format(222222), encoding="utf-8")
    ahead = datetime(2099, 1, 1, tzinfo=UTC).timestamp()
    os.utime(place.landing / AHEAD, (ahead, ahead))
    os.mkfifo(place.landing / PIPE)
    (place.landing / LINK).symlink_to("/etc")
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    assert all(text in done.stdout for text in (PIPE, LINK))
    return place


def test_what_was_not_taken_and_a_time_to_come_are_told(place: Workplace) -> None:
    unplaced = place.query("select path, reason from quality.unplaced where document_id is null order by path")
    assert unplaced["path"].tolist() == [PIPE, LINK]
    assert document(place, AHEAD)["received_at"] < pd.Timestamp.now("UTC").tz_localize(None)
    asked = place.query(
        f"select check_id from quality.issues join quality.documents using (document_id, unit_code) where path = '{AHEAD}'"
    )
    assert "document.future" in asked["check_id"].tolist()
    again = place.refresh()
    assert again.returncode == 0 and "nothing new" in again.stdout and PIPE in again.stderr


def test_a_document_that_was_set_aside_counts_for_nothing_is_shown_and_comes_back(place: Workplace) -> None:
    before = contents(place)
    assert document(place, ASIDE)["status"] == "accepted"
    assert run(place, "orchestration.documents", "set-aside", ASIDE, "年份发错").returncode == 0
    assert place.refresh().returncode == 0
    row = document(place, ASIDE)
    assert (row["status"], row["reason"]) == ("rejected", "年份发错")
    assert not len(place.query("from marts.fct_pay where teacher_pay = 111111"))
    board = (place.data / "desk" / "board.html").read_text(encoding="utf-8")
    assert "已搁置的文件" in board and ASIDE in board
    assert "已搁置" in run(place, "orchestration.documents", "list").stdout
    assert run(place, "orchestration.documents", "take-back", str(row["document_id"])[:12]).returncode == 0
    assert place.refresh().returncode == 0
    after = contents(place)
    for name, table in before.items():
        pd.testing.assert_frame_equal(after[name], table)


def test_a_lost_ledger_is_refused_and_made_anew_and_the_release_is_the_same(place: Workplace) -> None:
    assert run(place, "orchestration.documents", "set-aside", ASIDE, "年份发错", "--unit", "331003").returncode == 0
    assert place.refresh().returncode == 0
    before, current = contents(place), place.current
    assert run(place, "orchestration.restore_ledger").returncode == 1, "it is not lost"
    (place.data / "ledger.sqlite").unlink()
    (place.data / "ledger.sqlite-journal").write_bytes(b"of the lost one")
    refused = place.refresh()
    assert refused.returncode == 1 and "restore-ledger" in refused.stderr and "Traceback" not in refused.stderr
    assert place.current == current
    other = run(Workplace(place.root, {"EDU_PSEUDONYM_KEY": "6b" * 32}), "orchestration.restore_ledger")
    assert other.returncode == 1 and "EDU_PSEUDONYM_KEY" in other.stderr
    restored = run(place, "orchestration.restore_ledger")
    assert restored.returncode == 0, restored.stderr
    assert place.refresh().returncode == 0
    after = contents(place)
    for name, table in before.items():
        pd.testing.assert_frame_equal(after[name], table)


def test_a_share_that_is_not_mounted_is_told_and_takes_nothing_away(place: Workplace) -> None:
    before = contents(place)
    place.landing.rename(place.root / "aside")
    place.landing.mkdir()
    try:
        done = place.refresh()
        assert done.returncode == 0 and "不见了" in done.stdout, done.stderr
        lost = place.query("select path from quality.unplaced where reason like '%不见了%'")["path"].tolist()
        assert "/" in lost and "2020-09/331002" in lost
        again = place.refresh()
        assert "nothing new" in again.stdout and "不见了" in again.stderr
        after = contents(place)
        for name in before.keys() - {"quality.unplaced"}:
            pd.testing.assert_frame_equal(after[name], before[name])
    finally:
        place.landing.rmdir()
        (place.root / "aside").rename(place.landing)
    assert place.refresh().returncode == 0
    assert "不见了" not in place.query("select string_agg(reason) as all from quality.unplaced")["all"][0]
