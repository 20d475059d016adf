"""Layouts as data: all survey years load, and every mistake in a layout is named."""

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locus_pipeline.asi.layout import (
    BLOCK_LETTERS,
    LayoutError,
    block_columns,
    load_layouts,
    normalise_header,
    row_schemes,
)
from locus_pipeline.asi.release import passed_over
from locus_pipeline.asi.scaffold import write_year

LAYOUTS = load_layouts()
ROWS = {"c": "c-2001", "d": "d-1998", "e": "e-2008", "h": "h-2008", "i": "i-1998", "j": "j-1998"}


def document(**blocks):
    return {
        "survey_year": "2024-25",
        "nic_version": "NIC-2008",
        "item_classification": "NPCMS-2011",
        "status_codes": "schedule-2010",
        "rows": ROWS,
        "releases": {
            "public": {
                "title": "Public release",
                "format": "fixed_width",
                "key": "DSL",
                "certainty": "low",
                "source": "a test",
                "state_numbering": "census-2001",
                "files": ["blk{block}202425.txt"],
                "blocks": blocks,
            }
        },
    }


def block(length=20, **columns):
    return {"record_length": length, "columns": {"factory_key": "1-5", **columns}}


def csv(**columns):
    written = document(d={"columns": {"factory_key": "DSL", **columns}})
    written["releases"]["public"]["format"] = "csv"
    return written


def load(folder, written, name="2024-25"):
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(written))
    return load_layouts(folder)


def fails(folder, written, name="2024-25"):
    layouts = load(folder, written, name)
    with pytest.raises(LayoutError) as error:
        layouts[name]
    assert f"{name}.yaml" in str(error.value)
    return str(error.value)


def test_all_survey_years_load():
    first = 1998
    years = [f"{y}-{(y + 1) % 100:02d}" for y in range(first, first + len(LAYOUTS))]
    assert list(LAYOUTS) == years
    assert "2023-24" in years
    for survey_year, year in LAYOUTS.items():
        assert year.survey_year == survey_year
        assert year.year_end == int(survey_year[:4]) + 1
        for release in year.releases:
            assert {layout.block for layout in release.blocks} <= set(BLOCK_LETTERS)
            assert release.source
            assert release.certainty


def test_every_year_has_all_ten_blocks_in_each_release():
    for year in LAYOUTS.values():
        for release in year.releases:
            assert {layout.block for layout in release.blocks} == set(BLOCK_LETTERS), release


def test_fixed_width_columns_leave_no_gap():
    for year in LAYOUTS.values():
        for layout in (b for r in year.releases for b in r.blocks if b.format == "fixed_width"):
            ends = [0, *(column.end for column in layout.columns)]
            assert [column.start - 1 for column in layout.columns] == ends[:-1]
            assert ends[-1] <= layout.record_length


@pytest.mark.parametrize(
    ("survey_year", "lengths"),
    [
        ("1998-99", [64, 59, 144, 48, 116, 190, 154, 75, 75, 151]),
        ("2007-08", [64, 59, 144, 48, 116, 190, 154, 75, 75, 151]),
        ("2008-09", [67, 57, 156, 48, 116, 166, 166, 75, 75, 151]),
        ("2009-10", [67, 57, 156, 48, 122, 166, 166, 78, 78, 169]),
        ("2011-12", [69, 52, 178, 52, 124, 190, 190, 76, 76, 160]),
        ("2013-14", [73, 61, 187, 61, 133, 199, 199, 86, 85, 169]),
        ("2015-16", [73, 75, 187, 61, 133, 199, 199, 86, 85, 169]),
    ],
)
def test_record_lengths_of_the_panel_release(survey_year, lengths):
    release = LAYOUTS[survey_year].release("panel")
    assert [release.parts(letter)[0].record_length for letter in BLOCK_LETTERS] == lengths


def test_meanings_that_changed_have_columns_of_their_own():
    def names(survey_year, release, letter):
        [layout] = LAYOUTS[survey_year].release(release).parts(letter)
        return {column.name for column in layout.columns}

    assert "non_operating_expenses" in names("2014-15", "panel", "f")
    assert "own_construction_materials" in names("2015-16", "panel", "f")
    assert "total_expenses" not in names("2015-16", "panel", "f")
    assert "subsidy" in names("2015-16", "panel", "j")
    assert "subsidies" in names("2014-15", "panel", "g")
    assert "production_subsidies" in names("2015-16", "panel", "g")


def test_row_schemes_by_year():
    assert LAYOUTS["1998-99"].row_scheme("e").serial("total") == 9
    assert LAYOUTS["2000-01"].row_scheme("e").serial("workers") == 6
    assert LAYOUTS["2009-10"].row_scheme("e").serial("workers") == 5
    assert LAYOUTS["2009-10"].row_scheme("h").extra_from == 25
    for scheme in row_schemes().values():
        assert set(scheme.totals) <= dict(scheme.rows).keys()


