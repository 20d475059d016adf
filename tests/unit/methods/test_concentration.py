"""Indices of concentration on small tables, and the bootstrap that corrects them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.indicators.bootstrap import averaged, corrected, multiplier_factors
from locus_pipeline.methods.indicators.concentration import (
    Hidden,
    ellison_glaeser,
    hoover_gini,
    krugman,
    location_quotient,
    plant_hhi,
    portfolio_hhi,
    share_in,
    shares,
    spatial_hhi,
)

# three states by two clusters
PERSONS = np.array([[60.0, 0.0], [30.0, 30.0], [10.0, 70.0]])


SHARES = shares(PERSONS)


def test_indices_of_a_small_table():
    assert spatial_hhi(SHARES) == approx([0.36 + 0.09 + 0.01, 0.09 + 0.49])
    assert portfolio_hhi(SHARES) == approx([1, 0.5, (1 + 49) / 64])
    assert krugman(SHARES) == approx([1, 0, 2 * (70 / 80 - 0.5)])
    assert location_quotient(PERSONS)[2] == approx([0.125 / 0.5, 0.875 / 0.5])


def test_the_hoover_curve_of_a_small_table():
    # cluster 0, states from the least specialised: shares .1 .3 .6 over .4 .3 .3 of all persons
    below = 0.4 * 0.1 / 2 + 0.3 * (0.1 + 0.4) / 2 + 0.3 * (0.4 + 1) / 2
    assert hoover_gini(SHARES)[0] == approx(1 - 2 * below)


def test_the_ellison_glaeser_index_of_a_small_table():
    squares = np.full((3, 2), 100.0)
    base = np.array([0.3, 0.3, 0.4])
    plants, between = 300 / 100**2, 1 - (base**2).sum()
    gross = ((np.array([0.6, 0.3, 0.1]) - base) ** 2).sum()
    expected = (gross - between * plants) / (between * (1 - plants))
    assert ellison_glaeser(SHARES, plant_hhi(PERSONS, squares))[0] == approx(expected)


def test_one_factory_has_no_ellison_glaeser_index():
    persons = np.array([[10.0, 5.0], [0.0, 5.0]])
    assert np.isnan(ellison_glaeser(shares(persons), plant_hhi(persons, persons**2))[0])


def test_the_share_in_strong_clusters():
    is_strong = np.array([[True, False], [False, False], [False, True]])
    assert share_in(SHARES, is_strong) == approx([1, 0, 70 / 80])


def test_what_is_hidden_is_shared_out_by_factories():
    """Of cluster 0 the first two states are hidden, which hold 90 of 100 persons and 1 and 2
    factories; of the states' totals the last two, which hold 120 of 200 and 3 factories each."""
    hidden = Hidden(
        cells=np.array([[True, False], [True, False], [False, False]]),
        units=np.array([[1.0, 0], [2, 4], [1, 2]]),
        states=np.array([False, True, True]),
        state_units=np.array([1.0, 3, 3]),
        clusters=np.array([False, False]),
        cluster_units=np.array([4.0, 6]),
    )
    printed = shares(PERSONS, hidden)
    assert printed.of_cluster[:, 0] == approx([0.3, 0.6, 0.1])
    assert printed.of_cluster[:, 1] == approx(SHARES.of_cluster[:, 1])
    # a lone hidden cell of a state keeps its share: the state's total less the others
    assert printed.of_state == approx(SHARES.of_state)
    assert printed.states == approx([0.3, 0.35, 0.35])
    assert printed.clusters == approx([0.5, 0.5])


@pytest.mark.parametrize("index", [spatial_hhi, portfolio_hhi, krugman, hoover_gini])
@given(seed=st.integers(0, 1000))
def test_replicates_are_computed_like_single_tables(index, seed):
    tables = np.random.default_rng(seed).gamma(0.5, 100, (3, 4, 5))
    values = index(shares(tables))
    assert values == approx(np.stack([index(shares(table)) for table in tables]))
    assert index(shares(7 * tables)) == approx(values)


def test_a_bootstrap_has_the_variance_of_the_design():
    random = np.random.default_rng(4)
    stratum = np.repeat([0, 1, 2, 3], [2, 5, 12, 1])
    multiplier = np.array([1.5, 4.0, 2.0, 3.0])[stratum]
    values = np.exp(random.normal(3, 1, len(stratum)))
    factors = multiplier_factors(stratum, multiplier, 20_000, random)
    assert (factors >= 0).all()
    assert factors.mean(axis=0) == approx(1, abs=0.03)
    for at in range(3):
        inside = stratum == at
        z = (values * multiplier)[inside]
        variance = (1 - 1 / multiplier[inside][0]) * len(z) * np.var(z, ddof=1)
        assert np.var(factors[:, inside] @ z) == approx(variance, rel=0.05)
    # a lone factory: as if it were measured from zero
    assert np.var(factors[:, -1]) == approx(1 - 1 / 3, rel=0.05)


def test_factories_taken_whole_do_not_vary():
    factors = multiplier_factors(np.zeros(4, int), np.ones(4), 50, np.random.default_rng(1))
    assert factors == approx(1)


def test_the_order_of_factories_changes_nothing():
    stratum, multiplier = np.array([1, 0, 1, 0, 1]), np.full(5, 3.0)
    factors = multiplier_factors(stratum, multiplier, 4000, np.random.default_rng(2))
    # multipliers of a stratum move against each other, strata do not
    correlation = np.corrcoef(factors.T)
    assert correlation[0, 2] < -0.3 and correlation[1, 3] < -0.9
    assert abs(correlation[0, 1]) < 0.1


def test_the_square_of_a_noisy_mean_is_corrected():
    """The square of a mean is too large by its variance, and so is the bootstrap's by as much."""
    random = np.random.default_rng(3)
    values = random.normal(2, 3, 400)
    replicates = (values.mean() + random.normal(0, 3 / 20, 4000)) ** 2
    estimate = corrected(np.array([values.mean() ** 2]), replicates[:, None], 0.0)
    assert estimate.value[0] == approx(values.mean() ** 2 - (3 / 20) ** 2, abs=0.03)
    assert 0 <= estimate.lower[0] < estimate.value[0] < estimate.upper[0]
    assert estimate.error[0] == approx(2 * values.mean() * 3 / 20, rel=0.1)


def test_what_a_threshold_decides_is_averaged_within_its_bounds():
    replicates = np.array([[0.0], [1.0], [1.0], [1.0]])
    estimate = averaged(np.array([1.0]), replicates, 0.0, 1.0)
    assert estimate.value[0] == approx(0.75)
    assert (estimate.lower[0], estimate.upper[0]) == (0, 1)
