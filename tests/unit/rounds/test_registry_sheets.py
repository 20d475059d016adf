"""Sheets of the registry: what is taken in, and what is sent back with its place and remedy."""

import shutil
import subprocess
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from locus_pipeline.rounds.intake import MEMBERS_DIFFER, NO_OFFICE, NOT_DESCRIBED, SAME_ENTRY
from locus_pipeline.rounds.items import (
    REGISTRY_SHEETS,
    TICKED,
    UNTICKED,
    WORKBOOKS,
    load_items,
)
from locus_pipeline.rounds.reader import read_sheets
from locus_pipeline.rounds.report import remarks, write_report
from locus_pipeline.rounds.templates import HEADER_ROWS, write_schedule, write_templates
from locus_pipeline.settings import Settings
from tests.support.registry import SOUND, sheet_row, write_registry_round
from tests.support.rounds import CLUSTER_ID, association_row, taken_in, unit_row

FIRST = HEADER_ROWS + 1
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def cells_of(intake, sheet, entry=1):
    """Item -> value, text or missing code of a row that was taken."""
    rows = intake.tables["round_entries"].query("sheet_kind == @sheet and entry == @entry")
    return {
        row.item: row.text_value if row.text_value == row.text_value and row.text_value is not None
        else row.value if row.value == row.value else int(row.missing_code)
        for row in rows.itertuples()
    }  # fmt: skip


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_sound_sheets_are_taken_whole(tmp_path, suffix):
    sheets = {sheet: [sheet_row(sheet)] for sheet in REGISTRY_SHEETS}
    intake = taken_in(write_registry_round(tmp_path / "r", sheets, suffix))
    assert intake.tables["round_rejected"].empty, intake.tables["round_rejected"].to_dict("records")
    assert intake.tables["round_warnings"].empty, intake.tables["round_warnings"].to_dict("records")
    counts = intake.tables["round_intake"].set_index("schedule")["rows_accepted"]
    assert counts[list(REGISTRY_SHEETS)].tolist() == [1] * len(REGISTRY_SHEETS)
    document = cells_of(intake, "document")
    assert document["document_themes"] == "technology;finance"
    assert (document["document_year"], document["document_reference"]) == (2019, -9)
    assert cells_of(intake, "contact")["office_pin"] == "641601"
    ticks = cells_of(intake, "activity")
    # who marked a box has gone through its list; a list without a mark was not asked
    assert (ticks["service_fairs"], ticks["service_design"], ticks["service_none"]) == (1, 0, 0)
    assert (ticks["cell_mr"], ticks["cell_mb"], ticks["facility_testing"]) == (1, 0, -9)


# name -> sheet, changes, column, what the message says
BAD = {
    "a person for an organisation": ("organisation", {"organisation_name": "Sita Devi"},
                                     "organisation_name", "no person"),
    "a person's title": ("organisation", {"organisation_name": "Dr Sita Devi of NIFT"},
                         "organisation_name", "no person"),
    "a firm of one person": ("organisation", {"organisation_kind": "supplier",
                             "organisation_name": "Devi Training Centre"},
                             "organisation_name", "tell of it as a stage"),
    "a person for an office": ("organisation", {"organisation_office": "Sita Devi"},
                               "organisation_office", "a post alone"),
    "a mobile number": ("organisation", {"organisation_phone": "98400 12345"},
                        "organisation_phone", "fixed line"),
    "a person's mailbox": ("organisation", {"organisation_email": "sita@example.org"},
                           "organisation_email", "info@"),
    "a person's page": ("organisation",
                        {"organisation_website": "https://linkedin.com/in/sita"},
                        "organisation_website", "no page of a person"),
    "an unknown kind": ("organisation", {"organisation_kind": "club"},
                        "organisation_kind", "one of the codes academic"),
    "no role": ("organisation", {"organisation_role": None}, "organisation_role", "fill it in"),
    "care of somebody": ("contact", {"office_address": "c/o Sita Devi, Mill Road"},
                         "office_address", "without a person"),
    "a PIN of five digits": ("contact", {"office_pin": "64160"}, "office_pin", "six digits"),
    "members below zero": ("contact", {"members_micro": -3}, "members_micro", "at least 0"),
    "half a member": ("contact", {"members_small": 2.5}, "members_small", "whole number"),
    "an unknown theme": ("document", {"document_themes": "technology;weather"},
                         "document_themes", "codes joined by semicolons"),
    "nowhere to be found": ("document", {"document_link": None}, "document_link",
                            "neither a reference nor a link"),
    "no address of the web": ("document", {"document_link": "tiruppur.pdf"}, "document_link",
                              "http://"),
    "a year that none was": ("document", {"document_year": 219}, "document_year",
                             "from 1950 to 2100"),
    "a unit's identifier": ("document", {"document_title": "Loans of UDYAM-TN-33-0000001"},
                            "document_title", "without a person"),
    "an author for an agency": ("document", {"document_agency": "S. Devi"}, "document_agency",
                                "full name"),
    "a firm for a stage": ("stage", {"stage_name": "Devi Suppliers"}, "stage_name",
                           "small letters"),
    "absent and inside": ("stage", {"stage_present": 0}, "stage_location", "write -6"),
    "an unknown step": ("milestone", {"milestone_step": "party"}, "milestone_step", "selection"),
    "the end before the beginning": ("milestone", {"milestone_completed": "2024-03"},
                                     "milestone_completed", "before milestone_started"),
    "a day that is none": ("milestone", {"milestone_started": "2024-02-30"},
                           "milestone_started", "2025-04-15"),
    "a person for the agent": ("milestone", {"milestone_agent": "Sita Devi"},
                               "milestone_agent", "a post alone"),
    "a mark that is no tick": ("activity", {"service_fairs": "perhaps"}, "service_fairs", TICKED),
    "nothing and something": ("activity", {"service_none": TICKED}, "service_none",
                              "take one of the ticks away"),
    "no cluster": ("stage", {"cluster_id": "Tiruppur"}, "cluster_id", "IN-33"),
}  # fmt: skip


