"""What small-area estimates gain over direct ones, by the number of sampled factories of a cell.

    python -m bench.small_area [draws] [seed]

Prints, on the population of bench/population.py, the root mean squared relative error of direct and
modelled estimates and how often 95 % intervals of both hold the truth. Three models, each of what
is homogeneous over cells: open factories per factory of the frame; persons and wages per factory;
value added per person. Totals follow from them, and are benchmarked to the states' and clusters'
direct totals where they can't be negative.
"""

import sys
from dataclasses import dataclass

import numpy as np

from bench.coverage import CLASSES, SMOOTHING, Tally, improved, samples, size_class
from bench.population import (
    CELLS,
    CHANGED,
    CLUSTER,
    CLUSTERS,
    COARSE,
    EMPLOYEES,
    MEASURES,
    STATE,
    STATES,
    UNITS,
    VALUE_ADDED,
    WAGES,
    Design,
    Estimate,
    Survey,
    populations,
)
from locus_pipeline.methods.indicators.generalised_variance import at_home, smoothed, unseen
from locus_pipeline.methods.indicators.intervals import Limits, quantile
from locus_pipeline.methods.indicators.small_area import Fit, benchmarked, fay_herriot
from locus_pipeline.methods.indicators.stratum_moments import (
    Moments,
    ratio_parts,
    stratum_covariances,
)

# Fewer sampled factories than that have no modelled estimate: they are rarely their cell's own.
LEAST_FACTORIES = 3
# Factories that the average of the cluster counts for in a mean of the year before.
PRIOR_FACTORIES = 6.0
# Nearly all of a cell was sampled: beyond that share the finite variance is not told from psi.
LARGEST_FRACTION = 0.95


@dataclass(frozen=True)
class Modelled:
    """Sampled part of a total: `estimate`, its relative variance, and whether it was modelled."""

    estimate: np.ndarray
    relative_variance: np.ndarray
    is_modelled: np.ndarray


