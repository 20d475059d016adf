"""Blocks as SPSS, Stata and Parquet files give the rows of the CSV file they were made from."""

from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locus_pipeline.asi import statistical
from locus_pipeline.asi.release import ReleaseError
from tests.support.records import Reading, csv_line, header, release

PUBLIC = release("2022-23/public")
[LAYOUT] = PUBLIC.parts("a")
SOURCES = {column.name: column.source for column in LAYOUT.columns}
TEXTS = {"block", "field_office"}
FRAME = pd.DataFrame(
    {
        SOURCES["record_year"]: [23.0] * 4,
        SOURCES["block"]: ["A"] * 4,
        SOURCES["factory_key"]: [100001.0, 100002.0, 100003.0, 100004.0],
        SOURCES["nic_return"]: [10612.0, 13119.0, np.nan, 20129.0],
        SOURCES["state_code"]: [1.0, 9.0, 27.0, 33.0],
        SOURCES["field_office"]: ['say "x", y', "", "SYN 1", "कंपनी"],
        SOURCES["units"]: [1.0, 2.0, np.nan, 4.0],
        SOURCES["bonus"]: [0.1 + 0.2, -17.25, 2653030993.0, np.nan],
        SOURCES["cost_of_production"]: [2653030993.12, 1e12, 0.0, -0.0],
        SOURCES["multiplier"]: [100.0000000000001, 279.22426456, 383.03568926000014, 1.5],
    }
)
LACKING = [column for column in LAYOUT.columns if column.source not in FRAME]
for column in LACKING:
    FRAME[column.source] = np.nan
EXPECTED = {
    "factory_key": ["100001", "100002", "100003", "100004"],
    "nic_return": ["10612", "13119", None, "20129"],
    "state_code": ["1", "9", "27", "33"],
    "field_office": ['say "x", y', None, "SYN 1", "कंपनी"],
    "units": [1, 2, None, 4],
    "bonus": [Decimal("0.30"), Decimal("-17.25"), Decimal(2653030993), None],
    "cost_of_production": [Decimal("2653030993.12"), Decimal(10**12), Decimal(0), Decimal(0)],
    "multiplier": [Decimal(100), Decimal("279.22426456"), Decimal("383.03568926"), Decimal("1.5")],
}


def write(frame, path, **more):
    if path.suffix == ".sav":
        pyreadstat.write_sav(frame, path, **more)
    elif path.suffix == ".dta":
        pyreadstat.write_dta(frame, path, **more)
    else:
        with duckdb.connect() as connection:
            connection.register("frame", frame)
            connection.execute(f"copy frame to '{path}' (format parquet)")
    return path


def read(folder, frame, suffix, **more):
    content = write(frame, folder / f"written{suffix}", **more).read_bytes()
    return Reading(folder, PUBLIC, "a", content, f"blkA202223{suffix}")


def read_single(folder, frame, suffix):
    """Like read, with a writer that keeps the single precision of Stata files."""
    if suffix != ".dta":
        return read(folder, frame, suffix)
    path = folder / "single.dta"
    frame.to_stata(path, version=118, write_index=False)
    return Reading(folder, PUBLIC, "a", path.read_bytes(), "blkA202223.dta")


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".parquet"])
def test_values_are_those_that_were_printed(tmp_path, suffix):
    reading = read(tmp_path, FRAME, suffix)
    assert reading.rejected == []
    assert {name: [row[name] for row in reading.rows] for name in EXPECTED} == EXPECTED
    assert [row["line_number"] for row in reading.rows] == [2, 3, 4, 5]
    assert reading.counts.numbers_restored == 3  # 0.1 + 0.2 and two multipliers
    form = {".sav": "SPSS", ".dta": "Stata", ".parquet": "Parquet"}[suffix]
    assert reading.counts.notes == (f"{form} file",)
    assert reading.counts.record_year == "23"


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
def test_labels_are_ignored_and_missing_values_are_blank(tmp_path, suffix):
    frame = FRAME.assign(**{SOURCES["scheme"]: [1.0, 2.0, 9.0, 1.0]})
    more = {"variable_value_labels": {SOURCES["scheme"]: {1.0: "census", 2.0: "sample"}}}
    expected = ["1", "2", "9", "1"]
    if suffix == ".sav":
        more["missing_ranges"] = {SOURCES["scheme"]: [9.0]}
        expected[2] = None
    reading = read(tmp_path, frame, suffix, **more)
    assert [row["scheme"] for row in reading.rows] == expected


