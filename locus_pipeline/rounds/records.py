"""The records of a form's file, text or workbook, without asking what they mean.

Every record with anything in it is told, at its own place: what is wrong with its form (a
quotation mark that stays open, a formula that was never calculated) goes with it as a flaw. How
many records the file has is counted a second time in another way, from its lines or its XML, so
that a reader that loses one is noticed. Files are weighed before they are read.
"""

import csv
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from locus_pipeline.errors import LocusError
from locus_pipeline.text import INVISIBLE, SPACES, stripped

MOST_BYTES = 100_000_000  # of a file, unpacked
MOST_RECORDS = 50_000
MOST_CELLS = 1_000_000
MOST_STRINGS = 200_000
MOST_BYTES_OF_STYLES = 5_000_000  # and of whatever else is not a sheet and not its texts
MOST_MERGED = 5_000
# What openpyxl, and zip and XML below it, raise on files that are damaged or something else.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, ParseError, InvalidFileException, OSError, EOFError, KeyError,
    IndexError, ValueError, TypeError, AttributeError, NotImplementedError, OverflowError,
    RuntimeError, SyntaxError,
)  # fmt: skip
NO_WORKBOOK = "this is no workbook that can be opened; save it as .xlsx again"
WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods", ".numbers")
ZIP, OLE = b"PK", b"\xd0\xcf\x11\xe0"
CHUNK = 1 << 20
# Tags that count, and what shows that a record holds something.
TAGS = re.compile(
    rb"<(?:\w+:)?(?:(?P<row>row)[\s>/]|(?P<cell>c)[\s>/]|(?P<string>si|r|rPh)[\s>/]"
    rb"|(?P<content>v(?:\s[^<>]*)?>[^<]|f[\s>/]|is[\s>/])"
    rb"|mergeCell\s[^<>]*?ref=\"(?P<merged>[A-Z0-9:$]+)\")"
)
LONGEST_TAG = 4096

UNCLOSED = (
    "a quotation mark is opened and not closed; correct the row, or write it without the mark"
)
NOT_CALCULATED = (
    "the formula was never calculated; open the workbook in a spreadsheet, save it and put it back"
)
IN_ERROR = "the spreadsheet shows an error in this cell; write the answer or a code"
AS_DATE = "the spreadsheet made a date of this cell; write it as text or number"
AS_PERCENT = "the cell is shown as per cent; write the number itself, without the per cent format"
DELIMITERS = ",;\t|"
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
LINE_END = re.compile(r"\r*\n|\r")
LONGEST_LINE = 1_000_000
MOST_LINES_OF_A_CELL = 20
# What spreadsheets write where they can't show a value, in any language: #N/A, #DIV/0!, #NAME?,
# #¡VALOR!, #####.
ERROR_VALUE = re.compile(
    r"#(N/?[AV]|[¡A-ZÀ-Ý_/0-9]+[!?]|GETTING_DATA|#+)|Err:[0-9]+", re.IGNORECASE
)


class FileError(LocusError):
    """A file, or a sheet of it, that can't be read; the message says how to save it."""


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a cell's form; without a `place` (from 0), with its whole record."""

    reason: str
    place: int | None = None


@dataclass(frozen=True)
class Record:
    """A row as it stands: its number in the file, its cells as text, None where empty."""

    number: int
    cells: list[str | None]
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True)
class Grid:
    """The records of a sheet, or of a text file (whose name is empty), that hold anything.

    `counted`: how many the file has by the other way of counting; in a text file a record may take
    several lines, `further_lines` are those. `is_padded`: cells keep their column, and records end
    where their last cell does. `merged`: first row, last row, first column, last column (from 0),
    rows as `Record.number`. `comma_is_unclear`: in numbers it may stand for thousands or decimals.
    """

    name: str
    records: list[Record]
    counted: int
    further_lines: int = 0
    is_padded: bool = False
    comma_is_unclear: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    problem: str | None = None


def read_grids(path: Path, names: frozenset[str]) -> list[Grid]:
    """The sheets of a workbook, or a text file as one. Raises FileError.

    `names` are what headers hold: by them the sign between cells is known.
    """
    content = content_of(path)
    if content.startswith(ZIP):
        return _workbook(content)
    if content.startswith(OLE):
        raise FileError(
            "this is a workbook with a password, or one of an old Excel (.xls); save it as .xlsx "
            "without a password"
        )
    if path.suffix.lower() in WORKBOOKS:
        raise FileError(NO_WORKBOOK)
    return [_text_grid(decoded(content), names)]


def decoded(content: bytes) -> str:
    """Text as UTF-8, or as UTF-16 where its first bytes say so. Raises FileError."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise FileError("this can't be read as text; save it as CSV UTF-8") from None
    if "\0" in text:
        raise FileError("this can't be read as text; save it as CSV UTF-8")
    return text


def content_of(path: Path) -> bytes:
    """The content of a regular file. Raises FileError where it is none, too large or unreadable."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise FileError("this is a link, and links are not followed; put the file itself here")
        if stat.S_ISDIR(status.st_mode):
            raise FileError("this is a folder with a file's name; rename it, or put the file here")
        if not stat.S_ISREG(status.st_mode):
            raise FileError("this is no regular file; put the file itself here")
        if status.st_size > MOST_BYTES:
            raise FileError("the file is too large; split it")
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"this can't be opened ({error.strerror}); make it readable") from None


