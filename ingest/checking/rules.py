"""The checks that one document can tell, over whole columns: each yields faults, masks over the rows of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checking import id_numbers
from ingest.checking.batch import Batch
from ingest.checking.columns import TypedColumn
from ingest.contracts.contract import Column, Contract, RowRule
from ingest.reference import Reference, labels
from ingest.values.wording import above, at_least, at_most, between, rule_in_words

EPOCH = date(1970, 1, 1)
IMPLICATIONS = ("implied", "implied_where_blank")
AS_TOLD = {  # what the name of a type does not say to who mends a cell
    "date": "（如 2020-09-01）",
    "text": "，而是表格软件的出错值（如 #N/A、#REF!），请改正公式或直接填写内容",
}


@dataclass(frozen=True)
class Fault:
    """A check that some rows of a batch did not pass, at one column or as a whole; `detail` completes the message."""

    check_id: str
    column: str | None
    rows: np.ndarray
    detail: str = ""


Columns = Mapping[str, TypedColumn]


def find_faults(batch: Batch, typed: Columns, reference: Reference) -> list[Fault]:
    """Every fault of every row, checks about one column first."""
    faults = [
        fault
        for column in batch.contract.columns
        for fault in _column_faults(column, batch, typed[column.name], reference)
    ]
    rules = [rule for rule in batch.contract.row_rules if rule.rule not in IMPLICATIONS]
    faults += [fault for rule in rules for fault in RULES[rule.rule](rule, batch, typed, reference)]
    if "birth_date" in typed:
        faults += _birth_faults(batch, typed)
    faults += _flags(batch)
    return [fault for fault in faults if fault.rows.any()]


def _flags(batch: Batch) -> Iterator[Fault]:
    """What reading found at rows of the tables, over the rows of the batch."""
    masks: dict[tuple[str, str | None, str], np.ndarray] = {}
    for placed, start in zip(batch.placed, batch.starts.tolist(), strict=True):
        for flag in placed.table.flags:
            mask = masks.setdefault((flag.check_id, flag.column, flag.detail), np.zeros(batch.height, bool))
            mask[start : start + placed.table.height] |= flag.rows
    for (check_id, column, detail), mask in masks.items():
        yield Fault(check_id, column, mask, detail)


def fill_in_implied(contract: Contract, typed: Columns) -> None:
    """Gives a column the value that another one implies, whatever stood there or only where it is blank."""
    for rule in contract.row_rules:
        if rule.rule not in IMPLICATIONS:
            continue
        target = typed[str(rule.column)]
        rows = _holds(rule, typed)
        if rule.rule == "implied_where_blank":
            rows &= target.is_blank
        target.values = pc.if_else(pa.array(rows), rule.value, target.values)
        target.is_blank = target.is_blank & ~rows
        for mask in target.faults.values():
            mask &= ~rows


# -- about one column
def _column_faults(column: Column, batch: Batch, typed: TypedColumn, reference: Reference) -> Iterator[Fault]:
    def fault(check_id: str, rows: np.ndarray, detail: str = "") -> Fault:
        return Fault(check_id, column.name, rows, detail)

    for check_id, rows in typed.faults.items():
        yield fault(check_id, rows, _detail(column, check_id, reference))
    if column.required:
        yield fault("cell.required", typed.is_blank)
    if column.codes == "reporting_units":
        unknown = typed.is_present & ~_numpy(pc.is_in(typed.values, pa.array(list(reference.units))))
        yield fault("cell.code", unknown, "本表所列行政区划代码")
    if column.pattern:
        matches = _numpy(pc.match_substring_regex(typed.values, column.pattern))
        yield fault("cell.pattern", typed.is_present & ~matches, f"应为{column.pattern_zh}")
    if column.national_id:
        yield from _identity_faults(column, typed)
    if column.type in ("int", "number"):
        yield from _figure_faults(column, batch, typed)
    if column.type == "date":
        yield from _date_faults(column, batch, typed)


def _detail(column: Column, check_id: str, reference: Reference) -> str:
    if check_id == "cell.type":
        return labels("column_type")[column.type] + AS_TOLD.get(column.type, "")
    if column.codes == "declared_targets":
        return "申报类任务的任务代码"
    if check_id == "cell.code" and column.codes in reference.codes:
        return "、".join(code.label_zh for code in reference.codes[str(column.codes)])
    return ""


def _figure_faults(column: Column, batch: Batch, typed: TypedColumn) -> Iterator[Fault]:
    """Limits of a figure; comparisons with a blank are false."""
    figures = typed.values.to_numpy(zero_copy_only=False).astype(float)
    limits = (
        (column.minimum, np.less, at_least),
        (column.maximum, np.greater, at_most),
        (column.above, np.less_equal, above),
    )
    for limit, is_outside, in_words in limits:
        if limit is not None:
            yield Fault("cell.range", column.name, is_outside(figures, limit), in_words(limit))
    if column.plausible:
        low, high = column.plausible
        yield Fault("cell.implausible", column.name, (figures < low) | (figures > high), between(low, high))
    if column.equals:
        wanted = batch.per_row([getattr(p.collection, column.equals) for p in batch.placed])
        yield Fault("cell.range", column.name, typed.is_present & (figures != wanted), "应为本学年年份")


def _date_faults(column: Column, batch: Batch, typed: TypedColumn) -> Iterator[Fault]:
    """Limits of a date, which may be dates of the row's collection."""
    days = _days(typed)
    for bound, is_outside, words in ((column.not_before, np.less, "不早于"), (column.not_after, np.greater, "不晚于")):
        if bound:
            limits = batch.per_row([_day(_bound(p.collection, bound)) for p in batch.placed])
            outside = typed.is_present & is_outside(days, limits)
            yield Fault("cell.range", column.name, outside, f"{words}{_bound_name(bound)}")
    if column.age_at_reference:
        low, high = column.age_at_reference
        ages = _ages(batch, days)
        outside = typed.is_present & ((ages < low) | (ages > high))
        yield Fault("cell.range", column.name, outside, f"年龄 {low} 至 {high} 岁")


