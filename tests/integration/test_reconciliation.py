"""Reconciliation with the official tables: samples meet what they were calibrated to, and the check
fails when the multiplier, a block or a state is lost."""

import json
import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from locus_pipeline.orchestration.checks import judge
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.dbt import ensure_manifest
from tests.conftest import SAMPLE_YEARS
from tests.support.lineage import ancestors, parents
from tests.support.warehouse import Warehouse, uncommented

VARIABLES = {
    "number_of_factories", "workers", "total_persons_engaged", "total_emoluments",
    "total_output", "total_input", "gross_value_added",
}  # fmt: skip
YEAR = "2022-23"


@pytest.mark.parametrize("year", SAMPLE_YEARS)
def test_samples_reconcile_within_one_percent(built_home, year):
    rows = built_home.query(
        """
        select variable, difference_pct, counts_as from reconciliation
        where survey_year = ? and geography = 'all-india' and nic_division = ''
        """,
        [year],
    )
    differences = {
        variable: difference for variable, difference, counts in rows if counts == "blocking"
    }
    published = {variable for variable, *_ in rows}
    assert VARIABLES & published <= differences.keys()
    assert {variable: off for variable, off in differences.items() if abs(off) > 1} == {}


def test_states_and_industries_are_compared_too(built_home):
    geographies, divisions = built_home.query(
        "select count(distinct geography), count(distinct nic_division) from reconciliation"
    )[0]
    assert geographies > 15
    assert divisions > 20


def test_the_check_passed_in_the_run(built_home):
    rows = pd.DataFrame(
        built_home.query(
            "select survey_year, geography, nic_division, variable, published_value, "
            "computed_value, difference_pct, status, counts_as from reconciliation"
        ),
        columns=[
            "survey_year", "geography", "nic_division", "variable", "published_value",
            "computed_value", "difference_pct", "status", "counts_as",
        ],
    )  # fmt: skip
    assert judge(rows).passed


def stored_on_the_way(settings: Settings) -> list[tuple[str, Path]]:
    """Tables between factories and reconciliation that are computed in SQL, each after what it is
    made of: its name, and the compiled model."""
    manifest = json.loads(ensure_manifest(settings).read_text())
    models = settings.warehouse.parent / "dbt" / "compiled" / "locus" / "models"
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    on_the_way = {key.split(".")[-1] for key in ancestors(manifest, "int_reconciliation")}
    return [
        (f"{nodes[name]['schema']}.{name}", models / nodes[name]["path"])
        for name in parents(manifest)
        if name in on_the_way | {"int_reconciliation"}
        and nodes[name]["group"] in ("factory", "estimates")
        and nodes[name]["language"] == "sql"
        and nodes[name]["config"]["materialized"] != "view"
    ]


@pytest.fixture
def damaged(built_home, tmp_path):
    """Reconciliation of the built home after a change to what the raw layer holds."""

    def rebuild(change: str) -> pd.DataFrame:
        copy = tmp_path / "locus.duckdb"
        shutil.copy(built_home.settings.warehouse, copy)
        with duckdb.connect(str(copy)) as warehouse:
            warehouse.execute(change)
            for table, model in stored_on_the_way(built_home.settings):
                warehouse.execute(f"create or replace table {table} as ({uncommented(model)})")
            rows = warehouse.execute("from intermediate.int_reconciliation").df()
        return rows[rows.survey_year == YEAR]

    return rebuild


def raw_view(name: str, sql: str) -> str:
    """A statement that changes what a raw view shows; the unchanged one becomes <name>_before."""
    return (
        f"alter view raw.{name} rename to {name}_before; "
        f"create view raw.{name} as select {sql} from raw.{name}_before"
    )


def test_nothing_changed_fails_nothing(damaged):
    assert judge(damaged("select 1")).passed


def test_without_the_multiplier_the_edition_is_stopped(damaged):
    verdict = judge(damaged(raw_view("block_a", "* replace (1 as multiplier)")))
    assert not verdict.passed
    assert verdict.severity == dg.AssetCheckSeverity.ERROR
    assert "2022-23" in verdict.description


@pytest.mark.parametrize("block", ["c", "e", "f", "g", "h", "j"])
def test_without_a_block_the_check_warns(damaged, block):
    rows = damaged(
        raw_view("survey_years", f"* replace (replace(blocks, '{block}', '') as blocks)")
    )
    verdict = judge(rows)
    assert not verdict.passed
    assert verdict.severity == dg.AssetCheckSeverity.WARN
    assert "block_not_in_release" in verdict.metadata["worst"].value


@pytest.mark.parametrize("block", ["e", "f", "h", "j"])
def test_an_empty_block_stops_the_edition(damaged, block):
    change = raw_view(f"block_{block}", "*") + f" where survey_year <> '{YEAR}'"
    assert judge(damaged(change)).severity == dg.AssetCheckSeverity.ERROR


@pytest.mark.parametrize("state", ["27", "33", "09"])
def test_without_a_large_state_the_edition_is_stopped(damaged, state):
    change = raw_view("block_a", "*") + f" where survey_year <> '{YEAR}' or state_code <> '{state}'"
    verdict = judge(damaged(change))
    assert not verdict.passed
    assert verdict.severity == dg.AssetCheckSeverity.ERROR


FIGURE = {
    "survey_year": YEAR, "geography": "all-india", "nic_division": "", "variable": "workers",
    "published_value": 100.0, "computed_value": 100.0, "difference_pct": 0.0, "status": "exact",
    "counts_as": "blocking",
}  # fmt: skip


