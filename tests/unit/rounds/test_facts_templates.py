"""Templates come back as they were filled, also through LibreOffice, and guard their cells."""

import shutil
import subprocess
from datetime import datetime, timezone
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from locus_pipeline.cli import locus
from locus_pipeline.rounds.items import (
    ALL_SHEETS,
    FORMATS,
    MISSING_CODES,
    SCHEDULES,
    asked_in,
)
from locus_pipeline.rounds.reader import read_sheets
from locus_pipeline.rounds.templates import HEADER_ROWS, write_schedule, write_templates
from locus_pipeline.rounds.validation import read_answers
from tests.support.rounds import association_row, cluster_row, unit_row

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
ROWS = {
    "unit": [
        unit_row(1, unit_id="33ABCDE1234F1Z5", online_share=0.25, comment='=1+1, "quoted"\nend'),
        unit_row(2, unit_id="LIST-007", product_code_1="0012301", persons_bpl=-7, rent=123456.75),
    ],
    "cluster": [cluster_row(state_code="06", past_interventions="A | B | 2018 | 120 | no")],
    "association": [association_row(association_name="ಸಂಘ & <b>Sons</b>")],
}


def answers_in(schedule, cells):
    answers, errors = read_answers(schedule, cells)
    assert errors.empty, errors["reason"].tolist()
    return answers


def assert_reads_back(path, schedule):
    (sheet,) = read_sheets(path, path.name)
    assert (sheet.schedule, sheet.problem) == (schedule, None)
    first = HEADER_ROWS + 1
    assert sheet.cells.index.tolist() == list(range(first, first + len(ROWS[schedule])))
    answers = answers_in(schedule, sheet.cells)
    filled = pd.DataFrame(ROWS[schedule], index=sheet.cells.index).astype(object)
    filled = answers_in(schedule, filled.map(str, na_action="ignore"))
    for part in ("numbers", "texts", "missing"):
        pd.testing.assert_frame_equal(getattr(answers, part), getattr(filled, part))


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_filled_template_reads_back(schedule, file_format, tmp_path):
    path = tmp_path / f"{schedule}.{file_format}"
    assert_reads_back(write_schedule(path, schedule, ROWS[schedule]), schedule)


@pytest.mark.parametrize("file_format", FORMATS)
def test_empty_template_has_no_rows(file_format, tmp_path):
    for path in write_templates(tmp_path, ALL_SHEETS, file_format):
        (sheet,) = read_sheets(path, path.name)
        assert sheet.problem is None
        assert sheet.cells.empty
        assert sheet.cells.columns.tolist() == [item.name for item in asked_in(path.stem)]


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("suffix", FORMATS)
def test_filled_template_survives_libreoffice(suffix, tmp_path):
    """Opened and saved again by LibreOffice, as XLSX or as CSV."""
    for schedule in SCHEDULES:
        write_schedule(tmp_path / f"{schedule}.xlsx", schedule, ROWS[schedule])
    # commas, quotes, UTF-8, and the second sheet of the workbook: the first is read me
    options = "44,34,76,1,,0,false,true,false,false,false,2"
    filters = {"xlsx": "xlsx", "csv": f"csv:Text - txt - csv (StarCalc):{options}"}
    out = tmp_path / "saved"
    command = [
        SOFFICE, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to", filters[suffix], "--outdir", str(out),
        *(str(tmp_path / f"{schedule}.xlsx") for schedule in SCHEDULES),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for schedule in SCHEDULES:
        (path,) = out.glob(f"{schedule}*.{suffix}")
        assert_reads_back(path, schedule)


def test_workbook_guards_its_cells(tmp_path):
    write_schedule(tmp_path / "unit.xlsx", "unit", ROWS["unit"])
    workbook = openpyxl.load_workbook(tmp_path / "unit.xlsx")
    sheet = workbook["unit"]
    assert sheet.protection.sheet
    assert sheet["A1"].protection.locked and not sheet["A4"].protection.locked
    assert sheet.freeze_panes == "C4"
    columns = {cell.value: cell for cell in sheet[1]}
    rules = {
        cells.min_col: rule
        for rule in sheet.data_validations.dataValidation
        for cells in rule.sqref.ranges
    }
    for item in asked_in("unit"):
        cell = columns[item.name]
        assert item.label in cell.comment.text
        if item.kind == "text":
            assert cell.column not in rules
            continue
        rule = rules[cell.column]
        assert rule.showErrorMessage and len(rule.error) <= 255
        if item.kind in ("code", "flag"):
            assert rule.type == "list"
            column = workbook["lists"].iter_cols(cell.column, cell.column, values_only=True)
            offered = {str(value) for value in next(column) if value is not None}
            missing = set() if item.is_key else {str(code) for code in MISSING_CODES}
            assert offered == set(item.codes) | missing
        else:
            assert ("=-9" in rule.formula1) != item.is_key
    assert {row[0].value for row in workbook["codes"].iter_rows(min_row=2)} >= {"legal_form"}


def test_text_can_not_become_a_formula(tmp_path):
    write_schedule(tmp_path / "unit.xlsx", "unit", [unit_row(1, comment="=HYPERLINK(1)")])
    sheet = openpyxl.load_workbook(tmp_path / "unit.xlsx")["unit"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == "=HYPERLINK(1)" for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_command_writes_the_templates_that_are_asked_for(tmp_path):
    arguments = ["facts", "template", "--out", str(tmp_path / "t"), "--format", "csv"]
    assert CliRunner().invoke(locus, [*arguments, "--schedule", "unit"]).exit_code == 0
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["unit.csv"]
    assert CliRunner().invoke(locus, arguments).exit_code == 0
    assert {path.stem for path in (tmp_path / "t").iterdir()} == set(ALL_SHEETS)


def test_the_same_answers_are_the_same_bytes(tmp_path, monkeypatch):
    """Whenever they are written: an edition is named after the files of its rounds."""
    first = write_schedule(tmp_path / "one.xlsx", "unit")
    later = SimpleNamespace(now=lambda tz: datetime(2031, 5, 6, tzinfo=tz))
    clock = SimpleNamespace(datetime=later, timezone=timezone)
    monkeypatch.setattr("openpyxl.writer.excel.datetime", clock)
    second = write_schedule(tmp_path / "two.xlsx", "unit")
    assert first.read_bytes() == second.read_bytes()
