"""One run of ingest: nothing is lost, nothing is read twice, and a crash leaves nothing that the next run does not mend."""

import os
import shutil
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from ingest.contracts.contract import load_contracts
from ingest.errors import ConfigurationError, KeyMismatchError, LandingError, UnreadableDocumentError
from ingest.lake.lake import GrowingSegment, Lake
from ingest.landing.archive import Archive
from ingest.landing.ledger import Arrival, Ledger
from ingest.pipeline.run import Ingest, IngestResult
from ingest.reading import delimited
from ingest.reference import SEEDS_DIR
from ingest.rotate_key import rotate_key
from ingest.settings import Settings
from ingest.workers import Done, Limits, Workers

KEY = "5a" * 32
QUOTA = "学校标识码,招生计划数,指标数\n3310020001,100,70\n3310020002,100,170\n"
PAY = "年度,教师年平均工资,公务员年平均工资,幼儿园劳动合同制教师人均年收入,上年度社会平均工资\n2020,100000,100000,60000,60000\n"
GRADUATES = "学籍号,学校标识码,毕业年份,毕业去向\nG11010519491231002X,3310020001,2020,就业\n"


class Here(Workers):
    """The work done in this process, so that what a test changes in it holds."""

    def start(self, count: int | None = None) -> None:
        pass

    def spread(self, work: Callable[..., Any], tasks: Iterable[Any]) -> Iterator[Done[Any, Any]]:
        assert self._prepare
        self._prepare()
        yield from (Done(task, work(task)) for task in tasks)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr("ingest.pipeline.run.Workers", Here)
    return monkeypatch


