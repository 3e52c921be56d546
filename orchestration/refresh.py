"""`make refresh`: the refresh job from the command line, with progress, one clear sentence for every failure, and the scoreboard.

Exit 0 when a release was published or nothing was new, 1 when the pipeline failed (the last release stays as it was).
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sqlite3
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, TextIO

from ingest.errors import PipelineError, in_a_sentence
from ingest.landing.growing import wait_until_written
from ingest.landing.ledger import Ledger
from ingest.landing.listing import LandingZone
from ingest.reference import load_reference
from ingest.secrecy import without_secrets
from ingest.settings import Settings, load_settings
from ingest.stopping import STANDARD_ERROR, stop_at_once
from ingest.storage.files import open_private, private_dir
from orchestration.publishing.manifest import current_release
from orchestration.runtime.failures import in_one_line
from orchestration.runtime.locks import writing
from orchestration.up_to_date import is_up_to_date

# Millions of imported objects stay to the end of the run: looking through them again and again took a tenth of a small refresh.
COLLECT_RARELY = (100_000, 20, 100)
UNTAKEN_SHOWN = 30
STOPPED = "已停止，当前版本不变（stopped; the last release stands）。"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the refresh; returns the exit status."""
    reread, started = _parse(arguments), time.monotonic()
    try:
        settings = load_settings()
        load_reference(settings.spec_dir)  # what is wrong there is told before anything is done
        with writing(settings):
            prepare_sample(settings)
            zone = LandingZone(settings.landing_url)
            listing = zone.list()
            if not reread and is_up_to_date(settings, listing):
                return _nothing_new(settings)
            wait_until_written(zone, listing.files)
            status = run_job(settings, reread)
    except PipelineError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(in_a_sentence(error))
    print(f"用时（took）：{time.monotonic() - started:.0f} 秒（seconds）")
    return status


def _failed(sentence: str) -> int:
    print(f"刷新失败（refresh failed）：{without_secrets(sentence)}", file=sys.stderr)
    return 1


def _parse(arguments: Sequence[str] | None) -> dict[str, list[str]]:
    """What to read again, as the run config of the job has it; nothing unless asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.refresh", description="Refresh; reads again what is named."
    )
    parser.add_argument("--collection", action="append", default=[], help="read this collection again, e.g. 2020-09")
    parser.add_argument("--unit", action="append", default=[], help="of it, or of all, this unit only, e.g. 331002")
    parser.add_argument("--everything", action="store_true", help="read the whole archive again")
    given = parser.parse_args(arguments)
    if given.everything and (given.collection or given.unit):
        parser.error("--everything leaves nothing to choose")
    chosen = {"collections": given.collection, "units": given.unit}
    return chosen if given.everything or given.collection or given.unit else {}


def _nothing_new(settings: Settings) -> int:
    from orchestration.desk import feedback
    from orchestration.desk.board.write import write_board
    from orchestration.desk.county.write import write_county_pages

    write_board(settings)  # what is overdue goes on counting its days
    if not feedback.is_current(settings):  # the run that published was killed before it came to this
        feedback.write_feedback_workbooks(settings)
    write_county_pages(settings)  # so do the days there
    if settings.postgres_url:  # nor had it come to this, or the server was away
        from orchestration.publishing.postgres import publish_to_postgres

        publish_to_postgres(settings)
    print(f"没有新内容，不发布新版本（nothing new）。当前版本：{current_release(settings)}")
    tell_untaken(settings)
    return 0


def prepare_sample(settings: Settings) -> None:
    """Lays down the small made-up landing zone once, when no other is named."""
    if not settings.uses_sample or settings.sample_dir.exists():
        return
    from ingest.sample.landing import lay_down_default  # only this branch needs the writers of documents

    print(
        f"没有设置 EDU_LANDING_URL，生成样例报送区（laying down a made-up sample）：{settings.sample_dir}", flush=True
    )
    lay_down_default(settings.sample_dir)


def tell_untaken(settings: Settings) -> None:
    """Says what lies in the landing zone and was not taken in, or is missing there, as the scoreboard of a new release does."""
    with Ledger.of(settings) as ledger:
        untaken = list(ledger.untaken())
    if not untaken:
        return
    print(f"报送区有 {len(untaken)} 处未取或不见（not taken, or missing；见 quality.unplaced）：", file=sys.stderr)
    for each in untaken[:UNTAKEN_SHOWN]:
        print(f"  {each.path}：{each.reason}", file=sys.stderr)


def run_job(settings: Settings, reread: Mapping[str, Sequence[str]]) -> int:
    """Runs the job in this process; what dbt and Dagster print goes to a log file."""
    log = private_dir(settings.data_dir / "logs") / "refresh.log"
    with open_private(log) as sink, contextlib.redirect_stdout(sink), _standard_error_to(sink):
        try:
            failure = _execute(settings, reread)
        except (PipelineError, OSError):
            raise
        except Exception as error:  # of Dagster itself
            traceback.print_exc()
            failure = _trouble_of_dagster(settings, error)
    if failure:
        return _failed(f"{failure} 日志（log）：{log}")
    release = current_release(settings)
    assert release is not None
    _show(release)
    return 0


@contextlib.contextmanager
def _standard_error_to(sink: TextIO) -> Iterator[None]:
    """What children complain of goes into the log, too: of a full disk the terminal is told once."""
    terminal = os.dup(STANDARD_ERROR)
    os.dup2(sink.fileno(), STANDARD_ERROR)
    try:
        with contextlib.redirect_stderr(sink):
            yield
    finally:
        os.dup2(terminal, STANDARD_ERROR)
        os.close(terminal)


def _trouble_of_dagster(settings: Settings, error: Exception) -> str:
    """What is wrong where no step failed: with the history of runs, as a rule, which lies on the same disk; only its kind is told."""
    reason = getattr(error, "orig", None) or (error if isinstance(error, sqlite3.Error) else type(error).__name__)
    home = settings.data_dir / "dagster"
    return f"Dagster 无法运行（{reason}）。请检查磁盘空间；若 {home} 中的运行记录已损坏，请将其移走，会重新建立。"


def _execute(settings: Settings, reread: Mapping[str, Sequence[str]]) -> str | None:
    """Runs the job; the sentence that says why it failed, or None."""
    import dagster as dg

    from orchestration.definitions import defs
    from orchestration.instance import STARTED_BY, prepare_home, show_under_job
    from orchestration.jobs import REFRESH, reread_config
    from orchestration.runtime.liveness import fail_abandoned_runs

    prepare_home(settings)
    with dg.DagsterInstance.get() as instance:
        fail_abandoned_runs(instance)
        show_under_job(instance, defs.get_repository_def(), REFRESH)
        job, config = defs.resolve_job_def(REFRESH), reread_config(reread) if reread else None
        result = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False, tags=STARTED_BY)
    if result.success:
        return None
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause or error if error else None
            return f"步骤 {event.step_key}：{in_one_line(cause.message) if cause else ''}"
    return "检查未通过（a blocking check failed）。"


def _show(release: Path) -> None:
    from orchestration.publishing.scoreboard import read_scoreboard

    print(read_scoreboard(release).as_text())
    print(f"发布位置（release）：{release}")


def command() -> NoReturn:
    """As a program: it stops at once when told to, and ends with the status."""
    gc.set_threshold(*COLLECT_RARELY)
    stop_at_once(STOPPED)
    status = main()
    gc.freeze()  # the process ends: nothing needs to be taken apart
    sys.exit(status)


if __name__ == "__main__":
    command()
