"""The release check: what it says of good, partial, damaged and wrong releases."""

import pytest
from records import LAYOUTS, csv_line, header, record, year
from rich.console import Console

from locus_pipeline.asi.check import COST_OF_MISSING, check_release, render, survey_year_of
from locus_pipeline.asi.layout import BLOCK_LETTERS
from locus_pipeline.settings import Settings


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
