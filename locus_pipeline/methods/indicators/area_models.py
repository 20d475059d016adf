"""Totals of cells with few factories, by area-level models of what is alike over cells.

Three models of one survey year's sampled part (the census sector is certain), each of what hardly
depends on a cell's size: open factories per factory of the frame; persons and wages per factory;
value added per person. Covariates are the means of the cell in a neighbouring year, of the cluster
and of the state. Totals follow from them and are raked to the direct totals of states and clusters,
but value added, which may be negative.

What is hidden stays out: amounts of a hidden cell are no part of the fit, of the covariates or of
the totals that are raked to, so that the models of the other cells tell nothing of it. The numbers
of factories, which are never hidden, are those of all cells.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from locus_pipeline.methods.indicators.generalised_variance import (
    Smoothing,
    at_home,
    smoothed,
    unseen,
)
from locus_pipeline.methods.indicators.intervals import quantile
from locus_pipeline.methods.indicators.small_area import Fit, benchmarked, fay_herriot
from locus_pipeline.methods.indicators.stratum_moments import (
    Moments,
    ratio_parts,
    stratum_covariances,
)

UNITS, EMPLOYEES, WAGES, VALUE_ADDED = range(4)
MODELLED_MEASURES = (UNITS, EMPLOYEES, WAGES, VALUE_ADDED)
# Factories that the average of the cluster counts for in a mean of the neighbouring year.
PRIOR_FACTORIES = 6.0
# Nearly all of a cell was sampled: beyond that share the finite variance is not told from psi.
LARGEST_FRACTION = 0.95
# Areas that a fit needs: its errors are those of many areas.
LEAST_AREAS = 30


class TooFewAreasError(ValueError):
    """Nothing can be modelled of so few cells."""


@dataclass(frozen=True)
class Modelled:
    """Totals of a measure by cell: `estimate`, `rmse` (root of the mean squared error), `lower` and
    `upper` (95 %); NaN where the cell is not modelled.

    Limits are those of the whole total: limits of the sampled part would tell how much of the cell
    the census sector is, which may be one factory."""

    estimate: np.ndarray
    rmse: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class _Part:
    """Sampled part before raking: `estimate` (the direct one where nothing is modelled), its
    `relative_variance`, and `is_modelled`."""

    estimate: np.ndarray
    relative_variance: np.ndarray
    is_modelled: np.ndarray


def shown(rows: Moments, is_hidden: np.ndarray) -> Moments:
    """The same rows as if the hidden cells (by cell) held nothing; numbers of factories stay, since
    they are never hidden and say which strata are whose."""
    blank = is_hidden[rows.cell]
    return replace(
        rows,
        sums=np.where(blank[:, None], 0.0, rows.sums),
        products=np.where(blank[:, None, None], 0.0, rows.products),
    )


class AreaModels:
    """Models of one survey year.

    `rows`: moments of the four measures UNITS to VALUE_ADDED; `neighbour`: those of the same cells
    in a year beside it, or None. `state`, `cluster`: of each cell. `smoothing`, `changed` (by row,
    or of all): see `smoothed`. `least`: fewest sampled factories of a cell that is modelled.
    `is_hidden`, `was_hidden`: cells whose amounts are hidden, in this year and in the neighbouring
    one. `total` raises TooFewAreasError."""

    def __init__(
        self,
        rows: Moments,
        neighbour: Moments | None,
        state: np.ndarray,
        cluster: np.ndarray,
        smoothing: Smoothing,
        changed: np.ndarray | float,
        least: int,
        is_hidden: np.ndarray | None = None,
        was_hidden: np.ndarray | None = None,
    ):
        self.cells, self.state, self.cluster = rows.cells, state, cluster
        nothing = np.zeros(rows.cells, bool)
        self.is_hidden = nothing if is_hidden is None else is_hidden
        self.direct, self.smoothing = rows, smoothing
        self.rows = smoothed(rows, cluster, smoothing, changed)
        self.shown = shown(rows, self.is_hidden)
        self.shown_rows = smoothed(self.shown, cluster, smoothing, changed)
        self.sampled, self.shown_sampled = _sampled(rows), _sampled(self.shown)
        self.neighbour = neighbour and shown(
            neighbour, nothing if was_hidden is None else was_hidden
        )
        home = at_home(rows)
        frame = (rows.selected * rows.multiplier)[home]
        self.frame = np.bincount(rows.cell[home], frame, minlength=self.cells)
        self.factories = np.bincount(rows.cell, rows.inside, minlength=self.cells)
        self.is_enough = (self.factories >= least) & (self.frame > 0)
        fraction = np.divide(
            self.factories,
            self.sampled[:, UNITS],
            out=np.zeros(self.cells),
            where=self.is_enough,
        ).clip(max=LARGEST_FRACTION)
        self.finite = fraction / (1 - fraction)

    def total(self, measure: int, certain: np.ndarray) -> Modelled:
        """The modelled totals of a measure, of which `certain` (by cell) is the census sector's."""
        estimate, rmse = self._value_added if measure == VALUE_ADDED else self._raked(measure)
        total = certain + estimate
        # psi is an estimate too: as sure as a cell's factories and the common spread make it
        free = np.maximum(self.factories - 1, 0) + self.smoothing.prior[EMPLOYEES]
        if measure == VALUE_ADDED:
            half = quantile(free) * rmse
            return Modelled(total, rmse, total - half, total + half)
        relative = self._over(rmse, total, total > 0)
        factor = np.exp(quantile(free) * np.sqrt(np.log1p(relative**2)))
        return Modelled(total, rmse, total / factor, total * factor)

    def _raked(self, measure: int) -> tuple[np.ndarray, np.ndarray]:
        """Sampled part of a measure that is never negative, and its root mean squared error."""
        part = self._units if measure == UNITS else self._amount(measure)
        direct = (self.sampled if measure == UNITS else self.shown_sampled)[:, measure]
        error = np.where(
            part.is_modelled, part.estimate * np.sqrt(np.expm1(part.relative_variance)), 0.0
        )
        raked = benchmarked(
            part.estimate,
            error,
            self.state,
            self.cluster,
            np.bincount(self.state, direct),
            np.bincount(self.cluster, direct),
        )
        estimate = np.where(part.is_modelled, raked.estimate, np.nan)
        return estimate, raked.rmse + 0 * estimate

    @cached_property
    def _units(self) -> _Part:
        """Open factories by those of the frame and those expected to come from elsewhere."""
        parts = np.maximum(stratum_covariances(self.rows)[:, UNITS, UNITS], 0)
        variance = self.rows.by_cell(parts)
        variance = variance + unseen(self.direct, self.state, self.cluster)[:, UNITS]
        direct = self.sampled[:, UNITS]
        elsewhere = _sums(self.state, self.frame) - self.frame
        coming = elsewhere * _sums(self.cluster, self.frame) / max(self.frame.sum(), 1.0)
        share = np.divide(coming, self.frame, out=np.zeros(self.cells), where=self.frame > 0)
        ratio = self._over(direct, self.frame, self.is_enough)
        psi = np.log1p(self._over(variance, direct**2, self.is_enough))
        fit, known = self._fit(_log(ratio), psi, [np.log1p(share)])
        estimate = np.where(known, self.frame * np.exp(fit.estimate), direct)
        return _Part(estimate, fit.mse, known)

    def _amount(self, measure: int) -> _Part:
        """An amount that is never negative, by its mean per factory."""
        ratio, psi = self._ratio(measure, UNITS)
        logs = [_log(mean) for mean in self._means(measure, UNITS)]
        relative = self._over(psi, ratio**2, ratio > 0)
        fit, known = self._fit(_log(ratio), np.log1p(relative), logs)
        known &= self._units.is_modelled
        estimate = np.where(
            known, self._units.estimate * np.exp(fit.estimate), self.shown_sampled[:, measure]
        )
        return _Part(estimate, fit.mse + self._units.relative_variance, known)

    @cached_property
    def _persons(self) -> _Part:
        return self._amount(EMPLOYEES)

    @cached_property
    def _value_added(self) -> tuple[np.ndarray, np.ndarray]:
        """Sampled part of value added, by that per person relative to the cluster's, and its root
        mean squared error."""
        ratio, psi = self._ratio(VALUE_ADDED, EMPLOYEES)
        *earlier, cluster, state = self._means(VALUE_ADDED, EMPLOYEES)
        # a scale near one, that nothing is lost in the fit's matrices
        scale = max(np.abs(state).max(), np.finfo(float).tiny)
        is_known = cluster != 0
        earlier = [self._over(mean, cluster, is_known) for mean in earlier]
        fit, known = self._fit(
            self._over(ratio, cluster, is_known),
            self._over(psi, cluster**2, is_known),
            [*earlier, state / scale],
        )
        persons = self._persons
        estimate = persons.estimate * fit.estimate * cluster
        variance = (
            persons.estimate**2 * fit.mse * cluster**2 + estimate**2 * persons.relative_variance
        )
        estimate = np.where(known & persons.is_modelled, estimate, np.nan)
        return estimate, np.sqrt(variance) + 0 * estimate

    def _fit(
        self, direct: np.ndarray, psi: np.ndarray, covariates: list[np.ndarray]
    ) -> tuple[Fit, np.ndarray]:
        """The fit with an intercept, and which cells it is of."""
        known = self.is_enough & np.isfinite(direct) & np.isfinite(psi) & (psi > 0)
        if known.sum() < LEAST_AREAS:
            raise TooFewAreasError(f"{known.sum()} cells are too few for a model of them.")
        fit = fay_herriot(
            np.where(known, direct, np.nan),
            np.where(known, psi, np.nan),
            _independent([np.ones(self.cells), *covariates], known),
            np.where(known, psi * self.finite, 0.0),
        )
        return fit, known

    def _ratio(self, numerator: int, denominator: int) -> tuple[np.ndarray, np.ndarray]:
        """Ratios of the shown cells and their smoothed variances."""
        parts = ratio_parts(self.shown_rows, self.shown_sampled, numerator, denominator)
        below = self.shown_sampled[:, denominator]
        is_known = self.is_enough & ~self.is_hidden & (below > 0)
        ratio = self._over(self.shown_sampled[:, numerator], below, is_known)
        return ratio, self.shown_rows.by_cell(parts)

    def _means(self, numerator: int, denominator: int) -> list[np.ndarray]:
        """Of the cell in the neighbouring year, drawn to the cluster's (where there is such a
        year); of the cluster and of the state now."""
        now = self.shown_sampled
        means = [_mean(self.cluster, now, numerator, denominator)]
        means.append(_mean(self.state, now, numerator, denominator))
        if self.neighbour is None:
            return means
        there = _sampled(self.neighbour)
        if not np.isfinite(there[:, [numerator, denominator]]).all():
            return means
        has_any = there[:, denominator] > 0
        of_cell = self._over(there[:, numerator], there[:, denominator], has_any)
        count = np.bincount(self.neighbour.cell, self.neighbour.inside, minlength=self.cells)
        weight = np.where(has_any, count / (count + PRIOR_FACTORIES), 0.0)
        of_cluster = _mean(self.cluster, there, numerator, denominator)
        return [weight * np.nan_to_num(of_cell) + (1 - weight) * of_cluster, *means]

    def _over(self, values: np.ndarray, below: np.ndarray, where: np.ndarray) -> np.ndarray:
        ratio: np.ndarray = np.divide(values, below, out=np.full(self.cells, np.nan), where=where)
        return ratio


