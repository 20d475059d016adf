"""Ctrl-C and SIGTERM end what the command line does, in whatever phase they come.

Dagster catches both while it executes, and raises them at points of its own, as a step's failure;
some are lost between its points, and DuckDB makes an error of a query of its own of others. So
the operating system's own word is kept: which signal came first.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Somebody ended this process, by Ctrl-C or SIGTERM; no fault, so no Exception."""

    def __init__(self, number: int):
        super().__init__(f"Interrupted by {signal.Signals(number).name}")
        self.exit_code = 128 + number


class _Received:
    """The first signal that this process received, as long as somebody watches."""

    def __init__(self) -> None:
        self.first: int | None = None
        self._pipe: int | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        reads, writes = os.pipe()
        os.set_blocking(reads, False)
        os.set_blocking(writes, False)
        before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
        self.first, self._pipe = None, reads
        try:
            yield
        finally:
            self.first = self._pipe = None
            signal.set_wakeup_fd(before)
            os.close(reads)
            os.close(writes)

    def look(self) -> int | None:
        if self.first is None and self._pipe is not None:
            try:
                numbers = os.read(self._pipe, 64)
            except BlockingIOError:
                return None
            self.first = next((number for number in numbers if number in SIGNALS), None)
        return self.first


_received = _Received()


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it, Ctrl-C and SIGTERM raise Interrupted; of the main thread alone."""

    def interrupt(number: int, _: object) -> None:
        raise Interrupted(_received.look() or number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    with _received.watched():
        for number in SIGNALS:
            signal.signal(number, interrupt)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def received() -> int | None:
    """The signal that came within `interruptible`, also where Dagster made something else of it."""
    return _received.look()


def raise_received() -> None:
    """Raise Interrupted where a signal came that nobody answered."""
    if number := received():
        raise Interrupted(number)
