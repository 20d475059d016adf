"""What an outsider tells of hidden figures from the published tables, by linear programs.

Own code, apart from the method's: it reads the tables alone. Unknown are the lowest hidden cells
(industries of a state and cluster, beside them its districts, and the sectors of a cluster), none
of them negative; every published number is an equation or a pair of bounds of them. Of each hidden
figure the program gives the smallest and the largest value that agrees with all that is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

INDUSTRY = ["state_code", "cluster_code", "nic_version", "nic_code", "assignment_rule"]
CELL = INDUSTRY[:2]
DISTRICT = ["state_code", "district_code", "cluster_code"]
SECTOR = ["sector", "cluster_code"]
# What lies beside the industries, in this order after them among the unknown.
BESIDE = {"cluster_district_year": DISTRICT, "cluster_sector_year": SECTOR}
# Sampled factories that a shown figure must have.
FEW = 3
# Shares and quotients are printed to six decimals.
ROUNDING = 5e-7
# What value added is made of, in each form: its two sides, none of them negative.
SIDES = {
    "gross_value_added": ("total_output", "total_input"),
    "gross_value_added_official": ("total_output_official", "total_input_official"),
}
# Two sums that differ by less are one, printed to some decimals.
SAME = 1e-5


@dataclass
class Attacker:
    """Lowest cells with what is printed of them (NaN where hidden), and what is known of sums:
    rows (weights of the cells, smallest, largest). `ceilings`: of targets that are a part of a
    printed total, that total: it tells so much alone. `is_signed`: cells may be negative."""

    printed: np.ndarray
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    ceilings: dict[tuple, float] = field(default_factory=dict)
    is_signed: bool = False

    def learn(self, weights: dict[int, float], low: float, high: float) -> None:
        """The weighted sum of cells lies between `low` and `high`."""
        known = sum(w * self.printed[at] for at, w in weights.items() if self._is_printed(at))
        hidden = {at: w for at, w in weights.items() if not self._is_printed(at) and w}
        if hidden:
            self.rows.append((hidden, low - known, high - known))

    def knowing(self, *facts: tuple[int, float, float]) -> "Attacker":
        """Who knows bounds of single cells besides: cell, smallest, largest."""
        insider = replace(self, rows=list(self.rows))
        for at, low, high in facts:
            insider.learn({at: 1.0}, low, high)
        return insider

    def beside(self, cells: Iterable[int]) -> set[int]:
        """The hidden cells that stand in an equation with one of these."""
        targets = set(cells)
        return {at for weights, _, _ in self.rows if targets & weights.keys() for at in weights}

    def _is_printed(self, at: int) -> bool:
        return not np.isnan(self.printed[at])

    def less(self, other: "Attacker", difference: "Attacker") -> "Attacker":
        """Who attacks the differences of two figures, with what is known of each and of their
        difference. Cells of `other` stand after those of this one."""
        count = len(self.printed)
        rows = [
            *self.rows,
            *(({at + count: w for at, w in row.items()}, *sums) for row, *sums in other.rows),
            *(
                (row | {at + count: -w for at, w in row.items()}, *sums)
                for row, *sums in difference.rows
            ),
        ]
        return Attacker(np.concatenate([self.printed, other.printed]), rows)

    def bounds(self, sums: Iterable[list[int] | dict[int, float]]) -> list[tuple[float, float]]:
        """Smallest and largest value of each sum of cells, which may have weights."""
        # cells that stand in the same equations can be told apart by nobody: one unknown
        signature: dict[int, list] = {}
        for number, (weights, _, _) in enumerate(self.rows):
            for at, weight in weights.items():
                signature.setdefault(at, []).append((number, weight))
        groups: dict[tuple, int] = {}
        group_of = {}
        members: dict[int, list[int]] = {}
        for at, equations in signature.items():
            group = groups.setdefault(tuple(equations), len(groups))
            group_of[at] = group
            members.setdefault(group, []).append(at)
        matrix = np.zeros((len(self.rows), len(groups)))
        for number, (weights, _, _) in enumerate(self.rows):
            for at, weight in weights.items():
                matrix[number, group_of[at]] = weight
        low, high = (np.array([row[at] for row in self.rows]) for at in (1, 2))
        links = csr_array(np.abs(matrix.T)) @ csr_array(np.abs(matrix))
        _, component = connected_components(links, directed=False)
        programs = {
            part: _Program.of(matrix, low, high, np.flatnonzero(component == part), self.is_signed)
            for part in np.unique(component)
        }
        return [self._bounds(places, programs, component, group_of, members) for places in sums]

    def _bounds(self, places, programs, component, group_of, members) -> tuple[float, float]:
        weights = places if isinstance(places, dict) else dict.fromkeys(places, 1.0)
        least = most = sum(
            w * self.printed[at] for at, w in weights.items() if self._is_printed(at)
        )
        by_part: dict[int, dict[int, list[float]]] = {}
        for at, weight in weights.items():
            if not self._is_printed(at) and at not in group_of:
                # nothing is known of it
                least -= np.inf if self.is_signed or weight < 0 else 0.0
                most += np.inf if self.is_signed or weight > 0 else 0.0
            elif not self._is_printed(at):
                inside = by_part.setdefault(component[group_of[at]], {})
                inside.setdefault(group_of[at], []).append(weight)
        for part, groups in by_part.items():
            # of a group of unknowns, each may be zero and each may be all of it
            for group, coefficients in groups.items():
                coefficients += [0.0] * (len(coefficients) < len(members[group]))
            if self.is_signed and any(
                len(set(coefficients)) > 1 for coefficients in groups.values()
            ):
                return -np.inf, np.inf
            least += programs[part].smallest(
                {at: min(coefficients) for at, coefficients in groups.items()}
            )
            most -= programs[part].smallest(
                {at: -max(coefficients) for at, coefficients in groups.items()}
            )
        return least, most


@dataclass
class _Program:
    """The equations and bounds of unknowns that hang together, scaled to numbers near one."""

    inside: np.ndarray
    equations: tuple[np.ndarray, np.ndarray]
    bounds: tuple[np.ndarray, np.ndarray]
    scale: float
    is_signed: bool

    @classmethod
    def of(cls, matrix, low, high, inside, is_signed) -> "_Program":
        part = matrix[:, inside]
        rows = np.abs(part).sum(axis=1) > 0
        part, low, high = part[rows], low[rows], high[rows]
        scale = max(np.abs(high).max(), np.abs(low).max(), 1.0)
        exact = low == high
        return cls(
            inside,
            (part[exact], high[exact] / scale),
            (
                np.vstack([part[~exact], -part[~exact]]),
                np.concatenate([high[~exact], -low[~exact]]) / scale,
            ),
            scale,
            is_signed,
        )

    def smallest(self, weights: dict[int, float]) -> float:
        """The smallest value of the sum of groups, each with its weight."""
        objective = np.array([weights.get(group, 0.0) for group in self.inside])
        if not objective.any():
            return 0.0
        (rows, sums), (limited, limits) = self.equations, self.bounds
        least = None if self.is_signed else 0
        result = linprog(objective, limited, limits, rows, sums, bounds=(least, None))
        if result.status == 3:
            return -np.inf
        assert result.status == 0, result.message
        return result.fun * self.scale


@dataclass
class Published:
    """The published tables of one survey year, by name."""

    tables: dict[str, pd.DataFrame]

    def attacked_value_added(
        self, measure: str, kind: str
    ) -> tuple["Attacker", dict[tuple, dict[int, float]]]:
        """The same for value added, which may be negative: output less input, which may not."""
        one, other = SIDES[measure]
        output, targets = self.attacked(one, kind)
        less, _ = self.attacked(other, kind)
        value_added, _ = self.attacked(measure, kind, is_signed=True)
        count = len(output.printed)
        sides = {
            name: dict.fromkeys(places, 1.0) | {at + count: -1.0 for at in places}
            for name, places in targets.items()
        }
        return output.less(less, value_added), sides

    def attacked(
        self, measure: str, kind: str, is_signed: bool = False
    ) -> tuple["Attacker", dict[tuple, list[int]]]:
        """An attacker who has read all tables for one measure (`kind`: estimated or actual), and
        the hidden figures as sums of lowest cells."""
        column = f"{measure}_{kind}"
        industries = self.tables["nic_state_year"]
        attacker = Attacker(
            np.concatenate(
                [
                    self.tables[table][column].to_numpy(float)
                    for table in ("nic_state_year", *BESIDE)
                ]
            ),
            is_signed=is_signed,
        )
        cells_of = _Places(industries)
        targets = {
            ("industry", *key): [at]
            for at, key in enumerate(industries[INDUSTRY].itertuples(index=False, name=None))
            if np.isnan(attacker.printed[at])
        }
        for table, keys in [
            ("cluster_state_year", CELL), ("state_year", ["state_code"]),
            ("cluster_year", ["cluster_code"]),
        ]:  # fmt: skip
            for key, value in self._rows(table, keys, column):
                places = cells_of(keys, key)
                if np.isnan(value):
                    targets[(table, *key)] = places
                else:
                    attacker.learn(dict.fromkeys(places, 1.0), value, value)
        for table in BESIDE:
            targets |= {
                (table, *key): [at]
                for key, at in self.places(table).items()
                if np.isnan(attacker.printed[at])
            }
        self._sectors_of_clusters(attacker, cells_of, column)
        self._country(attacker, measure, kind)
        if kind == "estimated":
            self._codings(attacker, cells_of, targets, measure)
            self._weights(attacker, measure)
            self._shares(attacker, cells_of, measure)
            self._facts(attacker, cells_of, measure)
            self._growth(attacker, cells_of, measure)
            self._definitions(attacker, cells_of, measure)
            self._continuity(attacker, cells_of, measure)
        # last: what the metrics tell of a district is known here
        self._districts_of_cells(attacker, cells_of, column)
        return attacker, targets

    def places(self, table: str) -> dict[tuple, int]:
        """Where the rows of a table BESIDE the industries stand among the unknown, by key."""
        start = len(self.tables["nic_state_year"])
        for earlier, keys in BESIDE.items():
            rows = self.tables[earlier]
            if earlier == table:
                names = rows[keys].itertuples(index=False, name=None)
                return {key: start + at for at, key in enumerate(names)}
            start += len(rows)
        raise KeyError(table)

    def _rows(self, table: str, keys: list[str], column: str) -> Iterable[tuple[tuple, float]]:
        rows = self.tables[table]
        return zip(
            rows[keys].itertuples(index=False, name=None), rows[column].astype(float), strict=True
        )

    def _country(self, attacker: Attacker, measure: str, kind: str) -> None:
        """The country's total is printed for some measures and told of all by the office."""
        value = self.tables["country"][f"{measure}_{kind}"].iloc[0]
        industries = range(len(self.tables["nic_state_year"]))
        attacker.learn(dict.fromkeys(industries, 1.0), value, value)

    def _codings(self, attacker, cells_of, targets, measure: str) -> None:
        column = f"{measure}_estimated"
        if column not in self.tables["nic_prevalence"]:
            return
        few = self.tables["nic_prevalence"].factories_sampled < FEW
        for (key, value), is_few in zip(
            self._rows("nic_prevalence", ["state_code", "coding"], column), few, strict=True
        ):
            places = cells_of(["state_code", "coding"], key)
            if not np.isnan(value):
                attacker.learn(dict.fromkeys(places, 1.0), value, value)
            elif is_few:
                # a large total that is hidden for what is in it is no secret itself
                targets[("nic_prevalence", *key)] = places

    def _weights(self, attacker, measure: str) -> None:
        table = self.tables["cluster_year_by_weights"]
        if f"{measure}_by_weights" not in table:
            return
        industries = self.tables["nic_state_year"]
        split = self.tables["weights"].groupby("nic_code")
        shares = {code: dict(zip(g.cluster_code, g.weight, strict=True)) for code, g in split}
        for way in ("one_cluster", "by_weights"):
            for (cluster,), value in self._rows(
                "cluster_year_by_weights", ["cluster_code"], f"{measure}_{way}"
            ):
                if np.isnan(value):
                    continue
                weights = {}
                for at, row in enumerate(industries.itertuples()):
                    is_split = (
                        way == "by_weights"
                        and row.assignment_rule == "code of the return"
                        and row.nic_code in shares
                    )
                    weights[at] = (
                        shares[row.nic_code].get(cluster, 0.0)
                        if is_split
                        else float(row.cluster_code == cluster)
                    )
                attacker.learn({at: w for at, w in weights.items() if w}, value, value)

    def _shares(self, attacker, cells_of, measure: str) -> None:
        """A share of a total is a linear equation of both, whichever of them is hidden; a quotient
        where one of its totals is printed."""
        name = {"total_employees": "employment", "gross_value_added": "gross_value_added",
                "total_employee_wages": "wages"}.get(measure)  # fmt: skip
        if name is None:
            return
        country = self.tables["country"][f"{measure}_estimated"].iloc[0]
        column = f"{measure}_estimated"
        states = dict(self._rows("state_year", ["state_code"], column))
        clusters = dict(self._rows("cluster_year", ["cluster_code"], column))
        cells = dict(self._rows("cluster_state_year", CELL, column))
        for table, states_of in [
            ("cluster_indicators", lambda code: [code]),
            ("cluster_indicators_harmonised", self._harmonised),
        ]:
            for row in self.tables[table].itertuples():
                state_codes = states_of(row.state_code)
                cell = [
                    at for code in state_codes for at in cells_of(CELL, (code, row.cluster_code))
                ]
                state = [at for code in state_codes for at in cells_of(["state_code"], (code,))]
                cluster = cells_of(["cluster_code"], (row.cluster_code,))
                # NaN where a part is hidden
                value = sum(cells.get((code, row.cluster_code), 0.0) for code in state_codes)
                of_state = sum(states.get((code,), 0.0) for code in state_codes)
                of_cluster = clusters[(row.cluster_code,)]
                quotient = getattr(row, f"lq_{name}")
                # what follows from printed figures alone tells nothing new
                for ratio, whole, figures in [
                    (getattr(row, f"share_of_state_{name}"), state, (value, of_state)),
                    (getattr(row, f"share_of_cluster_{name}"), cluster, (value, of_cluster)),
                    (quotient * of_state / country, cluster, (value, of_cluster)),
                    (quotient * of_cluster / country, state, (value, of_state)),
                ]:
                    if not np.isnan(ratio) and np.isnan(figures).any():
                        _learn_ratio(attacker, ratio, cell, whole, country)

    def _facts(self, attacker, cells_of, measure: str) -> None:
        """A FACTS metric is a total, or a ratio that gives one where its other part is printed."""
        objects = self.tables["facts_objects"].set_index("object_id")
        places = {}
        for key in objects[objects.object_type == "state_cluster"].itertuples():
            places[key.Index] = cells_of(CELL, (key.state_code, key.cluster_code))
        of_districts = self.places("cluster_district_year")
        for key in objects[objects.object_type == "district_cluster"].itertuples():
            district = (key.state_code, key.district_code, key.cluster_code)
            places[key.Index] = [of_districts[district]]
        printed = self.printed_totals()
        known: dict[str, list[tuple[float, float]]] = {}
        if measure in objects:
            for name, value in objects[measure].dropna().items():
                known.setdefault(name, []).append((value, value))
        rows = self.tables["facts_metrics"].merge(
            self.tables["facts_recipes"], on=["parameter_code", "component"]
        )
        for row in rows[rows.value.notna()].itertuples():
            bounds = _bounds_of(row, measure, printed.get(row.object_id, {}))
            if bounds is not None:
                known.setdefault(row.object_id, []).append(bounds)
            elif row.statistic in ("share", "quotient") and row.numerator == measure:
                self._learn_share(attacker, cells_of, objects.loc[row.object_id], row, places)
        column = f"{measure}_estimated"
        cells = {
            f"{state}-{cluster}": value
            for (state, cluster), value in self._rows("cluster_state_year", CELL, column)
        }
        for name, bounds in known.items():
            low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
            if len(places[name]) == 1 and objects.object_type[name] == "district_cluster":
                at = places[name][0]
                if np.isnan(attacker.printed[at]) and high - low <= SAME * high:
                    attacker.printed[at] = (low + high) / 2
                else:
                    attacker.learn({at: 1.0}, low, high)
            # what is printed of the cell itself is more exact
            elif np.isnan(cells.get(name, np.nan)):
                attacker.learn(dict.fromkeys(places[name], 1.0), low, high)

    def printed_totals(self) -> dict[str, dict[str, float]]:
        """By object the totals that stand in the published tables."""
        objects = self.tables["facts_objects"].set_index("object_id")
        by_table = {
            name: {"units": row.units,
                   "total_employees": row.total_employees, "fixed_capital": row.fixed_capital}
            for name, row in zip(objects.index, objects.itertuples(), strict=True)
        }  # fmt: skip
        cells = self.tables["cluster_state_year"]
        totals = [name for name in cells.columns if name.endswith("_estimated")]
        for row in cells.to_dict("records"):
            name = f"{row['state_code']}-{row['cluster_code']}"
            values = by_table.setdefault(name, {})
            values |= {total.removesuffix("_estimated"): row[total] for total in totals}
        return by_table

    def _learn_share(self, attacker, cells_of, place, row, places) -> None:
        """The cell over its state, in a quotient divided by the cluster's share of the country."""
        if place.object_type != "state_cluster":
            return
        column = f"{row.numerator}_estimated"
        country = self.tables["country"][column].iloc[0]
        states = dict(self._rows("state_year", ["state_code"], column))
        clusters = dict(self._rows("cluster_year", ["cluster_code"], column))
        cells = dict(self._rows("cluster_state_year", CELL, column))
        of_state, of_cluster = states[(place.state_code,)], clusters[(place.cluster_code,)]
        ratio = row.value * (of_cluster / country if row.statistic == "quotient" else 1.0)
        figures = (cells.get((place.state_code, place.cluster_code), np.nan), of_state)
        if not np.isnan(ratio) and np.isnan(figures).any():
            state = cells_of(["state_code"], (place.state_code,))
            _learn_ratio(attacker, ratio, places[row.object_id], state, country)

    def _districts_of_cells(self, attacker, cells_of, column: str) -> None:
        """The districts of a cell are not more than it, and all of it where their numbers of
        factories, which are always printed, are the cell's."""
        country = self.tables["country"][column].iloc[0]
        places = self.places("cluster_district_year")
        units = dict(self._rows("cluster_state_year", CELL, "units_estimated"))
        for key, districts in self.tables["cluster_district_year"].groupby(CELL):
            is_whole = abs(districts.units_estimated.sum() - units[key]) < SAME
            rest = {
                places[at]: -1.0 for at in districts[DISTRICT].itertuples(index=False, name=None)
            }
            slack = ROUNDING * abs(country)
            if attacker.is_signed and not is_whole:
                continue
            attacker.learn(
                dict.fromkeys(cells_of(CELL, key), 1.0) | rest,
                -slack, slack if is_whole else country,
            )  # fmt: skip

    def _sectors_of_clusters(self, attacker, cells_of, column: str) -> None:
        """The sectors of a cluster are all of it."""
        slack = ROUNDING * abs(self.tables["country"][column].iloc[0])
        places = self.places("cluster_sector_year")
        totals = dict(self._rows("cluster_year", ["cluster_code"], column))
        for (cluster,), part in self.tables["cluster_sector_year"].groupby(["cluster_code"]):
            keys = list(part[SECTOR].itertuples(index=False, name=None))
            sectors = {places[key]: 1.0 for key in keys}
            total = totals[(cluster,)]
            if np.isnan(total):
                rest = dict.fromkeys(cells_of(["cluster_code"], (cluster,)), -1.0)
                attacker.learn(sectors | rest, -slack, slack)
            else:
                attacker.learn(sectors, total, total)
                for key in keys:
                    attacker.ceilings[("cluster_sector_year", *key)] = total

    def _growth(self, attacker, cells_of, measure: str) -> None:
        """Growth in per cent a year between the two years, of which one is printed."""
        rows = self.tables["facts_growth"].merge(
            self.tables["facts_recipes"], on=["parameter_code", "component"]
        )
        rows = rows[(rows.numerator == measure) & rows.value.notna()]
        if rows.empty:
            return
        year = self.tables["nic_state_year"].survey_year.iloc[0]
        of_years = self.tables["cells_of_years"]
        base_year = of_years.survey_year.min()
        printed = of_years.set_index(["survey_year", *CELL])[f"{measure}_estimated"]
        for row in rows.itertuples():
            cell = tuple(row.object_id.split("-"))
            value, other = (
                printed.get((name, *cell), np.nan)
                for name in ([row.period, base_year] if year == row.period
                             else [base_year, row.period])
            )  # fmt: skip
            if not np.isnan(value) or np.isnan(other):
                continue
            span = int(row.period[:4]) - int(base_year[:4])
            low, high = (
                other * ((1 + (row.value + digits) / row.factor) ** span) ** sign
                for sign in (1 if year == row.period else -1,)
                for digits in (-5e-7, 5e-7)
            )
            attacker.learn(dict.fromkeys(cells_of(CELL, cell), 1.0), min(low, high), max(low, high))

    def _definitions(self, attacker, cells_of, measure: str) -> None:
        """Totals of codes whose cluster another version of the definitions changes."""
        column = f"{measure}_estimated"
        if column in self.tables["definitions_diff"]:
            keys = ["nic_version", "nic_code"]
            for key, value in self._rows("definitions_diff", keys, column):
                if not np.isnan(value):
                    attacker.learn(dict.fromkeys(cells_of(keys, key), 1.0), value, value)

    def _continuity(self, attacker, cells_of, measure: str) -> None:
        """Clusters on their side of a change of classification; the change with the other side
        printed; and the codes that the mapping moves, each continuing one code."""
        table = self.tables["continuity"]
        if f"{measure}_before" not in table:
            return
        year = self.tables["nic_state_year"].survey_year.iloc[0]
        digits = 5e-4
        for row in table.to_dict("records"):
            cluster = cells_of(["cluster_code"], (row["cluster_code"],))
            before, after, change = (
                row[f"{measure}_{name}"] for name in ("before", "after", "change")
            )
            sides = []
            if row["survey_year_before"] == year:
                sides = [(before, 0.0), (after - change, digits)]
                of_country = row["employment_share_before"]
                if measure == "total_employees" and not np.isnan(of_country):
                    country = self.tables["country"][f"{measure}_estimated"].iloc[0]
                    sides.append((of_country * country, SAME * country))
            elif row["survey_year_after"] == year:
                sides = [(after, 0.0), (before + change, digits)]
                moved = row[f"{measure}_mapping_change"]
                if not np.isnan(moved):
                    weights = self._moved(row["cluster_code"])
                    attacker.learn(weights, moved - digits, moved + digits)
            printed = dict(self._rows("cluster_year", ["cluster_code"], f"{measure}_estimated"))
            if np.isnan(printed.get((row["cluster_code"],), np.nan)):
                for value, error in sides:
                    if not np.isnan(value):
                        attacker.learn(dict.fromkeys(cluster, 1.0), value - error, value + error)

    def _moved(self, cluster: str) -> dict[int, float]:
        """The cells of codes that the earlier mapping puts elsewhere, less those it puts here."""
        earlier = self.tables["recoded"].set_index("nic_code").cluster_code
        industries = self.tables["nic_state_year"]
        weights = {}
        for at, row in enumerate(industries.itertuples()):
            if row.assignment_rule != "code of the return" or row.nic_code not in earlier.index:
                continue
            weight = float(row.cluster_code == cluster) - float(earlier[row.nic_code] == cluster)
            if weight:
                weights[at] = weight
        return weights

    def _harmonised(self, code: str) -> list[str]:
        """The official states that are one harmonised state."""
        states = self.tables["states_harmonised"]
        return list(states.state_code[states.harmonised_state_code == code]) or [code]


