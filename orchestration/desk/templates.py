"""`make templates`: the workbooks that units fill in, one for each collection and unit, with the schools of their latest register."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import duckdb

from ingest.contracts.contract import load_contracts
from ingest.errors import ConfigurationError, PipelineError
from ingest.reference import Collection, Reference, Unit, load_reference
from ingest.settings import Settings, load_settings
from ingest.storage.files import private_dir, replacing
from ingest.workbooks.template import KnownSchool, write_template
from orchestration.publishing.manifest import current_release

REGISTER = "school_register"
Registers = Mapping[tuple[str, str], list[KnownSchool]]
"""Schools by collection and unit."""
T = TypeVar("T")


@dataclass(frozen=True)
class Templates:
    """What was written, and whether there was a release to take the schools from."""

    folder: Path
    paths: tuple[Path, ...]
    has_release: bool

    def as_text(self) -> str:
        """One line for a terminal."""
        without = "" if self.has_release else "；尚无已发布的版本，学校名录留空（no release yet, no schools filled in）"
        return f"已生成 {len(self.paths)} 份报送模板（templates）：{self.folder}{without}"

    def as_markdown(self) -> str:
        """Every workbook in a list."""
        return "\n".join(f"- {path.relative_to(self.folder)}" for path in self.paths)


def write_templates(settings: Settings, collection_id: str | None = None, unit_code: str | None = None) -> Templates:
    """Writes the templates of all collections and units, or of those named; ConfigurationError when there is no such one."""
    contracts, reference = load_contracts(), load_reference(settings.spec_dir)
    collections = _chosen(reference.collections, collection_id, "collection")
    units = _chosen(reference.units, unit_code, "unit")
    release = current_release(settings)
    registers = read_registers(release) if release else {}
    folder = private_dir(settings.data_dir / "templates")
    paths = []
    for collection in collections:
        for unit in units:
            target = private_dir(folder / collection.collection_id) / f"{unit.unit_code} {unit.name_zh} 报送模板.xlsx"
            schools = latest_register(registers, reference, collection, unit)
            with replacing(target) as temporary:
                write_template(temporary, unit, collection, contracts, reference, schools)
            paths.append(target)
    return Templates(folder, tuple(paths), release is not None)


def write_one(target: Path, settings: Settings, collection_id: str, unit_code: str) -> None:
    """Writes the template of one collection and unit to `target`; ConfigurationError when there is no such one."""
    contracts, reference = load_contracts(), load_reference(settings.spec_dir)
    (collection,) = _chosen(reference.collections, collection_id, "collection")
    (unit,) = _chosen(reference.units, unit_code, "unit")
    release = current_release(settings)
    schools = latest_register(read_registers(release) if release else {}, reference, collection, unit)
    write_template(target, unit, collection, contracts, reference, schools)


def _chosen(rows: Mapping[str, T], wanted: str | None, what: str) -> list[T]:
    if wanted is None:
        return list(rows.values())
    if wanted not in rows:
        raise ConfigurationError(f"There is no {what} {wanted!r}; there are {', '.join(rows)}.")
    return [rows[wanted]]


def read_registers(release: Path) -> Registers:
    """The school registers of a release, with the columns that the form has."""
    names = [column.name for column in load_contracts()[REGISTER].columns]
    registers: dict[tuple[str, str], list[KnownSchool]] = {}
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        query = f"select collection_id, unit_code, {', '.join(names)} from marts.dim_school order by all"
        for collection_id, unit_code, *values in db.sql(query).fetchall():
            registers.setdefault((collection_id, unit_code), []).append(dict(zip(names, values, strict=True)))
    return registers


def latest_register(
    registers: Registers, reference: Reference, collection: Collection, unit: Unit
) -> list[KnownSchool]:
    """The unit's register of the collection, else of the latest collection before it that has one."""
    earlier = [each for each in reference.collections.values() if each.opens_on <= collection.opens_on]
    for each in sorted(earlier, key=lambda each: each.opens_on, reverse=True):
        if schools := registers.get((each.collection_id, unit.unit_code)):
            return schools
    return []


class _Parser(argparse.ArgumentParser):
    """Tells of a mistake as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(f"{message}.")


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 when the templates were written."""
    parser = _Parser(prog="python -m orchestration.desk.templates", description=__doc__)
    parser.add_argument("--collection", help="only this one, such as 2022-09 (default: all of the calendar)")
    parser.add_argument("--unit", help="only this one, such as 331002 (default: all)")
    try:
        chosen = parser.parse_args(arguments)
        print(write_templates(load_settings(), chosen.collection, chosen.unit).as_text())
    except PipelineError as error:
        print(f"未生成模板（templates not written）：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