def _sampled(rows: Moments) -> np.ndarray:
    """Totals by cell (cells, measures)."""
    return rows.by_cell(rows.sums)


def _sums(by: np.ndarray, values: np.ndarray) -> np.ndarray:
    sums: np.ndarray = np.bincount(by, values)[by]
    return sums


def _log(values: np.ndarray) -> np.ndarray:
    logs: np.ndarray = np.log(values, out=np.full(values.shape, np.nan), where=values > 0)
    return logs


def _mean(by: np.ndarray, totals: np.ndarray, numerator: int, denominator: int) -> np.ndarray:
    """Ratio of the totals of each cell's group; the country's where a group has none above 0."""
    above, below = _sums(by, totals[:, numerator]), _sums(by, totals[:, denominator])
    country = totals[:, numerator].sum() / max(totals[:, denominator].sum(), 1.0)
    is_known = (below > 0) & (above > 0)
    mean: np.ndarray = np.divide(above, below, out=np.full(len(by), country), where=is_known)
    return mean


def _independent(columns: list[np.ndarray], known: np.ndarray) -> np.ndarray:
    """The columns (areas, p) without those that the ones before make up over the known areas: of
    the only state's mean, say, an intercept is as much. Nor those that are not known."""
    kept: list[np.ndarray] = []
    for column in columns:
        trial = np.column_stack([*kept, column])[known]
        if np.isfinite(trial).all() and np.linalg.matrix_rank(trial) == trial.shape[1]:
            kept.append(column)
    return np.column_stack(kept)
