"""What the project's own manifest says of the released tables."""

import pytest

from orchestration.publishing.catalogue import Catalogue, Relation, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def source(comment: str) -> str:
    return comment.partition("；来源 source：")[2]


def test_tables_name_the_forms_they_rest_on(catalogue: Catalogue) -> None:
    assert source(catalogue["marts", "fct_pay"].comment) == "教师待遇情况表（pay）"
    assert source(catalogue["metrics", "balance_sections"].comment) == (
        "学校名录（school_register）、学生名册（student_roster）、教师名册（teacher_roster）、学校办学条件表（school_conditions）"
    )
    assert source(catalogue["metrics", "metric_values"].comment) == "全部报表（all forms）"
    assert source(catalogue["marts", "dim_unit"].comment) == "seeds/reporting_units.csv"


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("fct_pay", "teacher_pay", "教师待遇情况表「中小学教师年平均工资收入」"),
        ("fct_pay", "unit_code", "marts.dim_unit"),
        ("fct_enrollment", "pupils", "models/marts/fct_enrollment.sql 计算 computed"),
        ("fct_enrollment", "grade_zh", "grade 的名称 label"),
        ("dim_metric", "quote_zh", "seeds/metrics.csv"),
    ],
)
def test_columns_name_heading_parent_seed_or_model(
    catalogue: Catalogue, table: str, column: str, expected: str
) -> None:
    assert source(catalogue["marts", table].columns[column]) == expected


def test_keys_and_relations_are_those_that_dbt_tests(catalogue: Catalogue) -> None:
    lineage = catalogue["quality", "lineage"]
    assert lineage.key == (
        *("metric_id", "collection_id", "unit_code", "form", "reported_by"),
        *("document_collection_id", "document_id", "sheet"),
    )
    document = Relation(
        ("document_id", "document_collection_id", "reported_by"),
        "quality",
        "documents",
        ("document_id", "collection_id", "unit_code"),
    )
    assert document in lineage.relations
    assert Relation(("unit_code",), "marts", "dim_area", ("unit_code",)) in lineage.relations
    assert {relation.to_schema for table in catalogue.values() for relation in table.relations} <= {"marts", "quality"}
