"""Runs a command and writes what it took as JSON into a file: `python measured.py FILE COMMAND …`.

A small process of its own, because Linux counts the memory of the process that starts another one as the other's too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

KIB_PER_MB = 1024


def main() -> int:
    target, *command = sys.argv[1:]
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    taken = {"wall_s": wall_s, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / KIB_PER_MB}
    Path(target).write_text(json.dumps(taken))
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
