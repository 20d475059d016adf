"""Multivariate analysis of indicators: a report on the framework, never a decision about it.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 4. Arrays are
(objects, indicators) without missing values unless said otherwise."""

import numpy as np
import pandas as pd
import scipy


def correlations(
    values: pd.DataFrame, pillars: pd.Series, duplicate: float, fewest: int = 3
) -> pd.DataFrame:
    """Pearson correlation of each pair of indicators over the objects that have both.

    `values`: objects by indicators, NaN where missing; `pillars`: the pillar of each indicator.
    Gives parameter_code, other_parameter_code, pillar, other_pillar, objects, correlation, flag:
    `duplicate` above `duplicate` in absolute value, `negative_within_pillar`, or empty. NaN with
    fewer than `fewest` objects.
    """
    matrix = values.corr(min_periods=fewest).to_numpy()
    known = values.notna().to_numpy().astype(int)
    one, other = np.triu_indices(values.shape[1], k=1)
    codes, places = values.columns.to_numpy(), pillars.reindex(values.columns).to_numpy()
    table = pd.DataFrame(
        {
            "parameter_code": codes[one],
            "other_parameter_code": codes[other],
            "pillar": places[one],
            "other_pillar": places[other],
            "objects": (known.T @ known)[one, other],
            "correlation": matrix[one, other],
        }
    )
    negative = (table.pillar == table.other_pillar) & (table.correlation < 0)
    table["flag"] = np.select(
        [table.correlation.abs() > duplicate, negative],
        ["duplicate", "negative_within_pillar"],
        "",
    )
    return table


def correlation_matrix(values: np.ndarray) -> np.ndarray:
    """Pearson correlations of the columns."""
    return np.atleast_2d(np.corrcoef(values, rowvar=False))


def raw_alpha(values: np.ndarray) -> float:
    """Cronbach's alpha of the indicators as they are, from their covariances: it is ruled by those
    that vary most. NaN for fewer than two, and where their sum does not vary. Cronbach (1951),
    Psychometrika 16."""
    count = values.shape[1]
    whole = values.sum(axis=1).var(ddof=1)
    if count < 2 or whole == 0:
        return np.nan
    return float(count / (count - 1) * (1 - values.var(axis=0, ddof=1).sum() / whole))


def cronbach_alpha(values: np.ndarray) -> float:
    """Standardised alpha: Cronbach's alpha of the indicators divided by their standard deviations,
    from the mean of their correlations, as the Handbook prints it. NaN for fewer than two."""
    count = values.shape[1]
    if count < 2:
        return np.nan
    mean = (correlation_matrix(values).sum() - count) / (count * (count - 1))
    return float(count * mean / (1 + (count - 1) * mean))


def alpha_if_deleted(values: np.ndarray) -> np.ndarray:
    """Standardised alpha of the others, for each indicator."""
    return np.array(
        [cronbach_alpha(np.delete(values, at, axis=1)) for at in range(values.shape[1])]
    )


def item_total_correlation(values: np.ndarray) -> np.ndarray:
    """Correlation of each standardised indicator with the sum of the others."""
    standard = scipy.stats.zscore(values, ddof=1)
    rest = scipy.stats.zscore(standard.sum(axis=1, keepdims=True) - standard, ddof=1)
    item_total_correlation: np.ndarray = (standard * rest).sum(axis=0) / (len(values) - 1)
    return item_total_correlation


def principal_components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of the correlation matrix, the largest first, and the loadings (indicators,
    components): each eigenvector times the square root of its eigenvalue."""
    eigenvalues, vectors = np.linalg.eigh(correlation_matrix(values))
    eigenvalues, vectors = np.maximum(eigenvalues[::-1], 0), vectors[:, ::-1]
    return eigenvalues, vectors * np.sqrt(eigenvalues)


def varimax(loadings: np.ndarray) -> np.ndarray:
    """Loadings after Kaiser-normalised varimax rotation: each row is divided by the square root of
    its communality for the rotation. Factors with the most variance first; signs such that a
    factor's loadings sum to a positive number. Kaiser (1958), Psychometrika 23."""
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    if loadings.shape[1] == 1:
        rotated = loadings
    else:
        from statsmodels.multivariate.factor_rotation import rotate_factors

        # its log of the step takes the logarithm of 0 where the start is the solution
        with np.errstate(divide="ignore"):
            rotated = rotate_factors(loadings / length, "varimax")[0] * length
    rotated = rotated[:, np.argsort(-(rotated**2).sum(axis=0), kind="stable")]
    return rotated * np.where(rotated.sum(axis=0) < 0, -1, 1)


def sampling_adequacy(values: np.ndarray) -> float:
    """Kaiser-Meyer-Olkin measure of sampling adequacy, 0-1."""
    matrix = correlation_matrix(values)
    inverse = np.linalg.pinv(matrix)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    off = ~np.eye(len(matrix), dtype=bool)
    simple = (matrix[off] ** 2).sum()
    return float(simple / (simple + (partial[off] ** 2).sum()))


def bartlett_sphericity(values: np.ndarray) -> tuple[float, float]:
    """Bartlett's test that the indicators are uncorrelated: chi-squared and its p-value."""
    objects, count = values.shape
    _, logarithm = np.linalg.slogdet(correlation_matrix(values))
    statistic = -(objects - 1 - (2 * count + 5) / 6) * logarithm
    return float(statistic), float(scipy.stats.chi2.sf(statistic, count * (count - 1) / 2))


def reliability(values: pd.DataFrame, pillars: pd.Series, fewest: float) -> pd.DataFrame:
    """Statistics of each pillar's indicators: pillar, item, statistic, value.

    `values`: objects by indicators, of which those with all values of the pillar count. Only for
    pillars with `fewest` such objects for each indicator and two indicators that vary: with fewer,
    these statistics say nothing. `item` is the indicator, the number of the eigenvalue, or empty.
    """
    rows = []
    for pillar, codes in pillars[values.columns].groupby(pillars, sort=False).groups.items():
        items = values[codes].dropna().to_numpy()
        count = len(codes)
        if count < 2 or len(items) < fewest * count or (np.ptp(items, axis=0) == 0).any():
            continue
        eigenvalues, _ = principal_components(items)
        chi_squared, p_value = bartlett_sphericity(items)
        rows += [
            (pillar, "", "objects", len(items)),
            (pillar, "", "cronbach_alpha", cronbach_alpha(items)),
            (pillar, "", "cronbach_alpha_raw", raw_alpha(items)),
            (pillar, "", "sampling_adequacy", sampling_adequacy(items)),
            (pillar, "", "bartlett_chi_squared", chi_squared),
            (pillar, "", "bartlett_p_value", p_value),
        ]
        for statistic, names, numbers in (
            ("alpha_if_deleted", codes, alpha_if_deleted(items)),
            ("item_total_correlation", codes, item_total_correlation(items)),
            ("eigenvalue", [str(at + 1) for at in range(count)], eigenvalues),
        ):
            rows += [
                (pillar, *row) for row in zip(names, [statistic] * count, numbers, strict=True)
            ]
    return pd.DataFrame(rows, columns=["pillar", "item", "statistic", "value"])
