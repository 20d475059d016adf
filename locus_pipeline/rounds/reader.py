"""Reads filled schedules as text: what each cell means is for the validation.

One row names the items; above it may stand a title, below it rows that begin with # and explain.
What schedule a sheet is its names say, and where they don't, that of the sheet or of the file. A
row that can't be told cell by cell is kept with the reason, so that it is rejected and not lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from locus_pipeline.rounds.identity import is_unit_id, normalised
from locus_pipeline.rounds.items import ALL_SHEETS, Item, absent, load_items
from locus_pipeline.rounds.records import (
    AS_DATE,
    AS_PERCENT,
    FileError,
    Grid,
    Record,
    is_error,
    names_in,
    read_grids,
)
from locus_pipeline.text import shortened

# Sheets of the template that hold no answers.
OTHER_SHEETS = ("read me", "codes", "lists")
COMMENT = "#"
FLAW_COLUMNS = ["row_number", "column_name", "reason"]
NO_NAMES = (
    "no row has the names of the questions; start from the template and leave its first row as it "
    "is"
)
NO_SCHEDULE = (
    "neither the names of its columns nor its own name say which schedule this is; start from the "
    "template, the name must begin with unit, cluster or association, or with another sheet's name"
)
MERGED = "the cell is merged with another; unmerge the cells and fill in each"
ABOVE_THE_NAMES = "the row stands above the names of the questions; move it below them"
BEYOND = "there is an answer in a column without a name; put the answers below their names"


@dataclass(frozen=True)
class Sheet:
    """One filled schedule.

    `cells` has a column for each name of the header and the file's row numbers as its index; cells
    are text, None where empty. `flaws` (row_number, column_name, reason) say which of these rows
    can't be used and why. `problem` says why the sheet as a whole can't be used; `schedule` is
    empty where it is not known. `comma_is_unclear`: see records.Grid.
    """

    schedule: str
    file: str
    name: str
    cells: pd.DataFrame
    flaws: pd.DataFrame
    problem: str | None = None
    comma_is_unclear: bool = False


def read_sheets(path: Path, file: str) -> list[Sheet]:
    """The schedules of a file that reports know as `file`; what can't be read says why."""
    try:
        grids = read_grids(path, _all_names())
    except FileError as error:
        return [_unusable("", file, "", str(error))]
    sheets = [
        _sheet(grid, file, grid.name or path.stem)
        for grid in grids
        if not (grid.name.strip().lower() in OTHER_SHEETS and not _schedule_in(grid))
    ]
    if not sheets:
        problem = "no sheet is named unit, cluster or association; use the template"
        return [_unusable("", file, "", problem)]
    return sheets


def schedule_named(name: str) -> str:
    """The schedule that a sheet or file is named after, also in the plural; empty if none."""
    first = re.split(r"[^a-z]", name.strip().lower())[0]
    return next((s for s in ALL_SHEETS if first in (s, f"{s}s", f"{s[:-1]}ies")), "")


@cache
def _all_names() -> frozenset[str]:
    return frozenset(item.name for sheet in ALL_SHEETS for item in load_items(sheet))


def _schedule_in(grid: Grid) -> str:
    """The one schedule whose required columns a sheet has; empty if there is none such."""
    at = _header_at(grid.records)
    names = set(names_in(grid.records[at].cells)) if at is not None else set()
    having = [schedule for schedule in ALL_SHEETS if not absent(schedule, names)]
    return having[0] if len(having) == 1 else ""


def _header_at(records: list[Record]) -> int | None:
    """The place of the first record with names of questions: two of them, or the first of all."""
    for place, record in enumerate(records):
        names = names_in(record.cells)
        if "cluster_id" in names or len(_all_names().intersection(names)) > 1:
            return place
    return None


