"""The page of figures keeps what was measured before."""

from pathlib import Path

from tests.benchmarks.page import TITLES, put, section, table


def test_measuring_one_thing_anew_leaves_the_others(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    for name, figure in (("lakes", "1"), ("fixed", "2"), ("lakes", "3")):
        put(page, name, section(name, table(("what", "s"), [("scan", figure)])))
    text = page.read_text(encoding="utf-8")
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles == [TITLES["fixed"], TITLES["lakes"]]
    assert "| scan | 3 |" in text and "| scan | 2 |" in text and "| scan | 1 |" not in text
    before = page.read_text(encoding="utf-8")
    put(page, "lakes", section("lakes", table(("what", "s"), [("scan", "3")])))
    assert page.read_text(encoding="utf-8") == before
