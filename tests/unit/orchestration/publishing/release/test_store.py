"""What retention keeps and what goes; pins; who is reading."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.errors import ReleaseError
from ingest.settings import Settings
from orchestration.publishing.release import store

NOW = datetime(2023, 3, 31, 12, tzinfo=UTC)
DUCKDB = "duckdb.connect(sys.argv[1] + '/warehouse.duckdb', read_only=True)"
PLAIN = "open(sys.argv[1] + '/manifest.json')"


@pytest.fixture
def release(settings: Settings) -> Callable[[int], str]:
    """Puts a release of so many days ago on the shelf; the last one made is current."""

    def make(days: int) -> str:
        folder = store.releases_dir(settings) / f"{NOW - timedelta(days=days):%Y%m%dT%H%M%S}000Z-00000000"
        folder.mkdir(parents=True)
        duckdb.connect(str(folder / "warehouse.duckdb")).close()
        (folder / "manifest.json").write_text("{}", encoding="utf-8")
        store.swap_current(settings, folder.name)
        return folder.name

    return make


@pytest.fixture(autouse=True)
def keeps_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT_RELEASES", 2)


def left(settings: Settings) -> list[str]:
    return sorted(path.name for path in store.releases_dir(settings).iterdir())


@contextmanager
def reader(settings: Settings, release_id: str, how: str) -> Iterator[None]:
    """Another process that holds a file of a release open."""
    code = f"import duckdb, sys, time; held = {how}; print('open', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store.releases_dir(settings) / release_id)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stdout.readline()
        yield
        process.kill()


def test_the_last_ones_are_kept_and_the_young_ones(settings: Settings, release: Callable[[int], str]) -> None:
    gone, kept = release(10), [release(9), release(8)]
    store.remove_old(settings, NOW)
    assert left(settings) == kept and gone not in kept
    young = [release(3), release(2), release(1)]
    store.remove_old(settings, NOW)
    assert left(settings) == young


def test_the_current_release_stays_however_old(settings: Settings, release: Callable[[int], str]) -> None:
    old, *others = [release(days) for days in (13, 12, 11, 10)]
    store.swap_current(settings, old)
    store.remove_old(settings, NOW)
    assert left(settings) == [old, others[-1]]


def test_a_pinned_release_stays_until_it_is_unpinned(settings: Settings, release: Callable[[int], str]) -> None:
    pinned, kept = release(400), [release(9), release(8)]
    link = store.pin(settings, pinned)
    store.remove_old(settings, NOW)
    assert left(settings) == [pinned, *kept]
    assert link.resolve().name == pinned
    assert store.pinned(settings) == {pinned}
    store.unpin(settings, pinned)
    store.remove_old(settings, NOW)
    assert left(settings) == kept


@pytest.mark.parametrize("how", [DUCKDB, PLAIN])
def test_a_release_being_read_stays_within_its_grace(
    settings: Settings, release: Callable[[int], str], how: str
) -> None:
    read, forgotten = release(13), release(20)
    kept = [release(9), release(8)]
    with reader(settings, read, how), reader(settings, forgotten, how):
        store.remove_old(settings, NOW)
        assert left(settings) == [read, *kept]
    store.remove_old(settings, NOW)
    assert left(settings) == kept


def test_readers_of_other_users_show_by_duckdbs_lock(
    settings: Settings, release: Callable[[int], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(store, "PROCESSES", tmp_path)
    folder = store.releases_dir(settings) / release(1)
    assert not store.is_being_read(folder)
    with reader(settings, folder.name, PLAIN):
        assert not store.is_being_read(folder)
    with reader(settings, folder.name, DUCKDB):
        assert store.is_being_read(folder)


def test_what_is_not_there_is_named(settings: Settings, release: Callable[[int], str]) -> None:
    known = release(1)
    with pytest.raises(ReleaseError, match=known):
        store.find_release(settings, "20200101T000000Z-00000000")
    with pytest.raises(ReleaseError):
        store.find_release(settings, "..")
    with pytest.raises(ReleaseError, match="not pinned"):
        store.unpin(settings, known)
