"""Two cells of the published edition side by side: `locus compare`.

A cell is named CLUSTER/STATE/YEAR, each part by its code, its name or the beginning of its words:
`textile/Tamil Nadu/2022-23`. `India` stands for all states, `all` for all industries.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
from rich.table import Table

from locus_pipeline.errors import LocusError
from locus_pipeline.methods.indicators.differences import (
    DOWN,
    NOT_CLEAR,
    NOT_ESTIMABLE,
    UP,
    Difference,
    Figure,
    difference,
)
from locus_pipeline.publish.edition import published_tables
from locus_pipeline.reference import reference_rows
from locus_pipeline.settings import Settings
from locus_pipeline.sql import identifier

COUNTRY, ALL = "India", "all"
FORM = "CLUSTER/STATE/YEAR, for example textile/Gujarat/2022-23; India for all states, all for all"
NEAR = 3
NO_ERROR = "not estimable"
SAYS = {
    UP: "higher than",
    DOWN: "lower than",
    NOT_CLEAR: "not clearly higher or lower than",
    NOT_ESTIMABLE: "not to be told, for want of an interval, from",
}
WHY = {
    "suppressed_primary": "hidden by disclosure control (suppressed_primary), since few factories "
    "make the figure",
    "suppressed_secondary": "hidden by disclosure control (suppressed_secondary), since other "
    "hidden figures would follow from it",
    "no_units": "no factory in the sample (no_units)",
    "block_not_in_release": "a block that makes the measure is not in the release "
    "(block_not_in_release)",
    "not_collected_this_year": "the survey year does not ask for it (not_collected_this_year)",
}


class ComparisonError(LocusError):
    """Two cells can't be compared."""


@dataclass(frozen=True)
class Cell:
    """A cell that the edition has; `cluster` or `state` (code and name) is None where it is all of
    them."""

    cluster: tuple[str, str] | None
    state: tuple[str, str] | None
    survey_year: str

    @property
    def label(self) -> str:
        """As a person would say it."""
        industry = self.cluster[1] if self.cluster else "All industries"
        return f"{industry}, {self.state[1] if self.state else 'all India'}, {self.survey_year}"

    @property
    def table(self) -> str:
        """The published table that has its totals."""
        if self.cluster and self.state:
            return "cluster_state_year"
        return "cluster_year" if self.cluster else "state_year"

    def shares_strata_with(self, other: "Cell") -> bool:
        """Whether a stratum of one sample may hold factories of both: two industries of a state."""
        return self.survey_year == other.survey_year and (
            self.state is None or other.state is None or self.state[0] == other.state[0]
        )

    def shares_factories_with(self, other: "Cell") -> bool:
        """Whether one factory of a survey year may be in both."""
        return self.survey_year == other.survey_year and all(
            one is None or another is None or one[0] == another[0]
            for one, another in ((self.cluster, other.cluster), (self.state, other.state))
        )


@dataclass(frozen=True)
class Told:
    """What the edition tells of a cell: its figure, or the reason why there is none."""

    cell: Cell
    figure: Figure | None
    factories_sampled: int
    reason: str
    is_synthetic: bool


