"""From what is measured of a cluster to points between 0 and 1, and to criteria and shares.

A measure earns points between two values (`none_at`, `full_at`), linearly or by its logarithm, so
that clusters differ wherever their figures do. A criterion is the mean of the measures that there
are, by their weights; a cluster's share is the mean of the criteria that there are, by theirs: what
was not measured neither earns nor costs, and the coverage says how much of the whole it was.

Criteria: source 003 (a presentation on cluster development, 2003), slide 20, and source 001
(Foundation for MSME Clusters), sections 3.2 and 4.2.2. Neither prints weights or values: those are
a proposal, in seeds/registry/selection_measures.csv and selection_weights.csv.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

POINTS, CONDITION = "points", "condition"
TINY = 1e-9  # what a logarithm takes for nothing
# What makes a cluster of one lens and period.
KEYS = ["lens", "object_id", "period"]


@dataclass(frozen=True)
class Lens:
    """Measures of one lens and basis, and the weights of its criteria.

    `measures`: columns criterion, measure, use, scale, none_at, full_at, weight; `criteria`:
    weight by criterion, in the lens's order."""

    measures: pd.DataFrame
    criteria: pd.Series

    @property
    def scored(self) -> pd.DataFrame:
        """Measures that earn points."""
        return self.measures[self.measures.use == POINTS].reset_index(drop=True)

    @property
    def conditions(self) -> pd.DataFrame:
        """Signs that a cluster must show first; `full_at` is the least."""
        return self.measures[self.measures.use == CONDITION].reset_index(drop=True)

    @property
    def membership(self) -> np.ndarray:
        """Weight of each scored measure inside each criterion (measures, criteria)."""
        scored = self.scored
        is_of = scored.criterion.to_numpy()[:, None] == self.criteria.index.to_numpy()[None, :]
        weights: np.ndarray = is_of * scored.weight.to_numpy(float)[:, None]
        return weights


def points(values: np.ndarray, measures: pd.DataFrame) -> np.ndarray:
    """0 to 1 for values (..., measures); NaN where there is none."""
    none_at, full_at = (measures[name].to_numpy(float) for name in ("none_at", "full_at"))
    is_log = (measures.scale == "log").to_numpy()
    scaled, low, high = (
        np.where(is_log, np.log(np.maximum(one, TINY)), one) for one in (values, none_at, full_at)
    )
    earned: np.ndarray = np.clip((scaled - low) / (high - low), 0.0, 1.0)
    return earned


def criteria_points(earned: np.ndarray, lens: Lens) -> np.ndarray:
    """Points (..., criteria) from those of measures (..., measures): the mean of what there is."""
    there = np.isfinite(earned)
    weights = there @ lens.membership
    sums = np.where(there, earned, 0.0) @ lens.membership
    means: np.ndarray = np.divide(sums, weights, out=np.full(sums.shape, np.nan), where=weights > 0)
    return means


def attained(criteria: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and what could have been had (...) from criteria (..., criteria) and their weights."""
    there = np.isfinite(criteria)
    earned = (np.where(there, criteria, 0.0) * weights).sum(axis=-1)
    return earned, (there * weights).sum(axis=-1)


def coverage(earned: np.ndarray, lens: Lens) -> np.ndarray:
    """Share (objects) of the lens's weight that was measured: a criterion counts by how much of its
    measures there is."""
    membership = lens.membership
    whole = membership.sum(axis=0)
    of_criteria = np.divide(
        np.isfinite(earned) @ membership,
        whole,
        out=np.zeros((*earned.shape[:-1], len(whole))),
        where=whole > 0,
    )
    weights = lens.criteria.to_numpy(float)
    covered: np.ndarray = of_criteria @ weights / weights.sum()
    return covered


def signs(values: np.ndarray, conditions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """How many signs (objects) are there, and how many of them hold, of values (objects, signs)."""
    there = np.isfinite(values)
    holds = there & (values >= conditions.full_at.to_numpy(float))
    return there.sum(axis=1), holds.sum(axis=1)
