"""Small-area estimates: the worked example of the literature, and what holds of every model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.indicators.small_area import benchmarked, fay_herriot

# Expenditure on fresh milk, 43 areas of the United States (Arora and Lahiri 1997; the example of
# the R package sae): major area, direct estimate, standard deviation.
MILK = np.array([
    (1, 1.099, 0.163), (1, 1.075, 0.08), (1, 1.105, 0.083), (1, 0.628, 0.109),
    (1, 0.753, 0.119), (1, 0.981, 0.141), (1, 1.257, 0.202), (2, 1.095, 0.127),
    (2, 1.405, 0.168), (2, 1.356, 0.178), (2, 0.615, 0.1), (2, 1.46, 0.201),
    (2, 1.338, 0.148), (2, 0.854, 0.143), (3, 1.176, 0.149), (3, 1.111, 0.145),
    (3, 1.257, 0.135), (3, 1.43, 0.172), (3, 1.278, 0.137), (3, 1.292, 0.163),
    (3, 1.002, 0.125), (3, 1.183, 0.247), (3, 1.044, 0.14), (3, 1.267, 0.171),
    (3, 1.193, 0.106), (4, 0.791, 0.121), (4, 0.795, 0.121), (4, 0.759, 0.259),
    (4, 0.796, 0.106), (4, 0.565, 0.089), (4, 0.886, 0.225), (4, 0.952, 0.205),
    (4, 0.807, 0.119), (4, 0.582, 0.067), (4, 0.684, 0.106), (4, 0.787, 0.126),
    (4, 0.44, 0.092), (4, 0.759, 0.132), (4, 0.77, 0.1), (4, 0.8, 0.113),
    (4, 0.756, 0.083), (4, 0.865, 0.121), (4, 0.64, 0.129),
])  # fmt: skip
# What eblupFH and mseFH of the R package sae give for the first ten areas.
REML = [
    1.0219703,
    1.0476018,
    1.0679513,
    0.760817,
    0.8461574,
    0.9743727,
    1.0584523,
    1.0977762,
    1.2215449,
    1.1951455,
]
REML_MSE = [
    0.01346022,
    0.005372876,
    0.00570199,
    0.00854174,
    0.009579594,
    0.011670632,
    0.015926137,
    0.010586518,
    0.014184043,
    0.014901472,
]
MOMENTS = [
    1.017975,
    1.044963,
    1.06448,
    0.770692,
    0.852512,
    0.973826,
    1.050856,
    1.096165,
    1.210505,
    1.18564,
]
MOMENTS_MSE = [
    0.012757016,
    0.005314467,
    0.005632201,
    0.008323471,
    0.00928352,
    0.011178151,
    0.014867662,
    0.010252709,
    0.013470878,
    0.014094867,
]


def milk() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Direct estimates, sampling variances, and an intercept with major areas 2 to 4."""
    area, direct, deviation = MILK.T.copy()
    covariates = np.column_stack([np.ones(len(area)), *(area == other for other in (2, 3, 4))])
    return direct, deviation**2, covariates


def test_the_worked_example_by_restricted_likelihood():
    fit = fay_herriot(*milk())
    assert fit.sigma2 == approx(0.01855022, abs=2e-7)
    assert fit.beta == approx([0.9681890, 0.1327801, 0.2269462, -0.2413011], abs=1e-5)
    assert fit.estimate[:10] == approx(REML, abs=1e-5)
    assert fit.mse[:10] == approx(REML_MSE, abs=1e-6)


def test_the_worked_example_by_moments():
    fit = fay_herriot(*milk(), method="moments")
    assert fit.estimate[:10] == approx(MOMENTS, abs=2e-5)
    assert fit.mse[:10] == approx(MOMENTS_MSE, abs=2e-6)


def test_an_area_without_a_direct_estimate_is_what_the_model_says():
    direct, variance, covariates = milk()
    direct[3] = np.nan
    fit = fay_herriot(direct, variance, covariates)
    assert fit.estimate[3] == fit.synthetic[3]
    assert fit.mse[3] > fit.sigma2


def test_what_was_nearly_all_sampled_keeps_its_direct_estimate():
    direct, variance, covariates = milk()
    sampled = np.where(np.arange(len(direct)) == 3, 0.999, 0.0)
    fit = fay_herriot(direct, variance, covariates, variance * sampled / (1 - sampled))
    assert fit.estimate[3] == approx(direct[3], rel=1e-3)
    assert fit.estimate[4] != approx(direct[4], rel=1e-3)


def test_without_a_deviation_all_is_drawn_to_the_regression():
    covariates = np.ones((6, 1))
    fit = fay_herriot(np.full(6, 5.0), np.full(6, 1.0), covariates)
    assert fit.sigma2 == 0
    assert fit.estimate == approx(5)


def test_more_covariates_than_areas_are_refused():
    with pytest.raises(ValueError, match="too few"):
        fay_herriot(np.ones(2), np.ones(2), np.ones((2, 3)))


@given(st.floats(0.1, 10), st.floats(-5, 5), st.integers(0, 1000))
def test_other_units_change_units_alone(scale, shift, seed):
    random = np.random.default_rng(seed)
    direct, variance = random.normal(size=20), random.uniform(0.1, 2, 20)
    covariates = np.column_stack([np.ones(20), random.normal(size=20)])
    one = fay_herriot(direct, variance, covariates)
    other = fay_herriot(scale * direct + shift, scale**2 * variance, covariates)
    assert other.estimate == approx(scale * one.estimate + shift, abs=1e-5)
    assert other.mse == approx(scale**2 * one.mse, rel=1e-4)


@given(st.integers(0, 1000))
def test_benchmarked_estimates_add_up_and_never_look_better(seed):
    random = np.random.default_rng(seed)
    row, column = np.repeat(np.arange(4), 5), np.tile(np.arange(5), 4)
    truth = random.uniform(1, 100, 20)
    rows, columns = np.bincount(row, truth), np.bincount(column, truth)
    error = random.uniform(0, 5, 20)
    estimates = benchmarked(truth * random.uniform(0.5, 2, 20), error, row, column, rows, columns)
    assert np.bincount(row, estimates.estimate) == approx(rows)
    assert np.bincount(column, estimates.estimate) == approx(columns, rel=1e-6)
    assert estimates.remainder < 1e-6
    assert (estimates.rmse >= error).all()


def test_what_adds_up_already_is_not_moved():
    row, column = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    estimates = benchmarked(
        np.array([1.0, 2, 3, 4]), np.ones(4), row, column, np.array([3.0, 7]), np.array([4.0, 6])
    )
    assert estimates.estimate == approx([1, 2, 3, 4])
    assert estimates.rmse == approx(1)
