"""Contracts load, agree with the code lists, and say clearly what is wrong with them."""

from pathlib import Path

import pyarrow as pa
import pytest

from ingest.contracts.contract import Contract, load_contract, load_contracts
from ingest.errors import ConfigurationError
from ingest.reference import Reference
from ingest.settings import CONTRACTS_DIR

FORM = """
form: pay
sequence: 1
name_zh: 表
name_en: Form
kind: return
suppliers: [county]
key: [year]
replacement_scope: unit
due: due_on
columns:
- {name: year, heading_zh: 年度, name_en: Year, type: int, required: true}
"""


def broken(tmp_path: Path, text: str) -> str:
    path = tmp_path / "pay.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_contract(path)
    return str(error.value)


def test_there_are_sixteen_forms_in_order(contracts: dict[str, Contract]) -> None:
    assert len(contracts) == 16
    assert list(contracts)[:3] == ["school_register", "student_roster", "teacher_roster"]
    assert sum(len(contract.columns) for contract in contracts.values()) == 112


def test_every_code_list_is_known(contracts: dict[str, Contract], reference: Reference) -> None:
    lists = {column.codes for contract in contracts.values() for column in contract.columns if column.codes}
    assert lists - set(reference.codes) == {"reporting_units", "declared_targets"}


def test_the_lake_never_holds_a_dropped_column(contracts: dict[str, Contract]) -> None:
    for contract in contracts.values():
        dropped = {column.name for column in contract.columns if column.pii == "drop"}
        assert not dropped & set(contract.lake_schema.names)
    schema = contracts["student_roster"].lake_schema
    assert schema.field("student_id").type == pa.binary(16)
    assert "birth_month" in schema.names and "birth_date" not in schema.names


def test_a_contract_changes_its_digest_with_any_of_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "pay.yaml"
    path.write_text(FORM, encoding="utf-8")
    before = load_contract(path).digest
    path.write_text(FORM.replace("required: true", "required: false"), encoding="utf-8")
    assert load_contract(path).digest != before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("type: int", "type: integer"), ["pay.yaml", "columns.0.type"]),
        (("heading_zh: 年度, ", ""), ["pay.yaml", "columns.0.heading_zh"]),
        (("key: [year]", "key: [jear]"), ["pay.yaml", "jear"]),
        (("type: int", "type: code"), ["pay.yaml", "code list"]),
        (("required: true", "requird: true"), ["pay.yaml", "requird"]),
        (("required: true", "pattern: '('"), ["pay.yaml", "columns.0.pattern"]),
        (("required: true", "pattern: '^1'"), ["pay.yaml", "pattern_zh"]),
        (("form: pay", "form: payment"), ["pay.yaml", "payment"]),
        (("kind: return", "kind: ["), ["pay.yaml"]),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path: Path, change: tuple[str, str], words: list[str]) -> None:
    message = broken(tmp_path, FORM.replace(*change))
    assert all(word in message for word in words), message


def test_a_heading_stands_for_one_column_only(tmp_path: Path) -> None:
    doubled = FORM + "- {name: other, heading_zh: 年度, name_en: Other, type: int}\n"
    assert "年度" in broken(tmp_path, doubled)


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_contracts(tmp_path)


def test_every_shipped_yaml_is_a_contract_of_its_name() -> None:
    assert {path.stem for path in CONTRACTS_DIR.glob("*.yaml")} == set(load_contracts())
