"""Halves of metrics are tied to what they are sums of, or nothing is published."""

import pytest

from ingest.errors import ReleaseError
from orchestration.publishing.open_data.inner_cells import Atom
from orchestration.publishing.open_data.linked_tables import LinkedTables
from orchestration.publishing.open_data.metric_cells import MetricRow, add_metrics
from orchestration.publishing.open_data.rules import FamilySum, MetricHalves, Rules, load_rules

COUNTY, MUNICIPAL, CITY = "331002", "331000", "_T"


def rules_with(halves: MetricHalves) -> Rules:
    rules = load_rules()
    return rules.model_copy(update={"metrics": rules.metrics.model_copy(update={"links": {"m": halves}})})


def metric_rows(county: float, city: float) -> list[MetricRow]:
    """A count of schools: the county's, and the city's, of which the rest is the municipal unit's own."""
    common: MetricRow = {"metric_id": "m", "unit": "schools", "source_forms": "school_register", "value_kind": "sum"}
    common |= {"city_rule": "sum", "reported_by": "county;municipal", "tier": "A", "denominator": None}
    return [common | {"unit_code": unit, "numerator": n} for unit, n in ((COUNTY, county), (CITY, city))]


def linked_city(halves: MetricHalves, county: float, city: float) -> LinkedTables:
    """A county with 20 schools in its register, and a metric that is said to count them."""
    linked = LinkedTables()
    schools = {"schools": [Atom(COUNTY, {"place": "rural"}, 20.0, 1.0, linked.add_atom(20))]}
    add_metrics(linked, rules_with(halves), metric_rows(county, city), schools, MUNICIPAL)
    return linked


def test_a_half_is_tied_to_its_sum() -> None:
    linked = linked_city(MetricHalves(numerator=FamilySum(family="schools")), 20, 20)
    assert linked.equations == [((1,), (0,)), ((2,), ())]


def test_a_half_that_is_not_the_sum_that_the_rules_name_is_an_error() -> None:
    with pytest.raises(ReleaseError, match=r"metrics.links.m.numerator: for 331002 the metric has 19, .* is 20"):
        linked_city(MetricHalves(numerator=FamilySum(family="schools")), 19, 19)


def test_what_the_city_has_of_its_own_stays_apart_where_it_differs() -> None:
    """It has no row that would tell whether it reported."""
    assert linked_city(MetricHalves(numerator=FamilySum(family="schools")), 20, 25).equations == [((1,), (0,))]
