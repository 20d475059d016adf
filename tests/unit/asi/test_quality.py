"""Records that can be read and can't be right: each kind is counted, rejected or kept, and said."""

import io

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from rich.console import Console

from locus_pipeline.asi.check import check_release, render
from locus_pipeline.asi.ingest import ingest_block
from locus_pipeline.asi.quality import KINDS, Year, findings
from locus_pipeline.asi.release import find_release
from locus_pipeline.files import read_parquet
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.catalogue import write_catalogue
from tests.support.records import LAYOUTS, Reading, csv_line, header, record, release, year

PUBLIC = release("2022-23/public")


def lines(block: str, *records: dict[str, str], of=PUBLIC) -> str:
    [layout] = of.parts(block)
    return "\n".join([header(layout), *(csv_line(layout, **cells) for cells in records)]) + "\n"


def returns(*changes: dict[str, str]) -> str:
    """Block A: one return for each change, open, with a multiplier and a state."""
    usual = {"unit_status": "1", "multiplier": "2.5", "state_code": "27"}
    return lines("a", *({"factory_key": str(n)} | usual | c for n, c in enumerate(changes, 1)))


def counted(folder, survey_year="2022-23", of=PUBLIC, **contents: str) -> dict:
    """(block, kind) -> records, for the kinds that are there or can't be asked."""
    files = {}
    for block, content in contents.items():
        (folder / block).mkdir()
        reading = Reading(folder / block, of, block, content, unique_key=of.unique_key)
        files[block] = (reading.rows_to, reading.rejected_to)
    facts = year(survey_year)
    read = Year(survey_year, files, facts.status_codes, of.state_numbering, of.unique_key)
    return {
        (finding.block, finding.kind.name): finding.null_reason or finding.records
        for finding in findings(read, Settings(folder))
        if finding.records != 0
    }


def test_a_release_without_a_fault(tmp_path):
    employees = {"factory_key": "1", "persons": "4"}
    rows = lines("e", employees | {"serial_number": "1"}, employees | {"serial_number": "9"})
    assert counted(tmp_path, a=returns({}, {}), e=rows) == {}


def test_lines_that_stand_twice_are_rejected(tmp_path):
    rows = [{"factory_key": "1", "serial_number": str(n), "persons": str(n)} for n in range(1, 6)]
    reading = Reading(
        tmp_path, PUBLIC, "e", lines("e", *rows, *rows[1:3], rows[1]), unique_key=True
    )
    assert (reading.counts.rows_read, reading.counts.rows_kept) == (8, 5)
    assert reading.reasons == {
        7: (None, "repeats line 3 of the file"),
        8: (None, "repeats line 4 of the file"),
        9: (None, "repeats line 3 of the file"),
    }
    counts = counted(tmp_path, a=returns({}), e=lines("e", *rows, *rows))
    assert counts == {("e", "repeated_line"): 5}


@pytest.mark.parametrize("block", "bcdefghij")
def test_a_record_of_any_block_that_stands_twice_is_counted(tmp_path, block):
    record = {"factory_key": "1"} if block in "bfg" else {"factory_key": "1", "serial_number": "1"}
    for folder in ("once", "twice"):
        (tmp_path / folder).mkdir()
    once = counted(tmp_path / "once", a=returns({}), **{block: lines(block, record)})
    twice = counted(tmp_path / "twice", a=returns({}), **{block: lines(block, record, record)})
    assert (block, "repeated_line") not in once
    assert twice[block, "repeated_line"] == 1


def test_items_without_a_serial_number_may_be_alike(tmp_path):
    item = {"factory_key": "1", "item_code": "1234567", "purchase_value": "5"}
    reading = Reading(tmp_path, PUBLIC, "i", lines("i", item, item), unique_key=True)
    assert reading.counts.rows_kept == 2


def test_returns_and_single_records_that_stand_twice(tmp_path):
    assert counted(tmp_path, a=returns({}, {"factory_key": "1"}, {"factory_key": "1"})) == {
        ("a", "repeated_line"): 2
    }


def test_a_key_that_repeats_with_other_values_is_counted_and_kept(tmp_path):
    rows = [{"factory_key": "1", "serial_number": "1", "persons": p} for p in ("4", "5", "6")]
    counts = counted(
        tmp_path, a=returns({}, {"factory_key": "1", "multiplier": "3"}), e=lines("e", *rows)
    )
    assert counts == {("a", "repeated_key"): 1, ("e", "repeated_key"): 2}


@pytest.mark.parametrize("block", "bcdefghij")
def test_a_key_of_any_block_that_repeats_is_counted(tmp_path, block):
    key = {"factory_key": "1"} if block in "bfg" else {"factory_key": "1", "serial_number": "1"}
    [layout] = PUBLIC.parts(block)
    rows = [key | {layout.columns[-1].name: amount} for amount in ("2", "3")]
    counts = counted(tmp_path, a=returns({}), **{block: lines(block, *rows)})
    assert counts == {(block, "repeated_key"): 1}


@pytest.mark.parametrize("name", ["2007-08/panel", "1998-99/panel"])
def test_where_keys_repeat_in_the_release_nothing_is_asked(tmp_path, name):
    of = release(name)
    [block_a], [block_e] = of.parts("a"), of.parts("e")
    one = record(block_a, unit_status="1", multiplier="2", factory_key="10000271")
    other = record(block_a, unit_status="1", multiplier="3", factory_key="10000271")
    rows = record(block_e, factory_key="10000271", multiplier="2", serial_number="1")
    orphan = record(block_e, factory_key="10000271", multiplier="4", serial_number="1")
    counts = counted(
        tmp_path,
        name[:7],
        of,
        a="\r\n".join([one, one, other, ""]),
        e="\r\n".join([rows, rows, orphan, ""]),
    )
    reason = "key_repeats_in_release"
    assert {key: counts[key] for key in counts if counts[key] != reason} == {("e", "no_return"): 1}
    assert {key for key in counts if counts[key] == reason} == {
        (block, kind) for block in "ae" for kind in ("repeated_line", "repeated_key")
    }
    kept = [len(read_parquet([path])) for path in sorted(tmp_path.rglob("rows.parquet"))]
    assert kept == [3, 3]


