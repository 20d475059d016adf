"""Forms as people fill them: read where they can be read in one way, else said in words."""

import os
import time
import zipfile
from datetime import date
from io import StringIO

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from rich.console import Console

from locus_pipeline.cli import _show_rounds, locus
from locus_pipeline.errors import LocusError
from locus_pipeline.orchestration.changes import changed_rounds
from locus_pipeline.orchestration.sensors import _round_folders, _round_state
from locus_pipeline.rounds import records
from locus_pipeline.rounds.items import load_items
from locus_pipeline.rounds.reader import Sheet, read_sheets
from locus_pipeline.rounds.records import FileError, read_grids
from locus_pipeline.rounds.round import RoundError, misnamed_rounds, open_round, round_keys
from locus_pipeline.rounds.store import is_current, store_round
from locus_pipeline.rounds.validation import read_answers, with_points
from locus_pipeline.settings import Settings
from tests.support.rounds import SALT, association_row, taken_in, unit_row, write_round

ITEMS = [item.name for item in load_items("association")]
ROWS = [association_row(), association_row(cluster_id="IN-33-karur-textiles-01")]
NUMERIC = [item.name for item in load_items("unit") if item.is_numeric]


def lines(rows: list[dict] = ROWS) -> list[str]:
    return [",".join(ITEMS), *(",".join(str(row.get(name, "")) for name in ITEMS) for row in rows)]


def read(path, content: str | bytes) -> Sheet:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (sheet,) = read_sheets(path, path.name)
    return sheet


