"""Reads a block file into typed rows and rejected rows: SQL made from the layout, run by DuckDB.

The file is taken as numbered lines, whatever its form (lines.py, statistical.py). A fixed-width
line is cut at the layout's positions, a CSV line at its separators (header.py); then one SELECT
turns the cells into the layout's types. Types are never detected and no number is ever rounded
(numbers.py): a line with a cell that its column can't hold as printed is rejected, with its line
number, the column and the reason.
"""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from duckdb.func import FunctionNullHandling

from locus_pipeline.asi import numbers
from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.ddi import NO_DOCUMENTS, Beside
from locus_pipeline.asi.header import TEXT_MARK, Header, NoHeaderError, read_header
from locus_pipeline.asi.kinds import foreign_kind
from locus_pipeline.asi.layout import (
    BLOCK_LETTERS,
    BlockLayout,
    Column,
    LayoutError,
    Release,
    block_columns,
)
from locus_pipeline.asi.lines import LONGEST_LINE, NO_TEXT, Lines, plain_lines
from locus_pipeline.asi.plain_records import Places, fixed_width, places_of, separated
from locus_pipeline.asi.release import known_releases, looks_like, several
from locus_pipeline.asi.statistical import statistical_form, write_csv
from locus_pipeline.connection import connect
from locus_pipeline.files import private_folder
from locus_pipeline.settings import Settings
from locus_pipeline.sql import identifier, literal
from locus_pipeline.text import INVISIBLE, SPACES, stripped
from locus_pipeline.unfinished import unfinished_folder

REJECTED_COLUMNS = {
    "survey_year": "VARCHAR",
    "block": "VARCHAR",
    "source_file": "VARCHAR",
    "line_number": "BIGINT",
    "column_name": "VARCHAR",
    "reason": "VARCHAR",
    "line_text": "VARCHAR",
}
PARQUET = "(format parquet, compression zstd)"
PADDING = SPACES + INVISIBLE
# A serial number of the public release, as a number or as a number's text.
SERIAL_NUMBER = r"[0-9]+(\.0*)?"


@dataclass(frozen=True)
class Counts:
    """Records of a block in its file: each is kept or rejected.

    `ignored_columns` are header names of a CSV file that the layout has no use for. Of the kept
    rows, `numbers_restored` numbers lost what binary storage had added to them (numbers.py), and
    `record_year` is the year that most print. `notes` say what is unusual about the file, and
    `names_from` is the document that names its columns where it has no header line.
    """

    rows_read: int
    rows_kept: int
    rows_rejected: int
    ignored_columns: tuple[str, ...] = ()
    numbers_restored: int = 0
    record_year: str | None = None
    notes: tuple[str, ...] = ()
    names_from: str | None = None


def row_types(block: str) -> dict[str, str]:
    """Columns of a block's raw Parquet file and their DuckDB types; the same in every year."""
    types = {"survey_year": "VARCHAR"}
    types |= {name: _sql_type(column["type"]) for name, column in block_columns(block).items()}
    return types | {"line_number": "BIGINT"}


def write_empty(connection: duckdb.DuckDBPyConnection, types: dict[str, str], to: Path) -> None:
    """A Parquet file without rows, so that a glob over no survey year finds its columns."""
    columns = ", ".join(
        f"cast(null as {kind}) as {identifier(name)}" for name, kind in types.items()
    )
    connection.execute(f"copy (select {columns} limit 0) to {literal(to)} {PARQUET}")


def scratch_folder(settings: Settings) -> AbstractContextManager[Path]:
    """A folder of this process for spill files and unpacked members, removed afterwards."""
    private_folder(settings.temporary)
    return unfinished_folder(settings.temporary / "reader")


