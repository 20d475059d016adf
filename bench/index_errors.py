"""Whether what sampling adds to a score is as large as the index says.

    python -m bench.index_errors [draws] [seed] [--prior N]

Samples of two years from the population of bench/population.py; ten indicators of each cell like
those of the screening edition: ratios, a share, growth, each over its spread between cells. A score
is their mean. Prints, by sampled factories, how often the band of 90 % that draws of the errors
give holds the true score, and the true rank, and the mean predicted over the true error: with
independent normal errors, with the correlations of the sample as they are, and with the errors of
locus_pipeline.methods.index.sampling, whose correlations are smoothed and whose tails are longer.
"""

import argparse
from itertools import pairwise

import numpy as np
import pandas as pd

from bench.population import CELLS, CLUSTERS, MEASURES, STATE, Population, Survey, populations
from locus_pipeline.methods.indicators.correlations import correlations, smoothed
from locus_pipeline.methods.indicators.survey_correlations import Covariances, survey_covariances

RECIPES = pd.DataFrame(
    [
        ("productivity", "ratio", "value_added", "employees"),
        ("wage", "ratio", "wages", "employees"),
        ("output_per_person", "ratio", "output", "employees"),
        ("capital_per_person", "ratio", "capital", "employees"),
        ("value_added_share", "ratio", "value_added", "output"),
        ("return", "ratio", "value_added", "capital"),
        ("wage_share", "ratio", "wages", "output"),
        ("share_of_state", "share", "value_added", ""),
        ("growth_output", "growth", "output", ""),
        ("growth_employees", "growth", "employees", ""),
    ],
    columns=["parameter_code", "statistic", "numerator", "denominator"],
)
GROWS = (RECIPES.statistic == "growth").to_numpy()
LEAST, CLASSES = 10, (10, 20, 40, 10_000)
DRAWS = 500


