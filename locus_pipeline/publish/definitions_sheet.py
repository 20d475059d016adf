"""India Cluster Definitions as a workbook: one tab for each NIC version, as the methodology asks
(source 004, "Preparing India Cluster Definitions"), and a tab of notes.

The same definitions are the same bytes: the times in the file are the release date of the version.
"""

import textwrap
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from locus_pipeline.connection import connect
from locus_pipeline.workbook import EARLIEST, with_fixed_times

SHEET = "india_cluster_definitions.xlsx"
NIC_VERSIONS = ("NIC-2008", "NIC-2004", "NIC-1998")
NOTES = "Notes"
UNRELEASED = EARLIEST

# heading, expression over the table definitions, width in characters, what it holds
COLUMNS = (
    ("NIC code", "nic_code", 10, "5-digit code, text with its leading zeros."),
    ("Title", "nic_title", 58, "Title of the code as the list prints it, sometimes cut."),
    ("Cluster", "cast(cluster_code as integer)", 9, "Number of the cluster; 0 is Unmapped."),
    ("Cluster name", "cluster_name", 34, "Name of the cluster in the benchmark definitions."),
    ("Type", "cluster_type", 10, "traded (sells beyond its region), local, or unmapped."),
    ("Rule", "rule", 18, "The rule that decided; see below."),
    ("Confidence", "confidence", 12, "high, medium, low; none without a decision."),
    ("Reason", "reason", 58, "Why this cluster, or why none."),
    ("Evidence", "evidence", 48, "NAICS industries, titles or shares that the decision rests on."),
    (
        "Title read",
        "case when title_read then 'yes' else 'no' end",
        11,
        "Whether a reviewer read the title. Titles of activities that the survey does not cover "
        "were not read; there the rule stands unread.",
    ),
)
RULES = {
    "reviewed": "The title was read and decided on, with reason and evidence, above every rule.",
    "title_link": "NIC-2004 and NIC-1998: the cluster of the NIC-2008 code for the same activity.",
    "unique": "All NAICS industries of the code's class are in this cluster.",
    "title_and_majority": "NIC-2008: the nearest NAICS title and over half of the class agree.",
    "majority": "At least two thirds of the class, and no nearest title in another cluster.",
    "out_of_scope": "No cluster: an activity that the survey does not cover and no rule decides.",
    "unmapped": "No cluster: a manufacturing code that no rule decides.",
}
SOURCES = (
    "US Benchmark Cluster Definitions: Delgado, M., Porter, M. E., Stern, S. (2014), Clusters, "
    "convergence, and economic performance, Research Policy 43(10), 1785-1799; (2016), Defining "
    "clusters of related industries, Journal of Economic Geography 16(1), 1-38; as published by "
    "the U.S. Cluster Mapping Project, Harvard Business School.",
    "National Industrial Classification 2008, 2004 and 1998: Ministry of Statistics and Programme "
    "Implementation, Government of India.",
    "ISIC Rev.3, 3.1 and 4 and their correspondences: United Nations Statistics Division. NAICS "
    "2002 and 2007 and their links to ISIC: US Census Bureau.",
)
TERMS = (
    "The assignment of Indian codes to clusters is Locus's own proposal, by rule and review. It is "
    "not the statistics office's, nor that of the Institute that published the benchmark.",
    "As we read them, the publisher's terms allow personal, non-commercial use of the benchmark "
    "definitions and need the Institute's written consent for reproduction, derivative works and "
    "distribution; this sheet derives from them. Ask the Institute, or replace the table by your "
    "own, before you publish or sell anything that rests on it. NOTICE.md says more; this is a "
    "reading of the terms, not legal advice.",
)

WRAPPED = Alignment(vertical="top", horizontal="left", wrap_text=True)
FONT = "Calibri"
TEXT = Font(name=FONT, size=10)
HEADING = Font(name=FONT, size=10, bold=True, color="FFFFFF")
HEADING_FILL = PatternFill("solid", start_color="1F3A5F")
SECTION = Font(name=FONT, size=11, bold=True, color="1F3A5F")
TITLE = Font(name=FONT, size=14, bold=True, color="1F3A5F")
LINE_HEIGHT = 13.5  # points
# of this text to one unit of column width, a digit of the standard font
CHARACTERS = 1.12
NOTE_WIDTHS = (30, 100)
# decisions to look at first when the definitions are discussed
LOW_CONFIDENCE = PatternFill("solid", start_color="FCE8D5")


def write_definitions_sheet(folder: Path) -> None:
    """Write the workbook beside the tables of the edition in `folder`."""
    with connect(path=folder / "locus.duckdb", read_only=True) as edition:
        version, released_on = _version(edition)
        workbook = Workbook()
        workbook.properties.title = f"India Cluster Definitions {version}"
        workbook.properties.creator = "Locus"
        _write_notes(workbook.active, edition, version, released_on)
        for nic_version in NIC_VERSIONS:
            _write_codes(workbook.create_sheet(nic_version), edition, nic_version)
    (folder / SHEET).write_bytes(with_fixed_times(workbook, released_on))


