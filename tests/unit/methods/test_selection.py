"""Points, shares, ranks and lists of selection, by hand and by kind."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.index.ranking import SYNTHETIC, selection_without_ranks
from locus_pipeline.methods.selection.listing import Quotas, make_list
from locus_pipeline.methods.selection.measures import (
    Lens,
    attained,
    coverage,
    criteria_points,
    points,
)
from locus_pipeline.methods.selection.scoring import Rules, score

RULES = Rules(
    seed=1, draws=400, list_draws=20, concentration=50, least_coverage=0.5, least_signs=0.5,
    reserves=2, band=0.9,
)  # fmt: skip
NOTHING = float("nan")


def measures(*rows: tuple) -> pd.DataFrame:
    columns = ["criterion", "measure", "use", "scale", "none_at", "full_at", "weight"]
    return pd.DataFrame(rows, columns=columns)


LENS = Lens(
    measures(
        ("product", "m1", "points", "linear", 0, 10, 1),
        ("product", "m2", "points", "log", 1, 100, 3),
        ("need", "m3", "points", "linear", 1, 0, 1),
    ),
    pd.Series({"product": 1.0, "need": 2.0}),
)


def quotas(clusters: int, *bounds: tuple) -> Quotas:
    return Quotas(clusters, pd.DataFrame(bounds, columns=["kind", "code", "at_least", "at_most"]))


def candidates(**columns) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    defaults = {
        "lens": "growth", "object_id": [f"c{at}" for at in range(count)], "period": "2026",
        "sector": "1", "is_backward": False, "persons": 100.0,
    }  # fmt: skip
    table = pd.DataFrame(defaults | columns)
    return table.astype({"is_backward": "boolean"})


def long(values: dict[str, list[float]], error: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"c{at}", measure, value, error)
            for measure, of_objects in values.items()
            for at, value in enumerate(of_objects)
        ],
        columns=["object_id", "measure", "value", "standard_error"],
    )


def test_points_lie_between_two_values_linearly_by_logarithm_and_downwards():
    given_values = np.array([[5.0, 10.0, 0.25], [-3.0, 0.0, 2.0], [12.0, 500.0, NOTHING]])
    assert points(given_values, LENS.scored) == approx(
        np.array([[0.5, 0.5, 0.75], [0, 0, 0], [1, 1, NOTHING]]), nan_ok=True
    )


def test_what_is_not_measured_neither_earns_nor_costs():
    """By hand: product = (1 x 0.5 + 3 x 0.5) / 4, need = 0.75; share = (0.5 + 2 x 0.75) / 3."""
    whole = np.array([0.5, 0.5, 0.75])
    criteria = criteria_points(whole, LENS)
    assert criteria == approx([0.5, 0.75])
    assert attained(criteria, LENS.criteria.to_numpy()) == (approx(2.0), approx(3.0))
    without_need = criteria_points(np.array([0.5, 0.5, NOTHING]), LENS)
    assert attained(without_need, LENS.criteria.to_numpy()) == (approx(0.5), approx(1.0))
    # of three weights one is measured, and of another three quarters
    assert coverage(np.array([[NOTHING, 0.5, NOTHING]]), LENS) == approx([0.25])
    assert coverage(whole[None, :], LENS) == approx([1.0])


@given(
    earned=st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=3, max_size=3),
    weights=st.lists(st.floats(0.1, 9), min_size=2, max_size=2),
)
def test_a_share_stays_between_its_criteria(earned, weights):
    row = np.array([NOTHING if one is None else one for one in earned])
    criteria = criteria_points(row, LENS)
    gained, attainable = attained(criteria, np.array(weights))
    there = criteria[np.isfinite(criteria)]
    if not len(there):
        assert attainable == 0
        return
    assert there.min() - 1e-9 <= gained / attainable <= there.max() + 1e-9


def scored(values: pd.DataFrame, objects: pd.DataFrame, lens: Lens = LENS, clusters: int = 2):
    return score(values, objects, lens, quotas(clusters), RULES).set_index("object_id")


def test_ranks_by_share_and_their_probability():
    """Three certain clusters: 2.0/3, 0 and 1."""
    values = long({"m1": [5, 0, 10], "m2": [10, 1, 100], "m3": [0.25, 1, 0]})
    rows = scored(values, candidates(persons=[1, 1, 1]))
    assert rows.share.tolist() == approx([2 / 3, 0, 1])
    assert rows["rank"].tolist() == [2, 3, 1]
    assert rows.probability_first.tolist() == [1, 0, 1]
    assert rows.is_selected.tolist() == [True, False, True]
    assert rows.list_reason.tolist() == ["selected_by_share", "list_full", "selected_by_share"]
    assert rows.place_after_list.tolist() == [pd.NA, 1, pd.NA]
    assert rows.share_short["c1"] == approx(2 / 3)
    # no error of values moves who has no points or all: only weights do, and they can't
    assert rows.share_se[["c1", "c2"]].tolist() == approx([0, 0])


def test_errors_make_ranks_uncertain_and_draws_are_the_same_each_time():
    values = long({"m1": [5, 5.2], "m2": [10, 10], "m3": [0.5, 0.5]}, error=3.0)
    first, again = (scored(values, candidates(persons=[1, 1]), clusters=1) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first.loc["c1", "rank"] == 1
    assert 0.3 < first.probability_first["c1"] < 0.7
    assert (first.rank_low.tolist(), first.rank_high.tolist()) == ([1, 1], [2, 2])
    shuffled = score(
        values.sample(frac=1, random_state=3), candidates(persons=[1, 1]).iloc[::-1],
        LENS, quotas(1), RULES,
    ).set_index("object_id")  # fmt: skip
    pd.testing.assert_frame_equal(first, shuffled)


def test_the_error_of_a_share_is_the_linear_one_where_nothing_is_cut():
    """m3 alone, falling from 1 to 0: the share's error is that of the value."""
    lens = Lens(LENS.measures[LENS.measures.measure == "m3"], pd.Series({"need": 1.0}))
    rules = Rules(**{**vars(RULES), "draws": 20_000, "list_draws": 0})
    [row] = score(
        long({"m3": [0.5]}, error=0.1), candidates(persons=[1]), lens, quotas(1), rules
    ).itertuples()
    assert row.share_se == approx(0.1, rel=0.02)
    assert (row.share_low, row.share_high) == (approx(0.3355, abs=0.005), approx(0.6645, abs=0.005))


