"""Validated rounds on disk, where dbt reads them.

    rounds/round_answers/2025-26-pilot.parquet    one file for each table and round
    rounds/round_answers/none.parquet             no rows: views work without any round
    rounds/manifests/2025-26-pilot.json           written last: what the files rest on
    rounds/reports/2025-26-pilot/                 for the collector

Tables are written aside and renamed, the old manifest goes first and the new one comes last: a
round with a manifest is whole. The manifest has the hash of each table, so that damage is found and
the round taken in again.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from locus_pipeline.connection import connect
from locus_pipeline.errors import LocusError
from locus_pipeline.files import parquet_types, private_folder, read_parquet, write_parquet
from locus_pipeline.fingerprint import INTAKE, code_fingerprint
from locus_pipeline.records import DamagedError, read_record, write_record
from locus_pipeline.rounds.identity import load_salt
from locus_pipeline.rounds.intake import ROUND_TABLES, Intake, read_forms, take_in
from locus_pipeline.rounds.items import ITEMS_FILES
from locus_pipeline.rounds.report import Remarks, remarks
from locus_pipeline.rounds.round import Round, open_round, round_files
from locus_pipeline.rounds.withdrawal import matched_withdrawals, withdrawals
from locus_pipeline.settings import Settings

LOG = logging.getLogger(__name__)
NO_ROUND = "none"


def store_round(settings: Settings, facts_round: Round) -> Intake:
    """Validate a round and replace its tables. Raises RoundError where a withdrawal can't
    be read or matches nobody; what was stored before stays.
    """
    salt = load_salt(settings)
    sheets = read_forms(facts_round)
    withdrawn = matched_withdrawals(settings, facts_round.folder, salt, sheets)
    intake = take_in(facts_round, sheets, salt, withdrawn)
    version = data_version(settings, facts_round)
    write_empty_tables(settings)
    manifest = _manifest_path(settings, facts_round.key)
    manifest.unlink(missing_ok=True)
    for table, rows in intake.tables.items():
        write_parquet(rows, table_path(settings, table, facts_round.key), ROUND_TABLES[table])
    record = {
        "data_version": version,
        # what an edition names: other than the version it does not depend on the home's salt
        "files_hash": facts_round.files_hash(),
        "units": len(intake.tables["round_units"]),
        # which rows are left out, a unit that withdrew among them: two units are not the same one
        "left_out_hash": _rows_hash(intake.tables["round_rejected"]),
        "is_synthetic": facts_round.facts.is_synthetic,
    }
    write_record(
        manifest, record, (table_path(settings, table, facts_round.key) for table in ROUND_TABLES)
    )
    return intake


def data_version(settings: Settings, facts_round: Round) -> str:
    """Changes with the files, the withdrawals of any round, the salt, the questions, the intake."""
    salt = load_salt(settings)
    withdrawn = "".join(sorted(withdrawals(settings, salt)))
    parts = [
        facts_round.files_hash(),
        hmac.new(salt, withdrawn.encode(), hashlib.sha256).hexdigest(),
        *(hashlib.sha256(file.read_bytes()).hexdigest() for file in ITEMS_FILES),
        json.dumps(ROUND_TABLES),
        code_fingerprint(INTAKE),
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def is_current(settings: Settings, facts_round: Round) -> bool:
    """Whether the stored tables are those of the round's files and withdrawals as they are now."""
    try:
        record = read_record(_manifest_path(settings, facts_round.key))
    except DamagedError:
        return False
    return record is not None and record["data_version"] == data_version(settings, facts_round)


def stored_rounds(settings: Settings) -> list[str]:
    """Rounds that have any table, whole or not."""
    return sorted(
        {
            path.stem
            for table in ROUND_TABLES
            for path in (settings.rounds / table).glob("*.parquet")
        }
        - {NO_ROUND}
    )


@dataclass(frozen=True)
class StoredRound:
    """A round that is stored whole."""

    key: str
    files_hash: str
    units: int
    left_out_hash: str
    is_synthetic: bool


def rounds_in(settings: Settings) -> list[StoredRound]:
    """The stored rounds that are whole and sound, in order."""
    rounds = []
    for path in sorted(_manifest_path(settings, NO_ROUND).parent.glob("*.json")):
        if not round_damage(settings, path.stem) and (record := read_record(path)):
            del record["data_version"]
            rounds.append(StoredRound(path.stem, **record))
    return rounds


def round_damage(settings: Settings, key: str) -> str:
    """What is damaged or missing of a stored round; empty where nothing is."""
    path = _manifest_path(settings, key)
    try:
        if read_record(path):
            return ""
    except DamagedError as error:
        return str(error)
    return f"{path} is {'of another version of Locus' if path.exists() else 'missing'}"


def forget_stale(settings: Settings, say: Callable[[str], None] = LOG.warning) -> dict[str, str]:
    """Remove stored rounds that are not what their folders hold; round -> why.

    So that no edition has a unit that withdrew, or figures of files that are gone or changed. They
    come back when they are materialised again. A round whose stored tables are damaged is taken in
    again at once, and `say` is told.
    """
    removed = {}
    for key in stored_rounds(settings):
        damage = round_damage(settings, key)
        if damage:
            try:
                store_round(settings, open_round(settings.facts / key))
                say(f"{damage}; round {key} is taken in again")
            except LocusError as error:
                say(f"{damage}; round {key} is left out: {error}")
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
    for table in ROUND_TABLES:
        table_path(settings, table, key).unlink(missing_ok=True)


def write_empty_tables(settings: Settings) -> None:
    """Make sure that each table has its file without rows, with the columns as they are now."""
    private_folder(settings.rounds)
    for table, types in ROUND_TABLES.items():
        path = table_path(settings, table, NO_ROUND)
        if parquet_types(path) != types:
            write_parquet(pd.DataFrame(columns=list(types)), path, types)


def row_counts(settings: Settings) -> dict[str, int]:
    """Rows of each table over all rounds."""
    with connect(settings) as connection:
        return {
            table: connection.execute(
                "select count(*) from read_parquet(?)", [str(settings.rounds / table / "*.parquet")]
            ).fetchall()[0][0]
            for table in ROUND_TABLES
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


def _rows_hash(rows: pd.DataFrame) -> str:
    lines = sorted(rows.to_csv(index=False, header=False).splitlines())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _manifest_path(settings: Settings, key: str) -> Path:
    return settings.rounds / "manifests" / f"{key}.json"
