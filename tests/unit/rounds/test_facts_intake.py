"""A round becomes tables: no row vanishes, nobody is named, whoever withdraws is gone."""

import html
import os
import re

import openpyxl
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from locus_pipeline.files import loose
from locus_pipeline.rounds.identity import unit_hash
from locus_pipeline.rounds.intake import NO_CONSENT, ROUND_TABLES, SAME_UNIT, WITHDRAWN
from locus_pipeline.rounds.items import load_items
from locus_pipeline.rounds.report import cluster_overview, write_report
from locus_pipeline.rounds.round import open_round
from locus_pipeline.rounds.store import (
    forget_stale,
    is_current,
    rounds_in,
    row_counts,
    store_round,
    stored_rounds,
    table_path,
    write_empty_tables,
)
from locus_pipeline.rounds.templates import write_schedule
from locus_pipeline.sample.rounds import write_sample_rounds
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.dbt import PROJECT_DIR
from tests.support.disk import HARMS, flip
from tests.support.rounds import (
    CLUSTER_ID,
    SALT,
    association_row,
    cluster_row,
    taken_in,
    unit_row,
    write_round,
)

FRAME = "frame_"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())
    return Settings(home=tmp_path / "home")


def hash_of(number: int) -> str:
    return unit_hash(SALT, CLUSTER_ID, f"UDYAM-TN-33-{number:07d}")


def test_answers_are_stored_by_question_with_their_missing_codes(tmp_path):
    unit = unit_row(1, persons_bpl=-8, rent=1500.5, product_share_2=None)
    tables = taken_in(write_round(tmp_path / "pilot", [unit])).tables
    answers = tables["round_answers"]
    of_unit = answers[answers["schedule"] == "unit"].set_index("item")
    assert set(of_unit["unit_hash"]) == {hash_of(1)}
    assert of_unit.loc["rent", "value"] == 1500.5
    assert of_unit.loc["legal_form", "text_value"] == "company"
    assert of_unit.loc["persons_bpl", ["value", "missing_code"]].tolist()[1] == -8
    assert of_unit.loc["product_share_2", "missing_code"] == -9, "empty: not asked"
    assert of_unit.loc["water_enough", "missing_code"] == -6
    given = of_unit[["value", "text_value", "missing_code"]].notna().sum(axis="columns")
    assert (given == 1).all(), "an answer, or why there is none"
    stored = {item.name for item in load_items("unit")} - set(of_unit.index)
    assert stored == {"cluster_id", "unit_id", "consent", "comment"}
    others = answers[answers["schedule"] != "unit"]
    assert set(others["unit_hash"]) == {""} and set(others["cluster_id"]) == {CLUSTER_ID}

    (row,) = tables["round_units"].to_dict("records")
    counts = [item.name for item in load_items("unit") if item.counted]
    counted = of_unit[of_unit.index.isin(counts)]
    assert row["items_asked"] == len(counted) - (counted["missing_code"] == -6).sum()
    assert row["items_answered"] == counted["missing_code"].isna().sum()
    assert not {"persons_sc", "product_unit"} & set(counts), "a response is what it was"
    # the question of older forms, summed up
    assert of_unit.loc["persons_sc_st_minority", "value"] == 6


def test_strata_hold_the_list_and_the_sample(tmp_path):
    units = [unit_row(1), unit_row(2), unit_row(3, size_class="large", association_member=0)]
    tables = taken_in(write_round(tmp_path / "pilot", units)).tables
    strata = tables["round_strata"].set_index(["size_class", "is_member"])
    counts = strata[["units_in_frame", "units_accepted"]].apply(tuple, axis="columns").to_dict()
    assert counts == {
        ("micro", True): (40, 2), ("micro", False): (30, 0), ("small", True): (10, 0),
        ("small", False): (10, 0), ("large", False): (0, 1),
    }  # fmt: skip
    (warning,) = tables["round_warnings"].to_dict("records")
    assert (warning["column_name"], warning["cluster_id"]) == ("frame_large_others", CLUSTER_ID)


