"""A process that is told to stop says so and ends, however busy it is; a child ends with its parent."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.settings import PROJECT_DIR

BUSY = "re.match('(a+)+$', 'a' * 60 + 'b')"  # one call of C, for longer than anybody waits
STOPPABLE = """
import re, sys
from ingest.stopping import stop_at_once
stop_at_once("stopped")
print("ready", flush=True)
{work}
"""
PARENT = f"""
import subprocess, sys, time
child = "import re; from ingest.stopping import end_with_parent; end_with_parent(); print(1, flush=True); {BUSY}"
process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
process.stdout.readline()
print(process.pid, flush=True)
time.sleep(600)
"""
PATIENCE_SECONDS = 20


def start(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_told_to_stop_says_so_in_one_sentence(how: signal.Signals) -> None:
    process = start(STOPPABLE.format(work="import time; time.sleep(600)"))
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(how)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, said) == (128 + how, "stopped\n")


def test_a_child_that_is_busy_ends_with_a_parent_that_was_killed() -> None:
    parent = start(PARENT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