def _bound(collection: object, bound: str) -> date:
    return date.fromisoformat(bound) if bound[0].isdigit() else getattr(collection, bound)


def _bound_name(bound: str) -> str:
    return {"as_of_date": "统计截止日期", "reference_date": "学年初"}.get(bound, bound)


# -- about dates and identities
def _identity_faults(column: Column, typed: TypedColumn) -> Iterator[Fault]:
    values = typed.values
    if column.national_id == "after_g":
        values = pc.if_else(
            pc.fill_null(pc.match_substring_regex(values, "^G[0-9]{17}[0-9X]$"), False),
            pc.utf8_slice_codeunits(values, 1),
            None,
        )
    else:
        yield Fault("id.other_document", column.name, typed.is_present & ~id_numbers.has_id_shape(values))
    yield Fault("id.checksum", column.name, id_numbers.has_wrong_check_digit(values))


def _birth_faults(batch: Batch, typed: Columns) -> Iterator[Fault]:
    """The date in the ID number against the birth date."""
    born = typed["birth_date"]
    days = _days(born)
    if "id_number" in typed:
        inside = id_numbers.birth_dates(typed["id_number"].values)
        if "student_id" in typed:
            numbers = id_numbers.identity_numbers(typed["student_id"].values, None)
            inside = np.where(inside > 0, inside, id_numbers.birth_dates(numbers))
        calendar = _calendar_numbers(days)
        without_day = born.notes.get("month", np.zeros(batch.height, bool))
        differs = np.where(without_day, inside // 100 != calendar // 100, inside != calendar)
        yield Fault("id.birth_date", "birth_date", born.is_present & (inside > 0) & differs)


def _days(typed: TypedColumn) -> np.ndarray:
    """Days since 1970-01-01, 0 where there is no date."""
    days: np.ndarray = pc.fill_null(typed.values.cast(pa.int32()), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return days


def _day(moment: date) -> int:
    return (moment - EPOCH).days


def _calendar_numbers(days: np.ndarray) -> np.ndarray:
    """Year * 10000 + month * 100 + day."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    years = months.astype("datetime64[Y]")
    month = (months - years).astype(np.int64) + 1
    numbers: np.ndarray = (years.astype(np.int64) + 1970) * 10000 + month * 100 + (dates - months).astype(np.int64) + 1
    return numbers


def ages(batch: Batch, born: TypedColumn) -> pa.Array:
    """Age in whole years (int16) at the reference date of each row's collection; null without a birth date."""
    return pa.array(_ages(batch, _days(born)), pa.int16(), mask=~born.is_present)


def _ages(batch: Batch, days: np.ndarray) -> np.ndarray:
    """Age in whole years at the reference date of each row's collection."""
    references = batch.per_row([_day(p.collection.reference_date) for p in batch.placed])
    ages: np.ndarray = (_calendar_numbers(references) - _calendar_numbers(days)) // 10000
    return ages


# -- about more than one column
def _at_most(rule: RowRule, batch: Batch, typed: Columns, reference: Reference) -> Iterator[Fault]:
    above_limit = pc.greater(typed[str(rule.column)].values, typed[str(rule.limit)].values)
    yield _broken(rule, batch, reference, _numpy(above_limit))


def _at_least(rule: RowRule, batch: Batch, typed: Columns, reference: Reference) -> Iterator[Fault]:
    below_limit = pc.less(typed[str(rule.column)].values, typed[str(rule.limit)].values)
    yield _broken(rule, batch, reference, _numpy(below_limit))


def _broken(rule: RowRule, batch: Batch, reference: Reference, rows: np.ndarray) -> Fault:
    return Fault(rule.check_id, str(rule.column), rows, rule_in_words(rule, batch.contract, reference))


def _holds(rule: RowRule, typed: Columns) -> np.ndarray:
    """Rows where every column of `when` holds one of its codes."""
    masks = [
        _numpy(pc.is_in(typed[name].values.cast(pa.string()), pa.array(codes))) for name, codes in rule.when.items()
    ]
    matching: np.ndarray = np.logical_and.reduce(masks)
    return matching


def _required_when(rule: RowRule, batch: Batch, typed: Columns, reference: Reference) -> Iterator[Fault]:
    yield _broken(rule, batch, reference, _holds(rule, typed) & typed[str(rule.column)].is_blank)


def _only_when(rule: RowRule, batch: Batch, typed: Columns, reference: Reference) -> Iterator[Fault]:
    yield _broken(rule, batch, reference, typed[str(rule.column)].is_present & ~_holds(rule, typed))


def _one_of_required(rule: RowRule, batch: Batch, typed: Columns, reference: Reference) -> Iterator[Fault]:
    yield Fault(
        "cell.required", rule.columns[0], np.logical_and.reduce([typed[name].is_blank for name in rule.columns])
    )


def _counts_not_percent(rule: RowRule, batch: Batch, typed: Columns, reference: Reference) -> Iterator[Fault]:
    """For an item that is a share, counts are asked for: a per cent or a denominator of 1 is implausible."""
    shares = [target for target, metric in reference.declared_targets.items() if metric.value_kind == "share"]
    is_share = _numpy(pc.is_in(typed[str(rule.item)].values, pa.array(shares)))
    numerator, denominator = typed[str(rule.numerator)], typed[str(rule.column)]
    words = rule_in_words(rule, batch.contract, reference)
    for name, column in ((rule.numerator, numerator), (rule.column, denominator)):
        percent = column.notes.get("percent", np.zeros(batch.height, bool))
        if name == rule.column:
            percent = percent | _numpy(pc.equal(denominator.values, 1.0))
        yield Fault("cell.implausible", str(name), is_share & percent, words)


def _numpy(mask: pa.Array) -> np.ndarray:
    flags: np.ndarray = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return flags


RULES: dict[str, Callable[[RowRule, Batch, Columns, Reference], Iterator[Fault]]] = {
    "at_most": _at_most,
    "at_least": _at_least,
    "required_when": _required_when,
    "only_when": _only_when,
    "one_of_required": _one_of_required,
    "counts_not_percent": _counts_not_percent,
}