def workbook(path, change=None, rows: list[dict] = ROWS, title: str = "association"):
    """A workbook with its names in the first line, after a change to its sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    sheet.append(ITEMS)
    for row in rows:
        sheet.append([row.get(name) for name in ITEMS])
    if change:
        change(sheet)
    book.save(path)
    return path


def sound(sheet: Sheet) -> bool:
    return (sheet.schedule, sheet.problem, len(sheet.cells), len(sheet.flaws)) == (
        "association", None, 2, 0,
    )  # fmt: skip


# Text

TEXTS = {
    "as it is": "\n".join(lines()),
    "a sign that says which comes first": "\ufeff" + "\n".join(lines()),
    "sep line": "sep=;\n" + "\n".join(line.replace(",", ";") for line in lines()),
    "tabs": "\n".join(line.replace(",", "\t") for line in lines()),
    "CR alone": "\r".join(lines()),
    "CRCRLF": "\r\r\n".join(lines()),
    "empty lines": "\n\n".join(lines()) + "\n\n,,,,\n",
    "a title above": "Associations of the pilot\n\n" + "\n".join(lines()),
    "rows that explain": "\n".join([lines()[0], "# the identifier,the year", *lines()[1:]]),
    "names in capitals and with spaces": "\n".join([lines()[0].upper().replace("_", " "),
                                                    *lines()[1:]]),
    "an answer of two lines": "\n".join(lines()).replace("Knitwear association",
                                                         '"Knitwear,\nand more"'),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
@pytest.mark.parametrize("name", ["association.csv", "associations-kolhapur.csv", "Kolhapur.csv"])
def test_text_is_read_where_it_can_be_read_in_one_way(case, name, tmp_path):
    sheet = read(tmp_path / name, TEXTS[case])
    assert sound(sheet)
    assert sheet.cells["cfc_hours_used"].tolist() == ["900", "900"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings_that_say_what_they_are_are_read(encoding, tmp_path):
    assert sound(read(tmp_path / "association.csv", "\n".join(lines()).encode(encoding)))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le"])
def test_encodings_that_do_not_say_are_said(encoding, tmp_path):
    content = "\n".join(lines()).replace("Knitwear", "Köln \u2013 Knitwear")
    assert "CSV UTF-8" in read(tmp_path / "association.csv", content.encode(encoding)).problem


def broken(row: int, change) -> str:
    texts = lines()
    texts[row] = change(texts[row])
    return "\n".join(texts)


BROKEN_ROWS = {
    "short by one": broken(1, lambda line: line.rsplit(",", 1)[0]),
    "short by ten": broken(1, lambda line: line.rsplit(",", 10)[0]),
    "long by an empty cell": broken(1, lambda line: line + ","),
    "long by an answer": broken(1, lambda line: line + ",5"),
    "a cell more in the middle": broken(1, lambda line: line.replace(",2026,", ",,2026,")),
    "an open quote at the end": broken(1, lambda line: line + '"'[:0] + ',"he said so'),
    "an open quote in the middle": broken(1, lambda line: line.replace(",2026", ',"2026')),
    "an open quote in the first cell": broken(1, lambda line: '"' + line),
    "an error in the first cell": broken(1, lambda line: "#N/A" + line[line.index(",") :]),
    "another error": broken(1, lambda line: "#DIV/0!" + line[line.index(",") :]),
    "a cell too narrow": broken(1, lambda line: "####" + line[line.index(",") :]),
    "a row that somebody put out": broken(1, lambda line: "#" + line),
    "a row that somebody put out, with a space": broken(1, lambda line: "# " + line),
    "a row above the names": "\n".join([lines()[1], lines()[0], lines()[2]]),
    "an error in a text": broken(1, lambda line: line.replace("Knitwear association", "#REF!")),
}


@pytest.mark.parametrize("case", BROKEN_ROWS)
def test_a_row_that_can_not_be_told_is_rejected_alone(case, tmp_path):
    folder = write_round(tmp_path / "pilot", [], associations=[])
    (folder / "association.csv").write_text(BROKEN_ROWS[case])
    tables = taken_in(folder).tables
    counts = tables["round_intake"].set_index("file").loc["association.csv"]
    # the second row's cluster is not in the round: it is told, and rejected for that alone
    assert (counts["rows_read"], counts["rows_accepted"]) == (2, 0)
    rejected = tables["round_rejected"].query("file == 'association.csv'")
    assert rejected["row_number"].nunique() == 2
    assert sum("no cluster with this identifier" in reason for reason in rejected["reason"]) == 1


def test_two_open_quotes_swallow_no_row_between_them(tmp_path):
    rows = [association_row(cluster_id=f"IN-33-karur-textiles-{n:02}") for n in range(10)]
    texts = lines(rows)
    for row in (2, 8):
        cells = texts[row].split(",")
        cells[-1] = f'"{cells[-1]}' if row == 2 else f'{cells[-1]}"'
        texts[row] = ",".join(cells)
    sheet = read(tmp_path / "association.csv", "\n".join(texts))
    assert len(sheet.cells) == 10
    assert sheet.flaws["row_number"].tolist() == [3]


def test_a_form_without_its_names_is_counted_and_gives_nothing_away(tmp_path):
    sheet = read(tmp_path / "association.csv", "\n".join(lines()[1:]))
    assert "no row has the names" in sheet.problem and len(sheet.cells) == 2
    assert "tiruppur" not in sheet.problem


def test_a_name_that_says_another_schedule_than_the_columns_is_said(tmp_path):
    assert (
        "columns are those of association"
        in read(tmp_path / "unit.csv", "\n".join(lines())).problem
    )


def test_a_long_line_is_one_row(tmp_path):
    begun = time.monotonic()
    sheet = read(tmp_path / "association.csv", "\n".join([*lines(), "x" * 5_000_000]))
    assert len(sheet.cells) == 3 and len(sheet.flaws) == 1
    assert time.monotonic() - begun < 20


# What cells mean


@pytest.mark.parametrize(
    "text", ["-9", "-9.0", "-9,0", " -9 ", "-9.00", "\u22129", "\u22129.0", "\u20139", "- 9", "-09",
             "\xa0-9\xa0", "-9e0", "-9,00"],
)  # fmt: skip
@pytest.mark.parametrize("item", ["gross_value_added", "working_capital", "entrepreneur_sex"])
def test_a_missing_code_is_compared_as_a_number(item, text):
    cells = pd.DataFrame([unit_row(**{item: records.text_of(text)})]).astype(str)
    answers, errors = read_answers("unit", cells)
    assert errors.empty
    assert answers.missing[item].tolist() == [-9]
    for frame in (answers.numbers, answers.texts):
        assert item not in frame or frame[item].isna().all()


@pytest.mark.parametrize("text", ["-9.5", "-90", "-9,000", "-19"])
def test_other_numbers_stay_what_they_are(text):
    cells = pd.DataFrame([unit_row(working_capital=text)]).astype(str)
    answers, errors = read_answers("unit", cells)
    assert errors.empty
    assert answers.numbers["working_capital"].tolist() == [float(text.replace(",", ""))]


@pytest.mark.parametrize("text", ["1.23E+07", "0,950", "01,234", "1 234", "²", "५", "1\u200b2"])
def test_what_is_no_number_or_was_cut_is_rejected(text):
    cells = pd.DataFrame([unit_row(working_capital=text)]).astype(str)
    _, errors = read_answers("unit", cells)
    assert errors["column_name"].tolist() == ["working_capital"]


@pytest.mark.parametrize(
    ("sales", "rent", "verdict"),
    [
        ("1,5", "1,234", (1.5, 1.234)),
        ("1,23,456", "1,234", (123456, 1234)),
        ("5", "1,234", (5, None)),
        ("1,5", "1.234", (1.5, None)),
        ("12,345.5", "1,234", (12345.5, 1234)),
        ("0,95", "1,23,456", (None, 123456)),
        ("5", "1.5", (5, 1.5)),
    ],
)
def test_a_file_tells_whether_its_commas_are_decimal(sales, rent, verdict):
    cells = pd.DataFrame([unit_row(sales=sales, rent=rent)]).astype(str)
    answers, errors = read_answers("unit", with_points("unit", cells, cells.index))
    for item, value in zip(("sales", "rent"), verdict, strict=True):
        assert item not in list(errors["column_name"]) or value is None
        assert (item in list(errors["column_name"])) == (value is None)
        if value is not None:
            assert answers.numbers[item].tolist() == [value]


# Workbooks


def set_cell(name: str, value: object, number_format: str | None = None):
    def change(sheet):
        cell = sheet.cell(2, ITEMS.index(name) + 1, value)
        if number_format:
            cell.number_format = number_format

    return change


FLAWS = {
    "a formula that was never calculated": (set_cell("income", "=1+1"), "never calculated"),
    "such a formula in an optional cell": (
        set_cell("association_name", '="a"&"b"'), "never calculated"),
    "an error": (set_cell("association_name", "#N/A"), "shows an error"),
    "a date for a number": (set_cell("income", date(2026, 3, 31)), "made a date"),
    "a number shown as per cent": (set_cell("staff_fte", 0.039, "0.0%"), "per cent"),
    "a cell merged into another": (lambda sheet: sheet.merge_cells("D2:D3"), "merged"),
    "an answer beyond the names": (
        lambda sheet: sheet.cell(2, len(ITEMS) + 3, "more"), "without a name"),
}  # fmt: skip


@pytest.mark.parametrize("case", FLAWS)
def test_a_cell_that_does_not_say_what_its_sheet_shows_costs_the_row(case, tmp_path):
    change, words = FLAWS[case]
    (sheet,) = read_sheets(workbook(tmp_path / "association.xlsx", change), "f")
    assert len(sheet.cells) == 2 and len(sheet.flaws) == 1
    assert words in sheet.flaws["reason"].item()


def test_true_is_one_for_a_question_of_yes_or_no_alone(tmp_path):
    def change(sheet):
        set_cell("manager_named", True)(sheet)
        set_cell("board_seats", True)(sheet)

    (sheet,) = read_sheets(workbook(tmp_path / "association.xlsx", change), "f")
    answers, errors = read_answers("association", sheet.cells)
    assert answers.numbers["manager_named"].iloc[0] == 1
    assert errors["column_name"].tolist() == ["board_seats"]


@pytest.mark.parametrize("title", ["Sheet1", "संघ", "association (2)", "Associations 2026", "codes"])
@pytest.mark.parametrize("suffix", ["xlsx", "xlsm", "xls", "ods", "csv"])
def test_a_workbook_is_known_by_its_columns_whatever_it_is_called(title, suffix, tmp_path):
    path = workbook(tmp_path / "book.xlsx", title=title).rename(tmp_path / f"Kolhapur.{suffix}")
    (sheet,) = read_sheets(path, path.name)
    assert sound(sheet)


def test_a_title_row_above_the_names_is_passed_over(tmp_path):
    def change(sheet):
        sheet.insert_rows(1, 2)
        sheet["A1"] = "Associations of the pilot"

    (sheet,) = read_sheets(workbook(tmp_path / "association.xlsx", change), "f")
    assert sound(sheet) and list(sheet.cells.index) == [4, 5]


def test_a_file_of_another_kind_is_named(tmp_path):
    kinds = {
        "a.xls": (b"\xd0\xcf\x11\xe0" + bytes(500), "without a password"),
        "a.csv": (b"%PDF-1.7\n\xff", "save it as CSV"),
    }
    for name, (content, remedy) in kinds.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileError, match=remedy):
            read_grids(tmp_path / name, frozenset())
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", "<office:document-content/>")
    with pytest.raises(FileError, match=r"no \.xlsx workbook"):
        read_grids(tmp_path / "a.ods", frozenset())


def with_member(path, name: str, content: bytes):
    """A workbook in which one member is another."""
    with zipfile.ZipFile(workbook(path)) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, old in (members | {name: content}).items():
            archive.writestr(member, content if member == name else old)
    return path


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
BOMBS = {
    "texts": ("xl/sharedStrings.xml", b"<sst>" + b"<si><t>x</t></si>" * 600_000 + b"</sst>"),
    "rows": ("xl/worksheets/sheet1.xml", SHEET + b'<row><c><v>1</v></c></row>' * 1_000_000),
    "empty rows": ("xl/worksheets/sheet1.xml", SHEET + b"<row/>" * 1_100_000),
    "cells": ("xl/worksheets/sheet1.xml", SHEET + b"<row>" + b"<c/>" * 2_100_000),
    "merged cells": ("xl/worksheets/sheet1.xml", SHEET + b'<mergeCell ref="A1:B2"/>' * 6_000),
    "styles": ("xl/styles.xml", b"<styleSheet>" + b"<xf/>" * 1_100_000 + b"</styleSheet>"),
    "runs of a text": ("xl/sharedStrings.xml", b"<sst><si>" + b"<r><t>x</t></r>" * 300_000),
    "tags that do not end": ("xl/worksheets/sheet1.xml", SHEET + b"<v " * 2_000_000),
    "bytes": ("xl/media/image1.png", bytes(101_000_000)),
    "entities": ("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'),
}  # fmt: skip


@pytest.mark.parametrize("case", BOMBS)
def test_a_workbook_is_weighed_before_it_is_read(case, tmp_path):
    path = with_member(tmp_path / "association.xlsx", *BOMBS[case])
    begun = time.monotonic()
    (sheet,) = read_sheets(path, path.name)
    assert sheet.problem and sheet.cells.empty
    assert time.monotonic() - begun < 20


def test_a_row_far_below_is_read(tmp_path):
    def change(sheet):
        sheet.cell(1_048_576, 1, ROWS[0]["cluster_id"])

    (sheet,) = read_sheets(workbook(tmp_path / "association.xlsx", change), "f")
    assert list(sheet.cells.index) == [2, 3, 1_048_576]


def test_a_row_that_the_reader_loses_is_noticed(tmp_path):
    """Two rows of one number: one of them hides the other."""
    path = workbook(tmp_path / "association.xlsx")
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").replace(b'<row r="3"', b'<row r="2"')
    (sheet,) = read_sheets(with_member(path, "xl/worksheets/sheet1.xml", sheet), "f")
    assert "3 rows are in it but 2 can be read" in sheet.problem


# Folders


def test_what_is_no_file_is_said_and_holds_up_nothing(tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row()])
    (folder / "unit-a.csv").mkdir()
    (folder / "unit-b.csv").symlink_to(folder / "nowhere")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "unit-c.csv")
    (folder / "unit-d.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (folder / os.fsdecode(b"unit-\xff.csv")).write_text("\n".join(lines()))
    intake = taken_in(folder)
    assert len(intake.tables["round_units"]) == 1
    reasons = intake.tables["round_rejected"].groupby("file")["reason"].first()
    for file, words in {
        "unit-a.csv": "a folder", "unit-b.csv": "a link", "linked": "a link",
        "unit-c.csv": "no regular file", "unit-d.xlsx": "no workbook", "unit-\\xff.csv": "columns",
    }.items():  # fmt: skip
        assert words in reasons[file]


def test_an_unreadable_file_or_folder_is_one_error_with_its_name(tmp_path, monkeypatch):
    folder = write_round(tmp_path / "pilot", [unit_row()])

    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    facts_round = open_round(folder)
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(RoundError, match=r"round\.yaml can't be opened \(Permission denied\)"):
        facts_round.files_hash()
    with pytest.raises(RoundError, match=r"round\.yaml can't be opened"):
        open_round(folder)
    monkeypatch.undo()
    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(RoundError, match="pilot can't be opened"):
        open_round(folder)


YAML = "title: {title}\nperiod: 2025-26\nagency: A\ncontroller: C\ncollection_mode: fresh_facts\n" \
       "collected_from: 2026-04-15\ncollected_to: 2026-07-31\n"  # fmt: skip


@pytest.mark.parametrize("name", ["round.yml", "Round.yaml", "ROUND.YML"])
def test_other_names_of_the_round_file(name, tmp_path):
    settings = Settings(home=tmp_path)
    folder = write_round(settings.facts / "pilot", [])
    (folder / "round.yaml").rename(folder / name)
    assert round_keys(settings) == ["pilot"]
    facts_round = open_round(folder)
    assert facts_round.facts.title == "Pilot" and facts_round.ignored == ()
    (folder / "round.yaml").write_text("title: another")
    if name != "Round.yaml":
        with pytest.raises(RoundError, match="has both"):
            open_round(folder)


def test_a_folder_of_forms_without_a_round_file_is_said(tmp_path):
    settings = Settings(home=tmp_path)
    folder = write_round(settings.facts / "pilot", [])
    (folder / "round.yaml").unlink()
    assert round_keys(settings) == ["pilot"]
    with pytest.raises(RoundError, match=r"round\.yaml is missing"):
        open_round(folder)


@pytest.mark.parametrize("name", [b"Round 3", b"a...b", b"**a", b"round-\xff", b"a\nb", b"[x]"])
def test_a_folder_whose_name_is_no_key_is_said_and_stops_no_other(name, tmp_path):
    settings = Settings(home=tmp_path)
    write_round(settings.facts / "pilot", [])
    write_round(settings.facts / os.fsdecode(name), [])
    assert round_keys(settings) == ["pilot"]
    assert "rename it" in misnamed_rounds(settings)[0]
    (said,) = misnamed_rounds(settings)
    assert said.isprintable()
    changed, problems = changed_rounds(settings, _round_folders(settings))
    assert (changed, len(problems)) == (["pilot"], 1)
    assert all(_round_state(settings, key) for key in _round_folders(settings))


@pytest.mark.parametrize(
    "content",
    [YAML.format(title="x").replace("title: ", "title:\t"),
     YAML.format(title="x").replace("\n", "\t\r\n"), "\ufeff" + YAML.format(title="x")],
)  # fmt: skip
def test_a_round_file_with_tabs_is_read(content, tmp_path):
    folder = write_round(tmp_path / "pilot", [])
    (folder / "round.yaml").write_bytes(content.encode())
    assert open_round(folder).facts.title == "x"


BAD_YAML = {
    "cp1252": (YAML.format(title="\x96 x").encode("latin-1"), "UTF-8"),
    "a boolean in quotes": (YAML.format(title="x") + 'is_synthetic: "no"\n', "'is_synthetic'"),
    "a list": (YAML.format(title="[a, b]"), "line 1: write one value"),
    "a name twice": (YAML.format(title="x") + "title: y\n", "line 8: this name stands twice"),
    "no date": (YAML.format(title="x").replace("2026-04-15", "2026-13-45"), "dates like"),
    "an open quote": (YAML.format(title="'x"), "line"),
    "aliases": ("a: &a x\nb: *a\n", "line 2"),
    "an alias bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "line 1"),
    "a tag": (YAML.format(title="!!timestamp never"), "line 1: write one value"),
    "depth": ("a: " + "[" * 20_000, "line 1"),
    "size": ("a: " + "x" * 70_000, "too large"),
    "a long name": ("x" * 500 + ": 1\n", "…"),
}


@pytest.mark.parametrize("case", BAD_YAML)
def test_a_round_file_that_is_none_is_one_sentence(case, tmp_path):
    content, words = BAD_YAML[case]
    folder = write_round(tmp_path / "pilot", [])
    path = folder / "round.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RoundError) as said:
        open_round(folder)
    assert str(path) in str(said.value) and words in str(said.value)
    assert "\n" not in str(said.value) and "x" * 60 not in str(said.value)


# What the terminal says


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())

    def run(folder) -> tuple[int, str]:
        said = Console(file=StringIO(), width=1000)
        monkeypatch.setattr("locus_pipeline.cli.console", said)
        arguments = ["facts", "check", str(folder), "--home", str(tmp_path / "home")]
        result = CliRunner().invoke(locus, arguments)
        return result.exit_code, said.file.getvalue()

    return run


def test_check_says_what_is_not_used_and_ends_so(check, tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row(1), unit_row(2, consent=0)])
    (folder / "notes.txt").write_text("about the round")
    code, said = check(folder)
    assert (code, "Not forms, not read: notes.txt" in said) == (0, True)
    workbook(folder / "unit-b.xlsx").write_bytes(b"\xd0\xcf\x11\xe0")
    code, said = check(folder)
    assert code == 1
    assert "unit-b.xlsx: nothing of it is used; this is a workbook with a password" in said
    (folder / "unit-b.xlsx").unlink()
    (folder / "cluster.csv").write_text((folder / "cluster.csv").read_text() + "IN-33,x\n")
    code, said = check(folder)
    assert code == 1
    assert "cluster.csv: 1 of 2 rows are not used; mostly: the row has 2 cells" in said


def test_check_names_a_column_that_is_spelt_otherwise(check, tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row(1)])
    form = folder / "unit.csv"
    form.write_text(form.read_text().replace("product_code_2", "code of the 2nd product " * 4))
    code, said = check(folder)
    assert code == 1
    assert "the schedule has no such column; it was not read" in said
    assert "code of the 2nd product " * 2 not in said


def test_nothing_of_what_stands_in_a_form_is_said(check, tmp_path):
    secret = "SRIMURUGAN"
    folder = write_round(
        tmp_path / "pilot",
        [unit_row(1), unit_row(2, persons=secret), unit_row(3, unit_id=secret),
         unit_row(4, cluster_id=secret), unit_row(5, legal_form=secret), unit_row(6, sales="")],
    )  # fmt: skip
    (folder / "unit-headless.csv").write_text(f"{secret},UDYAM-TN-33-0000009,5\n{secret},1,2\n")
    (folder / "unit-cr.csv").write_bytes((secret + "\r").encode() * 9)
    (folder / "unit-no-text.csv").write_bytes((secret + "\0").encode() * 9)
    (folder / "unit-wide.csv").write_text(f"cluster_id,unit_id,{'n' * 90}\n{secret},{secret},1,2\n")
    code, said = check(folder)
    assert code == 1
    reports = tmp_path / "home" / "rounds" / "reports" / "pilot"
    said += (reports / "report.html").read_text()
    said += "".join(
        str(value)
        for sheet in openpyxl.load_workbook(reports / "report.xlsx")
        for row in sheet.values
        for value in row
    )
    assert secret.lower() not in said.lower() and "UDYAM" not in said.replace("UDYAM-XX", "")
    assert "n" * 41 not in said


def test_reports_hold_no_formula_and_no_markup(check, tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row(1)], title="<script>alert(1)</script>")
    (folder / "=cmd()&<b>.csv").write_text("=1+1,<img src=x>\n=2,3\n")
    check(folder)
    reports = tmp_path / "home" / "rounds" / "reports" / "pilot"
    page = (reports / "report.html").read_text()
    assert "<script>" not in page and "<b>.csv" not in page and "&lt;b&gt;.csv" in page
    cells = [
        cell
        for sheet in openpyxl.load_workbook(reports / "report.xlsx")
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert any(str(cell.value).startswith("=cmd") for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"units": 1}'])
def test_a_cut_manifest_is_none(content, tmp_path, monkeypatch):
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())
    settings = Settings(home=tmp_path)
    facts_round = open_round(write_round(settings.facts / "pilot", [unit_row(1)]))
    store_round(settings, facts_round)
    assert is_current(settings, facts_round)
    (settings.rounds / "manifests" / "pilot.json").write_text(content)
    assert not is_current(settings, facts_round)


def test_an_error_of_the_file_border_is_one_of_ours():
    assert issubclass(FileError, LocusError) and issubclass(RoundError, LocusError)


def test_a_run_says_of_its_rounds_what_is_not_used(tmp_path, monkeypatch):
    """What `locus facts run` and `locus run` print, and whether the former ends with 0."""
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())
    said = Console(file=StringIO(), width=1000)
    monkeypatch.setattr("locus_pipeline.cli.console", said)
    settings = Settings(home=tmp_path)
    folder = write_round(settings.facts / "pilot", [unit_row(1), unit_row(2, persons="")])
    store_round(settings, open_round(folder))
    assert _show_rounds(settings, ["pilot"])
    assert (
        "Round pilot: unit.csv: 1 of 2 rows are not used; mostly: Persons" in said.file.getvalue()
    )
    (folder / "unit-b.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    store_round(settings, open_round(folder))
    assert not _show_rounds(settings, ["pilot"])
    assert "Round pilot: unit-b.xls: nothing of it is used" in said.file.getvalue()