def _sheet(grid: Grid, file: str, called: str) -> Sheet:
    if grid.problem:
        return _unusable("", file, grid.name, grid.problem)
    records = grid.records
    if len(records) + grid.further_lines != grid.counted:
        problem = (
            f"{grid.counted:,} rows are in it but {len(records):,} can be read; save it again, as "
            ".xlsx or CSV UTF-8"
        )
        return _unusable("", file, grid.name, problem)
    if not records:
        problem = "the sheet is empty; start from the template"
        return _unusable(schedule_named(called), file, grid.name, problem)
    at = _header_at(records)
    if at is None:
        rows = [record for record in records if not _explains(record)]
        problem = NO_NAMES if schedule_named(called) else NO_SCHEDULE
        return _without_names(rows, file, grid.name, problem)
    by_names, by_title = _schedule_in(grid), schedule_named(called)
    schedule = by_names or by_title
    above = [record for record in records[:at] if not _explains(record)]
    below = [record for record in records[at + 1 :] if not _is_comment(record)]
    if not schedule:
        return _without_names([*above, *below], file, grid.name, NO_SCHEDULE)
    header = records[at].cells
    names = [name if name in _all_names() else shortened(cell or "").lower()
             for name, cell in zip(names_in(header), header, strict=True)]  # fmt: skip
    problem = ""
    named = [name for name in names if name]
    if len(set(named)) < len(named):
        problem = "the row of names has a name more than once; start from the template"
    elif by_names and by_title and by_names != by_title:
        problem = f"its name says {by_title}, its columns are those of {by_names}; correct the name"
    width = len(names)
    numbers = [record.number for record in (*above, *below)]
    if problem:
        cells = pd.DataFrame(index=numbers)
        return Sheet(schedule, file, grid.name, cells, _no_flaws(), problem)
    cells = pd.DataFrame(
        [[*record.cells[:width], *[None] * (width - len(record.cells))]
         for record in (*above, *below)],
        index=numbers, columns=range(width), dtype=object,
    )  # fmt: skip
    flaws = pd.DataFrame(
        [
            *((record.number, "", ABOVE_THE_NAMES) for record in above),
            *(flaw for record in below for flaw in _flaws_of(record, names, schedule, grid)),
            *_merged_flaws(grid, cells, names),
        ],
        columns=FLAW_COLUMNS,
    )
    cells = cells.loc[:, [bool(name) for name in names]]
    return Sheet(
        schedule,
        file,
        grid.name,
        cells.set_axis(named, axis="columns"),
        flaws,
        comma_is_unclear=grid.comma_is_unclear,
    )


def _flaws_of(
    record: Record, names: list[str], schedule: str, grid: Grid
) -> Iterator[tuple[int, str, str]]:
    """Why a row can't be told cell by cell."""
    kinds = {item.name: item for item in load_items(schedule)}
    width = len(names)
    if any(flaw.place is None for flaw in record.flaws):
        yield from ((record.number, "", flaw.reason) for flaw in record.flaws)
        return
    if not grid.is_padded and len(record.cells) != width:
        reason = (
            f"the row has {len(record.cells):,} cells and the row of names {width:,}, so that "
            "answers stand below other names; correct the row"
        )
        yield record.number, "", reason
        return
    unnamed = (cell for place, cell in enumerate(record.cells) if not _name_at(names, place))
    if any(unnamed):
        yield record.number, "", BEYOND
    for flaw in record.flaws:
        name = _name_at(names, flaw.place)
        if not _is_answer_of(kinds.get(name), flaw.reason):
            yield record.number, name, flaw.reason


def _is_answer_of(item: Item | None, flaw: str) -> bool:
    """Whether the question asks for what other cells must not be shown as."""
    return item is not None and {"share": AS_PERCENT, "date": AS_DATE}.get(item.kind) == flaw


def _name_at(names: list[str], place: int | None) -> str:
    return names[place] if place is not None and place < len(names) else ""


def _merged_flaws(
    grid: Grid, cells: pd.DataFrame, names: list[str]
) -> Iterator[tuple[int, str, str]]:
    """Cells that are empty because their sheet shows another's answer over them."""
    for first_row, last_row, first_column, last_column in grid.merged:
        part = cells.loc[
            (cells.index >= first_row) & (cells.index <= last_row),
            first_column : min(last_column, len(names) - 1),
        ]
        for number, (_, row) in zip(part.index.tolist(), part.iterrows(), strict=True):
            for place in row.index[row.isna()]:
                if names[place]:
                    yield number, names[place], MERGED


def _is_comment(record: Record) -> bool:
    """Whether a row explains: its first cell begins with #, and it holds no answer."""
    first = record.cells[0] if record.cells else None
    return (first or "").startswith(COMMENT) and not is_error(first) and _explains(record)


def _explains(record: Record) -> bool:
    """Whether a row is words alone: no number, no code of a missing answer, no identifier."""
    return not record.flaws and not any(_is_answer(cell) for cell in record.cells if cell)


def _is_answer(cell: str) -> bool:
    return (
        re.fullmatch(r"[^\w#]?[0-9][0-9.,]*%?", cell) is not None
        or is_unit_id(normalised(cell))
        or is_error(cell)
    )


def _without_names(rows: list[Record], file: str, name: str, problem: str) -> Sheet:
    """Rows of which nothing can be told: counted, and rejected with the sheet."""
    cells = pd.DataFrame(index=[record.number for record in rows])
    return Sheet("", file, name, cells, _no_flaws(), problem)


def _no_flaws() -> pd.DataFrame:
    return pd.DataFrame(columns=FLAW_COLUMNS)


def _unusable(schedule: str, file: str, name: str, problem: str) -> Sheet:
    return Sheet(schedule, file, name, pd.DataFrame(), _no_flaws(), problem)
