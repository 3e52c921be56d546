"""How figures, limits and rules are written for people: one way for messages, templates and pages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ingest.contracts.contract import Column, Contract, RowRule
from ingest.reference import Reference

DIGITS = 12  # what is beyond them in a double is noise of adding up


def figure(number: float, *, thousands: bool = False) -> str:
    """A number as people write it: `3580245`, `0.15`; never a power, no noughts at its end; `3,580,245` with `thousands`."""
    written = Decimal(f"{number:.{DIGITS}g}")
    text = f"{written:{',' if thousands else ''}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def at_least(limit: float) -> str:
    """`不小于 5`."""
    return f"不小于 {figure(limit)}"


def at_most(limit: float) -> str:
    """`不大于 5`."""
    return f"不大于 {figure(limit)}"


def above(limit: float) -> str:
    """`大于 5`."""
    return f"大于 {figure(limit)}"


def between(low: float, high: float) -> str:
    """`20000 至 1000000`."""
    return f"{figure(low)} 至 {figure(high)}"


def labels_of(column: Column, codes: Sequence[str], reference: Reference) -> str:
    """The labels of some codes of a column, in the order of its list: `走读、住宿`."""
    return "、".join(code.label_zh for code in reference.codes.get(str(column.codes), ()) if code.code in codes)


def rule_in_words(rule: RowRule, contract: Contract, reference: Reference) -> str:
    """What a rule about several columns of a form asks of the one that it is about."""
    limit = f"“{contract.column(rule.limit).heading_zh}”" if rule.limit else ""
    conditions = "且".join(
        f"“{contract.column(name).heading_zh}”为{labels_of(contract.column(name), codes, reference)}"
        for name, codes in rule.when.items()
    )
    implied = labels_of(contract.column(rule.column), [rule.value], reference) if rule.column and rule.value else ""
    together = "、".join(f"“{contract.column(name).heading_zh}”" for name in rule.columns)
    return {
        "at_most": f"应不大于{limit}",
        "at_least": f"应不早于{limit}",
        "required_when": f"{conditions}时必填",
        "only_when": f"只有{conditions}时才填",
        "one_of_required": f"{together}至少填一项",
        "counts_not_percent": "占比类任务应填完成数和总数，不填百分比",
        "implied": f"{conditions}时按{implied}计",
        "implied_where_blank": f"{conditions}而本列为空时按{implied}计",
    }[rule.rule]
