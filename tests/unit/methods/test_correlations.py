"""Sampling correlations of one object's indicators: against the plain formula over all units,
against samples that are drawn, and what the draws of the index make of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from bench.index_errors import outcomes
from locus_pipeline.methods.index.sampling import noise
from locus_pipeline.methods.index.tables import CORRELATIONS
from locus_pipeline.methods.indicators.correlations import COLUMNS, correlations, pairs, smoothed
from locus_pipeline.methods.indicators.round_correlations import round_correlations
from locus_pipeline.methods.indicators.survey_correlations import survey_covariances

RECIPES = pd.DataFrame(
    [
        ("a", "ratio", "value", "persons"),
        ("b", "ratio", "wages", "persons"),
        ("c", "share", "value", ""),
        ("d", "growth", "value", ""),
        ("e", "growth", "persons", ""),
    ],
    columns=["parameter_code", "statistic", "numerator", "denominator"],
)


def invented_factories(seed: int, count: int = 60) -> pd.DataFrame:
    """Two states, three clusters, strata that hold factories of several clusters, and a certain
    part."""
    random = np.random.default_rng(seed)
    state = random.integers(0, 2, count)
    stratum = random.integers(-1, 4, count)
    rows = pd.DataFrame(
        {
            "factory_id": np.arange(count),
            "state_code": state.astype(str),
            "cluster_code": random.integers(1, 4, count).astype(str),
            "stratum": [
                "" if at < 0 else f"{one}/{at}" for one, at in zip(state, stratum, strict=True)
            ],
            "multiplier": np.where(stratum < 0, 1.0, 1.5 + stratum.clip(0)),
            "persons": random.lognormal(3, 1, count),
        }
    )  # fmt: skip
    selected = rows.groupby("stratum").factory_id.transform("count")
    share = 1 - 1 / rows.multiplier
    scale = share * np.where(selected > 1, selected / (selected - 1).clip(lower=1), 1)
    return rows.assign(
        value=rows.persons * random.lognormal(0, 1, count),
        wages=rows.persons * random.lognormal(0, 0.4, count),
        variance_scale=np.where(stratum < 0, 0.0, scale),
        inverse_units=np.where((stratum < 0) | (selected == 1), 0.0, 1 / selected),
    )


def plain_covariances(rows: pd.DataFrame, state: str, cluster: str) -> np.ndarray:
    """The same from linearised values of every unit of the state, written down one by one."""
    inside = ((rows.state_code == state) & (rows.cluster_code == cluster)).astype(float)
    in_state = (rows.state_code == state).astype(float)
    w = rows.multiplier
    persons, value, wages = (
        (w * rows[one] * inside).sum() for one in ("persons", "value", "wages")
    )
    whole = (w * rows.value * in_state).sum()
    z = pd.DataFrame(
        {
            "a": w * inside * (rows.value - value / persons * rows.persons) / persons,
            "b": w * inside * (rows.wages - wages / persons * rows.persons) / persons,
            "c": w * rows.value * (inside / value - in_state / whole),
            "d": w * inside * rows.value / value,
            "e": w * inside * rows.persons / persons,
        }
    )
    total = np.zeros((5, 5))
    for _, at in rows[rows.stratum != ""].groupby("stratum").groups.items():
        units, sums = z.loc[at].to_numpy(), z.loc[at].sum().to_numpy()
        design = rows.loc[at[0]]
        total += design.variance_scale * (
            units.T @ units - design.inverse_units * np.outer(sums, sums)
        )
    return total


@pytest.mark.parametrize("seed", range(4))
def test_covariances_are_those_of_the_linearised_values_of_all_units(seed):
    rows = invented_factories(seed)
    estimates = survey_covariances(rows, RECIPES)
    for at, (state, cluster) in enumerate(estimates.cells.itertuples(index=False)):
        assert estimates.matrices[at] == approx(plain_covariances(rows, state, cluster), abs=1e-12)


def test_the_order_of_factories_is_of_no_account():
    rows = invented_factories(1)
    one = survey_covariances(rows, RECIPES)
    other = survey_covariances(rows.sample(frac=1, random_state=2), RECIPES)
    assert (one.matrices == other.matrices).all()


def test_a_missing_variable_has_no_variance_and_no_correlation():
    rows = invented_factories(1).assign(wages=np.nan)
    estimates = correlations(survey_covariances(rows, RECIPES).matrices)
    assert (estimates[:, 1] == 0).all()
    assert (estimates[:, :, 1] == 0).all()


def test_where_nothing_is_left_to_chance_there_are_no_correlations():
    rows = invented_factories(1).assign(stratum="", variance_scale=0.0, inverse_units=0.0)
    covariances = survey_covariances(rows, RECIPES)
    assert (covariances.degrees == 0).all()
    estimates = smoothed(correlations(covariances.matrices), covariances.degrees, 10)
    objects = covariances.cells.cluster_code
    codes = list(RECIPES.parameter_code)
    assert pairs(estimates, objects, "2025", codes, covariances.degrees).empty
    # one that is whole among others that are not: the mean of the others is none of its own
    mean = np.broadcast_to(np.full((5, 5), 0.5), (2, 5, 5))
    told = pairs(mean, pd.Series(["whole", "sampled"]), "2025", codes, np.array([0, 3]))
    assert set(told.object_id) == {"sampled"}


def test_growth_has_the_covariances_of_both_samples():
    now = survey_covariances(invented_factories(1), RECIPES)
    base = survey_covariances(invented_factories(2), RECIPES)
    grows = np.array([False, False, False, True, True])
    both = now.with_base(base, grows).matrices
    assert both[:, 3:, 3:] == approx(now.matrices[:, 3:, 3:] + base.matrices[:, 3:, 3:])
    assert (both[:, :3] == now.matrices[:, :3]).all()
    assert now.with_base(None, grows) is now


@given(st.integers(0, 10_000), st.floats(0.1, 100))
@settings(max_examples=30)
def test_smoothed_correlations_lie_between_the_objects_own_and_the_mean(seed, prior):
    covariances = survey_covariances(invented_factories(seed), RECIPES)
    estimates = correlations(covariances.matrices)
    drawn = smoothed(estimates, covariances.degrees, prior)
    assert (np.abs(drawn) <= 1 + 1e-12).all()
    varies = (np.diagonal(estimates, axis1=1, axis2=2) > 0).all(axis=1) & (covariances.degrees > 0)
    if varies.all():
        mean = np.average(estimates, axis=0, weights=covariances.degrees)
        low, high = np.minimum(estimates, mean), np.maximum(estimates, mean)
        assert ((drawn >= low - 1e-12) & (drawn <= high + 1e-12)).all()
        assert np.diagonal(drawn, axis1=1, axis2=2) == approx(1)


def test_a_round_has_the_correlations_of_its_units_answers():
    random = np.random.default_rng(3)
    units = pd.DataFrame(
        {
            "period": "2025-26",
            "cluster_id": "one",
            "unit_hash": [f"{at:02d}" for at in range(40)],
            "stratum": "all",
            "variance_scale": 0.5,
            "inverse_units": 1 / 40,
        }
    )
    first = random.normal(size=40)
    answers = {"CV04": first, "CV06": -first, "CP10": random.normal(size=40)}
    rows = pd.concat([units.assign(parameter_code=code, z=z) for code, z in answers.items()])
    no_growth = pd.DataFrame(columns=["period", "cluster_id", "parameter_code", "earlier_period"])
    estimates = round_correlations(rows, no_growth, ["CP10", "CV04", "CV06", "HS01"], 1e-9)
    by_pair = estimates.set_index(["parameter_code", "other_parameter_code"]).correlation
    assert by_pair["CV04", "CV06"] == -1
    expected = np.corrcoef(first, answers["CP10"])[0, 1]
    assert by_pair["CP10", "CV04"] == approx(expected, abs=0.006)
    assert set(estimates.degrees) == {39}
    nothing = round_correlations(rows.iloc[:0], no_growth, ["CP10"], 10)
    assert list(nothing) == list(COLUMNS)
    assert nothing.empty


def test_a_round_that_growth_is_since_dilutes_what_growth_has_in_common():
    random = np.random.default_rng(4)
    z = random.normal(size=30)
    rows = pd.DataFrame(
        [
            (period, "one", f"{at:02d}", "all", 1.0, 1 / 30, code, value)
            for period in ("2022-23", "2025-26")
            for at, value in enumerate(z)
            for code in ("CV02", "CV04")
        ],
        columns=[
            "period", "cluster_id", "unit_hash", "stratum", "variance_scale", "inverse_units",
            "parameter_code", "z",
        ],
    )  # fmt: skip
    since = pd.DataFrame(
        {
            "period": ["2022-23", "2025-26"],
            "cluster_id": "one",
            "parameter_code": "CV02",
            "earlier_period": [None, "2022-23"],
        }
    )
    estimates = round_correlations(rows, since, ["CV02", "CV04"], 1e-9).set_index("period")
    assert "2022-23" not in estimates.index, "there is nothing that it grew from"
    assert estimates.correlation["2025-26"] == approx(np.sqrt(0.5), abs=0.006)


CODES = ["a", "b", "c"]
OBJECTS = pd.Index(["one", "other"])


def known(degrees: float, matrix: np.ndarray) -> pd.DataFrame:
    """Correlations of the object `one`."""
    return pairs(matrix[None], pd.Series(["one"]), "2025", CODES, np.array([degrees])).astype(
        CORRELATIONS
    )


def test_draws_have_the_correlations_and_the_others_stay_independent():
    matrix = np.array([[1, 0.8, -0.5], [0.8, 1, 0], [-0.5, 0, 1]])
    drawn = noise(known(1e6, matrix), OBJECTS, CODES, 20_000, np.random.default_rng(1))
    assert np.corrcoef(drawn[:, 0].T) == approx(matrix, abs=0.03)
    assert np.corrcoef(drawn[:, 1].T) == approx(np.eye(3), abs=0.03)
    assert drawn.std(axis=0) == approx(1, abs=0.03)
    plain = noise(None, OBJECTS, CODES, 50, np.random.default_rng(1))
    assert (plain == np.random.default_rng(1).standard_normal((50, 2, 3))).all()
    assert (drawn[:, 1] == np.random.default_rng(1).standard_normal((20_000, 2, 3))[:, 1]).all()


def test_correlations_that_no_sample_can_have_give_draws_of_the_right_size():
    matrix = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    drawn = noise(known(1e6, matrix), OBJECTS, CODES, 20_000, np.random.default_rng(1))
    assert drawn.std(axis=0) == approx(1, abs=0.03)


def test_few_units_have_longer_tails():
    few, many = (
        noise(
            known(degrees, np.full((3, 3), 0.5)), OBJECTS, CODES, 20_000, np.random.default_rng(1)
        )
        for degrees in (4, 400)
    )
    reach = np.quantile(np.abs(few[:, 0]), 0.95)
    assert reach == approx(2.776, rel=0.05)
    assert np.quantile(np.abs(many[:, 0]), 0.95) == approx(1.966, rel=0.05)


def test_errors_of_scores_are_as_large_as_said_where_independent_ones_are_not():
    """The short form of bench/index_errors.py; the whole one is in docs/cci.md."""
    rows = outcomes(6, 1, 10.0)
    large = rows[rows.factories >= 20]
    true = np.sqrt((large.error**2).mean())
    said = {name: np.sqrt((large[name] ** 2).mean()) / true for name in ("independent", "smoothed")}
    assert said["independent"] < 0.85
    assert 0.85 < said["smoothed"] < 1.25
    assert large.smoothed_score.mean() > large.independent_score.mean() + 0.04
