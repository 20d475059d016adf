"""What the owner of one unit is told of another by the standard errors of survey rounds.

Own code, apart from the method's. A total or mean of units and its error are two equations of what
each unit answered: their weighted sum, and their weighted squares within strata. Weights, strata
and who answered are taken as known, and what the owner's own unit answered; no amount is negative.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.optimize import minimize

PROTECTION = 0.1
# What the program and the printed digits lose.
DIGITS = 1e-3
# Who is large knows most: owners are those of so many of the largest units.
OWNERS = 4
SUMS = ("total", "mean")
NO_STEP = 8  # of SLSQP


def told(warehouse) -> list[tuple]:
    """Figures of money by whose printed error an owner knows the largest other unit: period,
    cluster, parameter, owner, and how far the other may go, as a share of it."""
    units = warehouse.query(
        """
        select units.* from facts.int_round_unit_values as units
        inner join facts.facts_round_metrics as metrics
            on units.period = metrics.period and units.cluster_id = metrics.object_id
            and units.parameter_code = metrics.parameter_code
            and units.component = metrics.component
        where metrics.standard_error > 0 and units.status = 'answered' and units.is_money
        """
    )
    units = units[units.statistic.isin(SUMS)]
    return [
        (*figure, owner, most)
        for figure, answered in units.groupby(
            ["period", "cluster_id", "parameter_code", "component"]
        )
        for owner, most in _reach(answered.reset_index(drop=True))
        if most < 1 + PROTECTION - DIGITS
    ]


def _reach(units: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """How far the largest other unit can go, as a share of it, for the owners of the largest."""
    amounts = (units.y.abs() * units.weight).to_numpy()
    if amounts.sum() == 0:
        return
    amounts = amounts / amounts.sum()
    squares = _Squares(units)
    for at in np.argsort(-amounts, kind="stable")[:OWNERS]:
        others = np.where(np.arange(len(amounts)) == at, 0.0, amounts)
        largest = int(others.argmax())
        if others[largest] > 0 and units.variance_scale[largest] > 0:
            yield units.unit_hash[at], _most(amounts, at, largest, squares) / amounts[largest]


class _Squares:
    """The squares of deviations from the mean of each stratum, each with its scale."""

    def __init__(self, units: pd.DataFrame):
        same = units.stratum.to_numpy()[:, None] == units.stratum.to_numpy()
        means = same / same.sum(axis=1, keepdims=True)
        within = np.eye(len(units)) - means
        self.form = within.T @ np.diag(units.variance_scale) @ within

    def __call__(self, amounts: np.ndarray) -> float:
        return float(amounts @ self.form @ amounts)


def _most(amounts: np.ndarray, owner: int, largest: int, squares: _Squares) -> float:
    """The most that one unit can be with the sum and squares as they are and the owner's known."""
    direction = np.zeros(len(amounts))
    direction[largest] = 1.0
    known = squares(amounts)
    result = minimize(
        lambda x: -x[largest],
        amounts,
        jac=lambda x: -direction,
        method="SLSQP",
        bounds=[(amount, amount) if at == owner else (0, 1) for at, amount in enumerate(amounts)],
        constraints=[
            {"type": "eq", "fun": lambda x: x.sum() - 1, "jac": np.ones_like},
            {"type": "ineq", "fun": lambda x: (known - squares(x)) / known,
             "jac": lambda x: -2 * squares.form @ x / known},
        ],
        options={"maxiter": 500, "ftol": 1e-9},
    )  # fmt: skip
    # "positive directional derivative": where digits end, no step goes further
    is_allowed = abs(result.x.sum() - 1) < DIGITS and squares(result.x) <= known * (1 + DIGITS)
    assert result.success or (result.status == NO_STEP and is_allowed), result.message
    return float(result.x[largest])
