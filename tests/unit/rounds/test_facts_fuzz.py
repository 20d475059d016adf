"""Forms after an accident: no answer lands elsewhere, no row is lost, nothing falls over.

Each batch is a round of a hundred forms, of ten units each, in which accidents happened to cells,
rows or bytes. What is kept of a row without an accident must be what was written, and of one with
an accident all but the cell that it hit.
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
from tests.support.rounds import CLUSTER_ID, SALT, taken_in, unit_row, write_round

ITEMS = [item.name for item in load_items("unit")]
STORED = [name for name in ITEMS if name not in NOT_STORED]
NUMERIC = {item.name for item in load_items("unit") if item.is_numeric}
FORMS, UNITS = 100, 10
SECONDS = 180  # of a batch, on a busy machine
# What cells become: words, signs, numbers of other kinds.
CELLS = [
    "", "#N/A", "#REF!", "#DIV/0!", "####", "yes", "TRUE", "n.a.", "inf", "nan", "1e99", "-", "+5",
    "31/03/2026", "\u2212", "-9.0", "-9,0", " -9 ", "-9.00", "\u22129", "12\xa0345", "1\u200b2",
    "\xa05\xa0", "\u0967\u0968", "=1+1", "@x", "0x1F", "--5", "5-", "(9)", "9'", "1.2.3", "1,23",
    "1,2345", "1E+07", "1.2E+07", "<b>x</b>", "Rs 5", "50%", "\x07", "x" * 3000, "\xb2",
]  # fmt: skip


@dataclass
class Form:
    """A form after its accidents: rows of text, and what is known of them."""

    suffix: str
    rows: int = UNITS  # that must be told as read; None where the file can't be read
    hit: dict[int, int] = field(default_factory=dict)  # row -> cells that may differ
    spoilt: set[int] = field(default_factory=set)  # rows that must not be kept
    may_be_unread: bool = False


def truth_of(form: int, row: int, dice: random.Random) -> dict[str, object]:
    """Answers that can be told from each other, so that a shift shows."""
    answers = unit_row(form * UNITS + row + 1)
    for item in load_items("unit"):
        if item.kind == "number" and item.maximum is None and answers.get(item.name, 0) != -6:
            answers[item.name] = dice.choice([dice.randrange(10**6), dice.randrange(10**4) / 100])
    answers["product_code_2"] = str(dice.randrange(10**6, 10**7))
    answers["entrepreneur_sex"] = dice.choice(["woman", "man", -8])
    return answers


def accident_of_a_line(
    lines: list[str], at: int, row: int, form: Form, dice: random.Random
) -> None:
    line = lines[at]
    place = dice.randrange(len(line))
    cells = line.split(",")
    kind = dice.randrange(9)
    form.hit[row] = 1
    if kind == 0:
        cells[dice.randrange(len(cells))] = dice.choice(CELLS).replace(",", ".")
    elif kind == 1:
        del cells[place % len(cells) :][:1]
        cells = cells[: len(cells) - dice.randrange(1, 12)]
        form.spoilt.add(row)
    elif kind == 2:
        cells.insert(dice.randrange(len(cells)), "")
        form.spoilt.add(row)
    elif kind == 3:
        cells += [""] * dice.randrange(1, 4)
    elif kind == 4:
        lines[at] = f'{line[:place]}"{line[place:]}'
        return
    elif kind == 5:
        at_cell = dice.randrange(len(cells))
        cells[at_cell] = f'"{cells[at_cell]}'
        form.spoilt.add(row)
    elif kind == 6:
        lines[at] = line[:place] + line[place + dice.randrange(1, 30) :]
        return
    elif kind == 7:
        lines[at] = line[:place] + dice.choice('x;\t\xa0"\u200b-,.0\x07') + line[place + 1 :]
        return
    else:
        cells += [str(dice.randrange(10))]
        form.spoilt.add(row)
    lines[at] = ",".join(cells)


def csv_form(path: Path, truths: list[dict], dice: random.Random) -> Form:
    form = Form("csv")
    delimiter = dice.choice([",", ",", ",", ";", "\t"])
    end = dice.choice(["\n", "\n", "\r\n", "\r", "\r\r\n"])
    rows = [",".join(str(truth.get(name, "")) for name in ITEMS) for truth in truths]
    lines = [",".join(ITEMS), f"# {ITEMS[0]}" + "," * (len(ITEMS) - 1), *rows]
    for row in dice.sample(range(UNITS), dice.randrange(4)):
        accident_of_a_line(lines, row + 2, row, form, dice)
    if dice.random() < 0.2:
        lines.insert(0, "Form of the foundries")
    if delimiter == ",":
        text = end.join(lines) + end * dice.randrange(3)
    else:
        text = end.join(line.replace(",", delimiter) for line in lines) + end
        # in accidents that hit a separator the cells are others
        form.hit = dict.fromkeys(form.hit, 2)
    encoding = dice.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"])
    content = bytearray(text.encode(encoding))
    if dice.random() < 0.1:
        content[dice.randrange(len(content))] = dice.choice([0, 0x80, 0xA0, 0xFF])
        form.may_be_unread, form.hit = True, dict.fromkeys(range(UNITS), 1)
    path.write_bytes(content)
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
        cell.value = dice.choice([True, False, date(2026, 3, 31), 1e-7, 10**20])
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
    form = Form("xlsx")
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
    if dice.random() < 0.15:
        content = bytearray(path.read_bytes())
        for _ in range(dice.randrange(1, 8)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content[: dice.choice([len(content), dice.randrange(len(content))])])
        form.may_be_unread = True
    return form


def as_number(value: object) -> object:
    return float(value) if value not in (None, "") else None


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]
)
def test_a_form_after_an_accident_keeps_the_truth_or_nothing(seed, tmp_path):
    dice = random.Random(seed)
    folder = write_round(tmp_path / "pilot", [])
    (folder / "unit.csv").unlink()
    forms, truths = {}, {}
    for number in range(FORMS):
        of_form = [truth_of(number, row, dice) for row in range(UNITS)]
        write = csv_form if number % 5 < 3 else xlsx_form
        name = f"unit-{number}.{'csv' if write is csv_form else 'xlsx'}"
        forms[name] = write(folder / name, of_form, dice)
        for row, truth in enumerate(of_form):
            truths[unit_hash(SALT, CLUSTER_ID, truth["unit_id"])] = (name, row, truth)

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
    for digest, answers in kept.groupby("unit_hash"):
        if digest not in truths:
            continue  # an accident that made another sound identifier
        name, row, truth = truths[digest]
        seen[name].add(row)
        values = {
            answer.item: (answer.value, answer.text_value, answer.missing_code)
            for answer in answers.itertuples()
        }
        differing = [item for item in STORED if not same(item, truth.get(item), values[item])]
        assert len(differing) <= forms[name].hit.get(row, 0), (name, row, differing)
        assert row not in forms[name].spoilt, (name, row)
    for name, form in forms.items():
        if not form.may_be_unread:
            untouched = set(range(UNITS)) - set(form.hit)
            assert untouched <= seen[name], (name, untouched - seen[name])


def same(item: str, written: object, stored: tuple) -> bool:
    value, text, code = stored
    if written in (None, ""):
        written = -9
    if written in MISSING_CODES:
        return code == written
    if item in NUMERIC:
        return value == float(written)
    return text == str(written)
