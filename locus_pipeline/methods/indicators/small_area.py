"""Small-area estimates by the area-level model of Fay and Herriot (1979).

Cells with few factories borrow strength from cells like them: a direct estimate y with known
sampling variance psi is a true value that a regression on covariates explains up to a deviation of
variance sigma2,

    y = X beta + u + e,    u ~ (0, sigma2 + tau),    e ~ (0, psi)

and the estimate is the best mixture of both, (1 - B) y + B X beta, B = psi / (sigma2 + tau + psi).
A cell of N factories deviates even where nothing else does: tau, the variance of the mean of N
factories, is known as soon as psi is, tau = psi f / (1 - f) with f the share that was sampled.
Without it a sample of half of a cell would be drawn to its neighbours as if it were one of many.
Pure functions; formulas of Rao and Molina, Small Area Estimation (2015), chapters 6 and 7.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

ITERATIONS, TOLERANCE = 200, 1e-9


@dataclass(frozen=True)
class Fit:
    """`beta` (covariates), `sigma2`, its asymptotic `sigma2_variance` and `sigma2_bias`; by area:
    `synthetic` X beta, `shrinkage` B (0 keeps the direct estimate), `estimate`, and its mean
    squared error `mse` (Prasad-Rao, for the estimator of sigma2 that was used)."""

    beta: np.ndarray
    sigma2: float
    sigma2_variance: float
    sigma2_bias: float
    synthetic: np.ndarray
    shrinkage: np.ndarray
    estimate: np.ndarray
    mse: np.ndarray


def fay_herriot(
    direct: np.ndarray,
    sampling_variance: np.ndarray,
    covariates: np.ndarray,
    finite_variance: np.ndarray | float = 0.0,
    method: Literal["reml", "moments"] = "reml",
) -> Fit:
    """Fit the model and estimate every area.

    `direct` (areas), `sampling_variance` (areas, positive), `covariates` (areas, p; a column of
    ones is an intercept), `finite_variance`: tau (areas, or 0). An area without a direct estimate
    (NaN) gets X beta, whose mean squared error is sigma2 + tau plus that of beta. `method`:
    restricted maximum likelihood, or the moment estimator of Fay and Herriot. Raises ValueError
    where covariates are more than direct estimates."""
    known = np.isfinite(direct) & np.isfinite(sampling_variance)
    tau = np.broadcast_to(finite_variance, direct.shape)
    y, psi, x = direct[known], sampling_variance[known], covariates[known]
    if len(y) <= x.shape[1]:
        raise ValueError(f"{len(y)} direct estimates are too few for {x.shape[1]} covariates.")
    equation = _reml if method == "reml" else _moments
    noise = psi + tau[known]
    sigma2 = _root(lambda value: equation(y, noise, x, value), float(np.median(noise)))
    precision = 1 / (sigma2 + noise)
    spread = np.linalg.inv((x.T * precision) @ x)
    beta = spread @ (x.T @ (precision * y))
    variance, bias = _of_sigma2(precision, method)

    synthetic = covariates @ beta
    weight = np.ones(len(direct))
    weight[known] = psi * precision
    estimate = synthetic.copy()
    estimate[known] += (1 - weight[known]) * (y - synthetic[known])
    of_beta = np.einsum("ij,jk,ik->i", covariates, spread, covariates)
    g1 = (sigma2 + tau) * weight
    g3 = np.zeros(len(direct))
    g3[known] = weight[known] ** 2 * precision * variance
    mse = g1 + weight**2 * of_beta + 2 * g3 - np.where(known, weight**2 * bias, 0.0)
    return Fit(beta, sigma2, variance, bias, synthetic, weight, estimate, mse)


def _reml(y: np.ndarray, noise: np.ndarray, x: np.ndarray, sigma2: float) -> float:
    """Derivative of the restricted log-likelihood by sigma2."""
    precision = 1 / (sigma2 + noise)
    weighted = x * precision[:, None]
    spread = np.linalg.inv(weighted.T @ x)
    residual = precision * (y - x @ (spread @ (weighted.T @ y)))
    trace = precision.sum() - np.einsum("ij,jk,ik->", weighted, spread, weighted)
    return float((residual @ residual - trace) / 2)


def _moments(y: np.ndarray, noise: np.ndarray, x: np.ndarray, sigma2: float) -> float:
    """Weighted squares of residuals less their degrees of freedom."""
    precision = 1 / (sigma2 + noise)
    beta = np.linalg.solve((x.T * precision) @ x, x.T @ (precision * y))
    return float(np.sum((y - x @ beta) ** 2 * precision) - (len(y) - x.shape[1]))


def _root(equation: Callable[[float], float], scale: float) -> float:
    """Where the falling `equation` of sigma2 crosses zero, and 0 where it begins below."""
    if equation(0.0) <= 0:
        return 0.0
    upper = scale
    while equation(upper) > 0:
        upper *= 4
    return float(scipy.optimize.brentq(equation, 0.0, upper, xtol=TOLERANCE * scale))


def _of_sigma2(precision: np.ndarray, method: str) -> tuple[float, float]:
    """Asymptotic variance and bias of the estimator of sigma2 (Datta, Rao and Smith 2005)."""
    areas, first, second = len(precision), precision.sum(), np.sum(precision**2)
    if method == "reml":
        return 2 / second, 0.0
    return 2 * areas / first**2, 2 * (areas * second - first**2) / first**3


@dataclass(frozen=True)
class Benchmarked:
    """`estimate` and `rmse` by area after benchmarking, and how far its sums still are from the
    totals of the columns, relative (`remainder`); those of the rows are met."""

    estimate: np.ndarray
    rmse: np.ndarray
    remainder: float


def benchmarked(
    estimate: np.ndarray,
    rmse: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    row_totals: np.ndarray,
    column_totals: np.ndarray,
) -> Benchmarked:
    """Positive estimates raked to the direct totals of both margins (iterative proportional
    fitting): columns first, rows last. `row`, `column`: of each area.

    The best predictor is uncorrelated with every function of the data, so the mean squared error
    of what is moved is the sum of that of the prediction and the square of the move (Wang, Fuller
    and Qu 2008): benchmarking never makes an estimate look better than it is."""
    raked = estimate.copy()
    for _ in range(ITERATIONS):
        for totals, of in ((column_totals, column), (row_totals, row)):
            sums = np.bincount(of, raked, minlength=len(totals))
            factor = np.divide(totals, sums, out=np.ones(len(totals)), where=sums > 0)
            raked = raked * factor[of]
        sums = np.bincount(column, raked, minlength=len(column_totals))
        gap = np.abs(sums - column_totals)[sums > 0].sum() / column_totals.sum()
        if gap <= TOLERANCE:
            break
    return Benchmarked(raked, np.hypot(rmse, raked - estimate), float(gap))
