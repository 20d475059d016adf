"""The published edition against one before it: `locus revisions`.

No table of an edition says how it differs from another one: the same inputs give the same edition
in every home, whatever was published there before. So it is asked of two editions that a home has.
Mean and mean absolute revisions are those of Eurostat's quality reports, relative to the figure
before.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from locus_pipeline.connection import connect
from locus_pipeline.errors import LocusError
from locus_pipeline.files import read_parquet, replacing
from locus_pipeline.publish.edition import SAME, StoredEdition, csv_cell, stored_editions
from locus_pipeline.reference import reference_rows
from locus_pipeline.settings import Settings
from locus_pipeline.sql import literal

# Published totals -> what a cell of theirs is called; the country is in survey_year_summary.
TABLES = {
    "survey_year_summary": ["survey_year"],
    "state_year": ["survey_year", "state_code"],
    "cluster_year": ["survey_year", "cluster_code"],
    "cluster_state_year": ["survey_year", "state_code", "cluster_code"],
}
CODES = ["survey_year", "state_code", "cluster_code"]
NAMES = ["state_name", "cluster_name"]
FIGURES = ["estimate", "lower", "upper"]
BOTH_FIGURES = [f"{name}_{when}" for when in ("before", "now") for name in FIGURES]
COLUMNS = ["table", *CODES, *NAMES, "measure", "outcome", *BOTH_FIGURES, "revision",
           "relative_revision", "is_beyond_limits"]  # fmt: skip
# What an edition gives of a cell, before and now -> what became of it.
SHOWN, HIDDEN, WITHOUT, ABSENT = "shown", "hidden", "without", "absent"
OUTCOMES = ("both", "new", "gone", "newly_hidden", "newly_shown", "newly_given",
            "no_longer_given", "in_neither")  # fmt: skip
UNKNOWN = "unknown"
# What may be counted by: columns of each.
COLUMNS_BY = {
    "year": ["survey_year"],
    "state": ["state_code", "state_name"],
    "cluster": ["cluster_code", "cluster_name"],
}
# column of table edition -> what it is called
MADE_OF = {
    "survey_years": "Survey years",
    "facts_rounds": "FACTS rounds",
    "definitions_version": "Definitions",
    "method_version": "Method",
    "input_manifest_hash": "Inputs",
    "settings": "Settings",
    "package_versions": "Packages",
}
LISTS, OBJECTS = ("survey_years", "facts_rounds"), ("settings", "package_versions")


class RevisionError(LocusError):
    """Two editions can't be set against each other."""


@dataclass(frozen=True)
class Revision:
    """Two editions: the row of table edition of each, and every cell of either, by table and
    measure (`revised_cells`)."""

    before: dict[str, Any]
    now: dict[str, Any]
    cells: pd.DataFrame


def revision(settings: Settings, edition_id: str | None, measures: Sequence[str] = ()) -> Revision:
    """The published edition against `edition_id`, or against the newest other one of the home.

    `measures`: names of those that are looked at; all where none is named. Raises RevisionError
    where there is no published edition, no such other one, or no such measure.
    """
    before, now = _editions(settings, edition_id)
    families = _families(measures)
    cells = [
        revised_cells(_table(before, table), _table(now, table), table, families)
        for table in TABLES
    ]
    return Revision(
        _facts(before),
        _facts(now),
        pd.concat([frame for frame in cells if len(frame)], ignore_index=True),
    )


def _facts(edition: StoredEdition) -> dict[str, Any]:
    """The row of table edition."""
    row = _table(edition, "edition").iloc[0]
    return {str(name): row[name] for name in row.index}


