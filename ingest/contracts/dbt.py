"""What dbt must know of the forms, made of their contracts: `python -m ingest.contracts.dbt` writes it into the dbt project.

    generated/macros/forms.sql          what the checks across documents need to know of each form
    generated/models/sources.yml        the tables of rows that the reader writes
    generated/models/staging/           the rows that count, of every form
    generated/models/marts/             the fact of a form that has none written by hand, as it is

Nothing of it is committed: `make setup` regenerates it whenever a contract changes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ingest.contracts.contract import Column, Contract, load_contracts
from ingest.settings import DBT_DIR

GENERATED = "generated"
REGISTER = "school_register"
DBT_TYPES = {"text": "string", "code": "string", "bool": "boolean", "int": "bigint", "number": "double", "date": "date"}
LAKE = "{{ env_var('EDU_LAKE_DIR', '../data/lake') }}"
IDENTITY = {
    "reading_id": "读取编号；Reading that the row came by.",
    "collection_id": "报送学年；Collection.",
    "unit_code": "报送单位代码；Reporting unit.",
    "document_id": "来源文件的 SHA-256；Document that the row came in.",
}
OWN_UNIT = "area_unit_code"  # a form's own column `unit_code` is about another unit than the one that sent it


def write_dbt_files(contracts: Mapping[str, Contract], project: Path) -> None:
    """Writes everything that dbt needs of the contracts below `project`, in place of what was there."""
    by_hand = {path.stem for path in (project / "models").rglob("*.sql")}
    shutil.rmtree(project / GENERATED, ignore_errors=True)
    for name, text in generated_files(contracts.values(), by_hand).items():
        path = project / GENERATED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def generated_files(contracts: Iterable[Contract], by_hand: set[str]) -> dict[str, str]:
    """Text by path; a model that is written `by_hand` is not made again."""
    contracts = list(contracts)
    staged = [contract for contract in contracts if f"stg_{contract.form}" not in by_hand]
    facts = [contract for contract in contracts if contract.kind == "return" and not _facts(contract, by_hand)]
    files = {
        "macros/forms.sql": _forms_macro(contracts),
        "models/sources.yml": _yaml({"sources": [_source(contracts)]}),
        "models/staging/_staging.yml": _yaml({"models": [_staging_yaml(contract) for contract in staged]}),
        "models/marts/_marts.yml": _yaml({"models": [_fact_yaml(contract) for contract in facts]}),
    }
    files |= {f"models/staging/stg_{contract.form}.sql": _staging_sql(contract) for contract in staged}
    return files | {f"models/marts/fct_{contract.form}.sql": _fact_sql(contract) for contract in facts}


def _facts(contract: Contract, by_hand: set[str]) -> bool:
    """Whether a fact of the form is written by hand."""
    return f"fct_{contract.mart or contract.form}" in by_hand


def about_form(contract: Contract) -> dict[str, Any]:
    """What macros know of a form: see `forms()`."""
    told_by = contract.column(contract.told_by or contract.key[0])
    keys = [contract.column(name) for name in contract.key]
    about: dict[str, Any] = {
        "scope": contract.replacement_scope,
        "key": [column.comparable_name if column.comparable else column.name for column in keys],
        "told_by": told_by.name,
        "heading_zh": told_by.heading_zh,
        "is_person": any(column.pii for column in keys),
        "has_leavers": contract.counts_by is not None,
        "checks_school": contract.replacement_scope == "school" and contract.form != REGISTER,
    }
    if contract.school_type_group:
        about |= {"type_rule": contract.school_type_group, "type_rule_zh": contract.school_type_group_zh}
    return about


def _forms_macro(contracts: Iterable[Contract]) -> str:
    forms = json.dumps({contract.form: about_form(contract) for contract in contracts}, ensure_ascii=False, indent=4)
    return (
        "{# Every form as its contract has it. `told_by` is the column that a duplicate is reported at; `type_rule` the group that the\n"
        "   type of the row's school must belong to; `has_leavers`: a status says whether the person still counts. #}\n"
        "{% macro forms() -%}\n    {{ return(" + forms + ") }}\n{%- endmacro %}\n"
    )


def _source(contracts: Iterable[Contract]) -> dict[str, Any]:
    location = f"read_parquet('{LAKE}/rows/{{identifier}}/*.parquet', union_by_name = true)"
    return {
        "name": "returns",
        "description": "各单位报送的行，按表存放；the rows that units sent, typed and pseudonymised by the reader.",
        "config": {"external_location": location},
        "tables": [
            {
                "name": contract.form,
                "description": f"{contract.name_zh}；{contract.name_en}.",
                "config": {"meta": {"dagster": {"asset_key": ["returns", contract.form]}}},
            }
            for contract in contracts
        ],
    }


def columns_of(contract: Contract) -> Iterator[tuple[str, str, Column]]:
    """Name in the lake, name in SQL and column, for everything that a row of the form holds."""
    for column in contract.columns:
        if column.lake_name:
            yield column.lake_name, OWN_UNIT if column.lake_name == "unit_code" else column.lake_name, column
        if column.comparable:
            yield column.comparable_name, column.comparable_name, column


def _staging_sql(contract: Contract) -> str:
    names = [lake if lake == sql else f"{lake} as {sql}" for lake, sql, _ in columns_of(contract)]
    listed = ",\n        ".join(f"'{name}'" for name in names)
    return (
        f"-- One row of {contract.name_zh} that counts, of a unit in a collection.\n"
        f"{{{{\n    current_rows('{contract.form}', [\n        {listed}\n    ])\n}}}}\n"
    )


def _staging_yaml(contract: Contract) -> dict[str, Any]:
    columns = [{"name": name, "description": text} for name, text in IDENTITY.items()]
    columns += [{"name": sql, "description": _meaning(column)} for _, sql, column in columns_of(contract)]
    description = f"{contract.name_zh}的现行有效行；{contract.name_en}: the rows that count."
    return {"name": f"stg_{contract.form}", "description": description, "columns": columns}


def _fact_sql(contract: Contract) -> str:
    lines = ["collection_id", "unit_code", *(sql for _, sql, _ in columns_of(contract)), "document_id"]
    for _, sql, column in columns_of(contract):
        if column.type == "code":
            lines.append(f"{{{{ label_of('{column.codes}', 'given.{sql}') }}}} as {sql}_zh")
    listed = ",\n    ".join(lines)
    return (
        f"-- One row of {contract.name_zh}, of a unit in a collection.\n"
        f"select\n    {listed}\nfrom {{{{ ref('stg_{contract.form}') }}}} as given\n"
    )


def _fact_yaml(contract: Contract) -> dict[str, Any]:
    names = {lake: sql for lake, sql, _ in columns_of(contract)}
    key = ["collection_id", "unit_code", *(names[name] for name in about_form(contract)["key"])]
    columns = [_typed(name, IDENTITY[name], "string", name in key) for name in ("collection_id", "unit_code")]
    for _, sql, column in columns_of(contract):
        columns.append(_typed(sql, _meaning(column), DBT_TYPES[column.type], sql in key))
    columns.append(_typed("document_id", IDENTITY["document_id"], "string", False))
    for _, sql, column in columns_of(contract):
        if column.type == "code":
            columns.append(
                _typed(f"{sql}_zh", f"{column.heading_zh}名称；Label of {column.name_en.lower()}.", "string", False)
            )
    parents = [
        {"to": "ref('dim_collection')", "columns": ["collection_id"]},
        {"to": "ref('dim_unit')", "columns": ["unit_code"]},
        {"to": "ref('documents')", "columns": ["document_id", "collection_id", "unit_code"]},
    ]
    name = f"fct_{contract.form}"
    return {
        "name": name,
        "description": f"{contract.name_zh}。键：{', '.join(key)}；{contract.name_en}.",
        "data_tests": [{"is_sound": {"name": f"{name}_is_sound", "arguments": {"key": key, "parents": parents}}}],
        "columns": columns,
    }


def _typed(name: str, description: str, data_type: str, is_key: bool) -> dict[str, Any]:
    typed: dict[str, Any] = {"name": name, "description": description, "data_type": data_type}
    return typed | ({"constraints": [{"type": "not_null"}]} if is_key else {})


def _meaning(column: Column) -> str:
    """The heading and its meaning, with the unit where it has one."""
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.heading_zh}；{column.name_en}{unit}."


def _yaml(content: dict[str, Any]) -> str:
    if not any(content.values()):
        return "version: 2\n"
    return yaml.safe_dump({"version": 2, **content}, allow_unicode=True, sort_keys=False, width=140)


if __name__ == "__main__":
    write_dbt_files(load_contracts(), DBT_DIR)
