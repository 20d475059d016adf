"""The observatory's contents and the labels: by hand, and from a file to the published table."""

from datetime import date

import pytest
from pytest import approx

from locus_pipeline.publish.repository import Search, documents
from tests.support.registry import sheet_row, write_registry_round
from tests.support.rounds import CLUSTER_ID, taken_in
from tests.support.rounds_warehouse import COLUMNS, Round, RoundsWarehouse

MEMBERS = ("micro", True)
TIRUPPUR, KARUR = CLUSTER_ID, "IN-33-karur-textiles-01"
# Points of an association: the mean of collective action is (3 + 2 + 1) / 3 = 2.
ASSOCIATION = {
    "association_exists": 1, "members": 50, "units_in_cluster": 100,  # covered 0.5: 2 points
    "year_registered": 2020, "reference_year": 2026,  # 6 years: 2
    "staff_fte": 1, "manager_named": 1, "manager_qualified": 1,  # 1, and 3 for the manager
    "board_elected": 1, "agm_held": 1, "accounts_audited": 1, "minutes_open": 0,  # 2
    "income": 40, "income_own": 20,  # 0.5: 2
    "board_seats": 10, "board_seats_inclusive": 1,  # 0.1: 1
    "services_offered": 8,  # 3
    "units_joint_purchase": 20, "units_joint_marketing": 10, "units_shared_facility": 5,
    "activity_cells": 2, "joint_activities": 4, "scheme_sanctioned": 100, "scheme_spent": 60,
    "quality_label": 3,
}  # fmt: skip
POINTS = {
    "members_covered": 2, "age": 2, "professional_staff": 1, "qualified_manager": 3,
    "governance": 2, "own_revenue": 2, "inclusiveness": 1, "services": 3, "collective_action": 2,
}  # fmt: skip


def labelled(grades: str = "AAAAA", **answers: object) -> Round:
    """A cluster with an association, and units of these grades."""
    one = Round("r1", "2026").cluster("c", {MEMBERS: 10})
    for at, grade in enumerate(grades):
        one.unit("c", f"u{at}", MEMBERS, grade, 20, 20)
    one.answers("cluster", "c", reference_year=2026)
    return one.answers("association", "c", **(ASSOCIATION | answers))


@pytest.fixture
def registry(compiled):
    return lambda *rounds: RoundsWarehouse(compiled, *rounds).build_rounds().build_registry()


def label_of(warehouse: RoundsWarehouse, subject: str = "association"):
    [row] = warehouse.query(f"from marts.cluster_labels where subject = '{subject}'").to_dict(
        "records"
    )
    return row


def test_a_label_is_the_share_of_attainable_points(registry):
    warehouse = registry(labelled())
    points = warehouse.rows(
        "select distinct criterion, criterion_points from marts.cluster_label_points "
        "where subject = 'association'"
    )
    assert dict(points) == POINTS
    label = label_of(warehouse)
    assert (label["points"], label["points_attainable"]) == (18, 27)
    assert label["points_share"] == approx(18 / 27)
    assert (label["label"], label["level"], label["null_reason"]) == ("silver", 2, None)
    assert (label["data_grade"], label["is_limited_by_data_grade"]) == ("A", False)
    # gold begins at 0.85 x 27 = 22.95 points
    assert (label["next_label"], label["points_to_next"]) == ("gold", approx(4.95))
    assert label["next_needs"].startswith("5.0 points more, from: Inclusiveness of the board (1.0")
    assert (label["valid_from"].date(), label["valid_until"].date()) == (
        date(2026, 6, 30), date(2028, 6, 30),
    )  # fmt: skip
    assert (label["self_declared_label"], label["basis"]) == ("gold", "proposal_of_locus")


def test_a_manager_is_judged_by_what_a_manager_does(registry):
    label = label_of(registry(labelled()), "cluster_manager")
    # qualified 3, staff 1, members 2, services 3, revenue 2, action 2, breadth 0, links 3, funds 2
    assert (label["points"], label["points_attainable"]) == (18, 27)
    assert (label["label"], label["self_declared_label"]) == ("silver", None)
    assert label["self_declared_null_reason"] == "not_asked_of_managers"


