"""Before normalisation: direction, adjustment to the sector, outliers.

Outlier rule: COINr 1.1, data treatment. An indicator whose skewness and excess kurtosis both reach
their limits is winsorised one value at a time; if that is not enough, winsorising is undone and the
logarithm is taken."""

from dataclasses import dataclass

import numpy as np
import scipy

from locus_pipeline.methods.index.framework import Rules


def sector_ratio(values: np.ndarray, reference: np.ndarray, floor: float) -> np.ndarray:
    """Logarithm of the ratio of each value to its reference; the value itself where the reference
    is NaN.

    `values` (..., objects, indicators), `reference` (objects, indicators), the median of the
    object's sector, above 0. A ratio below `floor`, so a negative value too, counts as `floor`: a
    logarithm needs a positive ratio, and a loss must not drop out of the index.
    """
    adjusted = ~np.isnan(reference)
    ratio = np.divide(values, reference, where=adjusted, out=np.ones_like(values, dtype=float))
    return np.where(adjusted, np.log(np.maximum(ratio, floor)), values)


@dataclass(frozen=True)
class Treatment:
    """What is done to the outliers of an indicator.

    Values are cut to `winsor_low` and `winsor_high` (infinite: not cut), and where `log_offset`
    isn't NaN they become log(x - log_origin + log_offset); a negative `log_offset` is the mirror
    image, -log(log_origin - x - log_offset), for a long tail on the left. Arrays broadcast against
    the values, indicators last.
    """

    winsor_low: np.ndarray
    winsor_high: np.ndarray
    log_origin: np.ndarray
    log_offset: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """`values` (..., objects, indicators), treated. Never turns the order of two values."""
        cut: np.ndarray = np.clip(values, self.winsor_low, self.winsor_high)
        logged = ~np.isnan(self.log_offset)
        if not logged.any():
            return cut
        sign, offset = np.sign(self.log_offset), np.abs(self.log_offset)
        distance = np.maximum(sign * (cut - self.log_origin), 0) + offset
        treated: np.ndarray = np.where(logged, sign * np.log(np.where(logged, distance, 1)), cut)
        return treated


def fit_treatment(values: np.ndarray, rules: Rules, points: int) -> Treatment:
    """The treatment that `values` (objects, indicators) need, winsorising at most `points` values,
    however many objects there are: COINr's `winmax`, 5 by default as there (rule winsor_points)."""
    columns = [_fit_column(column[~np.isnan(column)], rules, points) for column in values.T]
    return Treatment(*np.array(columns).reshape(-1, 4).T)


def _fit_column(values: np.ndarray, rules: Rules, points: int) -> tuple[float, ...]:
    low, high = -np.inf, np.inf
    cut = np.sort(values)
    while skew := outlying(cut, rules):
        # the last value of the longer tail takes the value of the next one inside
        if skew > 0:
            high = cut[cut < cut[-1]].max()
        else:
            low = cut[cut > cut[0]].min()
        changed = ((values < low) | (values > high)).sum()
        cut = np.clip(cut, low, high)
        if changed > points or np.ptp(cut) == 0:
            return _logarithm(values, outlying(values, rules), rules.log_offset)
    return low, high, np.nan, np.nan


def _logarithm(values: np.ndarray, skew: float, offset: float) -> tuple[float, ...]:
    extent = offset * np.ptp(values)
    if skew > 0:
        return -np.inf, np.inf, values.min(), extent
    return -np.inf, np.inf, values.max(), -extent


def outlying(values: np.ndarray, rules: Rules) -> float:
    """The skewness where skewness and excess kurtosis both reach their limits, else 0; both are
    the sample's bias-corrected ones. 0 for fewer than four values or without variance."""
    if len(values) < 4 or np.ptp(values) < np.finfo(float).tiny:
        return 0.0
    # neither depends on the scale; their sums of powers must not underflow
    shares = (values - values.min()) / np.ptp(values)
    skew = scipy.stats.skew(shares, bias=False)
    kurtosis = scipy.stats.kurtosis(shares, bias=False)
    far = abs(skew) >= rules.skew_limit and kurtosis >= rules.kurtosis_limit
    return float(skew) if far else 0.0
