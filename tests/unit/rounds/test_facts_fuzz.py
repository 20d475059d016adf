"""Forms after an accident: no answer lands elsewhere, no row is lost, nothing falls over.

Each batch is a round of a hundred forms, of ten units each, in which accidents happened to cells,
rows or bytes. Every answer that is kept must be the one that the file prints (tests.support.forms
reads it by another way), so too in the cell that an accident hit; in the others it must be what was
written, and a row without an accident must be kept.
"""

import random
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from locus_pipeline.rounds.identity import unit_hash
from locus_pipeline.rounds.intake import NOT_STORED
from locus_pipeline.rounds.items import MISSING_CODES, load_items
from tests.support.forms import (
    GROUPS,
    Answer,
    Row,
    answers,
    commas_of,
    rows_of_text,
    rows_of_workbook,
)
from tests.support.mutations import BLANKS, UNSEEN
from tests.support.rounds import SALT, taken_in, unit_row, write_round

ITEMS = [item.name for item in load_items("unit")]
STORED = [name for name in ITEMS if name not in NOT_STORED]
NUMERIC = {item.name for item in load_items("unit") if item.is_numeric}
AMOUNTS = {item.name for item in load_items("unit") if item.kind == "number"}
FORMS, UNITS = 100, 10
SECONDS = 180  # of a batch, on a busy machine
# What cells become: words, signs, numbers of other kinds.
CELLS = [
    "", "#N/A", "#REF!", "#DIV/0!", "####", "yes", "TRUE", "n.a.", "inf", "nan", "1e99", "-", "+5",
    "31/03/2026", "\u2212", "-9.0", "-9,0", " -9 ", "-9.00", "\u22129", "12\xa0345", "1\u200b2",
    "\xa05\xa0", "\u0967\u0968", "=1+1", "@x", "0x1F", "--5", "5-", "(9)", "9'", "1.2.3", "1,23",
    "1,2345", "1E+07", "1.2E+07", "<b>x</b>", "Rs 5", "50%", "\x07", "x" * 3000, "\xb2",
    "1,234", "0,95", "1.234,5", "1,234.5", "1,23,456", "12,34,567.25", "1,5", "-9,000", "- 8",
    "\u22129,0", "5\u202f000", "1e3", "1.5e3", "1.25E-02", "\uff11", "007", "-0", "0,000",
]  # fmt: skip
# Around a cell, where they don't end its line.
PADS = sorted(BLANKS - {"\n", "\r"} | UNSEEN)


@dataclass
class Form:
    """A form after its accidents: what it prints, and what is known of its rows."""

    rows: int = UNITS  # that must be told as read
    hit: dict[int, int] = field(default_factory=dict)  # row -> cells that may differ
    spoilt: set[int] = field(default_factory=set)  # rows that must not be kept
    may_be_unread: bool = False
    printed: list[Row] = field(default_factory=list)
    commas: str = GROUPS


def truth_of(form: int, row: int, dice: random.Random) -> dict[str, object]:
    """Answers that can be told from each other, so that a shift shows."""
    answers = unit_row(form * UNITS + row + 1)
    for item in load_items("unit"):
        if item.kind == "number" and item.maximum is None and answers.get(item.name, 0) != -6:
            answers[item.name] = dice.choice(
                [
                    dice.randrange(10**6),
                    dice.randrange(10**9),
                    dice.randrange(10**4) / 100,
                    dice.randrange(10**6) / 1000,
                ]
            )
    answers["product_code_2"] = str(dice.randrange(10**6, 10**7))
    answers["entrepreneur_sex"] = dice.choice(["woman", "man", -8])
    return answers


def spelt(number: object, decimal: str, grouping: str) -> str:
    """A number with this decimal sign, its digits grouped the Indian or the western way, or not."""
    whole, point, decimals = str(number).partition(".")
    if grouping and len(whole) > 3 and whole.isdigit():
        head, groups = whole[:-3], [whole[-3:]]
        width = 2 if grouping == "Indian" else 3
        while head:
            head, groups = head[:-width], [head[-width:], *groups]
        whole = ",".join(groups)
    return f"{whole}{decimal if point else ''}{decimals}"


def quoted(cell: str, delimiter: str) -> str:
    marked = cell.replace('"', '""')
    return f'"{marked}"' if delimiter in cell or '"' in cell else cell


