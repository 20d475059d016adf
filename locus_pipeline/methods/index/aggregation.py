"""Aggregation: means of indicators, sub-pillars and pillars that know what is missing.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 6; the tree and the
means of the method are a proposal. Which mean is taken at which level is data (`framework.Means`;
the method's are rules). All functions broadcast over leading axes, so that a thousand versions of
an index are one call: arrays are (..., objects, items)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from locus_pipeline.methods.index.framework import PERFORMANCE, Means

ARITHMETIC, GEOMETRIC, HARMONIC = 1.0, 0.0, -1.0
ALL_ARITHMETIC = Means(ARITHMETIC, ARITHMETIC, ARITHMETIC, ARITHMETIC)
# A sum of logarithms of at most this is none: every value is at the foot of the scale.
FOOT = 1e-12


def power_mean(
    values: np.ndarray, weights: np.ndarray, power: float = ARITHMETIC, coverage: float = 1.0
) -> np.ndarray:
    """Weighted power mean over the last axis: arithmetic (1), geometric (0), harmonic (-1), ...

    The weights of missing values (NaN) go to the others in proportion; NaN where less than the
    share `coverage` of the weight is present. ValueError where a power of 0 or less meets a value
    of 0 or less.
    """
    one = np.zeros((values.shape[-1], 1), dtype=int)
    return group_means(values, weights, one, 1, power, coverage)[0][..., 0]


def group_means(
    values: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    count: int,
    power: float,
    coverage: float,
) -> tuple[np.ndarray, np.ndarray]:
    """As `power_mean`, of each group of items: (..., objects, groups), and each group's share of
    weight present. `groups` is the group, 0 to `count` - 1, of each item. A group whose items all
    weigh 0 is NaN."""
    member = _members(groups, count)
    present, terms = _terms(values, weights, power)
    weight, whole = present @ member, np.broadcast_to(weights, values.shape) @ member
    share = _ratio(weight, whole)
    mean = _ratio(terms @ member, weight)
    if power == GEOMETRIC:
        mean = np.exp(mean)
    elif power != 1:
        mean **= 1 / power
    # a third of a sum must not fail a limit of a third by the last digit
    return np.where(share >= coverage - 1e-9, mean, np.nan), share


def group_shares(
    values: np.ndarray, weights: np.ndarray, groups: np.ndarray, count: int, power: float
) -> np.ndarray:
    """What each item makes of the mean of its group, as `group_means` takes it: its share in the
    sum behind the mean (of values, logarithms, powers). 0 where it is missing, sums to 1 in each
    group that has a value. By weight where that sum is 0: at the foot of the scale a geometric mean
    has nothing to split."""
    member = _members(groups, count)
    present, terms = _terms(values, weights, power)
    whole, weight = (terms @ member)[..., groups], (present @ member)[..., groups]
    of_sum = np.divide(terms, whole, where=np.abs(whole) > FOOT, out=np.zeros(terms.shape))
    of_weight = np.divide(present, weight, where=weight > 0, out=np.zeros(terms.shape))
    group_shares: np.ndarray = np.where(np.abs(whole) > FOOT, of_sum, of_weight)
    return group_shares


def _members(groups: np.ndarray, count: int) -> np.ndarray:
    """1 where an item (row) is in a group (column)."""
    return np.equal(np.reshape(groups, (-1, 1)), np.arange(count)).astype(float)


def _terms(values: np.ndarray, weights: np.ndarray, power: float) -> tuple[np.ndarray, np.ndarray]:
    """The weights of values that are there, and what each adds to the sum behind a power mean."""
    if power <= 0 and (values <= 0).any():
        raise ValueError("A geometric or harmonic mean needs values above 0.")
    known = ~np.isnan(values)
    present = np.where(known, np.broadcast_to(weights, values.shape), 0.0)
    inner = np.where(known, values, 1.0)
    inner = np.log(inner) if power == GEOMETRIC else inner if power == 1 else inner**power
    return present, present * inner


@dataclass(frozen=True)
class Tree:
    """Indicators in sub-pillars in pillars, as positions. `pillars` has performance first."""

    indicators: tuple[str, ...]
    sub_pillars: tuple[tuple[str, str], ...]
    pillars: tuple[str, ...]
    sub_pillar_of: np.ndarray
    pillar_of: np.ndarray

    @classmethod
    def of(cls, indicators: pd.DataFrame) -> "Tree":
        """From the framework's indicators that are kept; all of its pillars must be left."""
        places = list(zip(indicators.pillar, indicators.sub_pillar, strict=True))
        pillars = sorted(dict.fromkeys(indicators.pillar), key=lambda name: name != PERFORMANCE)
        sub_pillars = sorted(dict.fromkeys(places), key=lambda place: pillars.index(place[0]))
        return cls(
            tuple(indicators.index),
            tuple(sub_pillars),
            tuple(pillars),
            np.array([sub_pillars.index(place) for place in places], dtype=int),
            np.array([pillars.index(pillar) for pillar, _ in sub_pillars], dtype=int),
        )

    @cached_property
    def indicator_pillar(self) -> np.ndarray:
        """Position of the pillar of each indicator."""
        pillars: np.ndarray = self.pillar_of[self.sub_pillar_of]
        return pillars

    @property
    def drivers(self) -> tuple[str, ...]:
        """The pillars other than performance."""
        return self.pillars[1:]

    def sub_pillar_scores(
        self, values: np.ndarray, weights: np.ndarray, coverage: float, means: Means
    ) -> np.ndarray:
        """Means of normalised indicators, `weights` (..., indicators) broadcasting."""
        return group_means(
            values, weights, self.sub_pillar_of, len(self.sub_pillars), means.sub_pillar, coverage
        )[0]

    def pillar_scores(self, sub_pillars: np.ndarray, coverage: float, means: Means) -> np.ndarray:
        """Means of the sub-pillars, equally weighted."""
        return group_means(
            sub_pillars, np.ones(1), self.pillar_of, len(self.pillars), means.pillar, coverage
        )[0]


