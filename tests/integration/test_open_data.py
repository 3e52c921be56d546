"""The open data bundle of a released city: what it holds, and that a linear programme cannot take it apart."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from frictionless import validate

from ingest.settings import load_settings
from orchestration.publishing.open_data.bundle import open_resources
from orchestration.publishing.open_data.publish import publish_open_data
from orchestration.publishing.open_data.resources import Resource
from orchestration.publishing.open_data.rules import load_rules
from tests.integration.conftest import Workplace
from tests.unit.orchestration.publishing.open_data.attack import LARGEST, Attack, Equation, Key

MADE_AT = datetime(2023, 3, 31, tzinfo=UTC)
MUNICIPAL, ALL = "331000", "_T"
DIMENSIONS = {
    "enrollment": ("stage", "sex"),
    "kindergarten_children": ("provision",),
    "classes": ("stage",),
    "teachers": ("staff", "degree_group"),
    "fitness": ("stage", "fitness_grade"),
    "schools": ("school_type_group", "ownership"),
    "connectivity": ("network",),
    "kindergarten_projects": ("build_kind", "in_use"),
    "disabled_children": ("stage", "enrolled"),
    "graduates": ("destination",),
    "overseas_students": ("term",),
    "community_schools": ("community_kind", "modernised"),
    "balance_sections": ("stage",),
    "balance_results": ("stage", "indicator", "meets"),
    "conditions": ("school_type_group", "condition"),
}
# Codes that are sums over others, and codes that split a total though they are no finest ones.
GROUPS: dict[tuple[str, str], str | tuple[str, ...]] = {
    ("staff", "teaching"): "teaching_",
    ("fitness_grade", "passed"): ("excellent", "good", "pass"),
}
SPLITS = (("connected", "not_connected"), ("wifi", "no_wifi"))
NO_TOTAL = {"indicator", "condition"}
# Halves of metrics as sums over tables: unit by unit, the municipal unit's own part of the city among them.
BACHELOR, POSTGRADUATE = ("postgraduate", "bachelor"), ("postgraduate",)
HALVES: dict[tuple[str, str], tuple[str, *tuple[tuple[str, ...], ...]]] = {
    ("fitness_pass_rate", "numerator"): ("fitness", (ALL,), ("passed",)),
    ("fitness_pass_rate", "denominator"): ("fitness", (ALL,), ("passed", "fail")),
    ("public_kindergarten_children_share", "numerator"): ("kindergarten_children", ("public",)),
    ("public_kindergarten_children_share", "denominator"): ("enrollment", ("preschool",), (ALL,)),
    ("inclusive_kindergarten_children_share", "numerator"): ("kindergarten_children", ("public", "inclusive")),
    ("inclusive_kindergarten_children_share", "denominator"): ("kindergarten_children", (ALL,)),
    ("pupil_teacher_ratio_primary", "numerator"): ("enrollment", ("primary",), (ALL,)),
    ("pupil_teacher_ratio_primary", "denominator"): ("teachers", ("teaching_primary",), (ALL,)),
    ("pupil_teacher_ratio_junior", "numerator"): ("enrollment", ("junior",), (ALL,)),
    ("pupil_teacher_ratio_junior", "denominator"): ("teachers", ("teaching_junior",), (ALL,)),
    ("small_class_share_primary", "denominator"): ("classes", ("primary",)),
    ("small_class_share_junior", "denominator"): ("classes", ("junior",)),
    ("kg_teacher_college", "numerator"): ("teachers", ("teaching_preschool",), (*BACHELOR, "college")),
    ("kg_teacher_college", "denominator"): ("teachers", ("teaching_preschool",), (ALL,)),
    ("primary_teacher_bachelor", "numerator"): ("teachers", ("teaching_primary",), BACHELOR),
    ("primary_teacher_bachelor", "denominator"): ("teachers", ("teaching_primary",), (ALL,)),
    ("junior_teacher_bachelor", "numerator"): ("teachers", ("teaching_junior",), BACHELOR),
    ("junior_teacher_bachelor", "denominator"): ("teachers", ("teaching_junior",), (ALL,)),
    ("junior_teacher_postgrad", "numerator"): ("teachers", ("teaching_junior",), POSTGRADUATE),
    ("junior_teacher_postgrad", "denominator"): ("teachers", ("teaching_junior",), (ALL,)),
    ("senior_teacher_bachelor", "numerator"): ("teachers", ("teaching_senior", "teaching_vocational"), BACHELOR),
    ("senior_teacher_bachelor", "denominator"): ("teachers", ("teaching_senior", "teaching_vocational"), (ALL,)),
    ("senior_teacher_postgrad", "numerator"): ("teachers", ("teaching_senior", "teaching_vocational"), POSTGRADUATE),
    ("senior_teacher_postgrad", "denominator"): ("teachers", ("teaching_senior", "teaching_vocational"), (ALL,)),
    ("teacher_overseas_share", "denominator"): (
        "teachers",
        ("teaching_primary", "teaching_junior", "teaching_senior"),
        (ALL,),
    ),
    ("voc_progression_rate", "numerator"): ("graduates", ("bachelor", "college")),
    ("voc_progression_rate", "denominator"): ("graduates", (ALL,)),
    ("sen_preschool_rate", "numerator"): ("disabled_children", ("preschool",), ("yes",)),
    ("sen_preschool_rate", "denominator"): ("disabled_children", ("preschool",), (ALL,)),
    ("sen_compulsory_rate", "numerator"): ("disabled_children", ("compulsory",), ("yes",)),
    ("sen_compulsory_rate", "denominator"): ("disabled_children", ("compulsory",), (ALL,)),
    ("sen_senior_rate", "numerator"): ("disabled_children", ("senior",), ("yes",)),
    ("sen_senior_rate", "denominator"): ("disabled_children", ("senior",), (ALL,)),
    ("international_students", "numerator"): ("overseas_students", (ALL,)),
    ("modern_adult_school_share", "numerator"): ("community_schools", ("adult_school",), ("yes",)),
    ("modern_adult_school_share", "denominator"): ("community_schools", ("adult_school",), (ALL,)),
    ("new_kindergartens", "numerator"): ("kindergarten_projects", ("new",), ("yes",)),
    ("kindergarten_inspection_coverage", "denominator"): ("schools", ("kindergarten",), (ALL,)),
    ("pe_one_hour_schools", "denominator"): ("schools", ("compulsory", "senior"), (ALL,)),
    ("sister_school_share", "denominator"): ("schools", ("compulsory", "senior"), (ALL,)),
    ("smart_campus_share", "denominator"): ("schools", ("compulsory", "senior", "vocational"), (ALL,)),
    ("gigabit_schools", "numerator"): ("connectivity", ("gigabit",)),
    ("gigabit_schools", "denominator"): ("schools", ("compulsory", "senior", "vocational", "special"), (ALL,)),
    ("wifi_schools", "numerator"): ("connectivity", ("wifi",)),
    ("wifi_schools", "denominator"): ("connectivity", (ALL,)),
    ("sen_school_building_std", "denominator"): ("schools", ("special",), (ALL,)),
    ("sen_equipment_std", "denominator"): ("schools", ("special",), (ALL,)),
    ("sen_standardised_share", "denominator"): ("schools", ("special",), (ALL,)),
    ("seven_indicator_pass_schools", "denominator"): ("balance_sections", (ALL,)),
}
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def place(released: Workplace) -> Workplace:
    return released


@pytest.fixture(scope="module")
def bundle(place: Workplace) -> Path:
    """The bundle as the command makes it; one of an earlier release is taken down."""
    shelf = place.data / "published" / "open"
    (shelf / "20200101T000000000Z-00000000").mkdir(parents=True)
    settings = load_settings(place.environment)
    folder = publish_open_data(settings, print)
    assert folder == shelf / place.current.name and list(shelf.iterdir()) == [folder]
    made = (folder / "datapackage.json").stat().st_mtime_ns
    assert publish_open_data(settings, print) == folder, "what is there is left as it is"
    assert (folder / "datapackage.json").stat().st_mtime_ns == made
    return folder


@pytest.fixture(scope="module")
def truth(place: Workplace) -> dict[Key, float]:
    """Every figure as it is: the same tables under thresholds that nothing falls below."""
    nothing = {"count": 0, "heads": 0, "contributors": 0, "sections": 0}
    rules = load_rules()
    rules = rules.model_copy(update={"thresholds": rules.thresholds.model_copy(update=nothing)})
    with duckdb.connect(str(place.current / "warehouse.duckdb"), read_only=True) as db:
        return published(as_rows(open_resources(db, rules, MADE_AT)))


def as_rows(resources: list[Resource]) -> dict[str, Rows]:
    """Resources as a CSV reader would see them."""
    return {
        resource.name: [
            {column.name: "" if value is None else str(value) for column, value in zip(resource.columns, row, strict=True)}
            for row in resource.rows
        ]
        for resource in resources
    }  # fmt: skip


def read_tables(folder: Path) -> dict[str, Rows]:
    tables = {}
    for path in (folder / "data").glob("*.csv"):
        with open(path, encoding="utf-8-sig", newline="") as handle:
            tables[path.stem] = list(csv.DictReader(handle))
    return tables


def cells(tables: dict[str, Rows]) -> Iterator[tuple[Key, str, str]]:
    """Every cell of counts and amounts: its key, figure and symbol."""
    for name, dimensions in DIMENSIONS.items():
        measure = next(column for column in tables[name][0] if f"{column}_status" in tables[name][0])
        for row in tables[name]:
            key = (row["collection_id"], name, row["unit_code"], *(row[dimension] for dimension in dimensions))
            yield key, row[measure], row[f"{measure}_status"]
    for row in tables["metric_values"]:
        for half in ("numerator", "denominator"):
            key = (row["collection_id"], row["metric_id"], row["unit_code"], half)
            yield key, row[half], row[f"{half}_status"]


def published(tables: dict[str, Rows]) -> dict[Key, float]:
    return {key: float(figure) for key, figure, _ in cells(tables) if figure}


def protected_metrics(tables: dict[str, Rows]) -> dict[str, dict[str, str]]:
    """Metrics that count persons, schools or the like; the city row is the sum of the units' and the municipal unit's own."""
    open_units = load_rules().metrics.open_units
    return {
        row["metric_id"]: row
        for row in tables["metrics"]
        if row["city_rule"] in ("pooled", "sum", "count", "municipal")
        and row["value_kind"] in ("share", "ratio", "count", "sum")
        and not row["metric_id"].startswith("ur_")
        and row["unit"] not in open_units
        and "of recognitions" not in row["numerator_rule"]
    }


def equations(tables: dict[str, Rows]) -> Iterator[Equation]:
    """Everything that adds up in the bundle, read off its tables alone."""
    there = {key for key, _, symbol in cells(tables) if symbol not in ("x", "z")}
    for name, dimensions in DIMENSIONS.items():
        yield from table_equations(name, dimensions, {key for key in there if key[1] == name})
    yield from metric_equations(tables, there)
    yield from across_tables(there)


def table_equations(name: str, dimensions: tuple[str, ...], keys: set[Key]) -> Iterator[Equation]:
    """Sums over units, over a dimension, over a group of its codes: each runs along cells that differ in one place only."""
    for place, dimension in enumerate(("unit", *dimensions), start=2):
        lines: dict[Key, list[Key]] = defaultdict(list)
        for key in keys:
            lines[(*key[:place], *key[place + 1 :])].append(key)
        for line in lines.values():
            leaves = [key for key in line if key[place] != ALL and (dimension, key[place]) not in GROUPS]
            sums = {key: GROUPS.get((dimension, key[place])) for key in line if key not in leaves}
            if dimension not in ("network", *NO_TOTAL):
                for key, members in sums.items():
                    inside = [k for k in leaves if not members or k[place].startswith(members) or k[place] in members]
                    yield {key: -1, **dict.fromkeys(inside, 1)}
    if name == "connectivity":
        for start in {key[:3] for key in keys}:
            for pair in SPLITS:
                yield {(*start, ALL): -1, **{(*start, code): 1 for code in pair}}
            yield {(*start, "connected"): -1, (*start, "gigabit"): 1, (*start, "below_gigabit"): 1}


def metric_equations(tables: dict[str, Rows], there: set[Key]) -> Iterator[Equation]:
    """A share is a part of its denominator; the city is the sum of the units and what the municipal unit has of it."""
    catalogue = protected_metrics(tables)
    units = [row["unit_code"] for row in tables["units"] if row["unit_code"] not in (ALL, MUNICIPAL)]
    for collection, (metric, row) in product(
        [row["collection_id"] for row in tables["collections"]], catalogue.items()
    ):
        city = (collection, metric, ALL, "numerator")
        if city not in there:
            continue
        with_own = [*units, MUNICIPAL] if "municipal" in row["reported_by"] else units
        for half in ("numerator", "denominator"):
            if (*city[:3], half) in there:
                parts = [(collection, metric, unit, half) for unit in with_own]
                yield {(*city[:3], half): -1, **{k: 1 for k in parts if k in there or k[2] == MUNICIPAL}}
        if row["value_kind"] == "share":
            for unit in [*with_own, ALL]:
                start = (collection, metric, unit)
                if (*start, "numerator") in there or unit == MUNICIPAL:
                    yield {(*start, "denominator"): -1, (*start, "numerator"): 1, (*start, "rest"): 1}


def across_tables(there: set[Key]) -> Iterator[Equation]:
    """Halves of metrics that are sums over tables, and totals that two tables share."""
    collections = sorted({key[0] for key in there})
    units = sorted({key[2] for key in there} - {ALL})
    for collection, unit, ((metric, half), (table, *codes)) in product(collections, units, HALVES.items()):
        half_key = (collection, metric, unit, half)
        parts = [(collection, table, unit, *combination) for combination in product(*codes)]
        if (half_key in there or unit == MUNICIPAL) and all(part in there for part in parts):
            yield {half_key: -1, **dict.fromkeys(parts, 1)}
    stages = ("primary", "junior", "senior", "vocational")
    for collection, unit in product(collections, [*units, ALL]):
        start = (collection, "enrollment", unit)
        pairs: list[tuple[Key, Key]] = [
            ((*start, stage, ALL), (collection, "fitness", unit, stage, ALL)) for stage in stages
        ]
        pairs += [((*start, "preschool", ALL), (collection, "kindergarten_children", unit, ALL))]
        for left, right in pairs:
            if left in there and right in there:
                yield {left: -1, right: 1}


def true_equations(tables: dict[str, Rows], truth: dict[Key, float]) -> list[Equation]:
    """Those that hold, which an attacker cannot tell but may guess; figures that no table shows follow from the city's."""
    found = []
    for equation in equations(tables):
        hidden = [key for key in equation if key not in truth]
        if len(hidden) == 1:
            (own,) = hidden
            truth[own] = -sum(sign * truth[key] for key, sign in equation.items() if key != own) / equation[own]
        if abs(sum(sign * truth.get(key, 0) for key, sign in equation.items())) < 0.05 and len(hidden) < 2:
            found.append(equation)
    return found


