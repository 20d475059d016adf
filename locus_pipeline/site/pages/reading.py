"""Pages about the edition itself: how sure it is, how it was made, words, and all tables."""

from collections.abc import Iterator
from importlib.resources import files

import yaml

from locus_pipeline.site.contents import Column, Figure, Link, Page, Section, Table
from locus_pipeline.site.measures import in_words
from locus_pipeline.site.parts import words_table
from locus_pipeline.site.tables import PublishedTables
from locus_pipeline.sql import identifier

FORMS = ("csv", "parquet")


def reading_pages(tables: PublishedTables) -> Iterator[Page]:
    """Data quality, methods, glossary, downloads, and a page of each table's columns."""
    words = yaml.safe_load((files("locus_pipeline.site") / "reading.yaml").read_text())
    yield _quality(tables)
    yield Page(
        address="methods.html",
        title="How the figures are made",
        kind="methods",
        sections=[Section(title=part["title"], words=part["words"]) for part in words["methods"]],
    )
    yield Page(
        address="glossary.html",
        title="Words",
        kind="glossary",
        words=" ".join(words["glossary"]),
        sections=[Section(terms=list(words["glossary"].items()))],
    )
    yield _repository(tables)
    yield from _downloads(tables)


def _repository(tables: PublishedTables) -> Page:
    rows = tables.rows(
        "select * from cluster_documents where title is not null order by document_year desc, title"
    )
    return Page(
        address="documents.html",
        title="Documents about clusters",
        kind="documents",
        lead="Diagnostic reports, action plans, impact assessments and case studies by theme.",
        words=" ".join(sorted({row["themes"] or "" for row in rows})),
        sections=[
            Section(
                tables=[
                    Table(
                        "documents",
                        "The repository",
                        [
                            Column("Title"),
                            Column("Cluster"),
                            Column("State"),
                            Column("Kind"),
                            Column("Year"),
                            Column("Agency"),
                            Column("Themes"),
                            Column("Address"),
                        ],
                        [
                            [
                                row["title"],
                                Link(row["cluster_name"], f"named/{row['cluster_id']}.html"),
                                row["state_name"] or "",
                                in_words(row["document_kind"]),
                                str(row["document_year"] or ""),
                                row["agency"] or "",
                                (row["themes"] or "").replace(";", ", "),
                                row["link"] or row["reference"] or "",
                            ]
                            for row in rows
                        ],
                    )
                ]
            )
        ],
    )


