"""What is true of a group's objects, given estimates with errors."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.indicators.star_draws import Truth, draws, posterior


def alone(values: list[float], variance: float) -> Truth:
    """One statistic, the same error everywhere."""
    return posterior(np.array(values)[:, None], np.full((len(values), 1, 1), variance))


def test_estimates_are_drawn_to_the_mean_as_far_as_noise_asks():
    values = np.arange(10.0)
    spread = np.var(values, ddof=1)
    drawn = alone(list(values), 2.0)
    kept = (spread - 2) / spread
    assert drawn.mean[:, 0] == approx(4.5 + kept * (values - 4.5))
    assert drawn.covariance[:, 0, 0] == approx(2 * kept)


def test_estimates_without_error_are_the_truth():
    values = alone([1.0, 5.0, 2.0], 0.0)
    assert values.mean[:, 0] == approx([1, 5, 2])
    assert values.covariance == approx(0)


def test_an_object_without_an_estimate_is_what_the_group_is():
    values = alone([1.0, 3.0, 5.0, np.nan], 0.5)
    assert values.mean[3, 0] == approx(3)
    assert values.covariance[3, 0, 0] > values.covariance[0, 0, 0]


def test_what_is_all_noise_is_not_called_a_difference():
    values = alone([-1.0, 1.0, -1.0, 1.0], 100.0)
    assert np.abs(values.mean).max() < 0.1


@given(st.integers(0, 1000))
def test_covariances_stay_covariances_and_shrink(seed):
    random = np.random.default_rng(seed)
    root = random.normal(size=(6, 3, 3))
    sampling = root @ root.transpose(0, 2, 1)
    values = random.normal(0, 3, (6, 3))
    values[0, 1] = np.nan
    covariances = posterior(values, sampling)
    assert (np.linalg.eigvalsh(covariances.covariance) >= -1e-9).all()
    assert (np.linalg.eigvalsh(sampling[1:] - covariances.covariance[1:]) >= -1e-6).all()


def test_draws_carry_the_correlation_and_the_tails():
    truth = Truth(np.array([[1.0, 2.0]]), np.array([[[1.0, 0.8], [0.8, 1.0]]]))
    random = np.random.default_rng(5)
    normal = draws(truth, np.array([np.inf]), 40_000, random)[:, 0]
    assert normal.mean(axis=0) == approx([1, 2], abs=0.02)
    assert np.cov(normal.T) == approx(np.array([[1, 0.8], [0.8, 1]]), abs=0.03)
    few = draws(truth, np.array([5.0]), 40_000, random)[:, 0]
    assert np.var(few[:, 0]) == approx(5 / 3, rel=0.1)
    assert np.corrcoef(few.T)[0, 1] == approx(0.8, abs=0.03)
