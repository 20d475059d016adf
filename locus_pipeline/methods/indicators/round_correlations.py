"""Sampling correlations of the FACTS parameters that units of a named cluster answer in a round."""

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.correlations import (
    COLUMNS,
    Sample,
    correlations,
    pairs,
    smoothed,
)

CELL = ["period", "cluster_id"]
UNIT = [*CELL, "unit_hash", "stratum", "variance_scale", "inverse_units"]


def round_correlations(
    linearised: pd.DataFrame, growth: pd.DataFrame, codes: list[str], prior: float
) -> pd.DataFrame:
    """COLUMNS for the indicators `codes`, drawn to their mean over the objects of the period.

    `linearised`: UNIT, parameter_code and z; their order is of no account. A unit that an estimate
    is not made of has no row. `growth`: CELL, parameter_code and the earlier_period that it is
    since, whose sample is another: covariances of both are added. Growth since no round has none.
    """
    rows = linearised[linearised.parameter_code.isin(codes)]
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    wide = rows.pivot(index=UNIT, columns="parameter_code", values="z")
    wide = wide.reindex(columns=codes).fillna(0.0).sort_index()
    units = wide.index.to_frame(index=False)
    cells = units[CELL].drop_duplicates().sort_values(CELL, ignore_index=True)
    at = cells.assign(cell=cells.index).merge(units[CELL], how="right", on=CELL).cell.to_numpy(int)
    sample = Sample(
        at,
        len(cells),
        np.unique(units.cluster_id + "/" + units.stratum, return_inverse=True)[1],
        units.variance_scale.to_numpy(float),
        units.inverse_units.to_numpy(float),
    )
    matrices = sample.covariances(wide.to_numpy())
    matrices = _with_base(matrices, cells, growth, codes)
    shares = correlations(matrices)
    parts = []
    for period, of_period in cells.groupby("period", sort=True):
        degrees = sample.degrees[of_period.index]
        drawn = smoothed(shares[of_period.index], degrees, prior)
        parts.append(pairs(drawn, of_period.cluster_id, str(period), codes, degrees))
    return pd.concat(parts, ignore_index=True)


def _with_base(
    matrices: np.ndarray, cells: pd.DataFrame, growth: pd.DataFrame, codes: list[str]
) -> np.ndarray:
    """With what the earlier rounds add to the covariances of growth."""
    of_growth = np.isin(codes, growth.parameter_code.unique())
    place = {tuple(cell): at for at, cell in enumerate(cells.itertuples(index=False))}
    told, added = np.tile(~of_growth, (len(cells), 1)), np.zeros_like(matrices)
    since = growth[growth.parameter_code.isin(codes) & growth.earlier_period.notna()]
    for (period, cluster, earlier), rows in since.groupby([*CELL, "earlier_period"], sort=True):
        now, base = place.get((period, cluster)), place.get((earlier, cluster))
        if now is None or base is None:
            continue
        grows = np.isin(codes, rows.parameter_code.to_list())
        told[now] |= grows
        added[now] += matrices[base] * np.outer(grows, grows)
    both: np.ndarray = (matrices + added) * (told[:, :, None] & told[:, None, :])
    return both
