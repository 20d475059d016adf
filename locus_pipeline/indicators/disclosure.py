"""Secondary suppression: which further cells to hide so that no hidden one can be recovered.

A published table of states by clusters with its totals is a set of equations: each state's cells
add up to its total, each cluster's cells to its total, the totals to the country's. Seen as a
graph whose nodes are rows and columns (totals are one more of each) and whose edges are the
hidden cells, a hidden value follows from the published ones exactly where its edge lies on no
cycle. So every hidden edge is put on a cycle, by way of the smallest cells that do it. The usual
rule of two hidden cells in each row and column is not enough: two separate blocks that one hidden
cell joins give that cell away.

Industries inside a state and cluster are one level below: their cells add up to the cell above.
"""

from itertools import pairwise

import networkx as nx
import pandas as pd

TOTAL = "+"
PRIMARY, SECONDARY = "suppressed_primary", "suppressed_secondary"
# Hiding a total costs more than hiding any cell.
TOTAL_COST = 1e6


def suppressed(cells: pd.DataFrame) -> pd.DataFrame:
    """The hidden cells of every survey year and family of measures, with `status`.

    `cells` has survey_year, family, grain (cell, state, cluster, industry), state_code,
    cluster_code, industry (empty above the lowest grain), size, is_primary; a country's cells are
    those of one survey year. Returns its key columns and `status`, hidden rows only.
    """
    found = []
    for _, group in cells.groupby(["survey_year", "family"], sort=True):
        if not group.is_primary.any():
            continue
        found.append(_hidden(group))
    keys = ["survey_year", "family", "grain", "state_code", "cluster_code", "industry"]
    if not found:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in [*keys, "status"]})
    return pd.concat(found)[[*keys, "status"]].astype("str")


def _hidden(group: pd.DataFrame) -> pd.DataFrame:
    table = group[group.grain != "industry"]
    edges = {
        _edge(row.grain, row.state_code, row.cluster_code): (float(row.size_), bool(row.is_primary))
        for row in table.rename(columns={"size": "size_"}).itertuples()
    }
    primary = {edge for edge, (_, is_primary) in edges.items() if is_primary}
    hidden = protect({edge: size for edge, (size, _) in edges.items()}, primary)
    places = [
        _edge(grain, state, cluster)
        for grain, state, cluster in zip(
            table.grain, table.state_code, table.cluster_code, strict=True
        )
    ]
    status = [
        PRIMARY if place in primary else SECONDARY if place in hidden else "" for place in places
    ]
    above = table.assign(status=status)
    below = _industries(group[group.grain == "industry"], hidden)
    both = pd.concat([above, below])
    return both[both.status != ""]


def _edge(grain: str, state: str, cluster: str) -> tuple[tuple[str, str], tuple[str, str]]:
    row = TOTAL if grain == "cluster" else state
    column = TOTAL if grain == "state" else cluster
    return ("row", row), ("column", column)


def protect(sizes: dict[tuple, float], primary: set[tuple]) -> set[tuple]:
    """The edges to hide: `primary` and others that put each of them on a cycle.

    `sizes` has every published cell as an edge (row node, column node); small ones are hidden
    first. A cell that no cycle can reach (a table of one cell) stays hidden all the same."""
    table = nx.Graph()
    for (row, column), size in sorted(sizes.items()):
        cost = 1.0 + max(size, 0.0)
        if TOTAL in (row[1], column[1]):
            cost *= TOTAL_COST
        table.add_edge(row, column, cost=0.0 if (row, column) in primary else cost)
    hidden, hopeless = set(primary), set()
    while True:
        exposed = [
            edge
            for edge in sorted(_as_cells(nx.bridges(nx.Graph(list(hidden)))))
            if edge not in hopeless
        ]
        if not exposed:
            return hidden
        row, column = exposed[0]
        table.remove_edge(row, column)
        try:
            path = nx.dijkstra_path(table, row, column, weight="cost")
        except nx.NetworkXNoPath:
            hopeless.add((row, column))
            path = []
        table.add_edge(row, column, cost=0.0)
        for edge in _as_cells(pairwise(path)):
            hidden.add(edge)
            table.edges[edge]["cost"] = 0.0


def _as_cells(edges) -> list[tuple]:
    """Edges with their row first."""
    return [edge if edge[0][0] == "row" else (edge[1], edge[0]) for edge in edges]


def _industries(rows: pd.DataFrame, hidden: set[tuple]) -> pd.DataFrame:
    """Industries: two hidden ones where the cell above is shown, at least one where it is
    hidden."""
    if rows.empty:
        return rows.assign(status=pd.Series(dtype="str"))
    parts = []
    for (state, cluster), inside in rows.groupby(["state_code", "cluster_code"], sort=True):
        inside = inside.sort_values(
            ["is_primary", "size", "industry"], ascending=[False, True, True]
        )
        primary = int(inside.is_primary.sum())
        is_hidden = _edge("cell", state, cluster) in hidden
        wanted = max(primary, 1) if is_hidden else (max(primary, 2) if primary else 0)
        status = [
            PRIMARY if at < primary else SECONDARY if at < wanted else ""
            for at in range(len(inside))
        ]
        parts.append(inside.assign(status=status))
    return pd.concat(parts)
