"""Treatment, normalisation, weights, aggregation: hand-made numbers and properties."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pytest import approx

from locus_pipeline.methods.index import normalisation, weights
from locus_pipeline.methods.index.aggregation import (
    ALL_ARITHMETIC,
    ARITHMETIC,
    GEOMETRIC,
    HARMONIC,
    Tree,
    effective_weights,
    overall,
    power_mean,
    score_shares,
)
from locus_pipeline.methods.index.framework import Means
from locus_pipeline.methods.index.models import multivariate
from locus_pipeline.methods.index.treatment import fit_treatment, outlying, sector_ratio
from locus_pipeline.methods.indicators.ranks import percentile_rank
from tests.support.cci_inputs import RULES, framework

nan, inf = np.nan, np.inf
columns = arrays(float, st.tuples(st.integers(5, 40), st.just(1)), elements=st.floats(-1e3, 1e3))


# treatment


def test_a_value_is_compared_with_its_sectors_median():
    values = np.array([[200.0, 7.0], [50.0, 8.0], [-5.0, nan]])
    reference = np.array([[100.0, nan], [100.0, nan], [100.0, nan]])
    ratios = sector_ratio(values, reference, floor=0.01)
    assert ratios[:, 0] == approx(np.log([2, 0.5, 0.01]))
    assert ratios[:, 1] == approx([7, 8, nan], nan_ok=True)


def test_one_outlier_is_winsorised():
    values = np.array([*range(1, 40), 1000.0])[:, None]
    treatment = fit_treatment(values, RULES, points=5)
    assert treatment.winsor_high[0] == 39
    assert np.isnan(treatment.log_offset[0])
    assert treatment.apply(values).max() == 39


def test_as_many_values_as_coinr_winsorises_before_the_logarithm():
    """COINr's winmax is a number of points, whatever the number of objects."""
    assert RULES.winsor_points == 5
    lonely = np.array([*range(1, 41), 900.0, 1000.0, 1100.0])[:, None]
    treatment = fit_treatment(lonely, RULES, RULES.winsor_points)
    assert np.isnan(treatment.log_offset[0])
    assert (treatment.apply(lonely) != lonely).sum() == 3
    assert not np.isnan(fit_treatment(lonely, RULES, 2).log_offset[0])


def test_a_long_tail_is_undone_and_logged():
    values = np.exp(np.linspace(0, 12, 60))[:, None]
    treatment = fit_treatment(values, RULES, points=3)
    # log(x - min + 0.01 range), nothing winsorised
    extent = np.ptp(values)
    assert np.isinf(treatment.winsor_high[0])
    assert treatment.apply(values) == approx(np.log(values - values.min() + 0.01 * extent))


def test_a_tail_on_the_left_is_the_mirror_image():
    values = np.exp(np.linspace(0, 12, 60))[:, None]
    right = fit_treatment(values, RULES, points=3).apply(values)
    assert fit_treatment(-values, RULES, points=3).apply(-values) == approx(-right)


def test_two_values_are_not_winsorised_into_one():
    values = np.array([0.0] * 57 + [1.0] * 3)[:, None]
    assert outlying(values[:, 0], RULES) > 0
    treated = fit_treatment(values, RULES, points=5).apply(values)
    assert len(np.unique(treated)) == 2


@example(values=np.array([[0.0]] * 39 + [[5e-324]]), points=0)
@given(values=columns, points=st.integers(0, 5))
def test_treatment_never_turns_an_order(values, points):
    treated = fit_treatment(values, RULES, points).apply(values)
    order = np.argsort(values[:, 0], kind="stable")
    assert (np.diff(treated[order, 0]) >= -1e-9).all()


@given(values=columns)
def test_winsorising_changes_at_most_the_points(values):
    treatment = fit_treatment(values, RULES, points=5)
    changed = (treatment.apply(values) != values).sum()
    logged = not np.isnan(treatment.log_offset[0])
    assert logged or changed <= 5


# normalisation


def test_goalposts_cut():
    scaled = normalisation.goalposts(np.array([[-5.0], [0], [5], [20], [nan]]), 0.0, 10.0)
    assert scaled[:, 0] == approx([0, 0, 0.5, 1, nan], nan_ok=True)
    assert normalisation.rescale(scaled, 1, 100)[2] == approx(50.5)


