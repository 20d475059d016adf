"""The difference of two figures, and that SQL has the same formula."""

import itertools
import math
from dataclasses import astuple

import duckdb
import jinja2
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.indicators.differences import Figure, difference
from locus_pipeline.warehouse.dbt import PROJECT_DIR

CLEAR = Figure(100.0, 0.05, 90.0, 110.0)


def figures():
    """Figures with limits around them."""
    amount, width = st.floats(-1e9, 1e9), st.floats(0, 1e9)
    return st.builds(
        lambda value, down, up, rse: Figure(value, rse, value - down, value + up),
        amount, width, width, st.floats(0, 3),
    )  # fmt: skip


def test_by_hand():
    change = difference(CLEAR, Figure(130.0, 0.1, 118.0, 148.0))
    assert change.value == 30
    assert change.error == approx(math.sqrt(25 + 169))
    # 30 - root of (12^2 + 10^2), 30 + root of (18^2 + 10^2)
    assert (change.lower, change.upper) == approx((14.37950, 50.59126))
    assert change.verdict == "up"


def test_a_certain_figure_adds_no_error():
    certain = Figure(50.0, 0.0, 50.0, 50.0)
    change = difference(CLEAR, certain)
    assert (change.value, change.error) == (-50, 5)
    assert (change.lower, change.upper, change.verdict) == (-60, -40, "down")
    same = difference(certain, certain)
    assert (same.lower, same.upper, same.verdict) == (0, 0, "no_clear_change")


def test_without_limits_there_is_no_verdict():
    change = difference(CLEAR, Figure(50.0, None, None, None))
    assert (change.value, change.error, change.lower, change.verdict) == (
        -50, None, None, "not_estimable",
    )  # fmt: skip


@given(figures(), figures())
def test_the_other_way_round_is_the_negative(base, now):
    one, other = difference(base, now), difference(now, base)
    assert one.value == -other.value
    assert one.lower == approx(-other.upper) and one.upper == approx(-other.lower)
    turned = {"up": "down", "down": "up"}
    assert other.verdict == turned.get(one.verdict, one.verdict)
    assert one.lower <= one.value <= one.upper


def test_sql_has_the_same_formula():
    text = (PROJECT_DIR / "macros" / "changes.sql").read_text()
    # what returns a list is dbt's own way
    text = text[: text.index("{# Measures whose changes")]
    sql = jinja2.Environment().from_string(text).module
    columns = "(estimated, rse, lower, upper)"
    query = (
        f"select *, {sql.cell_verdict('lower', 'upper')} from (select "
        f"{sql.cell_difference('base', 'now')} as value, "
        f"{sql.cell_difference_error('base', 'now')} as error, "
        f"{sql.cell_difference_lower('base', 'now')} as lower, "
        f"{sql.cell_difference_upper('base', 'now')} as upper, "
        f"100 * ({sql.cell_quotient_lower('base', 'now')} - 1) as percent_lower, "
        f"100 * ({sql.cell_quotient_upper('base', 'now')} - 1) as percent_upper "
        f"from (values (?, ?, ?, ?)) as base{columns}, (values (?, ?, ?, ?)) as now{columns})"
    )
    other = Figure(130.0, 0.1, 118.0, 148.0)
    low = Figure(-20.0, 0.5, -45.0, 2.0)
    unknown = Figure(50.0, None, None, None)
    with duckdb.connect() as connection:
        for base, now in itertools.product([CLEAR, other, low, unknown], repeat=2):
            change = difference(base, now)
            row = connection.execute(query, [*astuple(base), *astuple(now)]).fetchall()[0]
            assert row[:4] == approx(astuple(change)[:4])
            assert row[4:6] == approx((change.percent_lower, change.percent_upper))
            assert row[6] == change.verdict
