"""The header line of a CSV file: how its cells are separated and where the layout's columns are.

Messages show header names only, and only where the line is sure to be a header: the first line of
a file without one is a record, and no record is ever repeated.
"""

import csv
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.layout import BlockLayout, Column, normalise_header
from locus_pipeline.asi.lines import LONGEST_LINE
from locus_pipeline.asi.numbers import NUMBER
from locus_pipeline.asi.release import (
    NOT_NEEDED,
    known_releases,
    looks_like,
    several,
)
from locus_pipeline.text import quoted, stripped

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# The line by which spreadsheets are told the separator.
SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
HEADER_NAME = re.compile(r"[^\W\d][\w .()/&%-]*")
TEXT_MARK = "'"
NAMES_SHOWN = 12
LINES_LOOKED_AT = 100


class NoHeaderError(ReleaseError):
    """A CSV file whose first line names nothing that a block's header does."""


@dataclass(frozen=True)
class Beginning:
    """The first lines of a CSV file, of which the first is line `number`.

    `separators` are those that may stand between its cells: where a line above says so, only one.
    """

    lines: tuple[str, ...]
    number: int
    separators: tuple[str, ...]

    def records(self, separator: str, first: int = 0) -> list[list[str]]:
        """The cells of the lines from the `first` that are not blank."""
        return [cells(line, separator) for line in self.lines[first:] if stripped(line)]


@dataclass(frozen=True)
class Header:
    """The header line of a CSV file, or the names that stand for one where the file has none.

    `number` is its line, that before the first record; `separator` stands between the cells, of
    which a record has `cells`; where each record `ends_in_separator`, the last of them is empty and
    has no name. `places` says where the layout's columns are, counted from 1; `ignored` are names
    that it has no use for; in the columns `marked` each cell begins with an apostrophe, by which
    spreadsheets mark digits as text.
    """

    line: str
    number: int
    separator: str
    cells: int
    ends_in_separator: bool
    places: dict[str, int]
    ignored: tuple[str, ...]
    marked: frozenset[str]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is unusual."""
        return () if self.separator == "," else (f"separated by {SEPARATORS[self.separator]}",)


def read_header(path: Path, layout: BlockLayout, source_name: str) -> Header:
    """The header of a file of UTF-8 lines, for the layout's columns.

    Raises ReleaseError where there is no header line, or a column is not in it or in it twice.
    """
    start = beginning(path)
    line = start.lines[0]
    known = {normalise_header(column.header_name) for column in layout.columns}
    separator = max(
        start.separators, key=lambda one: len(known & {*map(normalise_header, cells(line, one))})
    )
    printed = cells(line, separator)
    places = _places(printed, layout, f"{source_name}, line {start.number}")
    records = start.records(separator, first=1)
    return header_of(line, start.number, separator, printed, places, records)


def beginning(path: Path) -> Beginning:
    """The first lines of a file of UTF-8 lines; at least one, which may be empty."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        most = islice(iter(lambda: file.readline(LONGEST_LINE), ""), LINES_LOOKED_AT + 2)
        lines = [line.rstrip("\r\n") for line in most] or [""]
    if given := SEPARATOR_LINE.fullmatch(lines[0]):
        return Beginning((*lines[1:],) or ("",), 2, (given[1],))
    return Beginning((*lines,), 1, (*SEPARATORS,))


def header_of(
    line: str,
    number: int,
    separator: str,
    names: list[str],
    places: dict[str, int],
    records: list[list[str]],
) -> Header:
    """The header with these names, of which `places` says which are the layout's columns.

    `records` are the cells of the first records, which show what else is in them.
    """
    ends_in_separator = end_in_separator(records, len(names))
    used = set(places.values())
    ignored = [name for place, name in enumerate(names, start=1) if name and place not in used]
    return Header(
        line=line,
        number=number,
        separator=separator,
        cells=len(names) + ends_in_separator,
        ends_in_separator=ends_in_separator,
        places=places,
        ignored=tuple(quoted(name)[1:-1] for name in ignored),
        marked=frozenset(name for name, place in places.items() if _is_marked(records, place)),
    )


def cells(line: str, separator: str) -> list[str]:
    """The cells of one line, without white space at their ends."""
    return [stripped(name) for name in next(csv.reader([line], delimiter=separator), [])]


def end_in_separator(records: list[list[str]], cells: int) -> bool:
    """Whether each record has an empty cell more than the header, as some programs write."""
    return bool(records) and all(len(one) == cells + 1 and not one[-1] for one in records)


def _is_marked(records: list[list[str]], place: int) -> bool:
    filled = [one[place - 1] for one in records if len(one) >= place and one[place - 1]]
    return bool(filled) and all(cell.startswith(TEXT_MARK) for cell in filled)


def _places(printed: list[str], layout: BlockLayout, where: str) -> dict[str, int]:
    names = [normalise_header(name) for name in printed]
    places, missing = {}, []
    for column in layout.columns:
        name = normalise_header(column.header_name)
        if names.count(name) > 1:
            raise ReleaseError(
                f"{where}: the header names {column.source} {names.count(name)} times; only one "
                "column can be meant"
            )
        if name in names:
            places[column.name] = names.index(name) + 1
        elif column.name not in NOT_NEEDED:
            missing.append(column)
    if missing:
        fitting = [
            name
            for name in looks_like(",".join(printed), known_releases())
            if name != f"block {layout.code.upper()} of {layout.name}"
        ]
        if len(places) < 2 and not fitting:
            raise NoHeaderError(_no_header(where, layout, printed))
        raise ReleaseError(_missing_headers(where, layout, missing, printed, fitting))
    return places


def _no_header(where: str, layout: BlockLayout, printed: list[str]) -> str:
    names = ", ".join(column.header_name for column in layout.columns[:4])
    block = f"block {layout.code.upper()} of {layout.name}"
    if any(NUMBER.fullmatch(cell.removeprefix(TEXT_MARK)) for cell in printed):
        fault = "there is no header line: the line is a record"
    else:
        fault = f"this is no header line of {block}"
    return (
        f"{where}: {fault}. Get the file as it was released, with the line of names ({names}, ...) "
        "at its top"
    )


def _missing_headers(
    where: str, layout: BlockLayout, missing: list[Column], printed: list[str], fitting: list[str]
) -> str:
    wanted = ", ".join(f"{column.source} ({column.name})" for column in missing)
    inferred = [column.header_name for column in missing if column.inferred]
    message = f"{where}: the header lacks {wanted}. "
    if all(HEADER_NAME.fullmatch(name) for name in printed if name):
        shown = ", ".join(quoted(name) for name in printed[:NAMES_SHOWN])
        more = len(printed) - NAMES_SHOWN
        message += f"It has {shown}" + (f" and {more} more" if more > 0 else "") + ". "
    if inferred:
        message += f"The layout infers {', '.join(inferred)}; no file with these was seen. "
    if fitting:
        message += f"It looks like {several(fitting)}. "
    return message + (
        "If the file is right, put a layout with its names into "
        f"LOCUS_HOME/layouts/{layout.survey_year}.yaml (docs/layouts.md)."
    )
