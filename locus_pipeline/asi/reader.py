"""Reads a block file into typed rows and rejected rows: SQL made from the layout, run by DuckDB.

The file is taken as numbered lines, whatever its format. A fixed-width line is cut at the layout's
positions, a CSV line at its commas; then one SELECT turns the cells into the layout's types. Types
are never detected and no number is ever rounded: a line with a cell that its column can't hold as
printed is rejected, with its line number, the column and the reason.
"""

import codecs
import csv
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from locus_pipeline.asi.layout import (
    BLOCK_LETTERS,
    BlockLayout,
    Column,
    Release,
    block_columns,
    normalise_header,
)
from locus_pipeline.asi.release import (
    NOT_NEEDED,
    ReleaseError,
    known_releases,
    looks_like,
    several,
)
from locus_pipeline.files import private_folder
from locus_pipeline.settings import Settings
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
CHUNK = 1 << 22
LONGEST_HEADER = 1 << 16
# Characters of a printed number: zero padding, then the sign, as the panel release writes it
# (`0000-1234`), then digits and a decimal point.
NUMBER = r"0*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)"
# A CSV line whose quotes only enclose whole cells without commas or quotes inside, as nearly all
# lines are; anything else that is a CSV line at all is cut more slowly.
PLAIN_CSV = '("[^",]*"|[^",]*)(,("[^",]*"|[^",]*))*'
CSV_CELL = ',("([^"]|"")*"|[^",]*)'
# What stands for bytes that are no text: U+FFFD, the Unicode replacement character.
NO_TEXT = "\N{REPLACEMENT CHARACTER}"
CONTROLS = bytes({*range(32), 127} - {*b"\t\n\r\x1a"})


@dataclass(frozen=True)
class Counts:
    """Records of a block in its file: each is kept or rejected.

    `ignored_columns` are header names of a CSV file that the layout has no use for.
    """

    rows_read: int
    rows_kept: int
    rows_rejected: int
    ignored_columns: tuple[str, ...] = ()


def row_types(block: str) -> dict[str, str]:
    """Columns of a block's raw Parquet file and their DuckDB types; the same in every year."""
    types = {"survey_year": "VARCHAR"}
    types |= {name: _sql_type(column["type"]) for name, column in block_columns(block).items()}
    return types | {"line_number": "BIGINT"}


def write_empty(connection: duckdb.DuckDBPyConnection, types: dict[str, str], to: Path) -> None:
    """A Parquet file without rows, so that a glob over no survey year finds its columns."""
    columns = ", ".join(f"cast(null as {kind}) as {_name(name)}" for name, kind in types.items())
    connection.execute(f"copy (select {columns} limit 0) to {_text(to)} {PARQUET}")


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
) -> Counts:
    """Read the records of one block from `source` and write two Parquet files.

    `layouts` are those of one block in `release`; `source_name` is what messages call the file.
    `rows_to` gets survey_year, the block's harmonised columns (null where the layout has none) and
    line_number, in the order of the file; `rejected_to` the REJECTED_COLUMNS. In a release of one
    file for all blocks, block A also takes the lines that belong to no block, to reject them.

    Raises LayoutError where the layout is not fully known, ReleaseError where the file is not what
    the layout says: header names missing or twice, or no record that can be kept.
    """
    for layout in layouts:
        layout.require_complete()
    with scratch_folder(settings) as scratch, _connect(settings, scratch) as connection:
        text, last_line = _plain_text(source, scratch / "plain.txt")
        header = _Header.read(text, layouts[0], source_name) if _is_csv(layouts) else None
        query = _Query(release, layouts, header)
        _load_lines(connection, text, query, last_line, source_name)
        if release.unique_key:
            _mark_repeated_lines(connection)

        connection.execute(query.rows("lines", rows_to))
        [(read, kept)] = connection.execute(
            "select (select count(*) from lines), (select count(*) from read_parquet(?))",
            [str(rows_to)],
        ).fetchall()
        connection.execute(
            "create temp view rejected_lines as select * from lines anti join "
            f"read_parquet({_text(rows_to)}) as kept on lines.line_number = kept.line_number"
        )
        connection.execute(query.rejected("rejected_lines", source_name, rejected_to))
        rejected = connection.execute(
            "select count(*) over (), line_number, column_name, reason, line_text "
            "from read_parquet(?) order by line_number limit 1",
            [str(rejected_to)],
        ).fetchone()
    if not kept:
        raise ReleaseError(_nothing_kept(source_name, release, layouts[0], rejected))
    return Counts(read, kept, rejected[0] if rejected else 0, header.ignored if header else ())