class World:
    """A landing zone with a few documents, and runs of ingest on it."""

    def __init__(self, root: Path):
        self.unit = root / "landing" / "2020-09" / "331002"
        self.unit.mkdir(parents=True)
        self.settings = Settings(str(root / "landing"), root / "data", date(2021, 1, 1), pseudonym_key=KEY)
        self.lake = Path(self.settings.lake_location)
        self.told: list[str] = []

    def put(self, name: str, text: str) -> None:
        (self.unit / name).write_text(text, encoding="utf-8")

    def ingest(self, settings: Settings | None = None) -> IngestResult:
        return Ingest(settings or self.settings, self.told.append).run()

    def rows(self, table: str) -> list[dict[str, object]]:
        readings = {r["reading_id"] for r in pq.read_table(self.lake / "readings.parquet").to_pylist()}
        files = (self.lake / table).glob("*.parquet")
        return [
            row for file in sorted(files) for row in pq.read_table(file).to_pylist() if row["reading_id"] in readings
        ]

    def readings(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = pq.read_table(self.lake / "readings.parquet").to_pylist()
        return rows


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_every_row_read_is_accepted_or_set_aside(world: World) -> None:
    world.put("a.csv", QUOTA)
    result = world.ingest()
    cell = ("admission_quota", "2020-09", "331002")
    assert (result.rows_read[cell], result.rows_quarantined[cell]) == (2, 1)
    assert [row["is_accepted"] for row in world.rows("rows/admission_quota")] == [True, False]
    (sheet,) = world.rows("sheets")
    assert (sheet["rows_read"], sheet["rows_quarantined"], sheet["is_accepted"]) == (2, 1, True)


def test_a_second_run_reads_nothing_and_a_new_document_alone_is_read(world: World) -> None:
    world.put("a.csv", QUOTA)
    world.ingest()
    assert world.ingest().documents_read == 0
    world.put("b.csv", PAY)
    assert world.ingest().documents_read == 1
    assert len(world.readings()) == 2


def test_documents_stand_in_order_of_time_then_path(world: World) -> None:
    for name, time in (("b.csv", 2), ("a.csv", 2), ("z.csv", 1)):
        world.put(name, QUOTA + name)
        os.utime(world.unit / name, (time, time))
    world.ingest()
    order = {str(r["path"]).rsplit("/", 1)[-1]: r["arrival_no"] for r in world.readings()}
    assert order == {"z.csv": 1, "a.csv": 2, "b.csv": 3}


def test_a_changed_code_list_re_reads_what_it_concerns_and_nothing_else(world: World, tmp_path: Path) -> None:
    world.put("a.csv", QUOTA)
    world.put("g.csv", GRADUATES)
    world.ingest()
    spec = tmp_path / "spec"
    spec.mkdir()
    codes = (SEEDS_DIR / "codes.csv").read_text(encoding="utf-8").replace("直接就业", "直接就业|打工")
    (spec / "codes.csv").write_text(codes, encoding="utf-8")
    changed = Settings(**vars(world.settings) | {"spec_dir": spec})
    result = world.ingest(changed)
    assert result.documents_read == 1
    assert set(result.rows_read) == {("vocational_graduates", "2020-09", "331002")}
    assert len(world.rows("rows/vocational_graduates")) == 1


def test_rejected_documents_are_named_and_everything_else_goes_on(world: World) -> None:
    world.put("a.csv", QUOTA)
    (world.unit / "扫描件.pdf").write_bytes(b"%PDF-1.4")
    world.put("说明.csv", "关于报送的说明\n")
    world.put("缺列.csv", "学校标识码,接入带宽,智慧校园\n3310020001,100,是\n")
    result = world.ingest()
    assert {path.rsplit("/", 1)[-1] for path, _ in result.rejected} == {"扫描件.pdf", "说明.csv", "缺列.csv"}
    issues = {(i["check_id"], i["column_name"]) for i in world.rows("issues") if i["severity"] == "fatal"}
    assert issues == {
        ("document.unreadable", None),
        ("document.unrecognised", None),
        ("document.missing_column", "man_connected"),
    }
    assert len(world.rows("rows/admission_quota")) == 2


def test_of_a_rejected_sheet_the_schools_are_kept_that_it_names(world: World) -> None:
    rows = ["3310020002", "3310020001", "3310020002", "330106201509010018", "合计"]
    world.put("缺列.csv", "学校标识码,接入带宽,智慧校园\n" + "".join(f"{school},100,是\n" for school in rows))
    world.put("a.csv", QUOTA)
    world.ingest()
    schools = {sheet["form"]: sheet["schools"] for sheet in world.rows("sheets")}
    assert schools == {"school_connectivity": "3310020001;3310020002", "admission_quota": None}


def test_the_members_of_a_zip_are_documents(world: World) -> None:
    with zipfile.ZipFile(world.unit / "打包.zip", "w") as bundle:
        bundle.writestr("b/二.csv", QUOTA)
        bundle.writestr("一.csv", PAY)
    assert world.ingest().documents_read == 2
    assert {str(r["path"]).split("!")[1] for r in world.readings()} == {"b/二.csv", "一.csv"}


def test_the_same_bytes_in_two_units_count_for_both(world: World) -> None:
    world.put("a.csv", PAY)
    other = world.unit.parent / "331003"
    other.mkdir()
    (other / "a.csv").write_text(PAY, encoding="utf-8")
    world.ingest()
    assert {(r["unit_code"], r["document_id"]) for r in world.readings()} == {
        (unit, world.readings()[0]["document_id"]) for unit in ("331002", "331003")
    }
    assert len(world.rows("rows/pay")) == 2


def test_a_vanished_file_withdraws_nothing(world: World) -> None:
    world.put("a.csv", QUOTA)
    world.ingest()
    (world.unit / "a.csv").unlink()
    world.ingest()
    assert len(world.rows("rows/admission_quota")) == 2


def test_a_crash_before_the_ledger_knew_is_mended_by_the_next_run(world: World, here: pytest.MonkeyPatch) -> None:
    world.put("a.csv", QUOTA)
    write = Lake.growing_segment

    @contextmanager
    def die_after_writing(lake: Lake, segment: str) -> Iterator[GrowingSegment]:
        with write(lake, segment) as growing:
            yield growing
        raise KeyboardInterrupt

    here.setattr(Lake, "growing_segment", die_after_writing)
    with pytest.raises(KeyboardInterrupt):
        world.ingest()
    here.undo()
    assert world.ingest().documents_read == 1
    assert len(world.rows("rows/admission_quota")) == 2


def test_no_files_of_a_forgotten_reading_stay_behind(world: World) -> None:
    world.put("g.csv", GRADUATES)
    world.ingest()
    rotated = Settings(**vars(world.settings) | {"pseudonym_key": "6b" * 32})
    rotate_key(rotated)
    world.ingest(rotated)
    files = sorted(path.stem for path in (world.lake / "rows" / "vocational_graduates").iterdir())
    assert [name.partition("-")[0] for name in files] == ["000000002", "empty"]


def test_what_is_gone_from_the_lake_is_read_again(world: World) -> None:
    """As after a restore of archive and ledger alone."""
    world.put("a.csv", QUOTA)
    world.ingest()
    before = world.rows("rows/admission_quota")
    shutil.rmtree(world.lake)
    assert world.ingest().documents_read == 1
    assert len(world.rows("rows/admission_quota")) == len(before) > 0
    assert world.ingest().documents_read == 0


def test_another_key_stops_the_run_until_it_is_rotated_on_purpose(world: World) -> None:
    world.put("g.csv", GRADUATES)
    world.ingest()
    before = world.rows("rows/vocational_graduates")[0]["student_id"]
    other = Settings(**vars(world.settings) | {"pseudonym_key": "6b" * 32})
    with pytest.raises(KeyMismatchError, match="rotate"):
        world.ingest(other)
    assert world.rows("rows/vocational_graduates")[0]["student_id"] == before
    rotate_key(other)
    assert world.ingest(other).documents_read == 1
    assert world.rows("rows/vocational_graduates")[0]["student_id"] != before


def test_a_missing_landing_zone_leaves_nothing_half_written(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "none"), tmp_path / "data", date(2021, 1, 1), pseudonym_key=KEY)
    with pytest.raises(LandingError, match="does not exist"):
        Ingest(settings, lambda _: None).run()
    assert not settings.ledger_path.exists()


