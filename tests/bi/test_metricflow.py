"""MetricFlow asks a release what `docs/bi.md` says it may be asked, and is told the ratio of sums or nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ingest.settings import DBT_DIR, PROJECT_DIR
from tests.integration.conftest import Workplace

PROGRAM = PROJECT_DIR / ".venv-bi" / "bin" / "mf"
FITNESS = "{{ Entity('metric') }} = 'fitness_pass_rate'"
LATEST = "{{ Entity('collection') }} = '2020-09'"
CITY = "{{ Dimension('figure__area_kind') }} = 'city'"
COUNTIES = "{{ Dimension('figure__area_kind') }} = 'county'"
Ask = Callable[..., pd.DataFrame]


@pytest.fixture
def ask(released: Workplace, tmp_path: Path) -> Ask:
    """Asks for `pooled_value` where all conditions hold, and gives the answer."""
    if not PROGRAM.exists():
        pytest.skip("MetricFlow is not installed: make test-bi")
    own = {"DBT_PROFILES_DIR": str(PROJECT_DIR / "deploy" / "metricflow"), "EDU_RELEASE": str(released.current)}

    def ask(*conditions: str, by: str = "") -> pd.DataFrame:
        answer = tmp_path / "answer.csv"
        question = [
            "--metrics",
            "pooled_value",
            "--where",
            " and ".join(conditions),
            *(["--group-by", by] if by else []),
        ]
        done = subprocess.run(
            [str(PROGRAM), "query", *question, "--csv", str(answer)],
            cwd=DBT_DIR,
            env=os.environ | own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return pd.read_csv(answer, skip_blank_lines=False)

    return ask


def told(answer: pd.DataFrame) -> dict[str, float]:
    """The values by what they were asked by."""
    return dict(answer.dropna().itertuples(index=False, name=None))


def expected(released: Workplace, by: str, condition: str) -> dict[str, float]:
    figures = released.query(
        f"select {by}, value from metrics.scoreboard where metric_id = 'fitness_pass_rate' and {condition} and value is not null"
    )
    assert len(figures) > 1
    return dict(figures.itertuples(index=False, name=None))


def test_the_city_of_every_collection_is_what_the_scoreboard_says(ask: Ask, released: Workplace) -> None:
    assert told(ask(FITNESS, CITY, by="collection")) == pytest.approx(
        expected(released, "collection_id", "area_kind = 'city'")
    )


def test_every_county_of_a_collection_is_what_the_scoreboard_says(ask: Ask, released: Workplace) -> None:
    counties = "area_kind = 'county' and collection_id = '2020-09'"
    assert told(ask(FITNESS, LATEST, COUNTIES, by="figure__area_zh")) == pytest.approx(
        expected(released, "area_zh", counties)
    )


def test_two_counties_together_are_the_ratio_of_their_sums(ask: Ask, released: Workplace) -> None:
    two = "('331002', '331003')"
    figures = released.query(
        "select sum(numerator) / sum(denominator) as pooled, avg(value) as averaged from metrics.scoreboard "
        f"where metric_id = 'fitness_pass_rate' and collection_id = '2020-09' and unit_code in {two}"
    ).iloc[0]
    value = ask(FITNESS, LATEST, f"{{{{ Entity('area') }}}} in {two}").pooled_value[0]
    assert value == pytest.approx(figures.pooled)
    assert value != pytest.approx(figures.averaged)


@pytest.mark.parametrize("mixed", [[FITNESS, LATEST], [FITNESS, CITY], [LATEST, CITY]])
def test_what_mixes_wholes_with_parts_collections_or_metrics_has_no_answer(ask: Ask, mixed: list[str]) -> None:
    assert ask(*mixed).pooled_value.isna().all()
