"""Whether a star's probability is how often it is true.

    python -m bench.stars [draws] [seed]

Samples of two years from the population of bench/population.py; stars by the rules of
locus_pipeline.methods.indicators.stars. Prints, for stars that are won, the mean of the
probabilities that are shown and how many of them the truth gives, for independent normal draws
about the estimates and for those of locus_pipeline.methods.indicators.star_draws.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np

from bench.coverage import samples
from bench.population import (
    CLUSTER,
    CLUSTERS,
    EMPLOYEES,
    STATE,
    UNITS,
    VALUE_ADDED,
    WAGES,
    Estimate,
    Survey,
    populations,
)
from locus_pipeline.methods.indicators.ranks import percentile_rank
from locus_pipeline.methods.indicators.star_draws import draws, posterior
from locus_pipeline.methods.indicators.star_errors import (
    PRIOR_DEGREES,
    SLOPES,
    of_statistics,
    relative_covariances,
)
from locus_pipeline.methods.indicators.stars import STARS, quantile
from locus_pipeline.methods.indicators.stratum_moments import covariances

USED = [EMPLOYEES, VALUE_ADDED, WAGES, UNITS]
ELIGIBLE_FACTORIES, ELIGIBLE_ERROR, ELIGIBLE_STATES = 3, 0.25, 8
STAR_QUANTILE, LEAST_PARTS, DRAWS = 0.8, 2, 500
BOUNDS = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95]


def statistics(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Logarithms of the seven statistics (cells, statistics) from totals (cells, measures) of two
    years; NaN where a total is not positive."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.hstack([now[:, USED], before[:, USED]]))
    logs[~np.isfinite(logs)] = np.nan
    columns = np.stack([_linear(logs, slopes) for slopes in SLOPES], axis=1)
    of_cluster = np.stack([np.bincount(CLUSTER, column) for column in now.T], axis=1)
    of_state = np.bincount(STATE, now[:, EMPLOYEES])[STATE]
    cluster = np.log(of_cluster[:, EMPLOYEES])[CLUSTER]
    columns[:, 0] -= cluster
    columns[:, 1] -= cluster + np.log(of_state) - np.log(now[:, EMPLOYEES].sum())
    columns[:, 2] -= np.log(of_cluster[:, VALUE_ADDED] / of_cluster[:, EMPLOYEES])[CLUSTER]
    return columns


def _linear(logs: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    return logs[:, slopes != 0] @ slopes[slopes != 0]


def direct_covariances(estimate: Estimate) -> np.ndarray:
    """Sampling covariances of the logarithms of totals (cells, 4, 4), not smoothed."""
    matrices = covariances(estimate.rows)[np.ix_(range(len(estimate.certain)), USED, USED)]
    totals = estimate.totals[:, USED]
    products = totals[:, :, None] * totals[:, None, :]
    return np.divide(matrices, products, out=np.zeros_like(matrices), where=products != 0)


def smooth_covariances(estimate: Estimate) -> np.ndarray:
    """The same as the warehouse has them."""
    rows = estimate.rows
    used = replace(
        rows,
        sums=rows.sums[:, USED],
        products=rows.products[np.ix_(range(len(rows.sums)), USED, USED)],
    )
    return relative_covariances(used, estimate.totals[:, USED], CLUSTER)


def won(values: np.ndarray) -> np.ndarray:
    """Which stars (..., objects, 4) of eligible objects' statistics (..., objects, 7)."""
    growth = np.moveaxis(values[..., 3:], -1, 0)
    ranks = percentile_rank(growth, axis=-1)
    parts = (~np.isnan(ranks)).sum(axis=0)
    score = np.where(parts >= LEAST_PARTS, np.nansum(ranks, axis=0) / np.maximum(parts, 1), np.nan)
    least = {1: 0.0, 2: 0.0}
    figures = [values[..., 0], values[..., 1], values[..., 2], score]
    return np.stack(
        [
            one >= np.maximum(quantile(one, STAR_QUANTILE), least.get(at, -np.inf))
            for at, one in enumerate(figures)
        ],
        axis=-1,
    )


@dataclass(frozen=True)
class Stars:
    """Of eligible objects in all samples (rows, 4 stars): whether the star is `won` by the
    estimate, whether by the truth, and its probability by `plain` and by `new` draws."""

    won: np.ndarray
    true: np.ndarray
    plain: np.ndarray
    new: np.ndarray


def stars(count: int, seed: int) -> Stars:
    """Stars and their probabilities over `count` samples of two years of one population."""
    years = populations(seed)
    random = np.random.default_rng(seed)
    series = [samples(Survey(year), random, count, False) for year in years]
    truth = statistics(years[1].totals, years[0].totals)
    outcomes: dict[str, list[np.ndarray]] = {name: [] for name in ("won", "true", "plain", "new")}
    for (base_pairs, base), (now_pairs, now) in zip(*series, strict=True):
        values = statistics(now.totals, base.totals)
        smooth = of_statistics(smooth_covariances(now), smooth_covariances(base))
        direct = of_statistics(direct_covariances(now_pairs), direct_covariances(base_pairs))
        enough = (now.factories >= ELIGIBLE_FACTORIES) & (direct[:, 0, 0] <= ELIGIBLE_ERROR**2)
        for cluster in range(CLUSTERS):
            at = np.flatnonzero(enough & (cluster == CLUSTER))
            if len(at) < ELIGIBLE_STATES:
                continue
            errors = np.sqrt(np.maximum(np.diagonal(direct[at], axis1=1, axis2=2), 0))
            noise = random.standard_normal((DRAWS, *errors.shape))
            degrees = now.factories[at] - 1 + PRIOR_DEGREES
            drawn = draws(posterior(values[at], smooth[at]), degrees, DRAWS, random)
            drawn = np.where(np.isnan(values[at]), np.nan, drawn)
            outcomes["won"].append(won(values[at]))
            outcomes["true"].append(won(truth[at]))
            outcomes["plain"].append(won(values[at] + errors * noise).mean(axis=0))
            outcomes["new"].append(won(drawn).mean(axis=0))
    return Stars(**{name: np.concatenate(rows) for name, rows in outcomes.items()})


def main(count: int = 40, seed: int = 1) -> None:
    """Print the tables: of stars that are won, and of all objects by what is said of them."""
    outcomes = stars(count, seed)
    print("| star | says, plain | says, new | is | Brier score |\n|---|---|---|---|---|")
    for at, name in enumerate(STARS):
        mine = outcomes.won[:, at]
        plain, new, true = (
            one[mine, at].mean() for one in (outcomes.plain, outcomes.new, outcomes.true)
        )
        scores = (
            np.mean((one[:, at] - outcomes.true[:, at]) ** 2)
            for one in (outcomes.plain, outcomes.new)
        )
        score = " > ".join(f"{one:.3f}" for one in scores)
        print(f"| {name} | {plain:.2f} | {new:.2f} | {true:.2f} | {score} |")
    print("\n| star | draws | says > is, by what is said |\n|---|---|---|")
    for at, name in enumerate(STARS):
        for label, said in (("plain", outcomes.plain[:, at]), ("new", outcomes.new[:, at])):
            part = np.digitize(said, BOUNDS)
            pairs = [
                f"{said[part == one].mean():.2f} > {outcomes.true[part == one, at].mean():.2f}"
                for one in np.unique(part)
            ]
            print(f"| {name} | {label} | " + ", ".join(pairs) + " |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
