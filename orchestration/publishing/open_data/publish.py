"""Putting the bundle of the current release in place, on purpose and never with every refresh: see its README on revisions."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.settings import Settings
from ingest.storage.files import make_public, public_dir
from orchestration.publishing.manifest import existing_release, read_manifest
from orchestration.publishing.open_data.bundle import write_open_data


def publish_open_data(settings: Settings, report: Callable[[str], None] = print) -> Path:
    """Makes `published/open/<release_id>` of the current release and removes earlier bundles; returns its folder.

    ReleaseError before the first release. A bundle that is there already is left as it is.
    """
    release = existing_release(settings)
    bundles = settings.published_dir / "open"
    bundle = bundles / release.name
    if not bundle.exists():
        unfinished = bundles / f".{release.name}"
        shutil.rmtree(unfinished, ignore_errors=True)
        public_dir(bundles)
        unfinished.mkdir()
        made_at = datetime.fromisoformat(read_manifest(release).made_at)
        with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
            write_open_data(db, unfinished, release.name, made_at)
        make_public(unfinished)
        unfinished.replace(bundle)
        report(f"开放数据包（open data）：{bundle}")
    for earlier in bundles.iterdir():
        if earlier != bundle:
            shutil.rmtree(earlier)
    return bundle
