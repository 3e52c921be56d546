"""What dbt is told of the forms follows from their contracts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from ingest.contracts.contract import Contract, load_contracts
from ingest.contracts.dbt import about_form, generated_files, write_dbt_files
from ingest.settings import DBT_DIR

BY_HAND = {path.stem for path in (DBT_DIR / "models").rglob("*.sql")}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return generated_files(load_contracts().values(), BY_HAND)


def test_every_form_is_staged_and_a_source(files: dict[str, str]) -> None:
    staged = {Path(name).stem for name in files if "/stg_" in name}
    assert staged == {f"stg_{form}" for form in load_contracts()}
    (source,) = yaml.safe_load(files["models/sources.yml"])["sources"]
    assert [table["name"] for table in source["tables"]] == list(load_contracts())


def test_a_fact_that_is_written_by_hand_is_not_made_again(files: dict[str, str]) -> None:
    assert not any("/fct_" in name for name in files)
    others = generated_files(load_contracts().values(), BY_HAND - {"fct_pay"})
    assert [name for name in others if "/fct_" in name] == ["models/marts/fct_pay.sql"]
    (fact,) = yaml.safe_load(others["models/marts/_marts.yml"])["models"]
    types = {column["name"]: column["data_type"] for column in fact["columns"]}
    assert types["year"] == "bigint" and types["teacher_pay"] == "double" and types["document_id"] == "string"
    assert fact["data_tests"][0]["is_sound"]["arguments"]["key"] == ["collection_id", "unit_code", "year"]


def test_what_macros_know_of_a_form() -> None:
    contracts = load_contracts()
    assert about_form(contracts["recognitions"])["key"] == ["category", "name_key", "level", "unit_code"]
    assert about_form(contracts["recognitions"])["told_by"] == "name"
    pupils = about_form(contracts["student_roster"])
    assert pupils["is_person"] and pupils["has_leavers"] and pupils["checks_school"] and "type_rule" not in pupils
    assert about_form(contracts["admission_quota"])["type_rule"] == "senior"
    assert not about_form(contracts["school_register"])["checks_school"]


def test_what_is_dropped_never_reaches_sql_and_units_of_others_have_a_name_of_their_own(files: dict[str, str]) -> None:
    pupils = files["models/staging/stg_student_roster.sql"]
    assert "'student_name'" not in pupils and "'student_id'" in pupils
    assert "'unit_code as area_unit_code'" in files["models/staging/stg_recognitions.sql"]


def test_the_macro_is_what_jinja_reads(files: dict[str, str]) -> None:
    found = re.search(r"return\((\{.*\})\)", files["macros/forms.sql"], re.DOTALL)
    assert found and json.loads(found[1]).keys() == load_contracts().keys()


def test_files_of_a_form_that_is_no_more_are_gone(tmp_path: Path) -> None:
    contracts: dict[str, Contract] = load_contracts()
    write_dbt_files(contracts, tmp_path)
    write_dbt_files({"pay": contracts["pay"]}, tmp_path)
    assert [path.name for path in tmp_path.rglob("stg_*.sql")] == ["stg_pay.sql"]
