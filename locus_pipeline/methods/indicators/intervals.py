"""Limits of 95 % intervals for totals, ratios, shares, location quotients and growth.

The distribution of an estimate from few factories is skewed and its variance is an estimate, too.
So limits are by Student's t with the degrees of freedom that the strata give, and on a scale on
which the estimate is nearly symmetric: the logarithm for amounts and ratios, the logit for shares.
What the census sector contributes is known: only the sampled part of a total has an interval. How
large that part is, limits tell in grades alone, since the exact part would tell what the census
factories of a cell make (docs/decisions/0008-disclosure.md).

Limits of a figure made of several totals recover their variances from the totals' own limits (Zou
and Donner 2008, "MOVER"), so that the skewness of each part is kept.
"""

from dataclasses import dataclass

import numpy as np
import scipy

LEVEL = 0.95
# exp(50) is beyond any figure: a limit that is no limit stays a number.
LARGEST_EXPONENT = 50.0
# A standard error below a millionth of its value is what rounding leaves of none.
ROUNDING = 1e-12
# Sampled shares up to each bound are taken for the grade of its place; larger ones for the last.
GRADE_BOUNDS = (0.25, 0.5)
GRADES = (0.125, 0.375, 0.75)
ALL_SAMPLED = 1 - 1e-6
# Certain factories whose part may be told in grades (dbt_project.yml has the same two numbers).
FEWEST, DOMINANCE = 3, 0.85


@dataclass(frozen=True)
class Limits:
    """Lower and upper limits by cell; NaN where they can't be estimated."""

    lower: np.ndarray
    upper: np.ndarray


def degrees_of_freedom(
    parts: np.ndarray, free: np.ndarray, cell: np.ndarray, cells: int
) -> np.ndarray:
    """Satterthwaite's degrees of freedom by cell: (sum V)^2 / sum(V^2 / free), from the variances
    `parts` of each cell and stratum with `free` degrees; infinite without variance, at least 1."""
    total = np.bincount(cell, parts, minlength=cells)
    weight = np.bincount(cell, parts**2 / free, minlength=cells)
    degrees = np.divide(total**2, weight, out=np.full(cells, np.inf), where=weight > 0)
    degrees_of_freedom: np.ndarray = np.maximum(degrees, 1.0)
    return degrees_of_freedom


def degrees_of_design(stratum: np.ndarray) -> int:
    """Degrees of freedom of a whole stratified sample: units less strata, as `degf` of the package
    survey of R counts them. Satterthwaite's are the same where strata are alike."""
    return len(stratum) - len(np.unique(stratum))


def quantile(degrees: np.ndarray | float) -> np.ndarray:
    """Student's quantile of a two-sided interval at LEVEL."""
    quantile: np.ndarray = scipy.stats.t.ppf((1 + LEVEL) / 2, degrees)
    return quantile


