"""One writer at a time, in whichever process; the lock goes with its process."""

import subprocess
import sys
from pathlib import Path

from ingest.settings import PROJECT_DIR, load_settings
from orchestration.locks import writing

HOLD = """
import sys, time
from ingest.settings import load_settings
from orchestration.locks import writing
with writing(load_settings({"EDU_DATA_DIR": sys.argv[1]})):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_process_that_has_it_goes_straight_on(tmp_path: Path) -> None:
    settings, told = load_settings({"EDU_DATA_DIR": str(tmp_path)}), list[str]()
    with writing(settings, told.append), writing(settings, told.append):
        pass
    with writing(settings, told.append):
        pass
    assert told == []


def test_another_process_waits_and_says_so(tmp_path: Path) -> None:
    first = holder(tmp_path)
    told: list[str] = []

    def report(text: str) -> None:
        told.append(text)
        assert first.stdin is not None
        first.stdin.close()  # lets the first one end

    with writing(load_settings({"EDU_DATA_DIR": str(tmp_path)}), report):
        assert first.wait(timeout=10) == 0
    assert len(told) == 1 and "waiting" in told[0]


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    first = holder(tmp_path)
    first.kill()
    first.wait(timeout=10)
    told: list[str] = []
    with writing(load_settings({"EDU_DATA_DIR": str(tmp_path)}), told.append):
        assert told == []
