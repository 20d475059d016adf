"""Disclosure control: which cells of the published tables are hidden.

All published totals are sums over one system of cells: states by clusters with their totals; the
industries of each cell; and, beside these, its districts. It is protected in one pass:

1. Cells that tell of single factories are primary (`sensitivity`).
2. Industries and districts of a cell that stays shown are protected among each other. Where they
   can't be (nearly all of the cell is one of them), the cell is hidden too.
3. States by clusters are protected with their totals (`protection`); the country is shown.
4. A hidden cell shows none of its parts.

Whatever else is published (other groups of industries, shares, indicators) is shown only where all
that it is computed from is, so it adds nothing to this system. FACTS ratios are made of amounts
that no other table prints: those have a system of their own (`dominated`).
"""

import numpy as np
import pandas as pd

from locus_pipeline.indicators.protection import Table, protect, protect_parts
from locus_pipeline.indicators.sensitivity import Cells, Rules, cells, reveals_largest

PRIMARY, SECONDARY = "suppressed_primary", "suppressed_secondary"
KEYS = ["survey_year", "family", "grain", "state_code", "cluster_code", "industry", "district_code"]
CELL = ["state_code", "cluster_code"]
AMOUNT_KEYS = ["survey_year", *CELL, "district_code", "variable"]
# The parts of a cell, by grain; a district that the release doesn't name is empty.
PARTS = {"industry": "industry", "district": "district_code"}
# Hiding a total costs more than hiding any cell.
TOTAL_COST = 1e6


