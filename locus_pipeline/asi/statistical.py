"""Blocks as files of statistical programs: SPSS (.sav), Stata (.dta) and Parquet.

They are printed as CSV, each number with all the digits that the file is sure of, and then read as
any other CSV file is: the layout types the cells, never the file. Labels are not looked at; values
that the file itself declares missing are blank cells.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyreadstat

from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.lines import NO_TEXT
from locus_pipeline.asi.numbers import LOST_DIGITS
from locus_pipeline.sql import identifier, literal

# What damaged files make of their readers.
FAULTS = (
    *(pyreadstat.ReadstatError, pyreadstat.PyreadstatError, duckdb.Error),
    *(ValueError, OverflowError, MemoryError),
)
ROWS_AT_ONCE = 200_000
# Up to where each type holds all whole numbers, and how many decimal digits it holds for sure.
WHOLE = {"DOUBLE": 2**53, "FLOAT": 2**24}
FLOAT_DIGITS = 6
# How a variable of texts is shown: A8 and AHEX16 in SPSS, %-9s in Stata.
SHOWN_AS_TEXT = re.compile(r"A(HEX)?[0-9.]+|%[-~]?[0-9]*s")
READERS = {"SPSS": pyreadstat.read_sav, "Stata": pyreadstat.read_dta}
# What the file says itself, then what old versions leave unsaid.
ENCODINGS = (None, "WINDOWS-1252")
# How a file says the encoding of its texts: a record of SPSS, the versions of Stata since 14.
SAYS_ENCODING = re.compile(
    rb"\x07\0\0\0\x14\0\0\0\x01\0\0\0|^<stata_dta><header><release>1(1[89]|2)"
)
DICTIONARY = 1_000_000  # bytes at the beginning that it is looked for in


def statistical_form(head: bytes) -> str | None:
    """'SPSS', 'Stata' or 'Parquet' by a file's first bytes, whatever its name."""
    if head.startswith((b"$FL2", b"$FL3")):
        return "SPSS"
    old_stata = len(head) > 2 and 102 <= head[0] <= 115 and head[1] in (1, 2) and head[2] == 1
    if head.startswith(b"<stata_dta>") or old_stata:
        return "Stata"
    return "Parquet" if head.startswith(b"PAR1") else None


def write_csv(
    connection: duckdb.DuckDBPyConnection, source: Path, form: str, to: Path, source_name: str
) -> None:
    """Print the file as CSV: a header line, then record n as line n + 1.

    Raises ReleaseError where the file can't be read as the form that its first bytes say.
    """
    try:
        if form == "Parquet":
            records = f"read_parquet({literal(source)}, binary_as_string = true)"
        else:
            records = "records"
            _load(connection, source, READERS[form])
        cells = ", ".join(
            f"{_printed(name, kind)} as {identifier(name)}"
            for name, kind, *_ in connection.execute(f"describe from {records}").fetchall()
        )
        connection.execute(
            f"copy (select {cells} from {records}) to {literal(to)} (format csv, header)"
        )
        connection.execute("drop table if exists records")
    except FAULTS:
        # not from the error itself, whose words may repeat a value
        raise ReleaseError(
            f"{source_name}: a damaged {form} file, or of a version that can't be read; get it "
            "again, or export the block as CSV"
        ) from None


def _load(connection: duckdb.DuckDBPyConnection, source: Path, read: Any) -> None:
    """Table `records`, the file's records in their order."""
    with source.open("rb") as file:
        says = SAYS_ENCODING.search(file.read(DICTIONARY))
    encodings = ENCODINGS[:1] if says else ENCODINGS
    for encoding in encodings:
        try:
            for number, columns in enumerate(_parts(source, read, encoding)):
                connection.register("part", columns)
                verb = "insert into" if number else "create or replace temp table"
                connection.execute(f"{verb} records {'' if number else 'as'} from part")
                connection.unregister("part")
        except pyreadstat.ReadstatError:
            if encoding == encodings[-1]:
                raise
        else:
            return


def _parts(source: Path, read: Any, encoding: str | None) -> Iterator[dict[str, np.ndarray]]:
    """Some records at a time, by column; at least once, so that the columns are known."""
    start, rows = 0, ROWS_AT_ONCE
    while rows == ROWS_AT_ONCE:
        columns, facts = read(
            source,
            row_offset=start,
            row_limit=ROWS_AT_ONCE,
            output_format="dict",
            encoding=encoding,
        )
        types = facts.readstat_variable_types
        for name, shown in facts.original_variable_types.items():
            # files have no checksum, but they say twice what a variable is
            is_text = types.get(name) == "string"
            if shown != "NULL" and bool(SHOWN_AS_TEXT.fullmatch(shown)) != is_text:
                raise ValueError(f"the type and the format of {name} contradict each other")
        columns = {name: _column(values, types[name]) for name, values in columns.items()}
        rows = len(next(iter(columns.values()), ()))
        yield columns
        start += rows


def _column(values: Any, kind: str) -> np.ndarray:
    """Numbers as floats of the file's precision (NaN is missing), texts and dates as texts."""
    if kind != "string":
        try:
            return np.asarray(values, dtype="float32" if kind == "float" else "float64")
        except (TypeError, ValueError):
            pass  # a date
    texts = [None if value is None or value != value else str(value) for value in values]
    return np.array(texts, dtype=object)


def _printed(column: str, kind: str) -> str:
    """SQL for a cell as text, with every digit of a number and none that it does not have."""
    name = identifier(column)
    if kind not in WHOLE:
        text = f"cast({name} as varchar)"
        return f"replace(replace({text}, chr(10), {literal(NO_TEXT)}), chr(13), {literal(NO_TEXT)})"
    lost = f"abs({name}) >= {WHOLE[kind]}"
    if kind == "FLOAT":
        digits = f"regexp_replace(cast({name} as varchar), 'e.*|[^0-9]', '', 'g')"
        lost += f" or ({name} <> trunc({name}) and length(ltrim({digits}, '0')) > {FLOAT_DIGITS})"
    return (
        f"case when isnan({name}) then null when {lost} then {literal(LOST_DIGITS)} "
        f"when {name} = trunc({name}) then cast(cast({name} as bigint) as varchar) "
        f"else cast({name} as varchar) end"
    )
