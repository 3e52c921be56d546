"""The whole check, from files to a report.

The work is done in processes apart, which alone load what reading takes: this one starts at once, and no document can harm it.
"""

from __future__ import annotations

import gc
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ingest.limits import DOCUMENT_CPU_SECONDS, DOCUMENT_MEMORY_BYTES, MAX_UNPACKED_BYTES
from ingest.settings import Settings
from ingest.workers import Failure, Limits, Workers
from orchestration.desk.check.documents import CheckError, Document, Found, Unpacking, files_in, numbered, unpack
from orchestration.desk.check.outcome import Finish, Means, ReadResult, Report
from orchestration.desk.check.place import Place

KEY_BYTES = 32
LIMITS = Limits(DOCUMENT_CPU_SECONDS, DOCUMENT_MEMORY_BYTES)
FAILED = {
    "out_of_time": "用时超过上限",
    "out_of_memory": "所需内存超过上限",
    "died": "检查程序被中断（{detail}）",
    "raised": "检查程序出错（{detail}）",
}
Progress = Callable[[str], None]


def checkers(settings: Settings, limits: Limits = LIMITS, most: int | None = None) -> Workers:
    """The processes that check; a context manager."""
    prepare = partial(_prepare, settings.spec_dir)
    return Workers(prepare, limits, most) if most else Workers(prepare, limits)


def check(
    root: Path,
    place: Place,
    settings: Settings,
    workers: Workers,
    scratch: Path,
    progress: Progress,
    unpacked_max: int = MAX_UNPACKED_BYTES,
) -> Report:
    """Checks a file, or all files of a folder, and writes feedback workbooks beside them; members of zips are laid into `scratch`.

    CheckError when it cannot be done: nothing to check, more unpacked than `unpacked_max`, a release that cannot be opened.
    """
    means = Means(place.collection_id, settings.spec_dir, secrets.token_bytes(KEY_BYTES))
    files = [Unpacking(name, path, scratch, unpacked_max) for name, path in files_in(root)]
    documents, repeated = numbered(_unpacked(files, workers))
    if not documents:
        raise CheckError("没有可以检查的文件。")
    results = _read(documents, means, workers, progress)
    progress("正在核对学校名录和上年数据")
    return _finished(Finish(results, repeated, place, means, settings.published_dir / "current"), workers)


def _unpacked(files: Sequence[Unpacking], workers: Workers) -> list[Found]:
    """What the files hold, in their order; one that cannot be unpacked stands for itself."""
    found: dict[str, list[Found]] = {}
    for done in workers.spread(unpack, files):
        if done.failure and workers.is_late:
            raise _trouble(done.failure)
        found[done.task.name] = [done.task.as_it_is] if done.result is None else done.result
    return [each for file in files for each in found[file.name]]


def _read(documents: Sequence[Document], means: Means, workers: Workers, progress: Progress) -> list[ReadResult]:
    """Every document as read; one that takes its reader down is rejected with that."""
    found: dict[int, ReadResult] = {}
    failed: list[tuple[Document, Failure]] = []
    for done in workers.spread(partial(_read_one, means=means), documents):
        if done.result:
            found[done.task.number] = done.result
        elif done.failure and workers.is_late:
            raise _trouble(done.failure)
        elif done.failure:
            failed.append((done.task, done.failure))
        progress(f"正在读取 {len(found) + len(failed)}/{len(documents)}")
    for rejected in workers.spread(partial(_reject_one, means=means), failed):
        if rejected.result is None:
            raise _trouble(rejected.failure)
        found[rejected.task[0].number] = rejected.result
    return [found[document.number] for document in documents]


def _finished(task: Finish, workers: Workers) -> Report:
    """The report; a document that takes down who shows its sheets again is left closed."""
    while True:
        (done,) = workers.spread(_finish, [task])
        if done.result:
            return done.result
        failure = done.failure
        if failure is None or not isinstance(failure.at, int) or failure.at in task.closed:
            raise _trouble(failure)
        task = replace(task, closed=task.closed | {failure.at})


def _trouble(failure: Failure | None) -> CheckError:
    what = FAILED[failure.cause].format(detail=failure.detail) if failure else ""
    return CheckError(f"没有检查完：{what}。文件过大的，请分开检查；否则请告知市级管理员。")


# -- in a process of its own
def _prepare(spec_dir: Path | None) -> None:
    """Loads what checking takes; nothing of it is ever garbage, and looking through it would take a tenth of the time."""
    gc.disable()
    from orchestration.desk.check import finish  # noqa: F401 - what comes last is loaded, too
    from orchestration.desk.check.read import tools

    tools(spec_dir)
    gc.freeze()
    gc.enable()


def _read_one(document: Document, means: Means) -> ReadResult:
    from orchestration.desk.check.read import read

    return read(document, means)


def _reject_one(task: tuple[Document, Failure], means: Means) -> ReadResult:
    from orchestration.desk.check.read import not_read

    return not_read(*task, means)


def _finish(task: Finish) -> Report:
    from orchestration.desk.check.finish import finish

    return finish(task)