def in_grades(
    certain: np.ndarray, sampled: np.ndarray, factories: np.ndarray, largest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Certain and sampled part of totals, as `of_amount` is to take them for what is published.

    Of a total with at least FEWEST certain factories (`factories`) of which the `largest` does not
    make DOMINANCE of their part, the sampled part is an eighth, three eighths or three quarters; of
    any other it is all, so that limits tell nothing that estimate and error don't."""
    total = certain + sampled
    share = np.divide(sampled, total, out=np.zeros(total.shape), where=total > 0)
    grade = np.array(GRADES)[np.searchsorted(GRADE_BOUNDS, share, side="left")]
    is_told = (factories >= FEWEST) & (largest <= DOMINANCE * certain) & (share < ALL_SAMPLED)
    # what has no sampled part has no limits
    graded = np.where(sampled > 0, np.where(is_told, grade, 1.0) * total, sampled)
    return total - graded, graded


def of_amount(
    certain: np.ndarray, sampled: np.ndarray, variance: np.ndarray, degrees: np.ndarray
) -> Limits:
    """Totals of a measure that is never negative: certain + sampled * exp(+-t cv). NaN where there
    is a sampled part without a variance."""
    exponent = _exponent(variance, sampled, degrees)
    limits = Limits(certain + sampled * np.exp(-exponent), certain + sampled * np.exp(exponent))
    return _known(limits, (sampled > 0) & _varies(variance, sampled))


def of_count(
    certain: np.ndarray, sampled: np.ndarray, variance: np.ndarray, degrees: np.ndarray
) -> Limits:
    """Numbers of factories: as `of_amount`, but above, the deviation of the logarithm is that of a
    lognormal amount, sqrt(ln(1 + cv^2)). With one factory that stands for many, cv is 1 and more,
    and exp(t cv) no number to be meant."""
    plain = of_amount(certain, sampled, variance, degrees)
    relative = np.divide(variance, sampled**2, out=np.zeros(sampled.shape), where=sampled > 0)
    exponent = _capped(quantile(degrees) * np.sqrt(np.log1p(np.maximum(relative, 0))))
    upper = certain + sampled * np.exp(exponent)
    return _known(Limits(plain.lower, upper), np.isfinite(plain.upper))


def of_signed(estimate: np.ndarray, variance: np.ndarray, degrees: np.ndarray) -> Limits:
    """Totals and ratios that may be negative: estimate +- t s."""
    half = quantile(degrees) * np.sqrt(variance)
    return _known(Limits(estimate - half, estimate + half), _varies(variance, estimate))


def of_ratio(estimate: np.ndarray, variance: np.ndarray, degrees: np.ndarray) -> Limits:
    """Ratios on the logarithm where they are positive, else as signed figures."""
    exponent = _exponent(variance, estimate, degrees)
    positive = Limits(estimate * np.exp(-exponent), estimate * np.exp(exponent))
    signed = of_signed(estimate, variance, degrees)
    is_positive = estimate > 0
    limits = Limits(
        np.where(is_positive, positive.lower, signed.lower),
        np.where(is_positive, positive.upper, signed.upper),
    )
    return _known(limits, _varies(variance, estimate))


def of_part(estimate: np.ndarray, variance: np.ndarray, degrees: np.ndarray) -> Limits:
    """Ratios of a part to its whole, on the logit; NaN for 0 and 1, which leave nothing to vary."""
    is_between = (estimate > 0) & (estimate < 1)
    other = 1 - estimate
    odds = np.divide(estimate, other, out=np.full(estimate.shape, np.nan), where=is_between)
    exponent = _exponent(variance, np.where(is_between, estimate * other, 0.0), degrees)
    below, above = odds * np.exp(-exponent), odds * np.exp(exponent)
    return _known(Limits(below / (1 + below), above / (1 + above)), _varies(variance, estimate))


def of_share(
    share: np.ndarray, total: np.ndarray, limits: Limits, slope: np.ndarray, rest: np.ndarray
) -> Limits:
    """Shares of a larger total, on the logit. `total`, `limits`: of the cell; `slope`: the
    derivative of the logarithm of the share by that of the total; `rest`: relative variance of
    the share that is not the cell's own. NaN for a share of 1, of which nothing else is known."""
    down, up = _distances(total, limits, slope, rest)
    other = 1 - share
    is_part = (share > 0) & (other > 0)
    odds = np.divide(share, other, out=np.full(share.shape, np.nan), where=is_part)
    with np.errstate(invalid="ignore", divide="ignore"):
        below, above = odds * np.exp(-_capped(down / other)), odds * np.exp(_capped(up / other))
    return Limits(below / (1 + below), above / (1 + above))


def of_quotient(
    quotient: np.ndarray, total: np.ndarray, limits: Limits, slope: np.ndarray, rest: np.ndarray
) -> Limits:
    """Location quotients, on the logarithm; arguments as in `of_share`."""
    down, up = _distances(total, limits, slope, rest)
    return Limits(quotient * np.exp(-_capped(down)), quotient * np.exp(_capped(up)))


def of_growth(base: np.ndarray, before: Limits, now: np.ndarray, after: Limits) -> Limits:
    """Growth factor now / base of two independent samples. The census sector of both is certain,
    so it has no part in either limit."""
    with np.errstate(invalid="ignore", divide="ignore"):
        down = np.hypot(np.log(now / after.lower), np.log(before.upper / base))
        up = np.hypot(np.log(after.upper / now), np.log(base / before.lower))
        factor = now / base
    return Limits(factor * np.exp(-_capped(down)), factor * np.exp(_capped(up)))


def _exponent(variance: np.ndarray, level: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    error = np.sqrt(np.maximum(variance, 0))
    relative = np.divide(error, level, out=np.full(error.shape, np.nan), where=level > 0)
    return _capped(quantile(degrees) * relative)


def _distances(
    total: np.ndarray, limits: Limits, slope: np.ndarray, rest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far the logarithm's limits lie below and above."""
    with np.errstate(invalid="ignore", divide="ignore"):
        down, up = np.log(total / limits.lower), np.log(limits.upper / total)
    others = scipy.stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(np.maximum(rest, 0))
    return np.hypot(slope * down, others), np.hypot(slope * up, others)


def _capped(exponent: np.ndarray) -> np.ndarray:
    exponents: np.ndarray = np.minimum(exponent, LARGEST_EXPONENT)
    return exponents


def _varies(variance: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    return variance > ROUNDING * estimate**2


def _known(limits: Limits, is_known: np.ndarray) -> Limits:
    return Limits(
        np.where(is_known, limits.lower, np.nan), np.where(is_known, limits.upper, np.nan)
    )
