"""Dagster's view of the surroundings: settings as a resource, and the home of the Dagster instance."""

import fcntl
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import dagster as dg

from ingest.errors import ConfigurationError
from ingest.files import private_dir, replacing
from ingest.settings import PROJECT_DIR, Settings, load_settings
from orchestration.liveness import alive

INSTANCE = PROJECT_DIR / "orchestration" / "dagster.yaml"
POSTGRES_URL = "EDU_DAGSTER_POSTGRES_URL"
LAUNCHER = "EDU_DAGSTER_LAUNCHER"
NOTIFY_URLS = "EDU_NOTIFY_URLS"


class Surroundings(dg.ConfigurableResource["Surroundings"]):
    """Where the data lie and what day it is: from the environment when a run starts, so that a long-lived server sees changes."""

    overrides: dict[str, str] = {}

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Surroundings"]:
        """Every run has these surroundings for as long as it lives; a sensor's look is no run."""
        if context.instance is None or context.run_id is None:
            yield self
        else:
            instance, run_id = context.instance, context.run_id
            with alive(instance, run_id), event_logs_open(instance, "index", run_id):
                yield self

    def settings(self) -> Settings:
        return load_settings(os.environ | self.overrides)


def prepare_home(settings: Settings) -> Path:
    """Dagster's home under the data folder, named in DAGSTER_HOME for this process and its children.

    Runs and events are stored there in SQLite, or in PostgreSQL where EDU_DAGSTER_POSTGRES_URL names a database. Runs are
    processes of this machine, unless EDU_DAGSTER_LAUNCHER names a file with Dagster's `run_launcher`; ConfigurationError when there
    is no such file.
    """
    parts = _parts_of_config()
    home = private_dir(settings.data_dir / "dagster")
    config = home / "dagster.yaml"
    with open(home / ".starting.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with replacing(config) as target:
            target.write_text("".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
            if not config.exists():  # two that start at once would both make Dagster's tables
                dg.DagsterInstance.from_config(str(home), target.name).dispose()
    os.environ["DAGSTER_HOME"] = str(home)
    return home


@contextmanager
def event_logs_open(instance: dg.DagsterInstance, *shards: str) -> Iterator[None]:
    """Keeps a connection to the SQLite files that Dagster writes of every event, those that are there.

    `index` has events of all runs, a run's own file is named by its id. Dagster opens and closes both hundreds of times a run, and
    whenever the last connection closes SQLite tidies up.
    """
    with ExitStack() as stack:
        for shard in shards:
            file = Path(instance.root_directory, "history", "runs", f"{shard}.db")
            if file.exists():
                connection = stack.enter_context(closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)))
                connection.execute(
                    "select count(*) from sqlite_master"
                ).fetchone()  # until its first use it is not open
        yield


def _parts_of_config() -> list[Path]:
    parts = [INSTANCE]
    if os.environ.get(POSTGRES_URL):
        parts.append(INSTANCE.with_name("dagster_postgres.yaml"))
    if launcher := os.environ.get(LAUNCHER):
        parts.append(Path(launcher))
        if not parts[-1].is_file():
            raise ConfigurationError(f"{LAUNCHER} is {launcher!r}; there is no such file.")
    return parts


def reporter(context: dg.AssetExecutionContext) -> Callable[[str], None]:
    """Tells progress twice: in Dagster's log, and on the terminal of whoever waits."""

    def report(text: str) -> None:
        context.log.info(text)
        print(text, file=sys.__stdout__, flush=True)

    return report
