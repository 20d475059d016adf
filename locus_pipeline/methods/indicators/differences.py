"""How two figures of the survey differ, and what may be said of it.

The formulas of the macros `cell_difference` and `cell_quotient` (dbt_project/macros/changes.sql),
for two figures whose samples are independent: of different survey years, or of cells without a
common factory. The limits recover variances from the limits of both (Zou and Donner 2008, "MOVER"),
so that the skewness of each is kept.
"""

import math
from dataclasses import dataclass

UP, DOWN, NOT_CLEAR, NOT_ESTIMABLE = "up", "down", "no_clear_change", "not_estimable"


@dataclass(frozen=True)
class Figure:
    """An estimate with its relative standard error (0-1) and 95 % limits, None where the sample
    can't say."""

    estimate: float
    rse: float | None
    lower: float | None
    upper: float | None

    @property
    def error(self) -> float | None:
        """Standard error."""
        return None if self.rse is None else self.rse * abs(self.estimate)


@dataclass(frozen=True)
class Difference:
    """`value`: second figure less the first, `error`: its standard error, 95 % limits, and the
    verdict: UP, DOWN, NOT_CLEAR or, without limits, NOT_ESTIMABLE. `percent`: the same of the first
    figure in per cent, with limits of its own; None where a figure or a lower limit is not above
    zero."""

    value: float
    error: float | None
    lower: float | None
    upper: float | None
    verdict: str
    percent: float | None = None
    percent_lower: float | None = None
    percent_upper: float | None = None


def difference(base: Figure, now: Figure) -> Difference:
    """`now` less `base`."""
    value = now.estimate - base.estimate
    errors = [one.error for one in (base, now) if one.error is not None]
    error = math.hypot(*errors) if len(errors) == len((base, now)) else None
    if base.lower is None or base.upper is None or now.lower is None or now.upper is None:
        percent = 100 * value / base.estimate if base.estimate > 0 else None
        return Difference(value, error, None, None, NOT_ESTIMABLE, percent)
    lower = value - math.hypot(now.estimate - now.lower, base.upper - base.estimate)
    upper = value + math.hypot(now.upper - now.estimate, base.estimate - base.lower)
    verdict = UP if lower > 0 else DOWN if upper < 0 else NOT_CLEAR
    return Difference(value, error, lower, upper, verdict, *_percent(base, now))


def _percent(base: Figure, now: Figure) -> tuple[float | None, float | None, float | None]:
    """`now` over `base` less one in per cent, and its limits, on the logarithm."""
    if base.estimate <= 0:
        return None, None, None
    ratio = now.estimate / base.estimate
    if (
        not (base.lower and base.upper and now.lower and now.upper)
        or min(base.lower, now.lower) <= 0
    ):
        return 100 * (ratio - 1), None, None
    down = math.hypot(math.log(now.estimate / now.lower), math.log(base.upper / base.estimate))
    up = math.hypot(math.log(now.upper / now.estimate), math.log(base.estimate / base.lower))
    lower, upper = (ratio * math.exp(distance) for distance in (-down, up))
    return 100 * (ratio - 1), 100 * (lower - 1), 100 * (upper - 1)