def test_a_type_that_contradicts_its_format_is_damage(tmp_path):
    """One bit, and the codes of a column would be texts of one sign, or blanks."""
    content = bytearray(write(FRAME, tmp_path / "whole.sav").read_bytes())
    name = content.index(b"A5      ")  # of its record of 32 bytes the last eight
    assert content[name - 24 : name - 16] == b"\2\0\0\0" + bytes(4)  # a variable, a number
    content[name - 20] = 1
    with pytest.raises(ReleaseError, match=r"blkA202223.sav: a damaged SPSS file"):
        Reading(tmp_path, PUBLIC, "a", bytes(content), "blkA202223.sav")


def test_moments_of_stata_are_no_texts(tmp_path):
    """Their formats may end like those of texts."""
    moments = FRAME.assign(moment=pd.Series([1.7e12] * 4))
    reading = read(tmp_path, moments, ".dta", variable_format={"moment": "%tcHH:MM:ss"})
    assert len(reading.rows) == 4 and reading.counts.ignored_columns == ("moment",)


@pytest.mark.parametrize("suffix", [".dta", ".parquet"])
def test_single_precision_is_read_only_where_no_digit_is_lost(tmp_path, suffix):
    money = np.array([2653030993, 16_777_215, 12.5, 0.07], dtype="float32")
    weight = np.array([100, 1.5, 279.22426456, 383.03568926], dtype="float32")
    frame = FRAME.assign(**{SOURCES["bonus"]: money, SOURCES["multiplier"]: weight})
    reading = read_single(tmp_path, frame, suffix)
    assert [(row["bonus"], row["multiplier"]) for row in reading.rows] == [
        (Decimal(16_777_215), Decimal("1.5"))
    ]
    assert {column for column, _ in reading.reasons.values()} == {"bonus", "multiplier"}
    assert all("has lost digits" in reason for _, reason in reading.reasons.values())
    codes = FRAME.assign(**{SOURCES["nic_return"]: np.array([2**25, 1, 2, 3], dtype="float32")})
    reading = read_single(tmp_path, codes, suffix)
    assert [row["nic_return"] for row in reading.rows] == ["1", "2", "3"]
    assert reading.reasons[2][0] == "nic_return"


def test_whole_numbers_beyond_a_double_are_rejected(tmp_path):
    frame = FRAME.assign(**{SOURCES["bonus"]: [2.0**53, 2.0**53 - 1, np.inf, 1.0]})
    reading = read(tmp_path, frame, ".parquet")
    assert [row["bonus"] for row in reading.rows] == [Decimal(2**53 - 1), Decimal(1)]
    assert set(reading.reasons) == {2, 4}


def test_integers_decimals_and_texts_of_parquet_are_exact(tmp_path):
    path = tmp_path / "x.parquet"
    names = {name: SOURCES[name] for name in ("factory_key", "bonus", "units", "nic_return")}
    others = [source for name, source in SOURCES.items() if name not in names]
    blanks = ", ".join(f"null as {source}" for source in others)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select 100001::bigint as {names['factory_key']}, "
            f"1234567890123456.78::decimal(18, 2) as {names['bonus']}, 3::utinyint as "
            f"{names['units']}, encode('01632') as {names['nic_return']}, {blanks}) to '{path}' "
            "(format parquet)"
        )
    [row] = Reading(tmp_path, PUBLIC, "a", path.read_bytes()).rows
    assert row["bonus"] == Decimal("1234567890123456.78")
    assert (row["factory_key"], row["units"], row["nic_return"]) == ("100001", 3, "01632")


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".parquet"])
def test_line_ends_in_a_text_do_not_make_lines(tmp_path, suffix):
    frame = FRAME.assign(**{SOURCES["field_office"]: ["a\nb", "c", "d\r\ne", "f"]})
    reading = read(tmp_path, frame, suffix)
    assert [row["field_office"] for row in reading.rows] == ["c", "f"]
    assert reading.counts.rows_read == 4


