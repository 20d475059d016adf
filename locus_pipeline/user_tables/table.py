"""What a table of the user is: place, columns, key, and what its rows must have in common.

A column's description is what a message tells the user to give.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from locus_pipeline.reference import reference_rows
from locus_pipeline.settings import Settings

TYPES = {str: "VARCHAR", float: "DOUBLE", int: "BIGINT", bool: "BOOLEAN"}


class Row(BaseModel):
    """A row of a table: its columns, and nothing beside them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# line in the file -> row; line, column and what is wrong there
Rows = Sequence[tuple[int, Any]]
Fault = tuple[int, str, str]


@dataclass(frozen=True)
class UserTable:
    """A CSV file of the user: `name` in the warehouse, place below the home, rows and their key.

    `together` yields what is wrong between rows.
    """

    name: str
    folder: str
    file: str
    row: type[Row]
    key: tuple[str, ...]
    description: str
    together: Callable[[Rows], Iterator[Fault]] = lambda rows: iter(())

    def path(self, settings: Settings) -> Path:
        """Where the user puts it."""
        return settings.home / self.folder / self.file

    @property
    def columns(self) -> list[str]:
        """In the order of the header that a message gives."""
        return list(self.row.model_fields)

    @property
    def types(self) -> dict[str, str]:
        """Column -> DuckDB type."""
        return {
            name: next(
                kind for python, kind in TYPES.items() if python in _types_of(field.annotation)
            )
            for name, field in self.row.model_fields.items()
        }

    def what_to_give(self, column: str) -> str:
        """The remedy for a cell of this column."""
        return self.row.model_fields[column].description or ""


def _types_of(annotation: object) -> set[type]:
    options = getattr(annotation, "__args__", (annotation,))
    return {option if isinstance(option, type) else type(option) for option in options}


def reference_column(name: str, column: str) -> tuple[str, ...]:
    """A column of a reference table."""
    return tuple(row[column] for row in reference_rows(name))


def one_of(allowed: Sequence[str], cell: str) -> str:
    """A cell that is among the allowed words; ValueError else."""
    if cell not in allowed:
        raise ValueError
    return cell


def all_of(allowed: Sequence[str], cells: str) -> str:
    """A list of allowed words; ValueError where one is not."""
    if cells:
        for cell in cells.split(";"):
            one_of(allowed, cell)
    return cells


def agree(rows: Rows, shared: str, column: str) -> Iterator[Fault]:
    """Rows with one value of `shared` have one value of `column`."""
    first: dict[object, tuple[int, object]] = {}
    for line, row in rows:
        value = getattr(row, column)
        earlier, there = first.setdefault(getattr(row, shared), (line, value))
        if value != there:
            yield (
                line, column,
                f"differs from line {earlier}, which has the same {shared}; give both the same",
            )  # fmt: skip