@pytest.mark.parametrize(
    "changed, passed, severity",
    [
        ({"status": "within_1_pct"}, True, "WARN"),
        ({"status": "within_5_pct", "difference_pct": 3.0}, False, "WARN"),
        ({"status": "over_5_pct", "difference_pct": -9.0}, False, "ERROR"),
        ({"status": "over_5_pct", "difference_pct": -9.0, "counts_as": "warning"}, False, "WARN"),
        ({"status": "over_5_pct", "difference_pct": 80.0, "counts_as": "presence"}, True, "WARN"),
        ({"status": "no_records", "geography": "31", "counts_as": "warning"}, False, "WARN"),
        ({"status": "no_records", "geography": "31", "counts_as": "presence"}, True, "WARN"),
        ({"status": "over_5_pct", "counts_as": "not_calibrated"}, True, "WARN"),
        ({"status": "block_not_in_release", "computed_value": None}, False, "WARN"),
    ],
)
def test_verdicts(changed, passed, severity):
    verdict = judge(pd.DataFrame([FIGURE, FIGURE | changed]))
    assert (verdict.passed, verdict.severity.value) == (passed, severity)


def test_a_stop_names_year_figure_and_remedy():
    off = {"status": "over_5_pct", "computed_value": 91.0, "difference_pct": -9.0}
    absent = {"status": "no_records", "computed_value": None, "difference_pct": None}
    rows = pd.DataFrame([FIGURE | off, FIGURE | {"survey_year": "1999-00"} | absent])
    said = judge(rows).description
    assert f"{YEAR}: worst workers, all-india: 91, published 100, -9.0 %" in said
    assert "1999-00: worst workers, all-india (no_records)" in said
    assert "out of releases/" in said and "LOCUS_UNRECONCILED=warn" in said
    assert "LOCUS_UNRECONCILED" not in judge(rows, may_stop=False).description


def test_states_without_factories_in_a_sample_are_counted_and_told():
    absent = {"status": "no_records", "computed_value": None, "counts_as": "presence"}
    rows = [FIGURE | absent | {"geography": state} for state in ("31", "25")]
    verdict = judge(pd.DataFrame([FIGURE, *rows]))
    assert verdict.metadata["states_without_factories_in_samples"].value == 2
    assert f"no factories ({YEAR}: 25, 31)" in verdict.description


def test_who_means_it_publishes_what_does_not_reconcile():
    off = FIGURE | {"status": "over_5_pct", "difference_pct": -60.0}
    verdict = judge(pd.DataFrame([off]), may_stop=False)
    assert (verdict.passed, verdict.severity.value) == (False, "WARN")


@pytest.mark.parametrize("is_synthetic", [False, True])
def test_a_status_does_not_tell_the_figure_that_disclosure_control_hides(compiled, is_synthetic):
    """A hidden figure may be exactly the printed one, far from it, or nothing."""
    warehouse = Warehouse(compiled)
    figures = [
        ("all-india", None, "workers", 100.0, 100.0),
        ("all-india", "10", "workers", 50.0, 50.0),
        ("27", None, "workers", 40.0, 43.0),
        ("27", None, "number_of_factories", 4.0, 4.0),
        ("27", None, "total_output", 9.0, None),
        ("30", None, "workers", 8.0, 0.0),
    ]
    keys = pd.DataFrame(figures, columns=["geography", "nic2", "variable", "value", "computed"])
    keys = keys.assign(survey_year=YEAR, unit="number", source="", source_kind="official_table")
    computed = keys.assign(nic_division=keys.nic2.fillna(""), value=keys.computed)
    warehouse.give("reference.asi_published_totals", keys)
    warehouse.give("intermediate.int_official_totals", computed)
    warehouse.connection.execute(
        f"""
        create table raw.survey_years as
        select '{YEAR}' as survey_year, 'schedule-2010' as status_codes,
            {is_synthetic} as is_synthetic;
        create table reference.official_characteristics as
        select distinct variable, true as is_core, true as is_calibrated
        from reference.asi_published_totals;
        create table intermediate.int_measure_rules
        (survey_year varchar, variable varchar, block varchar, basis varchar);
        """
    )
    warehouse.build("int_reconciliation", "reconciliation")
    rows = warehouse.query("from marts.reconciliation").set_index(["geography", "nic_division"])
    rows = rows.set_index("variable", append=True)[["status", "computed_value", "null_reason"]]
    told = {key: tuple(None if pd.isna(x) else x for x in row) for key, *row in rows.itertuples()}
    hidden = (None, None, "suppressed_secondary")
    assert told == {
        ("all-india", "", "workers"): ("exact", 100.0, None),
        ("27", "", "number_of_factories"): ("exact", 4.0, None),
        ("27", "", "total_output"): ("block_not_in_release", None, "block_not_in_release"),
        ("all-india", "10", "workers"): ("exact", 50.0, None) if is_synthetic else hidden,
        ("27", "", "workers"): ("over_5_pct", 43.0, None) if is_synthetic else hidden,
        ("30", "", "workers"): ("no_records", 0.0, None) if is_synthetic else hidden,
    }
    judged = warehouse.query("from intermediate.int_reconciliation")
    assert {"over_5_pct", "no_records"} <= set(judged.status), "the asset check knows all the same"
    assert not judge(judged).passed or is_synthetic
