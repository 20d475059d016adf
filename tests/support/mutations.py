"""Damaged block files, and an oracle that says what each of their lines prints.

The oracle shares nothing with the reader: bytes, Python's csv module and decimal.Decimal.
"""

import csv
import random
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from locus_pipeline.asi.layout import BlockLayout, Column, Release
from tests.support.records import Reading, csv_line, header, record

PIECES = [
    *(bytes([byte]) for byte in (*range(32), 127, 128, 133, 160, 173, 194, 233, 254, 255)),
    *(
        text.encode()
        for text in (
            *",;\t|\"'.-+eE_ ",
            *("\xa0", "\u2009", "\u202f", "\u3000", "\u2028", "\x85", "\ufeff", "\u200b", "\xad"),
            *(
                "\N{FULLWIDTH DIGIT ONE}",
                "\N{ARABIC-INDIC DIGIT THREE}",
                "\N{MINUS SIGN}",
                "ह",
                "😀",
            ),
            *("inf", "NaN", "None", "NA", "1e5", "E+02", "--", "0x1F", "1_000", "1,234", '"1,234"'),
            *("9" * 19, "x" * 500, " " * 50, "0" * 30, "''", '""', ",,", "\r\n", "\n\n"),
        )
    ),
]
BLANKS = {chr(code) for code in range(0x10000) if chr(code).isspace() and not 28 <= code <= 31}
UNSEEN = {*"\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"}
GROUPED = re.compile(r"[+-]?[1-9][0-9]?[0-9]?(,[0-9]{2,3})*,[0-9]{3}(\.[0-9]*)?")


@dataclass(frozen=True)
class Damaged:
    """A file of which some lines were changed; `untouched` are the numbers of the others."""

    content: bytes
    untouched: set[int]


def numbered(layout: BlockLayout, number: int, chance: random.Random) -> str:
    """A record with a value in every column."""
    values = {column.name: _printed(column, chance) for column in layout.columns}
    values["factory_key"] = f"{10000 + number}"
    values |= {"block": layout.code.upper()} if "block" in values else {}
    return csv_line(layout, **values) if layout.format == "csv" else record(layout, **values)


def _printed(column: Column, chance: random.Random) -> str:
    width = column.width if column.start else 9
    if column.type in ("text", "integer") or width < 8:
        return str(chance.randrange(10 ** min(width, 2)))
    sign = "-" if column.name != "multiplier" and chance.random() < 0.2 else ""
    return f"{sign}{chance.randrange(10 ** (width - 5))}.{chance.randrange(100):02d}"


def damaged(layout: BlockLayout, records: int, share: float, seed: int) -> Damaged:
    chance = random.Random(seed)
    lines = [numbered(layout, number, chance).encode() for number in range(records)]
    if layout.format == "csv":
        lines.insert(0, header(layout).encode())
    untouched, content, line_number = set(), [], 1
    for number, line in enumerate(lines):
        is_header = layout.format == "csv" and number == 0
        if not is_header and chance.random() < share:
            line = mutated(line, chance)
        else:
            untouched.add(line_number)
        content.append(line)
        line_number += 1 + line.count(b"\n")
    end = chance.choice([b"\n", b"\r\n"])
    return Damaged(end.join(content) + end, untouched)


def mutated(line: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        place = chance.randrange(len(line) + 1)
        piece = chance.choice(PIECES)
        match chance.randrange(8):
            case 0 | 1:
                line = line[:place] + piece + line[place:]
            case 2 | 3:
                line = line[:place] + piece + line[place + 1 :]
            case 4:
                line = line[:place] + line[place + chance.randrange(1, 4) :]
            case 5:  # beside a separator or a blank, as padding stands
                places = [n + 1 for n, byte in enumerate(line) if byte in b', "'] or [0]
                place = chance.choice(places)
                line = line[:place] + piece + line[place:]
            case 6:
                line = line[:place]
            case _:
                line = line + line[place:]
    return line


def faults(reading: Reading, file: Damaged, release: Release, layout: BlockLayout) -> list[str]:
    """What the reader did wrong with a damaged file; empty where it did nothing wrong."""
    lines = re.split(rb"\r*\n", file.content)
    while lines and not lines[-1].strip(b"\r\n \x1a"):
        lines.pop()
    first = 2 if layout.format == "csv" else 1
    numbers = set(range(first, len(lines) + 1))
    kept = {row["line_number"]: row for row in reading.rows}
    rejected = {row["line_number"] for row in reading.rejected}
    wrong = []
    if kept.keys() | rejected != numbers or kept.keys() & rejected:
        wrong.append(f"unaccounted: {sorted(numbers ^ (kept.keys() | rejected))}")
    if reading.counts.rows_read != len(numbers):
        wrong.append("rows_read is not the number of lines")
    wrong += [f"line {n} was whole and is lost" for n in sorted(file.untouched & rejected)]
    for number, row in kept.items():
        line = lines[number - 1]
        for name, printed in _cells(line, layout).items():
            column = next(column for column in layout.columns if column.name == name)
            if not _is_value(printed, row[name], column.type, name, release):
                wrong.append(
                    f"line {number}, {name}: {printed!r} was kept as {row[name]!r}: {line!r}"
                )
    return wrong


def _cells(line: bytes, layout: BlockLayout) -> dict[str, str]:
    text = line.decode("utf-8", "surrogateescape")
    if layout.format == "csv":
        [cells] = csv.reader([text], strict=True)
        return dict(zip((column.name for column in layout.columns), cells, strict=True))
    return {column.name: text[column.start - 1 : column.end] for column in layout.columns}


def _is_value(printed: str, value: object, kind: str, name: str, release: Release) -> bool:
    while printed and (printed[0] in BLANKS or printed[0] in UNSEEN):
        printed = printed[1:]
    while printed and (printed[-1] in BLANKS or printed[-1] in UNSEEN):
        printed = printed[:-1]
    if not printed:
        return value is None
    if kind == "text" and not (name == "factory_key" and release.key == "DSL"):
        return value == printed
    sign = re.match("0+([+-].*)", printed)
    number = sign[1] if sign else printed
    number = number.replace(",", "") if GROUPED.fullmatch(number) else number
    try:
        return number.isascii() and "_" not in number and Decimal(str(value)) == Decimal(number)
    except InvalidOperation:
        return False
