"""The definitions as a workbook: tabs, filters, text that stays text, the same bytes again."""

import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest

from locus_pipeline.publish.definitions_sheet import COLUMNS, SHEET, write_definitions_sheet

CODES = [
    ("NIC-2008", "10711", "Bread", "101", "Local Food", "local", "reviewed", "high"),
    ("NIC-2008", "01632", "Cotton ginning", "2", "Agriculture", "traded", "unique", "low"),
    ("NIC-2004", "15411", "Bread making", "101", "Local Food", "local", "title_link", "high"),
    ("NIC-1998", "01405", "Cotton ginning", "0", "Unmapped", "unmapped", "out_of_scope", "none"),
]


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "locus.duckdb")) as connection:
        connection.execute(
            "create table definitions (nic_version varchar, nic_code varchar, nic_title varchar, "
            "cluster_code varchar, cluster_name varchar, cluster_type varchar, rule varchar, "
            "confidence varchar, reason varchar, evidence varchar, title_read boolean, "
            "definitions_version varchar)"
        )
        connection.execute(
            "create table definitions_versions as select '2026.1' as definitions_version, "
            "1 as sequence, '2026-11-22' as released_on, 'First version' as changes"
        )
        connection.executemany(
            "insert into definitions "
            "values (?, ?, ?, ?, ?, ?, ?, ?, 'why', 'what', true, '2026.1')",
            CODES,
        )
    return tmp_path


def change(edition: Path, statement: str) -> None:
    with duckdb.connect(str(edition / "locus.duckdb")) as connection:
        connection.execute(statement)


def test_one_tab_for_each_nic_version_and_notes(edition):
    write_definitions_sheet(edition)
    book = openpyxl.load_workbook(edition / SHEET)
    assert book.sheetnames == ["Notes", "NIC-2008", "NIC-2004", "NIC-1998"]
    sheet = book["NIC-2008"]
    assert [cell.value for cell in sheet[1]] == [heading for heading, *_ in COLUMNS]
    assert [row[:4] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        ("01632", "Cotton ginning", 2, "Agriculture"),
        ("10711", "Bread", 101, "Local Food"),
    ]


def test_a_tab_is_readable(edition):
    change(edition, f"update definitions set reason = '{'a long reason ' * 20}'")
    write_definitions_sheet(edition)
    sheet = openpyxl.load_workbook(edition / SHEET)["NIC-2008"]
    assert sheet.auto_filter.ref == "A1:J3"
    assert sheet.freeze_panes == "C2"
    reason = sheet["H2"]
    assert reason.alignment.wrap_text
    assert sheet.column_dimensions["H"].width > 40
    assert sheet.row_dimensions[2].height > 4 * 13
    assert sheet["G2"].fill.start_color.rgb != sheet["G3"].fill.start_color.rgb  # low is shaded


def test_notes_say_version_rules_sources_and_terms(edition):
    write_definitions_sheet(edition)
    notes = "\n".join(
        str(value)
        for row in openpyxl.load_workbook(edition / SHEET)["Notes"].iter_rows(values_only=True)
        for value in row
        if value
    )
    assert "Version 2026.1, 22 November 2026" in notes
    assert "2 codes, 2 in a cluster, 1 by a reviewed decision, 1 of low confidence" in notes
    for rule in {row[6] for row in CODES}:
        assert rule in notes
    for text in ("Delgado", "written consent", "Government of India", "Locus's own proposal"):
        assert text in notes
    assert "2026-11-22: First version" in notes


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x","y")'])
def test_text_is_never_a_formula(edition, title):
    escaped = title.replace("'", "''")
    change(edition, f"update definitions set nic_title = '{escaped}' where nic_code = '10711'")
    write_definitions_sheet(edition)
    cell = openpyxl.load_workbook(edition / SHEET)["NIC-2008"]["B3"]
    assert cell.value == title
    assert cell.data_type == "s"


def test_characters_that_a_workbook_cannot_hold_are_left_out(edition):
    change(edition, "update definitions set nic_title = 'a' || chr(7) || 'b'")
    write_definitions_sheet(edition)
    assert openpyxl.load_workbook(edition / SHEET)["NIC-2008"]["B2"].value == "ab"


def test_the_same_definitions_are_the_same_bytes(edition):
    write_definitions_sheet(edition)
    first = (edition / SHEET).read_bytes()
    write_definitions_sheet(edition)
    assert (edition / SHEET).read_bytes() == first
    with zipfile.ZipFile(edition / SHEET) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-22T00:00:00Z</dcterms:modified>" in archive.read("docProps/core.xml")


def test_definitions_of_the_users_own_need_no_release_date(edition):
    change(edition, "update definitions set definitions_version = 'mine'")
    write_definitions_sheet(edition)
    assert openpyxl.load_workbook(edition / SHEET)["Notes"]["B1"].value == "Version mine"
