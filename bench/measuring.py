"""What a command costs: CPU of its whole process tree, wall time, peak memory of the tree."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

LOOKS_A_SECOND = 10


class CommandError(RuntimeError):
    """A command that is measured failed; its last words are in the message."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system), seconds from start to end, bytes that were resident at most.

    CPU is what the operating system accounts for a process and all that it waited for. Memory is
    that of all processes of the tree together, looked at ten times a second: what they share counts
    in each. `said`: what it printed.
    """

    cpu: float
    wall: float
    peak: int
    said: str = ""


def measured(command: Sequence[str]) -> Cost:
    """Run a command to its end. Raises CommandError where it fails."""
    with tempfile.TemporaryFile() as said:
        started, peak = time.monotonic(), 0
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        tree = psutil.Process(process.pid)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, _resident(tree))
            time.sleep(1 / LOOKS_A_SECOND)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read().decode(errors="replace")
    if process.returncode:
        raise CommandError(f"{' '.join(command)} ended with {process.returncode}: {words[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak, words)


def _resident(tree: psutil.Process) -> int:
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in (tree, *tree.children(recursive=True)):
            # a process may end while it is looked at
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total
