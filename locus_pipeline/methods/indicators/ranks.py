"""The one definition of a percentile rank."""

import numpy as np
import scipy


def percentile_rank(values: np.ndarray, axis: int) -> np.ndarray:
    """(r - 1) / (n - 1) of each value among the n values along `axis`: 0 for the smallest.

    r counts from the smallest, ties share the lower rank: COINr's `n_prank` (Becker et al. 2022).
    A missing value stays missing (NaN) and is not counted; a lone value has no rank (NaN).
    """
    ranks = scipy.stats.rankdata(values, method="min", axis=axis, nan_policy="omit")
    others = (~np.isnan(values)).sum(axis=axis, keepdims=True) - 1
    percentile_rank: np.ndarray = np.divide(
        ranks - 1, others, out=np.full(ranks.shape, np.nan), where=others > 0
    )
    return percentile_rank
