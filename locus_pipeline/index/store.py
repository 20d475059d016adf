"""Tables of the index on disk: one Parquet file for each basis, table and period.

`cci/<basis>/<table>/<period>.parquet`, beside them `cci/<basis>/editions/`, where every edition of
a period keeps its record and its scores: what was once computed is superseded, never overwritten.

A record has the hashes of its tables. A period whose tables are damaged has no current edition: it
is computed again, and takes its place in the history that the records of all editions are.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from locus_pipeline.files import parquet_types, private_folder, read_parquet, write_parquet
from locus_pipeline.records import DamagedError, read_record, read_unsealed, write_record
from locus_pipeline.settings import Settings

LOG = logging.getLogger(__name__)
DRAWS = "draws"


@dataclass(frozen=True)
class Edition:
    """What one computation of a period rests on; `edition_id` is a hash over it.

    `state`: `draft` (synthetic input, never more), `published`, or `corrected` where it takes the
    place of another edition of the period, whose `supersedes` and `reason` it names.
    """

    basis: str
    period: str
    edition_id: str
    label: str
    method_version: str
    method_hash: str
    values_hash: str
    goalposts_hash: str
    earlier_hash: str
    seed: int
    runs: int
    objects_considered: int
    objects_eligible: int
    objects_ranked: int
    is_synthetic: bool
    state: str = "published"
    supersedes: str = ""
    reason: str = ""

    def same_inputs(self, other: "Edition | None") -> bool:
        """Whether the other edition rests on the same."""
        return other is not None and other.edition_id == self.edition_id


class Store:
    """The index tables of one basis."""

    def __init__(self, settings: Settings, basis: str):
        self.folder = settings.index / basis

    def read(self, table: str, period: str) -> pd.DataFrame:
        """A table that the period has."""
        return read_parquet([self.path(table, period)])

    def has(self, table: str, period: str) -> bool:
        """Whether the period has such a table."""
        return self.path(table, period).exists()

    def periods(self) -> list[str]:
        """Periods that are stored, in order."""
        return sorted(path.stem for path in (self.folder / "current").glob("*.json"))

    def current(self, period: str) -> Edition | None:
        """The record of the period's newest edition; None where there is none that is sound."""
        try:
            return _edition(read_record(self._record(period)))
        except DamagedError:
            return None

    def damage(self, period: str) -> str:
        """What is damaged of the period's newest edition; empty where nothing is."""
        try:
            read_record(self._record(period))
        except DamagedError as error:
            return str(error)
        return ""

    def editions(self) -> list[Edition]:
        """Records of all editions, superseded ones too; a damaged one is left out and said."""
        for sentence in self.lost_history():
            LOG.warning(f"{sentence}; the history of the index goes without it")
        return [edition for edition, _ in self._history() if edition]

    def lost_history(self) -> list[str]:
        """What is damaged of the records and scores of all editions."""
        return [damage for _, damage in self._history() if damage]

    def drop_record(self, period: str) -> None:
        """Have the period computed again."""
        self._record(period).unlink(missing_ok=True)

    def _history(self) -> Iterator[tuple[Edition | None, str]]:
        for path in sorted((self.folder / "editions").glob("*.json")):
            try:
                yield _edition(read_record(path) or read_unsealed(path)), ""
            except DamagedError as error:
                yield None, str(error)

    def write(
        self, edition: Edition, tables: Mapping[str, pd.DataFrame], draws: pd.DataFrame
    ) -> Edition:
        """Store the tables of a period as its newest edition; returns it with its state.

        The record goes first and comes last: what a killed run leaves is done again.
        """
        private_folder(self.folder.parent)
        edition = self._placed(edition)
        record = self._record(edition.period)
        record.unlink(missing_ok=True)
        for name, rows in tables.items():
            write_parquet(rows, self.path(name, edition.period))
        self.path(DRAWS, edition.period).unlink(missing_ok=True)
        if len(draws):
            write_parquet(draws, self.path(DRAWS, edition.period))
        archived = self._archived(edition.period, edition.edition_id)
        write_parquet(tables["scores"], archived)
        write_record(archived.with_suffix(".json"), asdict(edition), [archived])
        names = [*tables, *([DRAWS] if len(draws) else [])]
        files = [self.path(name, edition.period) for name in names]
        write_record(record, asdict(edition), files)
        return edition

    def forget(self, periods: set[str]) -> None:
        """Drop the periods that have no input any more, their editions too."""
        for period in periods:
            self._record(period).unlink(missing_ok=True)
            for path in self.folder.glob(f"*/{period}.parquet"):
                path.unlink()
            for path in (self.folder / "editions").glob(f"{period}-*"):
                path.unlink()

    def _placed(self, edition: Edition) -> Edition:
        """The edition with its state and what it supersedes."""
        before = self.current(edition.period) or self._newest_archived(edition)
        if before and edition.same_inputs(before):
            return before
        changed = [
            words
            for name, words in (
                ("method_version", "another version of the method"),
                ("method_hash", "changed code or rules"),
                ("goalposts_hash", "other goalposts"),
                ("values_hash", "other input data"),
                ("earlier_hash", "other editions of earlier periods"),
            )
            if before and getattr(before, name) != getattr(edition, name)
        ]
        state = "draft" if edition.is_synthetic else "corrected" if before else "published"
        return replace(
            edition,
            state=state,
            supersedes=before.edition_id if before else "",
            reason="; ".join(changed),
        )

    def _newest_archived(self, edition: Edition) -> Edition | None:
        """The edition of the period that the history ends with, where its own record is lost: the
        same as `edition` if that was computed before, else one that no other took the place of."""
        history = [stored for stored in self.editions() if stored.period == edition.period]
        superseded = {stored.supersedes for stored in history}
        same = [stored for stored in history if edition.same_inputs(stored)]
        last = [stored for stored in history if stored.edition_id not in superseded]
        return next(iter([*same, *last]), None)

    def _record(self, period: str) -> Path:
        return self.folder / "current" / f"{period}.json"

    def path(self, table: str, period: str) -> Path:
        """Where a table of a period lies."""
        return self.folder / table / f"{period}.parquet"

    def _archived(self, period: str, edition_id: str) -> Path:
        return self.folder / "editions" / f"{period}-{edition_id}.parquet"


def _edition(record: dict | None) -> Edition | None:
    """None for a record of another version of Locus."""
    try:
        return Edition(**record) if record else None
    except TypeError:
        return None


def freeze(goalposts: pd.DataFrame, path: Path) -> None:
    """Keep goalposts for all later periods, as Parquet with a record beside it."""
    private_folder(path.parent)
    write_parquet(goalposts, path)
    write_record(path.with_suffix(".json"), {}, [path])


def read_frozen(path: Path) -> pd.DataFrame:
    """Frozen goalposts, no rows where there are none. Raises DamagedError where they are not what
    was frozen."""
    if read_record(path.with_suffix(".json")) is None and parquet_types(path) is None:
        if path.exists():
            raise DamagedError(f"{path} is damaged")
        return pd.DataFrame()
    return read_parquet([path])


def check_stored(settings: Settings) -> None:
    """Raises DamagedError where the newest edition of a period, or frozen goalposts, are not what
    was written."""
    for folder in sorted(settings.index.glob("*/current")):
        store = Store(settings, folder.parent.name)
        for period in store.periods():
            if damage := store.damage(period):
                raise DamagedError(damage)
    for path in settings.index.glob("*/frozen/*.parquet"):
        read_frozen(path)
