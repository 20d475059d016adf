"""An edition: the marts as one DuckDB file, Parquet and CSV, put in place by one rename.

`published` is a symbolic link to editions/<edition id>. A new edition is written aside, and the
link is replaced in one rename: readers see the old edition or the new one, and whoever holds a file
of the old one open keeps it. An edition is never changed: its SHA256SUMS say what it is, and one
that is damaged is written again beside it.

The edition before the current one stays for readers that are still on it, and those that somebody
wants to keep (`<edition id>.kept` beside the folder), for as long as that.
"""

import hashlib
import itertools
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from locus_pipeline.connection import connect
from locus_pipeline.errors import LocusError
from locus_pipeline.files import (
    content_hash,
    disk_trouble_named,
    parquet_types,
    put_in_place,
    read_parquet,
    replacing,
)
from locus_pipeline.settings import Settings
from locus_pipeline.sql import identifier, literal
from locus_pipeline.unfinished import unfinished_folder

FORMULA_START = "^[=+@\\t\\r-]"
APOSTROPHE = "'"
SUMS = "SHA256SUMS"
KEPT = ".kept"
FORMS = (".duckdb", ".parquet", ".csv", ".xlsx", ".md")
# Where and when an edition was made: no content of it, and no part of what it is called after.
PROVENANCE = {
    "edition": ("edition_id", "created_at", "git_commit", "git_dirty", "git_null_reason"),
    "ingestion": ("loaded_at",),
}
# Sums over doubles differ in their last bits with the order in which threads add.
SAME = 1e-6
# The oldest form of the file that holds what an edition has: every DuckDB since 1.0 opens it.
STORAGE_VERSION = "v1.0.0"
# What readers ask for, first by what leaves the least: rows are sorted by it, so that a question to
# one state, cluster or object touches few of the row groups, by their smallest and largest values.
ASKED_BY = ("state_code", "cluster_code", "object_id", "survey_year", "period")
# Rows of a group in the Parquet files: some dozen groups in the large tables, one in most.
GROUP_ROWS = 16_384


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
class Addition:
    """Further files of an edition: what writes them into its folder, from the tables in it, and
    whether a folder has them as they would be written now."""

    write: Callable[[Path], None]
    is_there: Callable[[Path], bool] = lambda folder: True


@dataclass(frozen=True)
class Edition:
    """What was published: rows of each table, whether it was there already, and in words what
    was damaged and is therefore written again."""

    edition_id: str
    folder: Path
    rows: dict[str, int]
    is_synthetic: bool
    unchanged: bool
    mended: tuple[str, ...] = ()


def publish(
    settings: Settings,
    files: Sequence[tuple[Path, dict[str | None, str]]] = (),
    also: Sequence[Addition] = (),
    index: str = "",
) -> Edition:
    """Write the marts of the warehouse as an edition and make it the published one.

    `files` are Parquet tables beside the marts, named as the file, with what table (None) and
    columns are; `index` is a hash over what they are made of. An edition that is there already,
    with all that is `also` in it, stays as it is.

    The edition's id is a hash over all that it is made of, so that the same inputs have the same
    id in every home. Tables that were not all made of the same (somebody materialised some marts
    alone) differ from those that bear the id, and get one of their own.

    Raises PublishError where something other than our link stands in the way, DiskError where the
    disk is full or fails.
    """
    if settings.published.exists() and not settings.published.is_symlink():
        raise PublishError(
            f"{settings.published} is not the link that Locus makes; move it away and run again"
        )
    with connect(settings) as connection:
        connection.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")
        [(inputs_id, is_synthetic)] = connection.execute(
            "select edition_id, is_synthetic from warehouse.marts.edition"
        ).fetchall()
        tables = sorted(
            [*_marts(connection), *(_file(connection, *file) for file in files)],
            key=lambda table: table.name,
        )
        columns = [(table.name, table.columns) for table in tables]
        # the marts alone are what the warehouse calls them
        edition_id = _digest([inputs_id, index, columns]) if files else inputs_id
        sound, damaged = _stored(settings, edition_id, also)
        if sound and not _same(connection, tables, sound):
            edition_id = _digest([edition_id, _contents(connection, tables)])
            sound, damaged = _stored(settings, edition_id, also)
        folder = sound or _new_folder(settings, edition_id)
        if not sound:
            with disk_trouble_named(folder, needed=_size(settings.published)):
                _write_aside(connection, tables, also, edition_id, is_synthetic, folder)
        rows = {
            table.name: connection.execute(f"select count(*) from {table.relation}").fetchall()[0][
                0
            ]
            for table in tables
        }
    before = settings.published.resolve()
    _point_to(settings, folder)
    _drop_old(settings, folder, before)
    mended = tuple(f"{path}; the edition is written again" for path in damaged)
    return Edition(edition_id, folder, rows, is_synthetic, sound is not None, mended)


