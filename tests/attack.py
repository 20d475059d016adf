"""What an outsider tells of hidden figures from the published tables, by linear programs.

Own code, apart from the method's: it reads the tables alone. Unknown are the lowest hidden cells
(industries of a state and cluster, and beside them its districts), none of them negative; every
published number is an equation or a pair of bounds of them. Of each hidden figure the program gives
the smallest and the largest value that agrees with all that is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

INDUSTRY = ["state_code", "cluster_code", "nic_version", "nic_code", "assignment_rule"]
CELL = INDUSTRY[:2]
# Sampled factories that a shown figure must have.
FEW = 3
# Shares and quotients are printed to six decimals.
ROUNDING = 5e-7


@dataclass
class Attacker:
    """Lowest cells with what is printed of them (NaN where hidden), and what is known of sums:
    rows (weights of the cells, smallest, largest)."""

    printed: np.ndarray
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def learn(self, weights: dict[int, float], low: float, high: float) -> None:
        """The weighted sum of cells lies between `low` and `high`."""
        known = sum(w * self.printed[at] for at, w in weights.items() if self._is_printed(at))
        hidden = {at: w for at, w in weights.items() if not self._is_printed(at) and w}
        if hidden:
            self.rows.append((hidden, low - known, high - known))

    def _is_printed(self, at: int) -> bool:
        return not np.isnan(self.printed[at])

    def bounds(self, sums: Iterable[list[int]]) -> list[tuple[float, float]]:
        """Smallest and largest value of each sum of cells."""
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
            part: _Program.of(matrix, low, high, np.flatnonzero(component == part))
            for part in np.unique(component)
        }
        return [self._bounds(places, programs, component, group_of, members) for places in sums]

    def _bounds(self, places, programs, component, group_of, members) -> tuple[float, float]:
        least = most = sum(self.printed[at] for at in places if self._is_printed(at))
        asked: dict[int, dict[int, int]] = {}
        for at in places:
            if not self._is_printed(at):
                inside = asked.setdefault(component[group_of[at]], {})
                inside[group_of[at]] = inside.get(group_of[at], 0) + 1
        for part, groups in asked.items():
            # of a group of unknowns, each may be zero and each may be all of it
            whole = [group for group, count in groups.items() if count == len(members[group])]
            least += programs[part].smallest(whole, 1.0)
            most -= programs[part].smallest(list(groups), -1.0)
        return least, most


@dataclass
class _Program:
    """The equations and bounds of unknowns that hang together, scaled to numbers near one."""

    inside: np.ndarray
    equations: tuple[np.ndarray, np.ndarray]
    bounds: tuple[np.ndarray, np.ndarray]
    scale: float

    @classmethod
    def of(cls, matrix, low, high, inside) -> "_Program":
        part = matrix[:, inside]
        rows = np.abs(part).sum(axis=1) > 0
        part, low, high = part[rows], low[rows], high[rows]
        scale = max(np.abs(high).max(), 1.0)
        exact = low == high
        return cls(
            inside,
            (part[exact], high[exact] / scale),
            (
                np.vstack([part[~exact], -part[~exact]]),
                np.concatenate([high[~exact], -low[~exact]]) / scale,
            ),
            scale,
        )

    def smallest(self, groups: list[int], sign: float) -> float:
        """The smallest value of the sum of `groups`, each with this sign."""
        if not groups:
            return 0.0
        objective = np.where(np.isin(self.inside, groups), sign, 0.0)
        (rows, sums), (limited, limits) = self.equations, self.bounds
        result = linprog(objective, limited, limits, rows, sums, bounds=(0, None))
        if result.status == 3:
            return -np.inf
        assert result.status == 0, result.message
        return result.fun * self.scale


@dataclass
class Published:
    """The published tables of one survey year, by name."""

    tables: dict[str, pd.DataFrame]

    def attacked(self, measure: str, kind: str) -> tuple["Attacker", dict[tuple, list[int]]]:
        """An attacker who has read all tables for one measure (`kind`: estimated or actual), and
        the hidden figures as sums of lowest cells."""
        column = f"{measure}_{kind}"
        industries = self.tables["nic_state_year"]
        attacker = Attacker(industries[column].to_numpy(float))
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
        self._country(attacker, measure, kind)
        if kind == "estimated":
            self._codings(attacker, cells_of, targets, measure)
            self._weights(attacker, measure)
            self._shares(attacker, cells_of, measure)
        return attacker, targets

    def _rows(self, table: str, keys: list[str], column: str) -> Iterable[tuple[tuple, float]]:
        rows = self.tables[table]
        return zip(
            rows[keys].itertuples(index=False, name=None), rows[column].astype(float), strict=True
        )

    def _country(self, attacker: Attacker, measure: str, kind: str) -> None:
        """The country's total is printed for some measures and told of all by the office."""
        value = self.tables["country"][f"{measure}_{kind}"].iloc[0]
        attacker.learn(dict.fromkeys(range(len(attacker.printed)), 1.0), value, value)

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
                own = states_of(row.state_code)
                cell = [at for code in own for at in cells_of(CELL, (code, row.cluster_code))]
                state = [at for code in own for at in cells_of(["state_code"], (code,))]
                cluster = cells_of(["cluster_code"], (row.cluster_code,))
                # NaN where a part is hidden
                value = sum(cells.get((code, row.cluster_code), 0.0) for code in own)
                of_state = sum(states.get((code,), 0.0) for code in own)
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

    def _harmonised(self, code: str) -> list[str]:
        """The official states that are one harmonised state."""
        states = self.tables["states_harmonised"]
        return list(states.state_code[states.harmonised_state_code == code]) or [code]


def _learn_ratio(attacker, ratio, part, whole, size) -> None:
    weights = dict.fromkeys(whole, ratio)
    for at in part:
        weights[at] = weights.get(at, 0.0) - 1.0
    attacker.learn(weights, -ROUNDING * size, ROUNDING * size)


class _Places:
    """Which lowest cells make a published cell."""

    def __init__(self, industries: pd.DataFrame):
        self.industries = industries
        self.found: dict[tuple, dict] = {}

    def __call__(self, keys: list[str], key: tuple) -> list[int]:
        if tuple(keys) not in self.found:
            groups = self.industries.reset_index(drop=True).groupby(keys).indices
            self.found[tuple(keys)] = {
                at if isinstance(at, tuple) else (at,): list(places)
                for at, places in groups.items()
            }
        return self.found[tuple(keys)].get(key, [])
