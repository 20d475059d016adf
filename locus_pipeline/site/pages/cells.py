"""A page for each cluster category in each state."""

from collections.abc import Iterator

from locus_pipeline.site.contents import Column, Figure, Link, Page, Section, Table
from locus_pipeline.site.measures import (
    EMPLOYMENT,
    RATIOS,
    SPECIALISATION,
    TOTALS,
    figure_of,
    in_words,
)
from locus_pipeline.site.parts import (
    cell_page,
    changes_table,
    cluster_page,
    over_time,
    state_page,
    table_of,
)
from locus_pipeline.site.stars import stars_of
from locus_pipeline.site.survey import Survey
from locus_pipeline.site.tables import PublishedTables, Row

MODELLED = (
    ("total_employees", "Persons engaged", "count"),
    ("gross_value_added", "Value added", "money"),
)


def cell_pages(tables: PublishedTables, survey: Survey) -> Iterator[Page]:
    """One page for each cell that has a row in any survey year."""
    changes: dict[tuple[str, str], list[Row]] = {}
    for row in tables.rows(
        """
        select * from cluster_changes
        where grain = 'state_cluster'
            and measure in ('units', 'total_employees', 'gross_value_added')
        order by survey_year desc, measure
        """
    ):
        changes.setdefault((row["state_code"], row["cluster_code"]), []).append(row)
    for (state, cluster), rows in survey.cells.items():
        newest = rows[-1]
        stars = stars_of(newest)
        yield Page(
            address=cell_page(state, cluster),
            title=f"{newest['cluster_name']} in {newest['state_name']}",
            kind="cluster in a state",
            lead=(
                f"Survey year {newest['survey_year']}: "
                f"{newest['factories_sampled']} factories in the "
                f"sample, {newest['factories_drawn'] or 0} of them drawn by chance."
                + (f" Stars: {stars}." if stars else "")
            ),
            crumbs=[
                Link(newest["state_name"], state_page(state)),
                Link(newest["cluster_name"], cluster_page(cluster)),
            ],
            key_facts=[
                (measure.label, figure_of(newest, measure))
                for measure in (*TOTALS, *SPECIALISATION[:2], *RATIOS[:2])
            ],
            sections=[
                Section(
                    title="Over time",
                    charts=[
                        over_time(
                            rows, EMPLOYMENT, "Persons engaged by survey year, with 95 % intervals"
                        ),
                        over_time(
                            rows, TOTALS[4], "Value added by survey year, with 95 % intervals"
                        ),
                    ],
                    tables=[
                        table_of("totals", "Totals", reversed(rows), [YEAR], TOTALS),
                        table_of(
                            "indicators",
                            "Indicators",
                            reversed(rows),
                            [YEAR],
                            (*SPECIALISATION, *RATIOS),
                        ),
                        changes_table(changes.get((state, cluster), [])),
                    ],
                ),
                Section(
                    title="Modelled beside the survey's own estimate",
                    words=[
                        "Where few factories were drawn, a model borrows from the cluster, "
                        "the state and neighbouring years. It stands beside the estimate, never in "
                        "its place."
                    ],
                    tables=[_modelled(rows)],
                ),
            ],
        )


YEAR = ("Survey year", lambda row: row["survey_year"])


def _modelled(rows: list[Row]) -> Table:
    return Table(
        "modelled",
        "Modelled totals, with 95 % intervals",
        [
            Column("Survey year"),
            *(Column(f"{label}, modelled", is_figure=True) for _, label, _ in MODELLED),
        ],
        [
            [
                row["survey_year"],
                *(
                    Figure(
                        row[f"{measure}_modelled"],
                        kind,
                        row[f"{measure}_modelled_lower"],
                        row[f"{measure}_modelled_upper"],
                        reason=in_words(row["modelled_null_reason"]) or "not modelled",
                    )
                    for measure, _, kind in MODELLED
                ),
            ]
            for row in reversed(rows)
            if any(row[f"{measure}_modelled"] is not None for measure, _, _ in MODELLED)
        ],
    )
