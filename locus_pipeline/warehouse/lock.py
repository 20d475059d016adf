"""One writer at a time for the warehouse file.

The lock is the operating system's: any number of runs, from the UI, the command line or the daemon,
wait for each other, and a killed process frees it. (Dagster's pools keep a slot occupied for ever
after `kill -9`.)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import filelock

from locus_pipeline.settings import Settings


@contextmanager
def warehouse_writer(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the warehouse; `say` is told when another run has it and this one waits."""
    settings.warehouse_lock.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(settings.warehouse_lock)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"Another run writes {settings.warehouse}; waiting for it to end")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
