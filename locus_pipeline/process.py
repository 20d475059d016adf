"""Which process did something, and whether it still runs: for runs, locks and unfinished files."""

import hashlib
import os
import re
import shlex
import socket
import sys
from dataclasses import dataclass
from math import nan
from pathlib import Path

import psutil

LONGEST_COMMAND = 80
SAME_START_SECONDS = 2


@dataclass(frozen=True)
class Process:
    """A process of a computer. Its start tells it from a later one with the same number.

    `host` is eight hexadecimal digits; `started` is in whole seconds, on Linux since the computer
    started, so that a clock that is set anew doesn't make another process of it.
    """

    host: str
    pid: int
    started: int

    @classmethod
    def this(cls) -> "Process":
        """This process."""
        return cls(_host(), os.getpid(), round(_started(psutil.Process())))

    @classmethod
    def parse(cls, mark: str) -> "Process | None":
        """The process of a mark that `str` made; None where it is none."""
        match = re.fullmatch(MARK, mark)
        return cls(match["host"], int(match["pid"]), int(match["started"])) if match else None

    def __str__(self) -> str:
        """As it stands in the names of files and in the tags of runs: see MARK."""
        return f"{self.host}-{self.pid}-{self.started}"

    def is_gone(self) -> bool:
        """Whether it surely ended; what another computer runs can't be known from here."""
        if self.host != _host():
            return False
        started = _started_of(self.pid)
        return started is None or abs(started - self.started) > SAME_START_SECONDS


MARK = r"(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-(?P<started>[0-9]+)"


def is_running(pid: int) -> bool:
    """Whether any process of this computer has the number now."""
    return _started_of(pid) is not None


def is_gone_since(pid: int, moment: float) -> bool:
    """Whether the process that had this number at `moment` (seconds since 1970) has ended."""
    started = _started_of(pid)
    return started is None or started + _clock() > moment + SAME_START_SECONDS


def command_line() -> str:
    """What this process was started as, for people."""
    program, *arguments = sys.argv or ["python"]
    words = shlex.join([Path(program).name, *arguments])
    return words if len(words) <= LONGEST_COMMAND else f"{words[: LONGEST_COMMAND - 1]}…"


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _started_of(pid: int) -> float | None:
    """When the process of this number started, by our clock; None where there is none.

    One that ended and waits for its parent is none. One of another user that the system hides has
    an unknown start: it may be any, so it counts as the one that is asked about.
    """
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else _started(process)
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return nan


def _started(process: psutil.Process) -> float:
    return process.create_time() - _clock()


def _clock() -> float:
    """The moment from which starts are counted. Linux reckons them from its own, by a clock that
    may be set: the difference stays what it is."""
    return psutil.boot_time() if psutil.LINUX else 0.0