def test_statistics_leave_missing_values_out():
    values = np.array([[1.0], [nan], [3.0], [5.0]])
    assert normalisation.min_max(values)[:, 0] == approx([0, nan, 0.5, 1], nan_ok=True)
    assert normalisation.z_score(values)[:, 0] == approx([-1, nan, 0, 1], nan_ok=True)


def test_without_variance_there_is_no_score():
    same = np.full((4, 1), 7.0)
    assert np.isnan(normalisation.min_max(same)).all()
    assert np.isnan(normalisation.z_score(same)).all()


@given(
    values=arrays(float, (12, 2), elements=st.integers(-50, 50).map(float)),
    scale=st.sampled_from([0.5, 2.0, 1024.0]),
)
def test_units_do_not_matter(values, scale):
    for method in (
        normalisation.min_max,
        normalisation.z_score,
        partial(percentile_rank, axis=-2),
    ):
        other = method(values * scale + 64)
        assert other == approx(method(values), nan_ok=True, abs=1e-9)


# weights


def ballots(points: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(expert, item, given) for expert, given_points in points.items()
         for item, given in zip("ab", given_points, strict=True)],
        columns=["expert", "item", "points"],
    )  # fmt: skip


def test_ballots_are_shares():
    shares = weights.ballot_shares(ballots({"x": [60, 40], "y": [80, 20]}))
    assert shares.mean().to_dict() == approx({"a": 0.7, "b": 0.3})
    assert shares.std(ddof=1)["a"] == approx(np.sqrt(0.02))
    assert len(shares) == 2


@pytest.mark.parametrize("wrong", [[60, 30], [110, -10]])
def test_a_ballot_gives_a_hundred_points(wrong):
    with pytest.raises(ValueError, match="Ballots of y: each expert gives 100 points"):
        weights.ballot_shares(ballots({"x": [60, 40], "y": wrong}))


def test_benefit_of_the_doubt_by_hand():
    """Each of the first two is best at one item; the third is half of the first."""
    scores, result = weights.benefit_of_the_doubt(np.array([[4.0, 1], [1, 4], [2, 0.5]]))
    assert scores == approx([1, 1, 0.5])
    assert (result >= -1e-12).all()


def test_impossible_shares_are_named():
    with pytest.raises(ValueError, match="2 weights can't all lie between"):
        weights.benefit_of_the_doubt(np.ones((3, 2)), low=0.1, high=0.4)


def test_correlation_ratio_sees_a_curve():
    item = np.linspace(-1, 1, 60)
    assert weights.correlation_ratio(item, item**2) > 0.6
    assert abs(np.corrcoef(item, item**2)[0, 1]) < 1e-9
    assert np.isnan(weights.correlation_ratio(np.ones(9), np.arange(9.0)))


# aggregation


def test_the_handbooks_example_of_compensation():
    """OECD/JRC Handbook (2008), section 6.2: (21, 1, 1, 1) and (6, 6, 6, 6)."""
    values = np.array([[21.0, 1, 1, 1], [6, 6, 6, 6]])
    assert power_mean(values, weights.equal(4)) == approx([6, 6])
    assert power_mean(values, weights.equal(4), GEOMETRIC) == approx([2.14, 6], abs=0.005)
    assert power_mean(values, weights.equal(4), HARMONIC) == approx([1.3125, 6], abs=1e-3)


def test_a_geometric_mean_needs_values_above_zero():
    with pytest.raises(ValueError, match="above 0"):
        power_mean(np.array([[0.0, 1.0]]), weights.equal(2), GEOMETRIC)


def test_weights_of_missing_values_go_to_the_others():
    values = np.array([[10.0, nan, 40.0], [nan, nan, 40.0]])
    given_weights = np.array([1.0, 1.0, 2.0])
    assert power_mean(values, given_weights, coverage=0.5) == approx([30, 40])
    # 3/4 and 2/4 of the weight are there
    means = power_mean(values, given_weights, coverage=0.6)
    assert means == approx([30, nan], nan_ok=True)
    assert np.isnan(power_mean(values, given_weights)).all()


