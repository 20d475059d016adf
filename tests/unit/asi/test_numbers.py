"""Printed numbers: read exactly where they can be meant in one way, and not at all otherwise."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.asi.numbers import is_restored, plain_number, why_no_number


def read(text, decimals=2, separator=","):
    plain = plain_number(text, decimals, separator)
    return None if plain is None else Decimal(plain)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2,653,030,993", 2653030993),
        ("2,65,30,30,993", 2653030993),
        ("-1,234.50", Decimal("-1234.50")),
        ("1,00,001", 100001),
        ("12,34,567.5", Decimal("1234567.5")),
        ("2.6530309930E+09", 2653030993),
        ("-2.653030993e9", -2653030993),
        ("1.00001E+05", 100001),
        ("5.0E-01", Decimal("0.5")),
        ("0E+00", 0),
        ("2653030993.0000005", 2653030993),
        ("0.30000000000000004", Decimal("0.3")),
        ("99.99999999999999", 100),
        ("1e-13", 0),
        ("-1.1368683772161603e-13", 0),
    ],
)
def test_numbers_that_can_be_meant_in_one_way(text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("12,34", "1,2345", ",123", "1,,234", "0,123", "1,234,56", "1.234,50", "1,23,45"),
        *("2.65E+09", "1e+05", "1E5", "1.5E-03", "E5", "1e", "1e5.0", "1e9999"),
        *("12.345", "0.125", "1234567890123.125", "12345678901.001", "1.0000000001"),
        *(
            "",
            " ",
            "1 2",
            "1\xa0000",
            "\uff11",
            "\u0663",
            "\N{MINUS SIGN}5",
            "5-",
            "--5",
            "inf",
            "nan",
        ),
        *("NA", "0x1F", "1_000", "1" * 65, "\ufffd digits lost"),
    ],
)
def test_what_can_be_meant_otherwise_is_no_number(text):
    assert read(text) is None


def test_a_comma_that_may_stand_before_decimals_is_not_read():
    assert read("1,234", decimals=2) == 1234
    assert read("1,234", decimals=4) is None  # 1.234 in a column of four decimals?
    assert read("1,234.5", decimals=4) == Decimal("1234.5")
    assert read("1,234,567", decimals=4) == 1234567
    assert read("1,234", separator=";") is None  # a decimal comma in a file of semicolons?
    assert read("12,34,567", separator=";") == 1234567


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100.0000000000001", "100"),
        ("279.2242645600001", "279.22426456"),
        ("383.03568926000014", "383.03568926"),
        ("1363.8473743300001", "1363.84737433"),
        ("99.99999999999999", "100"),
    ],
)
def test_noise_of_binary_storage_is_taken_off_and_said(text, value):
    assert read(text, decimals=8) == Decimal(value)
    assert is_restored(text, 8, ",")
    assert not is_restored(value, 8, ",")


@pytest.mark.parametrize("text", ["12.34567890123456", "0.12345678901234567", "100.0000001234567"])
def test_digits_that_are_no_noise_are_not_rounded_away(text):
    assert read(text, decimals=2) is None
    assert not is_restored(text, 2, ",")


@given(
    whole=st.integers(0, 99_999),
    decimals=st.integers(0, 8),
    part=st.integers(0, 10**8 - 1),
    steps=st.integers(-3, 3),
)
def test_a_double_near_a_printed_number_gives_that_number_or_none(whole, decimals, part, steps):
    """The double some steps beside the one nearest to the number, as sums and products leave it."""
    printed = Decimal(whole) + (Decimal(part % 10**decimals)).scaleb(-decimals)
    stored = float(printed)
    for _ in range(abs(steps)):
        stored = math.nextafter(stored, math.inf if steps > 0 else -math.inf)
    assert read(repr(abs(stored)), decimals=8) in (printed, None)
    assert read(repr(float(printed)), decimals=8) == printed


@given(
    value=st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=10**12
    )
)
def test_grouped_numbers_come_back(value):
    west = f"{value:,.2f}"
    whole, _, decimals = f"{value:.2f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    india = ",".join([*pairs, tail]) + f".{decimals}"
    assert read(west) == value
    assert read(india) == value


@given(value=st.integers(-(10**14), 10**14), digits=st.integers(0, 16))
def test_scientific_notation_is_exact_or_none(value, digits):
    text = f"{Decimal(value):.{digits}e}"
    assert read(text) in (value, None)
    assert read(f"{Decimal(value):.16e}") == value


@given(st.text(alphabet="0123456789.,eE+-' \xa0\u200b\uff11x", max_size=24))
def test_what_is_read_is_what_is_printed(text):
    """Against Python's own reading: a sign may follow zeros, commas are separators of thousands."""
    value = read(text, decimals=20)
    if value is not None:
        assert value == Decimal(re.sub("^0+(?=[+-])", "", text).replace(",", ""))


@given(st.text(max_size=60), st.integers(0, 8))
def test_no_text_is_too_odd(text, decimals):
    plain = plain_number(text, decimals, ",")
    assert plain is None or re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain)


@given(st.text(max_size=60))
def test_a_reason_repeats_nothing_of_the_cell(text):
    reason = why_no_number(text, 2, "decimal(18,2)")
    assert text == "" or len(text) < 6 or text not in reason
    assert reason.startswith(("is ", "has "))
