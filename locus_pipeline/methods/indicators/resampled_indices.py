"""Indices of concentration and specialisation with the bias of sampling taken off, their errors and
limits: the published indices again, of each bootstrap replicate of one survey year."""

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.bootstrap import (
    Resampled,
    averaged,
    corrected,
    multiplier_factors,
)
from locus_pipeline.methods.indicators.concentration import (
    Hidden,
    ellison_glaeser,
    hoover_gini,
    krugman,
    location_quotient,
    plant_hhi,
    portfolio_hhi,
    share_in,
    shares,
    spatial_hhi,
)
from locus_pipeline.methods.indicators.stars import StarRules, strong

COLUMNS = {
    "survey_year": "str",
    # cluster or state: what the index is of
    "line": "str",
    "code": "str",
    "index_name": "str",
    "corrected": "float64",
    "standard_error": "float64",
    "lower": "float64",
    "upper": "float64",
    "null_reason": "str",
}
# By index: what it is of, and the bounds of its values.
INDICES = {
    "spatial_hhi": ("cluster", 0.0, 1.0),
    "hoover_gini": ("cluster", 0.0, 1.0),
    "ellison_glaeser": ("cluster", -np.inf, 1.0),
    "krugman_specialisation": ("state", 0.0, 2.0),
    "portfolio_hhi": ("state", 0.0, 1.0),
    "share_in_strong_clusters": ("state", 0.0, 1.0),
}
# Decided by a threshold: its bias can't be subtracted.
AVERAGED = {"share_in_strong_clusters"}


@dataclass(frozen=True)
class Grid:
    """What is the same in every replicate. `hidden`: what disclosure control hides; `eligible`:
    cells that may be strong clusters; `factories`: sampled ones (states, clusters)."""

    hidden: Hidden | None
    eligible: np.ndarray
    factories: np.ndarray


def indices(
    persons: np.ndarray, squares: np.ndarray, grid: Grid, rules: StarRules
) -> dict[str, np.ndarray]:
    """The indices of INDICES from estimated persons engaged and sums over factories of their
    squares (..., states, clusters)."""
    given = shares(persons, grid.hidden)
    is_strong = strong(
        np.swapaxes(location_quotient(persons), -1, -2),
        np.swapaxes(persons, -1, -2),
        grid.factories.T,
        grid.eligible.T,
        rules,
    )
    return {
        "spatial_hhi": spatial_hhi(given),
        "hoover_gini": hoover_gini(given),
        "ellison_glaeser": ellison_glaeser(given, plant_hhi(persons, squares)),
        "krugman_specialisation": krugman(given),
        "portfolio_hhi": portfolio_hhi(given),
        "share_in_strong_clusters": share_in(given, np.swapaxes(is_strong, -1, -2)),
    }


def resampled(name: str, values: np.ndarray) -> Resampled:
    """An index by `values` (1 + replicates, objects), the plug-in one first."""
    _, lowest, highest = INDICES[name]
    resample = averaged if name in AVERAGED else corrected
    return resample(values[0], values[1:], lowest, highest)


def resampled_indices(
    factories: pd.DataFrame, cells: pd.DataFrame, rules: StarRules, replicates: int
) -> pd.DataFrame:
    """Rows (COLUMNS) of one survey year, the same in any order of rows; none where persons are not
    in the release.

    `factories`: survey_year, factory_id, state_code, stratum (empty where a factory is certain),
    multiplier, cluster_code, total_employees of every selected factory; the last two are missing
    where it turned out closed. `cells`: each state with each cluster: state_code, cluster_code,
    factories_sampled, is_eligible, and what disclosure control hides of the cell (is_hidden) and
    of its totals (state_hidden, cluster_hidden), with the numbers of factories of each (units,
    units_state, units_cluster).

    An index that no replicate moves has no error (`not_estimable`), but where nothing was left to
    chance: in a state, and in the country.
    """
    if factories.total_employees.isna().all():
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    year = str(factories.survey_year.iloc[0])
    states, clusters = sorted(cells.state_code.unique()), sorted(cells.cluster_code.unique())
    grid = grid_of(cells)
    persons, squares = _replicates(factories, states, clusters, replicates, year)
    is_chance = {
        "state": np.isin(states, factories.state_code[factories.stratum != ""].unique()),
        "cluster": np.full(len(clusters), (factories.stratum != "").any()),
    }
    parts = []
    for name, values in indices(persons, squares, grid, rules).items():
        line = INDICES[name][0]
        estimate = resampled(name, values)
        unknown = ~(estimate.error > 0) & is_chance[line]
        parts.append(
            pd.DataFrame(
                {
                    "survey_year": year,
                    "line": line,
                    "code": states if line == "state" else clusters,
                    "index_name": name,
                    "corrected": np.where(unknown, np.nan, estimate.value),
                    "standard_error": np.where(unknown, np.nan, estimate.error),
                    "lower": np.where(unknown, np.nan, estimate.lower),
                    "upper": np.where(unknown, np.nan, estimate.upper),
                    "null_reason": np.where(unknown, "not_estimable", ""),
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype(COLUMNS)


def grid_of(cells: pd.DataFrame) -> Grid:
    """The grid of one survey year's `cells`, as `resampled_indices` takes them."""
    cells = cells.sort_values(["state_code", "cluster_code"])
    by = (cells.state_code.nunique(), cells.cluster_code.nunique())

    def table(name: str, kind: type) -> np.ndarray:
        return cells[name].to_numpy(kind).reshape(by)

    hidden = Hidden(
        cells=table("is_hidden", bool),
        units=table("units", float),
        states=table("state_hidden", bool)[:, 0],
        state_units=table("units_state", float)[:, 0],
        clusters=table("cluster_hidden", bool)[0],
        cluster_units=table("units_cluster", float)[0],
    )
    return Grid(hidden, table("is_eligible", bool), table("factories_sampled", float))


def _replicates(
    factories: pd.DataFrame, states: list[str], clusters: list[str], replicates: int, year: str
) -> tuple[np.ndarray, np.ndarray]:
    """Persons engaged, and sums of their squares over factories (1 + replicates, states, clusters);
    the estimates stand first. The stream of random numbers depends on the survey year alone."""
    factories = factories.sort_values(["stratum", "factory_id"])
    by = (len(states), len(clusters))
    is_open = factories.cluster_code.notna().to_numpy()
    cell = np.zeros(len(factories), int)
    cell[is_open] = np.searchsorted(states, factories.state_code[is_open]) * by[1]
    cell[is_open] += np.searchsorted(clusters, factories.cluster_code[is_open])
    persons = np.where(is_open, factories.total_employees.to_numpy(float), 0.0)
    multiplier = factories.multiplier.to_numpy(float)
    is_drawn = (factories.stratum != "").to_numpy()
    random = np.random.default_rng(zlib.crc32(f"{year} indices".encode()))
    factors = multiplier_factors(
        factories.stratum.to_numpy()[is_drawn], multiplier[is_drawn], replicates, random
    )
    stacks = []
    for values in (persons, persons**2):
        weighted = values * multiplier
        certain = np.bincount(cell[~is_drawn], weighted[~is_drawn], minlength=by[0] * by[1])
        at, drawn = cell[is_drawn], weighted[is_drawn]
        sums = [np.bincount(at, drawn, minlength=len(certain))]
        sums += [np.bincount(at, drawn * factor, minlength=len(certain)) for factor in factors]
        stacks.append((certain + np.stack(sums)).reshape(-1, *by))
    return stacks[0], stacks[1]
