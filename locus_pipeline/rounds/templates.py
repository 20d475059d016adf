"""The schedules as XLSX and CSV templates, written from the questions in facts_items.

The first row names the items and is protected in the workbook; two rows that begin with # hold
question and advice. Answers begin below. Cells take what the validation takes and nothing else:
lists for codes, boxes to tick, limits for numbers, and the missing codes. A workbook holds a
schedule and the sheets of the registry that belong to it, labelled in English and Hindi.
"""

import csv
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from locus_pipeline.files import replacing
from locus_pipeline.rounds.items import (
    ALL_SHEETS,
    MISSING_CODES,
    TICKED,
    UNTICKED,
    WORKBOOKS,
    Item,
    asked_in,
)
from locus_pipeline.workbook import with_fixed_times

HEADER_ROWS = 3
LAST_ROW = 1000
WIDTH = 26
TICK_WIDTH = 20
READ_ME_WIDTH = 90
LINE_HEIGHT = 13  # points
READ_ME = (
    ("Locus: FACTS round", ""),
    ("One row", "for each cluster, association or sampled unit; one sheet for each schedule."),
    ("First row", "names of the questions; leave it as it is. Rows that begin with # explain."),
    ("Missing", "a cell that can't be answered takes a code: " + "; ".join(
        f"{code} {label}" for code, label in MISSING_CODES.items()
    ) + ". Grey columns identify the row and take none."),
    ("Money", "in the unit that the question names: rupees for units, Rs lakh for clusters."),
    ("Shares", "from 0 to 1: 0.25 for 25 per cent."),
    ("Tick boxes", f"choose {TICKED} where a thing applies. A row with any mark in a list has gone "
        "through it; a list without a mark counts as not asked, so tick \"none\" where nothing "
        "applies."),
    ("Offices", "organisations, posts, fixed lines and role mailboxes alone; what may be a "
        "person's is not taken, and the report says what to write instead."),
    ("Names", "no person's name anywhere. Udyam number or GSTIN is turned into a code on entry."),
    ("Codes", "the sheet codes lists what each code means."),
)  # fmt: skip
HEADING = Font(name="Calibri", size=10, bold=True, color="FFFFFF")
HEADING_FILL = PatternFill("solid", start_color="1F3A5F")
KEY_FILL = PatternFill("solid", start_color="E4E7EB")
TEXT = Font(name="Calibri", size=10)
ADVICE = Font(name="Calibri", size=9, italic=True, color="555555")
OPEN = Protection(locked=False)
WRAPPED = Alignment(vertical="top", wrap_text=True)