class Model:
    """Small-area estimates of one year, with the year before as a covariate."""

    def __init__(self, now: Estimate, before: Estimate, changed: float):
        self.now, self.before = now, before
        self.rows: Moments = smoothed(now.rows, CLUSTER, SMOOTHING, changed)
        self.sampled = now.sampled
        home = at_home(now.rows)
        frame = (now.rows.selected * now.rows.multiplier)[home]
        self.frame = np.bincount(now.rows.cell[home], frame, minlength=CELLS)
        self.is_modelled = (now.factories >= LEAST_FACTORIES) & (self.frame > 0)
        fraction = np.divide(
            now.factories, self.sampled[:, UNITS], out=np.zeros(CELLS), where=self.is_modelled
        ).clip(max=LARGEST_FRACTION)
        self.finite = fraction / (1 - fraction)
        # psi is an estimate too: as sure as a cell's factories and the common spread make it
        self.quantile = quantile(np.maximum(now.factories - 1, 0) + SMOOTHING.prior[EMPLOYEES])

    def units(self) -> Modelled:
        """Open factories by those of the frame and those expected to come from elsewhere."""
        parts = np.maximum(stratum_covariances(self.rows)[:, UNITS, UNITS], 0)
        variance = self.rows.by_cell(parts) + unseen(self.now.rows, STATE, CLUSTER)[:, UNITS]
        direct = self.sampled[:, UNITS]
        elsewhere = _sums(STATE, self.frame) - self.frame
        coming = elsewhere * _sums(CLUSTER, self.frame) / self.frame.sum()
        one = np.ones(CELLS)
        share = np.divide(coming, self.frame, out=np.zeros(CELLS), where=self.frame > 0)
        psi = np.log1p(_over(variance, direct**2, self.is_modelled))
        fit = self._fit(
            _log(_over(direct, self.frame, self.is_modelled)), psi, [one, np.log1p(share)]
        )
        estimate = np.where(self.is_modelled, self.frame * np.exp(fit.estimate), direct)
        return Modelled(estimate, fit.mse, self.is_modelled)

    def amount(self, measure: int) -> Modelled:
        """An amount that is never negative, by its mean per factory."""
        ratio, psi = self._ratio(measure, UNITS)
        logs = [np.log(mean) for mean in self._means(measure, UNITS)]
        fit = self._fit(np.log(ratio), np.log1p(psi / ratio**2), [np.ones(CELLS), *logs])
        units = self.units()
        estimate = np.where(
            self.is_modelled, units.estimate * np.exp(fit.estimate), self.sampled[:, measure]
        )
        return Modelled(estimate, fit.mse + units.relative_variance, self.is_modelled)

    def value_added(self) -> tuple[np.ndarray, np.ndarray]:
        """Value added, by that per person relative to the cluster's, and its variance."""
        ratio, psi = self._ratio(VALUE_ADDED, EMPLOYEES)
        earlier, cluster, state = self._means(VALUE_ADDED, EMPLOYEES)
        country = self.sampled[:, VALUE_ADDED].sum() / self.sampled[:, EMPLOYEES].sum()
        covariates = [np.ones(CELLS), earlier / cluster, state / country]
        fit = self._fit(ratio / cluster, psi / cluster**2, covariates)
        persons = self.amount(EMPLOYEES)
        per_person = fit.estimate * cluster
        estimate = persons.estimate * per_person
        variance = (
            persons.estimate**2 * fit.mse * cluster**2 + estimate**2 * persons.relative_variance
        )
        return np.where(self.is_modelled, estimate, self.sampled[:, VALUE_ADDED]), variance

    def total(self, measure: int) -> tuple[np.ndarray, Limits]:
        """Modelled totals and their intervals, NaN where nothing is modelled."""
        certain = self.now.certain[:, measure]
        if measure == VALUE_ADDED:
            estimate, variance = self.value_added()
            half = np.where(self.is_modelled, self.quantile * np.sqrt(variance), np.nan)
            return certain + estimate, Limits(certain + estimate - half, certain + estimate + half)
        total = self.units() if measure == UNITS else self.amount(measure)
        direct = self.sampled[:, measure]
        error = np.where(
            self.is_modelled, total.estimate * np.sqrt(np.expm1(total.relative_variance)), 0.0
        )
        raked = benchmarked(
            total.estimate,
            error,
            STATE,
            CLUSTER,
            np.bincount(STATE, direct, minlength=STATES),
            np.bincount(CLUSTER, direct, minlength=CLUSTERS),
        )
        relative = _over(raked.rmse, raked.estimate, self.is_modelled)
        factor = np.exp(self.quantile * np.sqrt(np.log1p(relative**2)))
        return certain + raked.estimate, Limits(
            certain + raked.estimate / factor, certain + raked.estimate * factor
        )

    def _fit(self, direct: np.ndarray, psi: np.ndarray, covariates: list[np.ndarray]) -> Fit:
        known = self.is_modelled & np.isfinite(direct) & (psi > 0)
        return fay_herriot(
            np.where(known, direct, np.nan),
            np.where(known, psi, np.nan),
            np.column_stack(covariates),
            np.where(known, psi * self.finite, 0.0),
        )

    def _ratio(self, numerator: int, denominator: int) -> tuple[np.ndarray, np.ndarray]:
        parts = ratio_parts(self.rows, self.sampled, numerator, denominator)
        below = self.sampled[:, denominator]
        ratio = _over(self.sampled[:, numerator], below, self.is_modelled & (below > 0))
        return ratio, self.rows.by_cell(parts)

    def _means(self, numerator: int, denominator: int) -> list[np.ndarray]:
        """Of the cell a year before, drawn to the cluster's; of the cluster and the state now."""
        earlier, factories = self.before.sampled, self.before.factories
        cluster_before = _ratio_of_sums(CLUSTER, earlier, numerator, denominator)
        weight = factories / (factories + PRIOR_FACTORIES)
        ratio = _over(earlier[:, numerator], earlier[:, denominator], earlier[:, denominator] > 0)
        return [
            weight * np.nan_to_num(ratio) + (1 - weight) * cluster_before,
            _ratio_of_sums(CLUSTER, self.sampled, numerator, denominator),
            _ratio_of_sums(STATE, self.sampled, numerator, denominator),
        ]


