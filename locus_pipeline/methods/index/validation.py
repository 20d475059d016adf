"""External validation: does the index go together with measures it was not made of?

Source: cluster competitiveness note, step 9. Findings that are weak or negative are published with
the others; a correlation says nothing about causes.
"""

import zlib

import numpy as np
import pandas as pd
import scipy

VALIDATION = {
    "measure": "str",
    "other_measure": "str",
    "method": "str",
    "pairs": "int64",
    "objects": "int64",
    "correlation": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "draws": "int64",
    "null_reason": "str",
}

METHODS = ("pearson", "spearman")
LEAST_OBJECTS = 10


def external_validation(
    scores: pd.DataFrame,
    others: pd.DataFrame,
    measure: str = "score",
    draws: int = 2000,
    seed: int = 2012,
) -> pd.DataFrame:
    """Pearson's and Spearman's correlation of `measure` with every other measure.

    `scores`: object_id, period, and the column `measure`. `others`: object_id, period, item, value.
    Pairs share object and period. The 95 % interval is the percentile interval of `draws`
    bootstraps of objects, so that periods of one object stay together. With fewer than 10 objects,
    or without variation, there is a reason and no correlation.
    """
    parts = []
    ours = scores[["object_id", "period", measure]].dropna()
    for item, other in others.groupby("item", sort=True):
        pairs = ours.merge(
            other[["object_id", "period", "value"]].dropna(), on=["object_id", "period"]
        ).sort_values(["object_id", "period"])
        objects = pairs.object_id.nunique()
        values = pairs[[measure, "value"]].to_numpy(float)
        reason = (
            f"fewer than {LEAST_OBJECTS} objects with both"
            if objects < LEAST_OBJECTS
            else "one of the two measures does not vary"
            if np.ptp(values, axis=0).min() == 0
            else ""
        )
        for method in METHODS:
            one, low, high = (np.nan,) * 3
            if not reason:
                random = np.random.default_rng([seed, zlib.crc32(str(item).encode())])
                one = _correlation(values, method)
                low, high = _interval(values, pairs.object_id, method, draws, random)
            row = (measure, item, method, len(pairs), objects, one, low, high)
            parts.append((*row, 0 if reason else draws, reason))
    return pd.DataFrame(parts, columns=list(VALIDATION)).astype(VALIDATION)


def _correlation(values: np.ndarray, method: str) -> float:
    """NaN where one of the two does not vary."""
    if method == "spearman":
        values = scipy.stats.rankdata(values, axis=0)
    away = values - values.mean(axis=0)
    length = np.linalg.norm(away, axis=0).prod()
    return float(away[:, 0] @ away[:, 1] / length) if length > 0 else np.nan


def _interval(
    values: np.ndarray, names: pd.Series, method: str, draws: int, random: np.random.Generator
) -> tuple[float, float]:
    groups = list(pd.Series(np.arange(len(names))).groupby(names.to_numpy()).indices.values())
    sample = [
        _correlation(values[np.concatenate([groups[at] for at in chosen])], method)
        for chosen in random.integers(0, len(groups), size=(draws, len(groups)))
    ]
    low, high = np.nanquantile(sample, [0.025, 0.975])
    return float(low), float(high)
