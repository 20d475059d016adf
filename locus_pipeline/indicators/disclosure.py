"""Disclosure control: which cells of the published tables are hidden.

All published totals are sums over one system of cells: states by clusters with their totals; the
industries of each cell; and, beside these, its districts. It is protected in one pass:

1. Cells that tell of single factories are primary (`sensitivity`).
2. Industries and districts of a cell that stays shown are protected among each other. Where they
   can't be (nearly all of the cell is one of them), the cell is hidden too.
3. States by clusters are protected with their totals (`protection`); the country is shown.
4. A hidden cell shows none of its parts.

Whatever else is published (other groups of industries, shares, indicators) is shown only where all
that it is computed from is, so it adds nothing to this system.
"""

import numpy as np
import pandas as pd

from locus_pipeline.indicators.protection import Table, protect, protect_parts
from locus_pipeline.indicators.sensitivity import Cells, Rules, cells

PRIMARY, SECONDARY = "suppressed_primary", "suppressed_secondary"
CELL = ["state_code", "cluster_code"]
INDUSTRY = ["nic_version", "nic_code", "assignment_rule"]
# Domains of the published cells, as the seed estimation_domains names them, and their keys.
DOMAINS = {
    "state_cluster": CELL,
    "state": ["state_code"],
    "cluster": ["cluster_code"],
    "state_industry": [*CELL, *INDUSTRY],
    "district_cluster": [*CELL, "district_code"],
}
# Domains of which each row is a part of a cell; a district that the release doesn't name is empty.
PARTS = ["state_industry", "district_cluster"]
KEYS = ["survey_year", "family", "domain", "state_code", "district_code", "cluster_code", *INDUSTRY]
# Hiding a total costs more than hiding any cell.
TOTAL_COST = 1e6


def suppressed(factories: pd.DataFrame, measures: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The hidden cells of every survey year and family of measures: KEYS and `status`.

    `factories`: survey_year, the keys of all DOMAINS (district_code is empty where the release
    names none), multiplier, and the measures. `measures`: measure, disclosure_family, is_signed,
    is_dominance (the seed asi_measures). Keys that a domain has not are empty.
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

    own = {
        domain: cells(factories, keys, protected, dominated, rules)
        for domain, keys in DOMAINS.items()
    }
    by_cell = own["state_cluster"]
    places = pd.MultiIndex.from_frame(by_cell.keys)
    cell_of, within, must_hide = {}, {}, by_cell.is_primary.copy()
    for domain in PARTS:
        parts = own[domain]
        cell_of[domain] = places.get_indexer(pd.MultiIndex.from_frame(parts.keys[CELL]))
        within[domain], is_enough = _within(parts, cell_of[domain], len(by_cell), rules)
        must_hide |= ~is_enough
    hidden = _above(by_cell, own["state"], own["cluster"], must_hide, rules)
    for domain in PARTS:
        is_hidden = within[domain] | hidden["state_cluster"][cell_of[domain]]
        hidden[domain] = is_hidden & ~_is_unnamed(own[domain])
    return pd.concat([_rows(domain, own[domain], hidden[domain]) for domain in DOMAINS])


def _is_unnamed(parts: Cells) -> np.ndarray:
    """Parts that no table has a row for: districts that the release does not name."""
    if "district_code" not in parts.keys:
        return np.zeros(len(parts), bool)
    return (parts.keys.district_code == "").to_numpy()


def _within(
    parts: Cells, cell_of: np.ndarray, count: int, rules: Rules
) -> tuple[np.ndarray, np.ndarray]:
    """Hidden parts of cells that are shown, and of which cells (of `count`) that is enough."""
    hidden, is_enough = np.zeros(len(parts), bool), np.ones(count, bool)
    cost = np.where(_is_unnamed(parts), 0.0, parts.cost)
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
) -> dict[str, np.ndarray]:
    """Hidden cells of states by clusters, states and clusters, by domain. A cell that no other can
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
    return {
        "state_cluster": hidden[row, column],
        "state": hidden[:-1, -1],
        "cluster": hidden[-1, :-1],
    }


def _rows(domain: str, own: Cells, hidden: np.ndarray) -> pd.DataFrame:
    status = np.where(own.is_primary, PRIMARY, SECONDARY)
    return own.keys.assign(domain=domain, status=status)[hidden]
