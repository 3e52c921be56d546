"""What the dictionary makes of comments and contracts."""

from ingest.contracts.contract import load_contracts
from ingest.reference import load_reference
from orchestration.publishing.dictionary.entries import Meaning, checks_told, personal_data, type_of


def test_a_comment_is_parted_into_chinese_english_and_source() -> None:
    assert Meaning.of("单位；Unit; of a kind.；来源 source：marts.dim_unit") == Meaning(
        "单位", "Unit; of a kind.", "marts.dim_unit"
    )
    assert Meaning.of("单位") == Meaning("单位", "", "")
    assert Meaning.of("") == Meaning("", "", "")


def test_columns_of_forms_tell_type_unit_and_what_becomes_of_personal_data() -> None:
    roster = load_contracts()["student_roster"]
    assert personal_data(roster.column("student_id")) == "加密后保存，不能还原 kept as a pseudonym"
    assert personal_data(roster.column("grade")) == ""
    assert type_of(load_contracts()["admission_quota"].column("quota")) == "整数（pupils）"
    assert type_of(roster.column("grade")) == "选项"


def test_every_check_is_told_by_an_example_and_none_is_left_over() -> None:
    checks = load_reference().checks
    told = {check_id: text for check_id, _, _, text in checks_told(load_reference())}
    assert told.keys() == checks.keys()
    assert not [text for text in told.values() if "{" in text or "“”" in text]
    assert told["cell.range"] == "“完成数”的值“-4”超出允许范围（不小于 0）。请核对。"
