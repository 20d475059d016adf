"""Concentration of clusters over states and specialisation of states, from totals of cells.

Everything is (..., states, clusters); leading axes are bootstrap replicates. What disclosure
control hides of a line is shared out over its hidden cells by their numbers of factories, as the
warehouse does (macro shared_out): an index then tells nothing that the published tables don't.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hidden:
    """What the published tables don't tell: of `cells` (states, clusters), of totals of `states`
    and of `clusters`; beside each the numbers of factories that are told."""

    cells: np.ndarray
    units: np.ndarray
    states: np.ndarray
    state_units: np.ndarray
    clusters: np.ndarray
    cluster_units: np.ndarray


@dataclass(frozen=True)
class Shares:
    """Shares of persons engaged: `of_cluster`, `of_state` (..., states, clusters) of the cluster's
    and of the state's; `states` (..., states), `clusters` (..., clusters) of the country's."""

    of_cluster: np.ndarray
    of_state: np.ndarray
    states: np.ndarray
    clusters: np.ndarray


def shares(persons: np.ndarray, hidden: Hidden | None = None) -> Shares:
    """Shares of `persons` (..., states, clusters) as the published tables tell them; zero in groups
    without persons."""
    truth = Shares(
        of_cluster=_shares(persons, -2),
        of_state=_shares(persons, -1),
        states=_shares(persons.sum(axis=-1), -1),
        clusters=_shares(persons.sum(axis=-2), -1),
    )
    if hidden is None:
        return truth
    return Shares(
        of_cluster=_shared_out(truth.of_cluster, hidden.cells, hidden.units, -2),
        of_state=_shared_out(truth.of_state, hidden.cells, hidden.units, -1),
        states=_shared_out(truth.states, hidden.states, hidden.state_units, -1),
        clusters=_shared_out(truth.clusters, hidden.clusters, hidden.cluster_units, -1),
    )


def spatial_hhi(given: Shares) -> np.ndarray:
    """Sum over states of squared shares of the cluster (..., clusters); 1 / states to 1."""
    hhi: np.ndarray = np.sum(given.of_cluster**2, axis=-2)
    return hhi


def portfolio_hhi(given: Shares) -> np.ndarray:
    """Sum over clusters of squared shares of the state (..., states)."""
    hhi: np.ndarray = np.sum(given.of_state**2, axis=-1)
    return hhi


def krugman(given: Shares) -> np.ndarray:
    """Krugman specialisation of states (..., states): 0 like the country, to 2."""
    specialisation: np.ndarray = np.abs(given.of_state - given.clusters[..., None, :]).sum(axis=-1)
    return specialisation


def hoover_gini(given: Shares) -> np.ndarray:
    """Doubled half-area of the Hoover curve of clusters (..., clusters): their cumulated shares
    over those of all persons, from the least specialised state; 0 to 1."""
    share = given.of_cluster
    base = np.broadcast_to(given.states[..., :, None], share.shape)
    # a state without persons stands last: it has no part in either
    quotient = np.divide(share, base, out=np.full(share.shape, np.inf), where=base > 0)
    order = np.argsort(quotient, axis=-2, kind="stable")
    share = np.take_along_axis(share, order, axis=-2)
    base = np.take_along_axis(base, order, axis=-2)
    cumulated = np.cumsum(share, axis=-2)
    hoover_gini: np.ndarray = 1 - np.sum(base * (2 * cumulated - share), axis=-2)
    return hoover_gini


def ellison_glaeser(given: Shares, plants: np.ndarray) -> np.ndarray:
    """Ellison-Glaeser index (..., clusters); `plants`: sum over factories of their squared shares
    of the cluster's persons, of the same shape. NaN where one factory is the cluster."""
    base = given.states[..., :, None]
    between = 1 - np.sum(base**2, axis=-2)
    gross = np.sum((given.of_cluster - base) ** 2, axis=-2)
    below = between * (1 - plants)
    missing = np.full(below.shape, np.nan)
    index: np.ndarray = np.divide(gross - between * plants, below, out=missing, where=below > 0)
    return index


def plant_hhi(persons: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Sum over factories of squared shares of the cluster's persons (..., clusters), from the
    estimated sums of their squares, `squares` (..., states, clusters); 1 without persons."""
    total = persons.sum(axis=-2)
    hhi: np.ndarray = np.divide(
        squares.sum(axis=-2), total**2, out=np.ones_like(total), where=total > 0
    )
    return hhi


def location_quotient(persons: np.ndarray) -> np.ndarray:
    """Share of the state's persons over that of the country's (..., states, clusters); zero in
    clusters without persons."""
    share = _shares(persons, -1)
    country = _shares(persons.sum(axis=-2), -1)[..., None, :]
    quotient: np.ndarray = np.divide(share, country, out=np.zeros_like(share), where=country > 0)
    return quotient


def share_in(given: Shares, strong: np.ndarray) -> np.ndarray:
    """Share of states' persons in their `strong` clusters (..., states)."""
    share: np.ndarray = np.sum(np.where(strong, given.of_state, 0.0), axis=-1)
    return share


def _shares(values: np.ndarray, axis: int) -> np.ndarray:
    """Zero in groups without persons."""
    total = values.sum(axis=axis, keepdims=True)
    shares: np.ndarray = np.divide(values, total, out=np.zeros(values.shape), where=total > 0)
    return shares


def _shared_out(values: np.ndarray, hidden: np.ndarray, units: np.ndarray, axis: int) -> np.ndarray:
    """NaN where the hidden cells of a line have no factories, as the warehouse has null."""
    rest = np.sum(values * hidden, axis=axis, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = rest * units / np.sum(units * hidden, axis=axis, keepdims=True)
    return np.where(hidden, part, values)
