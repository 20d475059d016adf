"""Disclosure control: which cells of the published tables are hidden.

All published totals are sums over one system of cells: states by clusters with their totals; the
industries of each cell and, beside these, its districts; the sectors, rural and urban, of each
cluster's total. It is protected in one pass:

1. Cells that tell of single factories are primary (`sensitivity`).
2. The parts of a whole that stays shown (industries and districts of a cell, sectors of a cluster)
   are protected among each other. Where they can't be (nearly all of the whole is one of them), a
   cell is hidden too; a cluster is not, but all of its sectors are.
3. States by clusters are protected with their totals (`protection`); the country is shown.
4. What is hidden shows none of its parts.

Whatever else is published (other groups of industries, shares, indicators) is shown only where all
that it is computed from is, so it adds nothing to this system.
"""

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.protection import Table, protect, protect_parts
from locus_pipeline.methods.indicators.sensitivity import Cells, Rules, cells

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
    "sector_cluster": ["cluster_code", "sector"],
}
# Domains of which each row is a part of a row of another one; a district that the release doesn't
# name is empty.
WHOLES = {
    "state_industry": "state_cluster",
    "district_cluster": "state_cluster",
    "sector_cluster": "cluster",
}
KEYS = ["survey_year", "family", "domain", *CELL, "district_code", "sector", *INDUSTRY]
# Hiding a total costs more than hiding any cell.
TOTAL_COST = 1e6


def suppressed(factories: pd.DataFrame, measures: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The hidden cells of every survey year and family of measures: KEYS and `status`.

    `factories`: survey_year, the keys of all DOMAINS (district_code is empty where the release
    names none), multiplier, and the measures. `measures`: measure, disclosure_family, is_signed,
    is_dominance (the model int_measures). Keys that a domain has not are empty.
    """
    parts = [
        _hidden(year, family_measures, rules).assign(survey_year=survey_year, family=family)
        for survey_year, year in factories.groupby("survey_year", sort=True)
        for family, family_measures in measures.groupby("disclosure_family", sort=True)
    ]
    none = pd.DataFrame({name: pd.Series(dtype="str") for name in [*KEYS, "status"]})
    return pd.concat([none, *parts])[[*KEYS, "status"]].fillna("").astype("str")


def _hidden(factories: pd.DataFrame, measures: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Hidden cells of one survey year and family. Protected are the measures of which everybody
    knows that they are not negative; in a family without any, amounts without their sign."""
    unsigned = measures.measure[~measures.is_signed]
    protected = list(unsigned if len(unsigned) else measures.measure)
    dominated = list(measures.measure[measures.is_dominance])

    by_domain = {
        domain: cells(factories, keys, protected, dominated, rules)
        for domain, keys in DOMAINS.items()
    }
    must_hide = {domain: by_domain[domain].is_primary.copy() for domain in DOMAINS}
    whole_of, within = {}, {}
    for domain, whole in WHOLES.items():
        places = pd.MultiIndex.from_frame(by_domain[whole].keys)
        whole_of[domain] = places.get_indexer(
            pd.MultiIndex.from_frame(by_domain[domain].keys[DOMAINS[whole]])
        )
        within[domain], is_enough = _within(by_domain[domain], whole_of[domain], len(places), rules)
        # sectors are all hidden then: their cluster's total alone tells of them what it always told
        if domain != "sector_cluster":
            must_hide[whole] |= ~is_enough
    hidden = _above(by_domain, must_hide, rules)
    for domain, whole in WHOLES.items():
        is_hidden = within[domain] | hidden[whole][whole_of[domain]]
        hidden[domain] = is_hidden & ~_is_unnamed(by_domain[domain])
    return pd.concat([_rows(domain, by_domain[domain], hidden[domain]) for domain in DOMAINS])


def _is_unnamed(parts: Cells) -> np.ndarray:
    """Parts that no table has a row for: districts that the release does not name."""
    if "district_code" not in parts.keys:
        return np.zeros(len(parts), bool)
    return (parts.keys.district_code == "").to_numpy()


def _within(
    parts: Cells, whole_of: np.ndarray, count: int, rules: Rules
) -> tuple[np.ndarray, np.ndarray]:
    """Hidden parts of wholes that are shown, and of which wholes (of `count`) that is enough."""
    hidden, is_enough = np.zeros(len(parts), bool), np.ones(count, bool)
    cost = np.where(_is_unnamed(parts), 0.0, parts.cost)
    starts = np.searchsorted(whole_of, np.arange(count + 1))
    for whole in np.unique(whole_of[parts.is_primary]):
        inside = slice(starts[whole], starts[whole + 1])
        hidden[inside], is_enough[whole] = protect_parts(
            parts.values[inside], parts.largest[inside], parts.is_primary[inside], cost[inside],
            rules.protection,
        )  # fmt: skip
    return hidden, is_enough


def _above(
    by_domain: dict[str, Cells], must_hide: dict[str, np.ndarray], rules: Rules
) -> dict[str, np.ndarray]:
    """Hidden cells of states by clusters, states and clusters, by domain. A cell that no other can
    protect (of the only state, say) stays hidden all the same."""
    by_cell, states, clusters = by_domain["state_cluster"], by_domain["state"], by_domain["cluster"]
    rows = pd.Index(states.keys.state_code)
    columns = pd.Index(clusters.keys.cluster_code)
    shape = (len(rows) + 1, len(columns) + 1)
    row, column = (
        rows.get_indexer(by_cell.keys.state_code),
        columns.get_indexer(by_cell.keys.cluster_code),
    )
    values, largest = np.zeros((2, *shape, by_cell.values.shape[1]))
    cost, primary = np.full(shape, np.inf), np.zeros(shape, bool)
    for place, domain, times in [
        ((row, column), "state_cluster", 1),
        ((slice(-1), -1), "state", TOTAL_COST),
        ((-1, slice(-1)), "cluster", TOTAL_COST),
    ]:
        values[place], largest[place] = by_domain[domain].values, by_domain[domain].largest
        cost[place] = (1 + by_domain[domain].cost) * times
        primary[place] = must_hide[domain]
    hidden, _ = protect(Table(values, largest, cost), primary, rules.protection)
    return {
        "state_cluster": hidden[row, column],
        "state": hidden[:-1, -1],
        "cluster": hidden[-1, :-1],
    }


def _rows(domain: str, domain_cells: Cells, hidden: np.ndarray) -> pd.DataFrame:
    status = np.where(domain_cells.is_primary, PRIMARY, SECONDARY)
    return domain_cells.keys.assign(domain=domain, status=status)[hidden]
