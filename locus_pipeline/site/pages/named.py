"""A page for each named cluster: a place and a product, as its rounds know it."""

from collections.abc import Iterator

from locus_pipeline.site.contents import Column, Figure, Link, Page, Section, Table
from locus_pipeline.site.measures import in_words
from locus_pipeline.site.parts import cluster_page, state_page, words_table
from locus_pipeline.site.survey import Survey, grouped
from locus_pipeline.site.tables import PublishedTables, Row
from locus_pipeline.sql import identifier

LIST = Link("Named clusters", "named/index.html")
ADVICE = (
    ("gate", "Conditions that it does not meet"),
    ("strengths", "Strengths"),
    ("weaknesses", "Weaknesses"),
    ("leverage", "Where a change would count most"),
    ("interventions", "What to consider"),
    ("look_alikes", "Similar clusters"),
)
# Tables about each cluster that are shown as they are: table, heading, caption, order, columns.
RECORDS = (
    (
        "cluster_labels",
        "Its label",
        "Computed labels of association and cluster manager, a proposal of ours",
        "period desc, subject",
        (
            ("Period", "period"),
            ("Of", "subject"),
            ("Label", "label"),
            ("Points", "points"),
            ("Of attainable points", "points_attainable"),
            ("What the next label needs", "next_needs"),
            ("Valid until", "valid_until"),
            ("Label it gives itself", "self_declared_label"),
        ),
    ),
    (
        "cluster_organisations",
        "Organisations",
        "Organisations of the cluster and their offices",
        "organisation_kind, organisation_name",
        (
            ("Kind", "organisation_kind"),
            ("Organisation", "organisation_name"),
            ("Role", "organisation_role"),
            ("Place", "place"),
            ("Office", "contact_office"),
            ("Phone", "phone"),
            ("E-mail", "email"),
            ("Website", "website"),
        ),
    ),
    (
        "cluster_milestones",
        "Milestones",
        "Steps from selection to handing over",
        "step_number",
        (
            ("Step", "step_name"),
            ("Status", "status"),
            ("Agency", "agency"),
            ("Started", "started_on"),
            ("Completed", "completed_on"),
        ),
    ),
    (
        "cluster_documents",
        "Documents",
        "Studies, plans and assessments",
        "document_year desc, title",
        (
            ("Title", "title"),
            ("Kind", "document_kind"),
            ("Year", "document_year"),
            ("Agency", "agency"),
            ("Themes", "themes"),
            ("Reference", "reference"),
            ("Address", "link"),
        ),
    ),
)
KINDS = {
    "share": "share",
    "0-1": "share",
    "0 or 1": "ratio",
    "persons": "count",
    "Rs": "money",
    "Rs lakh": "ratio",
}


def named_pages(tables: PublishedTables, survey: Survey) -> Iterator[Page]:
    """The list with scores and bands, and each cluster's page."""
    clusters = tables.rows("select * from named_clusters order by cluster_name, cluster_id")
    scores = grouped(
        tables.rows("select * from cci_scores where basis = 'facts' order by period desc"),
        "object_id",
    )
    profiles = grouped(
        tables.rows(
            """
            select * from cci_profiles where basis = 'facts' and text_en is not null
            order by period desc, section, position
            """
        ),
        "object_id",
    )
    gates = grouped(
        tables.rows("select * from cci_eligibility where basis = 'facts' order by period desc"),
        "object_id",
    )
    yield _list(clusters, scores, gates)
    answers = grouped(
        tables.rows(
            """
            select m.object_id, m.period, m.parameter_code, m.component, m.value, m.unit,
                m.value_lower, m.value_upper, m.null_reason, m.sample_size, d.parameter_name,
                d.family_name
            from facts_metrics as m
            join (select *, row_number() over (order by family_code, parameter_code) as position
                from facts_dictionary) as d using (parameter_code)
            where m.object_type = 'named_cluster' and m.data_basis = 'facts_fresh'
            order by m.period desc, d.position, m.component <> 'total', m.component
            """
        ),
        "object_id",
    )
    associations = grouped(
        tables.rows("select * from cluster_associations order by period desc"), "cluster_id"
    )
    interventions = grouped(
        tables.rows("select * from cluster_interventions order by all"), "cluster_id"
    )
    agencies = tables.rows("select * from support_agencies order by agency_name")
    records = [
        grouped(
            tables.rows(
                f"select * from {identifier(table)} where {identifier(columns[0][1])} is not null "
                f"order by {order}"
            ),
            "cluster_id",
        )
        for table, _, _, order, columns in RECORDS
    ]
    for cluster in clusters:
        code = cluster["cluster_id"]
        yield _page(
            cluster,
            scores[code],
            profiles[code],
            gates[code],
            answers[code],
            associations[code],
            interventions[code],
            agencies,
            [of_cluster[code] for of_cluster in records],
            has_state_page=cluster["state_code"] in survey.states,
        )


