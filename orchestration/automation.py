"""Automation: what follows by itself when something upstream was materialised, in the UI or by another job."""

import dagster as dg

AUTOMATION = "automation"
AFTER_UPSTREAM = (
    dg.AutomationCondition.any_deps_updated().since_last_handled()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
).with_label("after_upstream")
"""Anew whenever something upstream is, and never only because it is missing: the first release is the refresh job's to make.

Unlike `eager`, it does not wait for partitions that a county has never sent.
"""


def build_automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """The sensor that looks at the conditions, switched on."""
    return dg.AutomationConditionSensorDefinition(
        AUTOMATION,
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="自动跟进：facts, metrics, release and desk follow a return that was read again.",
    )