def test_a_unit_counts_once_over_all_files(tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row(1), unit_row(1), unit_row(2, persons=-1)])
    write_schedule(folder / "unit-b.xlsx", "unit", [unit_row(1), unit_row(2)])
    tables = taken_in(folder).tables
    rejected = tables["round_rejected"]
    again = rejected[rejected["reason"] == SAME_UNIT]
    assert set(zip(again["file"], again["row_number"], strict=True)) == {
        ("unit.csv", 4),
        ("unit.csv", 5),
    }
    # the second unit's good row stands in for its bad one
    assert sorted(tables["round_units"]["unit_hash"]) == sorted([hash_of(1), hash_of(2)])


def test_without_consent_nothing_is_kept_but_the_count(tmp_path):
    folder = write_round(
        tmp_path / "pilot",
        [unit_row(1), unit_row(2, consent=0, persons=-3), unit_row(3), unit_row(4)],
    )
    intake = taken_in(folder, withdrawn=frozenset([hash_of(3)]))
    rejected = intake.tables["round_rejected"]
    assert rejected["row_number"].tolist() == [5, 6]
    assert rejected["reason"].tolist() == [NO_CONSENT, WITHDRAWN]
    assert intake.count("rows_rejected") == 2
    for name, table in intake.tables.items():
        for number in (2, 3):
            assert not table.astype(str).eq(hash_of(number)).any(axis=None), name
    assert set(intake.tables["round_units"]["unit_hash"]) == {hash_of(1), hash_of(4)}


def test_identifiers_and_names_are_in_no_output(tmp_path, home):
    folder = write_round(
        home.facts / "pilot",
        [
            unit_row(1, comment="Ask for Murugan"),
            unit_row(1),
            unit_row(2, consent=0),
            unit_row(3, persons="Murugan", legal_form="Murugan"),
            unit_row(4, unit_id="Murugan"),
            unit_row(5, cluster_id="Murugan"),
            unit_row(6, exports=99_000_000),
        ],
    )
    intake = store_round(home, open_round(folder))
    page = write_report(home, intake)
    written = [path for path in home.rounds.rglob("*") if path.is_file()]
    assert page in written and page.with_suffix(".xlsx") in written
    for path in written:
        if path.suffix == ".parquet":
            text = pd.read_parquet(path).to_csv()
        elif path.suffix == ".xlsx":
            cells = openpyxl.load_workbook(path).worksheets
            text = str([[cell.value for cell in row] for sheet in cells for row in sheet])
        else:
            text = path.read_text()
        assert not re.search("Murugan|UDYAM-TN", text), path


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "number": st.integers(1, 4),
                "persons": st.sampled_from([20, -3, "many", None, -9]),
                "consent": st.sampled_from([0, 1, None]),
                "cluster_id": st.sampled_from([CLUSTER_ID, "IN-33-other-01", None]),
            }
        ),
        max_size=12,
    )
)
def test_no_row_vanishes(tmp_path_factory, rows):
    units = [unit_row(row.pop("number")) | row for row in rows]
    intake = taken_in(write_round(tmp_path_factory.mktemp("any") / "pilot", units))
    tables = intake.tables
    counted = tables["round_intake"].set_index("schedule").loc["unit"]
    assert counted["rows_read"] == len(units)
    assert counted["rows_accepted"] == len(tables["round_units"])
    rejected = tables["round_rejected"].query("file == 'unit.csv'")
    assert counted["rows_rejected"] == rejected["row_number"].nunique()
    assert counted["rows_accepted"] + counted["rows_rejected"] == counted["rows_read"]
    assert not tables["round_units"]["unit_hash"].duplicated().any()


def test_tables_have_their_columns_and_say_what_is_synthetic(tmp_path):
    for suffix, synthetic in (("csv", True), ("xlsx", False)):
        folder = write_round(
            tmp_path / f"pilot-{suffix}", [unit_row(1)], suffix=suffix, is_synthetic=synthetic
        )
        tables = taken_in(folder).tables
        assert list(tables) == list(ROUND_TABLES)
        for name, table in tables.items():
            assert list(table) == list(ROUND_TABLES[name]), name
            assert (table["is_synthetic"] == synthetic).all()
            assert (table["round"] == folder.name).all()


def test_an_empty_round_is_valid(tmp_path, home):
    folder = write_round(home.facts / "pilot", [], clusters=[], associations=[])
    intake = store_round(home, open_round(folder))
    assert intake.count("rows_read") == 0
    assert row_counts(home)["rounds"] == 1 and row_counts(home)["round_answers"] == 0
    assert write_report(home, intake).exists()