@pytest.fixture(scope="module")
def with_bad_rows(tmp_path_factory):
    """One round with all of them, each after the sound row of its sheet."""
    sheets = {sheet: [sheet_row(sheet)] for sheet in REGISTRY_SHEETS}
    places = {}
    for name, (sheet, changes, *_) in BAD.items():
        places[name] = FIRST + len(sheets[sheet])
        sheets[sheet].append(sheet_row(sheet, **changes))
    for sheet in REGISTRY_SHEETS:
        sheets[sheet].append(sheet_row(sheet))  # the same again
    folder = write_registry_round(tmp_path_factory.mktemp("bad") / "r", sheets)
    return taken_in(folder), places


@pytest.mark.parametrize("name", BAD)
def test_a_bad_entry_is_sent_back_with_its_place_and_remedy(with_bad_rows, name):
    intake, places = with_bad_rows
    sheet, changes, column, says = BAD[name]
    rejected = intake.tables["round_rejected"]
    of_row = rejected[(rejected["sheet"] == sheet) & (rejected["row_number"] == places[name])]
    assert of_row["column_name"].tolist() == [column]
    assert of_row["file"].tolist() == ["registry.xlsx"]
    [reason] = of_row["reason"]
    assert says in reason
    given = str(changes[column]) if column in changes else ""
    assert not given or given not in reason, "what stands in a cell is not repeated"


def test_a_row_is_taken_once_and_all_rows_are_counted(with_bad_rows):
    intake, _ = with_bad_rows
    rejected = intake.tables["round_rejected"]
    again = rejected[rejected["reason"] == SAME_ENTRY]
    assert sorted(again["sheet"]) == sorted(REGISTRY_SHEETS)
    counts = intake.tables["round_intake"].set_index("schedule").loc[list(REGISTRY_SHEETS)]
    assert counts["rows_accepted"].tolist() == [1] * len(REGISTRY_SHEETS)
    assert counts["rows_rejected"].sum() == len(BAD) + len(REGISTRY_SHEETS)


def test_nothing_of_a_person_is_stored_or_said(with_bad_rows, tmp_path):
    intake, _ = with_bad_rows
    page = write_report(Settings(home=tmp_path), intake).read_text()
    stored = " ".join(table.to_csv() for table in intake.tables.values())
    for name in ("Sita", "Devi", "98400", "UDYAM-TN-33-0000001"):
        assert name not in stored and name not in page
    faults = remarks(*(intake.tables[f"round_{n}"] for n in ("rejected", "warnings", "intake")))
    assert any("sheet 'organisation'" in line for line in faults.to_correct)


def test_what_contradicts_the_schedules_is_taken_and_told(tmp_path):
    strange = "IN-33-karur-textiles-01"
    sheets = {
        "contact": [sheet_row("contact", members_micro=30)],
        "activity": [sheet_row("activity", service_design=TICKED)],
        "stage": [sheet_row("stage", cluster_id=strange)],
        "document": [sheet_row("document", document_year=2030)],
    }
    intake = taken_in(write_registry_round(tmp_path / "r", sheets))
    assert intake.count("rows_rejected") == 0
    warnings = intake.tables["round_warnings"].set_index("sheet")["reason"]
    assert warnings["contact"] == MEMBERS_DIFFER
    assert "services_offered" in warnings["activity"]
    assert warnings["stage"] == NOT_DESCRIBED
    assert "later year" in warnings["document"]


def test_the_name_of_an_association_is_no_persons(tmp_path):
    """The answers count, the name is left out."""
    folder = write_registry_round(tmp_path / "r", {})
    write_schedule(
        folder / "association.csv", "association", [association_row(association_name="Sita Devi")]
    )
    tables = taken_in(folder).tables
    [warning] = tables["round_warnings"].to_dict("records")
    assert (warning["column_name"], warning["reason"]) == ("association_name", NO_OFFICE)
    answers = tables["round_answers"].query("schedule == 'association'").set_index("item")
    assert answers.loc["association_name", "missing_code"] == -9
    assert answers.loc["members", "value"] == 50