@dataclass(frozen=True)
class StoredEdition:
    """An edition in LOCUS_HOME/editions; `damage` says what is wrong with it, empty where nothing.

    `facts`: its id, created_at, survey_years, facts_rounds and is_synthetic, empty where it can't
    be opened.
    """

    edition_id: str
    folder: Path
    is_kept: bool
    is_published: bool
    damage: str
    facts: dict[str, object]


def stored_editions(settings: Settings) -> list[StoredEdition]:
    """All editions of the home, those that were written last first."""
    folders = [
        path
        for path in (settings.editions.iterdir() if settings.editions.is_dir() else [])
        if path.is_dir() and not path.name.startswith(".")
    ]
    return [
        StoredEdition(
            edition_id=_id_of(folder),
            folder=folder,
            is_kept=_is_kept(settings, folder),
            is_published=settings.published.resolve() == folder.resolve(),
            damage=damage_of(folder),
            facts=_facts(folder),
        )
        for folder in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
    ]


def keep(settings: Settings, edition_id: str, released: bool = False) -> None:
    """Keep an edition for good, or no longer. Raises PublishError where there is no such edition,
    or where it is damaged and not worth keeping."""
    matches = [edition for edition in stored_editions(settings) if edition.edition_id == edition_id]
    if not matches:
        raise PublishError(
            f"There is no edition {edition_id!r} in {settings.editions}; `locus keep` lists those "
            "that are there"
        )
    mark = settings.editions / f"{edition_id}{KEPT}"
    if released:
        mark.unlink(missing_ok=True)
        return
    with replacing(mark) as aside:
        aside.write_text("`locus keep --release` gives it up\n")
    # looked at after the mark: a run that publishes may have removed it a moment ago
    damage = [damage_of(edition.folder) for edition in matches]
    if all(damage):
        mark.unlink(missing_ok=True)
        raise PublishError(f"{damage[0]}; `locus run` writes the newest edition again")


def damage_of(folder: Path) -> str:
    """What of an edition is missing or not what its SHA256SUMS say; empty where nothing is."""
    sums = folder / SUMS
    if not sums.is_file():
        return f"{sums} is missing"
    wal = folder / "locus.duckdb.wal"
    if wal.exists():
        return f"{wal} is no part of the edition: somebody wrote into locus.duckdb"
    listed = {}
    for line in sums.read_text(errors="replace").splitlines():
        expected, _, name = line.partition("  ")
        listed[name] = expected
    unlisted = {path.name for path in folder.iterdir() if path.suffix in FORMS} - set(listed)
    if unlisted:
        return f"{sums} is damaged: it does not list {min(unlisted)}"
    for name, expected in listed.items():
        if not name or not (folder / name).is_file():
            return f"{folder / name} is missing"
        if content_hash(folder / name) != expected:
            return f"{folder / name} is damaged: it is not what was written"
    return ""


def drop_all_but_kept(settings: Settings) -> None:
    """Remove every edition that nobody keeps, and the folder of editions where none is left."""
    _drop_all_but(settings, set())
    if settings.editions.is_dir() and not any(settings.editions.iterdir()):
        settings.editions.rmdir()


def point_to_newest(settings: Settings) -> None:
    """Let `published` be the newest sound edition, where there is one; else nothing."""
    sound = [edition for edition in stored_editions(settings) if not edition.damage]
    if sound:
        _point_to(settings, sound[0].folder)
    else:
        settings.published.unlink(missing_ok=True)