def test_stored_rounds_follow_files_and_withdrawals(home):
    for key, number in (("first", 1), ("second", 2)):
        write_round(home.facts / key, [unit_row(number), unit_row(3)])
        store_round(home, open_round(home.facts / key))
    assert forget_stale(home) == {}
    assert row_counts(home)["round_units"] == 4
    # withdrawn in one round, gone from both
    (home.facts / "second" / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000003\n")
    facts_round = open_round(home.facts / "first")
    assert not is_current(home, facts_round)
    assert set(forget_stale(home)) == {"first", "second"}
    assert stored_rounds(home) == [] and row_counts(home)["round_units"] == 0
    for key in ("first", "second"):
        store_round(home, open_round(home.facts / key))
    assert row_counts(home)["round_units"] == 2
    assert is_current(home, facts_round) and forget_stale(home) == {}
    # a file that can't be read any more is no reason to go on with what it said before
    (home.facts / "first" / "round.yaml").write_text("title: [")
    assert list(forget_stale(home)) == ["first"]


@pytest.mark.parametrize("harm", [*HARMS, os.remove])
@pytest.mark.parametrize("place", ["round_units/pilot.parquet", "manifests/pilot.json"])
def test_a_damaged_round_is_taken_in_again(place, harm, home, caplog):
    facts_round = open_round(write_round(home.facts / "pilot", [unit_row()]))
    store_round(home, facts_round)
    assert is_current(home, facts_round)
    stored = rounds_in(home)
    before = (home.rounds / "round_answers" / "pilot.parquet").read_bytes()
    harm(home.rounds / place)
    assert not is_current(home, facts_round)
    assert rounds_in(home) == []
    assert forget_stale(home) == {}
    assert is_current(home, facts_round) and rounds_in(home) == stored
    assert (home.rounds / "round_answers" / "pilot.parquet").read_bytes() == before
    assert "pilot is taken in again" in caplog.text


def test_a_damaged_round_whose_files_are_gone_is_left_out(home):
    store_round(home, open_round(write_round(home.facts / "pilot", [unit_row()])))
    flip(table_path(home, "round_units", "pilot"))
    (home.facts / "pilot" / "round.yaml").unlink()
    assert list(forget_stale(home)) == ["pilot"]
    assert stored_rounds(home) == []


def test_tables_without_rows_are_mended(home):
    write_empty_tables(home)
    table_path(home, "round_units", "none").write_bytes(b"")
    write_empty_tables(home)
    assert row_counts(home)["round_units"] == 0


def test_an_edition_knows_which_unit_withdrew(home):
    """As many units are left, other ones: the id of an edition rests on this."""
    told = []
    for number in (1, 2):
        write_round(home.facts / "pilot", [unit_row(1), unit_row(2), unit_row(3)])
        withdrawn = home.facts / "pilot" / "withdrawn.csv"
        withdrawn.write_text(f"unit_id\nUDYAM-TN-33-000000{number}\n")
        store_round(home, open_round(home.facts / "pilot"))
        told += rounds_in(home)
    assert told[0].units == told[1].units == 2
    assert told[0] != told[1]


def test_stored_rounds_are_for_their_owner_alone(home):
    store_round(home, open_round(write_round(home.facts / "pilot", [unit_row()])))
    assert list(loose(home.rounds)) == []


def test_another_salt_is_another_version(home, monkeypatch):
    facts_round = open_round(write_round(home.facts / "pilot", [unit_row()]))
    store_round(home, facts_round)
    monkeypatch.setenv("LOCUS_FACTS_SALT", "another salt, long enough")
    assert not is_current(home, facts_round)


def test_tables_without_rows_have_their_types(home):
    write_empty_tables(home)
    for table, types in ROUND_TABLES.items():
        frame = pd.read_parquet(table_path(home, table, "none"))
        assert frame.empty and list(frame) == list(types)


def test_dbt_knows_the_tables_and_their_columns():
    rounds = PROJECT_DIR / "models" / "intermediate" / "facts_rounds"
    (source,) = yaml.safe_load((rounds / "_facts_rounds__sources.yml").read_text())["sources"]
    described = {
        table["name"]: [column["name"] for column in table["columns"]] for table in source["tables"]
    }
    assert described == {table: list(types) for table, types in ROUND_TABLES.items()}
    views = (PROJECT_DIR / "macros" / "raw_views.sql").read_text()
    assert all(f"'{table}'" in views for table in ROUND_TABLES)


def test_report_escapes_what_files_say(home):
    folder = write_round(
        home.facts / "pilot",
        [unit_row(1, persons=-1)],
        [cluster_row(cluster_name="=1+1 <script>alert(1)</script>")],
        title="<b>Pilot</b>",
    )
    write_schedule(folder / "unit <img src=x>.csv", "unit", [unit_row(2, persons=-1)])
    intake = store_round(home, open_round(folder))
    page = write_report(home, intake).read_text()
    assert "<script>alert" not in page and "<img" not in page and "<b>Pilot" not in page
    assert html.escape("<script>alert(1)</script>") in page
    assert "http" not in page, "opens without a network"
    workbook = openpyxl.load_workbook(home.rounds / "reports" / "pilot" / "report.xlsx")
    assert all(cell.data_type != "f" for sheet in workbook for row in sheet for cell in row)
    assert all(sheet["A1"].value.startswith("SYNTHETIC. ") for sheet in workbook)


@pytest.mark.parametrize(("listed", "needed"), [(20, 20), (30, 30), (200, 30), (450, 45)])
def test_report_says_how_many_units_are_needed(listed, needed, tmp_path):
    frame = dict.fromkeys((item.name for item in load_items("cluster") if FRAME in item.name), 0)
    frame["frame_micro_members"] = listed
    cluster = cluster_row(**frame, units_functioning=500)
    association = association_row(units_in_cluster=500)
    folder = write_round(tmp_path / "pilot", [unit_row()], [cluster], [association])
    (row,) = cluster_overview(taken_in(folder)).to_dict("records")
    assert (row["units_needed"], row["units_accepted"], row["A"]) == (needed, 1, 1)
    assert row["remark"] == f"{needed - 1} more units are needed"


def test_sample_is_synthetic_and_the_same_for_the_same_seed(tmp_path):
    keys = write_sample_rounds(tmp_path / "one", rounds=2, seed=3)
    assert keys == ["2024-25-sample", "2025-26-sample"]
    write_sample_rounds(tmp_path / "two", seed=3)
    write_sample_rounds(tmp_path / "other", seed=4)
    files = sorted(path.name for path in (tmp_path / "one" / keys[0]).glob("*.csv"))
    assert len(files) > 50
    for name in files:
        content = {f: (tmp_path / f / keys[0] / name).read_bytes() for f in ("one", "two", "other")}
        assert content["one"] == content["two"]
        assert name == "withdrawn.csv" or content["one"] != content["other"]

    one, later = (taken_in(tmp_path / "one" / key).tables for key in keys)
    assert one["rounds"]["is_synthetic"].all()
    assert len(one["round_clusters"]) == 60
    assert set(one["round_units"]["unit_hash"]) == set(later["round_units"]["unit_hash"])
    output = [
        tables["round_answers"].query("item == 'output'").set_index("unit_hash")["value"]
        for tables in (one, later)
    ]
    assert (output[1] / output[0] - 1).mean() == pytest.approx(0.05, abs=0.02), "units grow"

    accepted = one["round_units"].groupby("cluster_id").size()
    assert accepted.between(28, 60).sum() >= 45
    assert (accepted < 30).sum() >= 4, "some are under-sampled or did not consent"
    unreliable = one["round_units"].groupby("cluster_id")["grade"].agg(lambda g: (g == "C").mean())
    assert (unreliable > 0.5).sum() >= 3
    exists = one["round_answers"].query("item == 'association_exists'")["value"]
    assert (exists == 0).sum() == 5
    reasons = set(one["round_rejected"]["reason"])
    assert NO_CONSENT in reasons and SAME_UNIT in reasons
    # only what was made wrong is wrong
    assert set(one["round_warnings"]["column_name"]) == {"exports"}


def test_sample_replaces_its_own_rounds_only(tmp_path):
    (tmp_path / "2024-25-sample").mkdir()
    with pytest.raises(FileExistsError, match="no sample of ours"):
        write_sample_rounds(tmp_path)
