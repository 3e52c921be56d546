"""How processes end before their time: a command that is told to stop stops at once, and children end with their parent.

Nothing is tidied up: whatever a killed process leaves half done the next run mends, and a stop is a kill that says so.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading

STOPPING = {signal.SIGINT, signal.SIGTERM}
PR_SET_PDEATHSIG = 1  # of Linux
STANDARD_ERROR = 2
STOPPED = "已停止（stopped）。"
STOPPED_STATUS = 128  # and the number of the signal, as shells have it


def stop_at_once(sentence: str = STOPPED) -> None:
    """From now on Ctrl-C and SIGTERM end this process, with one sentence on standard error; for the main thread.

    A thread does it, woken by the signal itself: Python's own handlers wait for the end of a long call, and Dagster puts others in
    their place. Children end with this process.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for each in STOPPING:
        signal.signal(each, lambda *_: None)
    terminal = os.dup(STANDARD_ERROR)  # wherever standard error leads by then
    threading.Thread(target=_wait_and_stop, args=(told, terminal, sentence), daemon=True).start()


def _wait_and_stop(told: int, terminal: int, sentence: str) -> None:
    while (received := os.read(told, 1)[0]) not in STOPPING:
        pass
    os.write(terminal, f"{sentence}\n".encode())
    os._exit(STOPPED_STATUS + received)


def end_with_parent() -> None:
    """This process is killed when its parent ends, in whatever way and however busy it is; on Linux, elsewhere nothing happens."""
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