def _stored(
    settings: Settings, edition_id: str, also: Sequence[Addition]
) -> tuple[Path | None, list[str]]:
    """The sound folder of an edition with all additions, and what is damaged of others that bear
    its id."""
    damaged: list[str] = []
    for folder in sorted(settings.editions.glob(f"{edition_id}*/")):
        if _id_of(folder) != edition_id:
            continue
        damage = damage_of(folder)
        if damage:
            damaged.append(damage)
        elif all(addition.is_there(folder) for addition in also):
            return folder, damaged
    return None, damaged


def _new_folder(settings: Settings, edition_id: str) -> Path:
    """editions/<edition id>, or where a damaged one stands in the way the next number: a folder
    can't take the place of another in one step."""
    names = itertools.chain([edition_id], (f"{edition_id}-{n}" for n in itertools.count(2)))
    return next(path for name in names if not (path := settings.editions / name).exists())


def _id_of(folder: Path) -> str:
    return folder.name.partition("-")[0]


def _facts(folder: Path) -> dict[str, object]:
    path = folder / "edition.parquet"
    names = ("created_at", "survey_years", "facts_rounds", "is_synthetic")
    if not set(names) <= set(parquet_types(path) or {}):
        return {}
    row = read_parquet([path]).iloc[0]
    return {name: row[name] for name in names}


def _size(folder: Path) -> int | None:
    """Bytes of the files of an edition; the next one takes about as much."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) or None


def _write_aside(
    connection: duckdb.DuckDBPyConnection,
    tables: list[Table],
    also: Sequence[Addition],
    edition_id: str,
    is_synthetic: bool,
    folder: Path,
) -> None:
    with unfinished_folder(folder) as aside:
        _write(connection, tables, aside, edition_id)
        for addition in also:
            addition.write(aside)
        _write_readme(aside, edition_id, tables, is_synthetic)
        sums = [
            f"{content_hash(path)}  {path.relative_to(aside).as_posix()}"
            for path in sorted(aside.rglob("*"))
            if path.is_file()
        ]
        (aside / SUMS).write_text("\n".join(sums) + "\n")
        put_in_place(aside, folder)


@contextmanager
def published_tables(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the published tables by name, over their Parquet files.

    `locus.duckdb` itself may be open in another program, to write even: nobody else could open it.
    """
    folder = settings.published.resolve(strict=True)
    with connect(settings) as connection:
        for path in folder.glob("*.parquet"):
            name = identifier(path.stem)
            connection.execute(f"create view {name} as from read_parquet({literal(path)})")
        yield connection


def largest_clusters(settings: Settings, count: int) -> list[tuple]:
    """(survey year, cluster, estimated factories and employees) of the newest survey year."""
    with published_tables(settings) as connection:
        return connection.execute(
            """
            select survey_year, cluster_name, units_estimated, total_employees_estimated
            from cluster_year
            where survey_year = (select max(survey_year) from cluster_year)
                and cluster_type <> 'unmapped'
            order by coalesce(total_employees_estimated, units_estimated) desc
            limit ?
            """,
            [count],
        ).fetchall()


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
        Table(name, f"warehouse.marts.{identifier(name)}", columns[name], comments[name])
        for name in columns
    ]


def _file(
    connection: duckdb.DuckDBPyConnection, path: Path, comments: dict[str | None, str]
) -> Table:
    """A Parquet file as a table named as the file."""
    relation = f"read_parquet({literal(path)})"
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return Table(path.stem, relation, [row[:2] for row in described], comments)


def _write(
    connection: duckdb.DuckDBPyConnection, tables: list[Table], folder: Path, edition_id: str
) -> None:
    connection.execute(
        f"attach {literal(folder / 'locus.duckdb')} as edition "
        f"(storage_version {literal(STORAGE_VERSION)})"
    )
    for table in tables:
        name = f"edition.{identifier(table.name)}"
        # In the warehouse it names what the marts are made of, here the index is in it too.
        named = f"replace ({literal(edition_id)} as edition_id)" if table.name == "edition" else ""
        connection.execute(
            f"create table {name} as select * {named} from {table.relation} "
            f"order by {', '.join(map(identifier, _order(table)))}"
        )
        for column, text in table.comments.items():
            what = f"table {name}" if column is None else f"column {name}.{identifier(column)}"
            connection.execute(f"comment on {what} is {literal(text)}")
        connection.execute(
            f"copy {name} to {literal(folder / f'{table.name}.parquet')} "
            f"(format parquet, compression zstd, row_group_size {GROUP_ROWS})"
        )
        cells = ", ".join(csv_cell(column, data_type) for column, data_type in table.columns)
        connection.execute(
            f"copy (select {cells} from {name}) "
            f"to {literal(folder / f'{table.name}.csv')} (format csv, header)"
        )
    connection.execute("detach edition")