def test_a_value_without_an_error_is_not_moved_and_counted():
    values = long({"m1": [5], "m2": [10], "m3": [0.5]}, error=NOTHING)
    rows = scored(values, candidates(persons=[1]))
    assert rows.errors_unknown["c0"] == 3


def test_too_little_measured_is_no_candidate():
    values = long({"m1": [5, 5], "m2": [10, 10], "m3": [0.5, NOTHING]})
    rows = scored(values, candidates(persons=[1, 1]))
    assert rows.is_covered.tolist() == [True, False]
    assert rows.rank_reason.tolist() == ["", "too_little_measured"]
    assert rows.share["c1"] == approx(0.5)
    assert rows["rank"].tolist() == [1, pd.NA]
    nothing = scored(long({"m1": [NOTHING]}), candidates(persons=[1]))
    assert (nothing.rank_reason["c0"], nothing.null_reason["c0"]) == ("not_measured",) * 2


def test_marketability_comes_first():
    lens = Lens(
        pd.concat(
            [
                LENS.measures,
                measures(
                    ("marketable", "s1", "condition", "linear", NOTHING, 2, 1),
                    ("marketable", "s2", "condition", "linear", NOTHING, 0, 1),
                ),
            ]
        ),
        LENS.criteria,
    )
    values = long(
        {
            "m1": [5, 5, 5, 5], "m2": [10, 10, 10, 10], "m3": [0.5, 0.5, 0.1, 0.5],
            "s1": [2, 1, 1, NOTHING], "s2": [-1, 5, -1, NOTHING],
        }
    )  # fmt: skip
    rows = scored(values, candidates(persons=[4, 3, 2, 1]), lens)
    # one of two signs is enough, none is not, and nothing measured is not known
    assert rows.signs_held.tolist() == [1, 1, 0, 0]
    assert rows.is_marketable.tolist() == [True, True, False, pd.NA]
    assert rows.rank_reason.tolist() == ["", "", "not_marketable", "marketability_not_measured"]
    # the best share is no candidate
    assert rows["rank"].tolist() == [1, 2, pd.NA, pd.NA]


def test_ties_go_by_coverage_then_persons_then_id():
    shares, covered = np.full(4, 0.5), np.array([0.9, 1.0, 0.9, 0.9])
    objects = candidates(persons=[10.0, 1.0, 20.0, 10.0])
    rows = make_list(objects, shares, covered, np.ones(4, bool), quotas(2), 2).rows
    assert rows["rank"].tolist() == [3, 1, 2, 4]
    assert rows.is_tied.all()
    assert rows.is_selected.tolist() == [False, True, True, False]
    assert rows.place_after_list.tolist() == [1, pd.NA, pd.NA, 2]


