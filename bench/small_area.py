"""What small-area estimates gain over direct ones, by the number of sampled factories of a cell.

    python -m bench.small_area [draws] [seed]

Prints, on the population of bench/population.py, the root mean squared relative error of direct and
modelled estimates (locus_pipeline.methods.indicators.area_models) and how often 95 % intervals of
both hold the truth.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np

from bench.coverage import CLASSES, Tally, improved, samples, size_class
from bench.population import (
    CHANGED,
    CLUSTER,
    COARSE,
    EMPLOYEES,
    MEASURES,
    STATE,
    UNITS,
    VALUE_ADDED,
    Design,
    Estimate,
    Survey,
    populations,
)
from locus_pipeline.methods.indicators.area_models import MODELLED_MEASURES, AreaModels
from locus_pipeline.methods.indicators.generalised_variance import Smoothing
from locus_pipeline.methods.indicators.intervals import Limits
from locus_pipeline.methods.indicators.modelled import MEASURES as MODELLED_COLUMNS
from locus_pipeline.methods.indicators.stratum_moments import Moments
from locus_pipeline.reference import reference_rows

SMOOTHING = Smoothing.from_tables(
    MODELLED_COLUMNS, reference_rows("smoothing_rules"), reference_rows("interval_rules")
)
# Fewer sampled factories than that have no modelled estimate: they are rarely their cell's own.
LEAST_FACTORIES = 3


def area_models(now: Estimate, before: Estimate, changed: float) -> AreaModels:
    """The models of one sample, with one of the year before."""
    rows, neighbour = _modelled_measures(now), _modelled_measures(before)
    return AreaModels(rows, neighbour, STATE, CLUSTER, SMOOTHING, changed, LEAST_FACTORIES)


def _modelled_measures(sample: Estimate) -> Moments:
    rows, count = sample.rows, len(MODELLED_MEASURES)
    return replace(rows, sums=rows.sums[:, :count], products=rows.products[:, :count, :count])


def modelled_total(models: AreaModels, sample: Estimate, measure: int) -> tuple[np.ndarray, Limits]:
    """Modelled totals, direct ones where nothing is modelled, and the limits of the modelled."""
    modelled = models.total(measure, sample.certain[:, measure])
    is_modelled = np.isfinite(modelled.estimate)
    total = np.where(is_modelled, modelled.estimate, sample.totals[:, measure])
    return total, Limits(modelled.lower, modelled.upper)


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
    measures = MODELLED_MEASURES
    squares = {MEASURES[measure]: np.zeros((2, len(CLASSES))) for measure in measures}
    count, tally = np.zeros(len(CLASSES)), Tally()
    for (_, before), (_, now) in zip(earlier, later, strict=True):
        models, direct = area_models(now, before, changed), improved(now, changed)
        size = size_class(now.factories)
        exists = truth[:, UNITS] > 0
        count += np.bincount(size[exists], minlength=len(CLASSES))
        for measure in measures:
            name, true = MEASURES[measure], truth[:, measure]
            scale = true if measure != VALUE_ADDED else average * truth[:, EMPLOYEES]
            total, limits = modelled_total(models, now, measure)
            for at, estimate in enumerate((now.totals[:, measure], total)):
                square = ((estimate - true)[exists] / scale[exists]) ** 2
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
