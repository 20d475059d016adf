"""Whether what differs between objects is real: an index never reads noise.

An indicator that is nearly the same everywhere, or differs by no more than its sampling error,
would be stretched over the whole scale and called a strength here and a weakness there.
"""

from dataclasses import dataclass

import numpy as np

from locus_pipeline.methods.index.framework import Rules
from locus_pipeline.methods.index.normalisation import estimate_goalposts

# Objects with a standard error that a reliability needs.
LEAST_ERRORS = 3


@dataclass(frozen=True)
class Spread:
    """By indicator: distance of the goalposts over the median (NaN where natural bounds are the
    goalposts), reliability 0-1 (NaN where no error is known), and whether the spread is real."""

    relative_range: np.ndarray
    reliability: np.ndarray
    is_real: np.ndarray


def measure(
    adjusted: np.ndarray, errors: np.ndarray, base: np.ndarray, is_natural: np.ndarray, rules: Rules
) -> Spread:
    """The spread of `adjusted` (objects, indicators: what is normalised) with standard `errors`.

    `base`: what the range is measured by, the median, or 1 where values are logarithms of a ratio.
    The range is that between the quantiles of the goalposts. Reliability: one less the mean
    sampling variance over the variance between objects, over objects with an error. The limits,
    rules `screen_range` and `screen_reliability`, are a proposal.
    """
    low, high = estimate_goalposts(adjusted, rules.goalpost_low, rules.goalpost_high)
    base = np.abs(base)
    extent = np.divide(high - low, base, out=np.full(base.shape, np.inf), where=base > 0)
    relative_range = np.where(is_natural, np.nan, extent)
    known = ~np.isnan(adjusted) & ~np.isnan(errors)
    reliability = np.full(len(base), np.nan)
    enough = known.sum(axis=0) >= LEAST_ERRORS
    if enough.any():
        between = np.nanvar(np.where(known, adjusted, np.nan)[:, enough], axis=0, ddof=1)
        within = np.nanmean(np.where(known, errors**2, np.nan)[:, enough], axis=0)
        share = np.divide(within, between, out=np.ones(len(within)), where=between > 0)
        reliability[enough] = np.clip(1 - share, 0, 1)
    is_noise = (relative_range < rules.screen_range) | (reliability < rules.screen_reliability)
    return Spread(relative_range, reliability, ~is_noise)
