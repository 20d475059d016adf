import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pytest import approx

from locus_pipeline.methods.indicators.ranks import percentile_rank


def test_missing_values_are_not_counted_and_ties_share_the_lower_rank():
    ranks = percentile_rank(np.array([3.0, np.nan, 1.0, 3.0, 2.0]), axis=0)
    assert ranks == approx([2 / 3, np.nan, 0, 2 / 3, 1 / 3], nan_ok=True)


def test_a_lone_value_has_no_rank():
    assert np.isnan(percentile_rank(np.array([3.0, np.nan]), axis=0)).all()


@given(arrays(float, (4, 7), elements=st.floats(-9, 9) | st.just(np.nan)))
def test_it_is_the_share_of_the_others_that_are_smaller(values):
    shares = percentile_rank(values, axis=-1)
    for row, ranks in zip(values, shares, strict=True):
        known = row[~np.isnan(row)]
        for value, rank in zip(row, ranks, strict=True):
            if np.isnan(value) or len(known) == 1:
                assert np.isnan(rank)
            else:
                assert rank == approx((known < value).sum() / (len(known) - 1))
    assert approx(shares, nan_ok=True) == percentile_rank(values.T, axis=-2).T