def _list(clusters: list[Row], scores: dict[str, list[Row]], gates: dict[str, list[Row]]) -> Page:
    ranked = any(score["rank"] is not None for rows in scores.values() for score in rows[:1])
    words = (
        "The band holds the rank in nine of ten runs of the choices behind the index."
        if ranked
        else "There is no ranking in this edition: its answers are invented, or too few take part."
    )
    return Page(
        address=LIST.address,
        title="Named clusters",
        kind="list",
        lead="Places and their products, as rounds of the FACTS questions found them.",
        sections=[
            Section(
                words=[words],
                tables=[
                    Table(
                        "named_clusters",
                        "Named clusters and their newest score",
                        [
                            Column("Cluster"),
                            Column("State"),
                            Column("Product"),
                            Column("Kind"),
                            Column("Working units", is_figure=True),
                            Column("Score", is_figure=True),
                            *([Column("Rank, and its band", is_figure=True)] if ranked else []),
                            Column("Takes part"),
                        ],
                        [
                            [
                                Link(row["cluster_name"], _address(row)),
                                row["state_name"] or "",
                                row["product"] or "",
                                in_words(row["cluster_type"]),
                                Figure(row["units_functioning"], "count", reason="not told"),
                                _score(scores[row["cluster_id"]]),
                                *([_rank(scores[row["cluster_id"]])] if ranked else []),
                                _takes_part(gates[row["cluster_id"]]),
                            ]
                            for row in clusters
                        ],
                    )
                ],
            )
        ],
    )


def _page(
    cluster: Row,
    scores: list[Row],
    profiles: list[Row],
    gates: list[Row],
    answers: list[Row],
    associations: list[Row],
    interventions: list[Row],
    agencies: list[Row],
    records: list[list[Row]],
    has_state_page: bool,
) -> Page:
    newest = profiles[0]["period"] if profiles else None
    said = grouped((row for row in profiles if row["period"] == newest), "section")
    place = ", ".join(
        part for part in (cluster["place"], cluster["districts"], cluster["state_name"]) if part
    )
    return Page(
        address=_address(cluster),
        title=cluster["cluster_name"],
        kind="named cluster",
        words=f"{cluster['cluster_id']} {place} {cluster['product']} {cluster['nic_codes']}",
        lead=(
            f"{(cluster['product'] or 'Cluster').capitalize()} of {place}. "
            f"{_takes_part(gates).capitalize()}."
        ),
        crumbs=[
            LIST,
            *(
                [Link(cluster["state_name"], state_page(cluster["state_code"]))]
                if has_state_page
                else []
            ),
        ],
        key_facts=[
            ("Score of 100", _score(scores)),
            ("Working units", Figure(cluster["units_functioning"], "count", reason="not told")),
            *(
                (label, Figure(scores[0][column], "score"))
                for label, column in (("Performance", "performance"), ("Drivers", "drivers"))
                if scores
            ),
        ],
        sections=[
            Section(
                title="Who and where",
                terms=[
                    (label, words)
                    for label, words in (
                        ("Identifier", cluster["cluster_id"]),
                        ("Kind", in_words(cluster["cluster_type"])),
                        ("Setting", cluster["setting"]),
                        (
                            "NIC codes and their shares",
                            (cluster["nic_codes"] or "").replace(";", ", "),
                        ),
                        ("Newest round", cluster["newest_round"]),
                        ("Collected by", cluster["agency"]),
                    )
                    if words
                ],
                links=[
                    (
                        Link(
                            cluster["benchmark_cluster_name"],
                            cluster_page(cluster["benchmark_cluster_code"]),
                        ),
                        "The category that its industries belong to",
                    )
                ]
                if cluster["benchmark_cluster_code"]
                else [],
            ),
            *(
                Section(title=title, points=[row["text_en"] for row in said[section]])
                for section, title in ADVICE
                if said[section]
            ),
            Section(title="Scores", tables=[_scores(scores)]),
            Section(title="What the rounds found", tables=[_answers(answers)]),
            Section(
                title="Its association",
                tables=[
                    words_table(
                        "association",
                        "The association by round",
                        associations,
                        [
                            ("Period", "period"),
                            ("Name", "association_name"),
                            ("Registered", "year_registered"),
                            ("Members", "members"),
                            ("Manager", "manager_named"),
                            ("Board elected", "board_elected"),
                            ("Accounts audited", "accounts_audited"),
                            ("Services", "services_offered"),
                            ("Label it gives itself", "quality_label"),
                        ],
                    )
                ],
            ),
            *(
                Section(title=title, tables=[words_table(table, caption, rows, columns)])
                for (table, title, caption, _, columns), rows in zip(RECORDS, records, strict=True)
            ),
            Section(
                title="Interventions",
                tables=[
                    words_table(
                        "interventions",
                        "What was done in the cluster",
                        interventions,
                        [
                            ("Agency", "agency_name"),
                            ("Scheme", "scheme"),
                            ("Type", "intervention_type"),
                            ("Objective", "objective"),
                            ("Years", "years_told"),
                            ("Amount, lakh rupees", "amount_lakh"),
                            ("Source", "source"),
                        ],
                    )
                ],
            ),
            Section(
                title="Who can help",
                tables=[
                    words_table(
                        "agencies",
                        "Agencies that support clusters, and with what",
                        agencies,
                        [
                            ("Agency", "agency_name"),
                            ("Kind", "agency_group"),
                            ("Work", "work"),
                            ("Technology", "works_on_technology"),
                            ("Markets", "works_on_markets"),
                            ("Finance", "works_on_finance"),
                            ("Capability", "works_on_capability"),
                            ("Infrastructure", "works_on_infrastructure"),
                        ],
                    )
                ],
            ),
        ],
    )


