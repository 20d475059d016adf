"""Where Locus keeps its data and how much of the machine it may use: one class, no fallbacks."""

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path

from locus_pipeline.errors import LocusError

CHECKOUT = Path(__file__).resolve().parent.parent
# What DuckDB, SQLite or dbt would read as a pattern, an option or the end of a name.
UNUSABLE_IN_PATHS = '[]*?#%;"\\'
MEMORY_LIMIT = "4GB"
MEMORY_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
LEAST_MEMORY = 256 * 10**6


class SettingsError(LocusError):
    """A setting that can't be used: a variable of the environment, or the home itself."""


@dataclass(frozen=True)
class Settings:
    """Folders below one home, and DuckDB's limits.

    Environment: LOCUS_HOME (default: data/ in the checkout), LOCUS_MEMORY_LIMIT (default 4GB),
    LOCUS_THREADS (default, and at most: all cores), LOCUS_UNRECONCILED (stop, the default, or warn:
    whether an edition that is more than 5 % off the official tables is published, see
    docs/indicators.md), LOCUS_INDEX_AGENCY (the controller whose FACTS rounds count for the index;
    default: none).
    """

    home: Path
    memory_limit: str = MEMORY_LIMIT
    threads: int | None = None
    unreconciled: str = "stop"
    index_agency: str = ""

    @classmethod
    def from_environment(cls, home: Path | None = None) -> "Settings":
        """Settings of `home`, else of LOCUS_HOME, else of data/ in the checkout.

        Raises SettingsError for a value that can't be used.
        """
        unreconciled = os.environ.get("LOCUS_UNRECONCILED") or "stop"
        if unreconciled not in ("stop", "warn"):
            raise SettingsError(f"LOCUS_UNRECONCILED is {unreconciled!r}; give stop or warn")
        return cls(
            home=_usable(home or Path(os.environ.get("LOCUS_HOME") or CHECKOUT / "data")),
            memory_limit=_memory_limit(os.environ.get("LOCUS_MEMORY_LIMIT", "")),
            threads=_threads(os.environ.get("LOCUS_THREADS", "")),
            unreconciled=unreconciled,
            index_agency=os.environ.get("LOCUS_INDEX_AGENCY", ""),
        )

    def require_writable(self) -> None:
        """Make the home where there is none. Raises SettingsError where it can't be written to."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"{self.home} can't be made ({error.strerror}); choose another LOCUS_HOME"
            ) from error
        if not os.access(self.home, os.W_OK | os.X_OK):
            raise SettingsError(f"{self.home} can't be written to; choose another LOCUS_HOME")

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
    def user_layouts(self) -> Path:
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
    def publication(self) -> Path:
        """What the newest edition was made of (publish.standing)."""
        return self.home / "published.json"

    @property
    def editions(self) -> Path:
        """Published editions: the newest, the one before it, and those that somebody keeps."""
        return self.home / "editions"

    @property
    def built(self) -> list[Path]:
        """What Locus makes of the releases, and can make again."""
        folders = ("raw", "rounds", "warehouse", "cci", "editions", "dagster", "tmp", "docs")
        files = (self.published, self.publication, self.run_log)
        return [*files, *(self.home / name for name in folders)]

    @property
    def run_log(self) -> Path:
        """What dbt said when it last built the warehouse."""
        return self.home / "run.log"

    @property
    def temporary(self) -> Path:
        """Spill files and unpacked archive members; may be emptied when nothing runs."""
        return self.home / "tmp"


def _usable(home: Path) -> Path:
    try:
        path = home.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SettingsError(f"LOCUS_HOME {str(home)!r} is no folder: {error}") from error
    unusable = [c for c in str(path) if c in UNUSABLE_IN_PATHS or not c.isprintable()]
    if unusable:
        raise SettingsError(
            f"{str(path)!r} has {', '.join(map(repr, dict.fromkeys(unusable)))} in it, which the "
            "database reads as more than a name; rename the folder or choose another LOCUS_HOME"
        )
    return path


def _memory_limit(given: str) -> str:
    """DuckDB's own spelling; the default where nothing is given."""
    if not given.strip():
        return MEMORY_LIMIT
    size = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]I?B)", given.strip().upper())
    if not size or float(size[1]) * MEMORY_UNITS.get(size[2], 0) < LEAST_MEMORY:
        raise SettingsError(
            f"LOCUS_MEMORY_LIMIT is {given!r}; give a size with its unit, like 4GB, "
            "of at least 256MB"
        )
    return given.strip()


def _threads(given: str) -> int | None:
    """At most the cores that there are: more only wait for each other."""
    if not given.strip():
        return None
    if not re.fullmatch("[0-9]{1,9}", given.strip()) or int(given) == 0:
        raise SettingsError(f"LOCUS_THREADS is {given!r}; give a number of threads, like 4")
    return min(int(given), os.cpu_count() or 1)
