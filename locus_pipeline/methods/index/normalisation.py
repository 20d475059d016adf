"""Normalisation: goalposts, minimum and maximum, z-score; percentile ranks are in indicators.ranks.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 5. Arrays are
(..., objects, indicators); a missing value (NaN) stays missing and counts in no statistic."""

import numpy as np


def goalposts(values: np.ndarray, minimum: np.ndarray, maximum: np.ndarray) -> np.ndarray:
    """Share of the way from `minimum` to `maximum`, cut to 0-1. The goalposts stand still, so an
    object's share doesn't depend on the other objects."""
    scaled: np.ndarray = np.clip((values - minimum) / (maximum - minimum), 0, 1)
    return scaled


def estimate_goalposts(
    values: np.ndarray, low: float, high: float
) -> tuple[np.ndarray, np.ndarray]:
    """The quantiles `low` and `high` of each indicator, interpolated; NaN without values."""
    ends = np.full((2, values.shape[-1]), np.nan)
    known = ~np.isnan(values).all(axis=0)
    if known.any():
        ends[:, known] = np.nanquantile(values[:, known], [low, high], axis=0)
    return ends[0], ends[1]


def min_max(values: np.ndarray) -> np.ndarray:
    """Share of the way from the smallest to the largest value of the objects; NaN where they are
    the same."""
    low = np.nanmin(values, axis=-2, keepdims=True)
    return _ratio(values - low, np.nanmax(values, axis=-2, keepdims=True) - low)


def z_score(values: np.ndarray) -> np.ndarray:
    """Distance from the mean in standard deviations (n - 1); NaN where there is no variance."""
    mean = np.nanmean(values, axis=-2, keepdims=True)
    return _ratio(values - mean, np.nanstd(values, axis=-2, ddof=1, keepdims=True))


def rescale(share: np.ndarray, low: float, high: float) -> np.ndarray:
    """A share of 0-1 on the scale `low`-`high`."""
    return low + (high - low) * share


def _ratio(values: np.ndarray, base: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.divide(values, base, where=base > 0, out=np.full(values.shape, np.nan))
    return ratio