def _order(table: Table) -> list[str]:
    """All columns, so that the same edition is the same bytes; those that are asked by first."""
    names = [name for name, _ in table.columns]
    first = [name for name in ASKED_BY if name in names]
    return first + [name for name in names if name not in first]


def _contents(connection: duckdb.DuckDBPyConnection, tables: list[Table]) -> list[object]:
    """The contents of all tables, doubles to a few digits."""
    return [
        (table.name, exact, [f"{total:.5g}" for total in totals])
        for table in tables
        for exact, totals in [_content(connection, table, table.relation)]
    ]


def _same(connection: duckdb.DuckDBPyConnection, tables: list[Table], folder: Path) -> bool:
    """Whether an edition holds the tables, but for the last digits of doubles."""
    # its Parquet files: locus.duckdb may be open in another program
    for table in tables:
        stored = f"read_parquet({literal(folder / f'{table.name}.parquet')})"
        exact, totals = _content(connection, table, table.relation)
        before, others = _content(connection, table, stored)
        pairs = zip(totals, others, strict=True)
        if exact != before or not all(math.isclose(*pair, rel_tol=SAME) for pair in pairs):
            return False
    return True


def _content(
    connection: duckdb.DuckDBPyConnection, table: Table, relation: str
) -> tuple[list[str], list[float]]:
    """Rows and a hash over what is exact, whatever the order of rows; then for each column of
    doubles the sum of its amounts, which tells other figures from other last digits."""
    told = [column for column in table.columns if column[0] not in PROVENANCE.get(table.name, ())]
    exact = ", ".join(identifier(name) for name, data_type in told if data_type != "DOUBLE")
    doubles = [identifier(name) for name, data_type in told if data_type == "DOUBLE"]
    # a sum, for two rows that are the same undo one another in an exclusive or
    expressions = ["count(*)", f"sum(cast(hash({exact}) as hugeint))" if exact else "0"]
    for name in doubles:
        finite = f"filter (where isfinite({name}))"
        expressions += [f"count({name})", f"count({name}) {finite}"]
    # of the amounts, and of twice the positive ones: no sum of them cancels out to noise
    sums = [
        f"coalesce(sum({expression}) filter (where isfinite({name})), 0)"
        for name in doubles
        for expression in (f"abs({name})", f"abs({name} + abs({name}))")
    ]
    [values] = connection.execute(
        f"select {', '.join([*expressions, *sums])} from {relation}"
    ).fetchall()
    return [str(value) for value in values[: len(expressions)]], [
        float(x) for x in values[len(expressions) :]
    ]


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def csv_cell(column: str, data_type: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    name = identifier(column)
    if data_type != "VARCHAR":
        return name
    return (
        f"case when regexp_matches({name}, {literal(FORMULA_START)}) "
        f"then {literal(APOSTROPHE)} || {name} else {name} end as {name}"
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
    with replacing(settings.published) as link:
        link.symlink_to(folder.relative_to(settings.home), target_is_directory=True)
    os.utime(folder)


def _drop_old(settings: Settings, current: Path, before: Path) -> None:
    """Leaves the current edition, the one before it and those that are kept; what a reader holds
    open stays readable to it. What a killed run left half-written is no edition."""
    others = [
        path
        for path in settings.editions.iterdir()
        if path not in (current, before) and not path.name.startswith(".") and path.is_dir()
    ]
    if before == current and others:
        before = max(others, key=lambda path: path.stat().st_mtime)
    _drop_all_but(settings, {current, before})


def _drop_all_but(settings: Settings, stay: set[Path]) -> None:
    for path in settings.editions.iterdir() if settings.editions.is_dir() else []:
        if path in stay or path.name.endswith(KEPT) or _is_kept(settings, path):
            continue
        shutil.rmtree(path, ignore_errors=True)


def _is_kept(settings: Settings, folder: Path) -> bool:
    return (settings.editions / f"{_id_of(folder)}{KEPT}").exists()