def _scores(scores: list[Row]) -> Table:
    return Table(
        "scores",
        "Scores by period, of 100",
        [
            Column("Period"),
            Column("Score", is_figure=True),
            Column("Performance", is_figure=True),
            Column("Drivers", is_figure=True),
            Column("Rank, and its band", is_figure=True),
        ],
        [
            [
                row["period"],
                *(Figure(row[part], "score") for part in ("score", "performance", "drivers")),
                _rank([row]),
            ]
            for row in scores
        ],
    )


def _answers(answers: list[Row]) -> Table:
    return Table(
        "facts",
        "FACTS parameters and their parts by period, with 95 % intervals",
        [
            Column("Family"),
            Column("Parameter"),
            Column("Part"),
            Column("Period"),
            Column("Value", is_figure=True),
            Column("Unit"),
            Column("Answers", is_figure=True),
        ],
        [
            [
                row["family_name"],
                f"{row['parameter_code']} {row['parameter_name']}",
                "" if row["component"] == "total" else in_words(row["component"]),
                row["period"],
                Figure(
                    row["value"],
                    KINDS.get(row["unit"], "ratio"),
                    row["value_lower"],
                    row["value_upper"],
                    reason=in_words(row["null_reason"]),
                ),
                row["unit"] or "",
                Figure(row["sample_size"], "count", reason="none"),
            ]
            for row in answers
        ],
    )


def _score(scores: list[Row]) -> Figure:
    if not scores:
        return Figure(None, "score", reason="no score")
    return Figure(scores[0]["score"], "score")


def _rank(scores: list[Row]) -> Figure:
    if not scores or scores[0]["rank"] is None:
        reason = scores[0]["rank_reason"].capitalize() if scores else "no score"
        return Figure(None, "count", reason=reason)
    row = scores[0]
    return Figure(row["rank"], "count", row["rank_p05"], row["rank_p95"])


def _takes_part(gates: list[Row]) -> str:
    if not gates:
        return "not considered for the index"
    if gates[0]["eligible"]:
        return "takes part in the index"
    return f"not in the index, missing: {gates[0]['missing']}"


def _address(cluster: Row) -> str:
    return f"named/{cluster['cluster_id']}.html"
