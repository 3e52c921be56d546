"""Tables that are sums of a family, as resources; averages of pay; the indicators of balance."""

from __future__ import annotations

import duckdb

from orchestration.publishing.open_data.dimensions import Dimensions
from orchestration.publishing.open_data.inner_cells import table_cells, visible_codes
from orchestration.publishing.open_data.protection import Protection
from orchestration.publishing.open_data.resources import (
    NO_DATA,
    NOT_APPLICABLE,
    Column,
    Resource,
    Shown,
    Value,
    dimension_column,
    flat,
    plain_columns,
    shown,
    status_keys,
    value_columns,
)
from orchestration.publishing.open_data.rules import TOTAL, Average, Rules

KEY_COLUMNS = ("collection_id", "unit_code")
KEYS_ABROAD = [("collection_id", "collections", "collection_id"), ("unit_code", "units", "unit_code")]


def key_columns(rules: Rules) -> list[Column]:
    """The columns that every table begins with: collection and unit."""
    return plain_columns(rules, KEY_COLUMNS, required=KEY_COLUMNS)


def table_resource(rules: Rules, name: str, protection: Protection, dimensions: Dimensions) -> Resource:
    """Every unit and the city in every collection, with all combinations of codes; 0 is shown."""
    table = rules.tables[name]
    family = protection.families[table.family]
    codes = {dimension: visible_codes(rules, family, table, dimension) for dimension in table.dimensions}
    columns = [dimension_column(rules, dimension, [code for code, _ in codes[dimension]]) for dimension in codes]
    rows = [
        row
        for collection in dimensions.closes
        for row in _collection_rows(rules, name, protection, dimensions, collection)
    ]
    return Resource(
        name,
        table.title,
        [*key_columns(rules), *columns, *value_columns(rules, [table.measure])],
        rows,
        (*KEY_COLUMNS, *table.dimensions),
        [*KEYS_ABROAD, *status_keys([table.measure])],
    )


def _collection_rows(
    rules: Rules, name: str, protection: Protection, dimensions: Dimensions, collection: str
) -> list[tuple[Value, ...]]:
    table = rules.tables[name]
    family = protection.families[table.family]
    atoms = protection.atoms[collection][table.family]
    kinds = {dimensions.kinds[unit] for unit in family.units() if unit in dimensions.kinds}
    asked = [unit for unit, kind in dimensions.kinds.items() if kind in kinds]
    missing = set(asked) - family.units(collection)
    cells = dict(table_cells(rules, family, table, atoms, [*dimensions.kinds, TOTAL]))
    rows: list[tuple[Value, ...]] = []
    for key, members in cells.items():
        unit = key[0]
        is_late = dimensions.is_open(collection) or (unit == TOTAL and bool(missing) and not table.one_reporter)
        if not atoms or (unit in missing and not table.one_reporter):
            state = Shown(None, NO_DATA)
        elif unit not in asked and unit != TOTAL:
            state = Shown(None, NOT_APPLICABLE)
        else:
            value = sum(atom.value for atom in members)
            figure = round(value, 2) if table.protect == "amount" else round(value)
            state = shown(figure, (name, *key) in protection.suppressed[collection], provisional=is_late)
        rows.append((collection, *key, *flat([state])))
    return rows


def pay_values(
    db: duckdb.DuckDBPyConnection, rules: Rules, dimensions: Dimensions
) -> dict[tuple[str, str, str], tuple[float, Shown]]:
    """Averages by (collection, unit, item), and what is shown of them."""
    found: dict[tuple[str, str, str], tuple[float, Shown]] = {}
    for item, average in rules.pay.items():
        heads = _heads(db, average)
        for collection, unit, pay in db.sql(
            f"select collection_id, unit_code, {item} from marts.fct_pay where {item} is not null order by all"
        ).fetchall():
            few = heads is not None and heads.get((collection, unit), 0.0) < rules.thresholds.heads
            found[collection, unit, item] = pay, shown(round(pay, 2), few, provisional=dimensions.is_open(collection))
    return found


def _heads(db: duckdb.DuckDBPyConnection, average: Average) -> dict[tuple[str, str], float] | None:
    if average.heads is None:
        return None
    return {(collection, unit): float(heads) for collection, unit, heads in db.sql(average.heads).fetchall()}


def pay_resource(
    rules: Rules, dimensions: Dimensions, pay: dict[tuple[str, str, str], tuple[float, Shown]]
) -> Resource:
    """Averages of the units that send them; there is none of the city."""
    kinds = {dimensions.kinds[unit] for _, unit, _ in pay if unit in dimensions.kinds}
    rows: list[tuple[Value, ...]] = []
    for collection in dimensions.closes:
        for unit, kind in dimensions.kinds.items():
            for item in rules.pay:
                none = Shown(None, NO_DATA if kind in kinds else NOT_APPLICABLE)
                state = pay.get((collection, unit, item), (0.0, none))[1]
                rows.append((collection, unit, item, *flat([state])))
    return Resource(
        "pay",
        ("教师待遇（年平均收入）", "Average yearly pay"),
        [*key_columns(rules), dimension_column(rules, "pay_item", rules.pay), *value_columns(rules, ["pay"])],
        rows,
        (*KEY_COLUMNS, "pay_item"),
        [*KEYS_ABROAD, *status_keys(["pay"])],
    )


def balance_resource(db: duckdb.DuckDBPyConnection, rules: Rules) -> Resource:
    """Means and coefficients where enough sections stand behind them; no mean that gives a number of teachers."""
    persons = set(rules.balance.indicators_of_persons)
    rows: list[tuple[Value, ...]] = []
    for collection, unit, stage, indicator, sections, mean, cv, line, limit in db.sql(
        "select collection_id, unit_code, stage, indicator, sections, mean_value, cv, line, cv_limit "
        "from metrics.balance_indicators order by all"
    ).fetchall():
        few = sections < rules.thresholds.sections
        states = [
            shown(None if mean is None else float(f"{mean:.3g}"), few or indicator in persons),
            shown(None if cv is None else round(cv, 3), few),
        ]
        rows.append((collection, unit, stage, indicator, *flat(states), line, limit))
    stages = sorted({str(row[2]) for row in rows})
    indicators = [dimension_column(rules, "stage", stages), dimension_column(rules, "indicator", _indicators(rows))]
    return Resource(
        "balance_indicators",
        ("义务教育优质均衡七项指标", "The seven indicators of balanced compulsory education"),
        [
            *key_columns(rules),
            *indicators,
            *value_columns(rules, ["mean_value", "cv"]),
            *plain_columns(rules, ["line", "cv_limit"]),
        ],
        rows,
        (*KEY_COLUMNS, "stage", "indicator"),
        [*KEYS_ABROAD, *status_keys(["mean_value", "cv"])],
    )


def _indicators(rows: list[tuple[Value, ...]]) -> list[str]:
    return sorted({str(row[3]) for row in rows})