def read_block(
    source: Path,
    release: Release,
    layouts: tuple[BlockLayout, ...],
    settings: Settings,
    rows_to: Path,
    rejected_to: Path,
    source_name: str,
    beside: Beside = NO_DOCUMENTS,
) -> Counts:
    """Read the records of one block from `source` and write two Parquet files.

    `layouts` are those of one block in `release`; `source_name` is what messages call the file.
    A CSV block without a header line is named by a study description `beside` it, if one is sure.
    `rows_to` gets survey_year, the block's harmonised columns (null where the layout has none) and
    line_number, in the order of the file; `rejected_to` the REJECTED_COLUMNS. In a release of one
    file for all blocks, block A also takes the lines that belong to no block, to reject them.

    Raises LayoutError where the layout is not fully known, ReleaseError where the file is not what
    the layout says: no text, no header line, header names missing or twice, or no record that can
    be kept. Neither a message nor a rejected row's reason repeats anything of a record.
    """
    for layout in layouts:
        try:
            layout.require_complete()
        except LayoutError as error:
            raise LayoutError(f"{error}{beside.why_not_for_missing(layout)}") from None
    with (
        scratch_folder(settings) as scratch,
        connect(settings, spill=scratch / "spill") as connection,
    ):
        form = _form(source, layouts, source_name)
        if form:
            write_csv(connection, source, form, scratch / "printed.csv", source_name)
            source = scratch / "printed.csv"
        text = plain_lines(source, scratch / "plain.txt")
        if not text.last:
            raise ReleaseError(f"{source_name}: is empty; get the file again")
        header, names_from = None, None
        if _is_csv(layouts):
            try:
                header = read_header(text.path, layouts[0], source_name)
            except NoHeaderError as error:
                named = beside.named(text.path, layouts[0], str(error))
                header, layouts, names_from = named.header, (named.layout,), named.document
        query = _Query(release, layouts, header, text)
        query.create_functions(connection)
        _load_lines(connection, text, query, source_name)
        if release.unique_key:
            _mark_repeated_lines(connection)

        connection.execute(query.rows("lines", rows_to))
        [(read, kept)] = connection.execute(
            "select (select count(*) from lines), (select count(*) from read_parquet(?))",
            [str(rows_to)],
        ).fetchall()
        if kept == read:
            write_empty(connection, REJECTED_COLUMNS, rejected_to)
        else:
            connection.execute(
                "create temp view rejected_lines as select * from lines anti join read_parquet("
                f"{literal(rows_to)}) as kept on lines.line_number = kept.line_number"
            )
            connection.execute(query.rejected("rejected_lines", source_name, rejected_to))
        rejected = connection.execute(
            "select count(*) over (), line_number, column_name, reason, line_text "
            "from read_parquet(?) order by line_number limit 1",
            [str(rejected_to)],
        ).fetchone()
        if not kept:
            raise ReleaseError(_nothing_kept(source_name, release, layouts[0], rejected))
        restored = query.count_restored(connection, rows_to)
        record_year = connection.execute(
            "select mode(record_year) from read_parquet(?)", [str(rows_to)]
        ).fetchall()[0][0]
    notes = ((f"{form} file",) if form else text.notes) + (header.notes if header else ())
    if names_from:
        what = "named" if header else "named and placed"
        notes += (f"its columns are {what} by the DDI document {names_from}",)
    return Counts(
        rows_read=read,
        rows_kept=kept,
        rows_rejected=rejected[0] if rejected else 0,
        ignored_columns=header.ignored if header else (),
        numbers_restored=restored,
        record_year=record_year,
        notes=notes,
        names_from=names_from,
    )


def _form(source: Path, layouts: tuple[BlockLayout, ...], source_name: str) -> str | None:
    """The statistical program whose file this is; None for text."""
    with source.open("rb") as file:
        form = statistical_form(file.read(16))
    if form and not _is_csv(layouts):
        raise ReleaseError(
            f"{source_name}: a file of {form}; block {layouts[0].block.upper()} of "
            f"{layouts[0].name} is read from fixed-width text only. Get it as it was released"
        )
    if form is None and (kind := foreign_kind(source)):
        raise ReleaseError(f"{source_name}: {kind}")
    return form


