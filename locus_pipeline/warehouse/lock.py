"""One writer at a time for the warehouse file.

The lock is the operating system's: any number of runs, from the UI, the command line or the daemon,
wait for each other, and a killed process frees it. (Dagster's pools keep a slot occupied for ever
after `kill -9`.)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import filelock

from locus_pipeline.errors import LocusError
from locus_pipeline.files import private_folder
from locus_pipeline.settings import Settings


class HomeInUseError(LocusError):
    """Another process holds what this one can't wait for."""


@contextmanager
def warehouse_writer(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the warehouse; `say` is told when another run has it and this one waits."""
    private_folder(settings.warehouse_lock.parent)
    lock = filelock.FileLock(settings.warehouse_lock, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"Another run writes {settings.warehouse}; waiting for it to end")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def nobody_else(settings: Settings) -> Iterator[None]:
    """Hold the home. Raises HomeInUseError where another process works on it."""
    private_folder(settings.warehouse_lock.parent)
    lock = filelock.FileLock(settings.warehouse_lock, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise HomeInUseError(
            f"Another process works on {settings.home}; try again when it has ended"
        ) from None
    try:
        yield
    finally:
        lock.release()
