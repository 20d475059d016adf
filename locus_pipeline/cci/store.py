"""Tables of the index on disk: one Parquet file for each basis, table and period.

`cci/<basis>/<table>/<period>.parquet`, beside them `cci/<basis>/editions/`, where every edition of
a period keeps its record and its scores: what was once computed is superseded, never overwritten.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from locus_pipeline.files import read_parquet, replacing, write_parquet
from locus_pipeline.settings import Settings

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

    def read(self, table: str, period: str) -> pd.DataFrame | None:
        """The table of a period; None where the period has not got it."""
        path = self._path(table, period)
        return read_parquet([path]) if path.exists() else None

    def periods(self) -> list[str]:
        """Periods that are stored, in order."""
        return sorted(path.stem for path in (self.folder / "current").glob("*.json"))

    def current(self, period: str) -> Edition | None:
        """The record of the period's newest edition."""
        path = self.folder / "current" / f"{period}.json"
        return _load(path) if path.exists() else None

    def editions(self) -> list[Edition]:
        """Records of all editions, superseded ones too."""
        return [_load(path) for path in sorted((self.folder / "editions").glob("*.json"))]

    def superseded_scores(self, edition: Edition) -> pd.DataFrame | None:
        """The scores of the edition that `edition` took the place of."""
        path = self._archived(edition.period, edition.supersedes)
        return read_parquet([path]) if edition.supersedes and path.exists() else None

    def write(
        self, edition: Edition, tables: Mapping[str, pd.DataFrame], draws: pd.DataFrame
    ) -> Edition:
        """Store the tables of a period as its newest edition; returns it with its state.

        The record is written last: a killed run leaves the old record, and is done again.
        """
        edition = self._placed(edition)
        for name, rows in tables.items():
            write_parquet(rows, self._path(name, edition.period))
        self._path(DRAWS, edition.period).unlink(missing_ok=True)
        if len(draws):
            write_parquet(draws, self._path(DRAWS, edition.period))
        write_parquet(tables["scores"], self._archived(edition.period, edition.edition_id))
        for path in (
            self._archived(edition.period, edition.edition_id).with_suffix(".json"),
            self.folder / "current" / f"{edition.period}.json",
        ):
            with replacing(path) as aside:
                aside.write_text(json.dumps(asdict(edition), indent=1))
        return edition

    def forget(self, periods: set[str]) -> None:
        """Drop the periods that have no input any more, their editions too."""
        for period in periods:
            (self.folder / "current" / f"{period}.json").unlink(missing_ok=True)
            for path in self.folder.glob(f"*/{period}.parquet"):
                path.unlink()
            for path in (self.folder / "editions").glob(f"{period}-*"):
                path.unlink()

    def _placed(self, edition: Edition) -> Edition:
        """The edition with its state and what it supersedes."""
        before = self.current(edition.period)
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

    def _path(self, table: str, period: str) -> Path:
        return self.folder / table / f"{period}.parquet"

    def _archived(self, period: str, edition_id: str) -> Path:
        return self.folder / "editions" / f"{period}-{edition_id}.parquet"


def _load(path: Path) -> Edition:
    return Edition(**json.loads(path.read_text()))
