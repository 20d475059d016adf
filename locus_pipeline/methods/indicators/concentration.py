"""Concentration of clusters over states and specialisation of states, from totals of cells.

All functions take persons engaged (..., states, clusters); leading axes are bootstrap replicates.
"""

import numpy as np


def spatial_hhi(persons: np.ndarray) -> np.ndarray:
    """Sum over states of squared shares of the cluster (..., clusters); 1 / states to 1."""
    spatial_hhi: np.ndarray = np.sum(_shares(persons, -2) ** 2, axis=-2)
    return spatial_hhi


def portfolio_hhi(persons: np.ndarray) -> np.ndarray:
    """Sum over clusters of squared shares of the state (..., states)."""
    portfolio_hhi: np.ndarray = np.sum(_shares(persons, -1) ** 2, axis=-1)
    return portfolio_hhi


def krugman(persons: np.ndarray) -> np.ndarray:
    """Krugman specialisation of states (..., states): 0 like the country, to 2."""
    country = _shares(persons.sum(axis=-2), -1)[..., None, :]
    krugman: np.ndarray = np.abs(_shares(persons, -1) - country).sum(axis=-1)
    return krugman


def hoover_gini(persons: np.ndarray) -> np.ndarray:
    """Doubled half-area of the Hoover curve of clusters (..., clusters): their cumulated shares
    over those of all persons, from the least specialised state; 0 to 1."""
    share = _shares(persons, -2)
    base = np.broadcast_to(_shares(persons.sum(axis=-1), -1)[..., :, None], share.shape)
    quotient = np.divide(share, base, out=np.zeros_like(share), where=base > 0)
    order = np.argsort(quotient, axis=-2, kind="stable")
    share = np.take_along_axis(share, order, axis=-2)
    base = np.take_along_axis(base, order, axis=-2)
    cumulated = np.cumsum(share, axis=-2)
    hoover_gini: np.ndarray = 1 - np.sum(base * (2 * cumulated - share), axis=-2)
    return hoover_gini


def ellison_glaeser(persons: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Ellison-Glaeser index (..., clusters); `squares`: estimated sum over factories of squared
    persons, of the same shape. NaN where one factory is the cluster."""
    share = _shares(persons, -2)
    base = _shares(persons.sum(axis=-1), -1)[..., :, None]
    between = 1 - np.sum(base**2, axis=-2)
    total = persons.sum(axis=-2)
    plants = np.divide(squares.sum(axis=-2), total**2, out=np.ones_like(total), where=total > 0)
    gross = np.sum((share - base) ** 2, axis=-2)
    below = between * (1 - plants)
    missing = np.full(total.shape, np.nan)
    ellison_glaeser: np.ndarray = np.divide(
        gross - between * plants, below, out=missing, where=below > 0
    )
    return ellison_glaeser


def strong_share(
    persons: np.ndarray, counted: np.ndarray, quotient: float, quantile: float, floor: float
) -> np.ndarray:
    """Share of states' persons in strong clusters (..., states). A cluster is strong in a state
    with a location quotient in the upper part (`quantile`) of the states that are `counted`
    (states, clusters) and at least `quotient`, and more persons than their `floor` quantile."""
    share = _shares(persons, -1)
    country = _shares(persons.sum(axis=-2), -1)[..., None, :]
    located = np.divide(share, country, out=np.zeros_like(share), where=country > 0)
    limit = np.maximum(_quantile(located, counted, quantile), quotient)
    least = _quantile(persons, counted, floor)
    strong = counted & (located >= limit) & (persons > least)
    strong_share: np.ndarray = np.sum(share * strong, axis=-1)
    return strong_share


def _shares(values: np.ndarray, axis: int) -> np.ndarray:
    """Zero in groups without persons."""
    total = values.sum(axis=axis, keepdims=True)
    shares: np.ndarray = np.divide(values, total, out=np.zeros(values.shape), where=total > 0)
    return shares


def _quantile(values: np.ndarray, counted: np.ndarray, share: float) -> np.ndarray:
    """Quantile over states by cluster (..., 1, clusters); infinite for a cluster without any."""
    quantiles = np.full((*values.shape[:-2], 1, values.shape[-1]), np.inf)
    for cluster in np.flatnonzero(counted.any(axis=0)):
        among = values[..., counted[:, cluster], cluster]
        quantiles[..., 0, cluster] = np.quantile(among, share, axis=-1)
    return quantiles
