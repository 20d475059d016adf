"""Grades, gate inputs, objects and the registry, on rounds made by hand; and what they rest on."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.tables import AGENCIES, INTERVENTIONS
from tests.support.lineage import ancestors, manifest_of, schemas, seeds_of
from tests.support.rounds_warehouse import REGISTRY, ROUNDS, Round, RoundsWarehouse

MEMBERS, OTHERS = ("micro", True), ("small", False)


@pytest.fixture
def built(compiled):
    return lambda *rounds: RoundsWarehouse(compiled, *rounds).build_rounds()


def graded(grades: str, items: int = 20, answered: int = 20, frame: int = 10) -> Round:
    """A cluster whose units have these grades; each unit stands for as many."""
    one = Round().cluster("c", {MEMBERS: frame})
    for at, grade in enumerate(grades):
        one.unit("c", f"u{at}", MEMBERS, grade, items, answered)
    return one


@pytest.mark.parametrize(
    "grades, answered, expected",
    [
        ("AAABC", 17, "A"),  # 60 % of the weight, 85 % of the questions
        ("AAABC", 16, "B"),  # fewer than 85 % answered
        ("AABBC", 20, "B"),  # 40 % A, 80 % A or B
        ("ABBCC", 15, "B"),  # 60 %, 75 %
        ("ABBCC", 14, "C"),  # fewer than 75 % answered
        ("ABCCC", 20, "C"),  # 40 % A or B
    ],
)
def test_a_cluster_is_graded_by_weight_and_response(built, grades, answered, expected):
    rows = built(graded(grades, answered=answered)).query("from facts.facts_cluster_grades")
    [row] = rows.itertuples()
    assert row.grade == expected
    assert row.item_response == approx(answered / 20)
    assert [row.weight_share_a, row.weight_share_b, row.weight_share_c] == approx(
        [grades.count(grade) / 5 for grade in "ABC"]
    )


def test_grades_are_weighted_by_the_units_that_a_unit_stands_for(built):
    one = Round().cluster("c", {MEMBERS: 2, OTHERS: 98})
    one.unit("c", "a", MEMBERS, "C").unit("c", "b", MEMBERS, "C").unit("c", "p", OTHERS, "A")
    [row] = built(one).query("from facts.facts_cluster_grades").itertuples()
    assert (row.weight_share_a, row.grade) == (approx(0.98), "A")


def test_without_accepted_units_there_is_no_reliable_data(built):
    [row] = built(graded("")).query("from facts.facts_cluster_grades").itertuples()
    assert (row.grade, row.units_accepted, row.null_reason) == ("C", 0, "no_units_accepted")
    assert np.isnan(row.item_response)


def test_gate_inputs_say_what_was_answered(built):
    one = graded("AAAAB", frame=50).cluster("silent", {OTHERS: 12}, benchmark_cluster_code=None)
    one.answers("cluster", "c", reference_year=2026, units_functioning=60)
    one.answers(
        "association", "c",
        association_exists=1, year_registered=2020, agm_held=0, members=30, units_in_cluster=120,
        staff_fte=-7, manager_named=1, data_sharing_agreement=1,
    )  # fmt: skip
    rows = built(one).query("from facts.facts_gate_inputs order by object_id")
    row = rows.iloc[0].to_dict()
    assert {key: row[key] for key in (
        "object_id", "period", "association_registered", "association_years", "agm_held",
        "units_functioning", "members", "manager_named", "member_share",
        "data_sharing_agreement", "grade", "units_accepted", "units_in_frame", "collected_to",
        "collection_mode", "controller",
    )} == {
        "object_id": "c", "period": "2026", "association_registered": True,
        "association_years": 6, "agm_held": False, "units_functioning": 60, "members": 30,
        "manager_named": True, "member_share": 0.25, "data_sharing_agreement": True,
        "grade": "A", "units_accepted": 5, "units_in_frame": 50, "collected_to": "2026-06-30",
        "collection_mode": "fresh_facts", "controller": "index agency",
    }  # fmt: skip
    assert np.isnan(row["staff_fte"])
    silent = rows.iloc[1]
    unanswered = [
        "association_registered", "association_years", "agm_held", "members", "staff_fte",
        "manager_named", "member_share", "data_sharing_agreement", "item_response",
    ]  # fmt: skip
    assert silent[unanswered].isna().all()
    assert (silent.grade, silent.units_accepted, silent.units_in_frame) == ("C", 0, 12)
    # the category of its industry codes, where none is stated
    assert silent.benchmark_cluster_code == "1"


def test_an_association_that_does_not_exist_fails_by_its_answer(built):
    one = graded("A").answers("association", "c", association_exists=0, members=-6)
    [row] = built(one).query("from facts.facts_gate_inputs").itertuples()
    assert row.association_registered is False
    assert pd.isna(row.members)


def test_objects_carry_what_peer_groups_need(built):
    one = Round().cluster("c", {MEMBERS: 10})
    for at in range(5):
        one.unit(
            "c", f"u{at}", MEMBERS, persons=4, fixed_capital=800000, reference_year=2026,
            year_started=2000 + at,
        )  # fmt: skip
    one.answers("cluster", "c", units_functioning=11, setting="rural", reference_year=2026)
    [row] = built(one).query("from facts.facts_round_objects").itertuples()
    assert (row.object_type, row.object_id, row.object_name) == ("named_cluster", "c", "Cluster c")
    assert (row.product, row.place, row.setting, row.cluster_type) == (
        "cloth", "Town", "rural", "handloom",
    )  # fmt: skip
    assert (row.state_name, row.benchmark_cluster_name) == ("Madhya Pradesh", "Textiles")
    assert (row.units, row.persons, row.age) == (11, 40, 24)
    assert row.labour_intensity == approx(0.5)
    assert row.capital_per_person == approx(200000)


def test_the_category_follows_the_most_units_where_none_is_stated(built):
    one = Round().cluster(
        "c", {MEMBERS: 5}, benchmark_cluster_code=None, nic_codes="15121=0.2; 13121=0.7;99999=0.1"
    )
    warehouse = built(one).build_registry()
    [row] = warehouse.query("from marts.named_clusters").itertuples()
    assert (row.benchmark_cluster_code, row.bridge_basis) == ("1", "industry_codes")
    bridge = warehouse.rows(
        "select nic_code, unit_share, benchmark_cluster_code, is_main_category, null_reason "
        "from marts.named_cluster_bridge order by position"
    )
    assert bridge == [
        ("15121", 0.2, "2", False, None),
        ("13121", 0.7, "1", True, None),
        ("99999", 0.1, None, False, "unknown_industry_code"),
    ]


def test_the_register_describes_a_cluster_as_its_newest_round_does(built):
    rounds = [
        Round("r1", "2024").cluster("c", {MEMBERS: 5}, place="Old town"),
        Round("r2", "2026").cluster("c", {MEMBERS: 5}, place="New town"),
        Round("r3", "2025").cluster("c", {MEMBERS: 5}, place="Mid town"),
    ]
    rounds[1].answers("association", "c", association_exists=1, association_name="Weavers' guild")
    warehouse = built(*rounds).build_registry()
    [row] = warehouse.query("from marts.named_clusters").itertuples()
    assert (row.place, row.newest_round, row.newest_period, row.periods) == (
        "New town", "r2", "2026", 3,
    )  # fmt: skip
    [association] = warehouse.query("from marts.cluster_associations").itertuples()
    assert (association.association_name, association.association_exists) == (
        "Weavers' guild", True,
    )  # fmt: skip


def test_past_interventions_are_told_apart(built):
    one = Round().cluster("c", {MEMBERS: 5})
    told = "UNIDO | CDP | 2004-2006 | 12.5 | yes; DIC | MSE-CDP | 2010 | about 3 | no;Bank"
    one.answers("cluster", "c", past_interventions=told)
    assert built(one).build_registry().rows(
        "select agency_name, scheme, years_told, amount_lakh, report_on_file, basis "
        "from marts.cluster_interventions order by agency_name"
    ) == [
        ("Bank", None, None, None, None, "round"),
        ("DIC", "MSE-CDP", "2010", None, False, "round"),
        ("UNIDO", "CDP", "2004-2006", 12.5, True, "round"),
    ]


def test_tables_of_the_user_add_to_the_registry(compiled, tmp_path):
    """An own agency, one that replaces an agency of the annexure, and a recommendation."""
    settings = Settings(tmp_path)
    (settings.home / "registry").mkdir()
    AGENCIES.path(settings).write_text(
        "agency_code,agency_name,agency_group,work,area_codes,source,is_synthetic\n"
        "FMC,Foundation for MSME Clusters,other_institute,,capability;markets,Its site,false\n"
        "GIZ,GIZ as of today,other_institute,,technology,Its site,false\n"
    )
    INTERVENTIONS.path(settings).write_text(
        f"{','.join(INTERVENTIONS.columns)}\n"
        "c,FMC,Pilot,ML,recommended,2024,,12.5,true,Letter,false\n"
        "c,FMC,Pilot,SS,recommended,,,,,Letter,false\n"
    )
    one = Round().cluster("c", {MEMBERS: 5})
    warehouse = RoundsWarehouse(compiled, one)
    warehouse.give_user_tables(settings)
    warehouse.build_rounds().build_registry()
    assert warehouse.rows(
        "select agency_code, agency_name, basis, works_on_markets, works_on_innovation "
        "from marts.support_agencies where agency_code in ('FMC', 'GIZ') order by agency_code"
    ) == [
        ("FMC", "Foundation for MSME Clusters", "registry", True, False),
        ("GIZ", "GIZ as of today", "registry", False, False),
    ]
    assert warehouse.rows("select count(*) from marts.support_agencies") == [(16,)]
    assert warehouse.rows(
        "select agency_name, approach, objective, first_year, last_year, amount_lakh, "
        "report_on_file from marts.cluster_interventions order by intervention_type"
    ) == [
        ("Foundation for MSME Clusters", "Linkage with value chain partners", "Marketing", 2024,
         None, 12.5, True),
        ("Foundation for MSME Clusters", "Special activities", "Sustainable local organisations",
         None, None, None, None),
    ]  # fmt: skip
    # one agency, however often it recommends
    assert warehouse.rows("select recommended_by_agencies from marts.cluster_selection") == [(1,)]


def test_selection_gives_points_by_thresholds_and_shows_its_parts(built):
    one = Round().cluster("c", {MEMBERS: 5}, state_code="27")
    for at in range(5):
        one.unit("c", f"u{at}", MEMBERS, persons=200, persons_bpl=60, water_enough=int(at < 3))
    one.answers(
        "cluster", "c", power_hours=20, highway_minutes=90, effluent_treated=4,
        effluent_generated=10,
    )  # fmt: skip
    one.answers(
        "association", "c", cluster_brand=1, association_exists=1, board_elected=1, agm_held=1,
        accounts_audited=0, minutes_open=0,
    )  # fmt: skip
    [row] = built(one).build_registry().query("from marts.cluster_selection").itertuples()
    assert row.distinct_product == 1  # a brand
    assert row.employment == 1  # 1,000 persons
    assert row.local_leadership == 1.5  # an association (2), two points of governance (1)
    assert row.basic_infrastructure == 1  # power 2, water of 60 % 1, 90 minutes 0
    assert row.socio_environmental_need == 1.5  # 40 % treated 2, 30 % poor 1
    assert np.isnan(row.growth_potential) and np.isnan(row.capable_institutions)
    assert np.isnan(row.recommended_by_agencies)  # no registry is kept
    assert (row.score, row.criteria_measured, row.best_score) == (6, 5, 10)
    assert row.null_reason == "not_measured"
    assert (row.low_income_share, row.region_priority) == (approx(0.3), "part")


def test_printed_tables_are_whole_and_their_differences_known(built):
    warehouse = built(Round().cluster("c", {MEMBERS: 5})).build_registry()
    totals = warehouse.query("from marts.state_cluster_totals").set_index("cluster_kind")
    assert totals.summed_total.to_dict() == {
        "micro": 2896, "handicraft": 2780, "handloom": 594, "all": 6270,
    }  # fmt: skip
    assert totals.printed_total["handicraft"] == 2779
    assert totals.difference.to_dict() == {"micro": 0, "handicraft": 1, "handloom": 0, "all": 1}
    # "around 70 per cent each of micro and artisan clusters and around 40 per cent"
    assert totals.high_poverty_share.round(3)[["micro", "handicraft", "handloom"]].tolist() == [
        0.708, 0.678, 0.418,
    ]  # fmt: skip
    needs = warehouse.query("from marts.resource_requirement").set_index("item")
    assert needs.loc["total", ["computed_low", "computed_high"]].tolist() == [160, 250]
    assert needs.loc["total", ["printed_low", "printed_high"]].tolist() == [130, 250]
    assert needs.discrepancy.dropna().index.tolist() == ["total"]
    agencies = warehouse.query("from marts.support_agencies").set_index("agency_code")
    assert len(agencies) == 15
    assert agencies.filter(like="works_on").sum().to_dict() == {
        "works_on_technology": 11, "works_on_markets": 9, "works_on_finance": 8,
        "works_on_capability": 10, "works_on_infrastructure": 8, "works_on_innovation": 8,
    }  # fmt: skip
    shares = warehouse.query("from marts.resource_contributions")
    assert shares.groupby("rule").share.sum().tolist() == [1, 1, 1, 1]


def test_without_a_round_the_tables_are_empty_and_valid(built):
    warehouse = built().build_registry()
    for table in (
        "facts.facts_round_metrics", "facts.facts_cluster_grades", "facts.facts_gate_inputs",
        "facts.facts_round_objects", "marts.named_clusters", "marts.named_cluster_bridge",
        "marts.cluster_associations", "marts.cluster_interventions", "marts.cluster_selection",
    ):  # fmt: skip
        assert warehouse.rows(f"select count(*) from {table}") == [(0,)], table


@pytest.mark.parametrize("model", [*ROUNDS, *REGISTRY])
def test_nothing_of_a_round_rests_on_the_annual_survey(compiled, model):
    manifest = manifest_of(compiled)
    above = ancestors(manifest, model)
    sources = {node.split(".")[2] for node in above if node.startswith("source.")}
    assert sources <= {"facts", "user"}
    models = {node.split(".")[-1] for node in above if node.startswith("model.")}
    schema_of = schemas(manifest)
    registry = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["fqn"][1:3] == ["marts", "registry"]
    }
    assert {schema_of[name] for name in models} <= {"facts", "definitions", "marts"}
    assert {name for name in models if schema_of[name] == "marts"} <= registry
    seeds = {node.split(".")[-1] for node in above if node.startswith("seed.")}
    survey = seeds_of(manifest, "asi") | seeds_of(manifest, "variables")
    assert {"asi_sampling_designs", "variable_fields"} <= survey
    assert seeds & survey == set()


def test_the_lineage_of_the_annual_survey_is_seen(compiled):
    """The helper finds what it looks for."""
    above = ancestors(manifest_of(compiled), "cluster_indicators")
    assert "source.locus.asi.block_a" in above
    assert "seed.locus.states" in above
