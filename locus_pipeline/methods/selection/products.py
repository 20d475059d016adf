"""How far the products of a cluster are its own: from what its units declare that they sell, or
from the product lines of the survey's factories.

    concentration  = sum over products of (share of the cluster's sales)^2
    distinctness   = half the sum over products of |its share - the mean share of the others|

The others are the clusters of its group: those of its sector, or the states of its category. Both
lie between 0 and 1. The first is 1 where a cluster sells one product, the second where nobody
else sells what it sells (Krugman's index, halved; Krugman 1991, Geography and Trade). Errors are
those of samples drawn again (methods/indicators/bootstrap.py).
"""

import zlib

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.bootstrap import corrected, multiplier_factors

CONCENTRATION, DISTINCTNESS = "product_concentration", "product_distinctness"
FEW, DOMINATED, ALONE = "too_few_units_with_products", "one_unit_dominates", "no_other_cluster"
NOT_DECLARED = "no_products_declared"
COLUMNS = {
    "object_id": "str", "period": "str", "measure": "str", "value": "float64",
    "standard_error": "float64", "sample_size": "int64", "null_reason": "str",
}  # fmt: skip


def indices(sales: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Concentration and distinctness (..., objects) of the sales (..., objects, products) of one
    group; NaN without sales, or without others that have some."""
    total = sales.sum(axis=-1, keepdims=True)
    shares = np.divide(sales, total, out=np.zeros_like(sales), where=total > 0)
    there = total[..., 0] > 0
    others = there.sum(axis=-1, keepdims=True) - there
    mean = (shares.sum(axis=-2, keepdims=True) - shares) / np.maximum(others, 1)[..., None]
    distinctness = np.abs(shares - mean).sum(axis=-1) / 2
    return (
        np.where(there, (shares**2).sum(axis=-1), np.nan),
        np.where(there & (others > 0), distinctness, np.nan),
    )


def specialisation(
    lines: pd.DataFrame,
    units: pd.DataFrame,
    replicates: int,
    seed: int,
    least_units: int,
    dominance: float,
) -> pd.DataFrame:
    """Rows of COLUMNS, two for each object with units, of one period.

    `lines`: unit, product, amount. `units`, every unit drawn: unit, object_id (missing where it is
    of none), group, period, stratum (empty where it is certain), weight, is_controlled. A figure of
    fewer than `least_units` units, or of which one has `dominance` of the sales, is not shown where
    the object is controlled.
    """
    units = units.sort_values("unit").reset_index(drop=True)
    objects = units.dropna(subset=["object_id"]).drop_duplicates("object_id")
    objects = objects.sort_values("object_id").reset_index(drop=True)
    if objects.empty:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    lines = lines[lines.amount > 0].merge(units, on="unit").dropna(subset=["object_id"])
    lines = lines.sort_values(["unit", "product"]).reset_index(drop=True)
    values = _replicates(lines, units, objects, _factors(units, replicates, seed))
    known = _known(lines, objects)
    is_few = (known.units < least_units).to_numpy()
    is_dominated = (known.largest >= dominance).to_numpy()
    is_controlled = objects.is_controlled.to_numpy(bool)
    is_certain = _is_certain(units, objects)
    rows = []
    for measure, figures in zip((CONCENTRATION, DISTINCTNESS), values, strict=True):
        resampled = corrected(figures[0], figures[1:], 0.0, 1.0)
        # what no sample moves has no error, unless its units are all there are
        error = np.where(resampled.error > 0, resampled.error, np.where(is_certain, 0.0, np.nan))
        reason = np.select(
            [
                known.units == 0,
                is_controlled & is_few,
                is_controlled & is_dominated,
                np.isnan(figures[0]),
            ],
            [NOT_DECLARED, FEW, DOMINATED, ALONE],
            default="",
        )
        shown = reason == ""
        rows.append(
            objects[["object_id", "period"]].assign(
                measure=measure,
                value=np.where(shown, resampled.value, np.nan).round(4),
                standard_error=np.where(shown, error, np.nan).round(4),
                sample_size=known.units,
                null_reason=reason,
            )
        )
    return pd.concat(rows, ignore_index=True).reindex(columns=list(COLUMNS)).astype(COLUMNS)


def _replicates(
    lines: pd.DataFrame, units: pd.DataFrame, objects: pd.DataFrame, factors: np.ndarray
) -> np.ndarray:
    """Both indices (2, 1 + replicates, objects), group by group: all products of a country at once
    would be large in memory."""
    values = np.full((2, len(factors), len(objects)), np.nan)
    at_unit = pd.Index(units.unit).get_indexer(lines.unit)
    amounts = (lines.amount * lines.weight).to_numpy(float)
    for group, of_group in lines.groupby("group", sort=True):
        places = np.flatnonzero((objects.group == group).to_numpy())
        row = pd.Index(objects.object_id.iloc[places]).get_indexer(of_group.object_id)
        product, products = pd.factorize(of_group["product"], sort=True)
        shape = (len(places), len(products))
        cells = row * len(products) + product
        chosen = of_group.index.to_numpy()
        for replicate, factor in enumerate(factors):
            weighted = amounts[chosen] * factor[at_unit[chosen]]
            sales = np.bincount(cells, weighted, len(places) * len(products)).reshape(shape)
            values[:, replicate, places] = indices(sales)
    return values


def _factors(units: pd.DataFrame, replicates: int, seed: int) -> np.ndarray:
    """Factors (1 + replicates, units) of the weights, those of the sample itself first."""
    factors = np.ones((1 + replicates, len(units)))
    drawn = (units.stratum != "").to_numpy()
    if drawn.any():
        period = str(units.period.iloc[0])
        random = np.random.default_rng([seed, zlib.crc32(period.encode())])
        chance = units[drawn]
        factors[1:, drawn] = multiplier_factors(
            chance.stratum.to_numpy(), chance.weight.to_numpy(float), replicates, random
        )
    return factors


def _known(lines: pd.DataFrame, objects: pd.DataFrame) -> pd.DataFrame:
    """Units with products and the largest one's share of sales, by object."""
    sales = (lines.amount * lines.weight).groupby([lines.object_id, lines.unit]).sum()
    by_object = sales.groupby(level=0)
    known = pd.DataFrame({"units": by_object.size(), "largest": by_object.max() / by_object.sum()})
    known = known.reindex(objects.object_id).fillna({"units": 0, "largest": 0.0})
    return known.astype({"units": int}).reset_index(drop=True)


def _is_certain(units: pd.DataFrame, objects: pd.DataFrame) -> np.ndarray:
    """Objects whose units were all taken: no unit of theirs was left to chance."""
    chance = set(units.object_id[(units.stratum != "") & (units.weight > 1)].dropna())
    certain: np.ndarray = ~objects.object_id.isin(chance).to_numpy()
    return certain
