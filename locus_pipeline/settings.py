"""Where Locus keeps its data and how much of the machine it may use: one class, no fallbacks."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

from locus_pipeline.errors import LocusError

CHECKOUT = Path(__file__).resolve().parent.parent


class SettingsError(LocusError):
    """An environment variable that can't be used."""


@dataclass(frozen=True)
class Settings:
    """Folders below one home, and DuckDB's limits.

    Environment: LOCUS_HOME (default: data/ in the checkout), LOCUS_MEMORY_LIMIT (default 4GB),
    LOCUS_THREADS (default: all cores), LOCUS_UNRECONCILED (stop, the default, or warn: whether an
    edition that is more than 5 % off the official tables is published, see docs/indicators.md),
    LOCUS_INDEX_AGENCY (the controller whose FACTS rounds count for the index; default: none).
    """

    home: Path
    memory_limit: str = "4GB"
    threads: int | None = None
    unreconciled: str = "stop"
    index_agency: str = ""

    @classmethod
    def from_environment(cls, home: Path | None = None) -> "Settings":
        """Settings of `home`, else of LOCUS_HOME, else of data/ in the checkout."""
        folder = home or Path(os.environ.get("LOCUS_HOME") or CHECKOUT / "data")
        threads = os.environ.get("LOCUS_THREADS", "")
        if threads and not threads.isdigit():
            raise SettingsError(f"LOCUS_THREADS is {threads!r}; give a number of threads, like 4")
        unreconciled = os.environ.get("LOCUS_UNRECONCILED") or "stop"
        if unreconciled not in ("stop", "warn"):
            raise SettingsError(f"LOCUS_UNRECONCILED is {unreconciled!r}; give stop or warn")
        return cls(
            home=Path(folder).expanduser().resolve(),
            memory_limit=os.environ.get("LOCUS_MEMORY_LIMIT", "4GB"),
            threads=int(threads) if threads else None,
            unreconciled=unreconciled,
            index_agency=os.environ.get("LOCUS_INDEX_AGENCY", ""),
        )

    @property
    def deciding(self) -> dict[str, str | int | None]:
        """What of these decides a figure, or whether it is published: an edition's id covers it."""
        elsewhere = ("home", "memory_limit", "threads")
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in elsewhere
        }

    @property
    def private(self) -> list[Path]:
        """What holds microdata, or the secret that hides who a unit is: the owner's alone."""
        folders = (self.raw, self.rounds, self.warehouse.parent, self.index, self.temporary)
        files = (self.home / "run.log", self.facts / ".salt")
        return [*folders, self.home / "dagster", *files]

    @property
    def releases(self) -> Path:
        """What the user dropped, a folder for each survey year; never changed."""
        return self.home / "releases"

    @property
    def own_layouts(self) -> Path:
        """The user's own layouts, which add survey years or replace ours."""
        return self.home / "layouts"

    @property
    def facts(self) -> Path:
        """FACTS rounds as the collectors dropped them, a folder for each; never changed."""
        return self.home / "facts"

    @property
    def rounds(self) -> Path:
        """Validated FACTS rounds: typed Parquet, one file for each table and round, and reports."""
        return self.home / "rounds"

    @property
    def raw(self) -> Path:
        """Typed Parquet, one file for each block and survey year."""
        return self.home / "raw"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that only dbt writes."""
        return self.home / "warehouse" / "locus.duckdb"

    @property
    def locks(self) -> Path:
        """Locks of this home and who holds them; it outlives what is built (warehouse.lock)."""
        return self.home / "locks"

    @property
    def index(self) -> Path:
        """Tables of the Cluster Competitiveness Index, by basis and period."""
        return self.home / "cci"

    @property
    def published(self) -> Path:
        """The newest edition; a symbolic link that is replaced in one rename."""
        return self.home / "published"

    @property
    def editions(self) -> Path:
        """Published editions: the newest, the one before it, and those that somebody keeps."""
        return self.home / "editions"

    @property
    def built(self) -> list[Path]:
        """What Locus makes of the releases, and can make again."""
        folders = ("raw", "rounds", "warehouse", "cci", "editions", "dagster", "tmp", "docs")
        return [self.published, *(self.home / name for name in folders), self.home / "run.log"]

    @property
    def temporary(self) -> Path:
        """Spill files and unpacked archive members; may be emptied when nothing runs."""
        return self.home / "tmp"