class _Query:
    """The SELECT that turns numbered lines into one block's typed rows or rejected rows.

    Every name in it comes from the validated layouts; text of ours is quoted.
    """

    def __init__(
        self,
        release: Release,
        layouts: tuple[BlockLayout, ...],
        header: Header | None,
        text: Lines,
    ) -> None:
        self.release, self.layouts, self.header, self.text = release, layouts, header, text
        self._mended = False  # whether a cell was no plain number, which few files have
        self.layout = layouts[0]
        self.block = self.layout.block
        self.types = row_types(self.block)
        self.columns = {
            column.name: column
            for layout in layouts
            for column in layout.columns
            if header is None or column.name in header.places
        }
        # one layout's alone: what a file of all blocks keeps where depends on the line
        self._plain_numbers: dict[str, Places] = {
            name: places
            for name, column in self.columns.items()
            if (places := places_of(column.type)) and len(layouts) == 1
            if header is None or name not in header.marked
        }
        self.derived = {
            name: (source, first, last)
            for name, source, first, last in self.layout.derived
            if name not in self.columns
        }

    def create_functions(self, connection: duckdb.DuckDBPyConnection) -> None:
        """What SQL can't say of a cell: numbers not printed plainly, and what is wrong with one.

        They are called for such cells only.
        """
        separator = self.header.separator if self.header else ""

        def plain_number(cell: str, decimals: int) -> str | None:
            self._mended = True
            return numbers.plain_number(cell, decimals, separator)

        def is_restored(cell: str, decimals: int) -> bool:
            return numbers.is_restored(cell, decimals, separator)

        cell: list[Any] = ["VARCHAR", "INTEGER"]
        connection.create_function(
            "plain_number",
            plain_number,
            cell,
            "VARCHAR",
            null_handling=FunctionNullHandling.SPECIAL,
        )
        connection.create_function("is_restored", is_restored, cell, "BOOLEAN")
        connection.create_function(
            "why_no_number", numbers.why_no_number, [*cell, "VARCHAR"], "VARCHAR"
        )

    def count_restored(self, connection: duckdb.DuckDBPyConnection, kept: Path) -> int:
        """How many numbers of the kept rows had noise of binary storage."""
        if not self._mended:
            return 0
        connection.execute(
            "create or replace temp view kept_lines as select * from lines semi join "
            f"read_parquet({literal(kept)}) as kept on lines.line_number = kept.line_number"
        )
        noisy = " + ".join(
            f"case when not {self._is_plain(column)} then "
            f"cast(is_restored({_cell_name(name)}, {_decimals(column.type)}) as integer) else 0 end"
            for name, column in self.columns.items()
            if self._is_number(column)
        )
        counted = f"{self._typed('kept_lines')} select coalesce(sum({noisy}), 0) from typed"
        return int(connection.execute(counted).fetchall()[0][0])

    def rows(self, lines: str, to: Path) -> str:
        """SQL that writes the lines without a problem as typed rows, in the order of the file.

        The order is asked for: DuckDB's parallel writer does not always keep that of its input.
        """
        values = [f"{literal(self.layout.survey_year)} as survey_year"]
        for name, kind in list(self.types.items())[1:-1]:
            if name in self.columns:
                values.append(identifier(name))
            elif name in self.derived:
                values.append(f"{self._derive(*self.derived[name])} as {identifier(name)}")
            else:
                values.append(f"cast(null as {kind}) as {identifier(name)}")
        parts = [
            f"(select {', '.join(values)}, line_number from ({self._told(lines, plain)}) "
            "where problem is null)"
            for plain in ((True, False) if self._plain_numbers else (False,))
        ]
        return f"copy ({' union all '.join(parts)} order by line_number) to {literal(to)} {PARQUET}"

    def _told(self, lines: str, plain: bool) -> str:
        """SELECT of the plain records or of all others, with `problem`, which is null where there
        is none.

        A filter on what is wrong would be pushed down through `typed`, and each cell be cut and
        cast twice. One on a column that is volatile stays above.
        """
        problem = " ".join(f"when {condition} then 1" for condition, _, _ in self._problems(plain))
        some = f"(select * from {lines} where is_plain_record = {str(plain).lower()})"
        return (
            f"{self._typed(some, plain)} "
            f"select *, case when random() < 0 then 1 {problem} end as problem from typed"
        )

    def rejected(self, lines: str, source_name: str, to: Path) -> str:
        """SQL that writes the lines with a problem: the first one that each has."""
        problems = self._problems()
        columns = " ".join(
            f"when {condition} then {literal(column) if column else 'null'}"
            for condition, column, _ in problems
        )
        reasons = " ".join(f"when {condition} then {reason}" for condition, _, reason in problems)
        return (
            f"copy ({self._typed(lines)} select {literal(self.layout.survey_year)} as survey_year, "
            f"{literal(self.block)} as block, {literal(source_name)} as source_file, line_number, "
            f"cast(case {columns} end as varchar) as column_name, "
            f"cast(case {reasons} end as varchar) as reason, line as line_text "
            f"from typed order by line_number) to {literal(to)} {PARQUET}"
        )

    def belongs(self) -> str:
        """Which lines of a file that holds all blocks are this block's."""
        if not self.release.blocks[0].single_file:
            return "true"
        condition = f"{self._code()} in ({self._codes(self.layouts)})"
        if self.block != "a":
            return condition
        return f"({condition} or {self._code()} not in ({self._codes(self.release.blocks)}))"

    def _typed(self, lines: str, plain: bool = False) -> str:
        """WITH typed: the lines' cells and values. Of `plain` records numbers are values alone."""
        cut, cells, typed = ["*"], ["line_number", "line", "first_line"], ["*"]
        if not self.text.is_plain:
            # the full rule of white space is slow: only where a line has a character for it
            cut.append("regexp_matches(line, '[^ -~]') as is_odd")
            cells.append("is_odd")
        if self.header:
            separator = literal(self.header.separator)
            unquoted = (
                "case when starts_with(cell, '\"') "
                "then replace(substr(cell, 2, length(cell) - 2), '\"\"', '\"') else cell end"
            )
            printed = f"regexp_extract_all(concat({separator}, line), {literal(self._csv_cell)}, 1)"
            split = f"string_split(replace(line, '\"', ''), {separator})"
            cut.append(
                f"{split} as fields"
                if plain
                else f"case when regexp_full_match(line, {literal(self._plain_csv)}) then {split} "
                f"else list_transform({printed}, lambda cell: {unquoted}) end as fields"
            )
            cells.append("fields")
        for name, column in self.columns.items():
            if plain and name in self._plain_numbers:
                value = f"try_cast({self._printed(name)} as {_sql_type(column.type)})"
                cells.append(f"{value} as {identifier(name)}")
                continue
            cells.append(f"{self._cell(name)} as {_cell_name(name)}")
            typed.append(f"{self._value(column)} as {identifier(name)}")
        return (
            f"with cut as (select {', '.join(cut)} from {lines}), "
            f"cells as (select {', '.join(cells)} from cut), "
            f"typed as (select {', '.join(typed)} from cells)"
        )

    @property
    def _csv(self) -> Header:
        """The header; asked only of a CSV file, which has one."""
        if self.header is None:
            raise ValueError("no CSV file")
        return self.header

    @property
    def _plain_csv(self) -> str:
        """A line whose quotes only enclose whole cells without separators or quotes inside.

        As nearly all lines are; anything else that is a CSV line at all is cut more slowly.
        """
        separator = re.escape(self._csv.separator)
        cell = f'("[^"{separator}]*"|[^"{separator}]*)'
        return f"{cell}({separator}{cell})*"

    @property
    def _csv_cell(self) -> str:
        separator = re.escape(self._csv.separator)
        return f'{separator}("([^"]|"")*"|[^"{separator}]*)'

    def is_plain_record(self) -> str:
        """Whether all numbers of a line are printed plainly (plain_records.py)."""
        if not self._plain_numbers:
            return "false"
        if not self.header:
            pattern = fixed_width(
                (column.width, self._plain_numbers.get(column.name))
                for column in self.layout.columns
            )
        else:
            names = {place: name for name, place in self.header.places.items()}
            pattern = separated(
                (
                    self._plain_numbers.get(names.get(place, ""))
                    for place in range(1, self.header.cells + 1)
                ),
                self.header.separator,
            )
        return f"regexp_full_match(line, {literal(pattern)})"

    def _printed(self, name: str) -> str:
        """The text of a column as it stands in the line."""
        if self.header:
            return f"fields[{self.header.places[name]}]"
        return self._by_code(
            {
                layout.code: f"substr(line, {column.start}, {column.width})"
                for layout in self.layouts
                for column in layout.columns
                if column.name == name
            }
        )

    def _cell(self, name: str) -> str:
        """The trimmed text of a column, null where it is blank."""
        cell = self._trimmed(self._printed(name))
        if self.header and name in self.header.marked:
            cell = f"ltrim({cell}, {literal(TEXT_MARK)})"
        return f"nullif({cell}, '')"

    def _trimmed(self, text: str) -> str:
        """Without white space and invisible characters at both ends (locus_pipeline.text)."""
        if self.text.is_plain:
            return f"trim({text})"
        return f"case when is_odd then trim({text}, {literal(PADDING)}) else trim({text}) end"

    def _by_code(self, values: dict[str, str]) -> str:
        """One value for each code that the lines carry; a single one where they carry only one."""
        if len(self.layouts) == 1:
            [value] = values.values()
            return value
        cases = " ".join(f"when {literal(c.upper())} then {value}" for c, value in values.items())
        return f"case {self._code()} {cases} end"

    def _code(self) -> str:
        column = next(column for column in self.layout.columns if column.name == "block")
        return f"upper(trim(substr(line, {column.start}, {column.width}), {literal(PADDING)}))"

    @staticmethod
    def _codes(layouts: tuple[BlockLayout, ...]) -> str:
        return ", ".join(literal(layout.code.upper()) for layout in layouts)

    def _value(self, column: Column) -> str:
        cell = _cell_name(column.name)
        if not self._is_number(column):
            return cell
        plainly = f"case when {cell} is null then null when {self._is_plain(column)} then"
        mended = f"plain_number({cell}, {_decimals(column.type)})"
        if column.type == "text":
            value = f"{plainly} {_serial_number(cell)}"
            if self.header:
                is_serial = f"regexp_full_match({mended}, {literal(SERIAL_NUMBER)})"
                value += f" when {is_serial} then {_serial_number(mended)}"
        else:
            # a sign may stand after the zero padding
            signed = f"substr({cell}, greatest(strpos({cell}, '-'), strpos({cell}, '+'), 1))"
            kind = _sql_type(column.type)
            value = f"{plainly} try_cast({signed} as {kind})"
            if self.header:
                value += f" else try_cast({mended} as {kind})"
        return f"{value} end"

    def _is_number(self, column: Column) -> bool:
        """Numbers, and the public release's serial number, a text that is printed as a number."""
        is_serial = column.name == "factory_key" and self.release.key == "DSL"
        return column.type != "text" or is_serial

    @staticmethod
    def _is_plain(column: Column) -> str:
        """Whether a cell is a number that the column holds as it is printed."""
        pattern = SERIAL_NUMBER if column.type == "text" else _number(_decimals(column.type))
        return f"regexp_full_match({_cell_name(column.name)}, {literal(pattern)})"

    def _derive(self, source: str, first: int, last: int) -> str:
        """Part of another column; null where that one is shorter, as shortened identifiers are."""
        part = f"substr({identifier(source)}, {first}, {last - first + 1})"
        return f"case when length({identifier(source)}) >= {last} then nullif(trim({part}), '') end"

    def _problems(self, plain: bool = False) -> list[tuple[str, str | None, str]]:
        """What can be wrong with a line, in the order of looking: condition, column, reason.

        The numbers of `plain` records are right.
        """
        key = _cell_name("factory_key")
        looked_at = [name for name in self.columns if not (plain and name in self._plain_numbers)]
        problems = [] if self.text.is_plain else self._text_problems(looked_at)
        # what is cheap to ask stands first, here and below: the rest is asked of few lines then
        problems.append((f"{key} is null and trim(line) = ''", None, "'is empty'"))
        problems += self._csv_problems() if self.header else self._record_problems()
        if "block" in self.columns:
            others = {*BLOCK_LETTERS} - {layout.code for layout in self.layouts} - {self.block}
            letters = ", ".join(literal(letter.upper()) for letter in sorted(others))
            letter = f"upper({_cell_name('block')})"
            reason = f"concat('is block letter ', {letter}, ', not {self.block.upper()}')"
            problems.append((f"{letter} in ({letters})", "block", reason))
        problems.append((f"{key} is null", "factory_key", "'is empty'"))
        for name in looked_at:
            column = self.columns[name]
            if self._is_number(column):
                cell = _cell_name(name)
                reason = f"why_no_number({cell}, {_decimals(column.type)}, {literal(column.type)})"
                problems.append(
                    (f"{cell} is not null and {identifier(name)} is null", name, reason)
                )
        if "multiplier" in self.columns:
            problems.append((f"{identifier('multiplier')} < 0", "multiplier", "'is negative'"))
        return [*problems, *self._repetition()]

    def _repetition(self) -> list[tuple[str, str | None, str]]:
        """A line that stands in the file before, where one factory and item has one record.

        Items without a serial number may well be alike.
        """
        if "serial_number" in block_columns(self.block):
            if "serial_number" not in self.columns:
                return []
            repeats = f"first_line is not null and {identifier('serial_number')} is not null"
        else:
            repeats = "first_line is not null"
        return [(repeats, None, "concat('repeats line ', first_line, ' of the file')")]

    def _text_problems(self, looked_at: list[str]) -> list[tuple[str, str | None, str]]:
        """Of a file that is not plain ASCII, in these columns."""
        no_text = f"contains(line, {literal(NO_TEXT)})"
        if self.header:
            # what stands in a column that nobody reads does no harm
            cells = (_cell_name(name) for name in looked_at)
            damaged = (f"contains({cell}, {literal(NO_TEXT)})" for cell in cells)
            no_text += f" and ({' or '.join(damaged)})"
        problems: list[tuple[str, str | None, str]] = [
            (
                f"length(line) > {LONGEST_LINE}",
                None,
                f"'is longer than {LONGEST_LINE:,} characters'",
            ),
            (f"is_odd and trim(line, {literal(PADDING)}) = ''", None, "'is empty'"),
        ]
        if self.header:
            lost = literal(numbers.LOST_DIGITS)
            problems += [
                (f"is_odd and {_cell_name(name)} = {lost}", name, f"why_no_number({lost}, 0, '')")
                for name in looked_at
            ]
        problems.append((no_text, None, "'holds what is no UTF-8 text, or control characters'"))
        if not self.header:
            lengths = self._by_code({la.code: str(la.record_length) for la in self.layouts})
            problems.append(
                (
                    f"is_odd and strlen(line) <> length(line) and length(line) <> {lengths}",
                    None,
                    "'has characters of several bytes and is not as long as a record: the places "
                    "of its columns are not sure'",
                )
            )
        return problems

    def _csv_problems(self) -> list[tuple[str, str | None, str]]:
        header = self._csv
        line = literal(stripped(header.line).lower())
        whole = f"concat({literal(header.separator)}, line)"
        beyond = f"fields[{header.cells}]" if header.ends_in_separator else "''"
        is_csv = f"regexp_full_match({whole}, {literal(f'({self._csv_cell})*')})"
        return [
            (f"lower({self._trimmed('line')}) = {line}", None, "'is the header line again'"),
            (f"not {is_csv}", None, "'has a quote that is not closed or stands inside a cell'"),
            (
                f"len(fields) <> {header.cells}",
                None,
                f"concat('has ', len(fields), ' cells, the header has {header.cells}')",
            ),
            (f"trim({beyond}) <> ''", None, "'has a value beyond the columns of the header'"),
        ]

    def _record_problems(self) -> list[tuple[str, str | None, str]]:
        problems = []
        if self.release.blocks[0].single_file:
            unknown = f"{self._code()} not in ({self._codes(self.layouts)})"
            problems.append((unknown, "block", "'is no block of this release'"))
        ends = self._by_code({la.code: str(la.columns[-1].end) for la in self.layouts})
        lengths = self._by_code({la.code: str(la.record_length) for la in self.layouts})
        # bytes are as many as characters, or more
        length = "strlen(line)" if self.text.is_plain else "length(line)"
        return [
            *problems,
            (
                f"{length} < {ends}",
                None,
                f"concat('is too short: ', length(line), ' characters, its columns need ', {ends})",
            ),
            (
                f"strlen(line) > {lengths} and length(rtrim(line)) > {lengths}",
                None,
                f"concat('is too long: ', length(rtrim(line)), ' characters, a record has ', "
                f"{lengths})",
            ),
        ]