def revised_cells(
    before: pd.DataFrame, now: pd.DataFrame, table: str, families: Mapping[str, str]
) -> pd.DataFrame:
    """Every cell of one of TABLES in either edition, by measure: a row with COLUMNS each.

    Both frames have the table's codes and, as far as the edition has them, `<measure>_estimated`,
    `_lower`, `_upper`, `hidden_measures` and names; `families` is the disclosure family of each
    measure ("" where it is never hidden). `outcome` is one of OUTCOMES. What is in both has
    `revision` (now less before; within SAME of the figure it is none), `relative_revision` (null
    where the figure before is 0 and the one now is not) and `is_beyond_limits`: whether the figure
    now lies outside of the 95 % limits of the one before, null without limits. A cell that is not
    shown in both has no figures: one that is hidden now is told by no edition before it.
    """
    codes = TABLES[table]
    given = [
        measure
        for measure in families
        if any(f"{measure}_estimated" in frame for frame in (before, now))
    ]
    if not given:
        return pd.DataFrame(columns=COLUMNS)
    sides = [_by_measure(frame, codes, {name: families[name] for name in given})
             for frame in (before, now)]  # fmt: skip
    cells = sides[0].merge(
        sides[1], on=[*codes, "measure"], how="outer", suffixes=("_before", "_now")
    )
    for name in NAMES:
        cells[name] = cells[f"{name}_now"].combine_first(cells[f"{name}_before"])
    was, now_is = (cells[f"gives_{when}"].fillna(ABSENT) for when in ("before", "now"))
    cells["outcome"] = np.select(
        [
            (was == SHOWN) & (now_is == SHOWN),
            was == ABSENT,
            now_is == ABSENT,
            (was == SHOWN) & (now_is == HIDDEN),
            (was == HIDDEN) & (now_is == SHOWN),
            now_is == SHOWN,
            was == SHOWN,
        ],
        OUTCOMES[:-1],
        OUTCOMES[-1],
    )
    in_both = cells.outcome == "both"
    cells[BOTH_FIGURES] = cells[BOTH_FIGURES].astype(float).where(in_both)
    first, last = cells.estimate_before, cells.estimate_now
    is_same = np.isclose(last, first, rtol=SAME, atol=0)
    cells["revision"] = (last - first).mask(is_same, 0.0)
    cells["relative_revision"] = (cells.revision / first.abs().where(first != 0)).mask(is_same, 0.0)
    outside = (last < cells.lower_before) | (last > cells.upper_before)
    has_limits = cells.lower_before.notna() & cells.upper_before.notna()
    cells["is_beyond_limits"] = (outside & ~is_same).astype("boolean").where(has_limits)
    return cells.assign(table=table).reindex(columns=COLUMNS)