def test_multipliers(tmp_path):
    contents = returns(
        {"multiplier": "-279.2"},
        {"multiplier": ""},
        {"multiplier": "0"},
        {"multiplier": "0.00"},
        {"multiplier": "0", "unit_status": "8"},
        {"multiplier": "0.5"},
        {"multiplier": "0.999"},
        {"multiplier": "1"},
        {"multiplier": "", "unit_status": "5"},
    )
    assert counted(tmp_path, a=contents) == {
        ("a", "negative_multiplier"): 1,
        ("a", "blank_multiplier"): 1,
        ("a", "zero_multiplier"): 2,
        ("a", "zero_multiplier_not_open"): 1,
        ("a", "multiplier_below_one"): 2,
    }
    reading = Reading(tmp_path, PUBLIC, "a", contents)
    assert reading.reasons == {2: ("multiplier", "is negative")}
    assert not next(k for k in KINDS if k.name == "zero_multiplier_not_open").warns


def test_states(tmp_path):
    codes = ("38", "00", "", "9", "9.0", "37", "26", "XX")
    assert counted(tmp_path, a=returns(*({"state_code": code} for code in codes))) == {
        ("a", "unknown_state"): 3,
        ("a", "blank_state"): 1,
    }


def test_states_in_the_old_numbering(tmp_path):
    of = release("1999-00/public")
    [block_a] = of.parts("a")
    assert of.state_numbering == "public-1994"
    rows = [
        csv_line(block_a, factory_key=str(n), unit_status="1", multiplier="1", state_code=code)
        for n, code in enumerate(("2", "33", "1", "37"))
    ]
    content = "\n".join([header(block_a), *rows, ""])
    assert counted(tmp_path, "1999-00", of, a=content) == {("a", "unknown_state"): 2}


def test_records_of_factories_that_are_not_in_block_a(tmp_path):
    rows = [{"factory_key": key, "serial_number": "1"} for key in ("1", "2", "77")]
    assert counted(tmp_path, a=returns({}, {}), e=lines("e", *rows)) == {("e", "no_return"): 1}
    (tmp_path / "alone").mkdir()
    assert counted(tmp_path / "alone", e=lines("e", *rows)) == {("e", "no_return"): "no_block_a"}


def test_check_says_each_kind(tmp_path):
    folder = tmp_path / "2022-23"
    folder.mkdir()
    (folder / "blkA202223.csv").write_text(returns({"multiplier": "0.5"}, {"state_code": "38"}))
    row = {"factory_key": "9", "serial_number": "1"}
    (folder / "blkE202223.csv").write_text(lines("e", row, row))
    report = check_release(folder, year("2022-23"), Settings(tmp_path))
    text = io.StringIO()
    Console(file=text, width=300).print(render(report))
    said = text.getvalue()
    assert "2022-23, block A: 1 records are open factories that stand for less than" in said
    assert "2022-23, block A: 1 records have a state code that is not in the list" in said
    assert "2022-23, block E: 1 records repeat an earlier line of the file" in said
    assert "2022-23, block E: 1 records belong to factories that are not in block A" in said
    assert "blank_multiplier" not in said


def test_the_catalogue_counts_a_year_when_it_changes(tmp_path, monkeypatch):
    home = Settings(tmp_path)

    def count(*changes, survey_year="2022-23") -> dict[str, int]:
        folder = home.releases / survey_year
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"blkA{survey_year.replace('-', '')}.csv").write_text(returns(*changes))
        facts = year(survey_year)
        ingest_block(home, find_release(folder, facts), "a", facts)
        write_catalogue(home, LAYOUTS)
        rows = read_parquet([home.raw / "catalogue" / "record_quality.parquet"])
        assert not rows.duplicated(["survey_year", "block", "kind"]).any()
        assert not rows.records.isna().any()
        assert (rows.is_warning <= (rows.records > 0)).all()
        here = rows[(rows.survey_year == survey_year) & (rows.records > 0)]
        return dict(zip(here.kind, here.records, strict=True))

    assert count({}, {}) == {}
    assert count({}, {"multiplier": "-1"}) == {"negative_multiplier": 1}
    assert count({}, {"state_code": "99"}, survey_year="2021-22") == {"unknown_state": 1}
    assert count({}, {"multiplier": "0", "unit_status": "8"}) == {"zero_multiplier_not_open": 1}
    # both years are as they were: nothing is counted again, and the figures stand
    with monkeypatch.context() as patch:
        patch.setattr("locus_pipeline.warehouse.catalogue.findings", None)
        same = count({}, {"state_code": "99"}, survey_year="2021-22")
    assert same == {"unknown_state": 1}


@profile(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 1)), min_size=1, max_size=12
    )
)
def test_whatever_repeats_is_rejected_or_counted(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("rows")
    cells = [
        {"factory_key": str(f), "serial_number": str(s), "persons": str(p)} for f, s, p in rows
    ]
    counts = counted(folder, a=returns({}, {}, {}), e=lines("e", *cells))
    distinct = set(rows)
    assert counts.get(("e", "repeated_line"), 0) == len(rows) - len(distinct)
    assert counts.get(("e", "repeated_key"), 0) == len(distinct) - len({row[:2] for row in rows})
