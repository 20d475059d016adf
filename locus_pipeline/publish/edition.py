"""An edition: the marts as one DuckDB file, Parquet and CSV, put in place by one rename.

`published` is a symbolic link to editions/<edition id>-<content>. A new edition is written aside,
and the link is replaced in one rename: readers see the old edition or the new one, and whoever
holds a file of the old one open keeps it.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from locus_pipeline.settings import Settings

FORMULA_START = "^[=+@\\t\\r-]"
# The edition before the current one stays for readers that are still on it.
EDITIONS_KEPT = 2
NO_TIE = "0.7310585786300049"


class PublishError(RuntimeError):
    """The edition can't be published."""


@dataclass(frozen=True)
class Edition:
    """What was published: rows of each table, and whether it was there already."""

    edition_id: str
    folder: Path
    rows: dict[str, int]
    is_synthetic: bool
    unchanged: bool


def publish(settings: Settings, also: Sequence[Callable[[Path], None]] = ()) -> Edition:
    """Write the marts of the warehouse as an edition and make it the published one.

    `also` writes further files into the edition's folder, from the tables in it. An edition that is
    there already stays as it is. Raises PublishError where something other than our link stands in
    the way.
    """
    if settings.published.exists() and not settings.published.is_symlink():
        raise PublishError(
            f"{settings.published} is not the link that Locus makes; move it away and run again"
        )
    with duckdb.connect() as connection:
        connection.execute(f"attach {_literal(settings.warehouse)} as warehouse (read_only)")
        edition_id, is_synthetic = connection.execute(
            "select edition_id, is_synthetic from warehouse.marts.edition"
        ).fetchone()
        tables = _tables(connection)
        # By content too: somebody may have materialised some of the marts alone.
        folder = settings.editions / f"{edition_id}-{_content(connection, tables)}"
        unchanged = folder.is_dir()
        if not unchanged:
            aside = settings.editions / f".{edition_id}.{os.getpid()}"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            _write(connection, tables, aside)
            for write_file in also:
                write_file(aside)
            _write_readme(aside, edition_id, tables, is_synthetic)
            os.replace(aside, folder)
        rows = {
            table: connection.execute(f'select count(*) from warehouse.marts."{table}"').fetchone()[
                0
            ]
            for table in tables
        }
    _point_to(settings, folder)
    _drop_old(settings, folder)
    return Edition(edition_id, folder, rows, is_synthetic, unchanged)


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """Tables of the schema marts with their columns (name, type), both in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, data_type in connection.execute(
        """
        select table_name, column_name, data_type from duckdb_columns()
        where database_name = 'warehouse' and schema_name = 'marts'
        order by table_name, column_index
        """
    ).fetchall():
        found.setdefault(table, []).append((column, data_type))
    return found


def _write(
    connection: duckdb.DuckDBPyConnection, tables: dict[str, list[tuple[str, str]]], folder: Path
) -> None:
    connection.execute(f"attach {_literal(folder / 'locus.duckdb')} as edition")
    for table, columns in tables.items():
        # In the order of all columns, so that the same edition is the same bytes.
        connection.execute(
            f'create table edition."{table}" as from warehouse.marts."{table}" order by all'
        )
        for comment in _comments(connection, table):
            connection.execute(comment)
        connection.execute(
            f'copy edition."{table}" to {_literal(folder / f"{table}.parquet")} '
            "(format parquet, compression zstd)"
        )
        cells = ", ".join(_csv_cell(column, data_type) for column, data_type in columns)
        connection.execute(
            f'copy (select {cells} from edition."{table}") '
            f"to {_literal(folder / f'{table}.csv')} (format csv, header)"
        )
    connection.execute("detach edition")


def _content(
    connection: duckdb.DuckDBPyConnection, tables: dict[str, list[tuple[str, str]]]
) -> str:
    """Hash over the rows of all tables, whatever their order.

    Sums over doubles differ in their last bits with the order in which threads add, so doubles
    count to nine digits, scaled so that sums of short decimals don't end on a tie.
    """
    digest = hashlib.sha256()
    for table, columns in tables.items():
        cells = ", ".join(
            f"printf('%.9g', {NO_TIE} * \"{column}\")" if data_type == "DOUBLE" else f'"{column}"'
            for column, data_type in columns
        )
        found = connection.execute(
            f'select count(*), bit_xor(hash({cells})) from warehouse.marts."{table}"'
        ).fetchone()
        digest.update(f"{table} {columns} {found}".encode())
    return digest.hexdigest()[:8]


def _comments(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The descriptions that dbt wrote on the mart, for the published table."""
    statements = []
    (comment,) = connection.execute(
        "select comment from duckdb_tables() where database_name = 'warehouse' "
        "and schema_name = 'marts' and table_name = ?",
        [table],
    ).fetchone()
    if comment:
        statements.append(f'comment on table edition."{table}" is {_literal(comment)}')
    for column, text in connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = 'warehouse' "
        "and schema_name = 'marts' and table_name = ? and comment is not null",
        [table],
    ).fetchall():
        statements.append(f'comment on column edition."{table}"."{column}" is {_literal(text)}')
    return statements


def _csv_cell(column: str, data_type: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if data_type != "VARCHAR":
        return f'"{column}"'
    return (
        f'case when regexp_matches("{column}", {_literal(FORMULA_START)}) '
        f'then \'\'\'\' || "{column}" else "{column}" end as "{column}"'
    )


def _write_readme(folder: Path, edition_id: str, tables: dict, is_synthetic: bool) -> None:
    lines = [f"# Locus edition {edition_id}", ""]
    if is_synthetic:
        lines += [
            "**Synthetic.** This edition holds invented factories written by the sample writer, in",
            "whole or in part; every table says which rows in `is_synthetic`. It is not a result",
            "of the Annual Survey of Industries and must not be quoted as one.",
            "",
        ]
    lines += [
        "Each table is in `locus.duckdb`, and beside it as Parquet and CSV:",
        "",
        *(f"* `{table}` ({len(columns)} columns)" for table, columns in tables.items()),
        "",
        *(f"`{path.name}` is a workbook to read.\n" for path in sorted(folder.glob("*.xlsx"))),
        "Money is in rupees, persons are averages in the year, codes are text. In the CSV files,",
        "text that begins like a formula has an apostrophe before it.",
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def _point_to(settings: Settings, folder: Path) -> None:
    link = settings.home / f".published.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.relative_to(settings.home), target_is_directory=True)
    os.replace(link, settings.published)
    os.utime(folder)


def _drop_old(settings: Settings, current: Path) -> None:
    """Keeps the newest editions; what a reader holds open stays readable to it."""
    others = [path for path in settings.editions.iterdir() if path != current]
    # Newest first; what a killed run left half-written, with a dot before its name, last.
    others.sort(
        key=lambda path: (not path.name.startswith("."), path.stat().st_mtime), reverse=True
    )
    for path in others[EDITIONS_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