# Text


def _text_grid(text: str, names: frozenset[str]) -> Grid:
    lines = LINE_END.split(text)
    said = SEPARATOR_LINE.fullmatch(lines[0].strip())
    if said:
        lines[0] = ""
        delimiter = said[1]
    else:
        delimiter = _delimiter(lines, names)
    blank = f'{delimiter}"{SPACES}{INVISIBLE}'
    filled = [bool(line.strip(blank)) for line in lines]
    counted = sum(filled)
    if counted > MOST_RECORDS:
        raise FileError(f"more than {MOST_RECORDS:,} rows; split the file")
    records, further = [], 0
    width = None
    number = place = 0
    while place < len(lines):
        number += 1
        cells, taken = _record(lines, place, delimiter, width)
        if cells is None and filled[place]:
            records.append(Record(number, [], (Flaw(UNCLOSED),)))
        elif cells and any(cells):
            flaws = tuple(Flaw(IN_ERROR, at) for at, cell in enumerate(cells) if is_error(cell))
            records.append(Record(number, cells, flaws))
            width = width or (len(cells) if names.intersection(names_in(cells)) else None)
            further += sum(filled[place + 1 : place + taken])
        place += taken
    return Grid("", records, counted, further_lines=further, comma_is_unclear=delimiter in ";\t|")


def _delimiter(lines: list[str], names: frozenset[str]) -> str:
    """The sign that makes most names of a header, in one of the first lines."""

    def known_names(delimiter: str) -> int:
        return max(len(names.intersection(names_in(line.split(delimiter)))) for line in lines[:40])

    return max(DELIMITERS, key=known_names)


def _record(
    lines: list[str], place: int, delimiter: str, width: int | None
) -> tuple[list[str | None] | None, int]:
    """The cells of the record that begins in this line, None where it can't be told, and how many
    lines it takes.

    A cell may have several lines where the whole record then has the header's width and the cell
    does not look like rows that a forgotten quotation mark swallowed: as many separators as half a
    row has.
    """
    if len(lines[place]) > LONGEST_LINE:
        return None, 1
    cells = _split(lines[place], delimiter)
    if cells is not None or width is None:
        return cells, 1
    joined = lines[place]
    swallowed = 0
    for taken, line in enumerate(lines[place + 1 : place + MOST_LINES_OF_A_CELL], start=2):
        before_the_mark = line.split('"')[0]
        swallowed += before_the_mark.count(delimiter)
        if swallowed > width // 2 or len(line) > LONGEST_LINE:
            break
        joined = f"{joined}\n{line}"
        cells = _split(joined, delimiter) if '"' in line else None
        if cells is not None:
            return (cells, taken) if len(cells) == width else (None, 1)
    return None, 1


def _split(line: str, delimiter: str) -> list[str | None] | None:
    """The cells of a whole record; None where a quotation mark is out of place."""
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return [text_of(cell) for cell in rows[0]] if rows else []


# Workbooks


@dataclass
class _Weight:
    """What a worksheet holds by its tags: records with content, and merged ranges."""

    records: int = 0
    merged: list[str] = field(default_factory=list)


def _workbook(content: bytes) -> list[Grid]:
    weights = _weigh(content)
    try:
        # not by its path: openpyxl judges by the suffix, and people rename files
        values = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(BytesIO(content), read_only=True)
    except UNREADABLE:
        raise FileError(NO_WORKBOOK) from None
    try:
        # written by a program that left the calculating to the spreadsheet
        is_uncalculated = bool(values.calculation and values.calculation.fullCalcOnLoad)
        return [
            _sheet_grid(sheet, formulas[sheet.title], weights, is_uncalculated)
            for sheet in values.worksheets
        ]
    except KeyError:
        raise FileError(NO_WORKBOOK) from None
    finally:
        values.close()
        formulas.close()


def _weigh(content: bytes) -> dict[str, _Weight]:
    """Counts what the members of a workbook hold, in one pass and without keeping them.

    Raises FileError where they are damaged or hold more than is read.
    """
    weights: dict[str, _Weight] = {}
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if any(member.flag_bits & 1 for member in members):
                raise FileError("the workbook has a password; save it without one")
            if not any(member.filename.startswith("xl/") for member in members):
                raise FileError(
                    "this is no .xlsx workbook; save it as Excel workbook (.xlsx) or CSV UTF-8"
                )
            left = MOST_BYTES
            sizes = [member.file_size for member in members]
            of_styles = [
                member.file_size
                for member in members
                if member.filename.endswith((".xml", ".rels"))
                and not member.filename.startswith(("xl/worksheets/", "xl/sharedStrings"))
            ]
            if sum(sizes) > left or max(of_styles, default=0) > MOST_BYTES_OF_STYLES:
                raise FileError("the workbook is too large; split it")
            for member in members:
                weight = weights.setdefault(member.filename, _Weight())
                with archive.open(member) as file:
                    left = _weigh_member(file, weight, left)
    except FileError:
        raise
    except UNREADABLE:
        raise FileError(NO_WORKBOOK) from None
    return weights


