"""Names and places of a block's columns, from a study description that lies beside its file.

Microdata portals export one with a release: DDI Codebook in XML. It is asked only where a file of a
CSV block has no header line, and used only where nothing is left to guess: one document describes
exactly this file, as many variables as the file has columns (or a record as long as its lines), its
names are all that the layout needs, and the first record fits them. Else the file's error says, in
a sentence, why the document was not used.

Source: DDI Codebook 1.2.2 to 2.5 (ddialliance.org): fileDscr/fileTxt/fileName, and dataDscr/var
with its name, files and location.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from locus_pipeline.asi.content import ReleaseError, base_name, chunks
from locus_pipeline.asi.header import (
    TEXT_MARK,
    Beginning,
    Header,
    beginning,
    cells,
    end_in_separator,
    header_of,
)
from locus_pipeline.asi.layout import BlockLayout, Column, normalise_header
from locus_pipeline.asi.release import NOT_NEEDED, BlockFile, several
from locus_pipeline.text import quoted, single_spaced, stripped

# A description of ten blocks with the frequencies of all variables has a few MB.
DOCUMENT_BYTES = 16 << 20
DOCUMENTS, VARIABLES, DEPTH = 20, 10_000, 40
ROOT = "codeBook"
TITLE = (ROOT, "stdyDscr", "citation", "titlStmt", "titl")
FILE = (ROOT, "fileDscr")
FILE_NAME = (*FILE, "fileTxt", "fileName")
VARIABLE = (ROOT, "dataDscr", "var")
LOCATION = (*VARIABLE, "location")
TEXT_KEPT = 1000  # characters of a title or file name
YEARS = re.compile(r"(?<!\d)(\d{4})\s*[-\N{EN DASH}/_]\s*(?:19|20)?(\d\d)(?!\d)")
ENDING = re.compile(r"\.[a-z0-9]{1,8}$")
# 'Block A', 'blk_a', 'Block A - Identification particulars'; not 'Blocks A to C', 'Block A-B'.
BLOCK_WORD = re.compile(r"(?:block|blk)[\s_-]*([a-j])[\s\d_-]*(?:[-:(]\s*[a-z]{3}.*)?")
# What a number in a record looks like, and no name in a header does.
NUMBER_LIKE = re.compile(r"[-+.]?\d[-+\d.,eE]*")


@dataclass(frozen=True)
class Variable:
    """A column: its name, and the characters of a fixed-width record, counted from 1, if given."""

    name: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class DataFile:
    """What the document `document` says of a file: its name, and its columns in their order."""

    document: str
    name: str
    survey_years: frozenset[str]
    variables: tuple[Variable, ...]

    def is_of(self, file_name: str, layout: BlockLayout) -> bool:
        """Whether this is the block's file: by its name, or by the block's letter and the year."""
        is_of_year = layout.survey_year in self.survey_years
        if self.survey_years and not is_of_year:
            return False
        name = _stem(self.name)
        word = BLOCK_WORD.fullmatch(name)
        return name == _stem(file_name) or bool(word and is_of_year and word[1] == layout.code)

    @property
    def width(self) -> int | None:
        """Characters of a fixed-width record; None where a place is not given, or not sure."""
        places = sorted((one.start or 0, one.end or 0) for one in self.variables)
        before = 0
        for start, end in places:
            if not before < start <= end:
                return None
            before = end
        return before


@dataclass(frozen=True)
class Named:
    """A file without a header line: the header that stands for it, or a layout with positions."""

    document: str
    layout: BlockLayout
    header: Header | None


@dataclass(frozen=True)
class Beside:
    """The XML documents that lie beside a block's file, which is called `file_name`."""

    file_name: str
    documents: tuple[BlockFile, ...]

    def named(self, path: Path, layout: BlockLayout, problem: str) -> Named:
        """The columns of the file of UTF-8 lines at `path`, which has no header line.

        Raises ReleaseError with the `problem`, and why the documents don't help, where they don't.
        """
        try:
            described = self._description(layout)
            if described:
                return _named(described, path, layout)
        except _UnsureError as reason:
            raise ReleaseError(f"{problem}. {reason}") from None
        raise ReleaseError(problem)

    def why_not_for_missing(self, layout: BlockLayout) -> str:
        """A sentence, after a space, on documents where the layout lacks columns; or nothing."""
        try:
            described = self._description(layout)
        except _UnsureError:
            return ""
        if not described:
            return ""
        return (
            f" The DDI document {described.document} describes the file, but which of its variables"
            " these columns are is not sure: it is not used, and a good source for such a layout."
        )

    def _description(self, layout: BlockLayout) -> DataFile | None:
        """What is said of the file; None where no document is a DDI document."""
        if len(self.documents) > DOCUMENTS:
            raise _UnsureError(
                f"{len(self.documents):,} XML documents lie beside it, of which none is looked into"
            )
        files: list[DataFile] = []
        studies: list[str] = []
        for document in self.documents:
            study = _study(document)
            if study:
                studies.append(document.display_name)
                files += study.data_files(document.display_name)
        matching = [one for one in files if one.is_of(self.file_name, layout)]
        if studies and not matching:
            block = f"block {layout.code.upper()} of {layout.survey_year}"
            raise _not_used(studies, f"describes no file {_stem(self.file_name)} and no {block}")
        if len({one.variables for one in matching}) > 1:
            names = dict.fromkeys(one.document for one in matching)
            raise _not_used(names, "describes the file in two ways")
        return matching[0] if matching else None


