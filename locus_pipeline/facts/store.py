"""Validated rounds on disk, where dbt reads them.

    rounds/round_answers/2025-26-pilot.parquet    one file for each table and round
    rounds/round_answers/none.parquet             no rows: views work without any round
    rounds/manifests/2025-26-pilot.json           written last: what the files rest on
    rounds/reports/2025-26-pilot/                 for the collector

Tables are written aside and renamed, the old manifest goes first and the new one comes last: a
round with a manifest is whole.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from locus_pipeline.errors import LocusError
from locus_pipeline.facts.identity import load_salt
from locus_pipeline.facts.intake import TABLES, Intake, take_in
from locus_pipeline.facts.items import ITEMS_FILE
from locus_pipeline.facts.report import Remarks, remarks
from locus_pipeline.facts.round import Round, open_round, round_files
from locus_pipeline.facts.withdrawal import matched_withdrawals, withdrawals
from locus_pipeline.files import read_parquet, replacing, write_parquet
from locus_pipeline.settings import Settings

INTAKE_VERSION = "2"  # raise it when the intake makes other tables of the same files
NO_ROUND = "none"


def store_round(settings: Settings, found: Round) -> Intake:
    """Validate a round and replace its tables. Raises RoundError where a withdrawal can't
    be read or matches nobody; what was stored before stays.
    """
    salt = load_salt(settings)
    intake = take_in(found, salt, matched_withdrawals(settings, found.folder, salt))
    version = data_version(settings, found)
    write_empty_tables(settings)
    manifest = _manifest_path(settings, found.key)
    manifest.unlink(missing_ok=True)
    for table, rows in intake.tables.items():
        write_parquet(rows, table_path(settings, table, found.key), TABLES[table])
    record = {
        "data_version": version,
        # what an edition names: other than the version it does not depend on the home's salt
        "files_hash": found.files_hash(),
        "units": len(intake.tables["round_units"]),
        "is_synthetic": found.facts.is_synthetic,
    }
    with replacing(manifest) as aside:
        aside.write_text(json.dumps(record) + "\n")
    return intake


def data_version(settings: Settings, found: Round) -> str:
    """Changes with the files, the withdrawals of any round, the salt, the questions, the intake."""
    salt = load_salt(settings)
    withdrawn = "".join(sorted(withdrawals(settings, salt)))
    parts = [
        found.files_hash(),
        hmac.new(salt, withdrawn.encode(), hashlib.sha256).hexdigest(),
        hashlib.sha256(ITEMS_FILE.read_bytes()).hexdigest(),
        json.dumps(TABLES),
        INTAKE_VERSION,
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def is_current(settings: Settings, found: Round) -> bool:
    """Whether the stored tables are those of the round's files and withdrawals as they are now."""
    record = _record(_manifest_path(settings, found.key))
    if record is None or record["data_version"] != data_version(settings, found):
        return False
    return all(table_path(settings, table, found.key).is_file() for table in TABLES)


def stored_rounds(settings: Settings) -> list[str]:
    """Rounds that have any table, whole or not."""
    return sorted(
        {path.stem for table in TABLES for path in (settings.rounds / table).glob("*.parquet")}
        - {NO_ROUND}
    )


@dataclass(frozen=True)
class StoredRound:
    """A round that is stored whole."""

    key: str
    files_hash: str
    units: int
    is_synthetic: bool


def rounds_in(settings: Settings) -> list[StoredRound]:
    """The stored rounds, in order."""
    return [
        StoredRound(path.stem, manifest["files_hash"], manifest["units"], manifest["is_synthetic"])
        for path in sorted(_manifest_path(settings, NO_ROUND).parent.glob("*.json"))
        for manifest in [_record(path)]
        if manifest
    ]


def forget_stale(settings: Settings) -> dict[str, str]:
    """Remove stored rounds that are not what their folders hold; round -> why.

    So that no edition has a unit that withdrew, or figures of files that are gone or changed. They
    come back when they are materialised again.
    """
    removed = {}
    for key in stored_rounds(settings):
        reason = _stale(settings, key)
        if reason:
            forget_round(settings, key)
            removed[key] = reason
    return removed


def _stale(settings: Settings, key: str) -> str | None:
    folder = settings.facts / key
    if not round_files(folder):
        return f"{folder} is no longer there"
    try:
        if is_current(settings, open_round(folder)):
            return None
    except LocusError as error:
        return str(error)
    return f"its files or the withdrawals changed since it was read; materialise {key} again"


def forget_round(settings: Settings, key: str) -> None:
    """Remove a round's stored tables; its folder stays."""
    _manifest_path(settings, key).unlink(missing_ok=True)
    for table in TABLES:
        table_path(settings, table, key).unlink(missing_ok=True)


def write_empty_tables(settings: Settings) -> None:
    """Make sure that each table has its file without rows, with the columns as they are now."""
    for table, types in TABLES.items():
        path = table_path(settings, table, NO_ROUND)
        if not path.exists() or _types_in(path) != types:
            write_parquet(pd.DataFrame(columns=list(types)), path, types)


def row_counts(settings: Settings) -> dict[str, int]:
    """Rows of each table over all rounds."""
    with duckdb.connect() as connection:
        return {
            table: connection.execute(
                "select count(*) from read_parquet(?)", [str(settings.rounds / table / "*.parquet")]
            ).fetchone()[0]
            for table in TABLES
        }


def remarks_on(settings: Settings, key: str) -> Remarks:
    """What the collector of a stored round must know."""
    rejected, warnings, intake = (
        read_parquet([table_path(settings, table, key)])
        for table in ("round_rejected", "round_warnings", "round_intake")
    )
    return remarks(rejected, warnings, intake)


def table_path(settings: Settings, table: str, key: str) -> Path:
    """Where a table of a round is."""
    return settings.rounds / table / f"{key}.parquet"


def _manifest_path(settings: Settings, key: str) -> Path:
    return settings.rounds / "manifests" / f"{key}.json"


def _record(path: Path) -> dict[str, Any] | None:
    """What a manifest says; None where there is none or it was cut: its round is not whole."""
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    is_whole = isinstance(record, dict) and {"data_version", "files_hash", "units"} <= set(record)
    return record if is_whole else None


def _types_in(path: Path) -> dict[str, str]:
    with duckdb.connect() as connection:
        described = connection.execute("describe select * from read_parquet(?)", [str(path)])
        return {name: kind for name, kind, *_ in described.fetchall()}
