"""Parts that several pages share: maps of states, charts over time, rankings, tables by row."""

import csv
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files

from locus_pipeline.site.contents import (
    Chart,
    Column,
    Content,
    Figure,
    Link,
    Section,
    Table,
    Tile,
    TileMap,
)
from locus_pipeline.site.measures import (
    EMPLOYMENT,
    RATIOS,
    SPECIALISATION,
    TOTALS,
    Measure,
    figure_of,
    in_words,
)
from locus_pipeline.site.tables import Row

SIDE, GAP = 52, 4
# One hue from pale to dark, readable in grey; what has no figure is white with a grey letter.
SCALE = ("#e2f0f2", "#b4d7dc", "#7fb8c1", "#3f8f9c", "#0b5c6b")
NOTHING = "#eceff1"
DARK_INK, PALE_INK, GREY_INK = "#1c2733", "#ffffff", "#55636f"
MOST_BARS = 20
MOST_NAMES = 5
# What the tables of cells show.
CELL_MEASURES = (*TOTALS[:2], TOTALS[4], *SPECIALISATION, *RATIOS[:2])


def cluster_page(code: str) -> str:
    """The address of a cluster category's page."""
    return f"clusters/{code}.html"


def state_page(code: str) -> str:
    """The address of a state's page."""
    return f"states/{code}.html"


def cell_page(state: str, cluster: str) -> str:
    """The address of the page of a cluster category in a state."""
    return f"cells/{state}-{cluster}.html"


