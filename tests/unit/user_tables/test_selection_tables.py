"""Tables of selection and plan: what can't be used is told by file, line and column, with what to
give; nothing of a row is repeated."""

import csv
import io

import pytest

from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import load_user_tables
from locus_pipeline.user_tables.selection import (
    PLAN,
    PLAN_COSTS,
    POVERTY_LINES,
    QUOTAS,
    SELECTION_TABLES,
    WEIGHTS,
)
from locus_pipeline.user_tables.sheet import UserTableError
from tests.support.selection_tables import (
    COST,
    LINE,
    LIST,
    PLANNED,
    QUOTA,
    ROWS_OF_SELECTION,
    WEIGHT_ROWS,
)


@pytest.fixture
def home(tmp_path) -> Settings:
    return Settings(tmp_path)


def write(home: Settings, table, rows: list[dict[str, str]]) -> None:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    table.path(home).parent.mkdir(exist_ok=True)
    table.path(home).write_text(sheet.getvalue())


def test_all_tables_load_as_they_are_meant(home):
    for table in SELECTION_TABLES:
        write(home, table, ROWS_OF_SELECTION[table.name])
    loaded = load_user_tables(home)
    assert [row.weight for row in loaded[WEIGHTS.name].rows] == [1.5] * 8
    assert [(row.kind, row.at_least, row.at_most) for row in loaded[QUOTAS.name].rows] == [
        ("list", None, 12), ("sector", None, 2), ("backward_area", 3, None),
    ]  # fmt: skip
    [first, _] = loaded[PLAN_COSTS.name].rows
    assert (first.low_lakh, first.first_year, first.last_year) == (12.5, 2, None)


def changed(rows: list[dict[str, str]], line: int, **cells: str) -> list[dict[str, str]]:
    """Rows with other cells in one line of the file."""
    return [row | cells if at == line else row for at, row in enumerate(rows, start=2)]


QUOTA_ROWS = ROWS_OF_SELECTION[QUOTAS.name]
BAD = {
    "unknown lens": (WEIGHTS, changed(WEIGHT_ROWS, 3, lens="greed"), 3, "lens", "growth, pro_poor"),
    "unknown criterion": (
        WEIGHTS, [*WEIGHT_ROWS, WEIGHT_ROWS[0] | {"criterion": "charm"}], 10, "criterion",
        "give one of distinct_product",
    ),
    "criterion of the other lens": (
        WEIGHTS, [*WEIGHT_ROWS, WEIGHT_ROWS[0] | {"criterion": "women"}], 10, "criterion",
        "no criterion of lens growth",
    ),
    "criterion left out": (
        WEIGHTS, WEIGHT_ROWS[1:], 2, "criterion", "without distinct_product; add a line",
    ),
    "negative weight": (
        WEIGHTS, changed(WEIGHT_ROWS, 4, weight="-1"), 4, "weight", "a number from 0 to 1000",
    ),
    "weight in words": (
        WEIGHTS, changed(WEIGHT_ROWS, 4, weight="double"), 4, "weight", "a number from 0",
    ),
    "weight beyond": (
        WEIGHTS, changed(WEIGHT_ROWS, 4, weight="1001"), 4, "weight", "a number from 0 to 1000",
    ),
    "no weight": (WEIGHTS, changed(WEIGHT_ROWS, 4, weight=""), 4, "weight", "a number from 0"),
    "infinite weight": (
        WEIGHTS, changed(WEIGHT_ROWS, 4, weight="inf"), 4, "weight", "a number from 0",
    ),
    "all weights nothing": (
        WEIGHTS, [row | {"weight": "0"} for row in WEIGHT_ROWS], 2, "weight", "give one that is",
    ),
    "no source": (WEIGHTS, changed(WEIGHT_ROWS, 5, source=" "), 5, "source", "who decided it"),
    "no length of the list": (
        QUOTAS, QUOTA_ROWS[1:], 2, "kind", "has no line of kind list; add its length",
    ),
    "an empty list": (QUOTAS, changed(QUOTA_ROWS, 2, at_most="0"), 2, "at_most", "give 1 or more"),
    "a least length": (
        QUOTAS, changed(QUOTA_ROWS, 2, at_least="3"), 2, "at_least", "leave this empty",
    ),
    "a quota without a bound": (
        QUOTAS, changed(QUOTA_ROWS, 3, at_most=""), 3, "at_least", "give at_least, at_most",
    ),
    "bounds in the wrong order": (
        QUOTAS, changed(QUOTA_ROWS, 3, at_least="5"), 3, "at_most", "in their order",
    ),
    "more than the list": (
        QUOTAS, changed(QUOTA_ROWS, 4, at_least="13"), 4, "at_least", "lower one, or lengthen",
    ),
    "a code of an area": (QUOTAS, changed(QUOTA_ROWS, 4, code="08"), 4, "code", "leave it empty"),
    "half a cluster": (
        QUOTAS, changed(QUOTA_ROWS, 3, at_most="2.5"), 3, "at_most", "a whole number",
    ),
    "unknown kind": (QUOTAS, changed(QUOTA_ROWS, 3, kind="caste"), 3, "kind", "backward_area"),
    "a line of nobody": (
        POVERTY_LINES, [LINE | {"state_code": "99"}], 2, "state_code", "two digits of a state",
    ),
    "a yearly line": (POVERTY_LINES, [LINE | {"line": "0"}], 2, "line", "Rs a month"),
    "a line beyond": (POVERTY_LINES, [LINE | {"line": "816000"}], 2, "line", "from 10 to 100000"),
    "an ambiguous comma": (POVERTY_LINES, [LINE | {"line": "1,638"}], 2, "line", "Rs a month"),
    "a mixed setting": (
        POVERTY_LINES, [LINE | {"setting": "mixed"}], 2, "setting", "rural or urban",
    ),
    "no year": (POVERTY_LINES, [LINE | {"survey_year": "2011"}], 2, "survey_year", "2022-23"),
    "unknown rule": (PLAN, [PLANNED | {"rule": "2:1:1"}], 2, "rule", "unorganised_supported"),
    "unknown size": (PLAN, [PLANNED | {"size": "huge"}], 2, "size", "small, average, large"),
    "unknown state": (PLAN, [PLANNED | {"state_code": "IN"}], 2, "state_code", "two digits"),
    "perhaps infrastructure": (
        PLAN, [PLANNED | {"infrastructure": "maybe"}], 2, "infrastructure", "true or false",
    ),
    "no name": (PLAN, [PLANNED | {"cluster_name": ""}], 2, "cluster_name", "the cluster's name"),
    "unknown payer": (PLAN_COSTS, [COST | {"payer": "UNIDO"}], 2, "payer", "by_rule"),
    "a cost below nothing": (
        PLAN_COSTS, [COST | {"low_lakh": "-5"}], 2, "low_lakh", "Rs lakh like 12.5",
    ),
    "a cost in rupees": (
        PLAN_COSTS, [COST | {"high_lakh": "12500000"}], 2, "high_lakh", "Rs lakh like 20",
    ),
    "amounts in the wrong order": (
        PLAN_COSTS, [COST | {"high_lakh": "3"}], 2, "high_lakh", "in their order",
    ),
    "a sixth year": (PLAN_COSTS, [COST | {"last_year": "6"}], 2, "last_year", "1 to 5"),
    "years in the wrong order": (
        PLAN_COSTS, [COST | {"last_year": "1"}], 2, "last_year", "in their order",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "rows", "line", "column", "remedy"), BAD.values(), ids=BAD)
