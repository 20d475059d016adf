"""Sampling covariances of what stars are given by, from the selected factories.

They are smoothed as in generalised_variance, value added less than for intervals: a probability is
to be right, an interval is to be safe. Tried on bench/stars.py; a proposal."""

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.generalised_variance import Smoothing, smoothed
from locus_pipeline.methods.indicators.stratum_moments import Moments, covariances, moments

MEASURES = ("total_employees", "gross_value_added", "total_employee_wages", "units")
PAIRS = tuple(combinations_with_replacement(MEASURES, 2))
SMOOTHING = Smoothing(
    level=np.array([0, 0, 2, 3]),
    prior=np.array([6.0, 1.0, 6.0, 50.0]),
    country=50.0,
    membership=3.0,
)
# Degrees of freedom that smoothing adds to a cell's own.
PRIOR_DEGREES = 6.0
# Of the logarithms of MEASURES now and before: size, specialisation, productivity, then growth of
# persons, productivity, wage, units. Totals of the cluster and the state are taken as known.
SLOPES = np.array(
    [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0, 0],
        [-1, 1, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, -1, 0, 0, 0],
        [-1, 1, 0, 0, 1, -1, 0, 0],
        [-1, 0, 1, 0, 1, 0, -1, 0],
        [0, 0, 0, 1, 0, 0, 0, -1],
    ],
    dtype=float,
)
KEYS = ["survey_year", "state_code", "cluster_code"]
COLUMNS = {
    **dict.fromkeys(KEYS, "str"),
    "factories_drawn": "int64",
    **{f"{one}_by_{other}": "float64" for one, other in PAIRS},
}


def star_errors(factories: pd.DataFrame) -> pd.DataFrame:
    """One row for each state and cluster of one survey year (COLUMNS): sampled factories that are
    not certain, and the covariances of the logarithms of MEASURES.

    `factories`: survey_year, factory_id, state_code, stratum (empty where a factory is certain),
    variance_scale, multiplier, and cluster_code and MEASURES, which are missing where a selected
    factory turned out closed. Their order is of no account."""
    factories = factories.sort_values(["stratum", "factory_id"])
    is_drawn = (factories.stratum != "").to_numpy()
    selected = np.zeros(len(factories), int)
    _, place, count = np.unique(
        factories.stratum[is_drawn], return_inverse=True, return_counts=True
    )
    selected[is_drawn] = count[place]
    strata = np.zeros(len(factories), int)
    strata[is_drawn] = place

    is_open = factories.cluster_code.notna().to_numpy()
    kept, is_drawn = factories[is_open], is_drawn[is_open]
    cells = kept[KEYS].drop_duplicates().sort_values(KEYS, ignore_index=True)
    at = cells.assign(cell=cells.index).merge(kept[KEYS], how="right", on=KEYS).cell.to_numpy()
    values = kept[list(MEASURES)].to_numpy(float)
    multiplier = kept.multiplier.to_numpy(float)
    weighted = values * multiplier[:, None]
    totals = np.stack(
        [np.bincount(at, column, minlength=len(cells)) for column in weighted.T], axis=1
    )
    rows = moments(
        at[is_drawn],
        strata[is_open][is_drawn],
        selected[is_open][is_drawn],
        kept.variance_scale.to_numpy(float)[is_drawn],
        multiplier[is_drawn],
        values[is_drawn],
        len(cells),
    )
    relative = relative_covariances(
        rows, totals, np.unique(cells.cluster_code, return_inverse=True)[1]
    )
    out = cells.assign(factories_drawn=np.bincount(at[is_drawn], minlength=len(cells)))
    for one, other in PAIRS:
        out[f"{one}_by_{other}"] = relative[:, MEASURES.index(one), MEASURES.index(other)]
    return out.astype(COLUMNS)


def relative_covariances(rows: Moments, totals: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Covariances of the logarithms of `totals` (cells, MEASURES), of which `rows` are the moments
    (cells, MEASURES, MEASURES); NaN where a total is not positive. `cluster`: of each cell."""
    level = np.where(totals > 0, totals, np.nan)
    products = level[:, :, None] * level[:, None, :]
    if not len(rows.cell):
        return 0 * products
    relative: np.ndarray = covariances(smoothed(rows, cluster, SMOOTHING)) / products
    return relative


def of_statistics(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Covariances of the seven statistics of SLOPES (cells, 7, 7) from those of the logarithms of
    totals (cells, MEASURES, MEASURES) of two years, whose samples are independent. NaN where a
    total that makes a statistic is missing."""
    count = len(MEASURES)
    both = np.zeros((len(now), 2 * count, 2 * count))
    both[:, :count, :count], both[:, count:, count:] = now, before
    missing = np.isnan(np.diagonal(both, axis1=1, axis2=2)) @ (SLOPES != 0).T
    covariance = SLOPES @ np.nan_to_num(both) @ SLOPES.T
    return np.where(missing[:, :, None] | missing[:, None, :], np.nan, covariance)
