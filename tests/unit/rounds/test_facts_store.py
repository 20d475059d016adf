"""Rounds on disk after a power cut or a failing disk: whole, old or new, or none that counts."""

import errno
import os

import pytest

from locus_pipeline.files import DiskError, read_parquet
from locus_pipeline.rounds.round import Round, open_round
from locus_pipeline.rounds.store import (
    forget_stale,
    is_current,
    round_damage,
    rounds_in,
    store_round,
    table_path,
)
from locus_pipeline.settings import Settings
from tests.support.disk import SOME_OR_MORE, Disk, PowerCutError, calls_of
from tests.support.rounds import SALT, unit_row, write_round

FAILURES = (
    PowerCutError(),
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    OSError(errno.EIO, os.strerror(errno.EIO)),
)


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())
    return Settings(home=tmp_path / "home")


def with_units(settings: Settings, units: int) -> Round:
    rows = [unit_row(number + 1) for number in range(units)]
    return open_round(write_round(settings.facts / "pilot", rows))


def stored_units(settings: Settings) -> int:
    return len(read_parquet([table_path(settings, "round_units", "pilot")]))


@pytest.mark.parametrize("some", SOME_OR_MORE)
def test_a_power_cut_or_a_failing_disk_leaves_no_half_of_a_round(settings, some):
    first = with_units(settings, 1)
    store_round(settings, first)
    before = 1
    for count, call in enumerate(calls_of(lambda: store_round(settings, first), some)):
        now = 2 + count % 3
        failure = FAILURES[count % len(FAILURES)]
        changed = with_units(settings, now)
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, failure, call)
            with pytest.raises((PowerCutError, DiskError)) as failed:
                store_round(settings, changed)
        if failed.type is DiskError:
            assert str(settings.rounds) in str(failed.value) and "\n" not in str(failed.value)
        # what counts is what its record says: all of the old round, or all of the new one
        for stored in rounds_in(settings):
            assert stored.units == stored_units(settings) in (before, now)
            assert is_current(settings, changed) == (stored.units == now)
        # the next run has the files as they are, or none of the round until it is materialised
        said: list[str] = []
        was_whole = not round_damage(settings, "pilot")
        gone = forget_stale(settings, said.append)
        if was_whole and not gone:
            assert said == [] and stored_units(settings) == now
        elif not was_whole:
            assert "round pilot is taken in again" in said[0] and stored_units(settings) == now
        store_round(settings, changed)
        assert round_damage(settings, "pilot") == "" and stored_units(settings) == now
        before = now