def _quality(tables: PublishedTables) -> Page:
    return Page(
        address="quality.html",
        title="How sure the edition is",
        kind="data quality",
        lead=(
            "What the releases held, what was left aside, how the totals meet the published ones, "
            "and how the survey reached its factories."
        ),
        sections=[
            Section(
                title="Survey years",
                tables=[
                    Table(
                        "survey_years",
                        "Each survey year of the edition",
                        [
                            Column("Survey year"),
                            Column("Factories in the sample", is_figure=True),
                            Column("Factories", is_figure=True),
                            Column("Persons engaged", is_figure=True),
                            Column("Lines left aside", is_figure=True),
                            Column("Largest difference from a published total, %", is_figure=True),
                            Column("Strata"),
                            Column("Missing blocks"),
                        ],
                        [
                            [
                                row["survey_year"],
                                Figure(row["factories_sampled"], "count"),
                                Figure(
                                    row["units_estimated"],
                                    "count",
                                    reason=in_words(row["null_reason"]),
                                ),
                                Figure(
                                    row["total_employees_estimated"],
                                    "count",
                                    reason=in_words(row["null_reason"]),
                                ),
                                Figure(row["rows_rejected"], "count"),
                                Figure(
                                    row["largest_difference_pct"],
                                    "ratio",
                                    reason="no published total to compare",
                                ),
                                {"design": "as drawn", "pseudo": "rebuilt from the returns"}.get(
                                    row["strata_method"], row["strata_method"] or ""
                                ),
                                row["missing_blocks"] or "none",
                            ]
                            for row in tables.rows(
                                "select * from survey_year_summary order by survey_year desc"
                            )
                        ],
                    )
                ],
            ),
            Section(
                title="Against the published totals",
                words=["All-India totals of the edition beside those of the statistics office."],
                tables=[
                    Table(
                        "reconciliation",
                        "Totals for all India",
                        [
                            Column("Survey year"),
                            Column("Total"),
                            Column("Unit"),
                            Column("Published", is_figure=True),
                            Column("Here", is_figure=True),
                            Column("Difference, %", is_figure=True),
                            Column("Verdict"),
                            Column("Source"),
                        ],
                        [
                            [
                                row["survey_year"],
                                in_words(row["variable"]),
                                row["unit"],
                                Figure(row["published_value"], "count", reason="not printed"),
                                Figure(
                                    row["computed_value"],
                                    "count",
                                    reason=in_words(row["null_reason"]),
                                ),
                                Figure(row["difference_pct"], "ratio", reason="nothing to compare"),
                                in_words(row["status"]),
                                row["source"],
                            ]
                            for row in tables.rows(
                                """
                                select * from reconciliation
                                where geography = 'all-india' and nic_division = ''
                                order by survey_year desc, variable
                                """
                            )
                        ],
                    )
                ],
            ),
            Section(
                title="Who answered",
                tables=[
                    Table(
                        "responses",
                        "Factories selected for the survey, and what became of them",
                        [
                            Column("Survey year"),
                            Column("Selected", is_figure=True),
                            Column("Open", is_figure=True),
                            Column("Closed", is_figure=True),
                            Column("Did not answer", is_figure=True),
                            Column("Coverage", is_figure=True),
                            Column("Employment from the census sector", is_figure=True),
                        ],
                        [
                            [
                                row["survey_year"],
                                *(
                                    Figure(row[f"returns_{kind}"], "count")
                                    for kind in ("selected", "open", "closed", "non_response")
                                ),
                                Figure(row["coverage"], "share", reason="no official figure"),
                                Figure(row["census_share_employment"], "share", reason="not known"),
                            ]
                            for row in tables.rows(
                                """
                                select * from quality_report where scope = 'country'
                                order by survey_year desc
                                """
                            )
                        ],
                    )
                ],
            ),
            Section(
                title="What each survey year measures",
                tables=[
                    words_table(
                        "availability",
                        "Measures that a survey year lacks",
                        [
                            row
                            | {
                                "null_reason": in_words(row["null_reason"]),
                                "measure": in_words(row["measure"]),
                            }
                            for row in tables.rows(
                                """
                                select * from measure_availability where not is_available
                                order by survey_year desc, measure
                                """
                            )
                        ],
                        [
                            ("Survey year", "survey_year"),
                            ("Measure", "measure"),
                            ("Why", "null_reason"),
                            ("Missing blocks", "missing_blocks"),
                        ],
                    )
                ],
            ),
            Section(
                title="Records that can't be right",
                tables=[
                    words_table(
                        "records",
                        "Kinds of doubtful records and what became of them",
                        tables.rows(
                            """
                            select * from record_quality where records > 0
                            order by survey_year desc, block, kind
                            """
                        ),
                        [
                            ("Survey year", "survey_year"),
                            ("Block", "block"),
                            ("Records", "records"),
                            ("What it is", "meaning"),
                            ("What was done", "treatment"),
                            ("Remedy", "remedy"),
                        ],
                    )
                ],
            ),
        ],
    )


def _downloads(tables: PublishedTables) -> Iterator[Page]:
    sizes = {
        name: tables.rows(f"select count(*) as size from {identifier(name)}")[0]["size"]
        for name in sorted(tables.names)
    }
    yield Page(
        address="downloads.html",
        title="All tables",
        kind="downloads",
        lead=(
            "Every table of the edition, as CSV for spreadsheets and as Parquet; all together in "
            "locus.duckdb."
        ),
        sections=[
            Section(
                title="Cite",
                words=[_citation(tables)],
            ),
            Section(
                title="Tables",
                tables=[
                    Table(
                        "tables",
                        "Tables of the edition",
                        [
                            Column("Table"),
                            Column("What it holds"),
                            Column("Rows", is_figure=True),
                            Column("CSV"),
                            Column("Parquet"),
                        ],
                        [
                            [
                                Link(name, f"tables/{name}.html"),
                                " ".join(tables.described[name].get(None, "").split()),
                                Figure(sizes[name], "count"),
                                *(Link(form, f"../{name}.{form}") for form in FORMS),
                            ]
                            for name in sorted(tables.names)
                        ],
                    )
                ],
            ),
        ],
    )
    for name in sorted(tables.names):
        about = tables.described[name]
        yield Page(
            address=f"tables/{name}.html",
            title=name,
            kind="table",
            lead=" ".join(about.get(None, "").split()),
            crumbs=[Link("All tables", "downloads.html")],
            words=" ".join(column for column, _ in tables.columns(name))
            if len(tables.columns(name)) < 40
            else "",
            sections=[
                Section(
                    tables=[
                        Table(
                            "columns",
                            f"Columns of {name}",
                            [Column("Column"), Column("Type"), Column("What it is")],
                            [
                                [column, data_type.lower(), " ".join(about.get(column, "").split())]
                                for column, data_type in tables.columns(name)
                            ],
                        )
                    ]
                )
            ],
        )


def _citation(tables: PublishedTables) -> str:
    [edition] = tables.rows("select * from edition")
    synthetic = " (synthetic)" if edition["is_synthetic"] else ""
    return (
        f"Locus, industrial clusters from the Annual Survey of Industries{synthetic}, edition "
        f"{edition['edition_id']} of {str(edition['created_at'])[:10]}, "
        f"survey years {edition['survey_years']}."
    )
