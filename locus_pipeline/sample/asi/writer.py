"""Writes blocks as lines of the year's real layout, by SQL generated from the layout.

Fixed-width records: numbers padded with zeros on the left, a sign after the padding
(`0000-1234`), explicit decimal points, texts padded with blanks on the right. CSV: a header as
released and the release's own way of printing numbers.
"""

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from locus_pipeline.asi.layout import BlockLayout, Column, LayoutError
from locus_pipeline.connection import connect
from locus_pipeline.sql import identifier


@dataclass(frozen=True)
class CsvStyle:
    """How a year's CSV files print values: texts quoted, whole numbers ending in .0."""

    quoted: bool = False
    float_numbers: bool = False


CSV_STYLES = {"2022-23": CsvStyle(quoted=True), "2023-24": CsvStyle(float_numbers=True)}


@dataclass
class Field:
    """A column's values: texts, or numbers in units of 10 ** -decimals."""

    values: np.ndarray
    decimals: int = 0

    @property
    def is_text(self) -> bool:
        """Whether the values are texts."""
        return self.values.dtype == object


def write_lines(file: BinaryIO, layout: BlockLayout, fields: dict[str, Field], newline: str) -> int:
    """Appends one line for each element of the fields; returns how many.

    Raises LayoutError where a value does not fit the column that the layout gives it.
    """
    fixed = layout.format == "fixed_width"
    if fixed:
        for column in layout.columns:
            _check_width(layout, column, fields[column.name])
        expressions = [_fixed(column, fields[column.name]) for column in layout.columns]
        padding = (layout.record_length or 0) - layout.columns[-1].place[1]
        line = " || ".join(expressions) + (f" || repeat(' ', {padding})" if padding else "")
    else:
        style = CSV_STYLES.get(layout.survey_year, CsvStyle())
        line = " || ',' || ".join(
            _csv(column, fields[column.name], style) for column in layout.columns
        )
        header = ",".join(column.header_name for column in layout.columns)
        file.write((header + newline).encode())
    with connect() as connection:
        connection.register(
            "rows", {column.name: fields[column.name].values for column in layout.columns}
        )
        lines = connection.execute(f"select {line} as line from rows").fetchnumpy()["line"]
    if len(lines):
        file.write((newline.join(lines) + newline).encode())
    return len(lines)


def _name(column: Column) -> str:
    return identifier(column.name)


def _check_width(layout: BlockLayout, column: Column, field: Field) -> None:
    if not len(field.values):
        return
    if field.is_text:
        longest = max(len(text) for text in set(field.values))
    else:
        signs = [int(field.values.min()), int(field.values.max())]
        point = field.decimals + 1 if field.decimals else 0
        whole = [len(str(abs(v) // 10**field.decimals)) + (v < 0) for v in signs]
        longest = max(whole) + point
    if longest > column.width:
        raise LayoutError(
            f"{layout.name}, block {layout.code.upper()}, {column.name}: a sample value needs "
            f"{longest} characters, the layout has {column.width}; write a larger scale"
        )


def _decimal(name: str, decimals: int) -> str:
    unit = 10**decimals
    return (
        f"cast({name} // {unit} as varchar) || '.' || "
        f"lpad(cast({name} % {unit} as varchar), {decimals}, '0')"
    )


def _fixed(column: Column, field: Field) -> str:
    name = _name(column)
    if field.is_text:
        return f"rpad({name}, {column.width}, ' ')"
    number = _decimal(name, field.decimals) if field.decimals else f"cast({name} as varchar)"
    return f"lpad({number}, {column.width}, '0')"


def _csv(column: Column, field: Field, style: CsvStyle) -> str:
    name = _name(column)
    if field.is_text:
        return f"""'"' || {name} || '"'""" if style.quoted else name
    if not field.decimals:
        return f"cast({name} as varchar)" + (" || '.0'" if style.float_numbers else "")
    number = _decimal(name, field.decimals)
    if column.name == "multiplier":
        number = f"rtrim(rtrim({number}, '0'), '.')"
    elif style.float_numbers:
        number = f"rtrim({number}, '0')"
        number = f"case when {number} like '%.' then {number} || '0' else {number} end"
    return number
