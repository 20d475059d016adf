"""Reads the user's tables, tells everything that is wrong, and writes them as dbt reads them.

raw/catalogue/<table>.parquet holds the rows, none where the user keeps no such table, and
raw/catalogue/user_tables.parquet which file each came from. So the models know of no file and no
environment, and a build by hand rests on the same rows as `locus run`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from locus_pipeline.connection import connect
from locus_pipeline.files import write_parquet
from locus_pipeline.settings import Settings
from locus_pipeline.text import quoted
from locus_pipeline.user_tables.selection import PLAN, PLAN_COSTS
from locus_pipeline.user_tables.sheet import UserTableError, read_sheet
from locus_pipeline.user_tables.table import Row, Rows, UserTable, reference_column
from locus_pipeline.user_tables.tables import AGENCIES, INTERVENTIONS, USER_TABLES

LIST = "user_tables"
LIST_TYPES = {
    "table_name": "VARCHAR", "file": "VARCHAR", "rows": "BIGINT", "content": "VARCHAR",
    "file_sha256": "VARCHAR",
}  # fmt: skip
# What somebody may take for a table of ours when it lies in the same folder.
LOOKS_LIKE_A_TABLE = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet"}


@dataclass(frozen=True)
class Loaded:
    """A table as it was read: rows in the file's order, and a hash over them, whatever their order
    and however the file spells them; None where there is no file."""

    table: UserTable
    rows: list[Row]
    content: str | None
    file_sha256: str | None


def load_user_tables(settings: Settings) -> dict[str, Loaded]:
    """Name -> what the user's tables hold.

    Raises UserTableError with everything that is wrong in all of them.
    """
    faults = _misnamed(settings)
    numbered: dict[str, Rows] = {}
    for table in USER_TABLES:
        if not _is_there(table.path(settings)):
            continue
        try:
            numbered[table.name] = read_table(table, table.path(settings))
        except UserTableError as error:
            faults += error.faults
    if not faults:
        faults += _unknown_agencies(settings, numbered)
        faults += _costs_of_nobody(settings, numbered)
    if faults:
        raise UserTableError(faults)
    return {table.name: _loaded(table, settings, numbered) for table in USER_TABLES}


def read_table(table: UserTable, path: Path) -> Rows:
    """Line number and row for each line of a file. Raises UserTableError."""
    lines = read_sheet(path, table.columns)
    if not lines:
        raise UserTableError([f"{path}: no line below the header; add one or remove the file"])
    rows, faults = [], []
    for line in lines:
        try:
            rows.append((line.number, table.row(**line.cells)))
        except ValidationError as error:
            columns = dict.fromkeys(str(fault["loc"][0]) for fault in error.errors())
            faults += [
                f"{path}, line {line.number}, column {column}: not what Locus can use; give "
                f"{table.what_to_give(column)}"
                for column in columns
            ]
    faults += _repeated(table, path, rows)
    if not faults:
        faults += [
            f"{path}, line {line}, column {column}: {what}"
            for line, column, what in sorted(table.together(rows))
        ]
    if faults:
        raise UserTableError(faults)
    return rows


def _repeated(table: UserTable, path: Path, rows: Rows) -> list[str]:
    first: dict[tuple, int] = {}
    faults = []
    for line, row in rows:
        earlier = first.setdefault(tuple(getattr(row, column) for column in table.key), line)
        if earlier != line:
            what = (
                f"the same as line {earlier}"
                if len(table.key) == len(table.columns)
                else f"column {', '.join(table.key)}: the same as in line {earlier}"
            )
            faults.append(f"{path}, line {line}, {what}; keep one")
    return faults


def _misnamed(settings: Settings) -> list[str]:
    """Files in the folders of the tables that look like tables and are none."""
    faults = []
    for folder in dict.fromkeys(table.folder for table in USER_TABLES):
        known = [table.file for table in USER_TABLES if table.folder == folder]
        place = settings.home / folder
        faults += [
            f"{path.parent}/{quoted(path.name)[1:-1]}: not read; name it {' or '.join(known)} "
            "(CSV), or move it away"
            for path in sorted(place.iterdir() if place.is_dir() else [])
            if path.suffix.lower() in LOOKS_LIKE_A_TABLE
            and not path.name.startswith(".")
            and path.name not in known
        ]
    return faults


def _unknown_agencies(settings: Settings, numbered: Mapping[str, Rows]) -> list[str]:
    known = set(reference_column("support_agencies_annexure", "agency_code"))
    known |= {row.agency_code for _, row in numbered.get(AGENCIES.name, [])}
    return [
        f"{INTERVENTIONS.path(settings)}, line {line}, column agency_code: no agency that Locus "
        f"knows; add it to {AGENCIES.path(settings)}"
        for line, row in numbered.get(INTERVENTIONS.name, [])
        if row.agency_code not in known
    ]


def _costs_of_nobody(settings: Settings, numbered: Mapping[str, Rows]) -> list[str]:
    """Where the user lists the clusters of the plan, costs are of those."""
    if PLAN.name not in numbered:
        return []
    listed = {row.cluster_id for _, row in numbered[PLAN.name]}
    return [
        f"{PLAN_COSTS.path(settings)}, line {line}, column cluster_id: no cluster of the plan; add "
        f"it to {PLAN.path(settings)}"
        for line, row in numbered.get(PLAN_COSTS.name, [])
        if row.cluster_id not in listed
    ]


def _loaded(table: UserTable, settings: Settings, numbered: Mapping[str, Rows]) -> Loaded:
    if table.name not in numbered:
        return Loaded(table, [], None, None)
    rows = [row for _, row in numbered[table.name]]
    lines = sorted(json.dumps(list(row.model_dump().values())) for row in rows)
    content = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return Loaded(table, rows, content, _file_hash(table.path(settings)))


def _is_there(path: Path) -> bool:
    """Also where it is a folder or a link to nothing, which is then refused."""
    return path.exists() or path.is_symlink()


def _file_hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def write_user_tables(settings: Settings) -> dict[str, Loaded]:
    """Read the tables and write them for dbt. Raises UserTableError."""
    loaded = load_user_tables(settings)
    folder = _folder(settings)
    for name, one in loaded.items():
        frame = pd.DataFrame([row.model_dump() for row in one.rows], columns=one.table.columns)
        write_parquet(frame.astype(object), folder / f"{name}.parquet", one.table.types)
    written = pd.DataFrame(
        [
            {
                "table_name": name,
                "file": f"{one.table.folder}/{one.table.file}",
                "rows": len(one.rows),
                "content": one.content,
                "file_sha256": one.file_sha256,
            }
            for name, one in loaded.items()
        ]
    )
    write_parquet(written, folder / f"{LIST}.parquet", LIST_TYPES)
    return loaded


def check_still_as_read(settings: Settings) -> None:
    """What dbt reads is what the user's files hold now.

    Raises UserTableError where a file was added, changed or removed since, or none was ever read.
    """
    written = _folder(settings) / f"{LIST}.parquet"
    if not written.is_file():
        raise UserTableError(
            [f"{settings.raw}: nothing was read into it yet; use `locus run` on this home first"]
        )
    with connect(settings) as connection:
        read = dict(
            connection.execute(
                "select file, file_sha256 from read_parquet(?)", [[str(written)]]
            ).fetchall()
        )
    faults = [
        f"{table.path(settings)}: not as it was read last; use `locus run`, or materialise "
        "user_tables in the pages, before building"
        for table in USER_TABLES
        if read.get(f"{table.folder}/{table.file}") != _file_hash(table.path(settings))
    ]
    if faults:
        raise UserTableError(faults)


def _folder(settings: Settings) -> Path:
    return settings.raw / "catalogue"