def test_an_own_layout_adds_a_year(tmp_path):
    layouts = load(tmp_path, {"survey_year": "2024-25", "same_as": "2022-23"})
    year = layouts["2024-25"]
    assert list(layouts) == sorted({*LAYOUTS, "2024-25"})
    assert year.nic_version == "NIC-2008"
    [theirs] = LAYOUTS["2022-23"].release("public").parts("e")
    [ours] = year.release("public").parts("e")
    assert ours.columns == theirs.columns
    assert ours.survey_year == "2024-25"


def test_three_lines_take_over_a_year_and_its_file_names(tmp_path):
    year = load(tmp_path, {"survey_year": "2024-25", "same_as": "2023-24"})["2024-25"]
    [release] = year.releases
    assert [layout.files for layout in release.blocks] == [
        (f"blk{letter.upper()}202425.csv",) for letter in BLOCK_LETTERS
    ]
    assert year.rows == LAYOUTS["2023-24"].rows
    assert release.certainty == "low"  # nobody saw a file of it


def test_a_year_may_take_over_one_that_takes_over(tmp_path):
    load(tmp_path, {"survey_year": "2024-25", "same_as": "2023-24"})
    year = load(tmp_path, {"survey_year": "2025-26", "same_as": "2024-25"}, "2025-26")["2025-26"]
    assert year.releases[0].blocks[0].files == ("blkA202526.csv",)
    message = fails(tmp_path, {"survey_year": "2025-26", "same_as": "2025-26"}, "2025-26")
    assert "same_as 2025-26 has no layout that can be used, or leads back here" in message
    load(tmp_path, {"survey_year": "2025-26", "same_as": "2024-25"}, "2025-26")
    with pytest.raises(LayoutError, match="leads back here"):
        load(tmp_path, {"survey_year": "2024-25", "same_as": "2025-26"})["2024-25"]


def test_a_year_to_take_over_must_be_whole(tmp_path):
    (tmp_path / "2025-26.yaml").write_text("survey_year: 2025-26\nnic_version: NIC-2008\n")
    with pytest.raises(LayoutError, match=r"is missing|has no releases"):
        load(tmp_path, {"survey_year": "2024-25", "same_as": "2025-26"})["2024-25"]


def test_what_differs_is_said_and_the_rest_is_taken_over(tmp_path):
    differs = {
        "rows": {"e": "e-2008"},
        "releases": {
            "public": {
                "files": ["block {block} {years}.csv"],
                "certainty": "medium",
                "blocks": {"d": {"columns": {"factory_key": "DSL", "opening": "d1"}}},
            }
        },
    }
    year = load(tmp_path, {"survey_year": "2024-25", "same_as": "2023-24"} | differs)["2024-25"]
    [release], [base] = year.releases, LAYOUTS["2023-24"].releases
    assert dict(year.rows) == dict(LAYOUTS["2023-24"].rows) | {"e": "e-2008"}
    assert (release.certainty, release.source) == ("medium", base.source)
    [block_d] = release.parts("d")
    assert [column.source for column in block_d.columns] == ["DSL", "d1"]
    assert block_d.files == ("block D 202425.csv",)
    assert release.parts("e")[0].columns == base.parts("e")[0].columns


def test_what_is_of_one_year_is_not_taken_over(tmp_path):
    year = load(tmp_path, {"survey_year": "2024-25", "same_as": "2009-10"})["2024-25"]
    # the file names of the panel release say nothing of the year in a way that can be followed
    assert [release.name for release in year.releases] == ["public"]
    assert {block.records for block in year.releases[0].blocks} == {None}
    year = load(tmp_path, {"survey_year": "2024-25", "same_as": "2016-17"})["2024-25"]
    assert {block.superseded for block in year.releases[0].blocks} == {()}


def test_a_partial_year_is_one_readable_error(tmp_path):
    partial = {"releases": {"public": {"files": ["blk{block}202425.csv"]}}}
    message = fails(tmp_path, {"survey_year": "2024-25"} | partial)
    assert message == (
        f"{tmp_path}/2024-25.yaml: not a layout: releases.public.title: field required, and 6 more "
        "fields; docs/layouts.md shows what a year needs, `same_as` takes over another's"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n",
         "line 4: not a layout: more than 10 aliases"),
        ("a: " + "[" * 100_000, "line 1: not a layout: nested deeper than 12 levels"),
        ("a: &a\n  b: [*a]\n", "not a layout"),
        ("a: 1\nb: !!bool perhaps\n", "line 2: not a layout: a tag (!name); write the value alone"),
        ("a: [1\nb: 2\n", "line 2, column 2: not a layout: "),
        ("a: \tb\n\tc", "not a layout"),
        ("x" * (1 << 19), "larger than 256 KiB"),
        (b"\xff\xfea", "not a layout: no UTF-8 text"),
        ("- a list\n", "not a layout: it has no `survey_year"),
        ("", "not a layout: it has no `survey_year"),
    ],
)  # fmt: skip
def test_what_is_no_layout(tmp_path, text, problem):
    path = tmp_path / "2024-25.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(LayoutError) as error:
        load_layouts(tmp_path)["2024-25"]
    assert str(error.value).startswith(str(path))
    assert problem in str(error.value)


