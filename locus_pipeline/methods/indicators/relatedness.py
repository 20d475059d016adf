"""Which clusters are at home in the same states: proximity, co-occurrence, and relatedness density.

A cluster is at home in a state where its location quotient is 1 or more. Source of the proximity
and of density: Hidalgo, Klinger, Barabasi, Hausmann (2007), The product space conditions the
development of nations, Science 317; co-occurrence measures: van Eck and Waltman (2009), How to
normalize cooccurrence data?"""

import zlib
from itertools import combinations
from typing import cast

import numpy as np
import pandas as pd

PAIRS = {
    "survey_year": "str",
    "cluster_code": "str",
    "other_cluster_code": "str",
    "states_together": "int64",
    "proximity": "float64",
    "proximity_low": "float64",
    "proximity_high": "float64",
    "association": "float64",
    "cosine": "float64",
    "jaccard": "float64",
    "null_reason": "str",
}
DENSITY = {
    "state_code": "str",
    "cluster_code": "str",
    "relatedness_density": "float64",
    "survey_year": "str",
}


def relatedness(cells: pd.DataFrame, draws: int, states: float, width: float) -> pd.DataFrame:
    """One row for each survey year and pair of clusters.

    `cells`: survey_year, state_code, cluster_code, quotient. A proximity is given where both
    clusters are at home in `states` states; with few states it rests on little, so its 95 %
    bootstrap interval over states is given, and a proximity with a wider one is hidden.
    """
    parts = []
    for survey_year, group in cells.groupby("survey_year", sort=True):
        table = group.pivot(index="state_code", columns="cluster_code", values="quotient")
        home = (table.sort_index().sort_index(axis=1) >= 1).to_numpy()
        clusters = sorted(group.cluster_code.unique())
        low, high = proximity_interval(home, draws, zlib.crc32(str(survey_year).encode()))
        together = co_occurrence(home)
        near = proximity(home)
        number = home.sum(axis=0)
        rows = []
        for one, other in combinations(range(len(clusters)), 2):
            known = min(number[one], number[other]) >= states
            shown = known and high[one, other] - low[one, other] <= width
            both, expected = together[one, other], number[one] * number[other] / len(home)
            rows.append(
                {
                    "survey_year": survey_year,
                    "cluster_code": clusters[one],
                    "other_cluster_code": clusters[other],
                    "states_together": int(both),
                    "proximity": near[one, other] if shown else np.nan,
                    "proximity_low": low[one, other] if known else np.nan,
                    "proximity_high": high[one, other] if known else np.nan,
                    "association": both / expected if expected else 0.0,
                    "cosine": _ratio(both, np.sqrt(number[one] * number[other])),
                    "jaccard": _ratio(both, number[one] + number[other] - both),
                    "null_reason": ""
                    if shown
                    else "interval_too_wide"
                    if known
                    else "too_few_states",
                }
            )
        parts += rows
    return pd.DataFrame(parts, columns=list(PAIRS)).astype(PAIRS)


def density(cells: pd.DataFrame) -> pd.DataFrame:
    """survey_year, state_code, cluster_code, relatedness_density: the share of a cluster's
    proximity to others that lies with clusters at home in the state. NaN where it is near to
    none."""
    parts = []
    for survey_year, group in cells.groupby("survey_year", sort=True):
        table = group.pivot(index="state_code", columns="cluster_code", values="quotient")
        home = (table >= 1).to_numpy()
        values = relatedness_density(home, proximity(home))
        part = pd.DataFrame(values, index=table.index, columns=table.columns)
        part = cast("pd.Series", part.stack()).rename("relatedness_density").reset_index()
        parts.append(part.assign(survey_year=survey_year))
    if not parts:
        return pd.DataFrame(columns=list(DENSITY)).astype(DENSITY)
    return pd.concat(parts, ignore_index=True)[list(DENSITY)].astype(DENSITY)


def co_occurrence(home: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Number of states in which two clusters are both at home; zero on the diagonal."""
    counted = home.astype(float)
    weighted = counted if weights is None else counted * weights[:, None]
    together: np.ndarray = counted.T @ weighted
    np.fill_diagonal(together, 0)
    return together


def proximity(home: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The smaller of the two conditional probabilities that one is at home where the other is."""
    number = (home if weights is None else home * weights[:, None]).sum(axis=0).astype(float)
    larger = np.maximum(number[:, None], number[None, :])
    together = co_occurrence(home, weights)
    proximity: np.ndarray = np.divide(
        together, larger, out=np.zeros_like(together), where=larger > 0
    )
    return proximity


def proximity_interval(home: np.ndarray, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """2.5 % and 97.5 % points of the proximity when states are drawn with replacement."""
    random = np.random.default_rng(seed)
    states = len(home)
    times = random.multinomial(states, np.full(states, 1 / states), size=draws)
    sample = np.stack([proximity(home, weights) for weights in times])
    return np.quantile(sample, 0.025, axis=0), np.quantile(sample, 0.975, axis=0)


def relatedness_density(home: np.ndarray, near: np.ndarray) -> np.ndarray:
    """States x clusters: proximity to clusters at home in the state over proximity to all."""
    total = near.sum(axis=0)
    present = home.astype(float) @ near
    relatedness_density: np.ndarray = np.divide(
        present, total, out=np.full(present.shape, np.nan), where=total > 0
    )
    return relatedness_density


def _ratio(value: float, base: float) -> float:
    return float(value / base) if base else 0.0