def test_two_of_three_is_two_thirds():
    values = np.array([[1.0, 2.0, nan]])
    assert power_mean(values, weights.equal(3), coverage=2 / 3) == approx([1.5])


positive = arrays(float, (6, 4), elements=st.floats(1, 100))


@given(values=positive, power=st.sampled_from([ARITHMETIC, GEOMETRIC, HARMONIC]))
def test_a_mean_lies_between_its_ends_and_rises(values, power):
    mean = power_mean(values, weights.equal(4), power)
    assert (mean >= values.min(axis=1) - 1e-9).all() and (mean <= values.max(axis=1) + 1e-9).all()
    more = values.copy()
    more[:, 0] += 5
    assert (power_mean(more, weights.equal(4), power) > mean).all()


@given(values=positive)
def test_means_are_ordered(values):
    low, middle, high = (
        power_mean(values, weights.equal(4), power) for power in (HARMONIC, GEOMETRIC, ARITHMETIC)
    )
    assert (low <= middle + 1e-9).all() and (middle <= high + 1e-9).all()


def test_leading_axes_are_runs():
    random = np.random.default_rng(5)
    values, given_weights = random.uniform(1, 9, (3, 5, 4)), random.uniform(1, 2, (3, 1, 4))
    means = power_mean(values, given_weights, GEOMETRIC)
    for run in range(3):
        assert means[run] == approx(power_mean(values[run], given_weights[run], GEOMETRIC))


MEANS = Means(ARITHMETIC, ARITHMETIC, ARITHMETIC, GEOMETRIC)


def small_tree() -> Tree:
    return Tree.of(
        pd.DataFrame(
            {
                "pillar": ["hard", "hard", "hard", "performance", "soft"],
                "sub_pillar": ["land", "land", "power", "outcomes", "skill"],
            },
            index=["h1", "h2", "h3", "p1", "s1"],
        )
    )


def test_a_tree_by_hand():
    tree = small_tree()
    assert tree.pillars == ("performance", "hard", "soft")
    values = np.array([[10.0, 30, 60, 81, 80]])
    subs = tree.sub_pillar_scores(values, np.ones(1), 2 / 3, MEANS)
    # outcomes, land, power, skill
    assert subs[0] == approx([81, 20, 60, 80])
    pillars = tree.pillar_scores(subs, 0.5, MEANS)
    assert pillars[0] == approx([81, 40, 80])
    drivers, score = overall(pillars, weights.equal(2), 0.5, MEANS)
    assert drivers == approx([60])
    assert score == approx([np.sqrt(81 * 60)])


def test_a_missing_pillar_is_missing_and_not_zero():
    tree = small_tree()
    values = np.array([[10.0, nan, 60, 81, nan], [10.0, 30, nan, 81, 80]])
    subs = tree.sub_pillar_scores(values, np.ones(1), 2 / 3, MEANS)
    # one of two in land is less than two thirds
    assert subs[0] == approx([81, nan, 60, nan], nan_ok=True)
    pillars = tree.pillar_scores(subs, 0.5, MEANS)
    assert pillars == approx(np.array([[81, 60, nan], [81, 20, 80]]), nan_ok=True)
    _, score = overall(pillars, weights.equal(2), 0.5, MEANS)
    assert np.isnan(score[0]) and score[1] == approx(np.sqrt(81 * 50))


def test_effective_weights_rebuild_the_arithmetic_score():
    tree = small_tree()
    values = np.array([[10.0, nan, 60, 81, 80], [10.0, 30, 60, 81, 80]])
    subs = tree.sub_pillar_scores(values, np.ones(1), 2 / 3, MEANS)
    effective = effective_weights(values, subs, tree, weights.equal(2), 0.5)
    # in the first row land is missing: its known value doesn't count
    assert effective[0] == approx([0, 0, 0.25, 0.5, 0.25])
    assert effective[1] == approx([0.0625, 0.0625, 0.125, 0.5, 0.25])
    pillars = tree.pillar_scores(subs, 0.5, MEANS)
    score = overall(pillars, weights.equal(2), 0.5, ALL_ARITHMETIC)[1]
    assert (effective * np.nan_to_num(values)).sum(axis=1) == approx(score)