def values(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The indicators (cells, recipes) of totals (cells, measures) of two years; NaN where one has
    none. Shares and growth are logarithms, as their covariances are relative."""
    columns = []
    for recipe in RECIPES.itertuples(index=False):
        y = now[:, MEASURES.index(recipe.numerator)]
        if recipe.statistic == "ratio":
            columns.append(_ratio(y, now[:, MEASURES.index(recipe.denominator)]))
            continue
        if recipe.statistic == "share":
            base = np.bincount(STATE, y)[STATE]
        else:
            base = before[:, MEASURES.index(recipe.numerator)]
        ratio = _ratio(y, base)
        columns.append(np.log(np.where(ratio > 0, ratio, np.nan)))
    return np.stack(columns, axis=1)


def _ratio(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.divide(y, x, out=np.full(len(y), np.nan), where=x > 0)


def sampled(
    survey: Survey, random: np.random.Generator
) -> tuple[Covariances, np.ndarray, np.ndarray]:
    """Covariances, totals (cells, measures) and sampled factories (cells) of one sample."""
    population = survey.population
    chosen, multiplier, stratum = survey.drawn(random)
    size = np.bincount(stratum)
    weight = np.bincount(stratum, multiplier)
    scale = 1 - np.divide(size, weight, out=np.ones(len(size)), where=size > 0)
    scale = np.where(size > 1, scale * size / np.maximum(size - 1, 1), scale)
    certain = np.setdiff1d(np.arange(len(population.state)), survey.others)
    drawn = _factories(population, chosen).assign(
        stratum=np.char.zfill(stratum.astype(str), 5),
        variance_scale=scale[stratum],
        inverse_units=np.where(size > 1, 1 / np.maximum(size, 1), 0)[stratum],
        multiplier=multiplier,
    )
    whole = _factories(population, certain).assign(
        stratum="", variance_scale=0.0, inverse_units=0.0, multiplier=1.0
    )
    rows = pd.concat([drawn, whole], ignore_index=True)
    rows = rows[population.is_open[rows.factory_id]]
    cell = rows.state_code * CLUSTERS + rows.cluster_code
    totals = np.stack(
        [np.bincount(cell, rows[name] * rows.multiplier, minlength=CELLS) for name in MEASURES],
        axis=1,
    )
    factories = np.bincount(cell[rows.stratum != ""], minlength=CELLS)
    return survey_covariances(rows, RECIPES), totals, factories


def _factories(population: Population, chosen: np.ndarray) -> pd.DataFrame:
    cell = population.cell[chosen]
    return pd.DataFrame(population.values[chosen], columns=list(MEASURES)).assign(
        factory_id=chosen, state_code=cell // CLUSTERS, cluster_code=cell % CLUSTERS
    )


def outcomes(count: int, seed: int, prior: float) -> pd.DataFrame:
    """A row for each cell of each sample: `factories`, the `error` of its score, and of each way
    to draw the predicted deviation and whether the bands hold its score and rank."""
    years = populations(seed)
    truth = values(years[1].totals, years[0].totals)
    spread = np.nanstd(truth, axis=0)
    random = np.random.default_rng(seed)
    surveys = [Survey(year) for year in years]
    parts = []
    for _ in range(count):
        base, before, _ = sampled(surveys[0], random)
        now, totals, factories = sampled(surveys[1], random)
        now = now.with_base(base, GROWS)
        at = (now.cells.state_code * CLUSTERS + now.cells.cluster_code).to_numpy()
        estimate = values(totals, before)
        kept = (factories[at] >= LEAST) & ~np.isnan(estimate[at] + truth[at]).any(axis=1)
        cells, matrices, degrees = at[kept], now.matrices[kept], now.degrees[kept]
        deviation = np.sqrt(np.maximum(np.diagonal(matrices, axis1=1, axis2=2), 0)) / spread
        direct = correlations(matrices)
        score, true = (estimate[cells] / spread).mean(axis=1), (truth[cells] / spread).mean(axis=1)
        rows = {"factories": factories[cells], "error": score - true}
        unit = np.broadcast_to(np.eye(len(RECIPES)), direct.shape)
        ways = {"independent": unit, "direct": direct, "smoothed": smoothed(direct, degrees, prior)}
        rank = _ranks(true)
        for name, way in ways.items():
            errors = deviation[:, :, None] * way * deviation[:, None, :]
            rows[name] = np.sqrt(np.maximum(errors.mean(axis=(1, 2)), 0))
            noise = rows[name] * random.standard_normal((DRAWS, len(score)))
            if name == "smoothed":
                noise /= np.sqrt(random.chisquare(degrees, noise.shape) / degrees)
            drawn = score + noise
            for held, one, truly in (("score", drawn, true), ("rank", _ranks(drawn), rank)):
                low, high = np.quantile(one, [0.05, 0.95], axis=0)
                rows[f"{name}_{held}"] = (low <= truly) & (truly <= high)
        parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True)


def _ranks(scores: np.ndarray) -> np.ndarray:
    ranks: np.ndarray = np.argsort(np.argsort(-scores, axis=-1), axis=-1)
    return ranks


def main(count: int = 40, seed: int = 1, prior: float = 10) -> None:
    """Print the table."""
    rows = outcomes(count, seed, prior)
    print("| factories | draws | score held % | rank held % | predicted / true error |")
    print("|---|---|---|---|---|")
    for low, high in pairwise(CLASSES):
        part = rows[(rows.factories >= low) & (rows.factories < high)]
        label = f"{low}-{high - 1}" if high < CLASSES[-1] else f"{low}+"
        for name in ("independent", "direct", "smoothed"):
            held, ranks = (100 * part[f"{name}_{one}"].mean() for one in ("score", "rank"))
            ratio = np.sqrt((part[name] ** 2).mean() / (part.error**2).mean())
            print(f"| {label} | {name} | {held:.1f} | {ranks:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=40)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--prior", type=float, default=10)
    arguments = parser.parse_args()
    main(arguments.count, arguments.seed, arguments.prior)
