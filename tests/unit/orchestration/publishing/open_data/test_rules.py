"""What the bundle's rules name exists, and the threshold can be moved."""

from pathlib import Path

import pytest
import yaml

from ingest.reference import load_reference
from ingest.settings import DBT_DIR
from orchestration.publishing.catalogue import load_catalogue
from orchestration.publishing.open_data import bundle
from orchestration.publishing.open_data.inner_cells import Family
from orchestration.publishing.open_data.metric_cells import treatment
from orchestration.publishing.open_data.protection import collection_system
from orchestration.publishing.open_data.rules import FamilySum, load_rules
from orchestration.publishing.open_data.suppression import suppress


def test_tables_rest_on_families_and_columns_that_are_described() -> None:
    rules = load_rules()
    for name, table in rules.tables.items():
        assert table.family in rules.families, name
        assert table.measure in rules.columns or not table.published, name
        assert not table.published or set(table.dimensions) <= set(rules.dimensions), name
        assert table.protect != "none" or table.why, name


def test_links_name_families() -> None:
    rules = load_rules()
    halves = [half for link in rules.metrics.links.values() for half in (link.numerator, link.denominator) if half]
    for one in [*halves, *(side for link in rules.links for side in (link.left, link.right))]:
        assert isinstance(one, FamilySum) and one.family in rules.families


def test_codes_of_the_seeds_have_the_labels_of_the_seeds_and_none_is_forgotten() -> None:
    dimensions, codes = load_rules().dimensions, load_reference().codes
    assert dimensions["sex"].codes == {"M": ("男", "male"), "F": ("女", "female")}
    assert dimensions["degree_group"].codes["below"] == ("专科以下", "below")
    lists = {"sex": "sex", "ownership": "ownership", "destination": "destination", "category": "recognition"}
    for dimension, code_list in lists.items():
        assert list(dimensions[dimension].codes) == [code.code for code in codes[code_list]]


def test_a_set_of_schools_stands_for_its_types_or_for_their_groups() -> None:
    assert FamilySum(family="schools", where={"school_set": ["with_primary_grades"], "place": ["rural"]}).where == {
        "school_type": ["211", "312", "345"],
        "place": ["rural"],
    }
    assert FamilySum(family="schools", where={"school_set": ["special"]}).where == {"school_type_group": ["special"]}


def test_groups_sum_over_codes_of_their_dimension() -> None:
    for name, dimension in load_rules().dimensions.items():
        for group in dimension.groups.values():
            assert {code for code in group.members if not code.endswith("_U")} <= set(dimension.codes), name


def test_every_exemption_gives_its_reason() -> None:
    rules = load_rules()
    assert all([*rules.metrics.open_units.values(), *rules.metrics.open_sources.values()])
    assert all(average.heads or average.why for average in rules.pay.values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "counts"),
        ({"unit": "counties"}, "open"),
        ({"unit": "a unit that nobody knows"}, "counts"),
        ({"source_forms": "recognitions"}, "open"),
        ({"metric_id": "teacher_civil_servant_pay_ratio", "city_rule": "min_over_counties"}, "pay"),
        ({"metric_id": "ur_teachers"}, "per_pupil"),
        ({"metric_id": "urban_rural_gap_index", "value_kind": "index", "city_rule": "derived"}, "made_of"),
        ({"metric_id": "an index that nobody knows", "value_kind": "index", "city_rule": "derived"}, "closed"),
    ],
)
def test_a_metric_is_protected_unless_the_rules_say_that_it_is_open(changes: dict[str, str], expected: str) -> None:
    row = {
        "metric_id": "m",
        "unit": "pupils",
        "source_forms": "student_roster",
        "value_kind": "share",
        "city_rule": "pooled",
    }
    assert treatment(load_rules(), row | changes) == expected


def test_the_threshold_is_data() -> None:
    rules = load_rules()
    table = {"schools": rules.tables["schools"]}
    codes: tuple[str, ...] = ("compulsory", "public")
    rows = [("2022-09", unit, codes, n, 1.0) for unit, n in {"331002": 4.0, "331003": 30.0}.items()]
    families = {"schools": Family(("school_type_group", "ownership"), rows)}
    for least, hidden in {10: True, 3: False}.items():
        thresholds = rules.thresholds.model_copy(update={"count": least})
        changed = rules.model_copy(update={"tables": table, "links": [], "families": {}, "thresholds": thresholds})
        linked, _ = collection_system(changed, families, [], "2022-09", "331000")
        suppressed = suppress(linked)
        assert (("schools", "331002", "compulsory", "public") in suppressed) is hidden
        assert (("schools", "331003", "compulsory", "public") in suppressed) is hidden


def test_what_single_schools_put_in_is_no_source_of_open_data() -> None:
    """Neither the rules nor the code of the bundle, nor what dbt knows of it, names the table."""
    folder = Path(bundle.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix in (".py", ".yaml", ".md")]
    assert texts and not any("school_figures" in text for text in texts)
    exposures = yaml.safe_load((DBT_DIR / "models" / "exposures.yml").read_text(encoding="utf-8"))["exposures"]
    (exposure,) = [each for each in exposures if each["name"] == "open_data"]
    assert "ref('school_figures')" not in exposure["depends_on"]
    table = load_catalogue()["metrics", "school_figures"]
    assert "不得公开" in table.comment and "never open data" in table.comment
