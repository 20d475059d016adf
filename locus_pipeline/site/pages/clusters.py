"""A page for each cluster category, and the list of them."""

from collections.abc import Iterator

from locus_pipeline.site.contents import Column, Figure, Link, Page, Section, Table
from locus_pipeline.site.measures import (
    EMPLOYMENT,
    TOTALS,
    figure_of,
    in_words,
)
from locus_pipeline.site.parts import (
    CELL_MEASURES,
    cell_page,
    cluster_page,
    link_to_cluster,
    over_the_years,
    ranking,
    specialisation,
    states_map,
    table_of,
)
from locus_pipeline.site.stars import stars_of
from locus_pipeline.site.survey import Survey, grouped
from locus_pipeline.site.tables import PublishedTables, Row

LIST = Link("Clusters", "clusters/index.html")
MOST_RELATED = 12


def cluster_pages(tables: PublishedTables, survey: Survey) -> Iterator[Page]:
    """The list, and each category with its states, years, concentration, relatives and codes."""
    newest = [rows[-1] for rows in survey.clusters.values()]
    newest.sort(key=lambda row: -(row["total_employees_estimated"] or 0))
    yield Page(
        address=LIST.address,
        title="Clusters of industries",
        kind="list",
        lead=(
            "Categories of industries that are found near one another, from the US benchmark "
            "definitions carried over to the National Industrial Classification."
        ),
        sections=[
            Section(
                charts=[
                    ranking(
                        [
                            (
                                row["cluster_name"],
                                figure_of(row, EMPLOYMENT),
                                cluster_page(row["cluster_code"]),
                            )
                            for row in newest
                        ],
                        EMPLOYMENT,
                        f"Persons engaged in {survey.newest}, the twenty largest clusters",
                    )
                ],
                tables=[
                    table_of(
                        "clusters",
                        f"Clusters in {survey.newest} or their newest survey year",
                        newest,
                        [
                            ("Cluster", link_to_cluster),
                            ("Kind", lambda row: row["cluster_type"]),
                            ("Survey year", lambda row: row["survey_year"]),
                        ],
                        TOTALS,
                    )
                ],
            )
        ],
    )
    concentration = grouped(
        tables.rows("select * from cluster_concentration order by survey_year"), "cluster_code"
    )
    related = grouped(
        tables.rows("""
        select * from cluster_relatedness
        where survey_year = (select max(survey_year) from cluster_relatedness)
            and proximity is not null
        order by proximity desc, other_cluster_name
        """),
        "cluster_code",
    )
    codes = grouped(
        tables.rows(
            """
            select * from definitions where cluster_code is not null
            order by nic_version desc, nic_code
            """
        ),
        "cluster_code",
    )
    changes = grouped(
        tables.rows("""
        select * from cluster_changes
        where grain = 'cluster' and measure in ('units', 'total_employees', 'gross_value_added')
        order by survey_year desc, measure
        """),
        "cluster_code",
    )
    for code, rows in survey.clusters.items():
        yield _page(
            code, rows, survey, concentration[code], related[code], codes[code], changes[code]
        )
    for code in sorted(set(codes) - set(survey.clusters)):
        yield Page(
            address=cluster_page(code),
            title=codes[code][0]["cluster_name"],
            kind="cluster",
            words=_found_by(code, codes[code]),
            lead="No factory of the edition's samples is in this cluster.",
            crumbs=[LIST],
            sections=[_industries(codes[code])],
        )