def suppressed(factories: pd.DataFrame, measures: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The hidden cells of every survey year and family of measures: KEYS and `status`.

    `factories`: survey_year, state_code, cluster_code, industry, district_code (empty where the
    release names none), multiplier, and the measures. `measures`: measure, disclosure_family,
    is_signed, is_dominance (the seed asi_measures). Columns that a grain has not are empty.
    """
    found = [
        _hidden(year, own, rules).assign(survey_year=survey_year, family=family)
        for survey_year, year in factories.groupby("survey_year", sort=True)
        for family, own in measures.groupby("disclosure_family", sort=True)
    ]
    none = pd.DataFrame({name: pd.Series(dtype="str") for name in [*KEYS, "status"]})
    return pd.concat([none, *found])[[*KEYS, "status"]].fillna("").astype("str")


def _hidden(factories: pd.DataFrame, measures: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Hidden cells of one survey year and family. Protected are the measures of which everybody
    knows that they are not negative; in a family without any, amounts without their sign."""
    unsigned = measures.measure[~measures.is_signed]
    protected = list(unsigned if len(unsigned) else measures.measure)
    dominated = list(measures.measure[measures.is_dominance])

    def added_up(keys: list[str]) -> Cells:
        return cells(factories, keys, protected, dominated, rules)

    by_cell, states, clusters = (
        added_up(keys) for keys in (CELL, ["state_code"], ["cluster_code"])
    )
    parts = {grain: added_up([*CELL, column]) for grain, column in PARTS.items()}
    places = pd.MultiIndex.from_frame(by_cell.keys)
    hidden_parts, must_hide = {}, by_cell.is_primary.copy()
    for grain, own in parts.items():
        cell_of = places.get_indexer(pd.MultiIndex.from_frame(own.keys[CELL]))
        hidden, is_enough = _within(own, cell_of, len(by_cell), grain, rules)
        hidden_parts[grain] = hidden, cell_of
        must_hide |= ~is_enough
    is_hidden, hidden_states, hidden_clusters = _above(by_cell, states, clusters, must_hide, rules)
    rows = [
        _rows("cell", by_cell, is_hidden),
        _rows("state", states, hidden_states),
        _rows("cluster", clusters, hidden_clusters),
    ]
    for grain, (hidden, cell_of) in hidden_parts.items():
        named = parts[grain].keys[PARTS[grain]].to_numpy() != ""
        rows.append(_rows(grain, parts[grain], (hidden | is_hidden[cell_of]) & named))
    return pd.concat(rows)


def _within(
    parts: Cells, cell_of: np.ndarray, count: int, grain: str, rules: Rules
) -> tuple[np.ndarray, np.ndarray]:
    """Hidden parts of cells that are shown, and of which cells (of `count`) that is enough."""
    hidden, is_enough = np.zeros(len(parts), bool), np.ones(count, bool)
    cost = parts.cost.copy()
    if grain == "district":
        cost[parts.keys.district_code == ""] = 0.0
    starts = np.searchsorted(cell_of, np.arange(count + 1))
    for cell in np.unique(cell_of[parts.is_primary]):
        inside = slice(starts[cell], starts[cell + 1])
        hidden[inside], is_enough[cell] = protect_parts(
            parts.values[inside], parts.largest[inside], parts.is_primary[inside], cost[inside],
            rules.protection,
        )  # fmt: skip
    return hidden, is_enough


def _above(
    by_cell: Cells, states: Cells, clusters: Cells, must_hide: np.ndarray, rules: Rules
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hidden cells of states by clusters, of states and of clusters. A cell that no other can
    protect (of the only state, say) stays hidden all the same."""
    rows = pd.Index(states.keys.state_code)
    columns = pd.Index(clusters.keys.cluster_code)
    shape = (len(rows) + 1, len(columns) + 1)
    row, column = (
        rows.get_indexer(by_cell.keys.state_code),
        columns.get_indexer(by_cell.keys.cluster_code),
    )
    values, largest = np.zeros((2, *shape, by_cell.values.shape[1]))
    cost, primary = np.full(shape, np.inf), np.zeros(shape, bool)
    for place, own, is_primary, times in [
        ((row, column), by_cell, must_hide, 1),
        ((slice(-1), -1), states, states.is_primary, TOTAL_COST),
        ((-1, slice(-1)), clusters, clusters.is_primary, TOTAL_COST),
    ]:
        values[place], largest[place] = own.values, own.largest
        cost[place] = (1 + own.cost) * times
        primary[place] = is_primary
    hidden, _ = protect(Table(values, largest, cost), primary, rules.protection)
    return hidden[row, column], hidden[:-1, -1], hidden[-1, :-1]


def _rows(grain: str, own: Cells, hidden: np.ndarray) -> pd.DataFrame:
    status = np.where(own.is_primary, PRIMARY, SECONDARY)
    return own.keys.assign(grain=grain, status=status)[hidden]


def dominated(
    factories: pd.DataFrame, amounts: list[str], hidden: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Amounts that a ratio must not tell of a cell or of one of its districts: AMOUNT_KEYS
    (district_code is empty for the whole cell) and `status`.

    Known at most are the sums of shown cells, of their shown districts, and so of what is left of a
    cell: none of them may tell of its largest factory. Districts are hidden, those of the fewest
    factories first, until what is left tells nothing. `factories`: survey_year, CELL,
    district_code (empty where the release names none), multiplier and the amounts. `hidden`: what
    `suppressed` gives; districts without their production show none of the amounts either."""
    without = hidden[(hidden.grain == "district") & (hidden.family == "production")]
    found = [pd.DataFrame({name: pd.Series(dtype="str") for name in [*AMOUNT_KEYS, "status"]})]
    for survey_year, year in factories.groupby("survey_year", sort=True):
        system = _Districts(year, without[without.survey_year == survey_year], rules)
        found += [
            system.dominated(year[name]).assign(survey_year=survey_year, variable=name)
            for name in amounts
        ]
    return pd.concat(found)[[*AMOUNT_KEYS, "status"]].astype("str")


class _Districts:
    """The cells of one survey year and their districts; `hidden` are those that show nothing."""

    def __init__(self, factories: pd.DataFrame, hidden: pd.DataFrame, rules: Rules):
        keys = [*CELL, "district_code"]
        of_cells, of_districts = factories.groupby(CELL), factories.groupby(keys)
        self.rules = rules
        self.multiplier = factories.multiplier.to_numpy(float)
        self.cell, self.district = of_cells.ngroup().to_numpy(), of_districts.ngroup().to_numpy()
        sizes = of_districts.size()
        self.cells = of_cells.size().index.to_frame(index=False).assign(district_code="")
        self.districts = sizes.index.to_frame(index=False)
        self.cell_of = np.zeros(len(sizes), int)
        self.cell_of[self.district] = self.cell
        self.cost = np.bincount(self.district, self.multiplier, minlength=len(sizes))
        self.unseen = (
            (self.districts.district_code == "").to_numpy()
            | (sizes < rules.factories).to_numpy()
            | sizes.index.isin(pd.MultiIndex.from_frame(hidden[keys]))
        )

    def dominated(self, values: pd.Series) -> pd.DataFrame:
        """Keys and status of the cells and districts that must not tell one amount."""
        amount = np.abs(values.to_numpy(float, na_value=0.0)) * self.multiplier
        is_hidden_cell = reveals_largest(amount, self.cell, len(self.cells), self.rules)
        is_primary = reveals_largest(amount, self.district, len(self.districts), self.rules)
        hidden = self.unseen | is_primary
        while True:
            left = np.where(hidden[self.district], amount, 0.0)
            tells = reveals_largest(left, self.cell, len(self.cells), self.rules)
            able = np.flatnonzero(~hidden & (tells & ~is_hidden_cell)[self.cell_of])
            if not len(able):
                break
            cheapest = able[np.lexsort((self.cost[able], self.cell_of[able]))]
            _, firsts = np.unique(self.cell_of[cheapest], return_index=True)
            hidden[cheapest[firsts]] = True
        status = np.where(is_primary, PRIMARY, SECONDARY)
        return pd.concat(
            [
                self.cells.assign(status=PRIMARY)[is_hidden_cell],
                self.districts.assign(status=status)[hidden & ~self.unseen],
            ]
        )
