"""The questions that go back to the counties: each that must be asked is asked, and no other of its kind."""

from __future__ import annotations

import pandas as pd

from tests.golden import queries
from tests.golden.conftest import SEEDS, World

UNIT = ["collection_id", "unit_code"]
DOCUMENT = ["document_id", *UNIT]


def asked(world: World, check: str, key: list[str]) -> set[tuple[str, ...]]:
    """Where a check was raised."""
    issues = world.table("quality.issues")
    found = issues[issues.check_id == check]
    return set(found[key].astype(object).drop_duplicates().itertuples(index=False, name=None))


def standing(world: World, keys: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Without documents that are replaced: of those nothing is asked."""
    documents = world.laid_out.documents
    replaced = documents[documents.status == "replaced"][DOCUMENT]
    return keys - set(replaced.itertuples(index=False, name=None))


def test_documents_after_the_close_are_asked_about(world: World) -> None:
    expected = standing(world, queries.late_documents(world.laid_out))
    assert asked(world, "document.after_close", DOCUMENT) == expected


def test_documents_that_shrink_a_return_are_asked_about(world: World) -> None:
    expected = standing(world, queries.shrinking_documents(world.laid_out))
    assert asked(world, "document.shrinks", DOCUMENT) == expected


def test_old_documents_sent_again_are_asked_about(world: World) -> None:
    expected = standing(world, queries.resent_documents(world.laid_out))
    assert asked(world, "document.resent", DOCUMENT) == expected


def test_identity_documents_of_other_kinds_are_asked_about(world: World) -> None:
    """In rows that are not set aside for something else."""
    at = [*DOCUMENT, "row_number"]
    issues = world.table("quality.issues")
    wrong = set(_rows(issues[issues.severity == "error"], at))
    expected = {key for key in queries.other_documents(world.laid_out) if key[:3] in standing(world, {key[:3]})}
    found = set(_rows(issues[issues.check_id == "id.other_document"], at))
    assert found - wrong == expected - wrong


def test_units_without_a_register_are_asked_for_it(world: World) -> None:
    assert asked(world, "unit.register_missing", UNIT) == queries.missing_registers(world.laid_out)


def test_schools_that_a_return_leaves_out_are_asked_for(world: World) -> None:
    assert asked(world, "unit.incomplete", [*UNIT, "form"]) == queries.incomplete_returns(world.laid_out)


def test_schools_that_change_much_are_asked_about(world: World) -> None:
    must, may = queries.changed_schools(world.laid_out)
    found = asked(world, "unit.year_on_year", UNIT)
    assert must <= found <= may


def test_forms_that_disagree_are_asked_about(world: World) -> None:
    must, may = queries.disagreeing_disabilities(world.laid_out, SEEDS)
    found = asked(world, "unit.across_forms", UNIT)
    assert must <= found <= may


def test_both_units_of_a_pupil_in_two_are_asked(world: World) -> None:
    assert asked(world, "city.pupil_twice", UNIT) == queries.pupils_in_two_units(world.laid_out)


def test_figures_unlike_any_other_are_asked_about(world: World) -> None:
    names = {metric["metric_id"]: metric["name_zh"] for metric in SEEDS.metrics}
    issues = world.table("quality.issues")
    found = issues[issues.check_id == "metric.outlier"]
    asked_about = {
        (row.collection_id, row.unit_code, metric)
        for row in found.itertuples()
        for metric, name in names.items()
        if f"“{name}”" in str(row.message_zh)
    }
    assert asked_about == queries.strange_figures(world.oracle.metric_values, SEEDS)


def test_nobody_is_asked_about_a_tidy_document(world: World) -> None:
    if world.messiness == "clean":
        found: pd.Series = world.table("quality.issues").check_id
        assert set(found) <= {
            "document.no_rows",  # a form with nothing to report is told, too
            "unit.year_on_year",
            "unit.across_forms",
            "city.pupil_twice",
            "id.other_document",
            "metric.outlier",
        }


def _rows(issues: pd.DataFrame, at: list[str]) -> list[tuple[str, ...]]:
    """Document, collection, unit and row, all as text."""
    placed = issues[issues.row_number.notna()]
    return [(*row[:3], str(int(row[3]))) for row in placed[at].itertuples(index=False, name=None)]
