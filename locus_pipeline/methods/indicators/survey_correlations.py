"""Sampling correlations of the FACTS parameters that the survey gives of a cluster in a state."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.correlations import Sample

CELL = ["state_code", "cluster_code"]
UNIT = [*CELL, "stratum", "variance_scale", "inverse_units", "multiplier"]
RATIOS, SHARE, GROWTH = ("ratio", "geometric_mean"), "share", "growth"
STATISTICS = (*RATIOS, SHARE, GROWTH)


@dataclass(frozen=True)
class Covariances:
    """Of the relative errors of one survey year: `cells` (CELL), `degrees` of freedom by cell,
    `matrices` (cells, recipes, recipes)."""

    cells: pd.DataFrame
    degrees: np.ndarray
    matrices: np.ndarray

    def with_base(self, base: "Covariances | None", grows: np.ndarray) -> "Covariances":
        """With what the base year adds to recipes of growth (flags `grows`): its sample is another,
        so its covariances are added. A cell that the base year lacks has no growth."""
        if base is None:
            return self
        place = pd.Series(np.arange(len(base.cells)), index=pd.MultiIndex.from_frame(base.cells))
        there = place.reindex(pd.MultiIndex.from_frame(self.cells))
        known = there.notna().to_numpy()
        added = np.zeros_like(self.matrices)
        added[known] = base.matrices[there[known].to_numpy(int)] * np.outer(grows, grows)
        return replace(self, matrices=self.matrices + added)


def survey_covariances(factories: pd.DataFrame, recipes: pd.DataFrame) -> Covariances:
    """Covariances of one survey year.

    `factories`: open ones of states that are known, with factory_id, UNIT and the variables of
    the recipes, which are missing where the year has not got them; their order is of no account.
    `recipes`: parameter_code, statistic (one of STATISTICS), numerator, denominator. A stratum
    lies in one state.
    """
    factories = factories.sort_values(["stratum", "factory_id"], ignore_index=True)
    cells = factories[CELL].drop_duplicates().sort_values(CELL, ignore_index=True)
    at = cells.assign(cell=cells.index).merge(factories[CELL], how="right", on=CELL)
    sample = Sample(
        at.cell.to_numpy(int),
        len(cells),
        np.unique(factories.stratum.fillna(""), return_inverse=True)[1],
        factories.variance_scale.fillna(0).to_numpy(float),
        factories.inverse_units.fillna(0).to_numpy(float),
    )
    state = np.unique(factories.state_code, return_inverse=True)[1]
    multiplier = factories.multiplier.to_numpy(float)

    def weighted(variable: str) -> np.ndarray:
        values: np.ndarray = multiplier * np.nan_to_num(factories[variable].to_numpy(float))
        return values

    z = np.zeros((len(factories), len(recipes)))
    beyond = np.zeros_like(z)
    variances = {}
    for column, recipe in enumerate(recipes.to_dict("records")):
        y = weighted(recipe["numerator"])
        total = np.bincount(sample.cell, y, minlength=sample.cells)[sample.cell]
        if recipe["statistic"] in RATIOS:
            x = weighted(recipe["denominator"])
            base = np.bincount(sample.cell, x, minlength=sample.cells)[sample.cell]
            z[:, column] = _over(y - _over(total, base) * x, base)
        elif recipe["statistic"] == GROWTH:
            z[:, column] = _over(y, total)
        else:
            whole = np.bincount(state, y)[state]
            z[:, column] = _over(y, total) - _over(y, whole)
            beyond[:, column] = -_over(_elsewhere(sample, y), whole)
            variances[column] = _share_variance(sample, y, state)
    matrices = sample.covariances(z, beyond)
    for column, variance in variances.items():
        matrices[:, column, column] = variance
    return Covariances(cells, sample.degrees, matrices)


def _over(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """y / x, 0 where x is not positive: what has no estimate has no error."""
    quotient: np.ndarray = np.divide(y, x, out=np.zeros_like(y), where=x > 0)
    return quotient


def _elsewhere(sample: Sample, y: np.ndarray) -> np.ndarray:
    """What the other cells have of `y` in the stratum of each unit."""
    key = sample.stratum * sample.cells + sample.cell
    here = np.unique(key, return_inverse=True)[1]
    whole: np.ndarray = np.bincount(sample.stratum, y)[sample.stratum]
    return whole - np.bincount(here, y)[here]


def _share_variance(sample: Sample, y: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Relative variance of each cell's share in its state's `y`: the one variance that all units of
    the state are in."""
    of_cell = np.bincount(sample.cell, y, minlength=sample.cells)
    of_state = np.zeros(sample.cells, int)
    of_state[sample.cell] = state
    whole = np.bincount(state, y)[of_state]
    states = replace(sample, cell=state, cells=int(state.max(initial=-1)) + 1)
    in_state = states.covariances(y[:, None])[:, 0, 0][of_state]
    inside = sample.covariances(y[:, None])[:, 0, 0]
    # products with the state's total are those with the cell's, sums are the stratum's
    means = sample.scale * sample.inverse * y * _elsewhere(sample, y)
    both = inside - np.bincount(sample.cell, means, minlength=sample.cells)
    relative = (
        _over(inside, of_cell**2) - 2 * _over(both, of_cell * whole) + _over(in_state, whole**2)
    )
    variance: np.ndarray = np.where((of_cell > 0) & (whole > 0), np.maximum(relative, 0), 0)
    return variance
