"""The first page: India as a whole, what moved, and where to go on."""

from locus_pipeline.site.contents import Figure, Link, Page, Section
from locus_pipeline.site.measures import EMPLOYMENT, figure_of, in_words
from locus_pipeline.site.parts import (
    cell_page,
    changes_table,
    cluster_page,
    ranking,
    state_page,
    states_map,
)
from locus_pipeline.site.survey import Survey
from locus_pipeline.site.tables import PublishedTables

MOST_CHANGES = 12
ROOMS = (
    (
        Link("Clusters of industries", "clusters/index.html"),
        "Size, states, specialisation, industry codes",
    ),
    (Link("States and territories", "states/index.html"), "Which clusters each is made of"),
    (
        Link("Named clusters", "named/index.html"),
        "Places and their products: scores, strengths, who can help",
    ),
    (
        Link("Which cluster is an industry in?", "nic/index.html"),
        "Each NIC code, the rule and its evidence",
    ),
    (Link("Documents", "documents.html"), "Studies, plans and assessments by theme and state"),
    (Link("Choosing clusters", "selection.html"), "Two lenses, their criteria, and the list"),
    (
        Link("What it takes", "plan.html"),
        "Costs of developing the chosen clusters, by payer and year",
    ),
    (Link("Compare", "compare.html"), "Up to ten clusters or states side by side"),
    (
        Link("How sure is it?", "quality.html"),
        "Against published totals; who answered; what is missing",
    ),
)


def home_page(tables: PublishedTables, survey: Survey) -> Page:
    """The page that opens."""
    [summary] = tables.rows(
        "select * from survey_year_summary where survey_year = ?", [survey.newest]
    )
    states = [
        rows[-1] for rows in survey.states.values() if rows[-1]["survey_year"] == survey.newest
    ]
    clusters = [
        rows[-1] for rows in survey.clusters.values() if rows[-1]["survey_year"] == survey.newest
    ]
    changes = tables.rows(
        """
        select * from cluster_changes
        where grain = 'state_cluster' and measure = 'total_employees' and verdict in ('up', 'down')
            and survey_year = ?
            and span = (select min(span) from cluster_changes where survey_year = ?)
        order by abs(difference) desc
        limit ?
        """,
        [survey.newest, survey.newest, MOST_CHANGES],
    )
    reason = in_words(summary["null_reason"])
    return Page(
        address="index.html",
        title="India's industrial clusters",
        kind="home",
        lead=(
            "Where industries cluster, how large and how productive they are, and how they change, "
            "from the Annual Survey of Industries; each figure with its error."
        ),
        key_facts=[
            (
                f"Factories, {survey.newest}",
                Figure(summary["units_estimated"], "count", reason=reason),
            ),
            (
                "Persons engaged",
                Figure(summary["total_employees_estimated"], "count", reason=reason),
            ),
            ("Value added", Figure(summary["gross_value_added_estimated"], "money", reason=reason)),
            ("Factories in the sample", Figure(summary["factories_sampled"], "count")),
        ],
        sections=[
            Section(
                maps=[
                    states_map(
                        f"Persons engaged in registered factories, {survey.newest}. Press a state.",
                        {row["state_code"]: figure_of(row, EMPLOYMENT) for row in states},
                        survey.state_names,
                        state_page,
                    )
                ],
                charts=[
                    ranking(
                        [
                            (
                                row["cluster_name"],
                                figure_of(row, EMPLOYMENT),
                                cluster_page(row["cluster_code"]),
                            )
                            for row in clusters
                        ],
                        EMPLOYMENT,
                        f"The twenty largest clusters: persons engaged, {survey.newest}",
                    )
                ],
            ),
            Section(title="Look further", links=ROOMS),
            Section(
                title="What moved",
                words=[
                    "The largest changes of employment beyond what chance in the sample would give."
                ],
                tables=[
                    changes_table(
                        changes,
                        lambda row: Link(
                            f"{row['cluster_name']} in {row['state_name']}",
                            cell_page(row["state_code"], row["cluster_code"]),
                        ),
                    )
                ],
            ),
        ],
    )
