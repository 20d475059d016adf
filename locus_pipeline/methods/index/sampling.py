"""Draws of what sampling may have done to the indicators of each object, all of one sample.

The indicators of an object are estimated from the same units, so that their errors go together: a
factory that happens to be in the sample makes value added, productivity and growth high at once.
Draws that were independent would cancel out in a score, which the errors themselves do not.
"""

import numpy as np
import pandas as pd


def noise(
    correlations: pd.DataFrame | None,
    objects: pd.Index,
    codes: list[str],
    draws: int,
    random: np.random.Generator,
) -> np.ndarray:
    """Errors in standard deviations (draws, objects, indicators): normal, with the `correlations`
    of one period (`tables.CORRELATIONS`) of an object's indicators, and longer tails, the same for
    all indicators of a draw, where few units stand behind them (multivariate t). Objects without
    correlations have independent normal ones, as have indicators that are not in them."""
    errors: np.ndarray = random.standard_normal((draws, len(objects), len(codes)))
    if correlations is None or correlations.empty:
        return errors
    matrices, degrees = _by_object(correlations, objects, codes)
    known = np.flatnonzero(~np.isnan(degrees))
    for at, half in zip(known, _roots(matrices[known]), strict=True):
        errors[:, at] = errors[:, at] @ half
    tails = random.chisquare(degrees[known], (draws, len(known))) / degrees[known]
    errors[:, known] /= np.sqrt(tails)[:, :, None]
    return errors


def _by_object(
    correlations: pd.DataFrame, objects: pd.Index, codes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Matrices (objects, indicators, indicators) with ones on the diagonal, and degrees of freedom
    (objects,), NaN where an object has no correlations."""
    rows = correlations[
        correlations.object_id.isin(objects)
        & correlations.parameter_code.isin(codes)
        & correlations.other_parameter_code.isin(codes)
    ]
    at = objects.get_indexer(pd.Index(rows.object_id))
    one, other = (
        pd.Index(codes).get_indexer(pd.Index(rows[name]))
        for name in ("parameter_code", "other_parameter_code")
    )
    matrices = np.broadcast_to(np.eye(len(codes)), (len(objects), len(codes), len(codes))).copy()
    matrices[at, one, other] = matrices[at, other, one] = rows.correlation.to_numpy(float)
    degrees = np.full(len(objects), np.nan)
    degrees[at] = rows.degrees.to_numpy(float)
    return matrices, degrees


def _roots(matrices: np.ndarray) -> np.ndarray:
    """Symmetric square roots of correlation matrices, made possible ones where rounding or pairs
    that were estimated from different objects left none: negative eigenvalues are 0, and the
    diagonal is 1 again."""
    values, vectors = np.linalg.eigh(matrices)
    roots = (vectors * np.sqrt(np.maximum(values, 0))[:, None, :]) @ vectors.transpose(0, 2, 1)
    lengths = np.sqrt((roots**2).sum(axis=1, keepdims=True))
    possible: np.ndarray = roots / lengths
    return possible
