"""Change between editions: the parts add up to the last bit; only the sure is significant."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.index.comparison import BRIDGE, CHANGES, changes, method_bridge


def scores(period: str, **values: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"object_id": list(values), "period": period, "score": list(values.values())}
    )


def of(table: pd.DataFrame, measure: str, name: str) -> pd.Series:
    return table[(table.measure == measure) & (table.object_id == name)].iloc[0]


def test_parts_of_a_change_by_hand():
    before = scores("2026", a=60, b=50, c=40, gone=90)
    bridge = scores("2026", a=55, b=58, c=40, gone=80)
    after = scores("2027", a=70, b=58, c=45, came=65)
    rows = changes(before, after, bridge)
    a = of(rows, "score", "a")
    assert (a.before, a.after, a.change) == (60, 70, 10)
    assert (a.method_effect, a.data_effect, a.coverage_effect) == (-5, 15, 0)
    # rank of b: 3 of all, 2 in the panel, 1 by the new method, 2 by the new data, 3 with came
    b = of(rows, "rank", "b")
    assert (b.before, b.after, b.change) == (3, 3, 0)
    assert b.method_effect == -1
    assert b.data_effect == 1
    assert b.coverage_effect == -1 + 1
    assert b.panel_objects == 3
    assert pd.isna(b.is_significant)


def test_who_came_or_went_has_a_reason_and_no_change():
    rows = changes(scores("2026", a=1, gone=2), scores("2027", a=1, came=2))
    assert of(rows, "score", "gone").null_reason == "no score in the later period"
    assert of(rows, "rank", "came").null_reason == "no score in the earlier period"
    assert np.isnan(of(rows, "score", "gone").change)
    assert np.isnan(of(rows, "rank", "came").coverage_effect)
    # one row for each object and measure
    assert len(rows) == 6


def test_who_has_no_score_by_the_later_method_is_not_compared():
    both = scores("2026", a=1, b=2), scores("2027", a=1, b=2)
    rows = changes(*both, bridge=scores("2026", a=1))
    assert "later method" in of(rows, "score", "b").null_reason
    assert np.isnan(of(rows, "score", "b").data_effect)
    assert len(rows) == 4


score = st.floats(1, 100)
tables = st.dictionaries(st.sampled_from("abcdefgh"), score, max_size=8)


@settings(max_examples=50, deadline=None)
@given(tables, tables, tables)
def test_parts_add_up_exactly(before, after, bridge):
    rows = changes(scores("2026", **before), scores("2027", **after), scores("2026", **bridge))
    parts = rows.data_effect + rows.coverage_effect + rows.method_effect
    known = rows.null_reason == ""
    assert (parts[known] == rows.change[known]).all()
    assert (rows.change[known] == rows.after[known] - rows.before[known]).all()
    assert set(rows.object_id[known]) == set(before) & set(after) & set(bridge)
    assert (rows[known & (rows.measure == "score")].coverage_effect == 0).all()


def test_a_change_is_significant_when_the_same_runs_agree():
    random = np.random.default_rng(1)
    choice = random.normal(0, 20, (500, 1))
    old = pd.DataFrame(50 + choice + random.normal(0, 1, (500, 2)), columns=["a", "b"])
    new = old + np.array([10, 0]) + random.normal(0, 1, (500, 2))
    rows = changes(
        scores("2026", a=50, b=50),
        scores("2027", a=60, b=50),
        draws_before=old,
        draws_after=new[["b", "a"]],
    )
    # the runs differ by 20 points, and agree on the difference
    assert of(rows, "score", "a").is_significant
    assert not of(rows, "score", "b").is_significant
    assert of(rows, "score", "a").change_low == approx(10 - 1.645, abs=0.3)
    assert of(rows, "rank", "a").change_high <= 0


def test_runs_must_pair_up():
    runs = pd.DataFrame({"a": [1.0, 2.0]})
    with pytest.raises(ValueError, match="2 before, 1 after"):
        changes(
            scores("2026", a=1), scores("2027", a=1), draws_before=runs, draws_after=runs.head(1)
        )


def test_one_period_and_one_row_for_each_object():
    twice = pd.concat([scores("2026", a=1), scores("2026", a=1)])
    with pytest.raises(ValueError, match="a stands there twice"):
        changes(twice, scores("2027", a=1))
    with pytest.raises(ValueError, match="2026, 2027"):
        changes(pd.concat([scores("2026", a=1), scores("2027", b=1)]), scores("2027", a=1))
    with pytest.raises(ValueError, match="another period"):
        changes(scores("2026", a=1), scores("2027", a=1), bridge=scores("2025", a=1))


def test_nothing_to_compare_is_an_empty_table():
    empty = scores("2026")
    rows = changes(empty, empty)
    assert rows.empty and list(rows) == list(CHANGES)
    assert list(method_bridge(empty, empty, "1", "2")) == list(BRIDGE)


def test_the_bridge_shows_both_methods():
    bridge = method_bridge(
        scores("2026", a=10, b=20), scores("2026", b=12, a=15, c=30), "2026.1", "2027.1"
    ).set_index("object_id")
    assert bridge.score_change["a"] == 5
    assert (bridge.rank_before["a"], bridge.rank_after["a"], bridge.rank_change["a"]) == (2, 2, 0)
    assert pd.isna(bridge.rank_change["c"]) and np.isnan(bridge.score_before["c"])
    with pytest.raises(ValueError, match="one period"):
        method_bridge(scores("2026", a=1), scores("2027", a=1), "1", "2")


def test_equal_scores_share_the_better_rank():
    bridge = method_bridge(
        scores("2026", a=5, b=9, c=5, d=1), scores("2026", a=5, b=9, c=5, d=1), "1", "2"
    )
    assert bridge.rank_after.tolist() == [2, 1, 2, 4]