def _sums(by: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.bincount(by, values)[by]


def _over(values: np.ndarray, below: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.divide(values, below, out=np.full(CELLS, np.nan), where=where)


def _log(values: np.ndarray) -> np.ndarray:
    return np.log(values, out=np.full(CELLS, np.nan), where=values > 0)


def _ratio_of_sums(
    by: np.ndarray, totals: np.ndarray, numerator: int, denominator: int
) -> np.ndarray:
    """1 in groups without factories, which have no cell to be modelled either."""
    above, below = _sums(by, totals[:, numerator]), _sums(by, totals[:, denominator])
    return np.divide(above, below, out=np.ones(CELLS), where=below > 0)


@dataclass(frozen=True)
class Gain:
    """By measure: `error` (direct and modelled, classes), root mean squared and relative to the
    truth (value added: to what the persons would make at the country's average); `tally`."""

    error: dict[str, np.ndarray]
    tally: Tally


def gain(draws: int, seed: int, masked: bool = False, design: Design = COARSE) -> Gain:
    """Compare both over samples of one population."""
    changed = CHANGED if masked else 0.0
    years = populations(seed)
    random = np.random.default_rng(seed)
    earlier, later = (samples(Survey(year, design), random, draws, masked) for year in years)
    truth = years[1].totals
    average = truth[:, VALUE_ADDED].sum() / truth[:, EMPLOYEES].sum()
    measures = (UNITS, EMPLOYEES, WAGES, VALUE_ADDED)
    squares = {MEASURES[measure]: np.zeros((2, len(CLASSES))) for measure in measures}
    count, tally = np.zeros(len(CLASSES)), Tally()
    for (_, before), (_, now) in zip(earlier, later, strict=True):
        model, direct = Model(now, before, changed), improved(now, changed)
        size = size_class(now.factories)
        exists = truth[:, UNITS] > 0
        count += np.bincount(size[exists], minlength=len(CLASSES))
        for measure in measures:
            name, true = MEASURES[measure], truth[:, measure]
            scale = true if measure != VALUE_ADDED else average * truth[:, EMPLOYEES]
            total, limits = model.total(measure)
            for at, estimate in enumerate((now.totals[:, measure], total)):
                square = _over(estimate - true, scale, exists)[exists] ** 2
                squares[name][at] += np.bincount(size[exists], square, minlength=len(CLASSES))
            tally.add(name, direct[name], true, size)
            tally.add(f"{name}_modelled", limits, true, size)
    return Gain({name: np.sqrt(sums / count) for name, sums in squares.items()}, tally)


def main(draws: int = 100, seed: int = 1) -> None:
    """Print errors and coverage."""
    for masked in (False, True):
        result = gain(draws, seed, masked)
        print(f"\nframe {'masked' if masked else 'known'}: {draws} draws, seed {seed}\n")
        print("| measure | " + " | ".join(CLASSES[2:]) + " |\n" + "|---" * 5 + "|")
        for name, errors in result.error.items():
            pairs = zip(*(one[2:] for one in errors), strict=True)
            print(f"| {name}: error | " + " | ".join(f"{a:.3f} > {b:.3f}" for a, b in pairs) + " |")
            held = (100 * result.tally.share(f"{name}{kind}")[2:] for kind in ("", "_modelled"))
            pairs = zip(*held, strict=True)
            print(f"| {name}: held | " + " | ".join(f"{a:.1f} > {b:.1f}" for a, b in pairs) + " |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
