"""Variances of cells with few factories: what one stratum can't tell, strata together can.

The sample variance of four factories of a skewed population is mostly too small, and so nearly
always when the estimate is too. It has two parts, and each is drawn towards what many strata say:

* how values differ among the cell's factories of a stratum, relative to their mean, towards the
  relative spread of the same cluster in all states, and this towards the country's;
* how many of a stratum's factories are the cell's at all. Where four of four are, nothing was seen
  of closures and changed industries, which there are all the same.

Both are generalised variance functions (Wolter, Introduction to Variance Estimation, chapter 7) in
the form of a weighted mean with the direct variance. Weights are in degrees of freedom; they are a
proposal (seeds smoothing_rules and interval_rules), tried on the population of bench/coverage.py.
The warehouse has the same in SQL (int_estimate_errors).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from locus_pipeline.methods.indicators.stratum_moments import Moments, added


@dataclass(frozen=True)
class Smoothing:
    """`level`: by measure, which measure's mean its spread is relative to: its own, or that of
    employees for amounts that may be negative or whose tail a small sample misses. `prior`: by
    measure, degrees of freedom of the common relative spread. `country`: degrees of freedom that
    the country's spread has in a cluster's. `membership`: factories that the common share of
    members counts for. `ratio`: degrees of freedom that smoothing adds to a stratum's own in
    ratios, whose residuals are less alike over strata than amounts."""

    level: np.ndarray
    prior: np.ndarray
    country: float
    membership: float
    ratio: float = 3.0

    @classmethod
    def from_tables(
        cls,
        measures: Sequence[str],
        smoothing: Iterable[Mapping[str, str]],
        intervals: Iterable[Mapping[str, str]],
    ) -> "Smoothing":
        """The rules of `measures`, in their order, from rows of the seeds smoothing_rules and
        interval_rules. Raises ValueError where the level of a measure is not among them."""
        rules = {row["variable"]: row for row in smoothing}
        of = {name: rules.get(name, rules["*"]) for name in measures}
        number = {row["parameter"]: float(row["value"]) for row in intervals}
        return cls(
            level=np.array([measures.index(of[name]["level"]) for name in measures]),
            prior=np.array([float(of[name]["prior"]) for name in measures]),
            country=number["country_prior"],
            membership=number["membership_prior"],
            ratio=number["ratio_prior"],
        )


def smoothed(
    rows: Moments, group: np.ndarray, rules: Smoothing, changed: np.ndarray | float = 0.0
) -> Moments:
    """The same rows with smoothed products; `covariances` of them are those of the cells.

    `group`: the cluster of each cell. `changed`: share of factories whose industry of the frame is
    not that of the return, where strata are made of the return (masked frames); those that left
    are missing in the stratum. With n the cell's factories of a stratum and m their mean,

        W* = sum_xy (y - m)(y - m)', drawn towards (n - 1) K m m'
        B* = N p (1 - p) m m',  N = selected / (1 - changed),
             p = (n + membership P) / (N + membership) in the cell's home strata, else n / N

    K: sum of W over the strata of a cluster, relative to the roots of both sums of (n - 1) m^2.
    P: sum of n over sum of N of home strata. A lone factory keeps its square: that is what it has
    if its stratum is another's.
    """
    mean = rows.sums / rows.inside[:, None]
    within = rows.products - rows.inside[:, None, None] * _outer(mean)
    of_values = _drawn(within, mean[:, rules.level], rows, group, rules)
    of_members = _members(rows, rules.membership, changed)[:, None, None] * _outer(mean)
    base = _outer(rows.sums) * rows.inverse_selected[:, None, None]
    lone = (rows.selected == 1)[:, None, None]
    return replace(rows, products=np.where(lone, rows.products, of_values + of_members + base))


def _outer(values: np.ndarray) -> np.ndarray:
    products: np.ndarray = values[:, :, None] * values[:, None, :]
    return products


def _drawn(
    within: np.ndarray, level: np.ndarray, rows: Moments, group: np.ndarray, rules: Smoothing
) -> np.ndarray:
    """`within` drawn towards the relative spread of the cluster. Relative covariances are over the
    roots of both measures' bases and weights are products of roots, so that every matrix here is
    positive semidefinite whatever the priors are: no ratio gets a negative variance."""
    free = rows.inside - 1.0
    expected = free[:, None, None] * _outer(level)
    at = group[rows.cell]
    groups = int(group.max()) + 1
    spread = added(within, at, groups)
    base = added(free[:, None] * level**2, at, groups)
    degrees = np.bincount(at, free, minlength=groups)[:, None, None]
    country = _ratio(spread.sum(axis=0), _outer(np.sqrt(base.sum(axis=0, keepdims=True)))[0])
    cluster = _ratio(spread, _outer(np.sqrt(base)))
    common = (degrees * cluster + rules.country * country) / (degrees + rules.country)
    weight = np.maximum(free[:, None] + rules.prior, np.finfo(float).tiny)
    amounts, shared = np.sqrt(free[:, None] / weight), np.sqrt(rules.prior / weight)
    expected_covariances: np.ndarray = (
        _outer(amounts) * within + _outer(shared) * common[at] * expected
    )
    return expected_covariances


def _members(rows: Moments, membership: float, changed: np.ndarray | float) -> np.ndarray:
    """N p (1 - p) by row."""
    selected = rows.selected / (1 - changed)
    home = at_home(rows)
    share = rows.inside / selected
    if home.any():
        common = rows.inside[home].sum() / selected[home].sum()
        drawn = (rows.inside + membership * common) / (selected + membership)
        share = np.where(home, drawn, share)
    return selected * share * (1 - share)


def unseen(rows: Moments, state: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Variance of what a cell has in strata where none of its factories was drawn (cells,
    measures): nothing in a sample tells of them, so it is taken from other states.

    Of the factories selected away from home, a share P belongs to the cluster. Where a cell has
    none away from home, the number it has there is as good as Poisson with mean P U, where U is
    the number of factories that the strata of its place have and did not select; the variance of
    their values is P U times the mean square of a factory of the cluster. `state`: place of each
    cell. A stratum that lies in several places counts in each by its open factories there."""
    home = at_home(rows)
    of_stratum = np.unique(rows.stratum, return_inverse=True)[1]
    place = state[rows.cell]
    present = rows.inside * (rows.selected / np.bincount(of_stratum, rows.inside)[of_stratum])
    left_out = present * (rows.multiplier - 1)
    # strata by place: of what is there, a cell's home has all of the stratum
    _, there = np.unique(of_stratum * (int(state.max()) + 1) + place, return_inverse=True)

    def at_homes(values: np.ndarray, by: np.ndarray, groups: int) -> np.ndarray:
        whole = np.bincount(there, values)[there]
        homes: np.ndarray = np.bincount(by[home], whole[home], minlength=groups)
        return homes

    groups = int(cluster.max()) + 1
    of = cluster[rows.cell]
    seen = np.bincount(rows.cell[~home], rows.inside[~home], minlength=rows.cells)
    share = _ratio(
        np.bincount(cluster, seen, minlength=groups),
        present.sum() - at_homes(present, of, groups),
    )
    of_place = np.bincount(place, left_out, minlength=int(state.max()) + 1)
    away = of_place[state] - at_homes(left_out, rows.cell, rows.cells)
    squares = np.diagonal(rows.products, axis1=1, axis2=2) / rows.multiplier[:, None] ** 2
    mean_square = _ratio(
        added(squares, of, groups), np.bincount(of, rows.inside, minlength=groups)[:, None]
    )
    number = np.where(seen == 0, share[cluster] * away, 0.0)
    totals_unseen: np.ndarray = number[:, None] * mean_square[cluster]
    return totals_unseen


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """0 in a cluster that has nothing to be counted."""
    below = np.broadcast_to(below, above.shape)
    ratio: np.ndarray = np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
    return ratio


def at_home(rows: Moments) -> np.ndarray:
    """Which rows are a stratum in its own cell: the one that most of its factories are in."""
    _, stratum = np.unique(rows.stratum, return_inverse=True)
    most = np.zeros(stratum.max(initial=-1) + 1, dtype=int)
    np.maximum.at(most, stratum, rows.inside)
    is_home: np.ndarray = (rows.inside == most[stratum]) & (rows.selected > 1)
    return is_home
