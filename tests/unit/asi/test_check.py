"""The release check: what it says of good, partial, damaged and wrong releases."""

import zipfile

import pytest
from rich.console import Console

from locus_pipeline.asi.check import COST_OF_MISSING, check_release, render, survey_year_of
from locus_pipeline.asi.ingest import other_year
from locus_pipeline.asi.layout import BLOCK_LETTERS
from locus_pipeline.settings import Settings
from tests.support.records import LAYOUTS, csv_line, header, record, year


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "home", threads=1)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "2009-10"
    folder.mkdir()
    for block in "ad":
        [layout] = year("2009-10").release("panel").parts(block)
        (folder / f"OAS{block}10.TXT").write_text(record(layout) + "\n" + block * 5 + "\n")
    (folder / "README.txt").write_text("x")
    return folder


def text(report):
    console = Console(width=120)
    with console.capture() as capture:
        console.print(render(report))
    return capture.get()


def test_a_partial_release(folder, settings):
    report = check_release(folder, year("2009-10"), settings)
    assert report.ok
    assert report.release.name == "panel"
    assert [block.block for block in report.blocks] == ["a", "d"]
    a, d = report.blocks
    assert (a.counts.rows_read, a.counts.rows_kept, a.counts.rows_rejected) == (2, 1, 1)
    assert a.known_records == 57113
    assert [(reject.line_number, reject.column) for reject in d.rejects] == [(2, None)]
    assert set(report.missing) == set("bcefghij")
    assert report.missing["e"] == "workers, employees and wages"
    assert report.ignored == ("README.txt",)
    shown = text(report)
    for part in ("2009-10/panel, certainty high", "57,113 (differs)", "is too short", "README"):
        assert part in shown


def test_nothing_is_loaded(folder, settings):
    check_release(folder, year("2009-10"), settings)
    left = [path for path in settings.home.rglob("*") if path.is_file()]
    assert left == []


def test_blocks_that_cannot_be_read_are_in_the_report(folder, settings):
    (folder / "OASd10.TXT").write_text("nothing\n")
    report = check_release(folder, year("2009-10"), settings)
    assert not report.ok
    a, d = report.blocks
    assert a.problem is None
    assert d.counts is None
    assert "holds no record of block D" in d.problem
    assert "Block D can't be read" in text(report)


def test_an_incomplete_layout_is_in_the_report(tmp_path, settings):
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "blkD201617.csv").write_text("DSL\n1\n")
    report = check_release(folder, year("2016-17"), settings)
    assert not report.ok
    assert "does not know where the release keeps serial_number" in report.blocks[0].problem


def test_inferred_columns_are_named(tmp_path, settings):
    folder = tmp_path / "release"
    folder.mkdir()
    [layout] = year("2022-23").release("public").parts("b")
    (folder / "blkB202223.csv").write_text(f"{header(layout)}\n{csv_line(layout)}\n")
    report = check_release(folder, year("2022-23"), settings)
    assert report.ok
    assert "formal_training" in report.blocks[0].inferred
    assert "Block B: never seen in a file" in text(report)


def test_a_folder_that_is_no_release(tmp_path, settings):
    report = check_release(tmp_path / "none", year("2009-10"), settings)
    assert not report.ok
    assert report.release is None
    assert "no such folder" in text(report)


def test_a_synthetic_release_says_so(folder, settings):
    (folder / "SYNTHETIC.json").write_text("{}")
    report = check_release(folder, year("2009-10"), settings)
    assert report.is_synthetic
    assert "SYNTHETIC" in text(report)


def test_the_cost_of_every_block_is_known():
    assert set(COST_OF_MISSING) == set(BLOCK_LETTERS)


def test_the_survey_year_in_a_folders_name(tmp_path):
    assert survey_year_of(tmp_path / "2009-10", LAYOUTS) == "2009-10"
    assert survey_year_of(tmp_path / "asi-2022-23", LAYOUTS) == "2022-23"
    assert survey_year_of(tmp_path / "asi-2031-32", LAYOUTS) is None
    assert survey_year_of(tmp_path / "downloads", LAYOUTS) is None
    assert survey_year_of(tmp_path / "2009-10 and 2010-11", LAYOUTS) is None


