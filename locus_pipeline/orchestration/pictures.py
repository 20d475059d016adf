"""One small picture of each mart, for the metadata that the web page shows."""

import base64
import io
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_INCHES, DOTS_PER_INCH = 6.4, 80
BARS = 8
LABEL_WIDTH = 34
COLOURS = ("#2a6f97", "#b5b5b5")
NEWEST = "survey_year = (select max(survey_year) from marts.{table})"
# A 95 % interval in standard errors.
INTERVAL = 1.96
SURE = "95 % interval of sampling"


@dataclass(frozen=True)
class Picture:
    """A query for (label, value) or (label, value, standard error) in the order of the bars, what
    the picture is called, and the values' unit.

    `by_year` draws a line over survey years instead of bars. `{newest}` in the query keeps the
    newest survey year, which the title then names, as it names the years of one `of_all_years`.
    `parts` names two kinds of bars, told apart by a last column with 0 or 1.
    """

    title: str
    unit: str
    query: str
    by_year: bool = False
    of_all_years: bool = False
    parts: tuple[str, str] | None = None


def _largest(
    label: str, value: str, table: str, also: str = "true", error: str | None = None
) -> str:
    return (
        f"select {label}, {value}, {error or 'null'} from marts.{table} where {{newest}} "
        f"and {also} and {value} is not null order by {value} desc limit {BARS}"
    )


def _number(label: str, table: str) -> str:
    return (
        f"select coalesce(nullif({label}, ''), 'not stated'), count(*) from marts.{table} "
        f"group by 1 order by 2 desc limit {BARS}"
    )


MAPPED = "cluster_code <> '0'"
FACTORIES_ERROR = "units_rse * units_estimated"
FACTORIES = "factories, estimated"
STATE_CLUSTER = "state_name || ', ' || cluster_name"
QUOTIENTS = Picture(
    "Highest location quotients of factories (10 and more sampled)",
    "location quotient",
    _largest(
        STATE_CLUSTER, "lq_units", "{table}", f"{MAPPED} and factories_sampled >= 10", "lq_units_se"
    ),
)
PICTURES = {
    "cluster_state_year": Picture(
        "Largest state clusters", FACTORIES,
        _largest(STATE_CLUSTER, "units_estimated", "{table}", MAPPED, FACTORIES_ERROR),
    ),
    "cluster_year": Picture(
        "Largest clusters", FACTORIES,
        _largest("cluster_name", "units_estimated", "{table}", MAPPED, FACTORIES_ERROR),
    ),
    "state_year": Picture(
        "Largest states", FACTORIES,
        _largest("state_name", "units_estimated", "{table}", error=FACTORIES_ERROR),
    ),
    "nic_state_year": Picture(
        "Largest state industries", FACTORIES,
        _largest(
            "state_name || ', ' || nic_code", "units_estimated", "{table}", error=FACTORIES_ERROR
        ),
    ),
    "cluster_indicators": QUOTIENTS,
    "cluster_indicators_harmonised": QUOTIENTS,
    "cluster_concentration": Picture(
        "Most concentrated clusters", "Ellison-Glaeser index",
        _largest("cluster_name", "ellison_glaeser", "{table}", MAPPED),
    ),
    "state_specialisation": Picture(
        "Most specialised states", "Krugman index",
        _largest("state_name", "krugman_specialisation", "{table}"),
    ),
    "cluster_relatedness": Picture(
        "Nearest clusters", "proximity",
        _largest("cluster_name || ' - ' || other_cluster_name", "proximity", "{table}"),
    ),
    "reconciliation": Picture(
        "Figures beside the official ones, by their difference", "figures",
        """
        select
            case status
                when 'exact' then 'exact'
                when 'within_1_pct' then 'within 1 %'
                when 'within_5_pct' then '1 to 5 %'
                when 'over_5_pct' then 'over 5 %'
                when 'no_records' then 'no records'
                when 'block_not_in_release' then 'block not in the release'
                else 'hidden'
            end,
            count(*), null,
            case
                when
                    counts_as = 'not_calibrated' or status is null
                    or status = 'block_not_in_release'
                    then 1
                else 0
            end as part
        from marts.reconciliation
        group by status, part
        order by
            part,
            list_position(
                ['exact', 'within_1_pct', 'within_5_pct', 'over_5_pct', 'no_records',
                'block_not_in_release'], status
            ) nulls last
        """,
        of_all_years=True,
        parts=("must match, or warns", "not comparable: not made so, block missing, or hidden"),
    ),
    "factories": Picture(
        "Returns by status of unit", "returns sampled",
        "select status_label, sum(returns_sampled) from marts.{table} where {newest} "
        f"group by 1 order by 2 desc limit {BARS}",
    ),
    "measure_availability": Picture(
        "Measures that are there", "measures",
        "select survey_year, count(*) filter (is_available) from marts.{table} "
        "group by 1 order by 1",
        by_year=True,
    ),
    "measure_sources": Picture(
        "Rules of measures by what they rest on", "rules", _number("basis", "{table}"),
        of_all_years=True,
    ),
    "ingestion": Picture(
        "Lines read", "lines",
        "select survey_year, sum(rows_read) from marts.{table} group by 1 order by 1",
        by_year=True,
    ),
    "record_quality": Picture(
        "Doubtful records by kind", "records",
        "select kind, sum(records) from marts.{table} where records > 0 "
        f"group by 1 order by 2 desc limit {BARS}",
        of_all_years=True,
    ),
    "quality_report": Picture(
        "States with most non-response", "share of factories, by multiplier",
        _largest("state_name", "non_response_rate", "{table}", "scope = 'state'"),
    ),
    "rejected_rows": Picture(
        "Rejected lines by block and column", "lines",
        _number("upper(block) || ', ' || coalesce(column_name, 'whole line')", "{table}"),
        of_all_years=True,
    ),
    "definitions": Picture("Codes by rule", "codes", _number("rule", "{table}")),
    "nic_concordance": Picture(
        "Pairs of codes by basis", "pairs", _number("basis", "{table}")
    ),
    "naics_nic": Picture(
        "Pairs by part", "pairs",
        _number("case when naics_partial then 'part' else 'whole' end", "{table}"),
    ),
    "nic_prevalence": Picture(
        "Factories by what their code gives", "share of factories, estimated",
        "select coding, sum(units_estimated) / sum(sum(units_estimated)) over () "
        "from marts.{table} where {newest} group by 1 order by 2 desc",
    ),
    "survey_year_summary": Picture(
        "Open factories", FACTORIES,
        "select survey_year, units_estimated from marts.{table} order by 1",
        by_year=True,
    ),
}  # fmt: skip