def _connect(settings: Settings, scratch: Path) -> duckdb.DuckDBPyConnection:
    config = {
        "memory_limit": settings.memory_limit,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if settings.threads:
        config["threads"] = settings.threads
    return duckdb.connect(config=config)


@dataclass(frozen=True)
class _Header:
    """The first line of a CSV file: where it has the layout's columns, counted from 1."""

    line: str
    cells: int
    places: dict[str, int]
    ignored: tuple[str, ...]

    @classmethod
    def read(cls, text: Path, layout: BlockLayout, source_name: str) -> "_Header":
        with text.open(encoding="utf-8-sig", newline="\n") as file:
            line = file.readline(LONGEST_HEADER).rstrip("\r\n")
        printed = [name.strip() for name in next(csv.reader([line]), [])]
        names = [normalise_header(name) for name in printed]
        places, missing = {}, []
        for column in layout.columns:
            name = normalise_header(column.source)
            if names.count(name) > 1:
                raise ReleaseError(
                    f"{source_name}, line 1: the header names {column.source} "
                    f"{names.count(name)} times; only one column can be meant"
                )
            if name in names:
                places[column.name] = names.index(name) + 1
            elif column.name not in NOT_NEEDED:
                missing.append(column)
        if missing:
            raise ReleaseError(_missing_headers(source_name, layout, missing, printed, line))
        used = {"", *(names[place - 1] for place in places.values())}
        ignored = tuple(name for name, key in zip(printed, names, strict=True) if key not in used)
        return cls(line, len(printed), places, ignored)


class _Query:
    """The SELECT that turns numbered lines into one block's typed rows or rejected rows.

    Every name in it comes from the validated layouts; text of ours is quoted.
    """

    def __init__(
        self, release: Release, layouts: tuple[BlockLayout, ...], header: _Header | None
    ) -> None:
        self.release, self.layouts, self.header = release, layouts, header
        self.layout = layouts[0]
        self.block = self.layout.block
        self.types = row_types(self.block)
        self.columns = {
            column.name: column
            for layout in layouts
            for column in layout.columns
            if header is None or column.name in header.places
        }
        self.derived = {
            name: (source, first, last)
            for name, source, first, last in self.layout.derived
            if name not in self.columns
        }

    def rows(self, lines: str, to: Path) -> str:
        """SQL that writes the lines without a problem as typed rows, in the order of the file.

        The order is asked for: DuckDB's parallel writer does not always keep that of its input.
        """
        values = [f"{_text(self.layout.survey_year)} as survey_year"]
        for name, kind in list(self.types.items())[1:-1]:
            if name in self.columns:
                values.append(_name(name))
            elif name in self.derived:
                values.append(f"{self._derive(*self.derived[name])} as {_name(name)}")
            else:
                values.append(f"cast(null as {kind}) as {_name(name)}")
        problem = " ".join(f"when {condition} then 1" for condition, _, _ in self._problems())
        return (
            f"copy ({self._typed(lines)} select {', '.join(values)}, line_number from typed "
            f"where case {problem} end is null order by line_number) to {_text(to)} {PARQUET}"
        )

    def rejected(self, lines: str, source_name: str, to: Path) -> str:
        """SQL that writes the lines with a problem: the first one that each has."""
        problems = self._problems()
        columns = " ".join(
            f"when {condition} then {_text(column) if column else 'null'}"
            for condition, column, _ in problems
        )
        reasons = " ".join(f"when {condition} then {reason}" for condition, _, reason in problems)
        return (
            f"copy ({self._typed(lines)} select {_text(self.layout.survey_year)} as survey_year, "
            f"{_text(self.block)} as block, {_text(source_name)} as source_file, line_number, "
            f"cast(case {columns} end as varchar) as column_name, "
            f"cast(case {reasons} end as varchar) as reason, line as line_text "
            f"from typed order by line_number) to {_text(to)} {PARQUET}"
        )

    def belongs(self) -> str:
        """Which lines of a file that holds all blocks are this block's."""
        if not self.release.blocks[0].single_file:
            return "true"
        own = f"{self._code()} in ({self._codes(self.layouts)})"
        if self.block != "a":
            return own
        return f"({own} or {self._code()} not in ({self._codes(self.release.blocks)}))"

    def _typed(self, lines: str) -> str:
        cut, cells, typed = "*", ["line_number", "line", "first_line"], ["*"]
        if self.header:
            unquoted = (
                "case when starts_with(cell, '\"') "
                "then replace(substr(cell, 2, length(cell) - 2), '\"\"', '\"') else cell end"
            )
            printed = f"regexp_extract_all(concat(',', line), {_text(CSV_CELL)}, 1)"
            cut = (
                f"*, case when regexp_full_match(line, {_text(PLAIN_CSV)}) "
                "then string_split(replace(line, '\"', ''), ',') "
                f"else list_transform({printed}, lambda cell: {unquoted}) end as fields"
            )
            cells.append("fields")
        for name, column in self.columns.items():
            cells.append(f"{self._cell(name)} as {_cell_name(name)}")
            typed.append(f"{self._value(column)} as {_name(name)}")
        return (
            f"with cut as (select {cut} from {lines}), "
            f"cells as (select {', '.join(cells)} from cut), "
            f"typed as (select {', '.join(typed)} from cells)"
        )

    def _cell(self, name: str) -> str:
        """The trimmed text of a column, null where it is blank."""
        if self.header:
            return f"nullif(trim(fields[{self.header.places[name]}]), '')"
        places = {
            layout.code: f"substr(line, {column.start}, {column.width})"
            for layout in self.layouts
            for column in layout.columns
            if column.name == name
        }
        return f"nullif(trim({self._by_code(places)}), '')"

    def _by_code(self, values: dict[str, str]) -> str:
        """One value for each code that the lines carry; a single one where they carry only one."""
        if len(self.layouts) == 1:
            [value] = values.values()
            return value
        cases = " ".join(f"when {_text(c.upper())} then {value}" for c, value in values.items())
        return f"case {self._code()} {cases} end"

    def _code(self) -> str:
        column = next(column for column in self.layout.columns if column.name == "block")
        return f"upper(trim(substr(line, {column.start}, {column.width})))"

    @staticmethod
    def _codes(layouts: tuple[BlockLayout, ...]) -> str:
        return ", ".join(_text(layout.code.upper()) for layout in layouts)

    def _value(self, column: Column) -> str:
        cell = _cell_name(column.name)
        if column.name == "factory_key" and self.release.key == "DSL":
            digits = f"coalesce(nullif(ltrim(split_part({cell}, '.', 1), '0'), ''), '0')"
            return f"case when regexp_full_match({cell}, {_text(_number(0))}) then {digits} end"
        if column.type == "text":
            return cell
        # a sign may stand after the zero padding
        signed = f"substr({cell}, greatest(strpos({cell}, '-'), strpos({cell}, '+'), 1))"
        return (
            f"case when regexp_full_match({cell}, {_text(_number(_decimals(column.type)))}) "
            f"then try_cast({signed} as {_sql_type(column.type)}) end"
        )

    def _derive(self, source: str, first: int, last: int) -> str:
        """Part of another column; null where that one is shorter, as shortened identifiers are."""
        part = f"substr({_name(source)}, {first}, {last - first + 1})"
        return f"case when length({_name(source)}) >= {last} then nullif(trim({part}), '') end"

    def _problems(self) -> list[tuple[str, str | None, str]]:
        """What can be wrong with a line, in the order of looking: condition, column, reason."""
        problems = [
            (f"contains(line, {_text(NO_TEXT)})", None, "'holds bytes that are not UTF-8 text'"),
            ("trim(line) = ''", None, "'is empty'"),
        ]
        problems += self._csv_problems() if self.header else self._record_problems()
        if "block" in self.columns:
            others = {*BLOCK_LETTERS} - {layout.code for layout in self.layouts} - {self.block}
            letters = ", ".join(_text(letter.upper()) for letter in sorted(others))
            cell = _cell_name("block")
            reason = f"concat('is block letter ', {cell}, ', not {self.block.upper()}')"
            problems.append((f"upper({cell}) in ({letters})", "block", reason))
        key = _cell_name("factory_key")
        problems.append((f"{key} is null", "factory_key", "'is empty'"))
        for name, column in self.columns.items():
            if column.type != "text" or name == "factory_key":
                cell, value = _cell_name(name), _name(name)
                unlike = f"{cell} is not null and {value} is null"
                problems.append((unlike, name, self._unlike_number(column)))
        if "multiplier" in self.columns:
            problems.append((f"{_name('multiplier')} < 0", "multiplier", "'is negative'"))
        return [*problems, *self._repetition()]

    def _repetition(self) -> list[tuple[str, str | None, str]]:
        """A line that stands in the file before, where one factory and item has one record.

        Items without a serial number may well be alike.
        """
        if "serial_number" in block_columns(self.block):
            if "serial_number" not in self.columns:
                return []
            repeats = f"first_line is not null and {_name('serial_number')} is not null"
        else:
            repeats = "first_line is not null"
        return [(repeats, None, "concat('repeats line ', first_line, ' of the file')")]

    def _csv_problems(self) -> list[tuple[str, str | None, str]]:
        line = _text(self.header.line.strip().lower())
        pairs = f"regexp_full_match(concat(',', line), {_text(f'({CSV_CELL})*')})"
        return [
            (f"lower(trim(line)) = {line}", None, "'is the header line again'"),
            (f"not {pairs}", None, "'has a quote that is not closed or stands inside a cell'"),
            (
                f"len(fields) <> {self.header.cells}",
                None,
                f"concat('has ', len(fields), ' cells, the header has {self.header.cells}')",
            ),
        ]

    def _record_problems(self) -> list[tuple[str, str | None, str]]:
        problems = []
        if self.release.blocks[0].single_file:
            unknown = f"{self._code()} not in ({self._codes(self.layouts)})"
            reason = f"concat('\"', {self._code()}, '\" is no block of this release')"
            problems.append((unknown, "block", reason))
        ends = self._by_code({la.code: str(la.columns[-1].end) for la in self.layouts})
        lengths = self._by_code({la.code: str(la.record_length) for la in self.layouts})
        return [
            *problems,
            (
                f"length(line) < {ends}",
                None,
                f"concat('is too short: ', length(line), ' characters, its columns need ', {ends})",
            ),
            (
                f"length(rtrim(line)) > {lengths}",
                None,
                f"concat('is too long: ', length(rtrim(line)), ' characters, a record has ', "
                f"{lengths})",
            ),
        ]

    def _unlike_number(self, column: Column) -> str:
        cell = _cell_name(column.name)
        shown = f"concat('\"', left({cell}, 40), '\" ', %s)"
        if column.name == "factory_key":
            return shown % "'is not a dispatch serial number'"
        decimals = _decimals(column.type)
        kept = f"has more than {decimals} decimals" if decimals else "is not a whole number"
        return (
            f"case when not regexp_full_match({cell}, {_text(NUMBER)}) "
            f"then {shown % _text('is not a number')} "
            f"when not regexp_full_match({cell}, {_text(_number(decimals))}) "
            f"then {shown % _text(kept)} "
            f"else {shown % _text(f'is too large for {column.type}')} end"
        )


def _load_lines(
    connection: duckdb.DuckDBPyConnection,
    text: Path,
    query: _Query,
    last_line: int,
    source_name: str,
) -> None:
    """Table `lines` (line_number, line, first_line): the block's lines, numbered from 1 as in the
    file; `first_line` is null.

    No delimiter, quote or comment character: the CSV reader only cuts the file at its line ends.
    """
    first_line = 2 if query.header else 1
    try:
        connection.execute(
            "create temp table lines as select line_number, line, cast(null as bigint) as "
            "first_line from (select row_number() over () "
            "as line_number, coalesce(line, '') as line from read_csv("
            f"{_text(text)}, columns = {{'line': 'VARCHAR'}}, delim = chr(31), quote = '', "
            "escape = '', comment = '', header = false, auto_detect = false, strict_mode = false, "
            "compression = 'none')) "
            f"where line_number between {first_line} and {last_line} and {query.belongs()}"
        )
    except duckdb.InvalidInputException as error:
        problem = str(error).splitlines()[0]
        raise ReleaseError(f"{source_name}: not a text file of records: {problem}") from error


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


def _plain_text(source: Path, copy: Path) -> tuple[Path, int]:
    """A file that is UTF-8 with the same line end throughout, and its last line that is not blank.

    That is nearly always the file itself. Otherwise it is `copy`, line for line the same, in which
    what is no text (not UTF-8, control characters, a lone carriage return) became NO_TEXT.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_plain, ends, returns, pairs, last_line, before = True, 0, 0, 0, 0, b""
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            if is_plain:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_plain = False
                is_plain = is_plain and len(chunk.translate(None, CONTROLS)) == len(chunk)
            if full := chunk.rstrip(b"\r\n \x1a"):
                last_line = ends + full.count(b"\n") + 1
            ends += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n") + (before == b"\r" and chunk[:1] == b"\n")
            before = chunk[-1:]
    is_plain = is_plain and not decoder.getstate()[0] and returns == pairs and pairs in (0, ends)
    if is_plain:
        return source, last_line
    with (
        source.open(encoding="utf-8", errors="replace", newline="") as file,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        replaced = dict.fromkeys((*CONTROLS, ord("\r")), NO_TEXT)
        while piece := file.read(CHUNK):
            if piece.endswith("\r"):
                piece += file.read(1)
            target.write(piece.replace("\r\n", "\n").translate(replaced))
    return copy, last_line


def _missing_headers(
    source_name: str, layout: BlockLayout, missing: list[Column], printed: list[str], line: str
) -> str:
    wanted = ", ".join(f"{column.source} ({column.name})" for column in missing)
    inferred = [column.source for column in missing if column.inferred]
    message = f"{source_name}, line 1: the header lacks {wanted}. It has {', '.join(printed)}. "
    if inferred:
        message += f"The layout infers {', '.join(inferred)}; no file with these was seen. "
    own = f"block {layout.code.upper()} of {layout.name}"
    fitting = [name for name in looks_like(line, known_releases()) if name != own]
    if fitting:
        message += f"It looks like {several(fitting)}. "
    return message + (
        "If the file is right, put a layout with its names into "
        f"LOCUS_HOME/layouts/{layout.survey_year}.yaml (docs/layouts.md)."
    )


def _nothing_kept(
    source_name: str, release: Release, layout: BlockLayout, rejected: tuple | None
) -> str:
    """Why no record could be kept: what is wrong with the first one, what the file looks like."""
    block = f"block {layout.block.upper()} of {layout.name}"
    if rejected is None:
        return f"{source_name}: holds no record of {block}; get the file again"
    count, line_number, column, reason, line = rejected
    place = f"line {line_number}" + (f", {column}" if column else "")
    message = f"{source_name}: holds no record of {block}: all {count:,} are rejected. "
    message += f"{place}: {reason}. "
    fitting = looks_like(line, [release]) or looks_like(line, known_releases())
    if fitting:
        return message + f"It looks like {several(fitting)}: move or rename the file."
    return message + "It is no file of this survey year, or needs a layout of your own."


def _is_csv(layouts: tuple[BlockLayout, ...]) -> bool:
    return layouts[0].format == "csv"


def _number(decimals: int) -> str:
    """Pattern of a number that a type with so many decimals holds without rounding."""
    return rf"0*[+-]?[0-9]*(\.[0-9]{{0,{decimals}}}0*)?"


def _decimals(kind: str) -> int:
    return 0 if kind == "integer" else int(kind.rstrip(")").split(",")[1])


def _sql_type(kind: str) -> str:
    return {"text": "VARCHAR", "integer": "BIGINT"}.get(kind, kind.upper())


def _name(column: str) -> str:
    return f'"{column}"'


def _cell_name(column: str) -> str:
    return f'"cell_{column}"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
