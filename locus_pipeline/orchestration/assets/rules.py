"""What a dbt test of many rules says as an asset check: its rules, and which of them are broken.

The test `rules` (dbt_project/tests/generic) gives a row for each thing that breaks a rule, with
these columns.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

BROKEN_RULES = "broken_rules"
COLUMNS = ["rule", "of_columns", "standing"]


def described(test: Mapping[str, Any]) -> str | None:
    """The rules of a test of dbt's manifest, in words; None for one that has other arguments."""
    arguments = (test.get("test_metadata") or {}).get("kwargs", {})
    said = [
        *([f"Never null: {', '.join(arguments['required'])}"] if "required" in arguments else []),
        *(f"Once each: {', '.join(columns)}" for columns in arguments.get("unique", [])),
        *(
            f"{column}: one of {', '.join(map(str, values))}"
            for column, values in arguments.get("accepted", {}).items()
        ),
    ]
    return ". ".join(said) or None


def broken_rules(warehouse: duckdb.DuckDBPyConnection, compiled: Path, test: str) -> str | None:
    """Which rules of a failed test are broken, with columns and number of rows, and no value.

    `compiled`: the folder with the tests as dbt ran them. None for a test that has no such rules.
    """
    for path in compiled.rglob(f"{test}.sql"):
        rows = warehouse.execute(f"from ({path.read_text()})")
        if [column[0] for column in rows.description] != COLUMNS:
            return None
        broken = warehouse.execute(
            f"select rule, of_columns, count(*) from ({path.read_text()}) group by all order by all"
        ).fetchall()
        return "; ".join(f"{rule} {columns}: {count} rows" for rule, columns, count in broken)
    return None
