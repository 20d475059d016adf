"""Sampling correlations of one object's indicators: their estimates come from the same units.

An estimate's error is, to first order, the error of a total of linearised values: of a ratio
(y - R x) / X, of a share y / Y less the same for its whole, of a growth y / Y in either year. The
covariance of two is that of their linearised values in a stratified sample (Woodruff 1971, A simple
method for approximating the variance of a complicated estimate; Wolter, Introduction to Variance
Estimation, chapter 6). That of few units is a guess: it is drawn to what all objects have in
common, as far as the rule `correlation_prior` asks. Tried on bench/index_errors.py; a proposal.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

KEYS = ["object_id", "period"]
COLUMNS = {
    **dict.fromkeys(KEYS, "str"),
    "parameter_code": "str",
    "other_parameter_code": "str",
    "correlation": "float64",
    "degrees": "float64",
}
# Correlations are told to two digits: they are of few units, and later digits those of the machine.
DIGITS = 2


@dataclass(frozen=True)
class Sample:
    """The units of a sample, those that are taken whole among them. `cell`: object of each, of
    `cells` many, and `stratum`, indices; `scale`: (1 - f) n / (n - 1), 0 where a unit is certain;
    `inverse`: 1 / n, n of the stratum, and 0 for a lone unit."""

    cell: np.ndarray
    cells: int
    stratum: np.ndarray
    scale: np.ndarray
    inverse: np.ndarray

    @property
    def degrees(self) -> np.ndarray:
        """Units that are left to chance less the strata that they are of, by cell; at least 1 where
        there are any."""
        is_drawn = self.scale > 0
        cell, stratum = self.cell[is_drawn], self.stratum[is_drawn]
        strata = np.unique(np.stack([cell, stratum]), axis=1)[0]
        drawn, of = (np.bincount(one, minlength=self.cells) for one in (cell, strata))
        degrees: np.ndarray = np.where(drawn > 0, np.maximum(drawn - of, 1), 0)
        return degrees

    def covariances(self, z: np.ndarray, beyond: np.ndarray | None = None) -> np.ndarray:
        """Covariances of each cell's totals of weighted linearised values `z` (units, indicators);
        (cells, indicators, indicators). `beyond`: what units of other cells in the same stratum
        add to a cell's sums, for each unit, where an indicator is about them too."""
        indicators = z.shape[1]
        order = np.lexsort((self.stratum, self.cell))
        cell, stratum, z = self.cell[order], self.stratum[order], z[order]
        is_first = np.append(True, (np.diff(cell) != 0) | (np.diff(stratum) != 0))
        rows = np.flatnonzero(is_first[: len(cell)])
        sums = np.add.reduceat(z, rows, axis=0) if len(rows) else z
        if beyond is not None:
            sums = sums + beyond[order][rows]
        scale = self.scale[order]
        spread = z * np.sqrt(scale)[:, None]
        mean = sums * np.sqrt(scale * self.inverse[order])[rows, None]
        of_units = np.searchsorted(cell, np.arange(self.cells + 1))
        of_rows = np.searchsorted(cell[rows], np.arange(self.cells + 1))
        matrices = np.zeros((self.cells, indicators, indicators))
        for at in range(self.cells):
            units = spread[of_units[at] : of_units[at + 1]]
            means = mean[of_rows[at] : of_rows[at + 1]]
            matrices[at] = units.T @ units - means.T @ means
        return matrices


def correlations(covariances: np.ndarray) -> np.ndarray:
    """Of `covariances` (..., indicators, indicators); 0 with what has no variance."""
    deviation = np.sqrt(np.maximum(np.diagonal(covariances, axis1=-2, axis2=-1), 0))
    products = deviation[..., :, None] * deviation[..., None, :]
    shares = np.divide(covariances, products, out=np.zeros_like(products), where=products > 0)
    matrices: np.ndarray = np.clip(shares, -1, 1)
    return matrices


def smoothed(matrices: np.ndarray, degrees: np.ndarray, prior: float) -> np.ndarray:
    """The correlations `matrices` of all cells (cells, indicators, indicators), drawn to their mean
    as if `prior` more degrees of freedom had it. Means are over cells where both vary."""
    varies = np.diagonal(matrices, axis1=1, axis2=2) > 0
    weight = degrees[:, None, None] * (varies[:, :, None] & varies[:, None, :])
    sums = weight.sum(axis=0)
    common = np.divide(
        (weight * matrices).sum(axis=0), sums, out=np.zeros(matrices.shape[1:]), where=sums > 0
    )
    drawn: np.ndarray = (weight * matrices + prior * common) / (weight + prior)
    return drawn


def pairs(
    matrices: np.ndarray, objects: pd.Series, period: str, codes: list[str], degrees: np.ndarray
) -> pd.DataFrame:
    """COLUMNS for each two indicators of each object, in the order of `codes`; those that are 0 to
    DIGITS are left out, as are objects with nothing left to chance. `degrees`: of freedom, by
    object."""
    one, other = np.array(list(combinations(range(len(codes)), 2)), int).reshape(-1, 2).T
    names = np.array(codes, object)
    figures = np.round(matrices[:, one, other], DIGITS) * (degrees > 0)[:, None]
    at, pair = np.nonzero(figures)
    return pd.DataFrame(
        {
            "object_id": objects.to_numpy(object)[at],
            "period": period,
            "parameter_code": names[one[pair]],
            "other_parameter_code": names[other[pair]],
            "correlation": figures[at, pair],
            "degrees": degrees[at],
        }
    ).astype(COLUMNS)
