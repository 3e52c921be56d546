"""What dbt knows of the released tables, read from its manifest: what they mean, where they come from, keys and relations.

Keys and relations are those of the `is_sound` tests, so that what is declared has been checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.contracts.contract import load_contracts
from ingest.settings import DBT_DIR

RELEASED_SCHEMAS = ("marts", "metrics", "quality")
MANIFEST = DBT_DIR / "target" / "manifest.json"
# These folders decide which rows count, from all forms at once: what passes through them says nothing about a table's source.
PASSED_BY = ("documents", "checks")
WORDS = "labels"  # the seed with the words for codes is no source of rows


@dataclass(frozen=True)
class Relation:
    """Columns that name a row of another released table."""

    columns: tuple[str, ...]
    to_schema: str
    to_table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True)
class ReleasedTable:
    """A released table: comments are 中文；English（with unit）；来源, `columns` by name; `key` is empty where rows have none."""

    schema: str
    name: str
    comment: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def sql_name(self) -> str:
        """Schema and name, quoted."""
        return f'"{self.schema}"."{self.name}"'


Catalogue = Mapping[tuple[str, str], ReleasedTable]


def table_of(catalogue: Catalogue, schema: str, name: str) -> ReleasedTable:
    """The table as the catalogue knows it, else one without key and comments."""
    return catalogue.get((schema, name)) or ReleasedTable(schema, name, "", {})


def load_catalogue(manifest: Path = MANIFEST) -> Catalogue:
    """The released tables by schema and name; FileNotFoundError before `dbt parse` (`make setup`)."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    tests = _tests(nodes)
    tables = [
        _table(nodes, node, tests)
        for node in nodes.values()
        if node["resource_type"] == "model" and node["schema"] in RELEASED_SCHEMAS
    ]
    return {(table.schema, table.name): table for table in tables}


def _tests(nodes: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The generic tests of each model."""
    tests: dict[str, list[dict[str, Any]]] = {}
    for node in nodes.values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            tests.setdefault(node["attached_node"], []).append(node)
    return tests


def _table(nodes: dict[str, Any], node: dict[str, Any], tests: dict[str, list[dict[str, Any]]]) -> ReleasedTable:
    relations = tuple(_relations(nodes, node, tests))
    sources = _Sources(nodes, node, relations)
    return ReleasedTable(
        node["schema"],
        node["alias"],
        f"{node['description']}；来源 source：{sources.of_table()}",
        {
            name: f"{column['description']}；来源 source：{sources.of_column(name)}"
            for name, column in node["columns"].items()
        },
        _key(tests.get(node["unique_id"], [])),
        relations,
    )


def _key(tests: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return next((tuple(promised["key"]) for promised in map(_promised, tests) if "key" in promised), ())


def _promised(test: dict[str, Any]) -> dict[str, Any]:
    """What a table promises by its test: `key`, `parents` and `values`, where it has them."""
    return dict(test["test_metadata"]["kwargs"])


def _relations(
    nodes: dict[str, Any], node: dict[str, Any], tests: dict[str, list[dict[str, Any]]]
) -> Iterator[Relation]:
    """Relations to keys of released tables; those to seeds and to other columns are checked, and no more."""
    for test in tests.get(node["unique_id"], []):
        parents = {f"ref('{nodes[name]['name']}')": nodes[name] for name in test["depends_on"]["nodes"]}
        for reference in _promised(test).get("parents", []):
            parent, columns = parents[reference["to"]], tuple(reference["columns"])
            to_columns = tuple(reference.get("to_columns", columns))
            if parent["schema"] in RELEASED_SCHEMAS and to_columns == _key(tests.get(parent["unique_id"], [])):
                yield Relation(columns, parent["schema"], parent["alias"], to_columns)


class _Sources:
    """Where a table and its columns come from."""

    def __init__(self, nodes: dict[str, Any], node: dict[str, Any], relations: Iterable[Relation]) -> None:
        self.node = node
        names = set(_forms(nodes, node))
        self.forms = [form for name, form in load_contracts().items() if name in names]
        self.seeds = [
            nodes[parent]
            for parent in node["depends_on"]["nodes"]
            if parent.startswith("seed.") and nodes[parent]["name"] != WORDS
        ]
        self.parents = {relation.columns[0]: relation for relation in relations if len(relation.columns) == 1}

    def of_table(self) -> str:
        """Its forms, else its seeds; tables about documents rest on every document that arrived."""
        if self.node["schema"] == "quality":
            return "收到的全部文件（all documents that arrived）"
        if len(self.forms) == len(load_contracts()):
            return "全部报表（all forms）"
        forms = [f"{form.name_zh}（{form.form}）" for form in self.forms]
        return "、".join(forms or [seed["original_file_path"] for seed in self.seeds])

    def of_column(self, name: str) -> str:
        """The code it is the label of, the table it refers to, the heading of a form, the seed, or else the model."""
        labelled = name.removesuffix("_zh")
        if labelled != name and labelled in self.node["columns"]:
            return f"{labelled} 的名称 label"
        if parent := self.parents.get(name):
            return f"{parent.to_schema}.{parent.to_table}"
        seeds = [seed["original_file_path"] for seed in self.seeds if name in seed["columns"]]
        certain = seeds if len(seeds) == 1 else []
        return "、".join(self._headings(name) or certain) or self._model

    def _headings(self, name: str) -> list[str]:
        """Headings of the column in the forms of a mart; elsewhere, equal names mean other things."""
        forms = self.forms if self.node["schema"] == "marts" else []
        return [
            f"{form.name_zh}「{column.heading_zh}」" for form in forms for column in form.columns if column.name == name
        ]

    @property
    def _model(self) -> str:
        return f"{self.node['original_file_path']} 计算 computed"


def _forms(nodes: dict[str, Any], node: dict[str, Any]) -> Iterator[str]:
    """The forms whose rows come into a table, by the staging models that it rests on."""
    for parent in node["depends_on"].get("nodes", []):  # seeds have none
        form = parent.rpartition(".")[2].removeprefix("stg_")
        if form in load_contracts():
            yield form
        elif parent in nodes and not set(PASSED_BY) & set(nodes[parent]["fqn"]):
            yield from _forms(nodes, nodes[parent])
