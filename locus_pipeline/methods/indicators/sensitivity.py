"""Which cells of a published table tell of single factories, and how much of a cell others know.

A cell must be hidden by itself (primary suppression) where it has few factories, where one factory
makes nearly all of it (dominance), or where the second largest factory could tell the largest one
within the protection level (p% rule). The rules are those of statistics offices; see
docs/decisions/0008-disclosure.md for sources.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Rules:
    """`factories`: fewest sampled factories of a shown cell; `dominance`: share of the largest one
    (0-1) that hides a cell; `protection`: how far a hidden value must stay uncertain, up and down,
    as a share of it (0-1)."""

    factories: int = 3
    dominance: float = 0.85
    protection: float = 0.1


@dataclass(frozen=True)
class Cells:
    """Cells of one table and family, in the order of their keys.

    `keys`: a row for each cell. `values`, `largest`: cells by figures, absolute amounts of the cell
    and of its largest factory; figures are the family's measures, first as estimated, then as
    sampled. `is_primary`: must be hidden by itself. `cost`: estimated factories."""

    keys: pd.DataFrame
    values: np.ndarray
    largest: np.ndarray
    is_primary: np.ndarray
    cost: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)


def cells(
    factories: pd.DataFrame,
    keys: list[str],
    measures: list[str],
    dominated: list[str],
    rules: Rules,
) -> Cells:
    """`factories` (of one survey year) added up by `keys`; `dominated` are the money measures that
    the rules of dominance ask, `measures` those whose values are protected."""
    groups = factories.groupby(keys, sort=True)
    places = groups.ngroup().to_numpy()
    multiplier = factories.multiplier.to_numpy(float)
    sampled = np.abs(factories[measures].to_numpy(float, na_value=0.0))
    amounts = np.hstack([sampled * multiplier[:, None], sampled])
    count = groups.ngroups
    values, largest = np.zeros((2, count, amounts.shape[1]))
    np.add.at(values, places, amounts)
    np.maximum.at(largest, places, amounts)
    is_primary = np.bincount(places, minlength=count) < rules.factories
    for measure in dominated:
        amount = np.abs(factories[measure].to_numpy(float, na_value=0.0)) * multiplier
        is_primary |= _reveals_largest(amount, places, count, rules)
    return Cells(
        keys=groups.size().index.to_frame(index=False),
        values=values,
        largest=largest,
        is_primary=is_primary,
        cost=np.bincount(places, multiplier, minlength=count),
    )


def _reveals_largest(
    amount: np.ndarray, places: np.ndarray, count: int, rules: Rules
) -> np.ndarray:
    """Cells (of `count`) in which one factory dominates, or the second largest knows too much."""
    order = np.lexsort((-amount, places))
    starts = np.searchsorted(places[order], np.arange(count))
    ordered = np.append(amount[order], 0.0)
    sizes = np.bincount(places, minlength=count)
    first = ordered[starts]
    second = np.where(sizes > 1, ordered[starts + 1], 0.0)
    total = np.bincount(places, amount, minlength=count)
    rest = total - first - second
    is_revealing: np.ndarray = (first > 0) & (
        (first >= rules.dominance * total) | (rest < rules.protection * first)
    )
    return is_revealing