GOOD = {"staff_fte": 5, "board_seats_inclusive": 5, "income_own": 30, "minutes_open": 1}
POOR = {"members": 10, "services_offered": 1, "income_own": 2, "manager_qualified": 0,
        "board_elected": 0, "year_registered": 2025}  # fmt: skip


@pytest.mark.parametrize(
    "grades, answers, label, null_reason, limited",
    [
        ("AAAAA", GOOD, "gold", None, False),  # 2+2+3+3+3+3+3+3+2 = 24 of 27
        ("BBBBB", GOOD, "silver", None, True),
        ("CCCCC", GOOD, None, "data_grade", False),
        ("AAAAA", {"services_offered": 0, "staff_fte": 0}, "bronze", None, False),  # 14 of 27
        ("AAAAA", POOR, "none", None, False),
        ("AAAAA", {"association_exists": 0}, None, "no_association", False),
        ("AAAAA", {"association_exists": -7}, None, "not_answered", False),
        ("AAAAA", {"staff_fte": -7, "income": -8, "services_offered": -9}, None, "not_measured",
         False),
    ],
)  # fmt: skip
def test_each_label_and_each_reason_for_none(
    registry, grades, answers, label, null_reason, limited
):
    row = label_of(registry(labelled(grades, **answers)))
    assert (row["label"], row["null_reason"]) == (label, null_reason)
    assert row["is_limited_by_data_grade"] is limited
    if label == "gold":
        assert row["points"] == 24
        assert (row["next_label"], row["next_needs"]) == (None, None)
    if limited:
        assert row["next_needs"] == "data of grade A; no more points"
    if null_reason == "data_grade":
        assert row["next_needs"].startswith("data of grade B")
    if null_reason == "not_measured":
        assert "answers on Own revenue, Professional staff, Services offered" in row["next_needs"]
    if label in (None, "none"):
        assert str(row["valid_from"]) == "NaT"


def test_a_manager_who_is_not_there_has_no_label(registry):
    row = label_of(registry(labelled(manager_named=0)), "cluster_manager")
    assert (row["label"], row["null_reason"], row["next_needs"]) == (
        None, "no_manager", "a cluster manager",
    )  # fmt: skip


def test_an_association_without_a_schedule_is_not_judged(registry):
    one = Round("r1", "2026").cluster("c", {MEMBERS: 10})
    row = label_of(registry(one))
    assert (row["null_reason"], row["self_declared_null_reason"]) == (
        "no_association_schedule", "no_association_schedule",
    )  # fmt: skip


def test_the_newest_round_tells_lists_and_every_round_documents(registry):
    old = Round("old", "2024").cluster(TIRUPPUR, {MEMBERS: 5}, state_code="33", product="Knitwear")
    new = Round("new", "2026").cluster(TIRUPPUR, {MEMBERS: 5}, state_code="33", product="Knitwear")
    study = {"document_kind": "case_study", "document_year": 2019, "document_language": "en"}
    for one, word in ((old, "old"), (new, "new")):
        one.entry("stage", TIRUPPUR, stage_name=f"{word} dyeing", stage_kind="production",
                  stage_present=1, stage_location="inside")  # fmt: skip
        one.entry("document", TIRUPPUR, document_title="The same", document_agency=word,
                  document_themes="technology", **study)  # fmt: skip
        one.entry("document", TIRUPPUR, document_title=f"A {word} one", document_agency=word,
                  document_themes="finance;markets", **study)  # fmt: skip
    old.entry("milestone", TIRUPPUR, milestone_step="selection", milestone_completed="2020-01")
    new.entry("milestone", TIRUPPUR, milestone_step="diagnostic_study", milestone_started="2025")
    warehouse = registry(old, new)
    assert warehouse.rows("select stage_name, round from marts.value_chain_stages") == [
        ("new dyeing", "new")
    ]
    assert warehouse.rows(
        "select title, agency, state_name, product from marts.cluster_documents order by title"
    ) == [
        ("A new one", "new", "Tamil Nadu", "Knitwear"),
        ("A old one", "old", "Tamil Nadu", "Knitwear"),
        ("The same", "new", "Tamil Nadu", "Knitwear"),
    ]
    themes = "select theme_code, documents, clusters from marts.document_theme_counts"
    counts = {theme: tuple(rest) for theme, *rest in warehouse.rows(themes)}
    assert len(counts) == 14 and counts["finance"] == (2, 1) and counts["technology"] == (1, 1)
    assert counts["quality"] == (0, 0)
    steps = warehouse.rows(
        "select step_number, status, step_null_reason, round from marts.cluster_milestones "
        "order by step_number"
    )
    assert [step[0] for step in steps] == list(range(1, 10))
    assert steps[0][1:] == ("completed", None, "old")
    assert steps[2][1:] == ("running", None, "new")
    assert steps[1][1:] == ("not_reported", "not_reported", None)


