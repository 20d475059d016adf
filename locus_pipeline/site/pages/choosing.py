"""Choosing clusters by the two lenses, and what developing them takes."""

from collections.abc import Iterator

from locus_pipeline.site.contents import Column, Figure, Link, Page, Section, Table
from locus_pipeline.site.measures import in_words
from locus_pipeline.site.tables import PublishedTables, Row
from locus_pipeline.sql import identifier

LENSES = (
    (
        "cluster_growth_selection",
        "For growth",
        (
            ("Distinct product", "distinct_product"),
            ("Growth potential", "growth_potential"),
            ("Employment", "employment"),
            ("Local leadership", "local_leadership"),
            ("Basic infrastructure", "basic_infrastructure"),
            ("Capable institutions", "capable_institutions"),
            ("Recommended", "recommended"),
            ("Need", "socio_environmental_need"),
        ),
    ),
    (
        "cluster_pro_poor_selection",
        "For the poor",
        (
            ("Social groups", "social_groups"),
            ("Women", "women"),
            ("Low income", "low_income"),
            ("Labour intensity", "labour_intensity"),
            ("Low wages", "low_wages"),
            ("Nearness", "nearness"),
            ("Priority region", "priority_region"),
        ),
    ),
)
PAYERS = ("stakeholders", "implementing_agency", "support_institutions", "other_sources")
YEARS = range(1, 6)
LEVELS = ("programme", "state", "cluster")


def choosing_pages(tables: PublishedTables) -> Iterator[Page]:
    """The selection and the plan."""
    yield Page(
        address="selection.html",
        title="Choosing clusters",
        kind="selection",
        lead=(
            "How far each named cluster meets the criteria of two lenses: points earned as a share "
            "of those that its measured criteria could earn, with 95 % intervals. Criteria and "
            "weights are proposals."
        ),
        sections=[
            Section(title=title, tables=[_lens(tables, table, title, criteria)])
            for table, title, criteria in LENSES
        ],
    )
    yield Page(
        address="plan.html",
        title="What developing clusters takes",
        kind="plan",
        lead=(
            "Lakh rupees over five years, by who pays and by year, for the chosen clusters; under "
            "an average stand the low and the high figure."
        ),
        sections=[Section(title=f"By {level}", tables=[_costs(tables, level)]) for level in LEVELS],
    )


def _lens(
    tables: PublishedTables, table: str, title: str, criteria: tuple[tuple[str, str], ...]
) -> Table:
    rows = tables.rows(
        f"""
        select * from {identifier(table)}
        where period = (select max(period) from {identifier(table)})
        order by rank nulls last, object_name
        """
    )
    return Table(
        table,
        f"{title}: named clusters of the newest period; criteria from 0 to 1",
        [
            Column("Cluster"),
            Column("State"),
            Column("Share of points", is_figure=True),
            Column("Rank", is_figure=True),
            Column("On the list"),
            *(Column(label, is_figure=True) for label, _ in criteria),
        ],
        [
            [
                Link(row["object_name"], f"named/{row['object_id']}.html"),
                row["state_name"] or "",
                Figure(
                    row["share"],
                    "share",
                    row["share_low"],
                    row["share_high"],
                    reason=in_words(row["null_reason"]),
                ),
                Figure(
                    row["rank"],
                    "count",
                    row["rank_low"],
                    row["rank_high"],
                    reason=(row["rank_reason"] or "no rank").capitalize(),
                ),
                _listed(row),
                *(Figure(row[column], "ratio", reason="not measured") for _, column in criteria),
            ]
            for row in rows
        ],
    )


def _listed(row: Row) -> str:
    if row["is_selected"] is None:
        return in_words(row["list_reason"])
    return "yes" if row["is_selected"] else in_words(row["list_reason"]) or "no"


def _costs(tables: PublishedTables, level: str) -> Table:
    rows = tables.rows(
        "select * from cluster_plan_totals where level = ? order by name, code", [level]
    )
    parts = [*PAYERS, *(f"year_{year}" for year in YEARS)]
    return Table(
        f"plan_{level}",
        "Lakh rupees",
        [
            Column("For"),
            Column("Clusters", is_figure=True),
            Column("All", is_figure=True),
            *(Column(in_words(part).capitalize(), is_figure=True) for part in parts),
        ],
        [
            [
                row["name"] or row["code"] or "",
                Figure(row["clusters"], "count"),
                _lakh(row, ""),
                *(_lakh(row, f"{part}_") for part in parts),
            ]
            for row in rows
        ],
    )


def _lakh(row: Row, part: str) -> Figure:
    return Figure(
        row[f"{part}average_lakh"],
        "ratio",
        row[f"{part}low_lakh"],
        row[f"{part}high_lakh"],
        reason="not planned",
    )