def recovered(tables: dict[str, Rows], truth: dict[Key, float], only: set[str] | None = None) -> list[Key]:
    """Small counts that the attacker knows to less than 1 to 9, and hidden cells known to less than a whole number.

    The attacker knows that zeros are never suppressed in tables of counts. Where a small count is a sum that for this reason cannot be 1
    whatever the figures are, it need only be open down to what it can be.
    """
    truth = dict(truth)
    known = published(tables)
    summed = [rounded(number, equation) for number, equation in enumerate(true_equations(tables, truth))]
    suppressed = {key for key, _, symbol in cells(tables) if symbol == "c"}
    bounds = {key: (1.0, LARGEST) for key in suppressed if key[1] in DIMENSIONS and key[1] != "conditions"}
    bounds |= {key: (-0.1, 0.1) for equation in summed for key in equation if key[0] == "rounding"}
    attack = Attack(known, summed, bounds)
    of_structure = Attack({key: value for key, value in known.items() if value == 0}, summed, bounds)
    protected = only or {*DIMENSIONS, *protected_metrics(tables)}
    found = []
    for key in sorted({*suppressed, *attack.part_of}):
        if key[1] not in protected:
            continue
        if 0.5 < truth[key] < 9.5 and key[1] != "conditions":
            is_safe = attack.covers(key, 1, 9) or attack.covers(key, max(1, of_structure.least(key)), 9)
        else:
            is_safe = key not in suppressed or attack.is_open(key)
        if not is_safe:
            found.append(key)
    return found