def test_a_broken_layout_is_its_own_years_fault_and_never_read_by_the_packages(tmp_path):
    (tmp_path / "1998-99.yaml").write_text("a: [1\nb: 2\n")  # ten years take columns from it
    (tmp_path / "2031-32.yaml").write_text("")
    load(tmp_path, {"survey_year": "2029-30", "same_as": "2023-24"}, "2029-30")
    layouts = load(tmp_path, {"survey_year": "2030-31", "same_as": "1998-99"}, "2030-31")
    assert list(layouts) == [*LAYOUTS, "2029-30"], "no partition without a layout"
    for year, says in (
        ("1998-99", "1998-99.yaml, line 2, column 2: not a layout"),
        ("2030-31", "same_as 1998-99 has no layout that can be used"),
        ("2031-32", "it has no `survey_year"),
    ):
        with pytest.raises(LayoutError) as error:
            layouts[year]
        assert says in str(error.value) == layouts.faults[year]
    assert {year: layouts[year] for year in LAYOUTS if year != "1998-99"} == {
        year: LAYOUTS[year] for year in LAYOUTS if year != "1998-99"
    }


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("2009-2010.yaml", "says survey_year 2009-10, not 2009-2010"),
        ("mine.yaml", "says survey_year 2009-10, not mine"),
        ("2031-32.yaml", "says survey_year 2009-10, not 2031-32"),
        ("2009-10.yml", "rename it to 2009-10.yaml"),
    ],
)
def test_a_layout_under_a_wrong_name_is_the_fault_of_the_year_it_means(tmp_path, name, says):
    (tmp_path / name).write_text("survey_year: 2009-10\nsame_as: 2008-09\n")
    layouts = load_layouts(tmp_path)
    with pytest.raises(LayoutError, match=says):
        layouts["2009-10"]
    assert list(layouts) == list(LAYOUTS)
    assert passed_over(tmp_path / "releases", layouts) == [layouts.faults["2009-10"]], "once"


def test_a_folder_of_layouts_that_cannot_be_read_is_every_years_fault(tmp_path):
    (tmp_path / "layouts").symlink_to("layouts")
    layouts = load_layouts(tmp_path / "layouts")
    assert list(layouts) == list(LAYOUTS)
    with pytest.raises(LayoutError, match="your layouts can't be read"):
        layouts["2009-10"]


def test_layouts_that_are_no_files(tmp_path):
    path = tmp_path / "2024-25.yaml"
    path.symlink_to("nowhere")
    with pytest.raises(LayoutError, match="no file that can be read"):
        load_layouts(tmp_path)["2024-25"]
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(LayoutError, match="no file that can be read"):
        load_layouts(tmp_path)["2024-25"]


VALUES = st.recursive(
    st.none() | st.integers() | st.booleans() | st.text(max_size=8)
    | st.sampled_from(["2023-24", "e-2008", "4-5", "blk{block}{years}.csv", "fixed_width"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["rows", "releases", "public", "blocks", "a", "d", "e", "columns", "columns_as",
             "files", "factory_key", "missing", "derived", "nic_version", "record_length"]
        ) | st.text(max_size=3),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["rows", "releases", "same_as", "nic_version"]), VALUES))
def test_any_yaml_is_a_layout_or_an_error(differs):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2024-25.yaml"
        path.write_text(yaml.safe_dump({"survey_year": "2024-25", "same_as": "2023-24"} | differs))
        with suppress(LayoutError):
            assert load_layouts(Path(folder))["2024-25"].releases


def test_a_scaffold_is_a_layout(tmp_path):
    newest = max(LAYOUTS)
    start = int(newest[:4]) + 1
    coming = f"{start}-{(start + 1) % 100:02d}"
    path, base = write_year(tmp_path, coming, LAYOUTS)
    assert (path, base) == (tmp_path / f"{coming}.yaml", newest)
    layouts = load_layouts(tmp_path)
    assert layouts[coming].releases[-1].blocks[0].files == (f"blkA{coming.replace('-', '')}.csv",)
    # and what it gives for an example is one too
    path.write_text(re.sub(r"(?m)^# (?!ASI|Say)", "", path.read_text()))
    [block_d] = load_layouts(tmp_path)[coming].release("public").parts("d")
    assert [column.source for column in block_d.columns] == ["AD01", "di1", "di3", "di4"]
    for wrong, problem in (
        (coming, "has a layout already"),
        ("2009-10", "among the layouts of Locus"),
        ("2024-26", "is no survey year"),
        ("../2024-25", "is no survey year"),
        ("1990-91", "no survey year before it is known"),
    ):
        with pytest.raises(LayoutError, match=problem):
            write_year(tmp_path, wrong, layouts)


