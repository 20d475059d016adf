"""Reads filled schedules, XLSX and CSV, as text: what each cell means is for the validation.

The first row names the items; rows whose first cell begins with # explain them and are passed over,
as are empty ones. A workbook's sheets are known by their names (unit, cluster, association), a CSV
file by the beginning of its name (unit.csv, unit-kolhapur.csv).
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import ParseError

import openpyxl
import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from locus_pipeline.errors import LocusError
from locus_pipeline.facts.items import SCHEDULES

# Sheets of the template that hold no answers.
OTHER_SHEETS = ("read me", "codes", "lists")
MOST_ROWS = 50_000
MOST_BYTES = 500_000_000
COMMENT = "#"
# What openpyxl, and zip and XML below it, raise on files that are damaged or something else.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, ParseError, InvalidFileException, OSError, EOFError,
    KeyError, IndexError, ValueError, TypeError, AttributeError,
)  # fmt: skip


class SheetError(LocusError):
    """A file or a sheet that can't be read as a schedule."""


@dataclass(frozen=True)
class Sheet:
    """One filled schedule.

    `cells` has a column for each name of the header and the file's row numbers as its index; cells
    are text, None where empty. `problem` says why the sheet as a whole can't be used; `schedule` is
    empty where it is not known.
    """

    schedule: str
    file: str
    name: str
    cells: pd.DataFrame
    problem: str | None = None


def read_sheets(path: Path, file: str) -> list[Sheet]:
    """The schedules of a file that reports know as `file`; what can't be read says why."""
    try:
        if path.suffix.lower() == ".csv":
            return [_sheet(_schedule_of(path.stem), file, "", _csv_rows(path))]
        return _workbook(path, file)
    except SheetError as error:
        return [_unusable("", file, "", str(error))]


def _workbook(path: Path, file: str) -> list[Sheet]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked <= MOST_BYTES:
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except UNREADABLE:
        raise SheetError("this is no workbook that can be opened; save it as .xlsx again") from None
    if unpacked > MOST_BYTES:
        raise SheetError("the workbook is too large; split it")
    sheets = []
    try:
        for worksheet in workbook.worksheets:
            name = worksheet.title
            if name.strip().lower() in OTHER_SHEETS:
                continue
            try:
                rows = [
                    (number, [_text(cell) for cell in row])
                    for number, row in enumerate(worksheet.iter_rows(values_only=True), start=1)
                    if any(cell is not None for cell in row)
                ]
            except UNREADABLE:
                problem = "the sheet is damaged; save the workbook as .xlsx again"
                sheets.append(_unusable("", file, name, problem))
                continue
            try:
                sheets.append(_sheet(_schedule_of(name), file, name, rows))
            except SheetError as error:
                sheets.append(_unusable("", file, name, str(error)))
    finally:
        workbook.close()
    if not sheets:
        raise SheetError("no sheet is named unit, cluster or association; use the template")
    return sheets


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str | None]]]:
    if path.stat().st_size > MOST_BYTES:
        raise SheetError("the file is too large; split it")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=header.count)
            for number, row in enumerate(csv.reader(file, delimiter=delimiter), start=1):
                yield number, [_text(cell) for cell in row]
    except (UnicodeDecodeError, csv.Error):
        raise SheetError("this can't be read as text; save it as CSV UTF-8") from None


def _schedule_of(name: str) -> str:
    """The schedule that a sheet or file is named after."""
    first = re.split(r"[^a-z]", name.strip().lower())[0]
    if first not in SCHEDULES:
        raise SheetError(
            "the name doesn't say which schedule this is; it must begin with unit, cluster or "
            "association"
        )
    return first


def _sheet(
    schedule: str, file: str, name: str, rows: Iterable[tuple[int, list[str | None]]]
) -> Sheet:
    header: list[str] = []
    numbers, found = [], []
    for number, row in rows:
        if not any(row):
            continue
        if not header:
            header = [(cell or "").strip().lower() for cell in row]
            continue
        if (row[0] or "").startswith(COMMENT):
            continue
        if len(found) == MOST_ROWS:
            return _unusable(schedule, file, name, f"more than {MOST_ROWS:,} rows; split the file")
        numbers.append(number)
        found.append([*row[: len(header)], *[None] * (len(header) - len(row))])
    named = [heading for heading in header if heading]
    if not named:
        return _unusable(schedule, file, name, "the sheet is empty; start from the template")
    if len(set(named)) < len(named):
        problem = "the first row has a name more than once; start from the template"
        return Sheet(schedule, file, name, pd.DataFrame(index=numbers), problem)
    columns = [heading or f"column {place}" for place, heading in enumerate(header, start=1)]
    cells = pd.DataFrame(found, index=numbers, columns=columns, dtype=object)
    unnamed = [column for column in set(columns) - set(named) if cells[column].isna().all()]
    return Sheet(schedule, file, name, cells.drop(columns=unnamed))


def _unusable(schedule: str, file: str, name: str, problem: str) -> Sheet:
    return Sheet(schedule, file, name, pd.DataFrame(), problem)


def _text(cell: object) -> str | None:
    """A cell as the text that a CSV file has for it; None where it is empty."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return ILLEGAL_CHARACTERS_RE.sub("", str(cell)).strip() or None