def accident_of_a_line(
    lines: list[str], at: int, row: int, delimiter: str, form: Form, dice: random.Random
) -> None:
    line = lines[at]
    place = dice.randrange(len(line))
    cells = line.split(delimiter)  # that of a cell with a delimiter are two halves
    kind = dice.randrange(10)
    form.hit[row] = 1
    if kind < 2:
        hit = dice.randrange(len(cells))
        cell = quoted(dice.choice(CELLS), delimiter)
        if '"' in cells[hit]:
            return
        cells[hit] = cell
    elif kind == 2:
        cells = cells[: len(cells) - dice.randrange(1, 12)]
        form.spoilt.add(row)
    elif kind == 3:
        cells.insert(dice.randrange(len(cells)), "")
        if '"' not in line:
            form.spoilt.add(row)
    elif kind == 4:
        cells += [""] * dice.randrange(1, 4)
    elif kind == 5:
        lines[at] = f'{line[:place]}"{line[place:]}'
        form.hit[row] = 2
        return
    elif kind == 6:
        at_cell = dice.randrange(len(cells))
        if '"' not in line:
            cells[at_cell] = f'"{cells[at_cell]}'
            form.spoilt.add(row)
    elif kind == 7:
        lines[at] = line[:place] + line[place + dice.randrange(1, 30) :]
        form.hit[row] = len(ITEMS) if '"' in line else 2
        return
    elif kind == 8:
        lines[at] = line[:place] + dice.choice('x;\t\xa0"\u200b-,.0\x07') + line[place + 1 :]
        form.hit[row] = 2
        return
    else:
        cells += [str(dice.randrange(10))]
        form.spoilt.add(row)
    lines[at] = delimiter.join(cells)


def csv_form(path: Path, truths: list[dict], dice: random.Random) -> Form:
    form = Form()
    delimiter = dice.choice([",", ",", ",", ";", ";", "\t", "|"])
    end = dice.choice(["\n", "\n", "\r\n", "\r", "\r\r\n"])
    decimal, grouping = dice.choice([(".", ""), (".", ""), (".", "Indian"), (".", "western")])
    if delimiter != "," and dice.random() < 0.5:
        decimal, grouping = ",", ""
    pads = [pad for pad in PADS if pad != delimiter]

    def cell(name: str, value: object) -> str:
        if name in NUMERIC and not isinstance(value, str):
            value = spelt(value, decimal, grouping if name in AMOUNTS else "")
        text = str(value)
        if dice.random() < 0.05:
            text = dice.choice(pads) + text + dice.choice(pads)
        return quoted(text, delimiter)

    rows = [delimiter.join(cell(name, truth.get(name, "")) for name in ITEMS) for truth in truths]
    lines = [delimiter.join(ITEMS), f"# {ITEMS[0]}" + delimiter * (len(ITEMS) - 1), *rows]
    for row in dice.sample(range(UNITS), dice.randrange(4)):
        accident_of_a_line(lines, row + 2, row, delimiter, form, dice)
    encoding = dice.choice(["utf-8"] * 6 + ["utf-8-sig"] * 2 + ["utf-16"] * 2 + ["cp1252"])
    if dice.random() < 0.2 or encoding == "cp1252":
        lines.insert(0, "Form of the foundries, façade")
    if dice.random() < 0.2:
        lines.insert(0, dice.choice([f"sep={delimiter}", f'"sep={delimiter}"', f"SEP={delimiter}"]))
    text = end.join(lines) + end * dice.randrange(3)
    content = bytearray(text.encode(encoding, errors="ignore"))
    if encoding == "cp1252":
        form.rows, form.hit = 0, dict.fromkeys(range(UNITS), 0)
    elif dice.random() < 0.1:
        content[dice.randrange(len(content))] = dice.choice([0, 0x80, 0xA0, 0xFF])
        form.may_be_unread, form.hit = True, dict.fromkeys(range(UNITS), 1)
    path.write_bytes(content)
    form.printed = rows_of_text(bytes(content), delimiter)
    form.commas = GROUPS if delimiter == "," else commas_of(form.printed)
    return form


def accident_of_a_cell(
    sheet: Worksheet, line: int, row: int, form: Form, dice: random.Random
) -> None:
    column = dice.randrange(1, len(ITEMS) + 1)
    cell = sheet.cell(line, column)
    form.hit[row] = 1
    kind = dice.randrange(7)
    if kind == 0:
        text = dice.choice(CELLS)
        cell.value = "bell" if "\x07" in text else text
        if text.startswith("="):
            form.spoilt.add(row)
    elif kind == 1:
        cell.value = dice.choice([True, False, date(2026, 3, 31), 1e-7, 10**20, 0.1 + 0.2, -9.0])
        if isinstance(cell.value, date):
            form.spoilt.add(row)
    elif kind == 2:
        cell.value = "=SUM(A1:A2)"
        form.spoilt.add(row)
    elif kind == 3 and column < len(ITEMS):
        empty = sheet.cell(line, column + 1).value is None
        sheet.merge_cells(start_row=line, end_row=line, start_column=column, end_column=column + 1)
        if not (empty and ITEMS[column] == "comment"):
            form.spoilt.add(row)
    elif kind == 4:
        sheet.cell(line, len(ITEMS) + 2).value = "beyond"
        form.spoilt.add(row)
    elif kind == 5:
        cell.number_format = "0%"
    else:
        cell.value = None


