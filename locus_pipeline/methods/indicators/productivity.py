"""Total factor productivity of factories: what labour and capital do not explain of value added."""

import numpy as np
import pandas as pd

# A constant, log labour and log capital.
COEFFICIENTS = 3


def residuals(factories: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Residuals of log value added on log labour and log capital, within cluster and survey year.

    `factories`: survey_year, factory_id, cluster_code, multiplier (> 0), gross_value_added (Rs),
    total_employees (persons), fixed_capital (Rs), the last three positive. Least squares weighted
    by the multiplier, so that the weighted mean of a cluster's residuals in the country is zero; a
    state's mean is its distance from it, in log points. A cluster and year with fewer than `fewest`
    factories, or in which labour and capital can't be told apart, has none. Returns survey_year,
    factory_id, residual.

    Source: a production function with a residual, as source document 001, section 3.4.2, names
    productivity; Delgado, Porter and Stern (2014) compare regions within a cluster. The form is a
    proposal.
    """
    # in the order of the factories: sums then come out the same in every run
    ordered = factories.sort_values(["survey_year", "cluster_code", "factory_id"])
    parts = [
        group[["survey_year", "factory_id"]].assign(residual=_residuals(group))
        for _, group in ordered.groupby(["survey_year", "cluster_code"], sort=True)
        if len(group) >= fewest and _distinct(group)
    ]
    if not parts:
        return pd.DataFrame(
            {name: pd.Series(dtype="str") for name in ("survey_year", "factory_id")}
            | {"residual": pd.Series(dtype="float64")}
        )
    # nine decimals: those after them depend on the processor's linear algebra
    return pd.concat(parts, ignore_index=True).round({"residual": 9})


def _regressors(group: pd.DataFrame) -> np.ndarray:
    logs = np.log(group[["total_employees", "fixed_capital"]].to_numpy(dtype=float))
    return np.column_stack([np.ones(len(group)), logs])


def _distinct(group: pd.DataFrame) -> bool:
    return bool(np.linalg.matrix_rank(_regressors(group)) == COEFFICIENTS)


def _residuals(group: pd.DataFrame) -> np.ndarray:
    regressors = _regressors(group)
    value_added = np.log(group.gross_value_added.to_numpy(dtype=float))
    root = np.sqrt(group.multiplier.to_numpy(dtype=float))
    coefficients, *_ = np.linalg.lstsq(regressors * root[:, None], value_added * root, rcond=None)
    residuals: np.ndarray = value_added - regressors @ coefficients
    return residuals