def test_a_mistake_in_the_calendar_stops_before_anything_is_read(world: World, tmp_path: Path) -> None:
    (tmp_path / "collections.csv").write_text("collection_id,name_zh\n2020-09,x\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"collections\.csv, line 1: column school_year"):
        Ingest(Settings(**vars(world.settings) | {"spec_dir": tmp_path}))


def put_quotas(world: World) -> None:
    """Four documents of three rows each."""
    for number in range(4):
        world.put(f"{number}.csv", QUOTA + f"331002000{number},5,{number}\n")


def without_reading(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "reading_id"}


def test_large_landing_zones_are_written_in_segments(world: World, here: pytest.MonkeyPatch) -> None:
    here.setattr("ingest.pipeline.segment_writer.SEGMENT_ROWS", 3)
    put_quotas(world)
    world.ingest()
    assert len({path.stem for path in (world.lake / "sheets").iterdir()}) == 5
    assert len(world.rows("rows/admission_quota")) == 12


def test_several_processes_read_what_one_would(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put_quotas(world)
    world.ingest()
    alone = {table: world.rows(table) for table in ("rows/admission_quota", "sheets", "issues")}
    shutil.rmtree(world.lake)
    monkeypatch.setattr("ingest.pipeline.run.CHUNK_BYTES", 1)
    monkeypatch.setattr("ingest.pipeline.run.MUCH_BYTES", 1)
    assert world.ingest().documents_read == 4
    assert len({path.stem for path in (world.lake / "sheets").iterdir()}) == 5
    for table, rows in alone.items():
        together = world.rows(table)
        assert [without_reading(row) for row in together] == [without_reading(row) for row in rows], table


def test_archive_and_lake_behind_a_url_hold_the_same(world: World, here: object, tmp_path: Path) -> None:
    put_quotas(world)
    with zipfile.ZipFile(world.unit / "more.zip", "w") as bundle:
        bundle.writestr("pay.csv", PAY)
    here = world.ingest()
    away = replace(world.settings, data_dir=tmp_path / "away", lake_url=f"memory://{uuid.uuid4()}/edu")
    there = world.ingest(away)
    assert (there.rows_read, there.issues, there.documents_read) == (here.rows_read, here.issues, 5)
    assert stored(away)[0] == stored(world.settings)[0] and len(stored(away)[0]) == 6
    assert stored(away)[1] == stored(world.settings)[1] and stored(away)[1]["rows/pay"].num_rows == 1
    assert [path for path in away.data_dir.rglob("*") if path.is_file()] == [away.ledger_path]
    again = world.ingest(away)
    assert (again.intake.files_new, again.documents_read) == (0, 0)


def stored(settings: Settings) -> tuple[set[str], dict[str, pa.Table]]:
    """The names in the archive, and the tables of the lake with the rows of all their segments."""
    storage, tables = Lake.of(settings, load_contracts()).storage, dict[str, list[pa.Table]]()
    for name in sorted(storage.names()):
        with storage.local(name) as path:
            tables.setdefault(name.rpartition("/")[0] or name, []).append(pq.read_table(path))
    return set(Archive.of(settings).storage.names()), {name: pa.concat_tables(t) for name, t in tables.items()}


def test_what_is_reread_on_purpose_is_what_was_asked_for(world: World) -> None:
    world.put("a.csv", QUOTA)
    world.put("b.csv", PAY)
    world.ingest()
    with Ledger(world.settings.ledger_path) as ledger:
        wanted = {place for place, reading in ledger.readings().items() if "pay" in reading.forms}
    assert Ingest(world.settings, world.told.append).run(reread=wanted.__contains__).documents_read == 1


def test_a_partition_is_read_alone_and_the_snapshot_holds_what_is_read_so_far(world: World) -> None:
    other = world.unit.with_name("331003")
    other.mkdir()
    world.put("a.csv", QUOTA)
    (other / "b.csv").write_text(PAY, encoding="utf-8")
    (other.parent / "c.csv").write_text(PAY, encoding="utf-8")
    ours, theirs, never = ("2020-09", "331002"), ("2020-09", "331003"), ("2020-09", "331004")
    leftover = Path(world.settings.lake_location, "sheets", "000000001-of-another.parquet")
    assert Ingest(world.settings, world.told.append).run(partitions=[ours]).documents_read == 1
    leftover.write_bytes(b"half")
    with Ledger(world.settings.ledger_path) as ledger:  # what another process has taken in and not read yet
        ledger.add_arrival(Arrival("2020-09/331003/b.csv", datetime.now(UTC), "d" * 64, 1, *theirs))
    assert Ingest(world.settings, world.told.append).run(partitions=[ours, never]).documents_read == 0
    assert [row["unit_code"] for row in world.readings()] == ["331002"]
    assert leftover.exists(), "another process may be writing it"


def test_two_runs_of_one_ledger_never_give_out_the_same_reading_id(world: World) -> None:
    world.put("a.csv", QUOTA)
    world.put("b.csv", PAY)
    ingest = Ingest(world.settings, world.told.append)
    ingest.run()
    lake = Lake.of(world.settings, ingest.contracts)
    with Ledger(world.settings.ledger_path) as one, Ledger(world.settings.ledger_path) as two:
        due = [*ingest.due(one, lake, lambda _: True), *ingest.due(two, lake, lambda _: True)]
    assert len({each.reading_id for each in due}) == 4


def test_hidden_and_unknown_things_are_noted(world: World, write_xlsx: Callable[..., Path]) -> None:
    path = write_xlsx(
        ("a", [["学校标识码", "招生计划数", "指标数", "联系电话"], ["3310020001", 100, 70, "1"]]),
        ("b", [["x"]]),
        hidden=["b"],
    )
    (world.unit / "a.xlsx").write_bytes(path.read_bytes())
    world.ingest()
    assert {(i["check_id"], i["sheet"], i["column_name"]) for i in world.rows("issues")} == {
        ("document.unknown_column", "a", "联系电话"),
        ("document.hidden_sheet", "b", None),
    }


def read_in_parts(monkeypatch: pytest.MonkeyPatch, characters: int) -> None:
    monkeypatch.setattr("ingest.pipeline.run.Workers", Here)
    monkeypatch.setattr("ingest.reading.document.LARGE_TEXT_BYTES", 1)
    monkeypatch.setattr("ingest.pipeline.segment_writer.LARGE_TEXT_BYTES", 1)
    monkeypatch.setattr("ingest.reading.delimited.PIECE_CHARACTERS", characters)


@pytest.mark.parametrize("characters", [60, 100, 1000])
def test_a_large_roster_is_read_in_parts(world: World, monkeypatch: pytest.MonkeyPatch, characters: int) -> None:
    """With rows at fault in several parts, and a column that no form knows."""
    rows = [f"G1101051949123{n}002X,{world_school(n)},2020,就业,{n}" for n in range(9)]
    world.put("g.csv", "\n".join(["学籍号,学校标识码,毕业年份,毕业去向,爱好", *rows, "", "注：以上", "合计,9"]))
    world.put("q.csv", QUOTA)
    tables = ("rows/vocational_graduates", "rows/admission_quota", "sheets", "columns", "cells", "issues")
    world.ingest()
    whole = {table: sorted(map(without_reading, world.rows(table)), key=repr) for table in tables}
    shutil.rmtree(world.settings.lake_location)
    read_in_parts(monkeypatch, characters)
    result = world.ingest()
    assert result.rows_read["vocational_graduates", "2020-09", "331002"] == 9
    for table, expected in whole.items():
        assert sorted(map(without_reading, world.rows(table)), key=repr) == expected, table
    assert len(whole["issues"]) > 5 and world.ingest().documents_read == 0


def world_school(number: int) -> str:
    return "" if number % 2 else "3310020001"


def test_a_large_text_that_cannot_be_read_to_its_end_is_rejected_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("g.csv", GRADUATES * 9)
    read_in_parts(monkeypatch, 100)
    parse = delimited._sheet

    def parse_the_first(text: str, *about: Any) -> Any:
        if not text.startswith("学籍号"):
            raise UnreadableDocumentError("文本表格无法解析")
        return parse(text, *about)

    monkeypatch.setattr(delimited, "_sheet", parse_the_first)
    assert [reason for _, reason in world.ingest().rejected] == ["文本表格无法解析"]
    assert world.rows("rows/vocational_graduates") == []
    assert [row["check_id"] for row in world.rows("issues")] == ["document.unreadable"]


@pytest.mark.parametrize("text", ["关于报送的说明\n" * 9, "学校标识码,接入带宽,智慧校园\n" + "3310020001,100,是\n" * 9])
def test_a_large_text_is_rejected_by_its_first_part(world: World, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    world.put("a.csv", text)
    read_in_parts(monkeypatch, 40)
    (rejected,) = world.ingest().rejected
    assert rejected[0].endswith("a.csv")
    assert [row["severity"] for row in world.rows("issues")] == ["fatal"]


def test_returns_are_read_whole_since_their_totals_are_sums(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("a.csv", QUOTA + "合计,200,241\n")
    read_in_parts(monkeypatch, 40)
    world.ingest()
    assert "table.total" in {row["check_id"] for row in world.rows("issues")}


def test_a_document_that_takes_too_much_happens_to_itself_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice, and is remembered: it is not read again, nor does it keep the others from being read."""
    monkeypatch.setattr("ingest.pipeline.run.DOCUMENT_LIMITS", Limits(cpu_seconds=300, memory_bytes=60 << 20))
    world.put("a.csv", QUOTA)
    world.put("b.csv", "学籍号,学校标识码,毕业年份,毕业去向\n" + "G11010519491231002X,3310020001,2020,就业\n" * 500_000)
    world.put("c.csv", PAY)
    result = world.ingest()
    ((path, reason),) = result.rejected
    assert path.endswith("b.csv") and "2 GB" in reason
    assert result.rows_read.total() == 3
    assert world.ingest().documents_read == 0


def test_a_panic_of_a_reader_is_a_damaged_document(world: World) -> None:
    """Cut where the directory of the old container stands, as a broken upload leaves it."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for row, line in enumerate(QUOTA.splitlines()):
        for column, text in enumerate(line.split(",")):
            sheet.write(row, column, text)
    book.save(str(world.unit / "whole.xls"))
    data = (world.unit / "whole.xls").read_bytes()
    for lost in range(300, 4000, 400):
        (world.unit / f"cut{lost}.xls").write_bytes(data[:-lost])
    result = world.ingest()
    assert result.rows_read["admission_quota", "2020-09", "331002"] >= 2
    assert result.rejected and all("损坏" in reason for _, reason in result.rejected)
