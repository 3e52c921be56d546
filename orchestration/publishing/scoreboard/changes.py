"""What changed since the release before: newly met and no longer met first, each with old, new, area and the documents behind it."""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb

from ingest.checking.cells import KEY_SEPARATOR
from ingest.contracts.contract import Column, Contract, load_contracts
from ingest.reference import load_reference
from orchestration.publishing.scoreboard.figures import Measure
from orchestration.publishing.scoreboard.index import columns_used
from orchestration.publishing.scoreboard.provisional import form_names
from orchestration.publishing.scoreboard.release import Release, Row, rows_of
from orchestration.publishing.scoreboard.words import Text, listed, say, words

MOST_ROWS = 400
MOST_DOCUMENTS = 3
MOST_CELLS = 2
CAUSED = """
with caused as (
    select distinct unnest(string_split(documents, ';')) as document_id from metrics.revisions where release_id = $release_id
)
"""
REVISIONS = """
select revisions.*
from metrics.revisions
inner join marts.dim_area using (unit_code)
where release_id = $release_id
order by collection_id desc, metric_id, sort_order
"""
DOCUMENTS = f"{CAUSED} select documents.* from quality.documents inner join caused using (document_id) order by all"
CELLS = f"""
{CAUSED}
select cell_changes.* from quality.cell_changes inner join caused using (document_id)
order by document_id, form, row_key, column_name
"""
ROWS = f"""
{CAUSED}
select document_id, form, sum(rows_added) as added, sum(rows_removed) as removed, sum(rows_changed) as changed
from quality.document_changes inner join caused using (document_id)
group by all
"""
KINDS = ("met", "lost", "status", "value")
"""In the order in which they are told."""


class Causes:
    """The documents, and the cells in them, that changes come from."""

    def __init__(self, db: duckdb.DuckDBPyConnection, release_id: str):
        self.documents: dict[str, Row] = {}
        for row in rows_of(db, DOCUMENTS, release_id=release_id):
            self.documents.setdefault(row["document_id"], row)
        self.cells: dict[tuple[str, str], list[Row]] = {}
        for row in rows_of(db, CELLS, release_id=release_id):
            self.cells.setdefault((row["document_id"], row["form"]), []).append(row)
        self.rows = {(row["document_id"], row["form"]): row for row in rows_of(db, ROWS, release_id=release_id)}

    def of(self, documents: str | None, metric: Row) -> Text:
        """A sentence: which documents, and what is new in them as far as the metric rests on it."""
        known = [self.documents[each] for each in (documents or "").split(";") if each in self.documents]
        if not known:
            return say("cause_none")
        told = [self._document(each, metric) for each in known[:MOST_DOCUMENTS]]
        return listed([*told, say("cause_documents", str(len(known)))] if len(known) > MOST_DOCUMENTS else told)

    def _document(self, document: Row, metric: Row) -> Text:
        used = (metric["source_forms"] or "").split(";")
        told = [form for form in (document["forms"] or "").split(";") if form in used]
        parts = [part for form in told for part in self._news(document["document_id"], form, metric)]
        path: str = document["path"]
        return say("cause", path, listed(parts)) if parts else (path, path)

    def _news(self, document_id: str, form: str, metric: Row) -> list[Text]:
        used = columns_used().get(metric["metric_id"], {}).get(form)
        changed = self.cells.get((document_id, form), [])
        cells = [cell for cell in changed if not used or cell["column_name"] in used]
        if cells:
            told = [_cell(cell) for cell in cells[:MOST_CELLS]]
            return [*told, say("cause_more", str(len(cells)))] if len(cells) > MOST_CELLS else told
        row = self.rows.get((document_id, form))
        if row is None:
            return [say("cause_new", form_names()[form])]
        counts = (f"{row[name] or 0:.0f}" for name in ("added", "removed", "changed"))
        return [say("cause_rows", form_names()[form], *counts)]


def changes_data(
    db: duckdb.DuckDBPyConnection, release: Release, release_id: str, *, with_schools: bool
) -> dict[str, Any]:
    """The changes of a release, the most telling first; without schools none of the paths and cells, which may name one."""
    metrics = {metric["metric_id"]: metric for metric in release.metrics}
    revisions = [row for row in rows_of(db, REVISIONS, release_id=release_id) if row["metric_id"] in metrics]
    causes = Causes(db, release_id) if with_schools else None
    ordered = sorted(revisions, key=lambda row: KINDS.index(kind_of(row)))
    rows = [_change(row, metrics[row["metric_id"]], release, causes) for row in ordered[:MOST_ROWS]]
    return {"counts": _counts(revisions, release.city_code), "rows": rows}


def _counts(revisions: list[Row], city: str) -> dict[str, dict[str, int]]:
    """Of all changes, also those that are not listed, by area and kind; the city has those of every area."""
    counts: dict[str, dict[str, int]] = {}
    for row in revisions:
        for area in {city, row["unit_code"]}:
            counts.setdefault(area, dict.fromkeys(KINDS, 0))[kind_of(row)] += 1
    return counts


def kind_of(revision: Row) -> str:
    """What a change means for a target."""
    before, now = revision["previous_status"], revision["status"]
    if before == now:
        return "value"
    return "met" if now == "met" else "lost" if before == "met" else "status"


def _change(row: Row, metric: Row, release: Release, causes: Causes | None) -> dict[str, Any]:
    measure = Measure(metric["value_kind"], metric["unit"], row["unit_code"] != release.city_code)
    old, new = row["previous_value"], row["value"]
    return {
        "kind": kind_of(row),
        "metric": row["metric_id"],
        "collection": row["collection_id"],
        "area": row["unit_code"],
        "old": measure.value(old, new),
        "new": measure.value(new, old),
        "old_status": row["previous_status"],
        "status": row["status"],
        "cause": causes.of(row["documents"], metric) if causes else None,
    }


def _cell(cell: Row) -> Text:
    contract, name = load_contracts()[cell["form"]], cell["column_name"]
    column = next((column for column in contract.columns if column.lake_name == name), None)
    heading = (column.heading_zh, column.name_en) if column else (name, name)
    before, now = (_value(cell[each], column) for each in ("previous_value", "value"))
    return say("cause_cell", _key(cell["row_key"], contract), heading, before, now)


def _key(row_key: str, contract: Contract) -> Text:
    """The key of a row as people write it; one that does not part into the columns of the form's key as it is."""
    parts = row_key.split(KEY_SEPARATOR)
    if len(parts) != len(contract.key):
        return row_key, row_key
    told = [_value(part, contract.column(name)) for part, name in zip(parts, contract.key, strict=True) if part]
    return " ".join(zh for zh, _ in told), " ".join(en for _, en in told)


def _value(value: str | None, column: Column | None) -> Text:
    """A value of a cell as people write it; codes have a label in Chinese only."""
    if value is None:
        return say("nothing")
    if column and column.type == "bool":
        return words("flag")["yes" if value == "true" else "no"]
    labels = _labels_of(column.codes) if column and column.codes else {}
    return labels.get(value, value), value


@cache
def _labels_of(code_list: str) -> dict[str, str]:
    """The labels of a code list by code; none of what is a list for checks alone, such as that of the units."""
    return {code.code: code.label_zh for code in load_reference().codes.get(code_list, [])}