def test_records_are_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(statistical, "ROWS_AT_ONCE", 2)
    for frame in (FRAME, FRAME.iloc[:3]):
        keys = [row["factory_key"] for row in read(tmp_path, frame, ".sav").rows]
        assert keys == EXPECTED["factory_key"][: len(frame)]


def test_texts_of_old_versions_are_read(tmp_path):
    frame = FRAME.drop(columns=[SOURCES["field_office"]])
    frame.insert(0, SOURCES["field_office"], ["Café", "x", "y", "z"])
    path = tmp_path / "old.dta"
    frame.fillna({column.source: -1 for column in LACKING}).to_stata(
        path, version=114, write_index=False
    )
    rows = Reading(tmp_path, PUBLIC, "a", path.read_bytes()).rows
    assert [row["field_office"] for row in rows] == ["Café", "x", "y", "z"]


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".parquet"])
def test_a_damaged_file_is_one_sentence(tmp_path, suffix):
    content = write(FRAME, tmp_path / f"x{suffix}").read_bytes()
    for damaged in (content[: len(content) // 2], content[:40], content[:16] + b"\xff" * 400):
        with pytest.raises(ReleaseError, match=r"^blkA.* file, or of a version|^blkA.*holds"):
            Reading(tmp_path, PUBLIC, "a", damaged, f"blkA202223{suffix}")


def test_columns_that_are_missing_are_named(tmp_path):
    frame = FRAME.drop(columns=[SOURCES["multiplier"]])
    with pytest.raises(ReleaseError, match=rf"the header lacks {SOURCES['multiplier']}"):
        read(tmp_path, frame, ".sav")


def test_a_block_of_fixed_width_text_is_not_looked_for_in_them(tmp_path):
    content = write(FRAME, tmp_path / "x.sav").read_bytes()
    with pytest.raises(ReleaseError, match="a file of SPSS; block A of 2009-10/panel is read from"):
        Reading(tmp_path, release("2009-10/panel"), "a", content)


MONEY = st.decimals(-(10**13), 10**13, places=2, allow_nan=False, allow_infinity=False)
WEIGHT = st.decimals(0, 9999, places=8, allow_nan=False, allow_infinity=False)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suffix=st.sampled_from([".sav", ".dta", ".parquet"]),
    values=st.lists(st.tuples(st.none() | MONEY, WEIGHT), min_size=1, max_size=30),
)
def test_a_file_of_doubles_gives_what_csv_gives(tmp_path, suffix, values):
    """Through a double and back: the printed number, whole, or a rejected line."""
    columns = list(SOURCES.values())
    frame = pd.DataFrame(np.nan, index=range(len(values)), columns=columns)
    frame[SOURCES["factory_key"]] = [float(n) for n in range(len(values))]
    frame[SOURCES["bonus"]] = [np.nan if money is None else float(money) for money, _ in values]
    frame[SOURCES["multiplier"]] = [float(weight) for _, weight in values]
    lines = [
        csv_line(
            LAYOUT,
            factory_key=str(n),
            block="",
            bonus=f"{money or 0:f}" if money is not None else "",
            multiplier=f"{weight:f}",
        )
        for n, (money, weight) in enumerate(values)
    ]
    printed = Reading(tmp_path, PUBLIC, "a", "\n".join([header(LAYOUT), *lines]) + "\n").rows
    stored = read(tmp_path, frame, suffix)
    assert stored.reasons == {}
    assert stored.rows == printed
