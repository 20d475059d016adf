"""Disclosure control: what stays published must give no hidden cell away, by any subtraction."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locus_pipeline.indicators.disclosure import PRIMARY, SECONDARY, TOTAL, protect, suppressed


def edge(row: str, column: str) -> tuple:
    return ("row", row), ("column", column)


def recoverable(cells: list[tuple], hidden: set[tuple]) -> list[tuple]:
    """Hidden cells that follow from the shown ones: those that no solution of the table's equations
    can move. A table of sums has a row and a column of totals."""
    unknown = sorted(hidden)
    rows = sorted({row for row, _ in cells})
    columns = sorted({column for _, column in cells})
    equations = []
    for line, side in ((rows, 0), (columns, 1)):
        for node in line:
            equations.append(
                [
                    (1.0 if (TOTAL not in (cell[0][1], cell[1][1])) == (node[1] != TOTAL) else -1.0)
                    if cell[side] == node
                    else 0.0
                    for cell in unknown
                ]
            )
    matrix = np.array(equations)
    _, values, directions = np.linalg.svd(matrix)
    free = directions[(values > 1e-9).sum() :]
    return [cell for at, cell in enumerate(unknown) if not (np.abs(free[:, at]) > 1e-9).any()]


def whole_table(present: dict[tuple[str, str], float]) -> dict[tuple, float]:
    sizes = {edge(row, column): size for (row, column), size in present.items()}
    for row in {row for row, _ in present}:
        sizes[edge(row, TOTAL)] = sum(size for (r, _), size in present.items() if r == row)
    for column in {column for _, column in present}:
        sizes[edge(TOTAL, column)] = sum(size for (_, c), size in present.items() if c == column)
    return sizes


tables = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")),
    st.integers(1, 50).map(float),
    min_size=2,
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(table=tables, data=st.data())
def test_suppression_reveals_no_cell_by_subtraction(table, data):
    sizes = whole_table(table)
    primary = data.draw(st.sets(st.sampled_from(sorted(sizes)), max_size=8))
    hidden = protect(sizes, primary)
    assert primary <= hidden <= set(sizes)
    # what no cycle of the whole table leads through can't be hidden by any other cell
    hopeless = {tuple(sorted(bridge)) for bridge in nx.bridges(nx.Graph(list(sizes)))}
    exposed = recoverable(list(sizes), hidden) if hidden else []
    assert {tuple(sorted(cell)) for cell in exposed} <= hopeless


def test_two_hidden_cells_in_each_line_are_not_enough():
    """Two blocks of four hidden cells, joined by one more: every row and column has two hidden
    cells or more, and yet the joining one follows from the totals."""
    blocks = {(r, c) for r in "ab" for c in "uv"} | {(r, c) for r in "de" for c in "xy"}
    table = {(r, c): 5.0 for r in "abde" for c in "uvxy"}
    hidden = {edge(r, c) for r, c in blocks | {("a", "x")}}
    sizes = whole_table(table)
    assert recoverable(list(sizes), hidden) == [edge("a", "x")]
    assert recoverable(list(sizes), protect(sizes, hidden)) == []


def test_small_cells_are_hidden_before_large_ones_and_totals_last():
    table = {(r, c): float(size) for (r, c), size in {
        ("a", "u"): 1, ("a", "v"): 9, ("a", "w"): 3, ("b", "u"): 8, ("b", "v"): 70, ("b", "w"): 2,
    }.items()}  # fmt: skip
    hidden = protect(whole_table(table), {edge("a", "u")})
    assert hidden == {edge(r, c) for r in "ab" for c in "uw"}


def test_nothing_to_hide_hides_nothing():
    sizes = whole_table({("a", "u"): 1.0, ("b", "v"): 2.0})
    assert protect(sizes, set()) == set()


def cells(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows, columns=["grain", "state_code", "cluster_code", "industry", "size", "is_primary"]
    )
    return frame.assign(survey_year="2022-23", family="production")


def test_industries_of_a_shown_cell_are_hidden_in_pairs():
    table = cells(
        [
            ("cell", "09", "18", "", 30, False),
            ("industry", "09", "18", "10101", 2, True),
            ("industry", "09", "18", "10102", 20, False),
            ("industry", "09", "18", "10103", 8, False),
            ("state", "09", "", "", 30, False),
            ("cluster", "", "18", "", 30, False),
        ]
    )
    found = suppressed(table)
    assert dict(zip(found.industry, found.status, strict=True)) == {
        "10101": PRIMARY,
        "10103": SECONDARY,
    }


def test_a_hidden_cell_hides_one_of_its_industries():
    table = cells(
        [
            *(("cell", s, c, "", size, (s, c) == ("09", "18")) for s, c, size in
              [("09", "18", 2), ("09", "2", 5), ("24", "18", 6), ("24", "2", 9)]),
            *(("state", s, "", "", 9, False) for s in ("09", "24")),
            *(("cluster", "", c, "", 9, False) for c in ("18", "2")),
            *(("industry", s, c, f"{s}{c}{n}", n, False) for s in ("09", "24") for c in ("18", "2")
              for n in (1, 2)),
        ]
    )  # fmt: skip
    found = suppressed(table)
    hidden = found[found.grain == "cell"]
    assert len(hidden) == 4
    below = found[found.grain == "industry"]
    assert sorted(below.industry) == ["09181", "0921", "24181", "2421"]


def test_families_and_years_are_apart():
    table = pd.concat(
        [
            cells([("cell", s, c, "", 5, s + c == "au") for s in "ab" for c in "uv"]).assign(
                family=family, survey_year=year
            )
            for family, year in [("production", "2009-10"), ("capital", "2022-23")]
        ]
    )
    table.loc[table.family == "capital", "is_primary"] = False
    assert set(suppressed(table).family) == {"production"}


@pytest.mark.parametrize("rows", [[], [("cell", "09", "18", "", 5, False)]])
def test_no_hidden_cells_make_an_empty_table_of_texts(rows):
    found = suppressed(cells(rows))
    assert found.empty
    assert all(str(kind) in ("str", "string", "object") for kind in found.dtypes)