def test_an_own_layout_replaces_a_year(tmp_path):
    written = document(d=block(serial_number="6-7")) | {"survey_year": "2016-17"}
    [release] = load(tmp_path, written, "2016-17")["2016-17"].releases
    assert [layout.code for layout in release.blocks] == ["d"]


def test_the_fingerprint_follows_the_layout(tmp_path):
    def fingerprint(**columns):
        return load(tmp_path, document(d=block(**columns)))["2024-25"].releases[0].blocks[0]

    first = fingerprint(serial_number="6-7").fingerprint
    assert fingerprint(serial_number="6-7").fingerprint == first
    assert fingerprint(serial_number="6-8").fingerprint != first
    assert fingerprint(opening="6-7").fingerprint != first


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"serial_number": "7-8"}, "serial_number: 7-8 leaves a gap; 6 was expected"),
        ({"serial_number": "5-8"}, "serial_number: 5-8 overlaps the column before it"),
        ({"serial_number": "8-6"}, "serial_number: 8-6"),
        ({"serial_number": "six"}, "'six' is not a position like 5-12"),
        ({"serial_number": "6-30"}, "columns end at 30, after record_length"),
        ({"salary": "6-7"}, "unknown columns salary; blocks.yaml lists them"),
    ],
)
def test_bad_columns(tmp_path, columns, problem):
    message = fails(tmp_path, document(d=block(**columns)))
    assert problem in message
    assert "public, block d" in message


def test_a_header_used_twice(tmp_path):
    assert "names used twice: di3" in fails(tmp_path, csv(opening="D_I3", closing="di3"))


def test_other_mistakes(tmp_path):
    assert "has no factory_key" in fails(
        tmp_path, document(d={"record_length": 9, "columns": {"opening": "1-9"}})
    )
    assert "record_length is missing" in fails(
        tmp_path, document(d={"columns": {"factory_key": "1-9"}})
    )
    assert "block k: no block of ASI" in fails(tmp_path, document(k=block()))
    columns_as = {"columns_as": "1998-98"}
    assert "columns_as 1998-98 has no columns" in fails(tmp_path, document(d=columns_as))
    assert "not a layout" in fails(tmp_path, document(d=block() | {"colour": "blue"}))
    assert "not a layout" in fails(tmp_path, {"survey_year": "2024-25", "releases": 5})
    assert "not a layout" in fails(tmp_path, "just text")
    assert "has no releases" in fails(tmp_path, document() | {"releases": {}})
    assert "nic_version is missing" in fails(tmp_path, document() | {"nic_version": None})
    assert "rows must name a row scheme" in fails(tmp_path, document() | {"rows": {"c": "c-2001"}})
    assert "rows must name a row scheme" in fails(
        tmp_path, document() | {"rows": ROWS | {"c": "x"}}
    )
    assert "same_as 1990-91" in fails(tmp_path, {"survey_year": "2024-25", "same_as": "1990-91"})
    derived = document(a=block())
    derived["releases"]["public"]["derived"] = {"state_code": "somewhere"}
    assert "'somewhere' is not like 'factory_key 6-7'" in fails(tmp_path, derived)


def test_survey_years_are_named_like_their_file(tmp_path):
    assert "not like '2009-10'" in fails(tmp_path, document() | {"survey_year": "2024"})
    assert "not like '2009-10'" in fails(tmp_path, document() | {"survey_year": "2024-26"})
    assert "says survey_year 2025-26, not 2024-25" in fails(
        tmp_path, document() | {"survey_year": "2025-26"}
    )


def test_what_is_missing_is_an_error_that_names_it():
    [layout] = LAYOUTS["2016-17"].release("public").parts("d")
    assert not layout.complete
    with pytest.raises(LayoutError, match=r"Block D of 2016-17/public.*opening, closing"):
        layout.require_complete()


def test_unknown_releases_are_an_error():
    with pytest.raises(LayoutError, match="2009-10 has no release called x; it has panel, public"):
        LAYOUTS["2009-10"].release("x")


def test_columns_have_a_type_and_a_description():
    for letter in BLOCK_LETTERS:
        for name, column in block_columns(letter).items():
            assert column["type"], name
            assert column["description"], name


def test_header_names():
    assert normalise_header("E_Itm_1") == normalise_header(" e.itm1 ") == "eitm1"
