"""Suppression: small cells, what they could be worked out from, and an attack on random cities."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.publishing.open_data.inner_cells import Family
from orchestration.publishing.open_data.linked_tables import LinkedTables, amount_protection, count_protection
from orchestration.publishing.open_data.metric_cells import MetricRow
from orchestration.publishing.open_data.protection import collection_system
from orchestration.publishing.open_data.rules import FamilySum, Link, MetricHalves, Rules, Table, load_rules
from orchestration.publishing.open_data.suppression import suppress
from tests.unit.orchestration.publishing.open_data.attack import LARGEST, Attack, Equation, Key

YEAR, MUNICIPAL, ALL = "2022-09", "331000", "_T"
STAGES, SEXES, GRADES = ("primary", "junior"), ("M", "F"), ("good", "pass", "fail")


@pytest.mark.parametrize(
    ("value", "need"), [(0, None), (1, (0, 8)), (4, (3, 5)), (9, (8, 0)), (10, None), (0.5, (0, 8.5))]
)
def test_counts_from_one_to_below_the_threshold_must_look_like_any_of_these(
    value: float, need: tuple[float, float] | None
) -> None:
    assert count_protection(value, 10) == need


def test_an_amount_of_few_schools_must_be_open_by_a_share_of_itself() -> None:
    assert amount_protection(500, 2, 3, 0.2) == (100, 100)
    assert amount_protection(500, 3, 3, 0.2) is None
    assert amount_protection(0, 0, 3, 0.2) is None


def one_total(*values: float) -> LinkedTables:
    """Cells a0, a1, ... and their sum `all`, all of them to be published."""
    linked = LinkedTables()
    atoms = [linked.add_atom(value) for value in values]
    for number, value in enumerate(values):
        linked.add_cell((f"a{number}",), [atoms[number]], count_protection(value, 10), 1, True)
    linked.add_cell(("all",), atoms, count_protection(sum(values), 10), 10, True)
    return linked


def test_a_small_count_takes_the_cheapest_other_one_with_it() -> None:
    assert suppress(one_total(5, 40, 0)) in ({("a0",), ("a1",)}, {("a0",), ("a2",)}, {("a0",), ("a1",), ("a2",)})
    assert suppress(one_total(5, 40)) == {("a0",), ("a1",)}


def test_two_small_counts_whose_sum_is_too_small_take_a_third() -> None:
    assert suppress(one_total(1, 2, 60)) == {("a0",), ("a1",), ("a2",)}


def test_two_small_counts_protect_one_another_where_their_sum_leaves_room() -> None:
    assert suppress(one_total(5, 5, 60)) == {("a0",), ("a1",)}  # 10 less 1 to 9 is 1 to 9 again


def test_two_counts_known_not_to_be_zero_need_more_room() -> None:
    linked = one_total(3, 6, 60)
    assert suppress(linked) == {("a0",), ("a1",)}
    linked.cells = {key: replace(cell, least=1) for key, cell in linked.cells.items()}
    assert suppress(linked) == {("a0",), ("a1",), ("a2",)}  # 9 less 1 is 8: neither could be 9


def test_nothing_small_nothing_suppressed() -> None:
    assert suppress(one_total(10, 40, 0)) == set()


def test_what_a_table_never_shows_is_protected_all_the_same() -> None:
    """56 of 60 would tell the 4 that are left."""
    linked = LinkedTables()
    some, rest = linked.add_atom(56), linked.add_atom(4)
    linked.add_cell(("numerator",), [some], None, 1, True)
    linked.add_cell(("denominator",), [some, rest], None, 5, True)
    linked.add_cell(("rest",), [rest], count_protection(4, 10), 1, False)
    assert suppress(linked) == {("numerator",), ("rest",)}


def test_figures_tied_by_an_equation_are_protected_together() -> None:
    """Two tables with the same total: what one suppresses must not be told by the other."""
    linked = LinkedTables()
    left, right = linked.add_atom(5), linked.add_atom(5)
    rest = linked.add_atom(40)
    linked.add_cell(("left",), [left], count_protection(5, 10), 1, True)
    linked.add_cell(("total",), [left, rest], None, 9, True)
    linked.add_cell(("rest",), [rest], None, 1, True)
    linked.add_cell(("right with more",), [right], None, 1, True)
    assert linked.link([left], [right])
    assert suppress(linked) == {("left",), ("rest",), ("right with more",)}


def test_sums_that_differ_are_not_tied() -> None:
    linked = LinkedTables()
    assert not linked.link([linked.add_atom(5)], [linked.add_atom(6)])
    assert linked.equations == []


def test_without_complementary_suppression_only_small_and_unshown_cells_are_hidden() -> None:
    assert suppress(one_total(5, 40), complementary=False) == {("a0",)}


# A random city: pupils by stage and sex, the same pupils by stage and grade, a pass rate, and a declared share.

Counts = dict[tuple[str, ...], int]


def rules_of_the_city() -> Rules:
    rules = load_rules()
    tables = {
        "enrollment": Table(family="pupils", dimensions=["stage", "sex"], measure="pupils", protect="count", title=("", "")),
        "fitness": Table(
            family="fitness", dimensions=["stage", "fitness_grade"], measure="pupils", protect="count", title=("", "")
        ),
    }  # fmt: skip
    passed = FamilySum(family="fitness", where={"fitness_grade": ["good", "pass"]})
    links = {"pass_rate": MetricHalves(numerator=passed, denominator=FamilySum(family="fitness"))}
    return rules.model_copy(
        update={
            "families": {"pupils": "", "fitness": ""},
            "tables": tables,
            "links": [Link(left=FamilySum(family="fitness"), right=FamilySum(family="pupils"), by=["stage"])],
            "metrics": rules.metrics.model_copy(update={"links": links}),
        }
    )


@st.composite
def cities(draw: st.DrawFn) -> tuple[Counts, Counts, dict[str, tuple[int, int]]]:
    """Pupils by (unit, stage, sex) and (unit, stage, grade) with the same totals, and (done, in all) of every unit."""
    units = [MUNICIPAL, *(f"33100{number}" for number in range(2, draw(st.integers(3, 6))))]
    size = st.one_of(st.just(0), st.integers(1, 9), st.integers(10, 200))
    pupils: Counts = {(unit, stage, sex): draw(size) for unit, stage, sex in product(units, STAGES, SEXES)}
    fitness: Counts = {}
    for unit, stage in product(units, STAGES):
        left = sum(pupils[unit, stage, sex] for sex in SEXES)
        for grade in GRADES[1:]:
            fitness[unit, stage, grade] = draw(st.integers(0, min(left, draw(st.sampled_from([3, 12, 1000])))))
            left -= fitness[unit, stage, grade]
        fitness[unit, stage, GRADES[0]] = left
    declared = {}
    for unit in units:
        done = draw(size)
        declared[unit] = done, done + draw(st.one_of(st.just(0), st.integers(1, 9), st.integers(10, 50)))
    return pupils, fitness, declared


def family_of(counts: Counts, *dimensions: str) -> Family:
    return Family(dimensions, [(YEAR, unit, tuple(codes), float(n), 1.0) for (unit, *codes), n in counts.items()])


def metric_rows(metric: str, figures: dict[str, tuple[int, int]]) -> Iterator[MetricRow]:
    """Rows of the units and the city, none of the municipal unit."""
    city = {ALL: (sum(n for n, _ in figures.values()), sum(d for _, d in figures.values()))}
    for unit, (numerator, denominator) in {**figures, **city}.items():
        if unit != MUNICIPAL:
            yield {
                "metric_id": metric, "collection_id": YEAR, "unit_code": unit, "numerator": float(numerator),
                "denominator": float(denominator), "unit": "pupils", "source_forms": "student_roster", "value_kind": "share",
                "city_rule": "pooled", "reported_by": "county;municipal", "tier": "A",
            }  # fmt: skip


def truth_of(pupils: Counts, fitness: Counts, metrics: dict[str, dict[str, tuple[int, int]]]) -> dict[Key, float]:
    """Every cell that a reader could ask for, worked out anew."""
    truth: dict[Key, float] = {}
    for name, counts in {"enrollment": pupils, "fitness": fitness}.items():
        for (unit, stage, code), count in counts.items():
            others = [("passed",)] if code in ("good", "pass") else []
            for key in product((unit, ALL), (stage, ALL), (code, ALL, *(c for (c,) in others))):
                truth[(name, *key)] = truth.get((name, *key), 0) + count
    for metric, figures in metrics.items():
        for unit, (numerator, denominator) in figures.items():
            for half, value in {
                "numerator": numerator,
                "denominator": denominator,
                "rest": denominator - numerator,
            }.items():
                for place in (unit, ALL):
                    truth[metric, place, half] = truth.get((metric, place, half), 0) + value
    return truth


def equations_of(truth: dict[Key, float]) -> Iterator[Equation]:
    """What adds up by the names of the cells alone."""
    for key in truth:
        if key[0] in ("enrollment", "fitness"):
            for place in (1, 2, 3):
                if key[place] == ALL:
                    parts = [(*key[:place], code, *key[place + 1 :]) for code in leaves(truth, key[0], place)]
                    yield {key: -1, **{part: 1 for part in parts if part in truth}}
            if key[3] == "passed":
                yield {key: -1, **{(*key[:3], grade): 1 for grade in ("good", "pass") if (*key[:3], grade) in truth}}
            if key[0] == "fitness" and key[3] == ALL:
                yield {key: -1, ("enrollment", *key[1:]): 1}
        elif key[2] == "rest":
            yield {key: 1, (*key[:2], "numerator"): 1, (*key[:2], "denominator"): -1}
        if key[0] in ("pass_rate", "declared") and key[1] == ALL:
            yield {
                key: -1,
                **{other: 1 for other in truth if (other[0], other[2]) == (key[0], key[2]) and other[1] != ALL},
            }
        if key[0] == "pass_rate" and key[2] != "rest":
            yield {key: -1, ("fitness", key[1], ALL, "passed" if key[2] == "numerator" else ALL): 1}


def leaves(truth: dict[Key, float], table: str, place: int) -> list[str]:
    return sorted({key[place] for key in truth if key[0] == table and key[place] not in (ALL, "passed")})


def attacked(city: tuple[Counts, Counts, dict[str, tuple[int, int]]], complementary: bool) -> list[Key]:
    """Small counts that an attacker of the published cells knows to less than 1 to 9, and hidden cells known altogether."""
    pupils, fitness, declared = city
    units = {unit for unit, _, _ in pupils}
    passed = {
        unit: (
            sum(n for (u, _, grade), n in fitness.items() if u == unit and grade != "fail"),
            sum(n for (u, _, _), n in fitness.items() if u == unit),
        )
        for unit in units
    }
    families = {"pupils": family_of(pupils, "stage", "sex"), "fitness": family_of(fitness, "stage", "fitness_grade")}
    rows = [*metric_rows("pass_rate", passed), *metric_rows("declared", declared)]
    linked, _ = collection_system(rules_of_the_city(), families, rows, YEAR, MUNICIPAL)
    suppressed = suppress(linked, complementary)
    truth = truth_of(pupils, fitness, {"pass_rate": passed, "declared": declared})
    known = {key: cell.value for key, cell in linked.cells.items() if cell.published and key not in suppressed}
    assert all(truth.get(key, 0) == value for key, value in known.items())
    tables = ("enrollment", "fitness")
    hidden = {key for key in suppressed if linked.cells[key].published}
    bounds = {key: (1.0, LARGEST) for key in hidden if key[0] in tables}  # a zero is never suppressed there
    attack = Attack(known, equations_of(truth), bounds)
    of_structure = Attack({key: 0.0 for key, value in known.items() if value == 0}, equations_of(truth), bounds)
    small = {key for key, value in truth.items() if 0 < value < 10}
    return [
        key
        for key in sorted(small | hidden)
        if key in known
        or not (attack.covers(key, max(1, of_structure.least(key)), 9) if key in small else attack.is_open(key))
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cities())
def test_no_city_is_recovered(city: tuple[Counts, Counts, dict[str, tuple[int, int]]]) -> None:
    assert attacked(city, complementary=True) == []


def test_the_attack_recovers_a_city_without_complementary_suppression() -> None:
    pupils: Counts = dict.fromkeys(product((MUNICIPAL, "331002", "331003"), STAGES, SEXES), 40)
    pupils["331002", "primary", "F"] = 4
    fitness: Counts = {(unit, stage, "good"): pupils[unit, stage, "M"] for unit, stage, _ in pupils}
    fitness |= {(unit, stage, "fail"): pupils[unit, stage, "F"] for unit, stage, _ in pupils}
    declared = {MUNICIPAL: (30, 30), "331002": (3, 40), "331003": (20, 50)}
    city = pupils, fitness, declared
    found = attacked(city, complementary=False)
    assert ("enrollment", "331002", "primary", "F") in found
    assert ("fitness", "331002", "primary", "fail") in found
    assert ("declared", "331002", "numerator") in found
    assert attacked(city, complementary=True) == []
