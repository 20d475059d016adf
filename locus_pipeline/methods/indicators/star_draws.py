"""Draws of what is true of the objects of one group, given estimates and their sampling errors.

Who wins a star has mostly had luck as well: draws about the estimates themselves count that luck
twice and are too sure. So an estimate is first drawn to the group's mean as far as its error asks,
and the draws are about that (empirical Bayes; Efron and Morris 1973). Draws of one object's
statistics carry their sampling correlation, and errors from few factories have longer tails.
"""

from dataclasses import dataclass

import numpy as np

# Below that share of the variance of the estimates, what differs between objects is not told from
# noise: it is kept at that share, since nobody knows that it is nothing. A proposal.
LEAST_BETWEEN = 0.02
# Times the largest variance between objects: as good as no estimate.
UNKNOWN = 1e6


@dataclass(frozen=True)
class Truth:
    """What is known of the true values: `mean` (objects, statistics) and `covariance` (objects,
    statistics, statistics)."""

    mean: np.ndarray
    covariance: np.ndarray


def posterior(values: np.ndarray, covariances: np.ndarray) -> Truth:
    """True values given estimates `values` (objects, statistics; NaN where missing) and their
    sampling `covariances`. Scales are the caller's: logarithms of amounts, ratios and growth.

    The variance between objects is that of the estimates less their mean sampling variance. An
    object without an estimate is what the group is."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    variances = np.where(known, np.diagonal(covariances, axis1=1, axis2=2), 0.0)
    filled = np.where(known, values, 0.0)
    center = filled.sum(axis=0) / np.maximum(count, 1)
    away = np.where(known, values - center, 0.0)
    spread = (away**2).sum(axis=0) / np.maximum(count - 1, 1)
    between = np.maximum(
        spread - variances.sum(axis=0) / np.maximum(count, 1),
        LEAST_BETWEEN * np.maximum(spread, 1e-12),
    )
    # a precise estimate says more of the center than a noisy one
    weight = known / (between + variances)
    center = (weight * filled).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-300)
    both = known[:, :, None] & known[:, None, :]
    sampling = np.where(both, covariances, 0.0)
    missing = np.where(known, 0.0, UNKNOWN * between.max())
    prior = np.diag(between)
    total = prior + sampling + missing[:, :, None] * np.eye(values.shape[1])
    gain = np.linalg.solve(total, np.broadcast_to(prior, total.shape)).transpose(0, 2, 1)
    moved = np.einsum("ijk,ik->ij", gain, np.where(known, values - center, 0.0))
    covariance = prior - gain @ prior
    return Truth(center + moved, (covariance + covariance.transpose(0, 2, 1)) / 2)


def draws(truth: Truth, degrees: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """`count` draws (draws, objects, statistics) from a multivariate t with `degrees` (objects; an
    infinite number is normal)."""
    scale, axes = np.linalg.eigh(truth.covariance)
    # the symmetric root: unlike the axes, it does not turn with the last bits of the covariance
    root = (axes * np.sqrt(np.maximum(scale, 0))[:, None, :]) @ axes.transpose(0, 2, 1)
    objects, statistics = truth.mean.shape
    noise = random.standard_normal((count, objects, statistics))
    finite = np.where(np.isfinite(degrees), degrees, 1.0)
    tail = np.sqrt(finite / random.chisquare(finite, (count, objects)))
    tail = np.where(np.isfinite(degrees), tail, 1.0)
    truths: np.ndarray = truth.mean + np.einsum("ijk,dik->dij", root, noise * tail[:, :, None])
    return truths
