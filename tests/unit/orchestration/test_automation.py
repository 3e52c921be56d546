"""What follows by itself: facts, metrics, release and desk after a return that was read again, and nothing for its own sake."""

import dagster as dg
import pytest

from orchestration.assets.returns import form_key
from orchestration.definitions import defs

CELL = dg.MultiPartitionKey({"collection": "2020-09", "unit": "331002"})


def names(result: dg.EvaluateAutomationConditionsResult) -> set[str]:
    return {
        key.to_user_string()
        for key in defs.resolve_asset_graph().materializable_asset_keys
        if result.get_num_requested(key)
    }


@pytest.fixture(scope="module")
def evaluations() -> tuple[set[str], set[str], set[str]]:
    """What is asked for on an empty instance, after a return was read again, and when all that has been made."""
    with dg.DagsterInstance.ephemeral() as instance:
        first = dg.evaluate_automation_conditions(defs, instance)
        instance.report_runless_asset_event(dg.AssetMaterialization(form_key("pay"), partition=CELL))
        second = dg.evaluate_automation_conditions(defs, instance, cursor=first.cursor)
        for name in sorted(names(second)):
            instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey.from_user_string(name)))
        third = dg.evaluate_automation_conditions(defs, instance, cursor=second.cursor)
        return names(first), names(second), names(third)


def test_nothing_is_made_only_because_it_is_missing(evaluations: tuple[set[str], ...]) -> None:
    assert evaluations[0] == set()


def test_metrics_release_and_desk_follow_a_return(evaluations: tuple[set[str], ...]) -> None:
    asked = evaluations[1]
    assert {"staging/stg_pay", "marts/fct_pay", "metrics/metric_values", "quality/return_status"} <= asked
    assert {"release/warehouse", "desk/feedback", "desk/board"} <= asked
    assert not {name for name in asked if name.startswith(("returns/", "landing/")) or name == "staging/collections"}
    assert "desk/templates" not in asked, "on demand only"


def test_it_is_asked_for_once(evaluations: tuple[set[str], ...]) -> None:
    assert evaluations[2] == set()
