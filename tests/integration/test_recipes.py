"""The recipes of docs/bi.md that call themselves tested, and the README's first look, run as they stand."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ingest.settings import PROJECT_DIR
from tests.integration.conftest import Workplace

README = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
RECIPES = (PROJECT_DIR / "docs" / "bi.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"```{language}\n(.*?)```", RECIPES, re.DOTALL)
    assert len(found) == {"sql": 12, "python": 2}[language]
    return found


@pytest.fixture
def at_data(released: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder in which `data` leads to a release."""
    (tmp_path / "data").symlink_to(released.data)
    monkeypatch.chdir(tmp_path)


MAY_BE_EMPTY = (
    "metrics.revisions",
    "marts.fct_class",
)  # a first release revises nothing; a small city has no large class


def test_the_queries_for_duckdb_find_rows_and_are_short(released: Workplace) -> None:
    for query in blocks("sql"):
        assert len(query.strip().splitlines()) <= 6, query
        found = released.query(query)
        assert len(found) or any(table in query for table in MAY_BE_EMPTY), query


@pytest.mark.usefixtures("at_data")
def test_the_python_recipes_run(released: Workplace) -> None:
    seen: dict[str, Any] = {}
    for code in blocks("python"):
        exec(code, seen)
    assert len(seen["progress"]) == 122 * 4
    assert len(seen["pupils"]) == released.query("select count(*) as n from marts.fct_enrollment").n[0]
    assert seen["values"] == released.query("select count(*) as n from metrics.metric_values").n[0]


@pytest.mark.usefixtures("at_data")
def test_the_first_look_of_the_readme_shows_the_targets_with_a_figure() -> None:
    (code,) = re.findall(r"\n(    import duckdb\n.*?)\n\n", README, re.DOTALL)
    statements, _, query = textwrap.dedent(code).partition("db.sql(")
    seen: dict[str, Any] = {}
    exec(statements, seen)
    assert len(eval(f"db.sql({query}", seen).df()) == 53
