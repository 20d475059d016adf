"""How two figures of the survey differ, and what may be said of it.

The formula of the macro `cell_difference` (dbt_project/macros/changes.sql), for two figures whose
samples are independent: of different survey years, or of cells without a common factory. The limits
recover variances from the limits of both (Zou and Donner 2008, "MOVER"), so that the skewness of
each is kept.
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
    verdict: UP, DOWN, NOT_CLEAR or, without limits, NOT_ESTIMABLE."""

    value: float
    error: float | None
    lower: float | None
    upper: float | None
    verdict: str


def difference(base: Figure, now: Figure) -> Difference:
    """`now` less `base`."""
    value = now.estimate - base.estimate
    errors = [one.error for one in (base, now) if one.error is not None]
    error = math.hypot(*errors) if len(errors) == len((base, now)) else None
    if base.lower is None or base.upper is None or now.lower is None or now.upper is None:
        return Difference(value, error, None, None, NOT_ESTIMABLE)
    lower = value - math.hypot(now.estimate - now.lower, base.upper - base.estimate)
    upper = value + math.hypot(now.upper - now.estimate, base.estimate - base.lower)
    verdict = UP if lower > 0 else DOWN if upper < 0 else NOT_CLEAR
    return Difference(value, error, lower, upper, verdict)