def overall(
    pillars: np.ndarray,
    weights: np.ndarray,
    performance_share: float,
    means: Means,
) -> tuple[np.ndarray, np.ndarray]:
    """Drivers and score (..., objects) from pillars (..., objects, pillars), performance first.

    `weights` (..., pillars of drivers). NaN where a pillar is missing: an index without one of its
    pillars is another index.
    """
    drivers = power_mean(pillars[..., 1:], weights, means.drivers)
    halves = np.stack([pillars[..., 0], drivers], axis=-1)
    shares = np.array([performance_share, 1 - performance_share])
    return drivers, power_mean(halves, shares, means.score)


def score_shares(
    values: np.ndarray,
    sub_pillars: np.ndarray,
    pillars: np.ndarray,
    drivers: np.ndarray,
    tree: Tree,
    pillar_weights: np.ndarray,
    performance_share: float,
    means: Means,
) -> np.ndarray:
    """What each indicator makes of an object's score (objects, indicators): its shares in the mean
    of its sub-pillar, that one's in its pillar, and so on up, multiplied; rows sum to 1.

    `values` normalised, and what the same `means` made of them at each level.
    """
    one, at_top = np.zeros(pillars.shape[-1] - 1, dtype=int), np.zeros(2, dtype=int)
    halves = np.stack([pillars[:, 0], drivers], axis=-1)
    weights = np.array([performance_share, 1 - performance_share])
    of_score = group_shares(halves, weights, at_top, 1, means.score)
    of_drivers = group_shares(pillars[:, 1:], pillar_weights, one, 1, means.drivers)
    of_pillar = group_shares(
        sub_pillars, np.ones(1), tree.pillar_of, len(tree.pillars), means.pillar
    )
    of_sub_pillar = group_shares(
        values, np.ones(1), tree.sub_pillar_of, len(tree.sub_pillars), means.sub_pillar
    )
    pillar = np.concatenate([of_score[:, :1], of_score[:, 1:] * of_drivers], axis=1)
    sub_pillar = pillar[:, tree.pillar_of] * of_pillar
    shares: np.ndarray = sub_pillar[:, tree.sub_pillar_of] * of_sub_pillar
    return shares


def effective_weights(
    values: np.ndarray,
    sub_pillars: np.ndarray,
    tree: Tree,
    pillar_weights: np.ndarray,
    performance_share: float,
) -> np.ndarray:
    """What each indicator weighs in an object's arithmetic score after the weights of missing ones
    went to others: (objects, indicators), 0 where missing, rows that sum to 1.

    `values` (objects, indicators) normalised, `sub_pillars` their scores; `pillar_weights` (pillars
    of drivers,).
    """
    subs = ~np.isnan(sub_pillars)
    known = ~np.isnan(values) & subs[:, tree.sub_pillar_of]
    inside = np.equal(tree.sub_pillar_of[:, None], np.arange(len(tree.sub_pillars)))
    above = np.equal(tree.pillar_of[:, None], np.arange(len(tree.pillars)))
    of_pillar = np.concatenate([[performance_share], (1 - performance_share) * pillar_weights])
    beside = (subs.astype(float) @ above)[:, tree.pillar_of]
    of_sub = _ratio(np.broadcast_to(of_pillar[tree.pillar_of], beside.shape), beside)
    of_item = _ratio(of_sub, known.astype(float) @ inside)[:, tree.sub_pillar_of]
    return np.where(known, of_item, 0.0)


def _ratio(values: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Quotient; NaN where the base is 0."""
    ratio: np.ndarray = np.divide(
        values, base, where=base != 0, out=np.full(np.shape(values), np.nan)
    )
    return ratio
