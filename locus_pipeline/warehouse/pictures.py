"""One small picture of each mart, for the metadata that the web page shows."""

import base64
import io
from dataclasses import dataclass

import dagster as dg
import duckdb
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SIZE_INCHES, DOTS_PER_INCH = (4.6, 2.6), 80
BARS = 8
NEWEST = "survey_year = (select max(survey_year) from marts.{table})"


@dataclass(frozen=True)
class Picture:
    """A query for (label, value) in the order of the bars, and what the picture is called.

    `by_year` draws a line over survey years instead of bars. `{newest}` in the query keeps the
    newest survey year.
    """

    title: str
    query: str
    by_year: bool = False


def _largest(label: str, value: str, table: str, also: str = "true") -> str:
    return (
        f"select {label}, {value} from marts.{table} where {{newest}} and {also} "
        f"and {value} is not null order by {value} desc limit {BARS}"
    )


def _number(label: str, table: str) -> str:
    return (
        f"select coalesce({label}, ''), count(*) from marts.{table} "
        f"group by 1 order by 2 desc limit {BARS}"
    )


MAPPED = "cluster_code <> '0'"
PICTURES = {
    "cluster_state_year": Picture(
        "Largest state clusters, estimated factories",
        _largest(
            "state_name || ', ' || cluster_name", "units_estimated", "cluster_state_year", MAPPED
        ),
    ),
    "cluster_year": Picture(
        "Largest clusters, estimated factories",
        _largest("cluster_name", "units_estimated", "cluster_year", MAPPED),
    ),
    "state_year": Picture(
        "Largest states, estimated factories",
        _largest("state_name", "units_estimated", "state_year"),
    ),
    "nic_state_year": Picture(
        "Largest state industries, estimated factories",
        _largest("state_name || ', ' || nic_code", "units_estimated", "nic_state_year"),
    ),
    "cluster_indicators": Picture(
        "Highest location quotients (factories, 10 and more sampled)",
        _largest(
            "state_name || ', ' || cluster_name", "lq_units", "cluster_indicators",
            f"{MAPPED} and factories_sampled >= 10",
        ),
    ),
    "cluster_indicators_harmonised": Picture(
        "Highest location quotients (factories, 10 and more sampled)",
        _largest(
            "state_name || ', ' || cluster_name", "lq_units", "cluster_indicators_harmonised",
            f"{MAPPED} and factories_sampled >= 10",
        ),
    ),
    "cluster_concentration": Picture(
        "Most concentrated clusters, Ellison-Glaeser index",
        _largest("cluster_name", "ellison_glaeser", "cluster_concentration", MAPPED),
    ),
    "state_specialisation": Picture(
        "Most specialised states, Krugman index",
        _largest("state_name", "krugman_specialisation", "state_specialisation"),
    ),
    "cluster_relatedness": Picture(
        "Nearest clusters, proximity",
        _largest(
            "cluster_name || ' - ' || other_cluster_name", "proximity", "cluster_relatedness"
        ),
    ),
    "reconciliation": Picture("Figures by status", _number("status", "reconciliation")),
    "factories": Picture(
        "Returns by status of unit",
        "select status_label, sum(returns_sampled) from marts.factories where {newest} "
        f"group by 1 order by 2 desc limit {BARS}",
    ),
    "measure_availability": Picture(
        "Measures that are there",
        "select survey_year, count(*) filter (is_available) from marts.measure_availability "
        "group by 1 order by 1",
        by_year=True,
    ),
    "measure_sources": Picture("Rules by what they rest on", _number("basis", "measure_sources")),
    "ingestion": Picture(
        "Lines read",
        "select survey_year, sum(rows_read) from marts.ingestion group by 1 order by 1",
        by_year=True,
    ),
    "record_quality": Picture(
        "Doubtful records by kind",
        "select kind, sum(records) from marts.record_quality where records > 0 "
        f"group by 1 order by 2 desc limit {BARS}",
    ),
    "rejected_rows": Picture("Rejected lines by reason", _number("reason", "rejected_rows")),
    "definitions": Picture("Codes by rule", _number("rule", "definitions")),
    "nic_concordance": Picture("Pairs of codes by basis", _number("basis", "nic_concordance")),
    "naics_nic": Picture(
        "Pairs by part",
        _number("case when naics_partial then 'part' else 'whole' end", "naics_nic"),
    ),
    "nic_prevalence": Picture(
        "Share of factories by what their code gives",
        "select coding, sum(units_estimated) / sum(sum(units_estimated)) over () "
        "from marts.nic_prevalence where {newest} group by 1 order by 2 desc",
    ),
    "survey_year_summary": Picture(
        "Estimated open factories",
        "select survey_year, units_estimated from marts.survey_year_summary order by 1",
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
    found = {}
    for table, picture in PICTURES.items():
        if table not in tables:
            continue
        query = picture.query.replace("{newest}", NEWEST.format(table=table))
        rows = [(str(label), float(value)) for label, value in warehouse.execute(query).fetchall()]
        if rows:
            (synthetic,) = warehouse.execute(
                f"select coalesce(bool_or(is_synthetic), false) from marts.{table}"
            ).fetchone()
            mark = "SYNTHETIC" if synthetic else ""
            found[table] = as_markdown(_drawn(picture, rows), picture.title, mark)
    return found


def _drawn(picture: Picture, rows: list[tuple[str, float]]) -> Figure:
    figure = Figure(figsize=SIZE_INCHES, dpi=DOTS_PER_INCH, layout="tight")
    axes = figure.add_subplot()
    labels, values = [label[:40] for label, _ in rows], [value for _, value in rows]
    places = range(len(rows))
    if picture.by_year:
        axes.plot(places, values, marker="o", color="#2a6f97")
        axes.set_xticks(places, labels, rotation=60)
        axes.set_ylim(bottom=0)
    else:
        axes.barh(places, values, color="#2a6f97")
        axes.set_yticks(places, labels)
        axes.invert_yaxis()
    axes.tick_params(labelsize=6)
    return figure


def as_markdown(figure: Figure, title: str, mark: str) -> dg.MarkdownMetadataValue:
    """The figure under its title as the web page shows it; a `mark`, where there is one, stands
    across it."""
    figure.suptitle(title, fontsize=8)
    figure.text(
        0.55, 0.45, mark, fontsize=24, color="#d00000", alpha=0.25, rotation=20, ha="center",
        va="center",
    )  # fmt: skip
    image = io.BytesIO()
    FigureCanvasAgg(figure).print_png(image)
    encoded = base64.b64encode(image.getvalue()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{encoded})")