def test_a_score_is_split_level_by_level():
    tree = small_tree()
    values = np.array([[10.0, nan, 60, 81, 80], [10.0, 30, 60, 81, 80], [1.0, 1, 1, 1, 1]])
    subs = tree.sub_pillar_scores(values, np.ones(1), 2 / 3, MEANS)
    pillars = tree.pillar_scores(subs, 0.5, MEANS)
    drivers, _ = overall(pillars, weights.equal(2), 0.5, MEANS)
    shares = score_shares(values, subs, pillars, drivers, tree, weights.equal(2), 0.5, MEANS)
    assert shares.sum(axis=1) == approx(np.ones(3))
    # the second row: sub-pillars 20 and 60 in a pillar of 40, pillars 40 and 80 in drivers of 60,
    # which by logarithm have this much of the score
    half = np.log(60) / np.log(81 * 60)
    hard, soft = half * 40 / 120, half * 80 / 120
    parts = [hard * 20 / 80 / 4, hard * 20 / 80 * 3 / 4, hard * 60 / 80, 1 - half, soft]
    assert shares[1] == approx(parts)
    # at the foot of the scale, where no logarithm is left to split, by weight
    assert shares[2] == approx([0.0625, 0.0625, 0.125, 0.5, 0.25])
    assert shares[0, 0] == shares[0, 1] == 0


# multivariate analysis


def test_flags_of_correlations():
    random = np.random.default_rng(3)
    one = random.normal(size=50)
    values = pd.DataFrame({"a": one, "b": one + 0.01, "c": -one + random.normal(size=50)})
    values.loc[0, "a"] = nan
    pillars = pd.Series({"a": "hard", "b": "soft", "c": "hard"})
    table = multivariate.correlations(values, pillars, 0.92).set_index(
        ["parameter_code", "other_parameter_code"]
    )
    assert table.flag.to_dict() == {
        ("a", "b"): "duplicate",
        ("a", "c"): "negative_within_pillar",
        ("b", "c"): "",
    }
    assert table.objects.tolist() == [49, 49, 50]


def test_tests_of_factorability():
    random = np.random.default_rng(4)
    common = random.normal(size=(400, 1))
    related = common + 0.5 * random.normal(size=(400, 4))
    alone = random.normal(size=(400, 4))
    assert (
        multivariate.sampling_adequacy(related) > 0.8 > 0.6 > multivariate.sampling_adequacy(alone)
    )
    assert multivariate.bartlett_sphericity(related)[1] < 1e-10
    assert multivariate.bartlett_sphericity(alone)[1] > 0.01


def test_raw_alpha_is_ruled_by_what_varies_most():
    values = np.array([[1.0, 10], [2, 30], [3, 20], [4, 40]])
    # covariances 5/3, 500/3 and 40/3: alpha is 2 (1 - (5 + 500) / (5 + 500 + 80)) over thirds
    assert multivariate.raw_alpha(values) == approx(2 * (1 - 505 / 585))
    standard = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    assert multivariate.raw_alpha(standard) == approx(multivariate.cronbach_alpha(values))
    assert np.isnan(multivariate.raw_alpha(values[:, :1]))
    assert np.isnan(multivariate.raw_alpha(np.array([[1.0, -1], [2, -2]])))


def test_reliability_only_with_enough_objects():
    random = np.random.default_rng(6)
    values = pd.DataFrame(random.normal(size=(20, 3)), columns=["CV02", "CV04", "HB01"])
    pillars = framework().indicators.pillar
    table = multivariate.reliability(values, pillars, RULES.factor_objects)
    assert set(table.pillar) == {"performance"}
    assert multivariate.reliability(values.head(5), pillars, RULES.factor_objects).empty


def test_the_limits_of_the_treatment_are_rules():
    strict = replace(RULES, skew_limit=99.0)
    values = np.array([*range(1, 40), 1000.0])[:, None]
    assert fit_treatment(values, strict, points=5).winsor_high[0] == inf
