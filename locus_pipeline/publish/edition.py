"""An edition: the marts as one DuckDB file, Parquet and CSV, put in place by one rename.

`published` is a symbolic link to editions/<edition id>-<content>. A new edition is written aside,
and the link is replaced in one rename: readers see the old edition or the new one, and whoever
holds a file of the old one open keeps it.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from locus_pipeline.errors import LocusError
from locus_pipeline.settings import Settings

FORMULA_START = "^[=+@\\t\\r-]"
# The edition before the current one stays for readers that are still on it.
EDITIONS_KEPT = 2
NO_TIE = "0.7310585786300049"
# The oldest form of the file that holds what an edition has: every DuckDB since 1.0 opens it.
STORAGE_VERSION = "v1.0.0"


class PublishError(LocusError):
    """The edition can't be published."""


@dataclass(frozen=True)
class Table:
    """A table to publish: where its rows come from, columns (name, DuckDB type), and what the
    table (None) and its columns are."""

    name: str
    relation: str
    columns: list[tuple[str, str]]
    comments: dict[str | None, str]


@dataclass(frozen=True)
class Edition:
    """What was published: rows of each table, and whether it was there already."""

    edition_id: str
    folder: Path
    rows: dict[str, int]
    is_synthetic: bool
    unchanged: bool


def publish(
    settings: Settings,
    files: Sequence[tuple[Path, dict[str | None, str]]] = (),
    also: Sequence[Callable[[Path], None]] = (),
) -> Edition:
    """Write the marts of the warehouse as an edition and make it the published one.

    `files` are Parquet tables beside the marts, named as the file, with what table (None) and
    columns are. `also` writes further files into the edition's folder, from the tables in it. An
    edition that is there already stays as it is. Raises PublishError where something other than our
    link stands in the way.
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
        tables = sorted(
            [*_marts(connection), *(_file(connection, *file) for file in files)],
            key=lambda table: table.name,
        )
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
            table.name: connection.execute(f"select count(*) from {table.relation}").fetchone()[0]
            for table in tables
        }
    _point_to(settings, folder)
    _drop_old(settings, folder)
    return Edition(edition_id, folder, rows, is_synthetic, unchanged)


def _marts(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """The tables of the schema marts, with the descriptions that dbt wrote on them."""
    columns: dict[str, list[tuple[str, str]]] = {}
    comments: dict[str, dict[str | None, str]] = {}
    for table, comment in connection.execute(
        """
        select table_name, comment from duckdb_tables()
        where database_name = 'warehouse' and schema_name = 'marts'
        """
    ).fetchall():
        columns[table], comments[table] = [], {None: comment} if comment else {}
    for table, column, data_type, comment in connection.execute(
        """
        select table_name, column_name, data_type, comment from duckdb_columns()
        where database_name = 'warehouse' and schema_name = 'marts'
        order by table_name, column_index
        """
    ).fetchall():
        columns[table].append((column, data_type))
        if comment:
            comments[table][column] = comment
    return [
        Table(name, f'warehouse.marts."{name}"', columns[name], comments[name]) for name in columns
    ]


def _file(
    connection: duckdb.DuckDBPyConnection, path: Path, comments: dict[str | None, str]
) -> Table:
    """A Parquet file as a table named as the file."""
    relation = f"read_parquet({_literal(path)})"
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return Table(path.stem, relation, [row[:2] for row in described], comments)


def _write(connection: duckdb.DuckDBPyConnection, tables: list[Table], folder: Path) -> None:
    connection.execute(
        f"attach {_literal(folder / 'locus.duckdb')} as edition "
        f"(storage_version {_literal(STORAGE_VERSION)})"
    )
    for table in tables:
        name = f'edition."{table.name}"'
        # In the order of all columns, so that the same edition is the same bytes.
        connection.execute(f"create table {name} as from {table.relation} order by all")
        for column, text in table.comments.items():
            what = f"table {name}" if column is None else f'column {name}."{column}"'
            connection.execute(f"comment on {what} is {_literal(text)}")
        connection.execute(
            f"copy {name} to {_literal(folder / f'{table.name}.parquet')} "
            "(format parquet, compression zstd)"
        )
        cells = ", ".join(_csv_cell(column, data_type) for column, data_type in table.columns)
        connection.execute(
            f"copy (select {cells} from {name}) "
            f"to {_literal(folder / f'{table.name}.csv')} (format csv, header)"
        )
    connection.execute("detach edition")


def _content(connection: duckdb.DuckDBPyConnection, tables: list[Table]) -> str:
    """Hash over the rows of all tables, whatever their order.

    Sums over doubles differ in their last bits with the order in which threads add, so doubles
    count to nine digits, scaled so that sums of short decimals don't end on a tie.
    """
    digest = hashlib.sha256()
    for table in tables:
        cells = ", ".join(
            f"printf('%.9g', {NO_TIE} * \"{column}\")" if data_type == "DOUBLE" else f'"{column}"'
            for column, data_type in table.columns
        )
        found = connection.execute(
            f"select count(*), bit_xor(hash({cells})) from {table.relation}"
        ).fetchone()
        digest.update(f"{table.name} {table.columns} {found}".encode())
    return digest.hexdigest()[:8]


def _csv_cell(column: str, data_type: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if data_type != "VARCHAR":
        return f'"{column}"'
    return (
        f'case when regexp_matches("{column}", {_literal(FORMULA_START)}) '
        f'then \'\'\'\' || "{column}" else "{column}" end as "{column}"'
    )


def _write_readme(folder: Path, edition_id: str, tables: list[Table], is_synthetic: bool) -> None:
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
        *(f"* `{table.name}` ({len(table.columns)} columns): {_label(table)}" for table in tables),
        "",
        *(f"`{path.name}` is a workbook to read.\n" for path in sorted(folder.glob("*.xlsx"))),
        "Money is in rupees, persons are averages in the year, codes are text. In the CSV files,",
        "text that begins like a formula has an apostrophe before it.",
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def _label(table: Table) -> str:
    """The first sentence of what the table is."""
    description = " ".join(table.comments.get(None, "").split())
    return re.split(r"(?<=[a-z)])[.;] ", description, maxsplit=1)[0].rstrip(".")


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
