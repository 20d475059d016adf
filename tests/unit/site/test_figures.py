"""Figures read as readers in India expect, and keep their exact value."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.site.contents import Figure
from locus_pipeline.site.figures import exact, grouped, written


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (123, "count", "123"),
        (1234.6, "count", "1,235"),
        (99_999, "count", "99,999"),
        (1_234_567, "count", "12.3 lakh"),
        (999_999, "count", "10 lakh"),
        (18_470_356, "count", "1.85 crore"),
        (1.5e12, "money", "₹ 1.5 lakh crore"),
        (-2.5e7, "money", "\N{MINUS SIGN}₹ 2.5 crore"),
        (0.1234, "share", "12.3 %"),
        (0.2, "change", "+20 %"),
        (-0.2, "change", "\N{MINUS SIGN}20 %"),
        (0, "money", "₹ 0"),
        (59.17, "score", "59.2"),
        (0.944, "ratio", "0.944"),
        (None, "count", ""),
        (math.nan, "count", ""),
    ],
)
def test_figures_as_they_read(value, kind, text):
    assert written(value, kind) == text


@given(st.integers(0, 10**15))
def test_grouping_loses_no_digit(number):
    text = grouped(number)
    assert int(text.replace(",", "")) == number
    head, *groups = text.split(",")
    assert all(len(group) == 2 for group in groups[:-1]) and len(head) <= 3


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_exact_value_is_the_value(value):
    assert float(exact(value)) == value


@given(st.floats(1e-9, 1e15), st.sampled_from(["count", "money", "ratio"]))
def test_what_is_read_is_within_half_a_per_cent(value, kind):
    number, *words = written(value, kind).removeprefix("₹ ").split(" ")
    scale = {"lakh": 1e5, "crore": 1e7}
    size = float(number.replace(",", "")) * math.prod(scale[word] for word in words)
    assert math.isclose(size, value, rel_tol=0.0051)


def test_an_estimate_says_what_is_known_of_its_error():
    assert Figure(5, "count", 4, 7, is_estimate=True).interval == "4 to 7"
    assert Figure(5, "count", 5, 5, is_estimate=True).interval == "no sampling error"
    assert Figure(5, "count", is_estimate=True).interval == "error not known"
    assert Figure(5, "count").interval == ""
    assert Figure(None, "count", reason="hidden", is_estimate=True).spoken == "hidden"
