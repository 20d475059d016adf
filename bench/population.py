"""A finite population of factories and the survey's design, to see what estimates are worth.

Factories of 18 states and 40 industries in 20 clusters, over two years. Employment is a mixture of
a lognormal and a Pareto distribution; value added has a heavier tail and is negative for some. Of
the frame, some factories have closed and some have changed industry. Large factories, two states
and small strata are taken whole; of the others a part is drawn in each state and industry of the
frame, or in each district of these. Parameters are made up; the coverage of plain intervals that
they lead to is that which an independent simulation of the survey found.
"""

from dataclasses import dataclass

import numpy as np

from locus_pipeline.methods.indicators.stratum_moments import Moments, moments

STATES, INDUSTRIES, CLUSTERS = 18, 40, 20
CELLS, STRATA = STATES * CLUSTERS, STATES * INDUSTRIES
STATE = np.repeat(np.arange(STATES), CLUSTERS)
CLUSTER = np.tile(np.arange(CLUSTERS), STATES)
MEASURES = ("units", "employees", "wages", "value_added", "output", "capital")
UNITS, EMPLOYEES, WAGES, VALUE_ADDED, OUTPUT, CAPITAL = range(len(MEASURES))
FACTORIES = 20_000
LARGE_WORKERS, CENSUS_STATES = 100, 2
CLOSED, CHANGED, LOSS = 0.08, 0.06, 0.06


@dataclass(frozen=True)
class Population:
    """One year. `state`, `frame`, `returned` (industry), `workers` of the frame by factory;
    `values` (factories, measures), zero where closed; `cell`: state and cluster of the return."""

    state: np.ndarray
    frame: np.ndarray
    returned: np.ndarray
    workers: np.ndarray
    is_open: np.ndarray
    values: np.ndarray
    cell: np.ndarray

    @property
    def totals(self) -> np.ndarray:
        """The truth (cells, measures)."""
        return by_cell(self.cell, self.values)


