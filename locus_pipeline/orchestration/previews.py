"""The first rows of each mart, for the metadata that the web page shows.

Of marts only: they are published, under disclosure control. What is hidden there says so here.
"""

from decimal import Decimal
from typing import Any

import dagster as dg
import duckdb

from locus_pipeline.sql import identifier

ROWS, COLUMNS, LONGEST_CELL = 8, 12, 60
# A preview shows figures; how sure they are, and what else there is, stands in the table.
LEFT_OUT = (
    "_actual", "_rse", "_se", "_flag", "_degrees", "_low", "_high", "_lower", "_upper",
    "is_synthetic", "sha256",
)  # fmt: skip
HIDDEN, NONE = "*hidden*", ""
# Newest first, and large ones first, where a table has such columns.
FIRST = ("survey_year", "factories_sampled")
# The reasons of rejected lines are many and may be long: files and columns tell where to look.
QUERIES = {
    "rejected_rows": """
        select
            survey_year, block, source_file, column_name, count(*) as lines,
            min(line_number) as first_line, min(is_synthetic) as is_synthetic
        from marts.rejected_rows group by all
    """,
}


def preview(warehouse: duckdb.DuckDBPyConnection, mart: str) -> dg.MarkdownMetadataValue | None:
    """The mart's first rows as a table; None where it has none."""
    source = f"({QUERIES[mart]})" if mart in QUERIES else f"marts.{identifier(mart)}"
    names = [column[0] for column in warehouse.execute(f"from {source} limit 0").description]
    order = [f"{name} desc nulls last" for name in FIRST if name in names] + names
    found = warehouse.execute(f"from {source} order by {', '.join(order)} limit {ROWS}").fetchall()
    if not found:
        return None
    shown = [name for name in names if not name.endswith(LEFT_OUT)]
    shown = [*shown[:COLUMNS], *(name for name in shown[COLUMNS:] if name == "null_reason")]
    lines = [f"| {' | '.join(shown)} |", "|---" * len(shown) + "|"]
    for values in found:
        row = dict(zip(names, values, strict=True))
        lines.append(f"| {' | '.join(_cell(row, name) for name in shown)} |")
    [(count,)] = warehouse.execute(f"select count(*) from {source}").fetchall()
    if len(shown) < len(names) or count > len(found):
        lines += ["", f"{len(found)} of {count:,} rows, {len(shown)} of {len(names)} columns."]
    return dg.MetadataValue.md("\n".join(lines))


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return HIDDEN if _is_hidden(row, name) else NONE
    if isinstance(value, float | Decimal):
        return f"{value:,.0f}" if abs(float(value)) >= 1000 else f"{float(value):.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10000 else str(value)
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _is_hidden(row: dict[str, Any], name: str) -> bool:
    """Whether disclosure control made the cell null: the row says so, for itself or by name."""
    if name.endswith("reason") or name == "disclosure":
        return False
    of_row = str(row.get("disclosure") or "").startswith("suppressed")
    reason = str(row.get("null_reason") or "")
    return of_row or reason.startswith("suppressed") or f"{name}: suppressed" in reason