def _weigh_member(file: IO[bytes], weight: _Weight, left: int) -> int:
    """Reads a member to its end, which checks its sum; returns how many bytes may still come."""
    rows = cells = strings = 0
    is_new = False
    tail = b""
    while chunk := file.read(CHUNK):
        left -= len(chunk)
        if left < 0:
            raise FileError("the workbook is too large; split it")
        block = tail + chunk
        if b"<!DOCTYPE" in block:
            raise FileError("the workbook is not what a spreadsheet writes; save it as .xlsx again")
        # a tag that the chunk cuts is read with the next one
        cut = max(block.rfind(b"<"), len(block) - LONGEST_TAG) if len(chunk) == CHUNK else None
        tail = b"" if cut is None else block[cut:]
        for tag in TAGS.finditer(block[:cut]):
            kind = tag.lastgroup
            if kind == "row":
                rows, is_new = rows + 1, True
            elif kind == "cell":
                cells += 1
            elif kind == "string":
                strings += 1
            elif kind == "merged":
                weight.merged.append(tag["merged"].decode().replace("$", ""))
            elif is_new:
                weight.records, is_new = weight.records + 1, False
        if weight.records > MOST_RECORDS or rows > 2**20 or cells > MOST_CELLS:
            raise FileError(f"more than {MOST_RECORDS:,} rows or {MOST_CELLS:,} cells; split it")
        if strings > MOST_STRINGS or len(weight.merged) > MOST_MERGED:
            raise FileError("the workbook holds too many texts or merged cells; split it")
    return left


def _sheet_grid(
    values: Worksheet, formulas: Worksheet, weights: dict[str, _Weight], is_uncalculated: bool
) -> Grid:
    name = values.title
    try:
        weight = weights[values._worksheet_path.lstrip("/")]
        records, counted = [], 0
        for number, cells, flaws in _rows(values, formulas, is_uncalculated):
            counted += 1
            if any(cells) or flaws:
                records.append(Record(number, cells, flaws))
        merged = tuple(_merged(weight.merged))
    except UNREADABLE:
        problem = "the sheet is damaged; save the workbook as .xlsx again"
        return Grid(name, [], 0, problem=problem)
    empty = counted - len(records)
    return Grid(name, records, weight.records - empty, is_padded=True, merged=merged)


def _rows(
    values: Worksheet, formulas: Worksheet, is_uncalculated: bool
) -> Iterator[tuple[int, list[str | None], tuple[Flaw, ...]]]:
    """Number, cells and flaws of the rows in which any cell has a value or a formula."""
    # the file's word on how far it reaches may be wrong
    values.reset_dimensions()
    formulas.reset_dimensions()
    pairs = zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    for number, (shown, written) in enumerate(pairs, start=1):
        if all(cell.value is None for cell in written):
            continue
        flaws = []
        cells: list[str | None] = []
        for place, (cell, source) in enumerate(zip(shown, written, strict=True)):
            reason = _flaw(cell, source, is_uncalculated)
            if reason:
                flaws.append(Flaw(reason, place))
            # a share shown as per cent, and a day where a day is asked for, are answers
            is_answer = reason in (None, AS_DATE, AS_PERCENT)
            cells.append(text_of(cell.value) if is_answer else None)
        yield number, cells, tuple(flaws)


def _flaw(cell: Cell, source: Cell, is_uncalculated: bool) -> str | None:
    """Why a cell does not say what its sheet shows."""
    if source.value is None:
        return None
    if source.data_type == "f" and (cell.value is None or is_uncalculated):
        return NOT_CALCULATED
    if cell.data_type == "e" or is_error(cell.value):
        return IN_ERROR
    if isinstance(cell.value, datetime | date | time | timedelta):
        return AS_DATE
    if isinstance(cell.value, int | float) and "%" in (cell.number_format or ""):
        return AS_PERCENT
    return None


def _merged(refs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    for ref in refs:
        first_column, first_row, last_column, last_row = range_boundaries(ref)
        yield first_row, last_row, first_column - 1, last_column - 1


def names_in(cells: Sequence[str | None]) -> list[str]:
    """Headings as the names of questions: small letters, underscores for spaces and dashes."""
    return [re.sub(r"[\s_-]+", "_", stripped((cell or "").strip("\"' ")).lower()) for cell in cells]


def is_error(value: object) -> bool:
    """Whether a cell shows a spreadsheet's error."""
    return isinstance(value, str) and ERROR_VALUE.fullmatch(stripped(value)) is not None


def text_of(value: object) -> str | None:
    """A cell as the text that a CSV file has for it; None where it is empty."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return stripped(str(value)) or None
