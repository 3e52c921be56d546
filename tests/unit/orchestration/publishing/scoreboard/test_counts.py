"""The scoreboard counts city rows only, and says what became of the documents."""

from collections.abc import Callable

from ingest.settings import Settings
from orchestration.publishing.release.publish import publish
from orchestration.publishing.scoreboard import Scoreboard, read_scoreboard


def test_city_rows_are_counted_by_status(settings: Settings, build: Callable[..., None]) -> None:
    build({("m1", "331000"): 1.0, ("m1", "331002"): 0.5, ("m2", "331000"): 0.5}, [("d1", "331002", "pay", 1)])
    release = publish(settings, lambda _: None)
    board = read_scoreboard(settings.published_dir / "releases" / release.release_id)
    assert board.counts == {("2020-09", "A", "met"): 1, ("2020-09", "A", "behind"): 1}
    assert board.documents == {"accepted": 1}


def test_text_and_markdown_say_the_same() -> None:
    board = Scoreboard({("2020-09", "A", "met"): 3}, {"accepted": 5, "rejected": 2}, [("x/y.csv", "没有单位")])
    assert board.as_text().splitlines()[1].split() == ["2020-09", "A", "3", *["0"] * 7]
    assert "| 2020-09 | A | 3 |" in board.as_markdown()
    for text in (board.as_text(), board.as_markdown()):
        assert "采用 5，被替换 0，拒收 2，未归位 1" in text
    assert "x/y.csv：没有单位" in board.as_text()