def test_the_survey_year_in_the_name_of_a_download(tmp_path):
    for name in ("ASI_DATA_2022_23_CSV.zip", "blk202223.zip", "ASI 2022-2023", "asi 2022 23"):
        assert survey_year_of(tmp_path / name, LAYOUTS) == "2022-23"
    for name in ("20221123.zip", "2022_24", "release 1.zip"):
        assert survey_year_of(tmp_path / name, LAYOUTS) is None


def public(tmp_path, survey_year, *lines):
    """A release of block A as CSV."""
    [layout] = year("2022-23").release("public").parts("a")
    folder = tmp_path / survey_year
    folder.mkdir()
    path = folder / f"blkA{survey_year.replace('-', '')}.csv"
    records = [csv_line(layout, factory_key=str(n), **line) for n, line in enumerate(lines)]
    path.write_text("\n".join([header(layout), *records]))
    return folder


def test_most_lines_rejected_is_not_ok(tmp_path, settings):
    bad, good = {"multiplier": "1 0"}, {"multiplier": "10"}
    report = check_release(public(tmp_path, "2022-23", bad, bad, good), year("2022-23"), settings)
    assert not report.ok
    assert "most of its lines would be rejected" in text(report)
    (tmp_path / "half").mkdir()
    half = public(tmp_path / "half", "2022-23", bad, good)
    assert check_release(half, year("2022-23"), settings).ok


@pytest.mark.parametrize(
    ("block", "column"), [("c", "gross_opening"), ("d", "closing"), ("e", "persons")]
)
def test_a_key_that_repeats_with_other_values_is_said_to_count(tmp_path, settings, block, column):
    [layout] = year("2022-23").release("public").parts(block)
    records = [csv_line(layout, serial_number="1", **{column: value}) for value in ("4", "5")]
    path = tmp_path / f"blk{block.upper()}202223.csv"
    path.write_text("\n".join([header(layout), *records]))
    report = check_release(tmp_path, year("2022-23"), settings)
    assert report.ok and report.blocks[0].counts.rows_kept == 2
    said = " ".join(text(report).split())
    assert (
        f"2022-23, block {block.upper()}: 1 records have the factory and serial number of another "
        "record and differ from it: both are counted; compare them in the file"
    ) in said


def test_a_zip_is_checked(tmp_path, settings):
    folder = public(tmp_path, "2022-23", {})
    path = tmp_path / "ASI_2022_23.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(folder / "blkA202223.csv", "csv/blkA202223.csv")
    report = check_release(path, year("2022-23"), settings)
    assert report.ok
    assert report.blocks[0].counts.rows_kept == 1


def test_records_of_another_year_warn(tmp_path, settings):
    folder = public(tmp_path, "2021-22", *[{"record_year": "23"}] * 3, {"record_year": "22"})
    report = check_release(folder, year("2021-22"), settings)
    assert report.ok
    assert "its records say year 23, its folder 2021-22" in text(report)


def test_years_as_releases_print_them_do_not_warn():
    for survey_year, printed in {
        "2022-23": ("23", "23.0", "2023", "2223", None, "", "SYN01"),
        "1999-00": ("00", "0", "2000", "9900"),
        "1998-99": ("99", "1999", "9899"),
    }.items():
        assert [other_year(one, year(survey_year)) for one in printed] == [None] * len(printed)
    assert other_year("22", year("2022-23")) == "22"
    assert other_year("24.0", year("2022-23")) == "24"


def test_what_is_unusual_about_a_file_is_said(tmp_path, settings):
    line = {"multiplier": "100.0000000000001"}
    folder = public(tmp_path, "2022-23", line, line)
    path = folder / "blkA202223.csv"
    path.write_bytes(path.read_text().encode("utf-16"))
    shown = text(check_release(folder, year("2022-23"), settings))
    assert "Block A: UTF-16 text" in shown
    assert "2 numbers put back to the decimals" in shown