def _bounds_of(row, measure: str, printed: dict[str, float]) -> tuple[float, float] | None:
    """Bounds of the total of `measure` by a FACTS metric and the object's printed totals."""
    # six decimals, two from a thousand on
    digits = 5e-7 if abs(row.value) < 1000 else 5e-3
    low, high = (row.value - digits) / row.factor, (row.value + digits) / row.factor
    if row.statistic == "total" and row.numerator == measure:
        return low, high
    if row.statistic != "ratio":
        return None
    if row.numerator == measure:
        whole = printed.get(row.denominator, np.nan)
        return None if np.isnan(whole) else (low * whole, high * whole)
    if row.denominator == measure and low > 0:
        part = printed.get(row.numerator, np.nan)
        return None if np.isnan(part) or part == 0 else (part / high, part / low)
    return None


def _learn_ratio(attacker, ratio, part, whole, size) -> None:
    weights = dict.fromkeys(whole, ratio)
    for at in part:
        weights[at] = weights.get(at, 0.0) - 1.0
    attacker.learn(weights, -ROUNDING * abs(size), ROUNDING * abs(size))


class _Places:
    """Which lowest cells make a published cell."""

    def __init__(self, industries: pd.DataFrame):
        self.industries = industries
        self.rows_by_key: dict[tuple, dict] = {}

    def __call__(self, keys: list[str], key: tuple) -> list[int]:
        if tuple(keys) not in self.rows_by_key:
            groups = self.industries.reset_index(drop=True).groupby(keys).indices
            self.rows_by_key[tuple(keys)] = {
                at if isinstance(at, tuple) else (at,): list(places)
                for at, places in groups.items()
            }
        return self.rows_by_key[tuple(keys)].get(key, [])