def summary(cells: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Cells counted by table, measure and the columns `by`, with their outcomes and revisions.

    `cells` is the sum of the outcomes. `revised`: cells in both whose figure changed; `from_zero`:
    those of them that were 0, which have no relative revision; `mean_relative`, `mean_absolute` and
    `largest` (with its sign) are relative revisions of all cells in both; `beyond_limits` counts
    among `with_limits`.
    """
    both = cells.outcome == "both"
    size = cells.relative_revision.abs()
    counted = cells.assign(
        cells=1,
        **{name: cells.outcome == name for name in OUTCOMES},
        revised=both & (cells.revision != 0),
        from_zero=both & cells.relative_revision.isna(),
        mean_relative=cells.relative_revision,
        mean_absolute=size,
        with_limits=cells.is_beyond_limits.notna(),
        beyond_limits=cells.is_beyond_limits.fillna(False),
    ).sort_values("mean_absolute", ascending=False, kind="stable")
    counts = ["cells", *OUTCOMES, "revised", "from_zero", "with_limits", "beyond_limits"]
    how = (
        {name: (name, "sum") for name in counts}
        | {name: (name, "mean") for name in ("mean_relative", "mean_absolute")}
        | {"largest": ("relative_revision", "first")}
    )
    grouped = counted.groupby(["table", "measure", *by], dropna=False, sort=False).agg(**how)
    return grouped.astype(dict.fromkeys(counts, int)).reset_index().sort_values(
        ["table", "measure", *by], key=_in_order, kind="stable", ignore_index=True
    )  # fmt: skip


def largest(cells: pd.DataFrame, count: int) -> pd.DataFrame:
    """The cells with the largest relative revisions, then those that were 0."""
    revised = cells[(cells.outcome == "both") & (cells.revision != 0)]
    order = revised.relative_revision.abs().sort_values(
        ascending=False, na_position="last", kind="stable"
    )
    return revised.loc[order.index].head(count)


def what_differs(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Sentences on what of data, coverage and method the `edition` tables say differently."""
    lines = []
    if bool(before["is_synthetic"]) != bool(now["is_synthetic"]):
        which = "published edition" if now["is_synthetic"] else "edition before"
        lines.append(f"Synthetic factories are in the {which} alone: nothing is a revision.")
    elif now["is_synthetic"]:
        lines.append("Synthetic: invented factories, not a result of the survey.")
    differing = [name for name in MADE_OF if before.get(name) != now.get(name)]
    for name in differing:
        old, new = before.get(name, UNKNOWN), now.get(name, UNKNOWN)
        if name == "input_manifest_hash":
            said = "the content of releases, rounds or registry is another one"
        elif name in LISTS:
            said = _list_difference(_items(old), _items(new))
        elif name in OBJECTS:
            said = _object_difference(_object(old), _object(new))
        else:
            said = f"{old} before, {new} now"
        lines.append(f"{MADE_OF[name]}: {said}.")
    alike = [called.lower() for name, called in MADE_OF.items() if name not in differing]
    return [*lines, f"Alike: {', '.join(alike)}."] if alike else lines


def render(counts: pd.DataFrame, by: Sequence[str] = ()) -> Table:
    """The rows of a summary in which anything differs."""
    table = Table(title="Revisions, relative to the figure before")
    for heading in ("table", "measure", *by):
        table.add_column(heading, overflow="fold")
    outcomes = [name.replace("_", " ") for name in OUTCOMES[:-1]]
    for heading in (*outcomes[:1], "revised", "from zero", "mean", "mean absolute", "largest",
                    "beyond limits", *outcomes[1:]):  # fmt: skip
        table.add_column(heading, justify="right", overflow="fold")
    for row in counts[differs(counts)].to_dict("records"):
        shown = [_percent(row[name]) for name in ("mean_relative", "mean_absolute", "largest")]
        beyond = f"{row['beyond_limits']:,} of {row['with_limits']:,}"
        table.add_row(
            *(_text(row[name]) for name in ("table", "measure", *by)),
            *(f"{row[name]:,}" for name in ("both", "revised", "from_zero")),
            *shown,
            beyond if row["with_limits"] else UNKNOWN,
            *(f"{row[name]:,}" for name in OUTCOMES[1:-1]),
        )
    return table


def render_cells(cells: pd.DataFrame) -> Table:
    """Cells with both figures and the limits of each."""
    table = Table(title="Largest relative revisions")
    for heading in ("cell", "measure"):
        table.add_column(heading, overflow="fold")
    for heading in ("before", "95 % interval", "now", "95 % interval", "revision"):
        table.add_column(heading, justify="right", overflow="fold")
    for row in cells.to_dict("records"):
        names = (row[name] for name in ("cluster_name", "state_name"))
        place = [_text(name) for name in names if not pd.isna(name)] or ["all India"]
        figures = [
            text
            for when in ("before", "now")
            for text in (f"{row[f'estimate_{when}']:,.0f}", _interval(row, when))
        ]
        change = _percent(row["relative_revision"]) or "from 0"
        table.add_row(", ".join([*place, row["survey_year"]]), row["measure"], *figures, change)
    return table


def differs(counts: pd.DataFrame) -> pd.Series:
    """Whether anything differs in a row of a summary."""
    return (counts.both != counts.cells - counts.in_neither) | (counts.revised > 0)


def write_cells(settings: Settings, cells: pd.DataFrame, path: Path) -> None:
    """Every cell as CSV; text that a spreadsheet would take for a formula has an apostrophe before
    it. Raises RevisionError where the file would stand in an edition or in no folder."""
    if path.resolve().is_relative_to(settings.editions.resolve()):
        raise RevisionError(f"{path} is inside of an edition, which never changes; choose a place")
    if not path.parent.is_dir():
        raise RevisionError(f"The folder {path.parent} is not there; make it first")
    with connect(settings) as connection, replacing(path) as aside:
        connection.register("cells", cells)
        described = connection.execute("describe cells").fetchall()
        columns = ", ".join(csv_cell(name, kind) for name, kind, *_ in described)
        connection.execute(
            f"copy (select {columns} from cells) to {literal(aside)} (format csv, header)"
        )


def _editions(settings: Settings, edition_id: str | None) -> tuple[StoredEdition, StoredEdition]:
    stored = stored_editions(settings)
    published = next((edition for edition in stored if edition.is_published), None)
    if published is None:
        raise RevisionError(f"{settings.published} is not there: `locus run` publishes an edition")
    others = [edition for edition in stored if edition.edition_id != published.edition_id]
    if edition_id == published.edition_id:
        raise RevisionError(f"{edition_id} is the published edition itself; name one before it")
    if not others:
        raise RevisionError(
            f"{published.edition_id} is the only edition of {settings.home}: there is none before "
            f"it; `locus keep {published.edition_id}` keeps it for the revision of later ones"
        )
    wanted = [edition for edition in others if edition_id in (None, edition.edition_id)]
    if not wanted:
        there = ", ".join(dict.fromkeys(edition.edition_id for edition in others))
        raise RevisionError(
            f"There is no edition {edition_id!r} in {settings.editions}; beside the published one "
            f"it has {there} (`locus keep` keeps one for good)"
        )
    # a sound one where there is any
    before = min(wanted, key=lambda edition: bool(edition.damage))
    if damage := published.damage or before.damage:
        raise RevisionError(f"{damage}; `locus run` writes the newest edition again")
    return before, published


def _table(edition: StoredEdition, table: str) -> pd.DataFrame:
    """The rows of a published table; none where an edition of another version has no such table."""
    path = edition.folder / f"{table}.parquet"
    return read_parquet([path]) if path.is_file() else pd.DataFrame(columns=TABLES[table])


def _families(measures: Sequence[str]) -> dict[str, str]:
    """Disclosure families of the measures that are named, else of all."""
    families = {
        row["variable"]: row["disclosure_family"]
        for row in reference_rows("variables")
        if row["kind"] == "measure"
    }
    for name in measures:
        if name not in families:
            near = difflib.get_close_matches(name, families) or families
            raise RevisionError(f"No measure {name!r}; there are {', '.join(near)}")
    return {name: families[name] for name in measures or families}


def _by_measure(
    frame: pd.DataFrame, codes: Sequence[str], families: Mapping[str, str]
) -> pd.DataFrame:
    """A row for each row and measure, with what the edition gives of it."""
    hidden = " " + frame.get("hidden_measures", pd.Series("", frame.index)).fillna("") + " "
    cells = frame.reindex(columns=[*codes, *NAMES])
    rows = []
    for measure, family in families.items():
        names = [f"{measure}_{name}" for name in ("estimated", "lower", "upper")]
        figures = frame.reindex(columns=names).set_axis(FIGURES, axis="columns").astype(float)
        is_hidden = hidden.str.contains(f" {family} ", regex=False) & bool(family)
        gives = np.select([figures.estimate.notna(), is_hidden], [SHOWN, HIDDEN], WITHOUT)
        rows.append(cells.assign(measure=measure, gives=gives, **figures))
    return pd.concat(rows)


def _in_order(column: pd.Series) -> pd.Series:
    """Tables from the country down, measures as in the dictionary, other columns by themselves."""
    orders = {
        "table": list(TABLES),
        "measure": [row["variable"] for row in reference_rows("variables")],
    }
    order = orders.get(str(column.name))
    return column if order is None else column.map({name: at for at, name in enumerate(order)})


def _items(text: object) -> list[str]:
    return [item for item in str(text or "").split(", ") if item]


def _object(text: object) -> dict[str, object]:
    return {} if text == UNKNOWN else json.loads(str(text))


def _list_difference(before: list[str], now: list[str]) -> str:
    only = {
        "now": [item for item in now if item not in before],
        "before": [item for item in before if item not in now],
    }
    return "; ".join(f"only {when} {', '.join(items)}" for when, items in only.items() if items)


def _object_difference(before: Mapping[str, object], now: Mapping[str, object]) -> str:
    return "; ".join(
        f"{name} {before.get(name, UNKNOWN)!r} before, {now.get(name, UNKNOWN)!r} now"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    )


def _percent(share: float) -> str:
    return "" if pd.isna(share) else f"{100 * share:+.3g} %"


def _interval(row: Mapping[Any, Any], when: str) -> str:
    lower, upper = row[f"lower_{when}"], row[f"upper_{when}"]
    return UNKNOWN if pd.isna(lower) or pd.isna(upper) else f"{lower:,.0f} to {upper:,.0f}"


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
