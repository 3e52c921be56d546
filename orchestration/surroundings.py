"""Dagster's view of the surroundings: settings as a resource, and the home of the Dagster instance."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg

from ingest.files import private_dir
from ingest.settings import PROJECT_DIR, Settings, load_settings


class Surroundings(dg.ConfigurableResource[Settings]):
    """Where the data lie and what day it is: from the environment when a run starts, so that a long-lived server sees changes."""

    overrides: dict[str, str] = {}

    def settings(self) -> Settings:
        return load_settings(os.environ | self.overrides)


def prepare_home(settings: Settings) -> Path:
    """Dagster's home under the data folder, with the project's dagster.yaml; named in DAGSTER_HOME for this process and its children."""
    home = private_dir(settings.data_dir / "dagster")
    shutil.copyfile(PROJECT_DIR / "orchestration" / "dagster.yaml", home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def reporter(context: dg.AssetExecutionContext) -> Callable[[str], None]:
    """Tells progress twice: in Dagster's log, and on the terminal of whoever waits."""

    def report(text: str) -> None:
        context.log.info(text)
        print(text, file=sys.__stdout__, flush=True)

    return report
