"""Persons by the side doors: names and numbers in rows that slipped, names of files and sheets, headings, notes and unknown columns."""

from pathlib import Path

import pytest
import xlsxwriter

from tests.integration.conftest import Workplace
from tests.integration.test_privacy import texts_of

NAME = "欧阳测试甲"
ID = "33990120150307001X"
PHONE = "13912345678"
SECRETS = (NAME, ID, ID[:17], PHONE)
REGISTER = ["学校标识码", "学校名称", "所在乡镇（街道）", "城乡分类代码", "学校办学类型", "办学性质", "办学状态"]
ROSTER = ["学籍号", "姓名", "性别", "出生日期", "学校标识码", "年级", "班级"]
Rows = list[list[str]]


def pupil(unit: str, grade: str = "小一", class_name: str = "1班") -> list[str]:
    return [f"G{ID}", NAME, "男", "2015-03-07", f"{unit}0001", grade, class_name]


def write(path: Path, sheets: dict[str, Rows]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


def lay_down(landing: Path) -> None:
    """A document for every door, each in a unit of its own, with a fault, so that feedback shows it."""
    doors: dict[str, tuple[str, dict[str, Rows]]] = {
        "331002": ("滑了一列", {"名册": [ROSTER, ["", *pupil("331002")[:-1]], [*pupil("331002")[1:], NAME]]}),
        "331003": (
            "未知列",
            {
                "名册": [
                    [*ROSTER, "曾用名", "监护人", f"家长电话{PHONE}", ""],
                    [*pupil("331003", "没有"), NAME, NAME, PHONE, NAME],
                ]
            },
        ),
        "331004": (
            ID,
            {
                f"名册{PHONE}": [
                    [f"{NAME}的名册"],
                    ROSTER,
                    pupil("331004", "没有"),
                    [f"填表人：{NAME} {PHONE}"],
                ]
            },
        ),
        "331022": (
            "班级",
            {"名册": [ROSTER, pupil("331022", "小一", f"{PHONE}班"), pupil("331022", "没有", f"{ID}班")]},
        ),
        "331023": ("两页", {"名册": [ROSTER, pupil("331023", "没有")], "另页": [[NAME, ID, PHONE]] * 3}),
        "331024": ("缺列", {"名册": [ROSTER[:5], pupil("331024")[:5]]}),
    }
    for unit, (name, sheets) in doors.items():
        folder = landing / "2020-09" / unit
        write(
            folder / "名录.xlsx",
            {"名录": [REGISTER, [f"{unit}0001", "测试小学", "测试镇", "111", "小学", "公办", "在办"]]},
        )
        write(folder / f"{name}.xlsx", sheets)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = Workplace(tmp_path_factory.mktemp("doors"))
    lay_down(place.landing)
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    (place.root / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return place


def test_no_marker_leaves_the_archive_by_any_door(place: Workplace) -> None:
    """But in the ledger, which keeps names of files as they were sent."""
    files = [
        path
        for path in place.data.rglob("*")
        if path.is_file() and not path.is_symlink() and "archive" not in path.parts and path.name != "ledger.sqlite"
    ]
    assert len(list((place.data / "feedback").rglob("*.xlsx"))) >= 6
    leaks = {
        (secret, str(path.relative_to(place.data)))
        for path in files
        for text in [*texts_of(path), path.name]
        for secret in SECRETS
        if secret in text
    }
    output = (place.root / "output.txt").read_text(encoding="utf-8")
    assert leaks | {(secret, "output") for secret in SECRETS if secret in output} == set()


def test_the_scan_itself_finds_every_marker_in_what_was_sent(place: Workplace) -> None:
    sent = [text for path in place.landing.rglob("*.xlsx") for text in [*texts_of(path), path.name]]
    assert [secret for secret in SECRETS if not any(secret in text for text in sent)] == []
