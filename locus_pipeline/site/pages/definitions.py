"""Which cluster an industry is in, by which rule, on whose evidence; its codes before."""

from collections.abc import Iterator

from locus_pipeline.site.contents import Column, Link, Page, Section, Table
from locus_pipeline.site.parts import cluster_page, words_table
from locus_pipeline.site.survey import grouped
from locus_pipeline.site.tables import PublishedTables, Row

LIST = Link("Definitions", "nic/index.html")
NEWEST = "NIC-2008"
FIELDS = (
    ("Rule", "rule"),
    ("Sureness", "confidence"),
    ("Reason", "reason"),
    ("Evidence", "evidence"),
    ("Version of the definitions", "definitions_version"),
)


def definition_pages(tables: PublishedTables) -> Iterator[Page]:
    """The list of all codes, and a page for each code of the newest version."""
    rows = tables.rows("select * from definitions order by nic_version desc, nic_code")
    newest = [row for row in rows if row["nic_version"] == NEWEST]
    yield Page(
        address=LIST.address,
        title="Which cluster is an industry in?",
        kind="list",
        lead=(
            "Each five-digit code of the National Industrial Classification of 2008, the cluster "
            "that it is in, and the rule that put it there. Codes of 2004 and 1998 stand on the "
            "page of their cluster and in the table definitions."
        ),
        sections=[
            Section(
                tables=[
                    Table(
                        "definitions",
                        "Codes of NIC-2008",
                        [
                            Column("Code"),
                            Column("Industry"),
                            Column("Cluster"),
                            Column("Rule"),
                        ],
                        [
                            [
                                Link(row["nic_code"], _address(row)),
                                row["nic_title"] or "",
                                _cluster(row),
                                row["rule"] or "",
                            ]
                            for row in newest
                        ],
                    )
                ]
            )
        ],
    )
    before = grouped(
        tables.rows(
            """
            select * from nic_concordance where from_version = ?
            order by to_version desc, to_code
            """,
            [NEWEST],
        ),
        "from_code",
    )
    us = grouped(
        tables.rows("select * from naics_nic where naics_code is not null order by naics_code"),
        "nic_class",
    )
    decided = {(row["nic_version"], row["nic_code"]): row for row in rows}
    for row in newest:
        yield _page(row, before[row["nic_code"][:4]], us[row["nic_code"][:4]], decided)


def _page(row: Row, before: list[Row], us: list[Row], decided: dict[tuple[str, str], Row]) -> Page:
    code = row["nic_code"]
    where = (
        f"It is in the cluster {row['cluster_name']}."
        if row["cluster_code"]
        else "It is in no cluster."
    )
    return Page(
        address=_address(row),
        title=f"{code} {row['nic_title'] or ''}".strip(),
        kind="NIC-2008 code",
        lead=where,
        crumbs=[
            LIST,
            *(
                [Link(row["cluster_name"], cluster_page(row["cluster_code"]))]
                if row["cluster_code"]
                else []
            ),
        ],
        sections=[
            Section(
                title="Why",
                terms=[(label, str(row[column])) for label, column in FIELDS if row[column]],
            ),
            Section(
                title="Its codes before",
                words=[
                    "The correspondence tables link classes of four digits; part means that the "
                    "older class went to several new ones."
                ],
                tables=[
                    Table(
                        "before",
                        f"Classes of NIC-2004 and NIC-1998 that class {code[:4]} comes from",
                        [
                            Column("Version"),
                            Column("Class"),
                            Column("Whole or part"),
                            Column("Basis"),
                            Column("Clusters of its codes"),
                        ],
                        [
                            [
                                link["to_version"],
                                link["to_code"],
                                "part" if link["partial"] else "whole",
                                link["basis"].replace("_", " "),
                                _clusters_of(link, decided),
                            ]
                            for link in before
                        ],
                    )
                ],
            ),
            Section(
                title="Industries of the United States that it corresponds to",
                tables=[
                    words_table(
                        "naics",
                        f"NAICS codes that the correspondence tables link to class {code[:4]}",
                        us,
                        [
                            ("NAICS", "naics_code"),
                            ("Industry", "naics_title"),
                            ("Part of the NAICS code", "naics_partial"),
                            ("Part of the class", "nic_partial"),
                            ("Note", "note"),
                        ],
                    )
                ],
            ),
        ],
    )


def _clusters_of(link: Row, decided: dict[tuple[str, str], Row]) -> str:
    names = {
        row["cluster_name"]
        for (version, code), row in decided.items()
        if version == link["to_version"]
        and code.startswith(link["to_code"])
        and row["cluster_name"]
    }
    return ", ".join(sorted(names)) or "none"


def _address(row: Row) -> str:
    return f"nic/{row['nic_code']}.html"


def _cluster(row: Row) -> Link | str:
    if not row["cluster_code"]:
        return "none"
    return Link(row["cluster_name"], cluster_page(row["cluster_code"]))
