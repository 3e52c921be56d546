"""Runs a command and writes what it and its children took as JSON into a file: `python measured.py FILE COMMAND …`.

A small process of its own, because Linux counts the memory of the process that starts another one as the other's too. Memory is
sampled: what is resident of all processes of the command at once; a page that two of them share counts once, a half for each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

KIB_PER_MB = 1024
SAMPLE_SECONDS = 0.1
SAMPLING_SHARE = 0.02  # of the time at most: looking holds up what is looked at
SESSION_FIELD = 3  # of /proc/<pid>/stat, after the name in brackets


def main() -> int:
    target, *command = sys.argv[1:]
    start = time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True)
    tree_mb = 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        looked = time.perf_counter()
        tree_mb = max(tree_mb, session_mb(process.pid))
        time.sleep(max(SAMPLE_SECONDS, (time.perf_counter() - looked) / SAMPLING_SHARE))
    wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    taken = {
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "largest_process_mb": usage.ru_maxrss / KIB_PER_MB,
        "tree_mb": tree_mb,
    }
    Path(target).write_text(json.dumps(taken))
    return process.returncode


def session_mb(session: int) -> float:
    """Resident memory of all processes of a session."""
    return sum(_resident_mb(path) for path in Path("/proc").glob("[0-9]*") if _session(path) == session)


def _session(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[SESSION_FIELD])
    except OSError:  # it has ended
        return None


def _resident_mb(process: Path) -> float:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / KIB_PER_MB for line in lines if line.startswith("Pss:")), 0.0)


if __name__ == "__main__":
    sys.exit(main())
