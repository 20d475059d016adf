"""Another sample of the same design, many times: factors for the multipliers of one sample.

Rescaled bootstrap within strata with the finite population correction (Rao and Wu 1988; Rao, Wu
and Yue 1992). For indices that no linear form describes: sums of squares, absolute differences,
rules with a threshold.
"""

from dataclasses import dataclass

import numpy as np

from locus_pipeline.methods.indicators.intervals import quantile

# An index is decided by few states, so that its error is uncertain itself: found by trial on the
# population of bench/coverage.py, a proposal.
DEGREES = 10.0


def multiplier_factors(
    stratum: np.ndarray, multiplier: np.ndarray, replicates: int, random: np.random.Generator
) -> np.ndarray:
    """Factors (replicates, factories) of the sampled factories' multipliers, never negative.

    In a stratum of n factories that stand for N, n - 1 are drawn with replacement; k counts a
    factory's draws:

        1 + sqrt(1 - n / N) (k n / (n - 1) - 1)

    `stratum`: of every selected factory, also of those that turned out closed; certain factories
    are not among them, their factor is 1. A lone factory goes up or down by sqrt(1 - 1 / N)."""
    _, place, size = np.unique(stratum, return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    scale = np.sqrt(np.maximum(1 - size / np.bincount(place, multiplier), 0))[place]
    drawn = np.repeat(np.arange(len(size)), size - 1)
    count = len(stratum)
    factors = np.empty((replicates, count))
    is_lone = (size == 1)[place]
    for row in factors:
        picks = order[start[drawn] + (random.random(len(drawn)) * size[drawn]).astype(int)]
        times = np.bincount(picks, minlength=count) * (size / np.maximum(size - 1, 1))[place] - 1
        row[:] = 1 + scale * times
        row[is_lone] = 1 + scale[is_lone] * random.choice([-1.0, 1.0], is_lone.sum())
    return factors


@dataclass(frozen=True)
class Resampled:
    """An index by its replicates: `value`, standard `error` and 95 % limits, each an array of
    indices."""

    value: np.ndarray
    error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def corrected(
    plug_in: np.ndarray, replicates: np.ndarray, lowest: float = -np.inf, highest: float = np.inf
) -> Resampled:
    """`plug_in` (indices) less the bias that `replicates` (replicates, indices) have against it:
    sampling noise looks like concentration. For smooth indices; `lowest`, `highest`: bounds."""
    bias = replicates.mean(axis=0) - plug_in
    return _limited(plug_in - bias, plug_in, replicates, lowest, highest)


def averaged(
    plug_in: np.ndarray, replicates: np.ndarray, lowest: float = -np.inf, highest: float = np.inf
) -> Resampled:
    """The mean of the replicates, for what a rule with a threshold decides: what is near the limit
    counts by how often it wins. A bias of jumps can't be subtracted."""
    return _limited(replicates.mean(axis=0), plug_in, replicates, lowest, highest)


def _limited(
    value: np.ndarray, plug_in: np.ndarray, replicates: np.ndarray, lowest: float, highest: float
) -> Resampled:
    """The error is the replicates' root mean squared distance from the plug-in value, so that what
    was moved is in it; limits are by t."""
    spread = np.var(replicates, axis=0, ddof=1)
    error = np.sqrt(spread + (replicates.mean(axis=0) - plug_in) ** 2)
    half = quantile(DEGREES) * error
    bounded = (np.clip(one, lowest, highest) for one in (value, value - half, value + half))
    value, lower, upper = bounded
    return Resampled(value, error, lower, upper)