def test_what_no_round_describes_is_shown_and_says_so(registry):
    one = Round("r", "2026").entry(
        "organisation", KARUR, organisation_kind="bank", organisation_name="A bank",
        organisation_role="finance",
    )  # fmt: skip
    [row] = registry(one).query("from marts.cluster_organisations").to_dict("records")
    assert (row["cluster_id"], row["cluster_name"], row["state_name"]) == (
        KARUR,
        None,
        "Tamil Nadu",
    )
    assert (row["null_reason"], row["contact_null_reason"]) == (
        "cluster_not_described", "no_contact_given",
    )  # fmt: skip


def test_from_the_file_to_the_tables(compiled, tmp_path):
    """A workbook as it comes back, through intake and every model on the way."""
    sheets = {
        "contact": [sheet_row("contact")],
        "organisation": [
            sheet_row("organisation"), sheet_row("organisation", organisation_name="Sita Devi")
        ],
        "document": [sheet_row("document")],
        "stage": [
            sheet_row("stage"),
            sheet_row("stage", stage_name="yarn suppliers", stage_kind="supplier", stage_present=0,
                      stage_location=-6),
        ],
        "milestone": [sheet_row("milestone")],
        "activity": [sheet_row("activity")],
    }  # fmt: skip
    tables = taken_in(write_registry_round(tmp_path / "r", sheets)).tables
    one = Round()
    for table in COLUMNS:
        rows = tables[table].astype(object)
        one.rows[table] = rows.where(rows.notna(), None).to_dict("records")
    warehouse = RoundsWarehouse(compiled, one).build_rounds().build_registry()
    assert warehouse.rows(
        "select organisation_name, contact_office from marts.cluster_organisations"
    ) == [("National Institute of Fashion Technology", "Training department")]
    assert warehouse.rows("select themes, language from marts.cluster_documents") == [
        ("technology;finance", "en")
    ]
    assert warehouse.rows(
        "select stage_name, is_present, location, location_null_reason "
        "from marts.value_chain_stages order by stage_name"
    ) == [("dyeing", True, "inside", None), ("yarn suppliers", False, None, "absent")]
    assert warehouse.rows(
        "select status, agency, agent_post, completed_on from marts.cluster_milestones "
        "where step = 'diagnostic_study'"
    ) == [("completed", "District Industries Centre", "Deputy Director", "2024-11-30")]
    ticks = "select activity_code from marts.cluster_activities where is_ticked order by all"
    assert warehouse.rows(ticks) == [("MR",), ("fairs",), ("training",)]
    assert warehouse.rows(
        "select activity_list, count(*), count(is_ticked), max(tick_null_reason) "
        "from marts.cluster_activities group by all order by all"
    ) == [
        ("association_service", 12, 12, None),
        ("facility_service", 10, 0, "not_asked"),
        ("typology_cell", 15, 15, None),
    ]
    assert warehouse.rows(
        "select office_phone, office_email, members_micro, members_small, contact_null_reason "
        "from marts.cluster_associations"
    ) == [("0421-2232650", "secretary@knitwear.example.org", 40, 10, None)]


@pytest.mark.slow
def test_the_sample_is_published_with_labels_of_each_kind(built_home):
    settings = built_home.settings
    labels = {label for (label,) in built_home.query("select distinct label from cluster_labels")}
    assert labels == {None, "none", "bronze", "silver", "gold"}
    rejected = built_home.query(
        "select count(*) from cluster_organisations where organisation_name like '%Person%'"
    )
    assert rejected == [(0,)]
    everything = documents(settings, Search())
    assert everything["is_synthetic"].all() and len(everything) > 50
    matches = documents(settings, Search(themes=("impact",), sector="LEATHER", state="Tamil Nadu"))
    assert set(matches["state_code"]) == {"33"}
    assert matches["themes"].str.contains("impact").all()
    assert matches["product"].str.contains("leather").all()
