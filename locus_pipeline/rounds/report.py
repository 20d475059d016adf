"""What goes back to the collector: the result of the validation, as a page and as a workbook.

Plain words, and nothing of what units answered: file, sheet, row, column and what to do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from locus_pipeline.files import replacing
from locus_pipeline.rounds.intake import GRADES, NO_CONSENT, WITHDRAWN, Intake
from locus_pipeline.settings import Settings
from locus_pipeline.text import quoted

REASONS_SHOWN = 500
# Sample size of a cluster: a tenth of its units and thirty at least, or all (a proposal).
SMALLEST_SAMPLE, SAMPLE_SHARE = 30, 0.1
PLACE = {"file": "File", "sheet": "Sheet", "row_number": "Row", "column_name": "Column"}
TO_CORRECT = {**PLACE, "reason": "What to do"}
FILES = {
    "file": "File", "sheet": "Sheet", "schedule": "Schedule", "rows_read": "Rows read",
    "rows_accepted": "Accepted", "rows_rejected": "Rejected",
}  # fmt: skip
CLUSTERS = {
    "cluster_id": "Cluster", "cluster_name": "Name", "units_in_frame": "Units in the list",
    "units_accepted": "Units accepted", "units_needed": "Units needed", **{g: g for g in GRADES},
    "answered": "Questions answered", "remark": "Remark",
}  # fmt: skip
STYLE = """
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f2f4f7; --accent: #1f3a5f; }
@media (prefers-color-scheme: dark) {
  :root { --line: #444b57; --soft: #23272e; --accent: #9db9de; }
}
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { color: var(--accent); line-height: 1.2; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { background: var(--soft); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.scroll { overflow-x: auto; }
.synthetic { border: 2px solid #b3261e; padding: .6rem 1rem; font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: 2rem; padding: 0; list-style: none; }
.figures b { display: block; font-size: 1.7rem; }
"""


def write_report(settings: Settings, intake: Intake) -> Path:
    """Write report.html and .xlsx into LOCUS_HOME/rounds/reports/<round>/; returns the page."""
    folder = settings.rounds / "reports" / intake.round.key
    page, workbook = folder / "report.html", folder / "report.xlsx"
    with replacing(page) as aside:
        aside.write_text(_page(intake), encoding="utf-8")
    with replacing(workbook) as aside:
        _workbook(intake).save(aside)
    return page


@dataclass(frozen=True)
class Remarks:
    """What the terminal says of a round: files and sheets of which nothing is used, and rows and
    columns to correct. Nothing of what units answered.
    """

    unread: tuple[str, ...]
    to_correct: tuple[str, ...]


def remarks(rejected: pd.DataFrame, warnings: pd.DataFrame, intake: pd.DataFrame) -> Remarks:
    """The remarks of a round's tables round_rejected, round_warnings and round_intake."""
    unread, to_correct = [], []
    rejected = rejected[~rejected["reason"].isin([NO_CONSENT, WITHDRAWN])]
    for sheet in intake.to_dict("records"):
        here = rejected[(rejected["file"] == sheet["file"]) & (rejected["sheet"] == sheet["sheet"])]
        if here.empty:
            continue
        place = sheet["file"] + (f", sheet {quoted(sheet['sheet'])}" if sheet["sheet"] else "")
        reason = here["reason"].mode()[0]
        if not sheet["rows_accepted"]:
            unread.append(f"{place}: nothing of it is used; {reason}")
        else:
            rows = here["row_number"].nunique()
            to_correct.append(
                f"{place}: {rows:,} of {sheet['rows_read']:,} rows are not used; mostly: {reason}"
            )
    for column in warnings[warnings["row_number"].isna()].to_dict("records"):
        to_correct.append(f"{column['file']}: {quoted(column['column_name'])}: {column['reason']}")
    return Remarks(tuple(unread), tuple(to_correct))


def cluster_overview(intake: Intake) -> pd.DataFrame:
    """One row for each accepted cluster: list, sample, grades, response, and what is short."""
    clusters = intake.tables["round_clusters"].set_index("cluster_id")
    strata = (
        intake.tables["round_strata"]
        .groupby("cluster_id")[["units_in_frame", "units_accepted"]]
        .sum()
    )
    units = intake.tables["round_units"]
    grades = pd.crosstab(units["cluster_id"], units["grade"]).reindex(columns=list(GRADES))
    items = units.groupby("cluster_id")[["items_asked", "items_answered"]].sum()
    overview = clusters[["cluster_name"]].join([strata, grades, items]).sort_index()
    counts = ["units_in_frame", "units_accepted", *GRADES]
    overview[counts] = overview[counts].fillna(0).astype(int)
    listed = overview["units_in_frame"]
    needed = (listed * SAMPLE_SHARE).round().clip(lower=SMALLEST_SAMPLE)
    overview["units_needed"] = needed.where(needed < listed, listed).astype(int)
    overview["answered"] = overview["items_answered"] / overview["items_asked"]
    short = overview["units_needed"] - overview["units_accepted"]
    overview["remark"] = [
        f"{missing} more units are needed" if missing > 0 else "" for missing in short
    ]
    return overview.reset_index()[list(CLUSTERS)]


def _sections(intake: Intake) -> list[tuple[str, str, dict[str, str], pd.DataFrame]]:
    """Title, explanation, columns and rows of each part of the report."""
    tables = intake.tables
    rejected, warnings = tables["round_rejected"], tables["round_warnings"]
    of_consent = rejected["reason"].isin([NO_CONSENT, WITHDRAWN])
    to_correct = rejected[~of_consent]
    refused = int(of_consent.sum())
    refusals = (
        f" {refused:,} units did not consent or withdrew, and are left out." if refused else ""
    )
    return [
        (
            "Rows to correct",
            (
                "These rows are not used. Correct the file and put it back into the round's folder."
                if len(to_correct)
                else "None."
            )
            + refusals,
            TO_CORRECT,
            to_correct,
        ),
        (
            "Contradictions",
            "These rows are used. Each contradiction takes the unit's grade one step down; correct "
            "the answers where they are wrong."
            if len(warnings)
            else "None.",
            TO_CORRECT,
            warnings,
        ),
        (
            "Clusters",
            "The sample of a cluster is a tenth of the units of its list and at least "
            f"{SMALLEST_SAMPLE}, or all of them. Grades: A books seen, B in part, C from memory or "
            "with contradictions. Questions answered: of those that apply.",
            CLUSTERS,
            cluster_overview(intake),
        ),
        (
            "Files",
            "Rows read are accepted or rejected."
            + (f" Not read: {', '.join(intake.ignored)}." if intake.ignored else ""),
            FILES,
            tables["round_intake"],
        ),
    ]


def _page(intake: Intake) -> str:
    facts, round_key = intake.round.facts, intake.round.key
    figures = [
        ("rows read", intake.count("rows_read")),
        ("accepted", intake.count("rows_accepted")),
        ("rejected", intake.count("rows_rejected")),
        *((f"units of grade {grade}", count) for grade, count in intake.grades().items()),
    ]
    title = f"Validation of the round {round_key}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(facts.title)}. Period {escape(facts.period)}, collected "
        f"{facts.collected_from:%d %B %Y} to {facts.collected_to:%d %B %Y} by "
        f"{escape(facts.agency)}.</p>",
    ]
    if facts.is_synthetic:
        parts.append('<p class="synthetic">Synthetic: invented figures, nothing was observed.</p>')
    shown = "".join(f"<li><b>{value:,}</b>{escape(name)}</li>" for name, value in figures)
    parts.append(f'<ul class="figures">{shown}</ul>')
    for heading, explanation, columns, rows in _sections(intake):
        parts.append(f"<h2>{escape(heading)}</h2><p>{escape(explanation)}</p>")
        if len(rows):
            parts.append(_table(columns, rows.head(REASONS_SHOWN)))
        if len(rows) > REASONS_SHOWN:
            parts.append(
                f"<p>The first {REASONS_SHOWN} of {len(rows):,}; report.xlsx has all of them.</p>"
            )
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _table(columns: dict[str, str], rows: pd.DataFrame) -> str:
    numeric = {name for name in columns if pd.api.types.is_numeric_dtype(rows[name])}
    lines = [_line("th", columns.values(), columns, numeric)]
    lines += [
        _line("td", [_shown(name, row[name]) for name in columns], columns, numeric)
        for row in rows.to_dict("records")
    ]
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _line(tag: str, texts: Iterable[str], names: Iterable[str], numeric: set[str]) -> str:
    cells = "".join(
        f'<{tag} class="number">{escape(text)}</{tag}>'
        if name in numeric
        else f"<{tag}>{escape(text)}</{tag}>"
        for text, name in zip(texts, names, strict=True)
    )
    return f"<tr>{cells}</tr>"


def _shown(name: str, value: Any) -> str:
    if pd.isna(value):
        return ""
    if name == "answered":
        return f"{value:.0%}"
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def _workbook(intake: Intake) -> Workbook:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for heading, explanation, columns, rows in _sections(intake):
        sheet = workbook.create_sheet(heading)
        synthetic = "SYNTHETIC. " if intake.round.facts.is_synthetic else ""
        _append(sheet, [synthetic + explanation])
        _append(sheet, list(columns.values()))
        for row in rows.to_dict("records"):
            _append(sheet, [None if pd.isna(row[name]) else row[name] for name in columns])
        for cell in sheet[2]:
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", start_color="1F3A5F")
        for number, name in enumerate(columns, start=1):
            width = 90 if name in ("reason", "remark") else 22
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet["A1"].alignment = Alignment(wrap_text=False)
        sheet.freeze_panes = "A3"
    return workbook


def _append(sheet: Worksheet, values: Sequence[object]) -> None:
    sheet.append([ILLEGAL_CHARACTERS_RE.sub("", v) if isinstance(v, str) else v for v in values])
    for cell in sheet[sheet.max_row]:
        if isinstance(cell.value, str):
            # text stays text, also where it begins like a formula
            cell.data_type = "s"
