"""Residuals of productivity: exact on a made production function, unmoved by what must not."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.indicators.productivity import residuals

YEAR = "2009-10"


def table_of(value_added, persons, capital, multiplier=1.0, cluster="1") -> pd.DataFrame:
    count = len(value_added)
    return pd.DataFrame(
        {
            "survey_year": YEAR,
            "factory_id": [f"{cluster}/{at:03d}" for at in range(count)],
            "cluster_code": cluster,
            "multiplier": multiplier,
            "gross_value_added": value_added,
            "total_employees": persons,
            "fixed_capital": capital,
        }
    )


def factories(seed: int, count: int = 30) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    persons, capital = random.lognormal(3, 1, count), random.lognormal(14, 1, count)
    value_added = 50 * persons**0.6 * capital**0.3 * random.lognormal(0, 0.4, count)
    return table_of(value_added, persons, capital, random.uniform(1, 20, count))


def test_a_production_function_without_luck_leaves_nothing():
    frame = factories(1)
    frame["gross_value_added"] = 50 * frame.total_employees**0.6 * frame.fixed_capital**0.3
    assert residuals(frame, 10).residual.values == approx(0, abs=1e-8)


def test_luck_that_labour_and_capital_do_not_share_is_the_residual():
    # a square of labour and capital: the luck is at right angles to both and to the constant
    labour, capital = np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])
    luck = np.array([0.3, -0.3, -0.3, 0.3])
    frame = table_of(
        np.exp(1 + 0.6 * labour + 0.3 * capital + luck), np.exp(labour), np.exp(capital)
    )
    assert residuals(frame, 4).residual.values == approx(luck, abs=1e-9)


def test_clusters_are_measured_within_themselves():
    one, other = factories(1), factories(2).assign(cluster_code="2")
    other["factory_id"] = "2" + other.factory_id
    together = residuals(pd.concat([one, other]), 10).set_index("factory_id").residual
    alone = residuals(one, 10).set_index("factory_id").residual
    assert together[alone.index].values == approx(alone.values)


def test_too_few_factories_or_capital_that_goes_with_labour_give_none():
    assert residuals(factories(1, count=9), 10).empty
    frame = factories(1)
    assert residuals(frame.assign(fixed_capital=frame.total_employees * 1000), 10).empty
    assert list(residuals(factories(1, count=9), 10)) == ["survey_year", "factory_id", "residual"]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.sampled_from([1e-3, 7.0, 1e5]))
def test_the_weighted_mean_is_zero_and_units_and_order_do_not_count(seed, factor):
    frame = factories(seed)
    residual = residuals(frame, 10).set_index("factory_id").residual
    weights = frame.set_index("factory_id").multiplier
    assert (residual * weights).sum() / weights.sum() == approx(0, abs=1e-8)
    money = {name: frame[name] * factor for name in ("gross_value_added", "fixed_capital")}
    shuffled = frame.assign(**money).sample(frac=1, random_state=seed)
    again = residuals(shuffled, 10).set_index("factory_id").residual
    assert again[residual.index].values == approx(residual.values, abs=1e-8)
