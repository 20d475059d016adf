"""A CSV file as a person saved it: its header and its lines of cells, all text.

UTF-8 and UTF-16, separated by commas, semicolons or tabs, whatever ends a line. A quotation mark
that is not closed would swallow the lines after it, so a cell ends with its line.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from locus_pipeline.errors import LocusError
from locus_pipeline.text import quoted, single_spaced

SEPARATORS = ",;\t"
LARGEST_BYTES = 16 * 2**20
MOST_TOLD = 20
# A spreadsheet's way to say which separator follows.
SEPARATOR_LINE = re.compile(r"sep=([,;\t])")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
SAVE = "save it as CSV UTF-8"


class UserTableError(LocusError):
    """A table of the user that can't be used: a line for each fault, with its place and remedy."""

    def __init__(self, faults: list[str]):
        more = len(faults) - MOST_TOLD
        told = faults[:MOST_TOLD] + ([f"... and {more} faults more"] if more > 0 else [])
        super().__init__("\n".join(told))
        self.faults = faults


@dataclass(frozen=True)
class Line:
    """A line of a file: its number, counted from 1, and its cells by column."""

    number: int
    cells: dict[str, str]


def read_sheet(path: Path, columns: list[str]) -> list[Line]:
    """The lines of a file with exactly these columns, in any order; blank lines are left out.

    Raises UserTableError where the file is no such table.
    """
    lines = _lines(path)
    separator, lines = _separator(lines, columns)
    rows = [(number, _cells(path, number, line, separator)) for number, line in lines]
    rows = [(number, cells) for number, cells in rows if any(single_spaced(c) for c in cells)]
    if not rows:
        raise UserTableError([f"{path}: empty; give it the header {','.join(columns)}"])
    header_line, header = rows[0]
    names = [_column_name(cell) for cell in header]
    while names and not names[-1]:
        names.pop()
    _check_header(path, header_line, header, names, columns)
    too_long = [
        f"{path}, line {number}: more cells than the header has columns; a text with a "
        f"{'comma' if separator == ',' else 'separator'} in it stands in quotation marks"
        for number, cells in rows[1:]
        if any(single_spaced(cell) for cell in cells[len(names) :])
    ]
    too_short = [
        f"{path}, line {number}: {len(cells)} cells, the header has {len(names)} columns; give "
        "every column a cell, be it empty"
        for number, cells in rows[1:]
        if len(cells) < len(names)
    ]
    if too_long or too_short:
        raise UserTableError(too_long + too_short)
    return [
        Line(number, dict(zip(names, cells[: len(names)], strict=True)))
        for number, cells in rows[1:]
    ]


def _lines(path: Path) -> list[tuple[int, str]]:
    """Number and text of each line."""
    if not path.is_file():
        raise UserTableError([f"{path}: not a file that can be read; put the CSV table there"])
    if path.stat().st_size > LARGEST_BYTES:
        raise UserTableError(
            [f"{path}: larger than {LARGEST_BYTES // 2**20} MB, which no table of this kind is"]
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserTableError([f"{path}: can't be read ({error.strerror}); allow it"]) from error
    if content.startswith(WORKBOOKS):
        raise UserTableError([f"{path}: a workbook with the name of a CSV file; {SAVE}"])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, name = "utf-16", "UTF-16"
    else:
        encoding, name = "utf-8-sig", "UTF-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", content[: error.start])) + 1
        place = f"{path}, line {line}" if name == "UTF-8" else f"{path}"
        raise UserTableError([f"{place}: not {name} text; {SAVE}"]) from error
    if "\0" in text:
        raise UserTableError([f"{path}: not text that can be read; {SAVE}"])
    return list(enumerate(re.split(r"\r\n|\r|\n", text), start=1))


def _separator(
    lines: list[tuple[int, str]], columns: list[str]
) -> tuple[str, list[tuple[int, str]]]:
    """The separator under which the header knows most of the columns, and the table's lines."""
    filled = [place for place, (_, line) in enumerate(lines) if single_spaced(line)]
    if not filled:
        return ",", []
    first = lines[filled[0]][1]
    stated = SEPARATOR_LINE.fullmatch(first.strip(" \ufeff").lower())
    if stated:
        return stated[1], lines[filled[0] + 1 :]

    def known(separator: str) -> int:
        names = next(csv.reader([first], delimiter=separator), [])
        return len({_column_name(name) for name in names} & set(columns))

    return max(SEPARATORS, key=known), lines


def _cells(path: Path, number: int, line: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise UserTableError([_stray_quotation_mark(path, number)]) from error
    if any('"' in cell for cell in cells) and '""' not in line:
        raise UserTableError([_stray_quotation_mark(path, number)])
    return cells


def _stray_quotation_mark(path: Path, number: int) -> str:
    return (
        f"{path}, line {number}: a quotation mark is not closed, or stands inside a cell; close it "
        'before the line ends, and write it twice ("") inside a quoted text'
    )


def _column_name(cell: str) -> str:
    """As the schemas write it: small letters, words joined by _."""
    return re.sub(r"[\s-]+", "_", single_spaced(cell).lower())


def _check_header(
    path: Path, line: int, header: list[str], names: list[str], columns: list[str]
) -> None:
    missing = [name for name in columns if name not in names]
    if len(missing) == len(columns):
        raise UserTableError(
            [f"{path}, line {line}: no header; give the file the header {','.join(columns)}"]
        )
    faults = [f"{path}: column {name} is missing; add it to the header" for name in missing]
    for place, name in enumerate(names):
        if not name:
            faults.append(f"{path}, line {line}: column {place + 1} has no name; remove it")
        elif name not in columns:
            faults.append(f"{path}: column {quoted(header[place])} is unknown; remove it")
        elif name in names[:place]:
            faults.append(f"{path}, line {line}: column {name} is there twice; keep one")
    if faults:
        raise UserTableError(faults)
