"""The made-up city: deterministic, coherent over the years, and laid out with every kind of mess that real documents have."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ingest.reading.sheet import Merge
from ingest.reading.xml2003 import read_spreadsheet_xml
from ingest.sample import City, Expected, build_city, cells, identity, lay_out, national, twists, writers
from ingest.sample.__main__ import main
from ingest.sample.catalogue import apportion, load_catalogue
from ingest.sample.layout import Table

SCALE = 0.002
LOOKS = {
    "shuffled",
    "synonyms",
    "decorated",
    "unit_in_heading",
    "numbering",
    "remarks",
    "unknown_column",
    "title",
    "notes",
}
LOOKS |= {
    "blank_lines",
    "two_row_heading",
    "merged_cells",
    "hidden_row",
    "hidden_column",
    "hidden_sheet",
    "wan",
    "cover",
}
LOOKS |= {"totals_below", "totals_above", "totals_subtotals", "blank_columns_left_out", "wrong_total"}
DOCUMENTS = {"several_forms", "sheet_a_school", "roster_whole", "roster_per_school", "roster_groups", "zipped", "copy"}
DOCUMENTS |= {"correction", "resent", "last_year_first", "after_close", "late_unit", "wrong_folder", "missing_column"}
HABITS = {*twists.TWISTS, "next_page", "utf16", "control_z", "euro", "left_student_roster", "left_teacher_roster"}
DOCUMENTS |= {"missing_column_of_one_sheet", "only_changed_rows"}
GRADES = [c.code for c in load_catalogue().codes("grade")]


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(7, SCALE)


@pytest.fixture(scope="module")
def faulty(city: City, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Expected]:
    folder = tmp_path_factory.mktemp("faulty") / "landing"
    return folder, lay_out(city, folder, "faulty")


# ---- the city ---------------------------------------------------------------------------------------------------------
def test_a_seed_always_gives_the_same_city() -> None:
    one, two, other = (build_city(seed, 0.001, ["2019-09"]).truth for seed in (5, 5, 6))
    for form, rows in one.items():
        pd.testing.assert_frame_equal(rows, two[form])
    assert not one["student_roster"].equals(other["student_roster"])


def test_later_collections_do_not_depend_on_which_ones_are_asked_for(city: City) -> None:
    alone = build_city(7, SCALE, ["2020-09"]).truth["teacher_roster"]
    among = city.truth["teacher_roster"]
    pd.testing.assert_frame_equal(alone, among[among.collection_id == "2020-09"].reset_index(drop=True))


def test_every_unit_supplies_what_it_is_asked_for(city: City) -> None:
    for form, contract in city.cat.contracts.items():
        rows = city.truth[form]
        assert set(rows.unit_code) <= set(city.cat.suppliers(form)), form
        assert [c.name for c in contract.columns if c.name not in rows and c.name != "unit_code"] == [], form
        assert len(rows), form


def test_id_numbers_are_valid_and_belong_to_one_person(city: City) -> None:
    rows = city.truth["student_roster"]
    numbers = rows.id_number[rows.id_number.str.fullmatch(r"\d{17}[\dX]", na=False)]
    assert len(numbers) > 1000
    body = numbers.str[:17].astype(np.int64).to_numpy()
    assert (identity.check_characters(body) == numbers.str[17].to_numpy(str)).all()
    names = rows.loc[numbers.index].groupby("id_number").name.nunique()
    assert (names == 1).all()
    births = pd.to_datetime(numbers.str[6:14], format="%Y%m%d")
    assert (births == rows.birth_date[numbers.index]).all()
    is_male = numbers.str[16].astype(int) % 2 == 1
    assert (is_male == (rows.sex[numbers.index] == "M")).all()


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "34052419800101001X"])
def test_check_digits_agree_with_published_examples(number: str) -> None:
    assert identity.check_characters(np.array([int(number[:17])]))[0] == number[17]


def test_student_numbers_are_g_and_the_id_number_or_of_another_kind(city: City) -> None:
    rows = city.truth["student_roster"]
    given = rows.student_id.dropna()
    assert given.str.fullmatch(r"[GLJ]\d{17}[\dX]").all()
    assert set(given.str[0]) == {"G", "L", "J"}
    both = rows[rows.student_id.str.startswith("G", na=False) & rows.id_number.notna()]
    assert (both.student_id == "G" + both.id_number).all()
    without = rows[rows.student_id.isna()]
    assert {"K", "P", "J", "S", "V"} <= set(without.grade.str[0])
    assert without.id_number.notna().all()


def test_pupils_grow_a_grade_a_year(city: City) -> None:
    rows = city.truth["student_roster"]
    rows = rows[rows.student_id.str.startswith("G", na=False)].drop_duplicates(["collection_id", "student_id"])
    position = rows.grade.map({g: i for i, g in enumerate(GRADES)})
    first, later = (
        rows[rows.collection_id == c].assign(place=position).set_index("student_id").place
        for c in ("2019-09", "2020-09")
    )
    step = (later - first).dropna()
    into_vocational = GRADES.index("V1") - GRADES.index("J3")
    assert len(step) > 1000
    assert set(step.unique()) <= {1, into_vocational}
    assert (later[step[step == into_vocational].index] == GRADES.index("V1")).all()


def test_pupils_stay_at_school_and_teachers_keep_their_degrees(city: City) -> None:
    rows = city.truth["student_roster"].dropna(subset="student_id")
    rows = rows[rows.grade.isin(["P2", "P3", "P4", "P5", "P6"])].drop_duplicates(["collection_id", "student_id"])
    now = rows[rows.collection_id == "2021-09"].set_index("student_id").school_id
    before = (
        city.truth["student_roster"]
        .query("collection_id == '2020-09'")
        .drop_duplicates("student_id")
        .set_index("student_id")
        .school_id
    )
    both = now.index.intersection(before.index)
    assert (now[both] == before[both]).mean() > 0.9
    staff = city.truth["teacher_roster"]
    order = staff.degree.map({d: i for i, d in enumerate(city.cat.data["teachers"]["degrees"])})
    best = staff.assign(order=order).groupby("teacher_id").order.agg(["first", "last"])
    assert (best["last"] <= best["first"]).all()


def test_graduates_are_last_years_final_grade(city: City) -> None:
    rows = city.truth["student_roster"]
    final = set(rows.student_id[(rows.collection_id == "2020-09") & (rows.grade == "V3")].dropna())
    left = city.truth["vocational_graduates"]
    left = left[left.collection_id == "2021-09"]
    assert len(final & set(left.student_id)) > 0.8 * len(left)


def test_orders_of_magnitude_hold_at_any_scale() -> None:
    rows = build_city(1, 0.02, ["2020-09"]).truth
    groups = rows["student_roster"].grade.map(load_catalogue().group("grade")).value_counts()
    for group, published in {
        "preschool": 210_000,
        "primary": 390_000,
        "junior": 188_000,
        "senior": 95_000,
        "vocational": 55_000,
    }.items():
        assert groups[group] == pytest.approx(published * 0.02, rel=0.25), group


def test_counties_have_their_share_of_the_people() -> None:
    rows = build_city(1, 0.02, ["2019-09"]).truth["student_roster"]
    share = rows.unit_code.value_counts(normalize=True)
    assert share["331081"] == pytest.approx(0.214, abs=0.03)
    assert share.index[0] == "331081"
    assert share["331022"] == pytest.approx(0.058, abs=0.02)


@given(st.integers(0, 500), st.lists(st.floats(0.1, 50), min_size=1, max_size=12))
def test_apportioning_loses_nothing(total: int, weights: list[float]) -> None:
    parts = apportion(total, weights)
    assert parts.sum() == total
    assert (np.abs(parts - total * np.array(weights) / sum(weights)) < 1 + 1e-6).all()


# ---- the documents ----------------------------------------------------------------------------------------------------
def test_the_same_seed_lays_down_the_same_bytes_at_the_same_times(tmp_path: Path) -> None:
    laid = []
    for name in ("one", "two"):
        lay_out(build_city(3, 0.0005, ["2019-09"]), tmp_path / name, "faulty")
        files = (p for p in sorted((tmp_path / name).rglob("*")) if p.is_file() and not p.name.startswith(".样例"))
        laid.append(
            [
                (str(p.relative_to(tmp_path / name)), hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime)
                for p in files
            ]
        )
    assert laid[0] == laid[1]


def test_a_clean_city_is_one_tidy_workbook_a_form_and_says_the_truth(tmp_path: Path) -> None:
    city = build_city(3, 0.0005, ["2019-09"])
    laid_out = lay_out(city, tmp_path / "landing", "clean")
    assert set(laid_out.issues.check_id) <= {"document.no_rows"}
    assert set(laid_out.documents.status) == {"accepted"}
    assert not laid_out.documents.duplicated(["unit_code", "path"]).any()
    for form, rows in city.truth.items():
        assert len(laid_out.truth[form]) == len(rows), form


def test_a_national_city_has_every_layout_in_documents_of_several_kinds(tmp_path: Path) -> None:
    city = build_city(3, 0.0005, ["2019-09"])
    laid_out = lay_out(city, tmp_path / "landing", "national")
    assert set(laid_out.issues.check_id) <= {"document.no_rows"}
    features = {f for e in laid_out.entries for f in e.features}
    layouts = [name for form in national.words()["layouts"].values() for name in form]
    assert {f"national_{name}" for name in layouts} <= features
    for form, rows in city.truth.items():
        assert len(laid_out.truth[form]) == len(rows), form
    assert {"xlsx", "xls", "html", "csv"} <= {e.kind for e in laid_out.entries}


@pytest.mark.parametrize("seed", [12, 13])
def test_every_habit_occurs_in_the_cities_of_the_golden_test(seed: int, tmp_path: Path) -> None:
    laid_out = lay_out(build_city(seed, 0.003), tmp_path / "landing", "messy")
    assert {f for e in laid_out.entries for f in e.features} >= HABITS


def test_every_kind_of_mess_is_there(faulty: tuple[Path, Expected]) -> None:
    _, laid_out = faulty
    features = Counter(f for e in laid_out.entries for f in e.features)
    kinds = Counter(e.kind for e in laid_out.entries)
    assert set(features) >= LOOKS | DOCUMENTS | HABITS
    assert set(writers.SUFFIXES) - set(kinds) == set()
    assert any(name.endswith(".DS_Store") for name in laid_out.droppings)
    assert any("~$" in name for name in laid_out.droppings)
    assert len(laid_out.unplaced) == 3
    assert any(not len(s.part.rows) for e in laid_out.entries for s in e.sheets), "headings only"


def test_every_check_of_a_row_or_document_has_something_to_find(faulty: tuple[Path, Expected]) -> None:
    _, laid_out = faulty
    found = set(laid_out.issues.check_id)
    serious = {check for check, about in laid_out.cat.reference.checks.items() if about.severity in ("error", "fatal")}
    later = {"document.feedback_unknown", "document.set_aside"}
    assert serious - found == later, "feedback comes back, and files are set aside by hand, only after a release"
    asked = {
        "document.unknown_column",
        "document.hidden_sheet",
        "document.shrinks",
        "cell.implausible",
        "id.other_document",
        "id.birth_date",
    }
    asked |= {"document.unread", "document.no_rows", "document.other_year", "document.bad_bytes", "row.grade_of_type"}
    assert asked | {"row.age_for_grade", "table.total"} <= found


def test_ways_of_writing_values_are_all_used(faulty: tuple[Path, Expected]) -> None:
    _, laid_out = faulty
    looks = [s.part.look.ways for e in laid_out.entries for s in e.sheets]
    for kind, ways in cells.ALL_WAYS.items():
        assert {way for look in looks for way in getattr(look, kind)} == set(ways), kind
    assert {look.blank for look in looks} >= {None, "—", "/", "-", "N/A", "无"}
    assert any(look.lower_x for look in looks)


def test_documents_lie_in_their_calendar(faulty: tuple[Path, Expected]) -> None:
    folder, laid_out = faulty
    for entry in laid_out.entries:
        collection = laid_out.cat.reference.collections[entry.collection_id]
        for when, path in entry.arrivals if "document.future" not in entry.asked else ():
            assert collection.opens_on <= when.date() <= collection.closes_on + dt.timedelta(days=40)
            assert (folder / path.split("!")[0]).stat().st_mtime == when.timestamp()


def test_what_was_laid_down_can_be_read_back(faulty: tuple[Path, Expected]) -> None:
    """The row numbers of the laid_out are those that a spreadsheet shows."""
    folder, laid_out = faulty
    checked = 0
    for entry in laid_out.entries:
        if (
            entry.kind in ("xlsx", "ods", "xls")
            and "!" not in entry.place[1]
            and entry.sheets
            and not entry.sheets[0].part.overrides
        ):
            book = CalamineWorkbook.from_path(str(folder / entry.place[1]))
            sheet = entry.sheets[0]
            grid = book.get_sheet_by_index(sheet.sheet_no).to_python(skip_empty_area=False)
            names = sheet.part.rows.get("school_name")
            if names is not None:
                assert all(names[i] in grid[n - 1] for i, n in enumerate(sheet.row_numbers))
                checked += 1
    assert checked > 3


def test_the_largest_documents_are_in_formats_that_bear_it() -> None:
    data = load_catalogue().data
    assert set(data["large_formats"]) <= {"xlsx", "csv", "tsv"}


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "a"), "--collections", "1999-09"]) == 2
    assert "no such collection" in capsys.readouterr().err
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "something").touch()
    assert main(["--out", str(tmp_path / "b"), "--scale", "0.0005"]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert (
        main(["--out", str(tmp_path / "c"), "--scale", "0.0005", "--collections", "2019-09", "--messiness", "clean"])
        == 0
    )


# ---- writers ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", sorted(set(writers.SUFFIXES) - {*writers.ONE_SHEET, "xml2003"}))
def test_workbooks_keep_cells_merges_and_hidden_sheets(kind: str) -> None:
    rows: list[list[cells.Cell]] = [
        ["标题", None, None],
        ["学校标识码", "a", "日期"],
        ["G1", 1.5, dt.date(2020, 9, 1)],
        [None, 3, "x"],
    ]
    table = Table("表1", rows, merges=[(0, 0, 0, 2), (2, 0, 3, 0)], hidden_rows=[3], hidden_columns=[1])
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(writers.write(kind, [table, Table("旧", [["b"]], is_hidden=True)]))
    )
    assert [(m.name, "Hidden" in str(m.visible)) for m in book.sheets_metadata] == [("表1", False), ("旧", True)]
    grid = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert grid[0][0] == "标题"
    assert grid[2] == ["G1", 1.5, dt.date(2020, 9, 1)]
    assert grid[3][1:] == [3, "x"]


def test_the_xml_of_2003_keeps_cells_merges_and_hidden_sheets() -> None:
    rows: list[list[cells.Cell]] = [["<标题>", None], ["G1", dt.date(2020, 9, 1)], [None, 3]]
    table = Table("表1", rows, merges=[(0, 0, 0, 1), (1, 0, 2, 0)])
    shown, hidden = read_spreadsheet_xml(writers.write("xml2003", [table, Table("旧", [["b"]], is_hidden=True)]))
    assert shown.head(9) == [["<标题>", ""], ["G1", "2020-09-01"], ["", "3"]]
    assert shown.merges == [Merge(0, 0, 0, 1), Merge(1, 0, 2, 0)]
    assert hidden.is_hidden


def test_a_large_workbook_keeps_its_merges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "MANY_CELLS", 4)
    rows: list[list[cells.Cell]] = [["学校标识码", "姓名"], ["G1", "甲"], [None, "乙"]]
    data = writers.write("xlsx", [Table("表1", rows, merges=[(1, 0, 2, 0)])])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    assert sheet.merged_cell_ranges == [((1, 0), (2, 0))]
    assert sheet.to_python()[1] == ["G1", "甲"]


def test_archives_hold_their_members() -> None:
    with zipfile.ZipFile(io.BytesIO(writers.pack([("a/b.csv", b"1"), ("c.csv", b"2")]))) as archive:
        assert archive.namelist() == ["a/b.csv", "c.csv"]
