"""Power cuts and failing disks: stands before the calls of `os` that write; and damaged files."""

import os
import re

import duckdb
import pytest

CALLS = ("fsync", "replace", "open")


class PowerCutError(BaseException):
    """No more happens; not an error that anybody could catch and go on."""


class Disk:
    """Stands before the calls of `os`: counts them, and at the one that is asked for, fails."""

    def __init__(self, monkeypatch, failure: BaseException | None = None, at: int | None = None):
        self.calls: list[tuple[str, str]] = []
        self._failure, self._at = failure, at
        for name in CALLS:
            monkeypatch.setattr(os, name, self._standing_before(name, getattr(os, name)))

    def _standing_before(self, name, real):
        def call(*arguments, **options):
            if "dir_fd" in options:  # a folder of scratch files on its way out: nothing is written
                return real(*arguments, **options)
            self.calls.append((name, str(arguments[0])))
            if len(self.calls) - 1 == self._at:
                raise self._failure
            return real(*arguments, **options)

        return call


SOME_OR_ALL = [3, pytest.param(None, marks=pytest.mark.slow)]
# Where the work takes a second each time.
SOME_OR_MORE = [3, pytest.param(12, marks=pytest.mark.slow)]


def calls_of(work, some: int | None) -> list[int]:
    """Numbers of the calls that `work` makes: all, or `some`, the first and the last too."""
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch)
        work()
    last = len(disk.calls) - 1
    assert last > 10
    steps = some - 1 if some else last
    return sorted({round(last * step / steps) for step in range(steps + 1)})


def flip(path, bit: int | None = None) -> None:
    """Flip a bit of a file: one in its middle, or the one that is asked for."""
    content = bytearray(path.read_bytes())
    bit = len(content) * 4 if bit is None else bit
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def cut(path) -> None:
    """As a writer that was stopped halfway leaves it."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path) -> None:
    """As a full disk, or a power cut, leaves it."""
    path.write_bytes(b"")


def of_another_duckdb(path, version: int = 51) -> None:
    """A DuckDB file of a storage version that this one can't read: 51 is that of DuckDB 0.8."""
    content = bytearray(path.read_bytes())
    content[12:20] = version.to_bytes(8, "little")
    path.write_bytes(content)
    # its head has a checksum: DuckDB itself says what it would be
    with pytest.raises(duckdb.Error, match="computed checksum") as failure:
        duckdb.connect(str(path), read_only=True)
    computed = re.search(r"computed checksum (\d+)", str(failure.value))[1]
    content[:8] = int(computed).to_bytes(8, "little")
    path.write_bytes(content)


HARMS = [flip, cut, empty]