def by_cell(cell: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`values` (factories, measures) added up by cell."""
    return np.stack([np.bincount(cell, column, minlength=CELLS) for column in values.T], axis=1)


def populations(seed: int, years: int = 2) -> list[Population]:
    """The same factories in each of `years`."""
    random = np.random.default_rng(seed)
    others = random.integers(0, CLUSTERS, INDUSTRIES - CLUSTERS)
    cluster_of = np.sort(np.concatenate([np.arange(CLUSTERS), others]))

    def spread(deviation: float, size: int | tuple) -> np.ndarray:
        return np.exp(random.normal(0, deviation, size))

    def tail(index: float) -> np.ndarray:
        return (1 - random.random(FACTORIES)) ** (-1 / index)

    weight = np.outer(spread(0.9, STATES), spread(0.9, INDUSTRIES))
    weight *= spread(1.2, weight.shape)
    place = random.choice(STRATA, FACTORIES, p=(weight / weight.sum()).ravel())
    state, frame = place // INDUSTRIES, place % INDUSTRIES
    workers = np.where(
        random.random(FACTORIES) < 0.12, 40 * tail(1.2), np.exp(2.9) * spread(1.0, FACTORIES)
    )
    workers = np.rint((workers * spread(0.25, INDUSTRIES)[frame]).clip(1, 8000))
    employees = workers * random.uniform(1.05, 1.5, FACTORIES)
    pay = spread(0.15, STATES)[state] * spread(0.2, INDUSTRIES)[frame]
    level = spread(0.15, STATES)[state] * spread(0.4, INDUSTRIES)[frame]
    per_person = np.where(
        random.random(FACTORIES) < 0.03, 6 * level * tail(1.5), 3 * level * spread(0.8, FACTORIES)
    ).clip(0, 400)
    is_loss = random.random(FACTORIES) < LOSS
    found = []
    for year in range(years):
        persons = employees * (np.exp(0.05) * spread(0.2, FACTORIES) if year else 1.0)
        margin = per_person * spread(0.3, FACTORIES)
        output = persons * per_person * np.exp(1.4) * spread(0.4, FACTORIES)
        is_open = random.random(FACTORIES) >= CLOSED
        returned = np.where(
            random.random(FACTORIES) < CHANGED, frame[random.permutation(FACTORIES)], frame
        )
        values = [
            np.ones(FACTORIES),
            persons,
            persons * pay * spread(0.35, FACTORIES),
            persons * np.where(is_loss, -0.4 * margin, margin),
            output,
            output * np.exp(-1) * spread(0.9, FACTORIES),
        ]
        found.append(
            Population(
                state,
                frame,
                returned,
                workers,
                is_open,
                np.stack(values, axis=1) * is_open[:, None],
                state * CLUSTERS + cluster_of[returned],
            )
        )
    return found


@dataclass(frozen=True)
class Estimate:
    """What one sample gives. `certain`: totals of factories taken whole (cells, measures),
    `certain_factories` (cells) and `largest` (cells, measures): their number and the largest;
    `rows`: moments of the others."""

    certain: np.ndarray
    certain_factories: np.ndarray
    largest: np.ndarray
    rows: Moments

    @property
    def sampled(self) -> np.ndarray:
        """Totals of the sampled part (cells, measures)."""
        return self.rows.by_cell(self.rows.sums)

    @property
    def totals(self) -> np.ndarray:
        """Estimated totals (cells, measures)."""
        return self.certain + self.sampled

    @property
    def factories(self) -> np.ndarray:
        """Sampled factories that are not certain, by cell."""
        return np.bincount(self.rows.cell, self.rows.inside, minlength=CELLS).astype(int)


@dataclass(frozen=True)
class Design:
    """Sample strata are states by industries of the frame by `districts` (unequal parts of a
    state); of each a `fraction` is drawn, at least `least`; strata of up to `least` are whole."""

    districts: int = 1
    fraction: float = 0.2
    least: int = 4


# As from 2007-08, and as from 2015-16: fewer factories of more strata.
COARSE, FINE = Design(), Design(districts=4, fraction=0.08, least=2)


class Survey:
    """The survey of one year's population."""

    def __init__(self, population: Population, design: Design = COARSE):
        self.population = population
        # the same districts in every year
        parts = 1 / np.arange(1, design.districts + 1)
        district = np.random.default_rng(0).choice(
            design.districts, len(population.state), p=parts / parts.sum()
        )
        stratum = population.state * INDUSTRIES + population.frame
        stratum = stratum * design.districts + district
        count = STRATA * design.districts
        certain = (population.workers >= LARGE_WORKERS) | (population.state < CENSUS_STATES)
        self.size = np.bincount(stratum[~certain], minlength=count)
        certain |= self.size[stratum] <= design.least
        self.wanted = np.maximum(design.least, np.ceil(self.size * design.fraction)).astype(int)
        self.others = np.flatnonzero(~certain)
        self.stratum = stratum[self.others]
        cells, values = population.cell[certain], population.values[certain]
        self.certain = by_cell(cells, values)
        self.certain_factories = self.certain[:, UNITS]
        self.largest = np.zeros((CELLS, len(MEASURES)))
        np.maximum.at(self.largest, cells, values)

    def drawn(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Factories of one sample, their multipliers and strata."""
        order = np.lexsort((random.random(len(self.others)), self.stratum))
        strata = self.stratum[order]
        starts = np.searchsorted(strata, np.arange(len(self.size)))
        rank = np.arange(len(order)) - starts[strata]
        chosen = order[rank < self.wanted[strata]]
        strata = self.stratum[chosen]
        return self.others[chosen], self.size[strata] / self.wanted[strata], strata

    def estimate(
        self, factories: np.ndarray, multiplier: np.ndarray, stratum: np.ndarray
    ) -> Estimate:
        """Totals of a sample and the moments of their errors, with these strata."""
        size = np.bincount(stratum)
        fraction = size / np.bincount(stratum, multiplier)
        scale = np.maximum(1 - fraction, 0)
        scale = np.where(size > 1, scale * size / np.maximum(size - 1, 1), scale)
        is_open = self.population.is_open[factories]
        kept, strata = factories[is_open], stratum[is_open]
        rows = moments(
            self.population.cell[kept],
            strata,
            size[strata],
            scale[strata],
            multiplier[is_open],
            self.population.values[kept],
            CELLS,
        )
        return Estimate(self.certain, self.certain_factories, self.largest, rows)


def rebuilt(population: Population, factories: np.ndarray, multiplier: np.ndarray) -> np.ndarray:
    """Strata where the release masks the industry of the frame: state, industry of the return and
    multiplier stand for them, as in the warehouse."""
    state, industry = population.state[factories], population.returned[factories]
    key = np.stack([state, industry, np.rint(multiplier * 1e6).astype(np.int64)])
    return np.unique(key, axis=1, return_inverse=True)[1].ravel()


def paired(population: Population, factories: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Strata with lone ones collapsed, as the warehouse does: pairs of neighbours within a state;
    one that is left over joins the stratum next to it."""
    size = np.bincount(stratum)
    state = population.state[factories][np.unique(stratum, return_index=True)[1]]
    target = np.arange(len(size))
    for place in np.unique(state[size == 1]):
        inside = np.flatnonzero(state == place)
        lone, full = inside[size[inside] == 1], inside[size[inside] > 1]
        if len(lone) > 1:
            pair = np.minimum(np.arange(len(lone)) // 2, len(lone) // 2 - 1)
            target[lone] = lone[pair * 2]
        elif len(full):
            before, after = full[full < lone[0]], full[full > lone[0]]
            target[lone] = before[-1] if len(before) else after[0]
    return np.unique(target[stratum], return_inverse=True)[1]
