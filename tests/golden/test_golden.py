"""A small made-up city through the real pipeline: every published figure, status and issue against answers worked out apart."""

from __future__ import annotations

import pandas as pd

from tests.golden.compare import differences
from tests.golden.conftest import World

KEY = ["metric_id", "collection_id", "unit_code"]
DOCUMENT = ["document_id", "collection_id", "unit_code"]
COUNTED = ["units_reported", "units_expected", "schools_reported", "schools_expected", "data_status"]


def test_every_metric_value_is_right(world: World) -> None:
    actual = world.table("metrics.metric_values")
    assert not differences(world.oracle.metric_values, actual, KEY, ["numerator", "denominator", "value", *COUNTED])


def test_progress_against_every_target_is_right(world: World) -> None:
    fields = ["baseline_value", "target_value", "status", "gap", "gap_count", "required_per_year", "projected_value"]
    fields += ["status_if_final", "projected_status", "previous_status"]
    actual = world.table("metrics.target_progress")
    assert not differences(world.oracle.target_progress, actual, KEY, fields, {"projected_value": 1e-6})


def test_the_seven_indicators_are_right(world: World) -> None:
    fields = ["sections", "sections_meeting", "mean_value", "line", "cv", "cv_limit"]
    key = ["collection_id", "unit_code", "stage", "indicator"]
    actual = world.table("metrics.balance_indicators").query("sections > 0")
    assert not differences(world.oracle.balance_indicators, actual, key, fields)


def test_readiness_for_balance_is_right(world: World) -> None:
    fields = ["sections", "sections_passing", "coefficients_within", "ready"]
    assert not differences(world.oracle.balance_readiness, world.table("metrics.balance_readiness"), KEY[1:], fields)


def test_enrolment_is_right(world: World) -> None:
    key = ["collection_id", "unit_code", "stage", "grade"]
    actual = world.table("marts.fct_enrollment").groupby(key).pupils.sum().reset_index()
    assert not differences(world.oracle.enrolment, actual, key, ["pupils"])


def test_teachers_by_degree_are_right(world: World) -> None:
    key = ["collection_id", "unit_code", "stage_taught", "degree"]
    actual = (
        world.table("marts.fct_teacher_qualification")
        .fillna({"stage_taught": ""})
        .groupby(key)
        .teachers.sum()
        .reset_index()
    )
    assert not differences(world.oracle.qualification, actual, key, ["teachers"])


def test_gigabit_schools_are_right(world: World) -> None:
    key = ["collection_id", "unit_code"]
    actual = (
        world.table("marts.fct_broadband_connectivity")
        .groupby(key)
        .agg(schools=("school_id", "size"), gigabit=("is_gigabit", "sum"))
        .reset_index()
    )
    assert not differences(world.oracle.broadband, actual, key, ["schools", "gigabit"])


def test_every_document_has_its_status_and_loses_no_row(world: World) -> None:
    counts = ["rows_read", "rows_accepted", "rows_quarantined", "rows_not_counted"]
    expected, actual = world.laid_out.documents, world.table("quality.documents")
    assert not differences(expected, actual, DOCUMENT, ["status", *counts])
    assert (actual.rows_read == actual.rows_accepted + actual.rows_quarantined).all()


def test_exactly_the_wrong_rows_and_documents_are_reported(world: World) -> None:
    """Errors and fatal faults, each at its row, and no others."""
    at = [*DOCUMENT, "row_number", "check_id"]
    serious = ["error", "fatal"]
    expected, actual = world.laid_out.issues, world.table("quality.issues")
    assert not differences(
        _distinct(expected[expected.severity.isin(serious)], at),
        _distinct(actual[actual.severity.isin(serious)], at),
        at,
        [],
    )


def test_errors_name_the_column(world: World) -> None:
    at = [*DOCUMENT, "row_number", "check_id", "column_name"]
    expected, actual = world.laid_out.issues, world.table("quality.issues")
    named = expected[(expected.severity == "error") & (expected.check_id != "row.duplicate")]
    found = actual[(actual.severity == "error") & (actual.check_id != "row.duplicate")]
    assert not differences(_distinct(named, at), _distinct(found, at), at, [])


def test_what_is_odd_is_asked_about(world: World) -> None:
    """Every query about a cell or sheet that was planted; what the city itself brings about may come on top."""
    at = [*DOCUMENT, "row_number", "check_id"]
    expected, actual = world.laid_out.issues, world.table("quality.issues")
    planted = _distinct(expected[expected.severity == "query"], at)
    found = _distinct(actual[actual.severity == "query"], at)
    found = found[found.set_index(at).index.isin(planted.set_index(at).index)]
    assert not differences(planted, found, at, [])


def test_misplaced_files_are_listed_and_nothing_else(world: World) -> None:
    actual = world.table("quality.unplaced")
    found = {
        (next((p for p, _ in world.laid_out.unplaced if str(row.path).endswith(p)), row.path), row.document_id)
        for row in actual.itertuples()
    }
    assert found == set(world.laid_out.unplaced)
    assert actual.reason.notna().all()


def test_every_arrival_is_on_record(world: World) -> None:
    expected = {(e.document_id, e.collection_id, e.unit_code, len(set(e.arrivals))) for e in world.laid_out.entries}
    actual = world.table("quality.arrivals").groupby(DOCUMENT).size().reset_index(name="n")
    assert expected == set(actual.itertuples(index=False, name=None))


def test_facts_hold_as_many_rows_as_were_accepted(world: World) -> None:
    """Facts at the grain of their form."""
    facts = {
        "school_conditions": "fct_school_conditions",
        "school_practice": "fct_school_practice",
        "kindergarten_projects": "fct_kindergarten_project",
        "recognitions": "fct_recognition",
        "community_schools": "fct_community_school",
        "admission_quota": "fct_admission_quota",
        "progress_items": "fct_progress_item",
    }
    key = ["collection_id", "unit_code"]
    for form, fact in facts.items():
        expected = world.laid_out.truth[form].groupby(key).size().reset_index(name="rows")
        assert not differences(
            expected, world.table(f"marts.{fact}").groupby(key).size().reset_index(name="rows"), key, ["rows"]
        ), fact


def test_a_clean_city_raises_no_complaint_about_a_document(world: World) -> None:
    if world.messiness == "clean":
        issues = world.table("quality.issues").query("check_id != 'document.no_rows'")  # nothing to report is told, too
        assert not issues.check_id.str.startswith(("document.", "cell.", "table.")).any()


def _distinct(issues: pd.DataFrame, at: list[str]) -> pd.DataFrame:
    """One row a place and check; blanks made comparable."""
    out = issues[at].copy()
    out["row_number"] = [None if pd.isna(v) else int(v) for v in out.row_number]
    out["row_number"] = out.row_number.astype(object).where(out.row_number.notna(), None)
    return out.astype(object).where(out.notna(), None).drop_duplicates()