@dataclass(frozen=True)
class Comparison:
    """Two cells by one measure. `difference` is None where either has no figure; `breaks`: what
    changed between their survey years (seed definition_breaks)."""

    label: str
    unit: str
    base: Told
    now: Told
    difference: Difference | None
    breaks: tuple[str, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether the places are the same ones: a state that was split is not."""
        return "state" not in self.breaks


def compare(settings: Settings, base: str, now: str, measure: str) -> Comparison:
    """The second cell beside the first. Raises ComparisonError where there is no edition, no such
    cell or measure, or where a factory may be in both cells."""
    if not settings.published.is_dir():
        raise ComparisonError(
            f"{settings.published} is not there: `locus run` publishes an edition"
        )
    with published_tables(settings) as published:
        name = _measure(published, measure)
        cells = [_cell(published, text) for text in (base, now)]
        if cells[0].shares_factories_with(cells[1]):
            raise ComparisonError(
                f"{cells[0].label} and {cells[1].label} have factories in common, so their "
                "difference has no such interval: compare a cell with another one, or other years"
            )
        told = [_told(published, cell, name) for cell in cells]
    variable = _variable(name)
    first, second = told
    gap = None
    if first.figure and second.figure:
        gap = difference(first.figure, second.figure)
    breaks = _breaks(first.cell, second.cell)
    return Comparison(variable["label"], variable["unit"], first, second, gap, breaks)


def render(comparison: Comparison) -> Table:
    """Both cells and their difference as a table."""
    table = Table(title=f"{comparison.label} ({comparison.unit})")
    table.add_column("cell", overflow="fold")
    for heading in ("estimate", "standard error", "95 % interval", "factories sampled"):
        table.add_column(heading, justify="right", overflow="fold")
    for told in (comparison.base, comparison.now):
        figure = told.figure
        if figure is None:
            shown = [f"none: {told.reason}", "", ""]
        else:
            shown = [f"{figure.estimate:,.0f}", _number(figure.error), _interval(figure)]
        table.add_row(told.cell.label, *shown, f"{told.factories_sampled:,}")
    if comparison.difference:
        value, error = f"{comparison.difference.value:+,.0f}", _number(comparison.difference.error)
        table.add_row("difference", value, error, _interval(comparison.difference), "")
    return table


def remarks(comparison: Comparison) -> list[str]:
    """What may be said of the two, and what to know of them."""
    lines = [_conclusion(comparison)]
    if comparison.breaks:
        breaks = ", ".join(comparison.breaks)
        lines.append(f"Changed between the survey years: {breaks} (docs/indicators.md).")
    if comparison.base.cell.shares_strata_with(comparison.now.cell):
        lines.append(
            "Both are of one sample, and a stratum may hold factories of both: the more of one, "
            "the fewer of the other, so that the difference is a little less sure than it says."
        )
    if comparison.base.is_synthetic or comparison.now.is_synthetic:
        lines.append("Synthetic: invented factories, not a result of the survey.")
    return lines


def _conclusion(comparison: Comparison) -> str:
    base, now, gap = comparison.base, comparison.now, comparison.difference
    if base.figure is None or gap is None:
        lacking = now if base.figure else base
        why = WHY.get(lacking.reason, lacking.reason)
        return f"{lacking.cell.label}: {why}. Nothing is compared."
    if not comparison.is_comparable:
        return "not_comparable: the state was split or merged between the two survey years."
    return (
        f"{now.cell.label} is {SAYS[gap.verdict]} {base.cell.label}{_percent(gap)}: {gap.verdict}."
    )


def _percent(gap: Difference) -> str:
    if gap.percent is None:
        return ""
    if gap.percent_lower is None or gap.percent_upper is None:
        return f" ({gap.percent:+.1f} %)"
    return f" ({gap.percent:+.1f} %; {gap.percent_lower:+.1f} to {gap.percent_upper:+.1f} %)"


def _number(value: float | None) -> str:
    return NO_ERROR if value is None else f"{value:,.0f}"


def _interval(of: Figure | Difference) -> str:
    if of.lower is None or of.upper is None:
        return NO_ERROR
    return f"{of.lower:,.0f} to {of.upper:,.0f}"


def _cell(published: duckdb.DuckDBPyConnection, text: str) -> Cell:
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != len(("cluster", "state", "year")) or not all(parts):
        raise ComparisonError(f"{text!r} names no cell: {FORM}")
    cluster, state, year = parts
    years = published.execute("select distinct survey_year, survey_year from state_year").fetchall()
    survey_year, _ = _chosen(year, years, "survey year", text)
    return Cell(
        None if cluster.casefold() == ALL else _chosen(
            cluster, _names(published, "cluster", survey_year), "cluster", text
        ),
        None if state.casefold() == COUNTRY.casefold() else _chosen(
            state, _names(published, "state", survey_year), "state", text
        ),
        survey_year,
    )  # fmt: skip


def _names(published: duckdb.DuckDBPyConnection, kind: str, year: str) -> list[tuple[str, str]]:
    """Codes and names of the clusters or states of a survey year."""
    return published.execute(
        f"select {kind}_code, {kind}_name from {kind}_year where survey_year = ? order by all",
        [year],
    ).fetchall()


def _chosen(said: str, names: Iterable[tuple[str, str]], kind: str, text: str) -> tuple[str, str]:
    """The one of `names` that is meant: by its code, by its name, by whole words of it, else by
    how its words begin."""
    known = sorted(names)
    place = f"{text!r}: " if text != said else ""
    ways = (
        lambda code, name: said == code,
        lambda code, name: said.casefold() == name.casefold(),
        lambda code, name: _words(said) <= _words(name),
        lambda code, name: all(any(_alike(w, part) for part in _words(name)) for w in _words(said)),
    )
    for is_meant in ways:
        matches = [one for one in known if is_meant(*one)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            those = ", ".join(name for _, name in matches)
            raise ComparisonError(f"{place}{said!r} may be {those}; name one of them whole")
    near = _near(said, [name for _, name in known])
    raise ComparisonError(f"{place}no {kind} {said!r} in this edition{near}")


def _words(name: str) -> set[str]:
    return {word for word in re.split(r"\W+|_", name.casefold()) if word}


def _alike(one: str, other: str) -> bool:
    """Whether one word begins with the other: textile, textiles."""
    return one.startswith(other) or other.startswith(one)


def _near(said: str, names: list[str]) -> str:
    folded = {name.casefold(): name for name in names}
    words = {word: name for name in names for word in _words(name)}
    by_name = difflib.get_close_matches(said.casefold(), folded, n=NEAR)
    by_word = difflib.get_close_matches(said.casefold(), words, n=NEAR)
    near = dict.fromkeys([*(folded[one] for one in by_name), *(words[one] for one in by_word)])
    return f"; near it: {', '.join(near)}" if near else f"; it has {', '.join(names)}"


def _measure(published: duckdb.DuckDBPyConnection, said: str) -> str:
    described = published.execute("describe state_year").fetchall()
    ending = "_estimated"
    measures = [name.removesuffix(ending) for name, *_ in described if name.endswith(ending)]
    return _chosen(said, [(name, name) for name in measures], "measure", said)[0]


def _variable(measure: str) -> dict[str, str]:
    """Its row of the dictionary."""
    return next(row for row in reference_rows("variables") if row["variable"] == measure)


def _told(published: duckdb.DuckDBPyConnection, cell: Cell, measure: str) -> Told:
    keys = {"survey_year": cell.survey_year}
    keys |= {"cluster_code": cell.cluster[0]} if cell.cluster else {}
    keys |= {"state_code": cell.state[0]} if cell.state else {}
    if cell.cluster is None and cell.state is None:
        raise ComparisonError(
            f"{cell.label}: an edition has no table of the whole country; name a cluster or a state"
        )
    columns = [f"{measure}_{column}" for column in ("estimated", "rse", "lower", "upper")]
    rows = published.execute(
        f"select {', '.join(map(identifier, columns))}, factories_sampled, disclosure, "
        f"hidden_measures, null_reason, is_synthetic from {cell.table} "
        f"where {' and '.join(f'{key} = ?' for key in keys)}",
        list(keys.values()),
    ).fetchall()
    if not rows:
        [(is_synthetic,)] = published.execute("select is_synthetic from edition").fetchall()
        return Told(cell, None, 0, "no_units", is_synthetic)
    [(*figure, factories, disclosure, hidden, null_reason, is_synthetic)] = rows
    if figure[0] is None:
        is_hidden = _variable(measure)["disclosure_family"] in hidden.split()
        return Told(cell, None, factories, disclosure if is_hidden else null_reason, is_synthetic)
    return Told(cell, Figure(*figure), factories, "", is_synthetic)


def _breaks(base: Cell, now: Cell) -> tuple[str, ...]:
    """Kinds of breaks between the survey years of the cells; of states, in theirs alone."""
    first, last = sorted([base.survey_year, now.survey_year])
    states = {cell.state[0] for cell in (base, now) if cell.state}
    kinds = (
        row["kind"]
        for row in reference_rows("definition_breaks")
        if first < row["first_year"] <= last
        and (row["kind"] != "state" or row["state_code"] in states)
    )
    return tuple(dict.fromkeys(kinds))
