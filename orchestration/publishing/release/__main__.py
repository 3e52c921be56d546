"""`python -m orchestration.publishing.release`: what is done with releases by hand; `--help` lists it."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import duckdb

from ingest.errors import ConfigurationError, PipelineError
from ingest.settings import Settings, load_settings
from ingest.stopping import stop_at_once
from orchestration.publishing.manifest import current_release, read_manifest
from orchestration.publishing.postgres import publish_to_postgres
from orchestration.publishing.release import store
from orchestration.publishing.release.publish import republish
from orchestration.publishing.release.revisions import read_revisions
from orchestration.runtime.locks import writing

DIFFERENCES = """
select
    metric_id,
    metric.name_zh as metric_zh,
    collection_id,
    unit_code,
    case unit.kind when 'municipal' then '全市' else unit.name_zh end as area_zh,
    previous_value,
    value,
    previous_status_zh,
    status_zh,
    documents
from revisions
left join marts.dim_metric as metric using (metric_id)
left join marts.dim_unit as unit using (unit_code)
order by metric_id, collection_id, unit_code
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when done, 1 when a release is not there or not as its manifest says."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(load_settings(), given))
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.publishing.release", description="What is done with releases by hand."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("list", help="all releases, the newest last").set_defaults(run=_list)
    diff = commands.add_parser("diff", help="metric values that differ between two releases, as CSV")
    diff.add_argument("before", metavar="A")
    diff.add_argument("after", metavar="B")
    diff.set_defaults(run=_diff)
    commands.add_parser("postgres", help="brings the current release to EDU_PUBLISH_POSTGRES_URL").set_defaults(
        run=_postgres
    )
    commands.add_parser("open-data", help="makes the open-data bundle of the current release").set_defaults(
        run=_open_data
    )
    for name, run, text in (
        ("verify", _verify, "compares every file with the manifest"),
        ("pin", _pin, "keeps a release for good"),
        ("unpin", _unpin, "leaves it to retention again"),
        ("republish", _republish, "makes a new release of an earlier one's tables"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("release", metavar="RELEASE")
        command.set_defaults(run=run)
    return parser


def _list(settings: Settings, _: argparse.Namespace) -> int:
    current, pinned = current_release(settings), store.pinned(settings)
    for manifest in store.list_releases(settings):
        marks = [
            "current" if current and current.name == manifest.release_id else "",
            "pinned" if manifest.release_id in pinned else "",
            f"republished from {manifest.republished_from}" if manifest.republished_from else "",
        ]
        print(
            f"{manifest.release_id}  {len(manifest.documents):>6} documents  {', '.join(filter(None, marks))}".rstrip()
        )
    return 0


def _diff(settings: Settings, given: argparse.Namespace) -> int:
    before, after = store.find_release(settings, given.before), store.find_release(settings, given.after)
    with duckdb.connect(str(after / "warehouse.duckdb"), read_only=True) as db:
        made_at = datetime.fromisoformat(read_manifest(after).made_at)
        db.register("revisions", read_revisions(db, after.name, made_at, before))
        rows = db.execute(DIFFERENCES)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(column[0] for column in rows.description or ())
        writer.writerows(rows.fetchall())
    return 0


def _verify(settings: Settings, given: argparse.Namespace) -> int:
    release = store.find_release(settings, given.release)
    problems = store.verify_release(release)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"{release.name}：{len(read_manifest(release).files)} 个文件与清单一致（as published）")
    return 1 if problems else 0


def _pin(settings: Settings, given: argparse.Namespace) -> int:
    print(store.pin(settings, given.release))
    return 0


def _unpin(settings: Settings, given: argparse.Namespace) -> int:
    store.unpin(settings, given.release)
    return 0


def _postgres(settings: Settings, _: argparse.Namespace) -> int:
    if settings.postgres_url is None:
        raise ConfigurationError(
            "没有设置 EDU_PUBLISH_POSTGRES_URL（is not set），例如 postgresql://publisher:***@host/edu。"
        )
    print(publish_to_postgres(settings))
    return 0


def _open_data(settings: Settings, _: argparse.Namespace) -> int:
    from orchestration.publishing.open_data.publish import (
        publish_open_data,  # scipy is heavy, and nothing else needs it
    )

    print(publish_open_data(settings, lambda _: None))
    return 0


def _republish(settings: Settings, given: argparse.Namespace) -> int:
    with writing(settings):
        republish(settings, given.release)
        publish_to_postgres(settings)
    return 0


def command() -> NoReturn:
    """As a program: it stops at once when told to, and ends with the status."""
    stop_at_once()
    sys.exit(main())


if __name__ == "__main__":
    command()