def test_a_round_may_hold_sheets_of_the_registry_alone(tmp_path):
    folder = write_registry_round(tmp_path / "r", {"document": [sheet_row("document")]}, "csv")
    for name in ("cluster", "association"):
        (folder / f"{name}.csv").unlink()
    intake = taken_in(folder)
    assert (intake.count("rows_accepted"), len(intake.tables["round_warnings"])) == (1, 0)
    assert set(intake.tables["round_entries"]["cluster_id"]) == {CLUSTER_ID}


def test_a_code_in_a_list_unticks_nothing(tmp_path):
    """Who refuses one box has not said no to the others."""
    row = {"cluster_id": CLUSTER_ID, "service_fairs": -8, "facility_design": UNTICKED}
    intake = taken_in(write_registry_round(tmp_path / "r", {"activity": [row]}))
    ticks = cells_of(intake, "activity")
    assert (ticks["service_fairs"], ticks["service_design"]) == (-8, -9)
    assert (ticks["facility_design"], ticks["facility_testing"]) == (0, 0)


def test_a_share_shown_as_per_cent_is_a_share(tmp_path):
    path = write_schedule(tmp_path / "unit.xlsx", "unit", [unit_row(online_share=0.25)])
    workbook = openpyxl.load_workbook(path)
    [column] = [cell.column for cell in workbook["unit"][1] if cell.value == "online_share"]
    workbook["unit"].cell(FIRST, column).number_format = "0%"
    workbook.save(path)
    [sheet] = read_sheets(path, path.name)
    assert sheet.flaws.empty and sheet.cells["online_share"].tolist() == ["0.25"]


def test_a_deleted_box_is_not_taken_for_an_empty_one(tmp_path):
    folder = write_registry_round(tmp_path / "r", {"activity": [sheet_row("activity")]})
    path = folder / "registry.xlsx"
    workbook = openpyxl.load_workbook(path)
    workbook["activity"].delete_cols(3)
    workbook.save(path)
    [reason] = taken_in(folder).tables["round_rejected"]["reason"]
    assert load_items("activity")[2].name in reason


def test_a_day_may_be_a_day_of_the_spreadsheet(tmp_path):
    folder = write_registry_round(tmp_path / "r", {"milestone": [sheet_row("milestone")]})
    path = folder / "registry.xlsx"
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["milestone"]
    [column] = [cell.column for cell in sheet[1] if cell.value == "milestone_completed"]
    sheet.cell(FIRST, column).value = datetime(2024, 11, 28)
    sheet.cell(FIRST, column).number_format = "DD/MM/YYYY"
    workbook.save(path)
    intake = taken_in(folder)
    assert intake.tables["round_rejected"].empty
    assert cells_of(intake, "milestone")["milestone_completed"] == "2024-11-28"


def test_workbooks_hold_their_sheets_with_boxes_and_hindi_labels(tmp_path):
    paths = write_templates(tmp_path, (), "xlsx")
    assert [path.stem for path in paths] == list(WORKBOOKS)
    for path in paths:
        read = read_sheets(path, path.name)
        assert [sheet.schedule for sheet in read] == list(WORKBOOKS[path.stem])
        assert all(sheet.problem is None and sheet.cells.empty for sheet in read)
    workbook = openpyxl.load_workbook(tmp_path / "association.xlsx")
    sheet = workbook["activity"]
    rules = {
        cells.min_col: rule
        for rule in sheet.data_validations.dataValidation
        for cells in rule.sqref.ranges
    }
    boxes = [item for item in load_items("activity") if item.kind == "tick"]
    assert len(boxes) == 12 + 10 + 15 + 3
    for place, item in enumerate(load_items("activity"), start=1):
        assert item.label_hi in sheet.cell(2, place).value
        if item.kind != "tick":
            continue
        first, last = rules[place].formula1.removeprefix("lists!").split(":")
        offered = [cell.value for (cell,) in workbook["lists"][f"{first}:{last}"]]
        assert offered == [TICKED, UNTICKED, -9, -8, -7, -6]


def test_every_column_has_a_label_in_hindi():
    for sheet in REGISTRY_SHEETS:
        for item in load_items(sheet):
            assert any("\u0900" <= sign <= "\u097f" for sign in item.label_hi), item.name


def test_sound_rows_are_of_every_sheet():
    assert set(SOUND) == set(REGISTRY_SHEETS)


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed")
def test_ticks_survive_libreoffice(tmp_path):
    """Opened and saved again by LibreOffice."""
    sheets = {sheet: [sheet_row(sheet)] for sheet in REGISTRY_SHEETS}
    folder = write_registry_round(tmp_path / "r", sheets)
    before = taken_in(folder).tables["round_entries"]
    command = [
        SOFFICE, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(folder / "registry.xlsx"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    shutil.copy(tmp_path / "saved" / "registry.xlsx", folder / "registry.xlsx")
    pd.testing.assert_frame_equal(taken_in(folder).tables["round_entries"], before)
