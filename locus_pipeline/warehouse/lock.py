"""Who works on a home: locks of the operating system, in LOCUS_HOME/locks.

    run          a run of the command line, from its start to its end
    warehouse    a step that writes or reads the warehouse, whoever runs it
    instance     whoever makes or mends the Dagster instance, for a moment
    salt         whoever makes the salt of FACTS rounds (rounds.identity), for a moment

Any number of runs, from the UI, the command line or the daemon, wait for each other, and a killed
process frees what it held. (Dagster's pools keep a slot occupied for ever after `kill -9`.) Beside
a lock stands who holds it, for those who can't have it.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import filelock

from locus_pipeline.connection import connect
from locus_pipeline.errors import LocusError
from locus_pipeline.files import replacing
from locus_pipeline.process import Process, command_line
from locus_pipeline.settings import Settings

LOOK_SECONDS = 1
# What DuckDB says of a database file that another process has open, and how it names that process.
IS_OPEN = "Could not set lock on file"
OPENED_BY = re.compile(r"Conflicting lock is held in (?P<program>\S+) \(PID (?P<pid>\d+)\)")


class HomeInUseError(LocusError):
    """Another process holds what this one can't wait for."""


@contextmanager
def run_of_the_command_line(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the home for a run of the command line; `say` is told when this one waits."""
    with _held(settings, "run", say):
        yield


@contextmanager
def warehouse_lock(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the warehouse; `say` is told when another run has it and this one waits.

    It waits, too, for a process without the lock that has the file open: dbt that outlives a killed
    run, or a person's DuckDB.
    """
    with _held(settings, "warehouse", say):
        _wait_until_closed(settings.warehouse, say)
        yield


@contextmanager
def instance_maker(settings: Settings) -> Iterator[None]:
    """Hold the Dagster instance while it is made or mended: a moment, so nobody is told."""
    with _held(settings, "instance", lambda _: None):
        yield


@contextmanager
def nobody_else(settings: Settings) -> Iterator[None]:
    """Hold all locks of the home. Raises HomeInUseError, with the holder, where one is taken."""
    with (
        _held(settings, "run", None),
        _held(settings, "warehouse", None),
        _held(settings, "instance", None),
    ):
        yield


@contextmanager
def _held(settings: Settings, name: str, say: Callable[[str], None] | None) -> Iterator[None]:
    """Hold a lock; without `say` it does not wait but raises HomeInUseError."""
    settings.locks.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(settings.locks / f"{name}.lock", is_singleton=True)
    holder = settings.locks / f"{name}.json"
    if lock.is_locked:
        # by this process, a step further out
        if say is None:
            raise _in_use(settings, holder)
        yield
        return
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        if say is None:
            raise _in_use(settings, holder) from None
        say(f"{_words(holder)} works on {settings.home}; waiting for it to end")
        lock.acquire()
    try:
        with replacing(holder) as aside:
            aside.write_text(json.dumps(_record()) + "\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _in_use(settings: Settings, holder: Path) -> HomeInUseError:
    return HomeInUseError(f"{_words(holder)} works on {settings.home}; try again when it has ended")


def _record() -> dict[str, str | int]:
    process = Process.this()
    return {
        "command": command_line(),
        "process": process.pid,
        "host": process.host,
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _words(holder: Path) -> str:
    try:
        record = json.loads(holder.read_text())
        return f"{record['command']} (process {record['process']}, since {record['since']})"
    except (OSError, ValueError, KeyError):
        # whoever holds the lock has not written it yet
        return "Another run"


def _wait_until_closed(warehouse: Path, say: Callable[[str], None]) -> None:
    told = False
    while holder := _opened_by(warehouse):
        if not told:
            say(f"{warehouse} is open in {holder}; waiting until it is closed")
            told = True
        time.sleep(LOOK_SECONDS)


def _opened_by(warehouse: Path) -> str | None:
    """The other process that has the file open; None where this one may open it."""
    if not warehouse.exists():
        return None
    try:
        connect(path=warehouse).close()
    except duckdb.IOException as error:
        if IS_OPEN not in str(error):
            return None
        match = OPENED_BY.search(str(error))
        return f"process {match['pid']} ({match['program']})" if match else "another process"
    except duckdb.Error:
        # no lock: whoever opens it for its work says what is wrong with it
        return None
    return None
