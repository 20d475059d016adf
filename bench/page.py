"""docs/benchmarks.md: what was measured, each figure with its aim beside it."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import psutil

from bench.measuring import Cost

NOT_MEASURED = "not measured in this run"
HEAD = """\
# Benchmarks

Written by `make bench`; `python -m bench --help` says how to measure a part of it, or less. All
releases are synthetic, at {scale:g} of the real record counts. CPU is user and system seconds of a
command's whole process tree; wall and memory (of the tree, at most) are of it, too. Ratios are of
CPU, between commands of one run. A figure differs by some per cent from run to run, a ratio less;
wall time says something only where the machine had nothing else to do.

Machine: {cores} cores, {memory:.0f} GiB of memory, Python {python}, DuckDB {duckdb}.
"""


@dataclass(frozen=True)
class Row:
    """A figure: what was done, its cost or what is said instead, a comparison, the aim."""

    what: str
    cost: Cost | str
    compared: str = ""
    aim: str = ""


@dataclass(frozen=True)
class Part:
    """Figures that belong together; `note` says how they are to be read."""

    title: str
    note: str
    rows: Sequence[Row]


def page(parts: Sequence[Part], scale: float) -> str:
    """The whole page as Markdown."""
    head = HEAD.format(
        scale=scale,
        cores=psutil.cpu_count(),
        memory=psutil.virtual_memory().total / 2**30,
        python=platform.python_version(),
        duckdb=duckdb.__version__,
    )
    return "\n".join([head, *(_part(part) for part in parts)])


def ratio(cost: Cost, other: Cost) -> str:
    """CPU of one beside that of the other."""
    return f"{cost.cpu / other.cpu:.2f} times" if other.cpu else ""


def _part(part: Part) -> str:
    lines = [
        f"## {part.title}",
        "",
        part.note,
        "",
        "| what | CPU s | wall s | memory GiB | compared | aim |",
        "|---|---:|---:|---:|---|---|",
        *(_line(row) for row in part.rows),
        "",
    ]
    return "\n".join(lines)


def _line(row: Row) -> str:
    if isinstance(row.cost, str):
        cells = [row.what, "", "", "", row.cost, row.aim]
    else:
        cost = row.cost
        figures = [f"{cost.cpu:.1f}", f"{cost.wall:.1f}", f"{cost.peak / 2**30:.2f}"]
        cells = [row.what, *figures, row.compared, row.aim]
    return f"| {' | '.join(cells)} |"
