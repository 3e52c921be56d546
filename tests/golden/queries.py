"""The questions that a right release asks: about documents, and about a unit or the city as a whole.

Where the rules leave room (is a new school a change of 100 %?), two sets are given: what must be asked, and what may be.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pandas as pd

from ingest.sample import Expected
from ingest.sample.expected import Entry, key_of
from tests.golden.oracle import CITY, SCHOOL_FORMS, Seeds

Place = tuple[str, str]
Asked = set[tuple[str, ...]]
DISABLED_STAGES = {
    "preschool": "preschool",
    "primary": "compulsory",
    "junior": "compulsory",
    "senior": "senior",
    "vocational": "senior",
}


# ---- about documents --------------------------------------------------------------------------------------------------
def late_documents(laid_out: Expected) -> Asked:
    """Documents whose latest arrival lies behind the close of their collection."""
    closes = {name: c.closes_on for name, c in laid_out.cat.reference.collections.items()}
    return {e.key for e in laid_out.entries if not e.is_rejected and e.place[0].date() > closes[e.collection_id]}


def shrinking_documents(laid_out: Expected) -> Asked:
    """Documents that leave fewer than 80 % of the rows of a school or unit that they replace."""
    cells = _groups(laid_out)
    sizes = cells.groupby(["group", "order"]).size().reset_index(name="rows").sort_values(["group", "order"])
    before = sizes.groupby("group").rows.shift()
    last = sizes.order == sizes.groupby("group").order.transform("max")
    shrunk = sizes[last & (sizes.rows < 0.8 * before)]
    entries = {laid_out.order[e.key]: e for e in laid_out.entries}
    return {entries[order].key for order in shrunk.order}


def resent_documents(laid_out: Expected) -> Asked:
    """Documents that arrived before, became the newest again and took the place of others that lie between."""
    cells = _groups(laid_out)
    held: dict[int, set[str]] = {}
    for order, group in zip(cells.order, cells.group, strict=True):
        held.setdefault(order, set()).add(group)
    out: Asked = set()
    by_unit: dict[Place, list[Entry]] = defaultdict(list)
    for entry in laid_out.entries:
        by_unit[entry.collection_id, entry.unit_code].append(entry)
    for entries in by_unit.values():
        for again in (e for e in entries if len(e.arrivals) > 1):
            first = min(again.arrivals)
            between = [e for e in entries if e is not again and first < e.place < again.place]
            mine = held.get(laid_out.order[again.key], set())
            if any(mine & held.get(laid_out.order[e.key], set()) for e in between):
                out.add(again.key)
    return out


def _groups(laid_out: Expected) -> pd.DataFrame:
    """Rows with what they can be replaced by: their school, or the form as a whole."""
    cells = laid_out.cells
    by_school = cells.form.map({f: c.replacement_scope == "school" for f, c in laid_out.cat.contracts.items()}).astype(
        bool
    )
    own = [laid_out.owners.get(key, "") for key in zip(cells.collection_id, cells.school_id, strict=True)]
    named = cells[~by_school | (pd.Series(own, index=cells.index) == cells.unit_code)]
    school = named.school_id.where(by_school, "").fillna("").astype(str)
    return named.assign(group=named.form + "|" + named.collection_id + "|" + named.unit_code + "|" + school)


# ---- about units ------------------------------------------------------------------------------------------------------
def missing_registers(laid_out: Expected) -> Asked:
    """Units whose schools are judged by the register of the collection before."""
    cells = laid_out.cells
    register: Asked = set(_places(cells[cells.form == "school_register"]))
    asks = cells[cells.school_id.notna() & ~cells.form.isin(["school_register", "recognitions"])]
    return {place for place in _places(asks) if place not in register}


def incomplete_returns(laid_out: Expected) -> Asked:
    """(collection, unit, form) where an open school that the form covers stands in no row of it."""
    seeds_groups = laid_out.cat.group("school_type")
    register = laid_out.truth["school_register"]
    is_open = register[register.status == "open"].assign(group=lambda f: f.school_type.map(seeds_groups))
    cells = laid_out.cells[laid_out.cells.is_current]
    out: Asked = set()
    for form, covered in SCHOOL_FORMS.items():
        rows = cells[cells.form == form]
        named = rows.groupby(["collection_id", "unit_code"]).school_id.agg(set).to_dict()
        for (collection, unit), own in is_open[is_open.group.isin(covered)].groupby(["collection_id", "unit_code"]):
            if (collection, unit) in named and set(own.school_id) - named[collection, unit]:
                out.add((str(collection), str(unit), form))
    return out


def changed_schools(laid_out: Expected) -> tuple[Asked, Asked]:
    """Units with a school whose pupils or teachers changed by more than 20 % and more than 20."""
    must: Asked = set()
    may: Asked = set()
    for form in ("student_roster", "teacher_roster"):
        counts = laid_out.truth[form].groupby(["unit_code", "school_id", "collection_id"]).size().unstack(fill_value=0)
        for before, now in pairwise(counts.columns):
            change = (counts[now] - counts[before]).abs()
            large = counts[(change > 20) & (change > 0.2 * counts[before])]
            may |= {(now, unit) for unit in large.index.get_level_values(0)}
            both = large[(large[before] > 0) & (large[now] > 0)]
            must |= {(now, unit) for unit in both.index.get_level_values(0)}
    return must, may


def disagreeing_disabilities(laid_out: Expected, seeds: Seeds) -> tuple[Asked, Asked]:
    """Units whose roster holds other numbers of disabled pupils than their return, by more than 5 % and 3 or more."""
    pupils = laid_out.truth["student_roster"]
    disabled = pupils[pupils.disability.notna() & (pupils.disability != "none")]
    groups = disabled.grade.map(seeds.groups["grade"])
    received = laid_out.received
    sets: list[Asked] = []
    for stages in (DISABLED_STAGES, DISABLED_STAGES | {"toddler": "preschool"}):
        counted = disabled.assign(stage=groups.map(stages)).groupby(["collection_id", "unit_code", "stage"]).size()
        found: Asked = set()
        for row in laid_out.truth["disabled_children"].to_dict("records"):
            at = (row["collection_id"], row["unit_code"])
            roster = int(counted.get((*at, row["stage"]), 0))
            apart = abs(roster - row["enrolled"])
            if (*at, "student_roster") in received and apart >= 3 and apart > 0.05 * min(roster, row["enrolled"]):
                found.add(at)
        sets.append(found)
    return sets[0] & sets[1], sets[0] | sets[1]


def pupils_in_two_units(laid_out: Expected) -> Asked:
    """Units with a pupil who is current in another one too."""
    rows = laid_out.truth["student_roster"]
    person = pd.Series(key_of(laid_out.cat.contracts["student_roster"], rows), index=rows.index)
    seen = rows.assign(person=person).drop_duplicates(["collection_id", "person", "unit_code"])
    twice = seen[seen.duplicated(["collection_id", "person"], keep=False)]
    return set(_places(twice))


def strange_figures(values: pd.DataFrame, seeds: Seeds) -> Asked:
    """(collection, unit, metric) ten times or a tenth of the collection before or the median of the other counties."""
    counties = set(seeds.units("county"))
    asked = {
        m["metric_id"]
        for m in seeds.metrics
        if m["value_kind"] in ("share", "ratio") and m["method"] == "computed" and m["city_rule"] != "share_of_counties"
    }
    out: Asked = set()
    of_units = values[values.metric_id.isin(asked) & (values.unit_code != CITY)]
    for metric, rows in of_units.groupby("metric_id"):
        table = rows.pivot(index="collection_id", columns="unit_code", values="value").sort_index().astype(float)
        for unit in table:
            others = table[[other for other in table if other in counties and other != unit]].median(axis=1)
            for other in (table[unit].shift(), others):
                far = (table[unit] >= 10 * other) | (table[unit] * 10 <= other)
                for collection in table.index[far & (table[unit] > 0) & (other > 0)]:
                    out.add((str(collection), str(unit), str(metric)))
    return out


def _places(rows: pd.DataFrame) -> list[Place]:
    return list(rows[["collection_id", "unit_code"]].drop_duplicates().itertuples(index=False, name=None))


# ---- about cells ------------------------------------------------------------------------------------------------------
def other_documents(laid_out: Expected) -> Asked:
    """Rows with an identity document that is no 18-character ID number, by document and row."""
    out: Asked = set()
    for entry in laid_out.entries:
        for sheet in entry.readable():
            if "id_number" in sheet.part.rows:
                number = sheet.part.rows.id_number
                strange = number.notna() & ~number.str.fullmatch(r"\d{17}[\dXx]", na=True)
                good = [i for i in strange.to_numpy().nonzero()[0] if i not in sheet.part.set_aside]
                out |= {(*entry.key, str(sheet.row_numbers[i])) for i in good}
    return out