def _page(
    code: str,
    rows: list[Row],
    survey: Survey,
    concentration: list[Row],
    related: list[Row],
    codes: list[Row],
    changes: list[Row],
) -> Page:
    newest, cells = rows[-1], survey.cells_of_cluster(code)
    shares = {row["state_code"]: figure_of(row, EMPLOYMENT) for row in cells}
    return Page(
        address=cluster_page(code),
        title=newest["cluster_name"],
        kind="cluster",
        words=_found_by(code, codes),
        lead=(
            f"{newest['cluster_type'].capitalize()} cluster {code}, "
            f"survey year {newest['survey_year']}."
        ),
        crumbs=[LIST],
        key_facts=[(measure.label, figure_of(newest, measure)) for measure in TOTALS],
        sections=[
            Section(
                title="Where it is",
                maps=[
                    states_map(
                        f"Persons engaged by state, {survey.newest}",
                        shares,
                        survey.state_names,
                        lambda state: cell_page(state, code),
                    )
                ],
                charts=[
                    ranking(
                        [
                            (
                                row["state_name"],
                                figure_of(row, EMPLOYMENT),
                                cell_page(row["state_code"], code),
                            )
                            for row in cells
                        ],
                        EMPLOYMENT,
                        f"Persons engaged by state, {survey.newest}, with 95 % intervals",
                    )
                ],
                tables=[states_of(code, cells, survey.newest)],
            ),
            Section(
                title="Specialisation and size",
                charts=[
                    specialisation(cells, "state_name", lambda r: cell_page(r["state_code"], code))
                ],
            ),
            over_the_years(rows, changes),
            Section(title="Concentration", tables=[_concentration(concentration)]),
            Section(
                title="Related clusters",
                words=["Clusters that are specialised in the same states; 1 is always together."],
                tables=[_related(related)],
            ),
            _industries(codes),
        ],
    )


def _found_by(code: str, codes: list[Row]) -> str:
    return " ".join([f"cluster {code}", *(row["nic_code"] for row in codes)])


def _industries(codes: list[Row]) -> Section:
    return Section(
        title="Its industries, and why",
        tables=[
            Table(
                "codes",
                "NIC codes of the cluster in each version of the classification",
                [
                    Column("Version"),
                    Column("Code"),
                    Column("Industry"),
                    Column("Rule"),
                    Column("Sureness"),
                    Column("Reason"),
                ],
                [
                    [
                        row["nic_version"],
                        Link(row["nic_code"], f"nic/{row['nic_code']}.html")
                        if row["nic_version"] == "NIC-2008"
                        else row["nic_code"],
                        row["nic_title"] or "",
                        row["rule"] or "",
                        str(row["confidence"] or ""),
                        row["reason"] or "",
                    ]
                    for row in codes
                ],
            )
        ],
    )


def states_of(code: str, cells: list[Row], year: str) -> Table:
    """The states of a cluster, with a link to each cell."""
    return table_of(
        "states",
        f"The cluster by state, {year}",
        cells,
        [
            ("State", lambda row: Link(row["state_name"], cell_page(row["state_code"], code))),
            ("Stars", stars_of),
        ],
        CELL_MEASURES,
    )


def _concentration(rows: list[Row]) -> Table:
    indices = (
        ("spatial_hhi", "Herfindahl over states"),
        ("hoover_gini", "Hoover-Gini"),
        ("ellison_glaeser", "Ellison-Glaeser"),
    )
    return Table(
        "concentration",
        "Indices corrected for sampling noise, with 95 % intervals",
        [
            Column("Survey year"),
            *(Column(label, is_figure=True) for _, label in indices),
            Column("Share of the four largest states", is_figure=True),
        ],
        [
            [
                row["survey_year"],
                *(
                    Figure(
                        row[f"{index}_corrected"],
                        "ratio",
                        row[f"{index}_lower"],
                        row[f"{index}_upper"],
                        reason=in_words(row["null_reason"] or row["sampling_null_reason"]),
                    )
                    for index, _ in indices
                ),
                Figure(row["top_four_share"], "share", reason=in_words(row["null_reason"])),
            ]
            for row in reversed(rows)
        ],
    )


def _related(rows: list[Row]) -> Table:
    return Table(
        "related",
        "The most related clusters of the newest survey year",
        [
            Column("Cluster"),
            Column("Proximity", is_figure=True),
            Column("States with both", is_figure=True),
        ],
        [
            [
                Link(row["other_cluster_name"], cluster_page(row["other_cluster_code"])),
                Figure(row["proximity"], "ratio", row["proximity_low"], row["proximity_high"]),
                Figure(row["states_together"], "count"),
            ]
            for row in rows[:MOST_RELATED]
        ],
    )
