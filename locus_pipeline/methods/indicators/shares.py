"""Shares of the cluster and of the state, and location quotients, with what their limits need."""

from dataclasses import dataclass

import numpy as np

from locus_pipeline.methods.indicators.stratum_moments import (
    Moments,
    covariances,
    total_covariances,
)


@dataclass(frozen=True)
class Relative:
    """One figure of each cell, relative to its totals. `value`; `slope`: derivative of its
    logarithm by that of the cell's total; `variance`: relative, by Taylor linearisation; `rest`:
    that part of it which is not the cell's own."""

    value: np.ndarray
    slope: np.ndarray
    variance: np.ndarray
    rest: np.ndarray


def relatives(
    total: np.ndarray, rows: Moments, measure: int, state: np.ndarray, cluster: np.ndarray
) -> dict[str, Relative]:
    """`share_of_cluster`, `share_of_state` and `lq` of one measure that is never negative.

    `total`: of the cells; `state`, `cluster`: of each cell; `rows`: the direct moments. A stratum
    lies in one state, so V(state) is the sum of its cells' covariances with it, and every other
    covariance follows from these."""
    cell_variance = covariances(rows)[:, measure, measure]
    with_state = total_covariances(rows, state)[:, measure]

    def added(values: np.ndarray, by: np.ndarray) -> np.ndarray:
        sums: np.ndarray = np.bincount(by, values)[by]
        return sums

    of_state, of_cluster, of_all = added(total, state), added(total, cluster), total.sum()
    state_variance, cluster_variance = added(with_state, state), added(cell_variance, cluster)
    cluster_with_all, variance = added(with_state, cluster), with_state.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        one, by_state, by_cluster = 1 / total, 1 / of_state, 1 / of_cluster
        by_all = 1 / of_all
        in_cluster = (
            cell_variance * one**2
            + cluster_variance * by_cluster**2
            - 2 * cell_variance * one * by_cluster
        )
        in_state = (
            cell_variance * one**2 + state_variance * by_state**2 - 2 * with_state * one * by_state
        )
        quotient = (
            in_state
            + cluster_variance * by_cluster**2
            + variance * by_all**2
            - 2 * cell_variance * one * by_cluster
            + 2 * with_state * (one * by_all + by_state * by_cluster)
            - 2 * state_variance * by_state * by_all
            - 2 * cluster_with_all * by_cluster * by_all
        )
        figures = {
            "share_of_cluster": (total * by_cluster, by_cluster, in_cluster),
            "share_of_state": (total * by_state, by_state, in_state),
            "lq": (
                total * by_state * by_cluster * of_all,
                by_state + by_cluster - by_all,
                quotient,
            ),
        }
        return {
            name: Relative(
                value=value,
                slope=1 - total * others,
                variance=np.maximum(relative, 0),
                rest=np.maximum(relative - cell_variance * (one - others) ** 2, 0),
            )
            for name, (value, others, relative) in figures.items()
        }