NO_DOCUMENTS = Beside("", ())


class _UnsureError(Exception):
    """Why the documents are not used, in a sentence."""


class _NoStudyError(Exception):
    """An XML document that is no DDI Codebook."""


def _not_used(documents: list[str] | dict[str, None], reason: str) -> _UnsureError:
    which = "document" if len(documents) == 1 else "documents"
    return _UnsureError(
        f"The DDI {which} {several(documents, link='and')} beside it cannot stand for the header: "
        + reason
    )


def _named(described: DataFile, path: Path, layout: BlockLayout) -> Named:
    places = _places(described, layout)
    start = beginning(path)
    header = _header(described, start, places)
    positioned = _positioned(described, start, layout, places)
    if header and positioned:
        raise _not_used([described.document], "the lines can be cut by separators and by positions")
    if not header and not positioned:
        width = f" and records of {described.width:,} characters" if described.width else ""
        counts = ", ".join(str(len(cells(start.lines[0], one))) for one in start.separators)
        raise _not_used(
            [described.document],
            f"it has {len(described.variables):,} variables{width}, the first line "
            f"{len(start.lines[0]):,} characters and, cut at each separator, {counts} cells",
        )
    if header:
        record = cells(start.lines[0], header.separator)
        cut = {name: record[place - 1] for name, place in places.items()}
    elif positioned:
        record = []
        cut = {
            column.name: stripped(start.lines[0][column.place[0] - 1 : column.place[1]])
            for column in positioned.columns
        }
    if not _is_record(cut, layout) or _counts_columns(record):
        raise _not_used(
            [described.document],
            f"line {start.number} does not fit its variables as a record of block "
            f"{layout.code.upper()} would",
        )
    return Named(described.document, positioned or layout, header)


def _places(described: DataFile, layout: BlockLayout) -> dict[str, int]:
    """Where the layout's columns are among the variables, counted from 1, by their header names."""
    names = [normalise_header(one.name) for one in described.variables]
    twice = [one for one in names if one and names.count(one) > 1]
    if twice or not all(names):
        reason = (
            f"two of its variables are called {quoted(twice[0])}" if twice else "one is unnamed"
        )
        raise _not_used([described.document], reason)
    starts = [one.start for one in described.variables if one.start]
    if starts != sorted(starts):
        raise _not_used(
            [described.document], "its variables stand in another order than its places"
        )
    places, missing = {}, []
    for column in layout.columns:
        name = normalise_header(column.header_name)
        if name in names:
            places[column.name] = names.index(name) + 1
        elif column.name not in NOT_NEEDED:
            missing.append(column.header_name)
    if missing:
        reason = (
            f"the layout {layout.name} needs names that it lacks: {several(missing, link='and')}"
        )
        raise _not_used([described.document], reason)
    return places


def _header(described: DataFile, start: Beginning, places: dict[str, int]) -> Header | None:
    """The header of a CSV file; None where the first line has not one cell for each variable."""
    names = [one.name for one in described.variables]
    fitting = []
    for separator in start.separators:
        records = start.records(separator)
        cell_count = len(cells(start.lines[0], separator))
        if len(names) > 1 and (
            cell_count == len(names) or (records and end_in_separator(records, len(names)))
        ):
            fitting.append((separator, records))
    if len(fitting) != 1:
        return None
    [(separator, records)] = fitting
    line = separator.join(names)
    return header_of(line, start.number - 1, separator, names, places, records)


def _positioned(
    described: DataFile, start: Beginning, layout: BlockLayout, places: dict[str, int]
) -> BlockLayout | None:
    """The layout with positions; None where the first lines are not as long as a record."""
    width = described.width
    lines = [line for line in start.lines if stripped(line)]
    if not width or start.number > 1 or any(len(line) != width for line in lines):
        return None
    columns = []
    for column in layout.columns:
        if column.name in places:
            variable = described.variables[places[column.name] - 1]
            columns.append(Column(column.name, column.type, variable.start, variable.end))
    return replace(
        layout,
        format="fixed_width",
        record_length=width,
        columns=tuple(sorted(columns, key=lambda column: column.place)),
    )


