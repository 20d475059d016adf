"""The published tables, which are all that the site reads."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from locus_pipeline.connection import connect
from locus_pipeline.sql import identifier, literal

Row = dict[str, Any]


class PublishedTables:
    """Questions to the Parquet files of one edition."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        names: frozenset[str],
        described: dict[str, dict[str | None, str]],
    ):
        self._connection = connection
        self.names = names
        # what each table (None) and its columns are
        self.described = described

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a query, by column name."""
        result = self._connection.execute(query, parameters)
        columns = [column[0] for column in result.description or []]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def columns(self, table: str) -> list[tuple[str, str]]:
        """(column, DuckDB type) of a published table."""
        described = self._connection.execute(f"describe {identifier(table)}").fetchall()
        return [(name, data_type) for name, data_type, *_ in described]


@contextmanager
def tables_of(edition: Path) -> Iterator[PublishedTables]:
    """The tables of the edition in a folder."""
    with connect() as connection:
        names = []
        for path in sorted(edition.glob("*.parquet")):
            names.append(path.stem)
            connection.execute(
                f"create view {identifier(path.stem)} as from read_parquet({literal(path)})"
            )
        yield PublishedTables(connection, frozenset(names), _descriptions(connection, edition))


def _descriptions(
    connection: duckdb.DuckDBPyConnection, edition: Path
) -> dict[str, dict[str | None, str]]:
    """The comments of the edition's own file; Parquet holds none."""
    connection.execute(f"attach {literal(edition / 'locus.duckdb')} as described (read_only)")
    described: dict[str, dict[str | None, str]] = defaultdict(dict)
    for table, column, comment in connection.execute(
        """
        select table_name, null, comment from duckdb_tables() where database_name = 'described'
        union all
        select table_name, column_name, comment from duckdb_columns()
        where database_name = 'described'
        """
    ).fetchall():
        described[table][column] = comment or ""
    connection.execute("detach described")
    return described
