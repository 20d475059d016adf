"""Looks through a home: who works on it, and what is stale, missing, damaged, left over or open to
others; and mends what is safe to mend."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import duckdb

from locus_pipeline.asi.ingest import (
    blocks_in_raw,
    changed_blocks,
    damage,
    forget_block,
)
from locus_pipeline.asi.layout import Layouts
from locus_pipeline.asi.release import (
    SYNTHETIC_MARKER,
    find_release,
    passed_over,
    survey_years_in,
)
from locus_pipeline.errors import LocusError
from locus_pipeline.files import close_to_others, loose
from locus_pipeline.index.inputs import FACTS, SCREENING
from locus_pipeline.index.store import Store, read_frozen
from locus_pipeline.publish.edition import point_to_newest, stored_editions
from locus_pipeline.rounds.round import open_round, round_keys
from locus_pipeline.rounds.store import forget_round, is_current, round_damage, stored_rounds
from locus_pipeline.settings import Settings
from locus_pipeline.unfinished import leftovers_of_home, remove
from locus_pipeline.warehouse.soundness import remove_warehouse, warehouse_damage

RUN = "`locus run` makes it again"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, in a sentence with its remedy. `mend` does what is
    safe to do while nobody else works on the home; None where that is the user's to decide.
    `is_advice`: nothing of Locus is wrong."""

    sentence: str
    mend: Callable[[], object] | None = None
    is_advice: bool = False


def examine(settings: Settings, survey_years: Layouts) -> Iterator[Finding]:
    """Everything that is wrong with a home, or to be known about it. Nothing is changed.

    Raises LocusError where there is no home.
    """
    if not settings.home.is_dir():
        raise LocusError(f"{settings.home}: there is no home; `locus run` makes one")
    yield from _open_to_others(settings)
    yield from _left_over(settings)
    yield from _survey_years(settings, survey_years)
    yield from _rounds(settings)
    yield from _warehouse(settings)
    yield from _index(settings)
    yield from _editions(settings)
    yield from _instance(settings)
    yield from _disk(settings)


def _open_to_others(settings: Settings) -> Iterator[Finding]:
    for path in settings.private:
        count = sum(1 for _ in loose(path))
        if count:
            yield Finding(
                f"{path}: {_files(count)} with microdata, or what leads to it, can be read by "
                "others than you; the next run closes them",
                partial(close_to_others, path),
            )
    for folder in (*settings.releases.glob("*/"), *settings.facts.glob("*/")):
        count = sum(1 for _ in loose(folder))
        if count and not (folder / SYNTHETIC_MARKER).exists():
            yield Finding(
                f"{folder}: {_files(count)} of yours can be read by others; if they hold "
                f"microdata, use chmod -R go= '{folder}'",
                is_advice=True,
            )


def _left_over(settings: Settings) -> Iterator[Finding]:
    for path in sorted(leftovers_of_home(settings)):
        yield Finding(
            f"{path} is left over of a run that was killed; the next run removes it",
            partial(remove, path),
        )


def _survey_years(settings: Settings, survey_years: Layouts) -> Iterator[Finding]:
    for year, block in blocks_in_raw(settings):
        fault = damage(settings, block, year)
        if fault:
            yield Finding(
                f"{fault}; {RUN}",
                partial(forget_block, settings, block, year),
            )
    try:
        folders = survey_years_in(settings.releases, survey_years)
    except LocusError as error:
        yield Finding(str(error))
        return
    yield from (Finding(said) for said in passed_over(settings.releases, survey_years))
    for year, folder in folders.items():
        try:
            changed = changed_blocks(
                settings, find_release(folder, survey_years[year]), survey_years[year]
            )
        except LocusError as error:
            yield Finding(f"{year}: {error}")
            continue
        changed = [block for block in changed if not damage(settings, block, year)]
        if changed:
            yield Finding(
                f"{year}: blocks {', '.join(changed).upper()} are not read as they are in "
                f"{folder}; `locus run` reads them"
            )
    for year in sorted({year for year, _ in blocks_in_raw(settings)} - set(folders)):
        yield Finding(
            f"{year} was read, and its release is no longer in {settings.releases}; put it back, "
            "or editions go without the year"
        )


def _rounds(settings: Settings) -> Iterator[Finding]:
    for key in stored_rounds(settings):
        fault = round_damage(settings, key)
        if fault:
            yield Finding(f"{fault}; {RUN}", partial(forget_round, settings, key))
    for key in round_keys(settings):
        try:
            if not round_damage(settings, key) and not is_current(
                settings, open_round(settings.facts / key)
            ):
                yield Finding(
                    f"Round {key} changed since it was taken in; `locus run` takes it in again"
                )
        except LocusError as error:
            yield Finding(f"{key}: {error}")


def _warehouse(settings: Settings) -> Iterator[Finding]:
    try:
        fault = warehouse_damage(settings)
    except duckdb.IOException:
        yield Finding(f"{settings.warehouse} is open in another program; close it")
        return
    if fault:
        yield Finding(f"{fault}; {RUN}", lambda: remove_warehouse(settings))
    elif not settings.warehouse.exists() and blocks_in_raw(settings):
        yield Finding(f"{settings.warehouse} is missing; {RUN}")


def _index(settings: Settings) -> Iterator[Finding]:
    for basis in (SCREENING, FACTS):
        store = Store(settings, basis)
        for period in store.periods():
            fault = store.damage(period)
            if fault:
                yield Finding(f"{fault}; {RUN}", partial(store.drop_record, period))
        yield from (Finding(f"{fault}; no other copy is known") for fault in store.lost_history())
        for path in sorted((settings.index / basis / "frozen").glob("*.parquet")):
            try:
                read_frozen(path)
            except LocusError as error:
                yield Finding(
                    f"{error}; `locus run` estimates the goalposts again, or put the file back "
                    "from a copy to keep them"
                )


def _editions(settings: Settings) -> Iterator[Finding]:
    for edition in stored_editions(settings):
        if edition.damage and edition.is_kept:
            yield Finding(f"{edition.damage}, of an edition that is kept: put it back from a copy")
        elif edition.damage:
            yield Finding(f"{edition.damage}; {RUN}", partial(shutil.rmtree, edition.folder))
    link = settings.published
    if link.is_symlink() and not link.exists():
        yield Finding(
            f"{link} points to {link.readlink()}, which is not there; the newest edition takes "
            "its place, or `locus run` writes it again",
            lambda: point_to_newest(settings),
        )
    elif link.exists() and not link.is_symlink():
        yield Finding(f"{link} is not the link that Locus makes; move it away")
    elif not link.exists() and settings.warehouse.exists():
        yield Finding(f"{link} is missing; `locus run` publishes")


def _instance(settings: Settings) -> Iterator[Finding]:
    for path in sorted((settings.home / "dagster").rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
                sound = database.execute("pragma quick_check(1)").fetchone() == ("ok",)
        except sqlite3.DatabaseError:
            sound = False
        if not sound:
            yield Finding(
                f"{path} is damaged; move {settings.home / 'dagster'} away: runs and events are "
                "lost, no data is"
            )


def _disk(settings: Settings) -> Iterator[Finding]:
    """A run writes the warehouse and an edition anew before it removes the old ones."""
    places = (settings.warehouse.parent, settings.published)
    needed = sum(path.stat().st_size for place in places for path in place.glob("*"))
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        yield Finding(
            f"{settings.home}: {free:,} bytes are free, and a run takes about {needed:,}; make "
            f"room for {needed - free:,} more"
        )


def _files(count: int) -> str:
    return "1 file or folder" if count == 1 else f"{count:,} files and folders"