def _is_record(record: dict[str, str], layout: BlockLayout) -> bool:
    """Whether the first line is a record of the block, and no header of other names."""
    letter = record.get("block", "").upper()
    numbers = [
        record[column.name].removeprefix(TEXT_MARK)
        for column in layout.columns
        if column.type != "text" and record.get(column.name)
    ]
    return (
        letter in ("", layout.code.upper())
        and bool(record["factory_key"] and numbers)
        and all(NUMBER_LIKE.fullmatch(number) for number in numbers)
    )


def _counts_columns(record: list[str]) -> bool:
    """Whether the cells are 0, 1, 2 ... or 1, 2, 3 ..., which number columns and are no record."""
    return any(
        record == [str(n) for n in range(first, first + len(record))] for first in (0, 1)
    ) and bool(record)


def _stem(name: str) -> str:
    """A file's name without folder and ending, in lower case."""
    return ENDING.sub("", base_name(single_spaced(name)).lower())


def _study(document: BlockFile) -> "_Study | None":
    """The study that an XML document describes; None where it is no DDI document."""
    study = _Study()
    parser = DefusedXMLParser(target=study)
    try:
        if document.bytes > DOCUMENT_BYTES:
            raise _UnsureError(f"is larger than {DOCUMENT_BYTES >> 20} MiB")
        for chunk in chunks(document.path, document.member):
            parser.feed(chunk)
        parser.close()
    except _NoStudyError:
        return None
    except DefusedXmlException:
        raise _unreadable(document, "declares entities") from None
    except (ParseError, ReleaseError, ValueError, LookupError):
        raise _unreadable(document, "can't be read as XML") from None
    except _UnsureError as error:
        raise _unreadable(document, str(error)) from None
    return study


def _unreadable(document: BlockFile, why: str) -> _UnsureError:
    return _UnsureError(
        f"The XML document {document.display_name} beside it cannot stand for the header: it {why}"
    )


@dataclass
class _Study:
    """What the parser tells of a document; no more than the names is kept."""

    path: list[str] = field(default_factory=list)
    title: str = ""
    files: dict[str, str] = field(default_factory=dict)  # id -> name
    variables: list[tuple[str, tuple[str, ...], list[dict[str, str]]]] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.path.append(tag.rpartition("}")[2])
        if self.path[0] != ROOT:
            raise _NoStudyError
        where = tuple(self.path)
        if len(where) > DEPTH or len(self.variables) > VARIABLES:
            raise _UnsureError("is larger or deeper than a description of a survey")
        if where == FILE:
            self._file = attributes.get("ID", "")
            if self._file in self.files:
                raise _UnsureError("describes two files under one ID")
            self.files[self._file] = ""
        elif where == VARIABLE:
            of = tuple(attributes.get("files", "").split())
            self.variables.append((attributes.get("name", ""), of, []))
        elif where == LOCATION:
            self.variables[-1][2].append(attributes)

    def end(self, _tag: str) -> None:
        self.path.pop()

    def data(self, text: str) -> None:
        where = tuple(self.path)
        if where == TITLE:
            self.title = (self.title + text)[:TEXT_KEPT]
        elif where == FILE_NAME:
            self.files[self._file] = (self.files[self._file] + text)[:TEXT_KEPT]

    def close(self) -> None:
        """Nothing is left to do."""

    def data_files(self, document: str) -> Iterator[DataFile]:
        """The files; variables that name none are those of the only one."""
        years = frozenset(
            f"{start}-{end}"
            for start, end in YEARS.findall(self.title)
            if (int(start) + 1) % 100 == int(end)
        )
        for identifier, name in self.files.items():
            yield DataFile(
                document,
                name,
                years,
                tuple(
                    Variable(single_spaced(called), *_location(locations))
                    for called, of, locations in self.variables
                    if identifier in of or (not of and len(self.files) == 1)
                ),
            )


def _location(locations: list[dict[str, str]]) -> tuple[int, int] | tuple[None, None]:
    """First and last character; neither where they are not given once, or contradict the width."""
    if len(locations) != 1:
        return None, None
    [location] = locations
    given = [location.get(name, "").strip() for name in ("StartPos", "EndPos", "width")]
    numbers = [int(one) if re.fullmatch("[0-9]{1,6}", one) else None for one in given]
    start, end, width = numbers
    if start and width and end is None:
        end = start + width - 1
    if not start or not end or width not in (None, end - start + 1):
        return None, None
    if location.get("RecSegNo", "1").strip() not in ("", "1"):
        return None, None
    return start, end
