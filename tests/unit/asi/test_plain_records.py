"""What the pattern of a plain record lets pass is blank or a number that its type holds: the
reader looks at no cell of such a record again."""

import re
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locus_pipeline.asi.plain_records import fixed_width, places_of, separated
from tests.support.records import Reading, csv_line, header, record, release

KINDS = ["integer", "decimal(18,2)", "decimal(18,8)", "decimal(20,4)", "decimal(9,2)"]
DUCKDB = {"integer": "bigint"}


CONNECTION = duckdb.connect()


def cast(text: str, kind: str):
    return CONNECTION.execute(f"select try_cast(? as {DUCKDB.get(kind, kind)})", [text]).fetchall()[
        0
    ][0]


def of_one_cell(kind: str, width: int) -> re.Pattern:
    return re.compile(fixed_width([(width, places_of(kind))]))


@given(st.sampled_from(KINDS), st.text("  0019.-+e\xa0", min_size=1, max_size=26))
def test_what_passes_is_held_as_printed(kind, cell):
    for pattern in (of_one_cell(kind, len(cell)), re.compile(separated([places_of(kind)], ","))):
        if pattern.fullmatch(cell) and cell.strip():
            assert cast(cell, kind) == Decimal(cell)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(st.data())
def test_every_number_on_the_right_of_its_column_passes(kind, data):
    places = places_of(kind)
    whole = data.draw(st.integers(0, 10**places.whole - 1))
    decimals = data.draw(st.integers(0, places.decimals))
    printed = str(whole) + (f".{'7' * decimals}" if decimals else "")
    padded = printed.rjust(
        len(printed) + data.draw(st.integers(0, 6)), data.draw(st.sampled_from(" 0"))
    )
    assert of_one_cell(kind, len(padded)).fullmatch(padded)
    assert re.fullmatch(separated([places], ","), f'"{printed}"')
    assert cast(padded, kind) == Decimal(printed)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("integer", "1 2"),
        ("integer", "12 "),
        ("integer", "-12"),
        ("integer", "1.0"),
        ("integer", "9" * 19),
        ("decimal(9,2)", "12345678.00"),
        ("decimal(18,2)", "1.234"),
        ("decimal(18,2)", "  ."),
        ("decimal(18,2)", ".5 "),
        ("decimal(18,2)", "0 .5"),
    ],
)
def test_what_needs_a_look_does_not_pass(kind, cell):
    assert not of_one_cell(kind, len(cell)).fullmatch(cell)
    assert not re.fullmatch(separated([places_of(kind)], ","), cell)


def test_text_is_no_number():
    assert places_of("text") is None


@pytest.mark.parametrize(("name", "block"), [("2009-10/panel", "e"), ("2022-23/public", "e")])
def test_records_of_both_kinds_stay_in_the_order_of_the_file(tmp_path, name, block):
    """They are read by two roads and put together again; each cell has the value it had."""
    of = release(name)
    [layout] = of.parts(block)
    is_csv = layout.format == "csv"
    persons = ["5", "-5", "7", "+7", "1.0e1" if is_csv else "+1", "", "9"]
    line = csv_line if is_csv else record
    lines = [line(layout, serial_number=str(n), persons=cell) for n, cell in enumerate(persons, 1)]
    lines.insert(3, line(layout, serial_number="8", persons="x"))
    content = "\n".join(([header(layout)] if is_csv else []) + lines) + "\n"
    reading = Reading(tmp_path, of, block, content)
    assert [row["persons"] for row in reading.rows] == [5, -5, 7, 7, 10 if is_csv else 1, None, 9]
    first = 2 if is_csv else 1
    assert [row["line_number"] - first for row in reading.rows] == [0, 1, 2, 4, 5, 6, 7]
    assert reading.reasons == {3 + first: ("persons", "is not a number")}