def rounded(number: int, equation: Equation) -> Equation:
    """Amounts are published to two decimals, so their sums hold nearly."""
    is_exact = not any(key[1] == "conditions" for key in equation)
    return equation if is_exact else {**equation, ("rounding", str(number)): 1}


def test_the_attacker_recovers_nothing(bundle: Path, truth: dict[Key, float]) -> None:
    tables = read_tables(bundle)
    assert len(true_equations(tables, dict(truth))) > 1000
    assert recovered(tables, truth) == []


def test_without_complementary_suppression_the_attacker_recovers_small_counts(
    place: Workplace, truth: dict[Key, float]
) -> None:
    with duckdb.connect(str(place.current / "warehouse.duckdb"), read_only=True) as db:
        tables = as_rows(open_resources(db, load_rules(), MADE_AT, complementary=False))
    attacked = {"enrollment", "disabled_children", "voc_progression_rate"}
    found = recovered(tables, truth, attacked)
    assert {key[1] for key in found} == attacked
    attack = Attack(published(tables), true_equations(tables, dict(truth)))
    exactly = [key for key in found if key[1] == "enrollment" and not attack.is_open(key)]
    assert exactly and all(attack.least(key) == pytest.approx(truth[key]) for key in exactly)


def test_no_small_count_is_shown_and_zeros_are(bundle: Path) -> None:
    tables = read_tables(bundle)
    protected = {*DIMENSIONS, *protected_metrics(tables)} - {"conditions"}
    shown = [(key, float(figure)) for key, figure, _ in cells(tables) if figure and key[1] in protected]
    assert not [key for key, figure in shown if 0 < figure < 10]
    assert any(figure == 0 for _, figure in shown)


