"""`make check FILE=…`: checks a file or folder before it is sent; 0 when nothing is at fault, 1 when something is, 2 when asked wrongly."""

from __future__ import annotations

import argparse
import io
import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from ingest.errors import PipelineError, in_a_sentence
from ingest.reference import load_reference
from ingest.settings import load_settings
from ingest.stopping import STOPPED, STOPPED_STATUS
from orchestration.desk.check.check import check, checkers
from orchestration.desk.check.documents import CheckError
from orchestration.desk.check.place import choose_place
from orchestration.desk.check.text import lines

USAGE = "用法：make check FILE=文件或文件夹 [UNIT=331002] [COLLECTION=2022-09]。"
FAULTLESS, AT_FAULT, UNABLE = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    """Tells of a mistake as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise CheckError(USAGE)


def main(arguments: list[str] | None = None) -> int:
    """The command; its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of Chinese Windows has no ✓
    parser = _Parser(prog="python -m orchestration.desk.check", description=__doc__)
    parser.add_argument("file", help="a file or a folder")
    parser.add_argument("--unit", help="whose it is, such as 331002 (default: schools of all units)")
    parser.add_argument(
        "--collection", help="of which collection, such as 2022-09 (default: the one that is open, else the latest)"
    )
    try:
        chosen = parser.parse_args(arguments)
        return _check(chosen.file, chosen.unit or None, chosen.collection or None)
    except PipelineError as error:
        print(f"没有检查（not checked）：{error}", file=sys.stderr)
    except OSError as error:
        print(f"没有检查（not checked）：{in_a_sentence(error)}", file=sys.stderr)
    return UNABLE


def _check(name: str, unit: str | None, collection: str | None) -> int:
    root = Path(name)
    if not name or not root.exists():
        raise CheckError(f"找不到 {name!r}。{USAGE}" if name else USAGE)
    settings = load_settings()
    reference = load_reference(settings.spec_dir)
    place = choose_place(reference, settings.today, unit, collection)
    with tempfile.TemporaryDirectory(prefix="edu-check-") as scratch, checkers(settings) as workers:
        report = check(root, place, settings, workers, Path(scratch), _show_progress)
    print("\n".join(lines(report, reference)))
    return AT_FAULT if report.is_at_fault else FAULTLESS


def _show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}……\r", end="", file=sys.stderr, flush=True)


def _stop(number: int, _: object) -> NoReturn:
    """Ends in the usual way, so that what was unpacked is removed."""
    print(STOPPED, file=sys.stderr)
    sys.exit(STOPPED_STATUS + number)


def command() -> NoReturn:
    """As a program: it stops at once when told to, and ends with the status."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _stop)
    sys.exit(main())


if __name__ == "__main__":
    command()
