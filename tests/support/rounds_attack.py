"""What is told of units by the published metrics of survey rounds, by linear programs.

Own code, apart from the method's. Unknown is the weighted sum of each item over each group of units
that the same figures count, in every period of a cluster; none is negative where no answer may be.
Each printed total, mean, ratio and growth limits sums of them, as closely as its last digit. Who
answered what, and with what weight, is taken as known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, lil_array
from scipy.sparse.csgraph import connected_components

# How far what is hidden must stay uncertain, up or down, as a share of it.
PROTECTION = 0.1
# Figures that fewer units answered, and amounts of which two have this share, are hidden.
FEW, DOMINANCE = 5, 0.85
# What the programs lose in digits; limits tighter than they can solve to are so much wider.
DIGITS, SLACK = 1e-4, 1e-6
# No amount is more than so many times what it is: programs without any bound are slow to solve.
UNKNOWN = 1e3


# What a form's amounts add up to, of whoever answers all of them: (whole, parts with their signs).
IDENTITIES = (
    ("wages", (("wages_direct_workers", 1), ("wages_contract_workers", 1),
               ("wages_salaried_staff", 1))),
    ("gross_value_added", (("output", 1), ("input", -1))),
)  # fmt: skip


class Amount(NamedTuple):
    """Items of a period, added up or subtracted over some units."""

    period: str
    items: tuple[tuple[str, int], ...]
    units: frozenset[str]


# An unknown: one item over units that stand in the same figures.
Unknown = tuple[str, str, frozenset[str]]


@dataclass
class Answers:
    """The truth of one cluster: what its units answered, and which of them the figures count.

    `values`: (period, unit, item) -> weighted answer. `counted`: (period, parameter, component) ->
    units. `sizes`: (period, size class) -> units.
    `amounts`: what figures are made of, printed or not, and what a part leaves of its whole.
    `signed`: items that may be negative. `money`: items that are amounts of money."""

    values: dict[tuple[str, str, str], float]
    counted: dict[tuple[str, str, str], frozenset[str]]
    sizes: dict[tuple[str, str], frozenset[str]]
    amounts: set[Amount]
    signed: set[str]
    money: set[str]

    def of_unit(self, amount: Amount, unit: str) -> float:
        return sum(
            sign * self.values.get((amount.period, unit, item), 0.0) for item, sign in amount.items
        )

    def parts(self, amount: Amount) -> list[float]:
        """What each of the units that have some of it adds, largest first, without signs."""
        values = (abs(self.of_unit(amount, unit)) for unit in amount.units)
        return sorted((value for value in values if value), reverse=True)

    def total(self, amount: Amount) -> float:
        return sum(self.of_unit(amount, unit) for unit in amount.units)

    def is_money(self, amount: Amount) -> bool:
        return {item for item, _ in amount.items} <= self.money

    def is_signed(self, amount: Amount) -> bool:
        return any(self.of_unit(amount, unit) < 0 for unit in amount.units) or bool(
            {item for item, _ in amount.items} & self.signed
        )

    def is_sensitive(self, amount: Amount) -> bool:
        parts = self.parts(amount)
        is_dominated = self.is_money(amount) and sum(parts[:2]) >= DOMINANCE * sum(parts)
        return bool(parts) and (len(amount.units) < FEW or is_dominated)


@dataclass
class RoundsAttacker:
    """Who has read all figures of one cluster in all periods: weighted sums of amounts of one item,
    and the most that each can be."""

    answers: Answers
    limits: list[tuple[dict[Unknown, float], float]] = field(default_factory=list)

    def told(self) -> list[tuple]:
        """Amounts that are told, to whom, with their bounds as shares of them."""
        leaks = []
        for amount in sorted(self._targets(), key=str):
            size = sum(self.answers.parts(amount))
            if size:
                low, high = self._bounds(amount)
                for whom in (*self._outsiders(amount, low, high), *self._owners(amount, high)):
                    items = " ".join(f"{sign:+}{item}" for item, sign in amount.items)
                    units = " ".join(sorted(amount.units))
                    leaks.append((whom, amount.period, items, units, low / size, high / size))
        return leaks

    def _outsiders(self, amount: Amount, low: float, high: float) -> Iterator[str]:
        """A sensitive amount is told that is known up and down to the protection, and of any amount
        of money the two largest units, where they have nearly all of the most that it can be."""
        parts, value = self.answers.parts(amount), self.answers.total(amount)
        room = (PROTECTION - DIGITS) * sum(parts)
        is_known = low > value - room and high < value + room
        is_told = is_known and self.answers.is_sensitive(amount)
        if self.answers.is_money(amount) and not self.answers.is_signed(amount):
            is_told |= sum(parts[:2]) >= (DOMINANCE + DIGITS) * high
        if is_told:
            yield "outsider"

    def _owners(self, amount: Amount, high: float) -> Iterator[str]:
        """The owner of any unit takes his own part from the sum: the rest is no nearer than the
        protection to what the largest other unit has of it."""
        if (
            self.answers.is_signed(amount)
            or not self.answers.is_money(amount)
            # what is without bound stays so, whatever one knows to be more than nothing
            or high > UNKNOWN / 2 * self.answers.total(amount)
        ):
            return
        for owner in sorted(amount.units):
            others = max(
                (self.answers.of_unit(amount, unit) for unit in amount.units - {owner}), default=0
            )
            if others:
                _, most = self._bounds(amount, owner)
                rest = most - self.answers.of_unit(amount, owner)
                if rest < (1 + PROTECTION - DIGITS) * others:
                    yield f"owner of {owner}"

    def _targets(self) -> set[Amount]:
        """What figures are made of, and what one figure leaves of another."""
        groups: dict[tuple, set[frozenset]] = {}
        for period, items, units in self.answers.amounts:
            groups.setdefault((period, items), set()).add(units)
        rests = {
            Amount(*key, more - fewer)
            for key, sets in groups.items()
            for more in sets
            for fewer in sets
            if fewer < more
        }
        return self.answers.amounts | rests

    @cached_property
    def _unknowns(self) -> dict[Unknown, int]:
        sets: dict[tuple[str, str], set[frozenset]] = {}
        for period, items, units in self.answers.amounts:
            for item, _ in items:
                sets.setdefault((period, item), set()).add(units)
        numbers: dict[Unknown, int] = {}
        for key, groups in sorted(sets.items()):
            members: dict[tuple, set] = {}
            for unit in sorted(frozenset().union(*groups)):
                members.setdefault(tuple(unit in group for group in groups), set()).add(unit)
            for units in members.values():
                numbers[(*key, frozenset(units))] = len(numbers)
        return numbers

    def _row(self, weights: dict[Unknown, float]) -> dict[int, float]:
        row: dict[int, float] = {}
        for (period, item, units), weight in weights.items():
            for (when, which, some), at in self._unknowns.items():
                if (when, which) == (period, item) and some <= units:
                    row[at] = row.get(at, 0.0) + weight
        return row

    @cached_property
    def _sizes(self) -> np.ndarray:
        """Programs count each unknown in units of its size: that is arithmetic, no knowledge."""
        sizes = [
            sum(self.answers.parts(Amount(period, ((item, 1),), units)))
            for period, item, units in self._unknowns
        ]
        return np.where(np.array(sizes) > 0, sizes, 1.0)

    @cached_property
    def _programs(self) -> tuple[np.ndarray, dict[int, tuple[csr_array, np.ndarray, np.ndarray]]]:
        """Which unknowns hang together; rows, limits and unknowns of each such part."""
        matrix, limits = lil_array((len(self.limits), len(self._unknowns))), []
        for number, (weights, most) in enumerate(self.limits):
            row = {at: weight * self._sizes[at] for at, weight in self._row(weights).items()}
            size = max(map(abs, row.values()))
            for at, weight in row.items():
                matrix[number, at] = weight / size
            limits.append(most / size + SLACK)
        whole = matrix.tocsr()
        _, part = connected_components(abs(whole).T @ abs(whole), directed=False)
        programs = {}
        for label in np.unique(part):
            inside = np.flatnonzero(part == label)
            rows = np.flatnonzero(abs(whole[:, inside]).sum(axis=1))
            programs[label] = whole[rows][:, inside], np.array(limits)[rows], inside
        return part, programs

    def _bounds(self, amount: Amount, owner: str | None = None) -> tuple[float, float]:
        """Smallest and largest value that agree with all that is printed, and with what the owner
        of a unit knows."""
        part, programs = self._programs
        keys = list(self._unknowns)
        weights = np.zeros(len(keys))
        row = self._row({(amount.period, item, amount.units): sign for item, sign in amount.items})
        for at, weight in row.items():
            weights[at] = weight * self._sizes[at]
        ends = np.zeros(2)
        for label in np.unique(part[list(row)]):
            matrix, limits, inside = programs[label]
            bounds = [(self._least(keys[at], owner) / self._sizes[at], UNKNOWN) for at in inside]
            scale = abs(weights[inside]).max()
            # alone in nothing printed
            if not len(limits):
                own_bounds = np.array(bounds[0]) * weights[inside]
                ends += np.sort(own_bounds)
                continue
            for side, sign in enumerate((1, -1)):
                objective = sign * weights[inside] / scale
                result = linprog(objective, matrix, limits, bounds=bounds)
                assert result.status == 0, result.message
                ends[side] += sign * result.fun * scale
        return ends[0], ends[1]

    def _least(self, unknown: Unknown, owner: str | None) -> float:
        """The least that it can be: nothing, or what its owner knows of it."""
        period, item, units = unknown
        if item in self.answers.signed:
            return -UNKNOWN * self._sizes[self._unknowns[unknown]]
        return self.answers.values.get((period, owner, item), 0.0) if owner in units else 0.0


def attackers(warehouse) -> dict[str, RoundsAttacker]:
    """Who attacks each named cluster of a RoundsWarehouse, by cluster."""
    metrics = warehouse.query("from facts.facts_round_metrics where value is not null")
    # numbers of units are no secret; few of a class are told by a test of their own
    terms = warehouse.query("from facts.int_round_terms where schedule = 'unit' and code is null")
    units = warehouse.query("from facts.int_round_unit_values where status = 'answered'")
    years = warehouse.query(
        "select cluster_id, period, reference_year from facts.int_round_clusters where is_fresh"
    )
    by_cluster = {}
    for cluster, of_cluster in years.groupby("cluster_id"):
        answers = _answers(warehouse, cluster, units[units.cluster_id == cluster], terms)
        years_of = dict(zip(of_cluster.period, of_cluster.reference_year, strict=True))
        limits = [
            limit
            for row in metrics[metrics.object_id == cluster].itertuples()
            for limit in _limits(row, _of_figure(terms, row), answers, years_of)
        ]  # fmt: skip
        limits += [limit for limit in _identities(answers) if limit[0]]
        by_cluster[cluster] = RoundsAttacker(answers, limits)
    return by_cluster


def _of_figure(terms: pd.DataFrame, row) -> pd.DataFrame:
    """The terms of a figure; none where another component is the same figure."""
    if str(row.value_basis).startswith("year_before"):
        return terms.iloc[:0]
    return terms[(terms.parameter_code == row.parameter_code) & (terms.component == row.component)]


def _answers(warehouse, cluster: str, counted: pd.DataFrame, terms: pd.DataFrame) -> Answers:
    rows = warehouse.query(
        f"""
        select sample.period, sample.unit_hash, answers.item, sample.weight * answers.value as value
        from facts.int_round_sample as sample
        inner join raw.round_answers as answers using (round, cluster_id, unit_hash)
        where cluster_id = '{cluster}' and schedule = 'unit' and value is not null
            and sample.is_fresh
        """
    )
    items = warehouse.query("from reference.facts_items where schedule = 'unit'")
    money = set(items.item[items.unit.isin(["Rs", "Rs lakh"])])
    units_of = {
        key: frozenset(group.unit_hash)
        for key, group in counted.groupby(["period", "parameter_code", "component"])
    }
    sample = warehouse.query(
        f"from facts.int_round_sample where cluster_id = '{cluster}' and is_fresh"
    )
    sizes = {
        key: frozenset(group.unit_hash) for key, group in sample.groupby(["period", "size_class"])
    }
    amounts = set()
    for (period, parameter, component), units in units_of.items():
        here = terms[(terms.parameter_code == parameter) & (terms.component == component)]
        of_all, of_sizes = here[here.size_class.isna()], here[here.size_class.notna()]
        amounts |= {Amount(period, items, units) for items in _made_of(of_all, money)}
        amounts |= {
            Amount(period, ((term.item, 1),), units & sizes.get((period, term.size_class), units))
            for term in of_sizes.itertuples()
        }
    amounts = {amount for amount in amounts if amount.units}
    answered = {(row.period, row.item): set() for row in rows.itertuples()}
    for row in rows.itertuples():
        answered[row.period, row.item].add(row.unit_hash)
    for whole, parts in IDENTITIES:
        items_of = [whole, *(item for item, _ in parts)]
        for period in {period for period, _ in answered}:
            everybody = frozenset.intersection(
                *(frozenset(answered.get((period, item), ())) for item in items_of)
            )
            # so that unknowns are told apart where the identity ends
            if everybody:
                amounts |= {Amount(period, ((item, 1),), everybody) for item in items_of}
    return Answers(
        {(row.period, row.unit_hash, row.item): row.value for row in rows.itertuples()},
        units_of,
        sizes,
        amounts,
        set(items.item[items.minimum.isna() & items.value_kind.isin(["number", "integer"])]),
        money,
    )


def _made_of(terms: pd.DataFrame, money: set[str]) -> Iterable[tuple[tuple[str, int], ...]]:
    """The items of a recipe one by one, above and below its line, and what the part above leaves
    where it is a share."""
    for item in terms.item:
        yield ((item, 1),)
    sides = {
        side: tuple(zip(group.item, group.sign, strict=True))
        for side, group in terms.groupby("part")
    }
    yield from sides.values()
    if len(sides) == 2 and (terms.unit == "share").all() and set(terms.item) <= money:
        yield (*sides["denominator"], *((item, -sign) for item, sign in sides["numerator"]))


def _limits(row, terms: pd.DataFrame, answers: Answers, years: dict[str, int]) -> list:
    """What a printed figure tells; nothing that is linear if it is a median."""
    if terms.empty:
        return []
    statistic, factor = terms.statistic.iloc[0], terms.factor.iloc[0]
    # six decimals, two from a thousand on
    digits = 5e-7 if abs(row.value) < 1000 else 5e-3
    low, high = row.value - digits, row.value + digits
    counted = answers.counted[row.period, row.parameter_code, row.component]

    def part(name: str, period: str = row.period, units=counted) -> dict[Unknown, float]:
        side = terms[terms.part == name]
        weights: dict[Unknown, float] = {}
        for term in side.itertuples():
            of_size = answers.sizes.get((period, term.size_class), frozenset())
            inside = units if pd.isna(term.size_class) else units & of_size
            if inside:
                weights[period, term.item, inside] = float(term.sign)
        return weights

    numerator, denominator = part("numerator"), part("denominator")
    if statistic in ("total", "mean") and not denominator:
        # the truth stands for what is known of weights and of how many answered
        items = tuple((item, int(sign)) for (_, item, _), sign in numerator.items())
        value = answers.total(Amount(row.period, items, counted))
        bounds = [value * bound / row.value if row.value else value for bound in (low, high)]
        return _between(numerator, {}, min(bounds), max(bounds))
    if statistic == "ratio":
        return _between(numerator, denominator, low / factor, high / factor)
    if statistic == "growth":
        earlier = [
            period
            for period, year in years.items()
            if year < years[row.period]
            and (period, row.parameter_code, row.component) in answers.counted
        ]
        base = min(earlier, key=lambda period: abs(years[row.period] - years[period] - 3))
        span = years[row.period] - years[base]
        of_base = part("numerator", base, answers.counted[base, row.parameter_code, row.component])
        return _between(numerator, of_base, (1 + low / 100) ** span, (1 + high / 100) ** span)
    return []


def _identities(answers: Answers) -> Iterator:
    """Each identity over who answered all of it, and over those of a printed figure who did."""
    for whole, parts in IDENTITIES:
        items = [whole, *(item for item, _ in parts)]
        for period in {period for period, _, _ in answers.values}:
            of_all = [
                {unit for when, unit, name in answers.values if (when, name) == (period, item)}
                for item in items
            ]
            everybody = frozenset.intersection(*map(frozenset, of_all))
            # only where the invented answers keep it
            if not everybody or any(
                abs(
                    answers.values[period, unit, whole]
                    - sum(sign * answers.values[period, unit, item] for item, sign in parts)
                )
                > 1e-6 * abs(answers.values[period, unit, whole]) + 1e-6
                for unit in everybody
            ):
                continue
            weights = {(period, item, everybody): float(sign) for item, sign in parts}
            yield from _between(weights, {(period, whole, everybody): 1.0}, 1.0, 1.0)


def _between(part: dict, whole: dict, low: float, high: float) -> list:
    """Limits of `part`: between `low` and `high` times `whole`, or as such where that is empty."""
    limits = []
    for sign, bound in ((1, high), (-1, low)):
        weights = {unknown: sign * weight for unknown, weight in part.items()}
        for unknown, weight in whole.items():
            weights[unknown] = weights.get(unknown, 0.0) - sign * bound * weight
        limits.append((weights, 0.0 if whole else sign * bound))
    return limits