def _version(edition: duckdb.DuckDBPyConnection) -> tuple[str, datetime]:
    """The version and its release date, which definitions of the user's own need not have."""
    [(version, released_on)] = edition.execute(
        """
        select max(definitions.definitions_version), max(definitions_versions.released_on)
        from definitions
        left join definitions_versions
            on definitions.definitions_version = definitions_versions.definitions_version
        """
    ).fetchall()
    return version, datetime.fromisoformat(released_on) if released_on else UNRELEASED


def _write_codes(sheet: Worksheet, edition: duckdb.DuckDBPyConnection, nic_version: str) -> None:
    for number, (heading, _, width, _) in enumerate(COLUMNS, start=1):
        cell = _put(sheet, 1, number, heading)
        cell.font, cell.fill = HEADING, HEADING_FILL
        sheet.column_dimensions[get_column_letter(number)].width = width
    expressions = ", ".join(expression for _, expression, _, _ in COLUMNS)
    rows = edition.execute(
        f"select {expressions} from definitions where nic_version = ? order by nic_code",
        [nic_version],
    ).fetchall()
    confidence = [heading for heading, *_ in COLUMNS].index("Confidence")
    for line, row in enumerate(rows, start=2):
        for number, value in enumerate(row, start=1):
            _put(sheet, line, number, value)
        if row[confidence] == "low":
            sheet.cell(line, confidence + 1).fill = LOW_CONFIDENCE
        _fit_height(sheet, line, row, [width for _, _, width, _ in COLUMNS])
    # the code and its title stay in sight
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(rows) + 1}"
    sheet.print_title_rows = "1:1"
    _print_on_width(sheet)


def _write_notes(
    sheet: Worksheet, edition: duckdb.DuckDBPyConnection, version: str, released_on: datetime
) -> None:
    sheet.title = NOTES
    clusters = edition.execute(
        "select cluster_type, count(distinct cluster_code) from definitions group by cluster_type"
    ).fetchall()
    counts = dict(clusters)
    lines: list[tuple[str, str]] = [
        (
            "India Cluster Definitions",
            f"Version {version}"
            + (f", {released_on:%d %B %Y}" if released_on > UNRELEASED else ""),
        ),
        (
            "",
            "The cluster of every listed code of the National Industrial Classification, one tab "
            f"for each version of it. {counts.get('traded', 0)} traded and "
            f"{counts.get('local', 0)} local clusters have codes here; the US benchmark "
            "definitions have 51 and 16.",
        ),
        ("Tabs", ""),
        *_counts(edition),
        ("Columns", ""),
        *((heading, text) for heading, _, _, text in COLUMNS),
        ("Rules, first to last", ""),
        *RULES.items(),
        ("Sources", ""),
        *(("", text) for text in SOURCES),
        ("Terms", ""),
        *(("", text) for text in TERMS),
        ("Versions", ""),
        *edition.execute(
            "select definitions_version, released_on || ': ' || changes from definitions_versions "
            "order by sequence"
        ).fetchall(),
    ]
    for line, (name, text) in enumerate(lines, start=1):
        cell = _put(sheet, line, 1, name)
        _put(sheet, line, 2, text)
        if name and not text:
            cell.font, cell.alignment = SECTION, Alignment(vertical="bottom")
            sheet.row_dimensions[line].height = 2 * LINE_HEIGHT
        else:
            _fit_height(sheet, line, (name, text), NOTE_WIDTHS)
    sheet["A1"].font = TITLE
    sheet.row_dimensions[1].height = 2 * LINE_HEIGHT
    for column, width in zip("AB", NOTE_WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    _print_on_width(sheet)


def _counts(edition: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    counts = edition.execute(
        """
        select
            nic_version,
            count(*),
            sum(case when cluster_code <> '0' then 1 else 0 end),
            sum(case when rule = 'reviewed' then 1 else 0 end),
            sum(case when confidence = 'low' then 1 else 0 end)
        from definitions group by nic_version
        """
    ).fetchall()
    texts = {
        nic_version: f"{codes:,} codes, {mapped:,} in a cluster, {reviewed:,} by a reviewed "
        f"decision, {low:,} of low confidence (shaded)"
        for nic_version, codes, mapped, reviewed, low in counts
    }
    return [(nic_version, texts.get(nic_version, "no codes")) for nic_version in NIC_VERSIONS]


def _put(sheet: Worksheet, line: int, column: int, value: object) -> Cell:
    cell = sheet.cell(line, column)
    cell.alignment, cell.font = WRAPPED, TEXT
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        # text stays text, also where it begins like a formula
        cell.data_type = "s"
        cell.number_format = "@"
    else:
        cell.value = value
    return cell


def _fit_height(
    sheet: Worksheet, line: int, values: Sequence[object], widths: Sequence[int]
) -> None:
    """Rows as high as their longest text; not every program fits them when it opens the file."""
    lines = max(
        len(textwrap.wrap(str(value), int(width * CHARACTERS)))
        for value, width in zip(values, widths, strict=True)
        if value
    )
    sheet.row_dimensions[line].height = LINE_HEIGHT * lines + 1.5


def _print_on_width(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
