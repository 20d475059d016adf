"""Weights: equal, budget allocation, factor analysis, benefit of the doubt.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 6. Each function gives
weights that sum to 1, except benefit of the doubt, whose weights belong to one object each."""

import numpy as np
import pandas as pd
import scipy

from locus_pipeline.methods.index.models.multivariate import principal_components, varimax

BALLOT_POINTS = 100


def equal(count: int) -> np.ndarray:
    """The same weight for each of `count` items."""
    return np.full(count, 1 / count)


def ballot_shares(ballots: pd.DataFrame) -> pd.DataFrame:
    """What each expert gives each item (experts by items), as shares of 1.

    `ballots`: expert, item, points; an item that an expert doesn't name has 0 points. ValueError
    names the experts whose points don't sum to 100 or fall below 0.
    """
    table = ballots.pivot_table(index="expert", columns="item", values="points", aggfunc="sum")
    table = table.fillna(0.0)
    wrong = table.index[
        ((table.sum(axis=1) - BALLOT_POINTS).abs() > 1e-6) | (table < 0).any(axis=1)
    ]
    if len(wrong):
        raise ValueError(
            f"Ballots of {', '.join(map(str, wrong))}: each expert gives {BALLOT_POINTS} points "
            "in all, none below 0."
        )
    return table / BALLOT_POINTS


def factor_analysis(values: np.ndarray, factors: int | None = None) -> np.ndarray:
    """Weights from rotated loadings (Nicoletti, Scarpetta, Boylaud 2000; Handbook, section 6.1).

    `values` (objects, indicators) without missing values. Each indicator belongs to the factor with
    its largest loading and weighs the square of that loading. A negative loading is no membership:
    it says that the factor measures the opposite, which a positive weight would deny. `factors` is
    the number of them; without it those with an eigenvalue above 1 and 10 % of the variance, and
    more until 60 % of it is explained.
    """
    eigenvalues, loadings = principal_components(values)
    share = eigenvalues / eigenvalues.sum()
    if factors is None:
        enough = int(np.searchsorted(np.cumsum(share), 0.6) + 1)
        factors = max(int(((eigenvalues > 1) & (share > 0.1)).sum()), enough)
    largest = np.maximum(varimax(loadings[:, :factors]).max(axis=1), 0) ** 2
    weights: np.ndarray = largest / largest.sum()
    return weights


def benefit_of_the_doubt(
    values: np.ndarray, low: float = 0.0, high: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Each object's score with the weights that suit it best, and those weights.

    `values` (objects, items), not negative, without missing values. For each object a linear
    program finds the largest weighted sum with which no object scores above 1, every weight
    between the shares `low` and `high` of the sum of the weights (Melyn and Moesen 1991; Cherchye,
    Moesen, Rogge, Van Puyenbroeck 2007). Gives scores (objects,) of 0-1 and weights (objects,
    items). The scores are unique; the weights need not be. ValueError where no weights can meet the
    shares.
    """
    objects, items = values.shape
    if not low * items <= 1 <= high * items:
        raise ValueError(f"{items} weights can't all lie between {low} and {high} of their sum.")
    ones = np.ones((items, items))
    front = values[_undominated(values)]
    bounds = np.vstack([front, low * ones - np.eye(items), np.eye(items) - high * ones])
    limits = np.concatenate([np.ones(len(front)), np.zeros(2 * items)])
    weights = np.empty((objects, items))
    for at, row in enumerate(values):
        solution = scipy.optimize.linprog(-row, A_ub=bounds, b_ub=limits, method="highs")
        if not solution.success:
            raise ValueError(f"Benefit of the doubt has no solution: {solution.message}")
        weights[at] = solution.x
    return (weights * values).sum(axis=1), weights


def _undominated(values: np.ndarray) -> np.ndarray:
    """Which objects no other equals or betters in every item: only these bind the programs."""
    distinct = np.unique(values, axis=0)
    return np.array([(distinct >= row).all(axis=1).sum() == 1 for row in values])


def correlation_ratio(item: np.ndarray, score: np.ndarray) -> float:
    """Share of the variance of `score` (objects,) that `item` explains, whatever the shape of the
    relation: what an item weighs in effect, beside its nominal weight (Paruolo, Saisana, Saltelli
    2013, Ratings and rankings: voodoo or science?). The relation is a local regression."""
    if np.ptp(item) == 0 or np.ptp(score) == 0:
        return np.nan
    from statsmodels.nonparametric.smoothers_lowess import lowess

    fitted = lowess(score, item, return_sorted=False)
    return float(np.clip(np.var(fitted) / np.var(score), 0, 1))
