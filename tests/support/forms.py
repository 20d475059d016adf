"""What a filled form prints, read from its bytes by another way than the reader's.

Text is gone through sign by sign, a workbook's XML is read without openpyxl, and numbers are told
by the rules of docs/facts-rounds.md with decimals alone. Only what may be kept has a meaning here:
what is None must have cost its row.
"""

import re
import zipfile
from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree

from locus_pipeline.rounds.items import MISSING_CODES, NOT_ASKED, Item, load_items
from tests.support.mutations import BLANKS, UNSEEN

ITEMS = {item.name: item for item in load_items("unit")}
NUMERIC = {name for name, item in ITEMS.items() if item.is_numeric}
# Asked in one by older forms, apart by those of today.
OLDER, COMMUNITIES = "persons_sc_st_minority", ("persons_sc", "persons_st", "persons_minority")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MOST_LINES = 20
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
# What commas in the numbers of a form are.
GROUPS, DECIMAL, UNKNOWN = "groups", "decimal", "unknown"

Row = dict[str, str]
Answer = tuple[float | None, str | None, int | None]


def bare(text: str) -> str:
    """Without white space and what nobody sees at both ends."""
    return text.strip("".join(BLANKS) + "".join(UNSEEN))


# What stands in the file


def rows_of_text(content: bytes, delimiter: str) -> list[Row]:
    """Each line as the beginning of a record, if it is one of the width of the row of names."""
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        return []
    lines = re.split("\r*\n|\r", text)
    names: list[str] = []
    rows = []
    for at in range(len(lines)):
        cells = _record(lines, at, delimiter)
        if not names and cells and "unit_id" in cells:
            names = [bare(cell) for cell in cells]
        elif names and cells and len(cells) == len(names):
            rows.append(dict(zip(names, cells, strict=True)))
    return rows


def _record(lines: list[str], at: int, delimiter: str) -> list[str] | None:
    """The cells of the line and of as many after it as its quotation marks take."""
    for last in range(at, min(at + MOST_LINES, len(lines))):
        cells = _cells("\n".join(lines[at : last + 1]), delimiter)
        if cells is not None:
            return cells
    return None


def _cells(record: str, delimiter: str) -> list[str] | None:
    """None where a mark is not closed, or something stands behind the closing one."""
    cells, at = [], 0
    while True:
        cell = ""
        if record[at : at + 1] == '"':
            at += 1
            while True:
                end = record.find('"', at)
                if end < 0:
                    return None
                cell += record[at:end]
                at = end + 1
                if record[at : at + 1] != '"':
                    break
                cell, at = cell + '"', at + 1
            if record[at : at + 1] not in ("", delimiter):
                return None
        else:
            end = record.find(delimiter, at)
            end = len(record) if end < 0 else end
            cell, at = record[at:end], end
        cells.append(cell)
        if at >= len(record):
            return cells
        at += 1


def rows_of_workbook(content: bytes) -> list[Row]:
    """The rows of the only sheet below its row of names."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    names: dict[str, str] = {}
    rows = []
    for row in sheet.iter(f"{MAIN}row"):
        cells = {
            re.sub("[0-9]", "", cell.attrib["r"]): _shown(cell) for cell in row.iter(f"{MAIN}c")
        }
        if not names and "unit_id" in cells.values():
            names = cells
        elif names:
            rows.append({name: cells.get(column, "") for column, name in names.items()})
    return rows


def _shown(cell: ElementTree.Element) -> str:
    """As openpyxl writes cells: texts stand in the cell."""
    kind = cell.attrib.get("t", "n")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{MAIN}t"))
    value = cell.findtext(f"{MAIN}v") or ""
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind == "n" and value:
        number = Decimal(value)
        return str(int(number)) if number == int(number) else str(float(value))
    return value


# What it means


def commas_of(rows: list[Row]) -> str:
    """Of a form without comma between cells: what commas are, as its numbers tell."""
    told = set()
    for row in rows:
        for name in NUMERIC & row.keys():
            text = bare(row[name])
            readings = {kind for kind in (GROUPS, DECIMAL) if _number(text, kind) is not None}
            told |= readings if "," in text and len(readings) == 1 else set()
    return told.pop() if len(told) == 1 else UNKNOWN


def answers(row: Row, commas: str) -> dict[str, Answer | None]:
    """Value, text and missing code of each question; None where the cell can't be used."""
    read = {name: _answer(item, bare(row.get(name, "")), commas) for name, item in ITEMS.items()}
    if not bare(row.get(OLDER, "")):
        read[OLDER] = _sum([read[name] for name in COMMUNITIES])
    return read


def _sum(parts: list[Answer | None]) -> Answer | None:
    """What a form of today says of the question that asked its parts in one."""
    if None in parts:
        return None
    codes = [code for _, _, code in parts if code is not None]
    return (None, None, codes[0]) if codes else (sum(value for value, _, _ in parts), None, None)


def _answer(item: Item, text: str, commas: str) -> Answer | None:
    if not text:
        return None if item.required else (None, None, NOT_ASKED)
    code = _code(text, commas)
    if code is not None:
        return None, None, code
    if text[0] in HYPHENS and text[1:].strip()[:1].isdigit():
        text = f"-{text[1:]}"
    if item.kind == "flag" and text.lower() in ("true", "false"):
        return float(text.lower() == "true"), None, None
    if item.is_numeric:
        number = _told(text, commas)
        return None if number is None else (float(number), None, None)
    if item.kind == "code":
        return (None, text, None) if text in item.codes else None
    return None, text, None


def _code(text: str, commas: str) -> int | None:
    """The missing code that a cell is as a number: -9, -9.0, - 9, -9,0 with any minus."""
    if text[0] not in HYPHENS:
        return None
    number = "-" + text[1:].removeprefix(" ")
    is_decimal = commas == DECIMAL or not re.search(",[0-9]{3}", number)
    if not re.fullmatch(r"-[0-9]+(\.[0-9]*|,[0-9]+)?([eE][+-]?[0-9]+)?", number) or not is_decimal:
        return None
    value = Decimal(number.replace(",", "."))
    return int(value) if value in MISSING_CODES else None


def _told(text: str, commas: str) -> Decimal | None:
    if commas != UNKNOWN:
        if commas == DECIMAL and "." in text:
            return None  # points may group the digits then
        return _number(text, commas)
    readings = {_number(text, GROUPS), _number(text, DECIMAL)} - {None}
    return readings.pop() if len(readings) == 1 else None


def _number(text: str, commas: str) -> Decimal | None:
    """A number in plain digits, all of them: none of the form that a narrow column cuts."""
    head, mark, exponent = text.replace("e", "E").partition("E")
    if mark and not re.fullmatch("[+-]?[0-9]{1,2}", exponent):
        return None
    sign, digits = ("-", head[1:]) if head.startswith("-") else ("", head)
    if commas == DECIMAL:
        whole, point, decimals = digits.partition(",")
        groups = [whole]
    else:
        whole, point, decimals = digits.partition(".")
        groups = whole.split(",")
    parts = [*groups, *([decimals] if point else [])]
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    if len(groups) > 1:
        first, *middle, last = groups
        if len(first) > 3 or first[0] == "0" or len(last) != 3:
            return None
        if not all(len(group) in (2, 3) for group in middle):
            return None
    if "E+" in text and len(groups[0]) == 1 and len(decimals) < int(exponent):
        return None
    return Decimal(f"{sign}{''.join(groups)}{'.' if point else ''}{decimals}E{exponent or 0}")
