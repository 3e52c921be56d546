"""What assets share: the pipeline's settings as a resource, pools, owners, and how they tell their progress."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

from ingest.settings import Settings, load_settings
from orchestration.runtime.liveness import alive

DATA_ENGINEERING = "team:data-engineering"
RETURNS_DESK = "team:returns-desk"
"""Who answers for what; the dbt models name theirs in `dbt_project.yml`."""

WRITER_POOL = "warehouse_writer"
"""The one writer of working database and releases, and of lake and ledger as a whole (limit 1)."""

READER_POOL = "returns_readers"
"""Readers of partitions of the landing zone, each with files of its own; limited only for the sake of the machine they run on."""

POOL_LIMITS = {WRITER_POOL: 1, READER_POOL: os.cpu_count() or 1}
"""What a new instance begins with; `dagster instance concurrency set <pool> <limit>` changes it."""


class PipelineResource(dg.ConfigurableResource["PipelineResource"]):
    """Where the data lie and what day it is: from the environment when a run starts, so that a long-lived server sees changes."""

    overrides: dict[str, str] = {}

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["PipelineResource"]:
        """A run holds its lock for as long as it lives; a sensor's look is no run."""
        if context.instance is None or context.run_id is None:
            yield self
        else:
            with alive(context.instance, context.run_id):
                yield self

    def settings(self) -> Settings:
        """The settings as the environment has them now; ConfigurationError where it is wrong."""
        return load_settings(os.environ | self.overrides)

    def variable(self, name: str) -> str:
        """One variable as it stands, for what must work where another one holds a mistake."""
        return (os.environ | self.overrides).get(name, "")


def reporter(context: dg.AssetExecutionContext) -> Callable[[str], None]:
    """Tells progress twice: in Dagster's log, and on the terminal."""

    def report(text: str) -> None:
        context.log.info(text)
        print(text, file=sys.__stdout__, flush=True)

    return report