def pictures(warehouse: duckdb.DuckDBPyConnection) -> dict[str, dg.MarkdownMetadataValue]:
    """Mart -> its picture; marts that are not there, or have nothing to show, have none."""
    tables = {
        table
        for (table,) in warehouse.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
    }
    shown = {}
    for table, picture in PICTURES.items():
        drawn = _figure(warehouse, table, picture) if table in tables else None
        if drawn:
            [(synthetic,)] = warehouse.execute(
                f"select coalesce(bool_or(is_synthetic), false) from marts.{table}"
            ).fetchall()
            title = drawn.get_suptitle()
            shown[table] = as_markdown(drawn, title, "SYNTHETIC" if synthetic else "")
    return shown


def _figure(warehouse: duckdb.DuckDBPyConnection, table: str, picture: Picture) -> "Figure | None":
    """None where there is nothing to show."""
    newest = NEWEST.replace("{table}", table)
    query = picture.query.replace("{table}", table).replace("{newest}", newest)
    rows = warehouse.execute(query).fetchall()
    if not rows:
        return None
    title = picture.title
    if "{newest}" in picture.query or picture.of_all_years:
        [(first, last)] = warehouse.execute(
            f"select min(survey_year), max(survey_year) from marts.{table}"
        ).fetchall()
        alone = "{newest}" in picture.query or first == last
        title = f"{title}, {last}" if alone else f"{title}, {first} to {last}"
    draw = _line if picture.by_year else _bars
    figure = draw(rows, picture)
    figure.suptitle(title)
    return figure


def _line(rows: list[tuple[Any, ...]], picture: Picture) -> "Figure":
    figure, axes = _axes(2.8)
    places = range(len(rows))
    axes.plot(places, [float(row[1]) for row in rows], marker="o", color=COLOURS[0])
    axes.set_xticks(places, [row[0] for row in rows], rotation=60)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(_tick)
    axes.set_ylabel(picture.unit, fontsize=7)
    return figure


def _bars(rows: list[tuple[Any, ...]], picture: Picture) -> "Figure":
    """The rows as bars from the top, with what is known of their errors."""
    labels = [textwrap.fill(str(row[0]), LABEL_WIDTH) for row in rows]
    lines = sum(label.count("\n") + 1 for label in labels)
    figure, axes = _axes(1.0 + 0.2 * max(lines, len(rows)))
    errors = [INTERVAL * float(row[2] or 0) if len(row) > 2 else 0.0 for row in rows]
    kinds = [row[3] if picture.parts else 0 for row in rows]
    for kind in sorted(set(kinds)):
        places = [place for place, of in enumerate(kinds) if of == kind]
        bars = axes.barh(
            places,
            [float(rows[place][1]) for place in places],
            color=COLOURS[kind],
            label=picture.parts[kind] if picture.parts else None,
        )
        if picture.parts:
            axes.bar_label(bars, fmt="{:,.0f}", fontsize=6, padding=2)
    unit = picture.unit
    if any(errors):
        values = [float(row[1]) for row in rows]
        below = [min(error, value) for error, value in zip(errors, values, strict=True)]
        axes.errorbar(
            values, range(len(rows)), xerr=[below, errors], fmt="none", ecolor="#333333",
            elinewidth=1, capsize=2,
        )  # fmt: skip
        unit = f"{unit} (line: {SURE})"
    axes.set_yticks(range(len(rows)), labels)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(_tick)
    axes.set_xlabel(unit, fontsize=7)
    if picture.parts:
        figure.legend(fontsize=6, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _axes(height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _tick(value: float, _: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.3g}"


def as_markdown(figure: "Figure", title: str, mark: str) -> dg.MarkdownMetadataValue:
    """The figure under its title as the web page shows it; a `mark`, where there is one, stands
    across it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.suptitle(title, fontsize=8)
    figure.text(
        0.55, 0.45, mark, fontsize=24, color="#d00000", alpha=0.25, rotation=20, ha="center",
        va="center",
    )  # fmt: skip
    image = io.BytesIO()
    FigureCanvasAgg(figure).print_png(image)
    encoded = base64.b64encode(image.getvalue()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{encoded})")
