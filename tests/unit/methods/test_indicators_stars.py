"""Stars: the rule on hand-made states, and how sure a star is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pytest import approx

from locus_pipeline.methods.indicators.star_errors import PAIRS
from locus_pipeline.methods.indicators.stars import (
    GROWTH,
    STARS,
    StarRules,
    award,
    dynamism,
    quantile,
)
from tests.support.dictionary import indicator_rules

RULES = StarRules.from_table(indicator_rules())
STATES = [f"{at:02d}" for at in range(1, 11)]


def cells(error: float = 0.0, **changes) -> pd.DataFrame:
    """Ten states; the value of everything rises with the state's number. `error`: relative error
    of the total of each measure, independent of one another."""
    rise = np.arange(1, 11, dtype=float)
    frame = pd.DataFrame(
        {
            "survey_year": "2022-23",
            "state_code": STATES,
            "cluster_code": "18",
            "factories_sampled": 10 + np.arange(10),
            "factories_drawn": 10 + np.arange(10),
            "employees": 1000 * rise,
            "employees_rse": 0.1,
            "is_hidden": False,
            "size": rise / rise.sum(),
            "specialisation": rise / 5,
            "productivity": rise / 5,
            **{f"{name}_growth": rise / 10 for name in GROWTH},
        }
    )
    for one, other in PAIRS:
        for year in ("", "_before"):
            frame[f"{one}_by_{other}{year}"] = error**2 if one == other else 0.0
    return frame.assign(**changes)


def test_the_upper_fifth_wins_every_star():
    stars = award(cells(), RULES)
    # type 7: the 0.8 quantile of 1 to 10 is 8.2
    for star in STARS:
        assert stars[f"{star}_star"].tolist() == [False] * 8 + [True] * 2
    assert stars.stars.tolist() == [0] * 8 + [4] * 2


def test_without_errors_a_star_is_sure():
    stars = award(cells(), RULES)
    for star in STARS:
        assert stars[f"{star}_star_prob"].tolist() == stars[f"{star}_star"].astype(float).tolist()
        assert not stars[f"{star}_star_hollow"].any()


def test_near_the_limit_a_star_is_hollow():
    stars = award(cells(error=0.1, size=[0.05] * 7 + [0.1, 0.11, 0.5]), RULES)
    assert stars.size_star.tolist() == [False] * 8 + [True] * 2
    assert 0.2 < stars.size_star_prob[8] < 0.8
    assert stars.size_star_hollow[8] and not stars.size_star_hollow[9]
    assert stars.size_star_prob[9] > 0.99


def test_the_same_cells_give_the_same_probabilities_in_any_order():
    once = award(cells(error=0.1), RULES)
    again = award(cells(error=0.1).sample(frac=1, random_state=3), RULES)
    pd.testing.assert_frame_equal(once, again)


def test_the_winner_is_drawn_to_the_others_as_far_as_its_errors_ask():
    """A productivity just above the limit, in noise: plain draws would say about a half."""
    productivity = np.array([0.9, 0.95, 0.97, 1.0, 1.02, 1.03, 1.05, 1.1, 1.5, 1.6])
    noisy = award(cells(error=0.2, productivity=productivity), RULES)
    sure = award(cells(error=0.01, productivity=productivity), RULES)
    assert sure.productivity_star_prob[8] > 0.99
    assert 0.2 < noisy.productivity_star_prob[8] < 0.65
    assert noisy.productivity_star.tolist() == sure.productivity_star.tolist()


def test_errors_of_one_object_that_move_together_leave_the_ratio_sure():
    together = {f"{one}_by_{other}{year}": 0.09 for one, other in PAIRS for year in ("", "_before")}
    stars = award(cells(**together), RULES)
    assert stars.productivity_star_prob[8] == 1.0
    assert stars.size_star_prob[8] < 0.9


def test_value_added_below_zero_wins_nothing_and_loses_none_of_the_others():
    productivity = np.array([-1.0, *np.arange(2, 11) / 5])
    missing = {
        f"{one}_by_{other}": np.where(np.arange(10) == 0, np.nan, 0.01 * (one == other))
        for one, other in PAIRS
        if "gross_value_added" in (one, other)
    }
    stars = award(cells(error=0.1, productivity=productivity, **missing), RULES)
    assert stars.productivity_star_prob[0] == 0
    assert stars.productivity_star_prob.notna().all()
    assert stars.size_star_prob.notna().all()


@pytest.mark.parametrize(
    "change, name",
    [
        ({"specialisation": np.linspace(0.1, 0.99, 10)}, "specialisation"),
        ({"productivity": np.linspace(0.1, 1.0, 10)}, "productivity"),
    ],
)
def test_below_the_country_no_star(change, name):
    assert not award(cells(**change), RULES)[f"{name}_star"].any()


def test_with_few_eligible_states_there_are_no_stars():
    stars = award(cells(employees_rse=[0.1] * 7 + [0.3] * 3), RULES)
    assert set(stars.star_reason) == {"too_few_peers", "not_eligible"}
    assert stars.stars.sum() == 0
    assert not stars.is_strong.any()


def test_hidden_cells_win_nothing_and_do_not_count():
    stars = award(cells(is_hidden=[False] * 9 + [True]), RULES)
    assert stars.stars.tolist()[9] == 0
    assert np.isnan(stars.dynamism_score[9])
    assert stars.size_star.tolist() == [False] * 7 + [True, True, False]


def test_strong_clusters_are_specialised_and_not_small():
    sampled = [3, 3, 3, 3, 3, 3, 3, 3, 20, 3]
    stars = award(cells(factories_sampled=sampled), RULES)
    assert stars.is_strong.tolist() == [False] * 8 + [True, False]


def test_unmapped_has_no_stars():
    assert award(cells(cluster_code="0"), RULES).stars.sum() == 0


@given(arrays(float, st.integers(1, 12), elements=st.floats(-1e6, 1e6)), st.floats(0, 1))
def test_quantile_is_the_linear_one(values, share):
    assert quantile(values, share)[0] == approx(np.quantile(values, share), rel=1e-9, abs=1e-6)
    assert quantile(np.append(values, np.nan), share)[0] == approx(
        np.quantile(values, share), rel=1e-9, abs=1e-6
    )


def test_dynamism_needs_two_of_four_growth_rates():
    missing = np.nan
    growth = np.array([[1.0, 2, 3], [3, 2, missing], [1, missing, missing], [missing] * 3])
    assert dynamism(growth, 2) == approx([(0 + 1) / 2, (0.5 + 0) / 2, missing], nan_ok=True)
