"""A page for each cluster category, and the list of them."""

from collections.abc import Callable, Iterator

from locus_pipeline.site.contents import Chart, Column, Figure, Link, Page, Section, Table
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
    cluster_page,
    link_to_cluster,
    over_time,
    ranking,
    states_map,
    table_of,
)
from locus_pipeline.site.stars import stars_of
from locus_pipeline.site.survey import Survey, grouped
from locus_pipeline.site.tables import PublishedTables, Row

LIST = Link("Clusters", "clusters/index.html")
CELL_MEASURES = (*TOTALS[:2], TOTALS[4], *SPECIALISATION, *RATIOS[:2])
MOST_NAMES = 5
LABELS = {measure.name: measure.label for measure in TOTALS}
KINDS = {measure.name: measure.kind for measure in TOTALS}
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
            Section(
                title="Over time",
                charts=[
                    over_time(rows, measure, f"{measure.label} by survey year")
                    for measure in TOTALS[:2]
                ],
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
            ),
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
                LABELS[row["measure"]],
                row["base_year"],
                row["survey_year"],
                Figure(
                    row["difference"],
                    KINDS[row["measure"]],
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