def _load_lines(
    connection: duckdb.DuckDBPyConnection, text: Lines, query: _Query, source_name: str
) -> None:
    """Table `lines` (line_number, line, first_line, is_plain_record): the block's lines, numbered
    from 1 as in the file; `first_line` is null.

    No delimiter, quote or comment character: the CSV reader only cuts the file at its line ends.
    """
    first_line = query.header.number + 1 if query.header else 1
    try:
        connection.execute(
            "create temp table lines as select line_number, line, cast(null as bigint) as "
            f"first_line, {query.is_plain_record()} as is_plain_record "
            "from (select row_number() over () as line_number, coalesce(line, '') as line "
            f"from read_csv({literal(text.path)}, columns = {{'line': 'VARCHAR'}}, "
            "delim = chr(31), quote = '', escape = '', comment = '', header = false, "
            "auto_detect = false, strict_mode = false, "
            "compression = 'none')) "
            f"where line_number between {first_line} and {text.last} and {query.belongs()}"
        )
    except duckdb.InvalidInputException:
        # not from DuckDB's error, whose words repeat the line
        raise ReleaseError(f"{source_name}: not a text file of records") from None


def _mark_repeated_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Sets `first_line` of lines that stand in the file before, character by character."""
    connection.execute(
        """
        update lines set first_line = repeated.first_line
        from (
            select line_number, min(line_number) over (partition by line) as first_line
            from lines
            where hash(line) in (
                select hash(line) from lines group by hash(line) having count(*) > 1
            )
        ) as repeated
        where lines.line_number = repeated.line_number
            and repeated.line_number > repeated.first_line
        """
    )


def _nothing_kept(
    source_name: str, release: Release, layout: BlockLayout, rejected: tuple[Any, ...] | None
) -> str:
    """Why no record could be kept: what is wrong with the first one, what the file looks like."""
    block = f"block {layout.block.upper()} of {layout.name}"
    if rejected is None:
        header = "a header line and " if layout.format == "csv" else ""
        return f"{source_name}: holds {header}no record of {block}; get the file again"
    count, line_number, column, reason, line = rejected
    place = f"line {line_number}" + (f", {column}" if column else "")
    message = f"{source_name}: holds no record of {block}: all {count:,} are rejected. "
    message += f"{place}: {reason}. "
    fitting = looks_like(line, [release]) or looks_like(line, known_releases())
    if fitting:
        return message + f"It looks like {several(fitting)}: move or rename the file."
    return (
        message + "If the file is as it was released, it is of another survey year, or needs a "
        "layout of your own (docs/layouts.md)."
    )


def _is_csv(layouts: tuple[BlockLayout, ...]) -> bool:
    return layouts[0].format == "csv"


def _number(decimals: int) -> str:
    """Pattern of a number that a type with so many decimals holds without rounding."""
    return rf"0*[+-]?[0-9]*(\.[0-9]{{0,{decimals}}}0*)?"


def _decimals(kind: str) -> int:
    """Digits after the point; none of the serial number, which is text."""
    return int(kind.rstrip(")").split(",")[1]) if kind.startswith("decimal") else 0


def _serial_number(cell: str) -> str:
    """Its digits without leading zeros."""
    return f"coalesce(nullif(ltrim(split_part({cell}, '.', 1), '0'), ''), '0')"


def _sql_type(kind: str) -> str:
    return {"text": "VARCHAR", "integer": "BIGINT"}.get(kind, kind.upper())


def _cell_name(column: str) -> str:
    return identifier(f"cell_{column}")