def test_a_bad_entry_is_told_with_its_place_and_remedy(home, table, rows, line, column, remedy):
    write(home, table, rows)
    with pytest.raises(UserTableError) as error:
        load_user_tables(home)
    [message] = str(error.value).splitlines()
    assert message.startswith(f"{table.path(home)}, line {line}, column {column}: ")
    assert remedy in message


REPEATED = [
    (WEIGHTS, WEIGHT_ROWS[0] | {"weight": "3"}), (QUOTAS, QUOTA | {"at_most": "3"}),
    (POVERTY_LINES, LINE | {"line": "1"}), (PLAN, PLANNED | {"size": "small"}),
    (PLAN_COSTS, COST | {"low_lakh": "1"}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row"), REPEATED, ids=[one.name for one, _ in REPEATED])
def test_a_repeated_row_is_told(home, table, row):
    rows = ROWS_OF_SELECTION[table.name]
    good = row | {"line": "816"} if table is POVERTY_LINES else row
    write(home, table, [*rows, good])
    with pytest.raises(UserTableError, match=r"the same as in line \d+; keep one"):
        load_user_tables(home)


def test_costs_are_of_clusters_of_the_list(home):
    write(home, PLAN_COSTS, [COST | {"cluster_id": "elsewhere"}])
    load_user_tables(home)  # of who is selected: nobody knows yet
    write(home, PLAN, [PLANNED])
    with pytest.raises(UserTableError) as error:
        load_user_tables(home)
    assert str(error.value) == (
        f"{PLAN_COSTS.path(home)}, line 2, column cluster_id: no cluster of the plan; add it to "
        f"{PLAN.path(home)}"
    )


def test_a_file_with_another_name_is_told(home):
    write(home, WEIGHTS, WEIGHT_ROWS)
    WEIGHTS.path(home).rename(WEIGHTS.path(home).with_name("weight.csv"))
    with pytest.raises(UserTableError, match=r"not read; name it weights\.csv or quotas\.csv"):
        load_user_tables(home)


def test_a_list_alone_needs_no_other_quota(home):
    write(home, QUOTAS, [LIST])
    assert len(load_user_tables(home)[QUOTAS.name].rows) == 1
