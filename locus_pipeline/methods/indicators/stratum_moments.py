"""Sums and products of measures by cell and stratum, and the covariances of cells from them.

All that the errors of a cell need is, for each stratum that has factories in it: how many of them
there are, how many the stratum has, and the sums and products of their weighted values. That is
what the warehouse keeps (macro stratum_sums); here it is the same on arrays.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """One row for each cell and stratum that has open sampled factories of the cell.

    `cell`, `stratum`: indices. `inside`: sampled factories of the cell in the stratum. `selected`:
    all sampled factories of the stratum, whatever became of them. `scale`: (1 - f) n / (n - 1), and
    1 - f for a lone factory, whose mean counts as zero. `multiplier`: mean of the row's factories.
    `sums` (rows, measures), `products` (rows, measures, measures): of weighted values. `cells`:
    number of cells."""

    cell: np.ndarray
    stratum: np.ndarray
    inside: np.ndarray
    selected: np.ndarray
    scale: np.ndarray
    multiplier: np.ndarray
    sums: np.ndarray
    products: np.ndarray
    cells: int

    @property
    def inverse_selected(self) -> np.ndarray:
        """1 / n, and 0 for a lone factory."""
        return np.where(self.selected > 1, 1 / self.selected, 0.0)

    def by_cell(self, values: np.ndarray) -> np.ndarray:
        """`values` (rows, ...) added up by cell (cells, ...)."""
        return added(values, self.cell, self.cells)


def added(values: np.ndarray, at: np.ndarray, groups: int) -> np.ndarray:
    """`values` (rows, ...) added up by their group `at` (groups, ...)."""
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    sums = [np.bincount(at, column, minlength=groups) for column in flat.T]
    return np.stack(sums, axis=-1).reshape(groups, *values.shape[1:])


def moments(
    cell: np.ndarray,
    stratum: np.ndarray,
    selected: np.ndarray,
    scale: np.ndarray,
    multiplier: np.ndarray,
    values: np.ndarray,
    cells: int,
) -> Moments:
    """Moments of sampled open factories: `cell`, `stratum`, `selected`, `scale`, `multiplier` and
    `values` (factories, measures) of each. Certain factories are not among them."""
    key = stratum.astype(np.int64) * cells + cell
    order = np.argsort(key, kind="stable")
    places, starts = np.unique(key[order], return_index=True)
    ordered = (values * multiplier[:, None])[order]
    first = order[starts]
    inside = np.diff(np.append(starts, len(key)))
    return Moments(
        cell=places % cells,
        stratum=places // cells,
        inside=inside,
        selected=selected[first],
        scale=scale[first],
        multiplier=np.add.reduceat(multiplier[order], starts) / inside,
        sums=np.add.reduceat(ordered, starts, axis=0),
        products=np.add.reduceat(ordered[:, :, None] * ordered[:, None, :], starts, axis=0),
        cells=cells,
    )


def covariances(rows: Moments) -> np.ndarray:
    """Sampling covariances of the totals of each cell (cells, measures, measures): sum over strata
    of (1 - f) n / (n - 1) (products - sums sums' / n). Source: Wolter, Introduction to Variance
    Estimation, chapter 6."""
    return rows.by_cell(stratum_covariances(rows))


def stratum_covariances(rows: Moments) -> np.ndarray:
    """The part of each stratum in `covariances` (rows, measures, measures)."""
    outer = rows.sums[:, :, None] * rows.sums[:, None, :]
    spread = rows.products - outer * rows.inverse_selected[:, None, None]
    stratum_covariances: np.ndarray = rows.scale[:, None, None] * spread
    return stratum_covariances


def total_covariances(rows: Moments, of: np.ndarray) -> np.ndarray:
    """Covariance of each cell's totals with those of the larger domain `of` (by cell) that holds
    it, measure by measure (cells, measures): products of a factory outside the cell are not in it,
    but its weighted value is in the stratum's sum."""
    group = of[rows.cell]
    key = rows.stratum.astype(np.int64) * (int(of.max()) + 1) + group
    _, place = np.unique(key, return_inverse=True)
    of_domain = np.stack([np.bincount(place, column)[place] for column in rows.sums.T], axis=-1)
    squares = np.diagonal(rows.products, axis1=1, axis2=2)
    spread = squares - rows.sums * of_domain * rows.inverse_selected[:, None]
    return rows.by_cell(rows.scale[:, None] * spread)


def ratio_parts(rows: Moments, totals: np.ndarray, numerator: int, denominator: int) -> np.ndarray:
    """The part of each stratum in the variance of the ratio of two totals (rows), by Taylor
    linearisation: of z = (y - R x) / X. `totals`: of the cells (cells, measures)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (totals[:, numerator] / totals[:, denominator])[rows.cell]
    parts = stratum_covariances(rows)
    spread = (
        parts[:, numerator, numerator]
        - 2 * ratio * parts[:, numerator, denominator]
        + ratio**2 * parts[:, denominator, denominator]
    )
    ratio_parts: np.ndarray = np.maximum(spread, 0) / totals[rows.cell, denominator] ** 2
    return ratio_parts