def states_map(
    caption: str, figures: dict[str, Figure], names: dict[str, str], address: Callable[[str], str]
) -> TileMap:
    """States coloured by fifths of those that have a figure; states without one are grey."""
    values = sorted(f.value for f in figures.values() if f.value is not None)
    limits = (
        [values[len(values) * step // len(SCALE)] for step in range(1, len(SCALE))]
        if values
        else []
    )
    tiles, across, down = [], 0, 0
    for place in _places():
        code = place["state_code"]
        figure = figures.get(code)
        column, row = int(place["column"]), int(place["row"])
        across, down = max(across, column + 1), max(down, row + 1)
        if figure is None or figure.value is None:
            colour, ink = NOTHING, GREY_INK
        else:
            step = sum(figure.value >= limit for limit in limits)
            colour, ink = SCALE[step], PALE_INK if step >= 3 else DARK_INK
        tiles.append(
            Tile(
                name=names.get(code, place["short_name"]),
                short=place["short_name"],
                x=column * (SIDE + GAP),
                y=row * (SIDE + GAP),
                colour=colour,
                ink=ink,
                spoken=figure.spoken if figure else "no factory in the sample",
                address=address(code) if figure else "",
            )
        )
    return TileMap(
        caption=caption,
        side=SIDE,
        width=across * (SIDE + GAP) - GAP,
        height=down * (SIDE + GAP) - GAP,
        tiles=tiles,
        legend=_legend(values, limits, next(iter(figures.values())).kind if figures else "count"),
    )


def _legend(values: list[float], limits: list[float], kind: str) -> list[tuple[str, str]]:
    if not values:
        return [(NOTHING, "no figure")]
    ends = [values[0], *limits, values[-1]]
    fifths = [
        (colour, f"{Figure(low, kind).text} to {Figure(high, kind).text}")
        for colour, low, high in zip(SCALE, ends, ends[1:], strict=False)
    ]
    return [*fifths, (NOTHING, "no figure")]


@cache
def _places() -> list[dict[str, str]]:
    text = (files("locus_pipeline.site") / "state_tiles.csv").read_text()
    return list(csv.DictReader(text.splitlines()))


def over_time(rows: Iterable[Row], measure: Measure, caption: str) -> Chart:
    """A measure by survey year with its interval; years without a figure are gaps."""
    figures = [(row["survey_year"], figure_of(row, measure)) for row in rows]
    return Chart(
        kind="over_time",
        rows=[
            {"name": year, "value": f.value, "low": f.low, "high": f.high, "text": f.spoken}
            for year, f in figures
        ]
        if any(f.value is not None for _, f in figures)
        else [],
        titles={"y": f"{measure.label}{' (rupees)' if measure.kind == 'money' else ''}"},
        caption=caption,
    )


def ranking(entries: Iterable[tuple[str, Figure, str]], measure: Measure, caption: str) -> Chart:
    """The largest figures with their intervals; `entries` are (name, figure, page)."""
    known = [entry for entry in entries if entry[1].value is not None]
    known.sort(key=lambda entry: -(entry[1].value or 0))
    return Chart(
        kind="ranking",
        rows=[
            {
                "name": name,
                "value": f.value,
                "low": f.low,
                "high": f.high,
                "text": f.spoken,
                "page": page,
            }
            for name, f, page in known[:MOST_BARS]
        ],
        titles={"x": f"{measure.label}{' (rupees)' if measure.kind == 'money' else ''}"},
        caption=caption,
    )


def specialisation(cells: list[Row], name: str, address: Callable[[Row], str]) -> Chart:
    """Location quotient against persons engaged; the largest bear their names."""
    shown = [
        row
        for row in cells
        if (row["lq_employment"] or 0) > 0 and (row["total_employees_estimated"] or 0) > 0
    ]
    return Chart(
        kind="scatter",
        rows=[
            {
                "name": row[name],
                "x": row["total_employees_estimated"],
                "y": row["lq_employment"],
                "named": position < MOST_NAMES,
                "text": f"{figure_of(row, EMPLOYMENT).text} persons, "
                f"location quotient {figure_of(row, SPECIALISATION[0]).spoken}",
                "page": address(row),
            }
            for position, row in enumerate(shown)
        ],
        titles={"x": "Persons engaged", "y": "Location quotient of employment"},
        caption=(
            "Specialisation against size: above 1, the share of employment is larger than in India "
            "as a whole. Both axes are logarithmic."
        ),
    )


def changes_table(changes: list[Row], of: Callable[[Row], Link] | None = None) -> Table:
    """Changes between survey years, with what can be concluded from them; `of` names whose."""
    of_measure = {measure.name: measure for measure in TOTALS}
    return Table(
        "changes",
        "Changes between survey years, with 95 % intervals",
        [
            *([Column("Of")] if of else []),
            Column("Measure"),
            Column("From"),
            Column("To"),
            Column("Difference", is_figure=True),
            Column("Change", is_figure=True),
            Column("Verdict"),
            Column("What else changed"),
        ],
        [
            [
                *([of(row)] if of else []),
                of_measure[row["measure"]].label,
                row["base_year"],
                row["survey_year"],
                Figure(
                    row["difference"],
                    of_measure[row["measure"]].kind,
                    row["difference_lower"],
                    row["difference_upper"],
                    reason=in_words(row["null_reason"]),
                ),
                Figure(
                    _part(row["percent_change"]),
                    "change",
                    _part(row["percent_lower"]),
                    _part(row["percent_upper"]),
                    reason=in_words(row["percent_null_reason"] or row["null_reason"]),
                ),
                in_words(row["verdict"]),
                row["definition_breaks"] or "",
            ]
            for row in changes
        ],
    )


def _part(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def over_the_years(rows: list[Row], changes: list[Row]) -> Section:
    """Totals of a cluster or a state in all survey years, and what changed."""
    return Section(
        title="Over time",
        charts=[over_time(rows, m, f"{m.label} by survey year") for m in TOTALS[:2]],
        tables=[
            table_of(
                "years",
                "All survey years",
                reversed(rows),
                [("Survey year", lambda row: row["survey_year"])],
                TOTALS,
            ),
            changes_table(changes),
        ],
    )


def table_of(
    name: str,
    caption: str,
    rows: Iterable[Row],
    first: Sequence[tuple[str, Callable[[Row], Content]]],
    measures: Sequence[Measure],
) -> Table:
    """A table whose first columns are words or links, and whose others are measures."""
    return Table(
        name=name,
        caption=caption,
        columns=[
            *(Column(label) for label, _ in first),
            *(Column(measure.label, is_figure=True) for measure in measures),
        ],
        rows=[
            [*(content(row) for _, content in first), *(figure_of(row, m) for m in measures)]
            for row in rows
        ],
    )


def words_table(
    name: str, caption: str, rows: Iterable[Row], columns: Sequence[tuple[str, str]]
) -> Table:
    """A table of words: (label, column) pairs; a value that is not there is an empty cell."""
    return Table(
        name=name,
        caption=caption,
        columns=[Column(label) for label, _ in columns],
        rows=[[_said(row[column]) for _, column in columns] for row in rows],
    )


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def link_to_state(row: Row) -> Link:
    """A state's name that leads to its page."""
    return Link(row["state_name"], state_page(row["state_code"]))


def link_to_cluster(row: Row) -> Link:
    """A cluster category's name that leads to its page."""
    return Link(row["cluster_name"], cluster_page(row["cluster_code"]))