def xlsx_form(path: Path, truths: list[dict], dice: random.Random) -> Form:
    form = Form()
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = dice.choice(["unit", "Sheet1", "इकाई", "unit (2)", "Units Kolhapur"])
    above = dice.randrange(2)
    if above:
        sheet.append(["Form of the foundries"])
    sheet.append(ITEMS)
    for truth in truths:
        sheet.append([truth.get(name) for name in ITEMS])
    for row in dice.sample(range(UNITS), dice.randrange(4)):
        accident_of_a_cell(sheet, row + 2 + above, row, form, dice)
    workbook.save(path)
    form.printed = rows_of_workbook(path.read_bytes())
    if dice.random() < 0.15:
        content = bytearray(path.read_bytes())
        for _ in range(dice.randrange(1, 8)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content[: dice.choice([len(content), dice.randrange(len(content))])])
        form.may_be_unread = True
    return form


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]
)
def test_a_form_after_an_accident_keeps_what_it_prints_or_nothing(seed, tmp_path):
    dice = random.Random(seed)
    folder = write_round(tmp_path / "pilot", [])
    (folder / "unit.csv").unlink()
    forms: dict[str, Form] = {}
    truths: dict[str, tuple[str, int, dict]] = {}
    printed: dict[str, list[dict[str, Answer | None]]] = {}
    for number in range(FORMS):
        of_form = [truth_of(number, row, dice) for row in range(UNITS)]
        write = csv_form if number % 5 < 3 else xlsx_form
        name = f"unit-{number}.{'csv' if write is csv_form else 'xlsx'}"
        forms[name] = form = write(folder / name, of_form, dice)
        for row, truth in enumerate(of_form):
            truths[hash_of(truth)] = (name, row, truth)
        for cells in form.printed:
            printed.setdefault(hash_of(cells), []).append(answers(cells, form.commas))

    begun = time.monotonic()
    intake = taken_in(folder)
    assert time.monotonic() - begun < SECONDS

    counts = intake.tables["round_intake"].set_index("file")
    for name, form in forms.items():
        (read, accepted, rejected) = counts.loc[
            name, ["rows_read", "rows_accepted", "rows_rejected"]
        ]
        assert read == accepted + rejected
        assert read == form.rows or (form.may_be_unread and read in (0, form.rows - 1)), name

    kept = intake.tables["round_answers"].query("schedule == 'unit'")
    seen: dict[str, set[int]] = {name: set() for name in forms}
    for digest, of_unit in kept.groupby("unit_hash"):
        values = {
            answer.item: stored(answer.value, answer.text_value, answer.missing_code)
            for answer in of_unit.itertuples()
        }
        readings = printed.get(digest, [])
        assert values in [{item: row[item] for item in STORED} for row in readings], (
            truths.get(digest),
            [{i: (row[i], values[i]) for i in STORED if row[i] != values[i]} for row in readings],
        )
        if digest not in truths:
            continue  # an accident that made another sound identifier
        name, row, truth = truths[digest]
        seen[name].add(row)
        differing = [item for item in STORED if written(item, truth.get(item)) != values[item]]
        assert len(differing) <= forms[name].hit.get(row, 0), (name, row, differing)
        assert row not in forms[name].spoilt, (name, row)
    assert sum(map(len, seen.values())) > FORMS * UNITS / 2
    for digest, (name, row, _) in truths.items():
        if row in forms[name].hit or forms[name].may_be_unread:
            continue
        # commas of which the form does not tell what they are cost a row without an accident too
        [reading] = printed[digest]
        assert (row in seen[name]) == all(map(reading.get, ITEMS)), (name, row)


def hash_of(row: dict) -> str:
    return unit_hash(SALT, str(row.get("cluster_id", "")), str(row.get("unit_id", "")))


def written(item: str, value: object) -> Answer:
    """What a form says that was filled in with this value."""
    if value in (None, ""):
        value = -9
    if value in MISSING_CODES:
        return None, None, value
    return (float(value), None, None) if item in NUMERIC else (None, str(value), None)


def stored(value: float | None, text: str | None, code: float | None) -> Answer:
    """An answer as it is kept, with None for what pandas has otherwise."""
    return tuple(None if part is None or part != part else part for part in (value, text, code))
