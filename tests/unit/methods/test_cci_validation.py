"""Correlations with other measures: the numbers, their intervals, and when there is none."""

import numpy as np
import pandas as pd
from pytest import approx
from scipy import stats

from locus_pipeline.methods.index.validation import VALIDATION, external_validation


def scores_and_others(objects: int = 60, periods: int = 1, relation: float = 0.6, seed: int = 5):
    random = np.random.default_rng(seed)
    name = [f"o{at:03d}" for at in range(objects)]
    scores = pd.DataFrame({"object_id": name, "score": random.normal(50, 10, objects)})
    noise = random.normal(0, 10, objects)
    other = relation * scores.score + np.sqrt(1 - relation**2) * noise
    scores = pd.concat([scores.assign(period=str(2026 + at)) for at in range(periods)])
    others = pd.concat(
        [
            pd.DataFrame({"object_id": name, "item": "exports", "value": other}).assign(
                period=str(2026 + at)
            )
            for at in range(periods)
        ]
    )
    return scores, others


def test_correlations_are_those_of_scipy():
    scores, others = scores_and_others()
    # in any order, and with pairs that only one side has
    rows = external_validation(scores.sample(frac=1, random_state=2), others.head(55), draws=200)
    x, y = scores.score[:55], others.value[:55]
    assert rows.correlation.tolist() == approx(
        [stats.pearsonr(x, y).statistic, stats.spearmanr(x, y).statistic]
    )
    assert rows.pairs.tolist() == [55, 55]
    assert (rows.ci_low < rows.correlation).all() and (rows.ci_high > rows.correlation).all()


def test_the_interval_is_about_fishers():
    scores, others = scores_and_others(objects=200)
    pearson = external_validation(scores, others, draws=1000).iloc[0]
    z, error = np.arctanh(pearson.correlation), 1 / np.sqrt(197)
    assert pearson.ci_low == approx(np.tanh(z - 1.96 * error), abs=0.05)
    assert pearson.ci_high == approx(np.tanh(z + 1.96 * error), abs=0.05)


def test_repeated_periods_of_an_object_do_not_narrow_the_interval():
    once = external_validation(*scores_and_others(), draws=400).iloc[0]
    thrice = external_validation(*scores_and_others(periods=3), draws=400).iloc[0]
    assert (thrice.pairs, thrice.objects) == (180, 60)
    assert thrice.ci_high - thrice.ci_low == approx(once.ci_high - once.ci_low)


def test_a_negative_finding_is_shown():
    rows = external_validation(*scores_and_others(relation=-0.9), draws=200)
    assert (rows.ci_high < 0).all()


def test_too_few_pairs_or_no_variation_have_a_reason():
    few = external_validation(*scores_and_others(objects=9))
    assert few.null_reason.str.contains("fewer than 10").all() and few.correlation.isna().all()
    scores, others = scores_and_others()
    constant = external_validation(scores, others.assign(value=1.0))
    assert constant.null_reason.str.contains("does not vary").all()
    assert constant.draws.tolist() == [0, 0]


def test_nothing_to_compare_is_an_empty_table():
    scores, others = scores_and_others()
    rows = external_validation(scores, others.head(0))
    assert rows.empty and rows.dtypes.astype(str).to_dict() == VALIDATION