def write_templates(folder: Path, schedules: Iterable[str], file_format: str) -> list[Path]:
    """Write empty templates into a folder; returns the files.

    Without `schedules` all: workbooks with their sheets, or a CSV file for each sheet. With them
    one file for each, with nothing beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if schedules or file_format == "csv":
        names = schedules or ALL_SHEETS
        return [write_schedule(folder / f"{name}.{file_format}", name) for name in names]
    return [
        write_workbook(folder / f"{name}.{file_format}", dict.fromkeys(sheets, ()))
        for name, sheets in WORKBOOKS.items()
    ]


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Mapping[str, object]]]) -> Path:
    """Write sheets into one workbook, each with its rows (item -> answer). Written aside and
    renamed."""
    with replacing(path) as aside:
        # the same answers are the same bytes: an edition is named after them
        aside.write_bytes(with_fixed_times(_workbook(sheets)))
    return path


def write_schedule(path: Path, schedule: str, rows: Sequence[Mapping[str, object]] = ()) -> Path:
    """Write one schedule, empty or filled with `rows` (item -> answer); the suffix says the form.

    Written aside and renamed.
    """
    if schedule not in ALL_SHEETS:
        raise ValueError(f"{schedule}: the schedules are {', '.join(ALL_SHEETS)}")
    if path.suffix != ".csv":
        return write_workbook(path, {schedule: rows})
    items = asked_in(schedule)
    with replacing(path) as aside, aside.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerows(_header_rows(items, " / "))
        writer.writerows([row.get(item.name) for item in items] for row in rows)
    return path


def _header_rows(items: Sequence[Item], between: str) -> Iterator[list[str]]:
    """Names; questions, with this between their languages; advice: the last two begin with # so
    that they are not read as answers."""
    yield [item.name for item in items]
    for texts in ([_label(item, between) for item in items], [_advice(item) for item in items]):
        yield [f"# {texts[0]}", *texts[1:]]


def _label(item: Item, between: str) -> str:
    """In both languages, where it has both."""
    return between.join(filter(None, (item.label, item.label_hi)))


def _advice(item: Item) -> str:
    parts = [item.help.rstrip("."), item.unit]
    if item.kind == "code":
        parts.append(" / ".join(item.codes) if len(item.codes) < 10 else "see the sheet codes")
    if item.kind == "flag":
        parts.append("1 or 0")
    if item.kind == "tick":
        return parts[0]
    if not item.required:
        parts.append("optional")
    return ". ".join(part for part in dict.fromkeys(parts) if part)


def _workbook(sheets: Mapping[str, Sequence[Mapping[str, object]]]) -> Workbook:
    workbook = Workbook()
    first = next(iter(sheets))
    workbook.properties.title = f"FACTS round: {first} schedule"
    workbook.properties.creator = "Locus"
    workbook.remove(workbook.active)
    lists = workbook.create_sheet("lists")
    lists.sheet_state = "hidden"
    for name, rows in sheets.items():
        _write_sheet(workbook.create_sheet(name, len(workbook.sheetnames) - 1), lists, name, rows)
    _write_codes(workbook.create_sheet("codes"), [i for name in sheets for i in asked_in(name)])
    _write_read_me(workbook.create_sheet("read me", 0))
    workbook.active = workbook.index(workbook[first])
    return workbook


def _write_sheet(
    answers: Worksheet, lists: Worksheet, name: str, rows: Sequence[Mapping[str, object]]
) -> None:
    items = asked_in(name)
    for row in _header_rows(items, "\n"):
        answers.append(row)
    for given in rows:
        answers.append([given.get(item.name) for item in items])
    beside = lists.max_column if lists.cell(1, 1).value is not None else 0
    for number, item in enumerate(items, start=1):
        _lay_out(answers, number, item)
        _validate(answers, lists, number, item, beside + number)
    for line in answers.iter_rows(min_row=HEADER_ROWS + 1):
        for cell in line:
            cell.protection = OPEN
            if isinstance(cell.value, str):
                # text stays text, also where it begins like a formula
                cell.data_type = "s"
    for number in range(2, HEADER_ROWS + 1):
        # not every program fits rows to wrapped text when it opens the file
        lines = max(_lines(cell) for cell in answers[number])
        answers.row_dimensions[number].height = LINE_HEIGHT * lines + 2
    answers.freeze_panes = answers.cell(HEADER_ROWS + 1, 3)
    answers.protection.sheet = True
    answers.protection.formatColumns = False
    answers.protection.insertRows = False
    answers.protection.deleteRows = False
    answers.protection.sort = False


def _lines(cell: Cell) -> int:
    """Lines that a cell's text takes when it is wrapped."""
    width = TICK_WIDTH if cell.column_letter in _narrow(cell.parent) else WIDTH
    texts = str(cell.value or "").split("\n")
    return sum(max(1, len(textwrap.wrap(text, width))) for text in texts)


def _narrow(sheet: Worksheet) -> set[str]:
    return {
        letter for letter, column in sheet.column_dimensions.items() if column.width == TICK_WIDTH
    }


