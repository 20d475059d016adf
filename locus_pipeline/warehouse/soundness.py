"""Whether the warehouse file is whole: DuckDB keeps a checksum of every block, and a block that is
not what was written is found when it is read."""

from pathlib import Path

import duckdb

from locus_pipeline.settings import Settings
from locus_pipeline.sql import identifier

# DuckDB's words where a sound file can't be opened now: somebody else has it.
IN_USE = "Could not set lock on file"


def warehouse_damage(settings: Settings) -> str:
    """What is wrong with the warehouse; empty where it is sound, or not built yet.

    Reads all of it, with the warehouse held. Raises duckdb.IOException where another process has
    the file open.
    """
    path, wal = settings.warehouse, _wal(settings)
    if not path.exists():
        return f"{wal} has no warehouse beside it" if wal.exists() else ""
    try:
        with duckdb.connect(str(path), read_only=True) as warehouse:
            for database, schema, table in warehouse.execute(
                "select database_name, schema_name, table_name from duckdb_tables() "
                "where not internal"
            ).fetchall():
                names = warehouse.execute(
                    "select column_name from duckdb_columns() where database_name = ? "
                    "and schema_name = ? and table_name = ?",
                    [database, schema, table],
                ).fetchall()
                columns = ", ".join(identifier(name) for (name,) in names)
                # a hash, so that no block can be answered for by its statistics
                warehouse.execute(
                    f"select bit_xor(hash({columns})) from {identifier(schema)}.{identifier(table)}"
                )
    except duckdb.Error as error:
        if IN_USE in str(error):
            raise
        return _in_words(path, error)
    return ""


def unreadable(settings: Settings) -> str:
    """Why the warehouse can't be opened, where that is not because another process has it open;
    empty where it can, or is not built yet. Reads its head alone."""
    if not settings.warehouse.exists():
        return ""
    try:
        duckdb.connect(str(settings.warehouse), read_only=True).close()
    except duckdb.Error as error:
        return "" if IN_USE in str(error) else _in_words(settings.warehouse, error)
    return ""


def _in_words(path: Path, error: duckdb.Error) -> str:
    if "different version" in str(error) or "version number" in str(error):
        return f"{path} was written by another version of DuckDB"
    return f"{path} is damaged or no DuckDB file"


def remove_warehouse(settings: Settings) -> None:
    """Remove the file and its log of changes, which must not be played into another file."""
    settings.warehouse.unlink(missing_ok=True)
    _wal(settings).unlink(missing_ok=True)


def _wal(settings: Settings) -> Path:
    return settings.warehouse.with_name(f"{settings.warehouse.name}.wal")
