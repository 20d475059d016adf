"""What bootstrap correction makes of indices of concentration and specialisation.

    python -m bench.concentration [draws] [seed] [replicates]

Prints, on the population of bench/population.py, the bias of plain and resampled values over the
truth, root mean squared errors and how often 95 % intervals hold the truth. The rule for strong
clusters asks for a number of sampled factories, which is the sample's and no truth: a row more has
what the rule makes of the true persons with the factories of each sample.
"""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.population import CELLS, CLUSTERS, EMPLOYEES, STATES, Survey, populations
from locus_pipeline.methods.indicators.bootstrap import Resampled, multiplier_factors
from locus_pipeline.methods.indicators.resampled_indices import Grid, indices, resampled
from locus_pipeline.methods.indicators.stars import StarRules
from locus_pipeline.reference import SEEDS_DIR

RULES = StarRules.from_table(pd.read_csv(SEEDS_DIR / "indicators" / "indicator_rules.csv"))
BY = (STATES, CLUSTERS)
STRONG = "share_in_strong_clusters"
IN_SAMPLE = f"{STRONG}, factories of the sample"
NORMAL = 1.96


@dataclass(frozen=True)
class Outcome:
    """Of one index over all objects and samples: relative bias of the mean (plain, resampled), the
    largest of an object, root mean squared error, and share of intervals that hold."""

    bias: tuple[float, float]
    largest: tuple[float, float]
    error: tuple[float, float]
    held: tuple[float, float]


def of_cells(persons: np.ndarray, squares: np.ndarray, factories: np.ndarray) -> dict:
    """The published indices of totals by cell (..., cells) with so many sampled `factories`."""
    persons, squares = (one.reshape(*one.shape[:-1], *BY) for one in (persons, squares))
    factories = factories.reshape(BY)
    grid = Grid(None, factories >= RULES.eligible_factories, factories)
    return indices(persons, squares, grid, RULES)


def outcomes(draws: int, seed: int, replicates: int) -> dict[str, Outcome]:
    """Draw samples of one population, resample each, and compare with the truth."""
    population = populations(seed, years=1)[0]
    survey, random = Survey(population), np.random.default_rng(seed)
    persons, cell = population.values[:, EMPLOYEES], population.cell

    def added(at: np.ndarray, *values: np.ndarray) -> list[np.ndarray]:
        return [np.bincount(cell[at], one, minlength=CELLS) for one in values]

    everyone = np.arange(len(cell))
    certain = np.setdiff1d(everyone, survey.others)
    is_open = population.is_open.astype(float)
    factories, *totals = added(everyone, is_open, persons, persons**2)
    truth = of_cells(*totals, factories)
    base_factories, *base = added(
        certain, is_open[certain], persons[certain], persons[certain] ** 2
    )
    in_samples: list[np.ndarray] = []
    plain: dict[str, list] = {name: [] for name in truth}
    resamples: dict[str, list[Resampled]] = {name: [] for name in truth}
    for _ in range(draws):
        at, multiplier, stratum = survey.drawn(random)
        (sampled,) = added(at, is_open[at])
        factors = multiplier_factors(stratum, multiplier, replicates, random)
        weights = np.vstack([multiplier, multiplier * factors])
        sums = [
            np.stack([np.bincount(cell[at], w * value[at], minlength=CELLS) for w in weights])
            for value in (persons, persons**2)
        ]
        values = of_cells(base[0] + sums[0], base[1] + sums[1], base_factories + sampled)
        in_samples.append(of_cells(*totals, base_factories + sampled)[STRONG])
        for name, value in values.items():
            plain[name].append((value[0], value[1:].std(axis=0, ddof=1)))
            resamples[name].append(resampled(name, value))
    of_index = {name: _outcome(truth[name], plain[name], resamples[name]) for name in truth}
    return of_index | {IN_SAMPLE: _outcome(np.array(in_samples), plain[STRONG], resamples[STRONG])}


def _outcome(truth: np.ndarray, plain: list, resamples: list[Resampled]) -> Outcome:
    """`truth`: by object, or by sample and object."""
    before, error = (np.array(part) for part in zip(*plain, strict=True))
    after = np.array([one.value for one in resamples])
    lower, upper = (
        np.array([getattr(one, end) for one in resamples]) for end in ("lower", "upper")
    )
    bias = [(values - truth).mean(axis=0) for values in (before, after)]
    return Outcome(
        tuple(float(one.mean() / truth.mean()) for one in bias),
        tuple(float(np.abs(one).max() / truth.mean()) for one in bias),
        tuple(float(np.sqrt(np.mean((values - truth) ** 2))) for values in (before, after)),
        (
            float(np.mean(np.abs(before - truth) <= NORMAL * error)),
            float(np.mean((lower <= truth) & (truth <= upper))),
        ),
    )


def main(draws: int = 100, seed: int = 1, replicates: int = 200) -> None:
    """Print the table."""
    print("| index | bias % | largest bias % | error | held % |\n|---|---|---|---|---|")
    for name, one in outcomes(draws, seed, replicates).items():
        bias, largest, held = (
            " > ".join(f"{100 * value:.1f}" for value in pair)
            for pair in (one.bias, one.largest, one.held)
        )
        error = " > ".join(f"{value:.4f}" for value in one.error)
        print(f"| {name} | {bias} | {largest} | {error} | {held} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