def test_values_stand_only_beside_both_halves(bundle: Path) -> None:
    tables = read_tables(bundle)
    shares = {row["metric_id"] for row in tables["metrics"] if row["value_kind"] in ("share", "ratio")}
    seen = 0
    for row in tables["metric_values"]:
        if row["value"] and row["metric_id"] in shares and row["numerator_status"] not in ("z",):
            seen += 1
            assert row["numerator"] and row["denominator"], row
            quotient = float(row["numerator"]) / float(row["denominator"])
            assert quotient == pytest.approx(float(row["value"]), rel=0.01)
    assert seen > 100


def test_what_follows_from_a_hidden_value_is_hidden(bundle: Path) -> None:
    tables = read_tables(bundle)
    progress = {(r["metric_id"], r["collection_id"], r["unit_code"]): r for r in tables["target_progress"]}
    hidden = 0
    for row in tables["metric_values"]:
        if row["value_status"] == "c":
            hidden += 1
            follows = progress[row["metric_id"], row["collection_id"], row["unit_code"]]
            assert not any(
                follows[name] for name in ("progress", "gap", "gap_count", "required_per_year", "projected_value")
            )
    assert hidden > 100


def test_the_package_is_valid(bundle: Path) -> None:
    report = validate(str(bundle / "datapackage.json"))
    assert report.valid, report.flatten(["taskNumber", "type", "note"])[:5]
    package = json.loads((bundle / "datapackage.json").read_text(encoding="utf-8"))
    assert package["licenses"] and package["sources"]
    for resource in package["resources"]:
        assert all(field["description"] for field in resource["schema"]["fields"]), resource["name"]
        table = pq.read_table(bundle / resource["parquet"]["path"])
        with open(bundle / resource["path"], encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.reader(handle))
        assert rows[0] == table.column_names and len(rows) == table.num_rows + 1