def _lay_out(sheet: Worksheet, number: int, item: Item) -> None:
    letter = get_column_letter(number)
    column = sheet.column_dimensions[letter]
    column.width = TICK_WIDTH if item.kind == "tick" else WIDTH
    # the whole column is open for answers; the rows above them are not
    column.protection = OPEN
    if not item.is_numeric:
        column.number_format = "@"
    if item.is_key:
        column.fill = KEY_FILL
    name, label, advice = (sheet.cell(row, number) for row in range(1, HEADER_ROWS + 1))
    if item.kind == "tick":
        column.alignment = Alignment(horizontal="center")
        column.font = Font(name="Calibri", size=16)
    for cell in (name, label, advice):
        cell.alignment, cell.font, cell.protection = WRAPPED, TEXT, Protection(locked=True)
    name.font, name.fill = HEADING, HEADING_FILL
    advice.font = ADVICE
    comment = Comment(f"{item.section}: {item.label}. {_advice(item)}", "Locus")
    comment.width, comment.height = 320, 140
    name.comment = comment


def _validate(sheet: Worksheet, lists: Worksheet, number: int, item: Item, place: int) -> None:
    """Cells take codes from a list, or numbers within limits; missing codes always. `place`: the
    column of the hidden sheet that holds the list."""
    letter = get_column_letter(number)
    first = f"{letter}{HEADER_ROWS + 1}"
    missing = [] if item.is_key else list(MISSING_CODES)
    if item.kind in ("code", "flag", "tick"):
        numeric = item.kind == "flag"
        offered = [TICKED, UNTICKED] if item.kind == "tick" else list(item.codes)
        values = [*(int(c) if numeric else c for c in offered), *missing]
        for row, value in enumerate(values, start=1):
            lists.cell(row, place, value)
        beside = get_column_letter(place)
        formula = f"lists!${beside}$1:${beside}${len(values)}"
        rule = DataValidation("list", formula1=formula, allow_blank=not item.is_key)
    elif item.is_numeric:
        conditions = [f"ISNUMBER({first})"]
        if item.minimum is not None:
            conditions.append(f"{first}>={item.minimum:.10g}")
        if item.maximum is not None:
            conditions.append(f"{first}<={item.maximum:.10g}")
        if item.kind not in ("number", "share"):
            conditions.append(f"INT({first})={first}")
        formula = f"AND({','.join(conditions)})"
        if missing:
            codes = ",".join(f"{first}={code}" for code in missing)
            formula = f"OR({formula},{codes})"
        rule = DataValidation("custom", formula1=formula, allow_blank=True)
    else:
        return
    rule.errorTitle = item.name
    # a spreadsheet shows at most 255 characters
    taken = "" if item.is_key else " Missing: -9, -8, -7 or -6; see the sheet read me."
    rule.error = f"{item.label}. {_advice(item)[:120]}{taken}"[:255]
    rule.showErrorMessage = True
    rule.add(f"{first}:{letter}{LAST_ROW}")
    sheet.add_data_validation(rule)


def _write_codes(sheet: Worksheet, items: Sequence[Item]) -> None:
    sheet.append(["item", "code", "meaning"])
    for item in items:
        for code, label in item.codes.items() if item.kind != "tick" else ():
            sheet.append([item.name, code, label])
    for missing, label in MISSING_CODES.items():
        sheet.append(["every item that does not identify a row", missing, label])
    for cell in sheet[1]:
        cell.font, cell.fill = HEADING, HEADING_FILL
    for letter, width in zip("ABC", (40, 16, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True


def _write_read_me(sheet: Worksheet) -> None:
    for row in READ_ME:
        sheet.append(row)
    sheet["A1"].font = Font(name="Calibri", size=14, bold=True, color="1F3A5F")
    for (cell,) in sheet.iter_rows(min_row=2, max_col=1):
        cell.font, cell.alignment = Font(name="Calibri", size=10, bold=True), WRAPPED
    for (cell,) in sheet.iter_rows(min_row=2, min_col=2, max_col=2):
        cell.font, cell.alignment = TEXT, WRAPPED
        lines = len(textwrap.wrap(str(cell.value or ""), READ_ME_WIDTH - 5))
        sheet.row_dimensions[cell.row].height = LINE_HEIGHT * max(1, lines) + 3
    sheet.column_dimensions["A"].width = 20
    sheet.column_dimensions["B"].width = READ_ME_WIDTH
    sheet.protection.sheet = True
