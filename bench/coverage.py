"""How often 95 % intervals hold the truth, by the number of sampled factories of a cell.

    python -m bench.coverage [draws] [seed]

Draws samples from the made-up population of bench/population.py and prints, for coarse and fine
strata, frames with and without their industries, and each statistic, the share of intervals that
hold the truth: plain ones (estimate +- 1.96 standard errors) and those of
locus_pipeline.methods.indicators. 300 draws take a minute of one core.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from bench.population import (
    CAPITAL,
    CELLS,
    CHANGED,
    CLUSTER,
    COARSE,
    EMPLOYEES,
    FINE,
    MEASURES,
    OUTPUT,
    STATE,
    UNITS,
    VALUE_ADDED,
    WAGES,
    Design,
    Estimate,
    Survey,
    paired,
    populations,
    rebuilt,
)
from locus_pipeline.methods.indicators import intervals
from locus_pipeline.methods.indicators.generalised_variance import Smoothing, smoothed, unseen
from locus_pipeline.methods.indicators.intervals import Limits
from locus_pipeline.methods.indicators.shares import relatives
from locus_pipeline.methods.indicators.stratum_moments import (
    covariances,
    ratio_parts,
    stratum_covariances,
)
from locus_pipeline.reference import reference_rows

CLASSES = ("0", "1-2", "3-5", "6-9", "10-19", "20+")
BOUNDS = np.array([1, 3, 6, 10, 20])
# The measures of the population as the warehouse calls them.
COLUMNS = (
    "units",
    "total_employees",
    "total_employee_wages",
    "gross_value_added",
    "total_output",
    "fixed_capital",
)
RATIOS = {
    "labour_productivity": (VALUE_ADDED, EMPLOYEES),
    "wage_share": (WAGES, VALUE_ADDED),
    "wage_per_employee": (WAGES, EMPLOYEES),
    "capital_intensity": (CAPITAL, EMPLOYEES),
    "average_size": (EMPLOYEES, UNITS),
}
AMOUNTS = (EMPLOYEES, WAGES, OUTPUT, CAPITAL)
RELATIVE = (UNITS, EMPLOYEES, WAGES)
SMOOTHING = Smoothing.from_tables(
    COLUMNS, reference_rows("smoothing_rules"), reference_rows("interval_rules")
)
NORMAL = 1.96


@dataclass
class Tally:
    """Intervals and how many hold the truth, by statistic and class of cell size."""

    held: dict[str, np.ndarray] = field(default_factory=dict)
    count: dict[str, np.ndarray] = field(default_factory=dict)
    above: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, name: str, limits: Limits, truth: np.ndarray, size: np.ndarray) -> None:
        """`size`: class of each cell. Cells without limits or truth are not counted."""
        known = np.isfinite(limits.lower) & np.isfinite(limits.upper) & np.isfinite(truth)
        room = 1e-9 * np.abs(truth)
        inside = (limits.lower <= truth + room) & (truth <= limits.upper + room)
        for table, which in (
            (self.held, inside & known),
            (self.count, known),
            (self.above, known & (truth > limits.upper + room)),
        ):
            counts = np.bincount(size[which], minlength=len(CLASSES))
            table[name] = table.get(name, 0) + counts

    def share(self, name: str) -> np.ndarray:
        """Share of intervals that hold the truth, by class; NaN for a class without any."""
        with np.errstate(invalid="ignore"):
            return self.held[name] / self.count[name]


def size_class(factories: np.ndarray) -> np.ndarray:
    """Class of a number of sampled factories that are not certain."""
    return np.searchsorted(BOUNDS, factories, side="right")


def plain(estimate: Estimate) -> dict[str, Limits]:
    """Estimate +- 1.96 standard errors of every statistic."""
    totals, rows = estimate.totals, estimate.rows
    errors = np.sqrt(np.maximum(np.diagonal(covariances(rows), axis1=1, axis2=2), 0))
    by_measure = {
        name: Limits(totals[:, at] - NORMAL * errors[:, at], totals[:, at] + NORMAL * errors[:, at])
        for at, name in enumerate(MEASURES)
    }
    for name, (numerator, denominator) in RATIOS.items():
        parts = ratio_parts(rows, totals, numerator, denominator)
        half = NORMAL * np.sqrt(rows.by_cell(parts))
        ratio = _ratio(totals, numerator, denominator)
        by_measure[name] = Limits(ratio - half, ratio + half)
    for measure in RELATIVE:
        for name, one in relatives(totals[:, measure], rows, measure, STATE, CLUSTER).items():
            half = NORMAL * one.value * np.sqrt(one.variance)
            by_measure[f"{name}_{MEASURES[measure]}"] = Limits(one.value - half, one.value + half)
    return by_measure


def improved(estimate: Estimate, changed: float) -> dict[str, Limits]:
    """Intervals by smoothed variances, degrees of freedom and the scale of each statistic."""
    totals, direct = estimate.totals, estimate.rows
    certain, sampled = intervals.in_grades(
        estimate.certain, estimate.sampled, estimate.certain_factories[:, None], estimate.largest
    )
    # numbers of factories are never hidden
    certain[:, UNITS], sampled[:, UNITS] = estimate.certain[:, UNITS], estimate.sampled[:, UNITS]
    rows = smoothed(direct, CLUSTER, SMOOTHING, changed)
    parts = np.maximum(np.diagonal(stratum_covariances(rows), axis1=1, axis2=2), 0)
    variances = rows.by_cell(parts) + unseen(direct, STATE, CLUSTER)
    free = rows.inside[:, None] - 1.0 + SMOOTHING.prior
    degrees = np.stack(
        [
            intervals.degrees_of_freedom(parts[:, at], free[:, at], rows.cell, CELLS)
            for at in range(len(MEASURES))
        ],
        axis=1,
    )
    by_measure = {
        "units": intervals.of_count(
            certain[:, UNITS],
            sampled[:, UNITS],
            variances[:, UNITS],
            degrees[:, UNITS],
        ),
        **{
            MEASURES[at]: intervals.of_amount(
                certain[:, at], sampled[:, at], variances[:, at], degrees[:, at]
            )
            for at in AMOUNTS
        },
    }
    by_measure["value_added"] = intervals.of_signed(
        totals[:, VALUE_ADDED], variances[:, VALUE_ADDED], degrees[:, VALUE_ADDED]
    )
    for name, (numerator, denominator) in RATIOS.items():
        linear = ratio_parts(rows, totals, numerator, denominator)
        of_ratio = intervals.degrees_of_freedom(
            linear, rows.inside - 1.0 + SMOOTHING.ratio, rows.cell, CELLS
        )
        ratio = _ratio(totals, numerator, denominator)
        by_measure[name] = intervals.of_ratio(ratio, rows.by_cell(linear), of_ratio)
    for measure in RELATIVE:
        total, limits = totals[:, measure], by_measure[MEASURES[measure]]
        for name, one in relatives(total, direct, measure, STATE, CLUSTER).items():
            of = intervals.of_quotient if name == "lq" else intervals.of_share
            by_measure[f"{name}_{MEASURES[measure]}"] = of(
                one.value, total, limits, one.slope, one.rest
            )
    return by_measure


def truths(totals: np.ndarray) -> dict[str, np.ndarray]:
    """Every statistic of the population."""
    totals_by_name = {name: totals[:, at] for at, name in enumerate(MEASURES)}
    for name, (numerator, denominator) in RATIOS.items():
        totals_by_name[name] = _ratio(totals, numerator, denominator)
    for measure in RELATIVE:
        total = totals[:, measure]
        in_cluster = total / np.bincount(CLUSTER, total)[CLUSTER]
        in_state = total / np.bincount(STATE, total)[STATE]
        share = np.bincount(CLUSTER, total)[CLUSTER] / total.sum()
        label = MEASURES[measure]
        totals_by_name[f"share_of_cluster_{label}"] = in_cluster
        totals_by_name[f"share_of_state_{label}"] = in_state
        totals_by_name[f"lq_{label}"] = in_state / share
    return totals_by_name


def _ratio(totals: np.ndarray, numerator: int, denominator: int) -> np.ndarray:
    """NaN without a positive denominator."""
    below = totals[:, denominator]
    missing = np.full(len(totals), np.nan)
    return np.divide(totals[:, numerator], below, out=missing, where=below > 0)


def samples(
    survey: Survey, random: np.random.Generator, draws: int, masked: bool
) -> Iterator[tuple[Estimate, Estimate]]:
    """Estimates of one sample after the other: with the strata of today (lone ones in pairs), and
    with lone strata as they are."""
    for _ in range(draws):
        factories, multiplier, stratum = survey.drawn(random)
        if masked:
            stratum = rebuilt(survey.population, factories, multiplier)
        else:
            stratum = np.unique(stratum, return_inverse=True)[1]
        pairs = paired(survey.population, factories, stratum)
        yield (
            survey.estimate(factories, multiplier, pairs),
            survey.estimate(factories, multiplier, stratum),
        )


def coverage(draws: int, seed: int, masked: bool, design: Design = COARSE) -> tuple[Tally, Tally]:
    """Tallies of plain and improved intervals over samples of one population; growth is that
    between two years whose census sectors overlap, in the class of the smaller sample."""
    years = populations(seed)
    random = np.random.default_rng(seed)
    series = [samples(Survey(year, design), random, draws, masked) for year in years]
    truth = [truths(year.totals) for year in years]
    before, after = Tally(), Tally()
    changed = CHANGED if masked else 0.0
    for (base_pairs, base), (now_pairs, now) in zip(*series, strict=True):
        size = size_class(base.factories)
        old, new = plain(base_pairs), improved(base, changed)
        for name, limits in new.items():
            after.add(name, limits, truth[0][name], size)
            is_known = np.isfinite(limits.lower)
            before.add(
                name,
                Limits(
                    np.where(is_known, old[name].lower, np.nan),
                    np.where(is_known, old[name].upper, np.nan),
                ),
                truth[0][name],
                size,
            )
        smaller = size_class(np.minimum(base.factories, now.factories))
        later = improved(now, changed)
        for measure in RELATIVE:
            name = MEASURES[measure]
            label = f"growth_{name}"
            values = base.totals[:, measure], now.totals[:, measure]
            with np.errstate(invalid="ignore", divide="ignore"):
                growth = truth[1][name] / truth[0][name]
                factor = values[1] / values[0]
                error = np.hypot(
                    *(
                        np.sqrt(np.maximum(covariances(one.rows)[:, measure, measure], 0)) / value
                        for one, value in zip((base_pairs, now_pairs), values, strict=True)
                    )
                )
            limits = intervals.of_growth(values[0], new[name], values[1], later[name])
            after.add(label, limits, growth, smaller)
            half = np.where(np.isfinite(limits.lower), NORMAL * factor * error, np.nan)
            before.add(label, Limits(factor - half, factor + half), growth, smaller)
    return before, after


def table(before: Tally, after: Tally) -> str:
    """Both tallies as a table: percent by class, plain > improved."""
    lines = ["| statistic | " + " | ".join(CLASSES[1:]) + " |", "|---" * len(CLASSES) + "|"]
    for name in after.held:
        pairs = zip(before.share(name)[1:], after.share(name)[1:], strict=True)
        cells = [f"{100 * old:.1f} > {100 * new:.1f}" for old, new in pairs]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(draws: int = 300, seed: int = 1) -> None:
    """Print the tables."""
    for name, design in (("states by industries", COARSE), ("districts of these", FINE)):
        for masked in (False, True):
            frame = "masked" if masked else "known"
            print(f"\nstrata: {name}, frame {frame}; {draws} draws, seed {seed}\n")
            print(table(*coverage(draws, seed, masked, design)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
