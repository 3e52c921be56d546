"""Readers never wait, refreshes never wait: 32 readers in loops while releases are published under them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.settings import PROJECT_DIR, load_settings
from orchestration.publishing.release import store
from tests.integration.conftest import Workplace
from tests.integration.numbered import publish_numbered
from tests.integration.readers import KINDS

READERS_OF_A_KIND = 8
RELEASES = 20


def published_under_readers(place: Workplace, releases: int) -> dict[str, dict[str, Any]]:
    """Publishes so many releases under 8 readers of each kind; retention keeps as few as it may. What the readers saw, by kind."""
    settings = replace(load_settings(place.environment), keep_releases_days=0)
    place.landing.mkdir()
    publish_numbered(settings, 1)
    command = [sys.executable, "-m", "tests.integration.readers"]
    with ExitStack() as stack:
        processes = {
            kind: stack.enter_context(
                subprocess.Popen(
                    [*command, kind, str(settings.published_dir), str(READERS_OF_A_KIND)],
                    cwd=PROJECT_DIR,
                    env=os.environ | {"OMP_NUM_THREADS": "1"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for kind in KINDS
        }
        for process in processes.values():
            assert process.stdout and process.stdout.readline() == "reading\n"
        for number in range(2, releases + 1):
            publish_numbered(settings, number)
            if number == releases // 2:
                for process in processes.values():
                    assert process.stdin
                    process.stdin.write("\n")
                    process.stdin.flush()
        return {kind: json.loads(process.communicate()[0]) for kind, process in processes.items()}


def assert_nothing_went_wrong(reports: dict[str, dict[str, Any]], releases: int) -> None:
    for kind, report in reports.items():
        assert report["errors"] == [], kind
        assert len(report["seen"]) == READERS_OF_A_KIND
        for own in report["seen"]:
            assert own == sorted(own), "nobody goes back to an earlier release"
            assert set(own) <= set(range(1, releases + 1)) and len(set(own)) > 1, kind
        # A reading opens and closes a few, and the libraries keep one or two; what leaks would be hundreds.
        assert abs(report["late"] - report["early"]) <= 4 * READERS_OF_A_KIND, kind
        assert report["after"] <= report["early"] + READERS_OF_A_KIND, kind


def test_readers_never_err_never_see_two_releases_and_leak_no_handles(tmp_path: Path) -> None:
    handles = Path("/proc/self/fd")
    place, before = Workplace(tmp_path), len(list(handles.iterdir()))
    assert_nothing_went_wrong(published_under_readers(place, RELEASES), RELEASES)
    assert len(list(handles.iterdir())) <= before
    releases = place.data / "published" / "releases"
    assert len(list(releases.iterdir())) >= store.KEPT_RELEASES
    store.remove_old(replace(load_settings(place.environment), keep_releases_days=0), datetime.now(UTC))
    assert len(list(releases.iterdir())) == store.KEPT_RELEASES, "once nobody reads them, old ones go"
