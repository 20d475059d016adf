"""Tests of a table's rules say which is broken, with columns and number of rows."""

import pandas as pd
import pytest

from locus_pipeline.orchestration.assets.rules import broken_rules
from tests.support.warehouse import Warehouse

ROWS = pd.DataFrame(
    [
        ("2009-10", "panel", "a", 10, "file"),
        ("2009-10", "panel", "b", 10, "file"),
        ("2009-10", None, "c", 10, "file"),
    ],
    columns=["survey_year", "release", "block", "records", "basis"],
)
TEST = "asi_record_counts_rules"


@pytest.fixture
def broken(compiled):
    """What the test of asi_record_counts says of these rows."""
    warehouse = Warehouse(compiled)

    def of(rows: pd.DataFrame) -> str | None:
        warehouse.give("reference.asi_record_counts", rows)
        return broken_rules(warehouse.connection, compiled.parents[1], TEST)

    return of


def test_sound_rows_break_nothing(broken):
    assert broken(ROWS) == ""


def test_each_broken_rule_is_named_with_its_columns_and_no_value(broken):
    rows = pd.concat([ROWS, ROWS.iloc[[0, 2]]]).assign(basis="file")
    rows.loc[len(rows)] = ("2010-11", "private", "a", None, None)
    rows.loc[len(rows)] = ("2010-11", "secret", "b", 1, None)
    assert broken(rows) == (
        "accepted release: 2 rows; required basis: 1 rows; required records basis: 1 rows; "
        "unique survey_year, release, block: 2 rows"
    )


def test_another_test_has_no_rules_to_name(compiled):
    assert broken_rules(Warehouse(compiled).connection, compiled.parents[1], "none") is None
