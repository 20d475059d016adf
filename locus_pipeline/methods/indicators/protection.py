"""Further cells to hide, so that every hidden one keeps its protection interval.

Whoever subtracts shown cells from shown totals is left with equations of the hidden ones. A hidden
value is protected when amounts can be moved among hidden cells, every sum kept and no cell below
zero, so that the value goes up and down by the share that the rules ask. Such a move is shown for
every hidden cell, by construction:

* In a two-way table with totals, a move is a flow around cycles of hidden cells: rows, columns and
  the two lines of totals are the nodes of a graph, cells its edges (a network, see Castro 2012).
  Cells that carry less than the move needs are no part of it; where one cycle carries too little,
  several share the flow. The cheapest cells that close the cycles are hidden with it.
* The parts of a shown cell move among each other.

One move serves all measures of a family: what a cell can carry is the smallest share of it in any
of them. Against a hidden cell's neighbours, who know what is their own, a cell carries only what
remains without its largest factory: a cell of one factory carries nothing (singleton rule).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import scipy

# What is hidden already costs next to nothing, but longer ways are no better.
HIDDEN_COST = 1e-6
# A flow is split into no smaller parts than this share of it.
SMALLEST_PART = 1 / 32
EXACT = 1e-9

Cell = tuple[int, ...]  # row and column


@dataclass(frozen=True)
class Table:
    """A two-way table with its totals in the last row and column.

    `values`, `largest`: rows by columns by figures (0 where no cell is). `cost`: of hiding a cell,
    rows by columns; infinite where there is none, or where it must be shown."""

    values: np.ndarray
    largest: np.ndarray
    cost: np.ndarray


def capacities(values: np.ndarray, largest: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """How much of a move of all of `cell` (figures) each of the others can carry; `largest` is what
    the attacker knows of them. Infinite where the cell is zero throughout."""
    moved = cell > 0
    if not moved.any():
        return np.full(values.shape[:-1], np.inf)
    capacities: np.ndarray = ((values[..., moved] - largest[..., moved]) / cell[moved]).min(axis=-1)
    return capacities


def protect(table: Table, is_primary: np.ndarray, share: float) -> tuple[np.ndarray, list[Cell]]:
    """The cells to hide (rows by columns) so that each hidden one can move by `share` of itself,
    and those (row, column) that no further cell can help. `is_primary`: what is hidden anyway;
    against these moves every other factory is an attacker, who knows its own part."""
    size = table.values.sum(axis=-1)
    hidden = is_primary.copy()
    moves: dict[Cell, set[Cell]] = {}
    exposed = []
    waiting = _largest_first(zip(*np.nonzero(hidden), strict=True), size)
    while waiting:
        cell = waiting.pop(0)
        moves[cell], remainder = _flow(table, hidden, is_primary, cell, share)
        if remainder > EXACT:
            exposed.append(cell)
        added = [place for place in moves[cell] if not hidden[place]]
        for place in added:
            hidden[place] = True
        waiting = _largest_first([*waiting, *added], size)
    _show_idle(table, hidden, is_primary, moves, exposed, share)
    return hidden, exposed


def _largest_first(places: Iterable[Cell], size: np.ndarray) -> list[Cell]:
    return sorted(places, key=lambda place: (-size[place], place))


def _show_idle(
    table: Table,
    hidden: np.ndarray,
    is_primary: np.ndarray,
    moves: dict[Cell, set[Cell]],
    exposed: list[Cell],
    share: float,
) -> None:
    """Shows again what was hidden for a move that other hidden cells can make, totals first."""
    closed = replace(table, cost=np.full(table.cost.shape, np.inf))
    secondary = [cell for cell in moves if not is_primary[cell]]
    for cell in sorted(secondary, key=lambda place: (-table.cost[place], place)):
        users = [user for user in moves if cell in moves[user] and user not in exposed]
        hidden[cell] = False
        others = {}
        for user in users:
            others[user], remainder = _flow(closed, hidden, is_primary, user, share)
            if remainder > EXACT:
                hidden[cell] = True
                break
        else:
            moves.update(others)
            del moves[cell]


def _flow(
    table: Table, hidden: np.ndarray, is_primary: np.ndarray, cell: Cell, share: float
) -> tuple[set[Cell], float]:
    """The cells of a cheap flow of `share` of `cell` through it, and what of it found no way."""
    known = table.largest if is_primary[cell] else np.zeros_like(table.largest)
    left = capacities(table.values, known, table.values[cell])
    left[~np.isfinite(table.cost) & ~hidden] = 0.0
    left[cell] = 0.0
    cost = np.where(hidden, HIDDEN_COST, table.cost)
    chosen, needed, part = set(), share, share
    while needed > EXACT and part >= share * SMALLEST_PART:
        path = _cheapest_path(np.where(left >= part - EXACT, cost, np.inf), cell)
        if not path:
            part /= 2
            continue
        flow = min(needed, min(left[place] for place in path))
        for place in path:
            left[place] -= flow
            cost[place] = HIDDEN_COST
        chosen.update(path)
        needed -= flow
        part = min(part, needed)
    return chosen, needed


def _cheapest_path(cost: np.ndarray, cell: Cell) -> list[Cell]:
    """The cells of the cheapest way from the row of `cell` to its column; empty where is none."""
    rows, columns = np.nonzero(np.isfinite(cost))
    height, width = cost.shape
    graph = scipy.sparse.csr_array(
        (cost[rows, columns], (rows, columns + height)), shape=(height + width, height + width)
    )
    distance, before = scipy.sparse.csgraph.dijkstra(
        graph, directed=False, indices=cell[0], return_predecessors=True
    )
    node = cell[1] + height
    if not np.isfinite(distance[node]):
        return []
    path: list[Cell] = []
    while node != cell[0]:
        earlier = before[node]
        path.append((min(node, earlier), max(node, earlier) - height))
        node = earlier
    return path


def protect_parts(
    values: np.ndarray,
    largest: np.ndarray,
    is_primary: np.ndarray,
    cost: np.ndarray,
    share: float,
) -> tuple[np.ndarray, bool]:
    """The parts of a shown cell to hide so that each hidden one can move by `share` of itself
    within the others, and whether that is enough. Shapes: parts by figures, and parts; a part of
    infinite cost must be shown, one of cost zero never is and needs hiding only if primary."""
    hidden = is_primary | (cost == 0)
    order = np.argsort(cost, kind="stable")
    while True:
        lacking = _unprotected(values, largest, hidden, is_primary, cost, share)
        if lacking is None:
            return hidden, True
        free = [part for part in order if not hidden[part] and np.isfinite(cost[part])]
        if not free:
            return hidden, False
        carried = capacities(values, 0 * largest, values[lacking])
        enough = [part for part in free if carried[part] >= share]
        hidden[enough[0] if enough else max(free, key=lambda part: carried[part])] = True


def _unprotected(
    values: np.ndarray,
    largest: np.ndarray,
    hidden: np.ndarray,
    is_primary: np.ndarray,
    cost: np.ndarray,
    share: float,
) -> int | None:
    """The first hidden part that the other hidden ones don't protect."""
    total = values[hidden].sum(axis=0)
    for part in np.flatnonzero(hidden & (is_primary | (cost > 0))):
        others = hidden.copy()
        others[part] = False
        known = largest[others].max(axis=0, initial=0.0) if is_primary[part] else 0.0
        positive = values[part] > 0
        rest = total - values[part] - known
        if (rest[positive] < share * values[part][positive] * (1 - EXACT)).any():
            return int(part)
    return None
