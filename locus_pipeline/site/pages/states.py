"""A page for each state, and the list of them."""

from collections.abc import Iterator

from locus_pipeline.site.contents import Column, Figure, Link, Page, Section, Table
from locus_pipeline.site.measures import EMPLOYMENT, TOTALS, figure_of, in_words
from locus_pipeline.site.parts import (
    CELL_MEASURES,
    cell_page,
    link_to_state,
    over_the_years,
    ranking,
    specialisation,
    state_page,
    states_map,
    table_of,
)
from locus_pipeline.site.stars import stars_of
from locus_pipeline.site.survey import Survey, grouped
from locus_pipeline.site.tables import PublishedTables, Row

LIST = Link("States", "states/index.html")


def state_pages(tables: PublishedTables, survey: Survey) -> Iterator[Page]:
    """The list, and each state with its clusters, years, specialisation and districts."""
    newest = sorted((rows[-1] for rows in survey.states.values()), key=lambda r: r["state_name"])
    now = [row for row in newest if row["survey_year"] == survey.newest]
    yield Page(
        address=LIST.address,
        title="States and territories",
        kind="list",
        lead="Registered factories by state, and the clusters that each is made of.",
        sections=[
            Section(
                maps=[
                    states_map(
                        f"Persons engaged in registered factories, {survey.newest}",
                        {row["state_code"]: figure_of(row, EMPLOYMENT) for row in now},
                        survey.state_names,
                        state_page,
                    )
                ],
                charts=[
                    ranking(
                        [
                            (
                                row["state_name"],
                                figure_of(row, EMPLOYMENT),
                                state_page(row["state_code"]),
                            )
                            for row in now
                        ],
                        EMPLOYMENT,
                        f"Persons engaged, {survey.newest}, with 95 % intervals",
                    )
                ],
                tables=[
                    table_of(
                        "states",
                        "States in their newest survey year",
                        newest,
                        [("State", link_to_state), ("Survey year", lambda row: row["survey_year"])],
                        TOTALS,
                    )
                ],
            )
        ],
    )
    specialised = grouped(
        tables.rows("select * from state_specialisation order by survey_year desc"), "state_code"
    )
    changes = grouped(
        tables.rows(
            """
            select * from cluster_changes
            where grain = 'state' and measure in ('units', 'total_employees', 'gross_value_added')
            order by survey_year desc, measure
            """
        ),
        "state_code",
    )
    districts = grouped(
        tables.rows(
            """
            select state_code, district_code, count(*) as clusters,
                sum(factories_sampled) as sampled
            from cluster_district_year
            where survey_year = (select max(survey_year) from cluster_district_year)
            group by all order by all
            """
        ),
        "state_code",
    )
    for code, rows in survey.states.items():
        yield _page(code, rows, survey, specialised[code], changes[code], districts[code])


def _page(
    code: str,
    rows: list[Row],
    survey: Survey,
    specialised: list[Row],
    changes: list[Row],
    districts: list[Row],
) -> Page:
    newest, cells = rows[-1], survey.cells_of_state(code)
    return Page(
        address=state_page(code),
        title=newest["state_name"],
        kind="state",
        words=f"state {code}",
        lead=f"Registered factories in survey year {newest['survey_year']}.",
        crumbs=[LIST],
        key_facts=[(measure.label, figure_of(newest, measure)) for measure in TOTALS],
        sections=[
            Section(
                title="Its clusters",
                charts=[
                    ranking(
                        [
                            (
                                row["cluster_name"],
                                figure_of(row, EMPLOYMENT),
                                cell_page(code, row["cluster_code"]),
                            )
                            for row in cells
                        ],
                        EMPLOYMENT,
                        f"Persons engaged by cluster, {survey.newest}, with 95 % intervals",
                    ),
                    specialisation(
                        cells, "cluster_name", lambda r: cell_page(code, r["cluster_code"])
                    ),
                ],
                tables=[
                    table_of(
                        "clusters",
                        f"The state's clusters, {survey.newest}",
                        cells,
                        [
                            (
                                "Cluster",
                                lambda row: Link(
                                    row["cluster_name"], cell_page(code, row["cluster_code"])
                                ),
                            ),
                            ("Stars", stars_of),
                        ],
                        CELL_MEASURES,
                    )
                ],
            ),
            over_the_years(rows, changes),
            Section(title="How specialised it is", tables=[_specialised(specialised)]),
            Section(
                title="Districts",
                words=[
                    "District codes are released for some survey years only; the tables of the "
                    "edition hold the clusters of each district."
                ],
                tables=[
                    Table(
                        "districts",
                        "Districts in the newest survey year that tells them",
                        [
                            Column("District code"),
                            Column("Clusters", is_figure=True),
                            Column("Factories in the sample", is_figure=True),
                        ],
                        [
                            [
                                row["district_code"] or "",
                                Figure(row["clusters"], "count"),
                                Figure(row["sampled"], "count"),
                            ]
                            for row in districts
                        ],
                    )
                ],
            ),
        ],
    )


def _specialised(rows: list[Row]) -> Table:
    indices = (
        ("krugman_specialisation", "Krugman index against India"),
        ("portfolio_hhi", "Herfindahl over clusters"),
        ("share_in_strong_clusters", "Share of employment in strong clusters"),
    )
    return Table(
        "specialisation",
        "Indices corrected for sampling noise, with 95 % intervals",
        [
            Column("Survey year"),
            *(Column(label, is_figure=True) for _, label in indices),
            Column("Stars", is_figure=True),
        ],
        [
            [
                row["survey_year"],
                *(
                    Figure(
                        row[f"{index}_corrected"],
                        "share" if index.startswith("share") else "ratio",
                        row[f"{index}_lower"],
                        row[f"{index}_upper"],
                        reason=in_words(row["null_reason"] or row["sampling_null_reason"]),
                    )
                    for index, _ in indices
                ),
                Figure(row["stars"], "count", reason=in_words(row["null_reason"])),
            ]
            for row in rows
        ],
    )