def test_excel_is_told_that_it_is_utf_8(bundle: Path) -> None:
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in (bundle / "data").iterdir())


def test_every_missing_value_has_a_symbol_and_every_symbol_a_meaning(bundle: Path) -> None:
    tables = read_tables(bundle)
    symbols = {row["symbol"] for row in tables["symbols"]}
    used = defaultdict(set)
    for name, rows in tables.items():
        for column in [
            c.removesuffix("_status") for c in rows[0] if c.endswith("_status") and c.removesuffix("_status") in rows[0]
        ]:
            for row in rows:
                symbol = row[f"{column}_status"]
                assert bool(row[column]) == (symbol in ("", "u")), (name, row)
                used[symbol].add(name)
    assert symbols == {"c", "z", "x", "u"} and {"c", "z", "x"} <= set(used)


def test_no_school_stands_in_the_bundle(place: Workplace, bundle: Path) -> None:
    schools = place.query("select distinct school_id, school_name from marts.dim_school")
    others = place.query(
        "select institution_name as name from marts.fct_overseas_students "
        "union select kindergarten_name from marts.fct_kindergarten_project"
    )
    everything = "\n".join(
        path.read_text(encoding="utf-8") for path in bundle.rglob("*.*") if path.suffix != ".parquet"
    )
    for path in (bundle / "parquet").iterdir():
        everything += "\n".join(
            str(value) for column in pq.read_table(path).columns for value in column.unique().to_pylist()
        )
    assert not re.findall(r"\b\d{10}\b", everything)
    plan = "\n".join(place.query("select quote_zh || name_zh as words from marts.dim_metric").words)
    names = {str(name) for name in [*schools.school_name, *schools.school_id, *others.name] if str(name) not in plan}
    assert len(names) > 100
    assert not [name for name in names if name in everything]