def test_quotas_by_sector_and_backward_area_and_who_gave_way():
    """By hand: of sector 1 two at most, so c2 is out though it is third; one backward cluster at
    least, so that c5 comes in with a small share and c3 gives way."""
    objects = candidates(
        persons=[1.0] * 6, sector=["1", "1", "1", "2", "2", "2"],
        is_backward=[False] * 5 + [True],
    )  # fmt: skip
    shares = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.1])
    bounds = (("sector", "", NOTHING, 2), ("backward_area", "", 1, NOTHING))
    listing = make_list(objects, shares, np.ones(6), np.ones(6, bool), quotas(3, *bounds), 2)
    assert listing.rows.is_selected.tolist() == [True, True, False, False, False, True]
    assert listing.rows.list_reason.tolist() == [
        "selected_by_share", "selected_by_share", "sector_full", "gave_way", "gave_way",
        "selected_for_quota",
    ]  # fmt: skip
    # with one more place c3 comes in, then its sector is full
    assert listing.rows.place_after_list.tolist() == [pd.NA, pd.NA, pd.NA, 1, pd.NA, pd.NA]
    assert listing.unmet == ""


def test_a_quota_that_can_not_be_met_is_missed_by_little_and_said():
    objects = candidates(persons=[1.0] * 3, is_backward=[True, False, False])
    listing = make_list(
        objects, np.array([0.1, 0.9, 0.8]), np.ones(3), np.ones(3, bool),
        quotas(2, ("backward_area", "", 2, NOTHING)), 0,
    )  # fmt: skip
    assert listing.rows.is_selected.tolist() == [True, True, False]
    assert listing.unmet == "backward areas: 1 fewer than 2"


@settings(max_examples=40, deadline=None)
@given(
    shares=st.lists(st.integers(0, 1000), min_size=1, max_size=7),
    sectors=st.lists(st.sampled_from("12"), min_size=7, max_size=7),
    areas=st.lists(st.booleans(), min_size=7, max_size=7),
    count=st.integers(1, 5),
    most=st.integers(1, 3),
    least=st.integers(0, 3),
)
def test_the_list_is_the_best_of_all_lists(shares, sectors, areas, count, most, least):
    """Against all lists, one by one: fewest missed places, then the largest sum."""
    size = len(shares)
    given_shares = np.array(shares) / 1000
    objects = candidates(persons=[1.0] * size, sector=sectors[:size], is_backward=areas[:size])
    bounds = (("sector", "", NOTHING, most), ("backward_area", "", least, NOTHING))
    rows = make_list(
        objects, given_shares, np.ones(size), np.ones(size, bool), quotas(count, *bounds), 0
    ).rows
    picks = np.flatnonzero(rows.is_selected.to_numpy(bool))

    def worth(chosen: tuple) -> tuple:
        of_sector = pd.Series([sectors[at] for at in chosen], dtype=object).value_counts()
        if len(of_sector) and of_sector.max() > most:
            return (-np.inf, 0, 0)
        missed = max(least - sum(areas[at] for at in chosen), 0)
        return (-missed, len(chosen), round(given_shares[list(chosen)].sum(), 6))

    every = itertools.chain.from_iterable(
        itertools.combinations(range(size), k) for k in range(min(count, size) + 1)
    )
    best = max(worth(chosen) for chosen in every)
    got = worth(tuple(picks))
    assert (got[0], got[2]) == (best[0], approx(best[2], abs=2e-4))


def test_nobody_is_ranked_or_listed_from_synthetic_data():
    values = long({"m1": [5, 0], "m2": [10, 1], "m3": [0.25, 1]})
    rows = score(values, candidates(persons=[1, 1]), LENS, quotas(1), RULES)
    assert selection_without_ranks(rows, False) is rows
    emptied = selection_without_ranks(rows, True)
    for column in (
        "rank", "rank_low", "rank_high", "probability_first", "probability_selected",
        "is_selected", "place_after_list", "share_short",
    ):  # fmt: skip
        assert emptied[column].isna().all(), column
    assert (emptied.rank_reason == SYNTHETIC).all()
    assert emptied.share.equals(rows.share)


@pytest.mark.parametrize("weight", [0.0, 5.0])
def test_a_criterion_of_weight_nothing_says_nothing(weight):
    lens = Lens(LENS.measures, pd.Series({"product": weight, "need": 1.0}))
    rows = scored(long({"m1": [10], "m2": [100], "m3": [1]}), candidates(persons=[1]), lens)
    assert rows.share["c0"] == approx(weight / (weight + 1))
    assert rows.criteria_asked["c0"] == (1 if weight == 0 else 2)
