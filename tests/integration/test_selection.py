"""Selection and plan from rounds, cells of the survey and files of the user to the marts."""

import pytest
from pytest import approx

from locus_pipeline.methods.index.ranking import SYNTHETIC
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.selection import (
    PLAN,
    PLAN_COSTS,
    POVERTY_LINES,
    QUOTAS,
    WEIGHTS,
)
from locus_pipeline.user_tables.tables import INTERVENTIONS
from tests.support.rounds_warehouse import Round
from tests.support.selection_tables import WEIGHT_ROWS
from tests.support.selection_warehouse import SelectionWarehouse

MEMBERS = ("micro", True)
UNITS = 6


def two_clusters(is_synthetic: bool = False, period: str = "2026") -> Round:
    """All units of a handloom cluster of Latur and of one of Pune answer, so that no figure has an
    error."""
    one = Round(period=period, is_synthetic=is_synthetic)
    for cluster, district in (("a", "Latur"), ("b", "Pune")):
        one.cluster(cluster, {MEMBERS: UNITS}, state_code="27", districts=district)
        for at in range(UNITS):
            one.unit(
                cluster, f"{cluster}{at}", MEMBERS, persons=50, women=20 if cluster == "a" else 5,
                wages=6_000_000, gross_value_added=100, sales=1000, states_sold_to=4,
                countries_sold_to=0, product_code_1="P" if cluster == "a" or at else "Q",
                persons_sc_st_minority=10, persons_bpl=10, fixed_capital=5_000_000,
                entrepreneur_sex="woman" if at < 3 else "man",
                entrepreneur_group="sc" if at < 2 else "st" if at == 2 else "other",
            )  # fmt: skip
        one.answers("cluster", cluster, power_hours=15, highway_minutes=50, median_distance_km=4)
        one.answers(
            "association", cluster, association_exists=1, cluster_brand=1, board_elected=1,
            agm_held=1, accounts_audited=1, minutes_open=1, members=27, units_in_cluster=60,
        )  # fmt: skip
    return one


def built(compiled, *rounds: Round, settings: Settings | None = None) -> SelectionWarehouse:
    warehouse = SelectionWarehouse(compiled, *rounds).survey({}, {"27": 600_000.0})
    if settings:
        warehouse.give_user_tables(settings)
    warehouse.build_rounds()
    return warehouse.build_selection()


@pytest.fixture(scope="module")
def chosen(compiled) -> SelectionWarehouse:
    return built(compiled, two_clusters())


@pytest.fixture
def home(tmp_path) -> Settings:
    (tmp_path / "selection").mkdir()
    (tmp_path / "registry").mkdir()
    return Settings(tmp_path)


def row_of(warehouse: SelectionWarehouse, table: str, cluster: str = "a"):
    [row] = warehouse.query(f"from marts.{table} where object_id = '{cluster}'").itertuples()
    return row


def measures_of(warehouse: SelectionWarehouse, lens: str, cluster: str = "a"):
    return warehouse.query(
        "from marts.cluster_selection_measures where basis = 'rounds' "
        f"and lens = '{lens}' and object_id = '{cluster}'"
    ).set_index("measure")


def test_criteria_of_growth_by_hand(chosen):
    row, measures = row_of(chosen, "cluster_growth_selection"), measures_of(chosen, "growth")
    # all sell one product; the other cluster sells 1/6 of another; a brand, not a GI
    assert measures.value["product_concentration"] == approx(1)
    assert measures.value["product_distinctness"] == approx(1 / 6, abs=1e-4)
    assert row.distinct_product == approx((1 + 0 + 0.5) / 3)
    # 300 persons, and 0.5 of 1000 in the state
    persons, of_state = 0.20735, 0.25897
    assert row.employment == approx((persons + of_state) / 2, abs=1e-4)
    # an association 1, four points of governance 1, 45 % members
    assert row.local_leadership == approx((1 + 1 + 0.5) / 3)
    # 15 of 8 to 22 hours, 50 of 90 to 10 minutes
    assert row.basic_infrastructure == approx(0.5)
    assert row.socio_environmental_need == approx(0.2)
    assert row.criteria_measured == 5
    assert row.points == approx(
        row.distinct_product + row.employment + row.local_leadership
        + row.basic_infrastructure + row.socio_environmental_need
    )  # fmt: skip
    assert (row.attainable, row.share) == (approx(5), approx(row.points / 5))
    reasons = measures.null_reason.dropna().to_dict()
    assert reasons["agencies"] == "no_registry"
    assert reasons["employment_growth"] == "no_earlier_round"
    assert (reasons["output_growth"], reasons["outages"]) == ("not_asked", "not_asked")


def test_criteria_against_poverty_by_hand(chosen):
    row, measures = row_of(chosen, "cluster_pro_poor_selection"), measures_of(chosen, "pro_poor")
    # 20 % of workers, half of the entrepreneurs; of those SC 1/3 and ST 1/6 beside
    assert row.social_groups == approx((1 / 7 + 4 / 7) / 2, abs=1e-5)
    assert measures.value[["sc_entrepreneurs", "st_entrepreneurs"]].tolist() == approx(
        [1 / 3, 1 / 6], abs=1e-5
    )
    assert measures.points["sc_entrepreneurs"] != measures.points["sc_entrepreneurs"]
    assert row.women == approx((0.5 + 1) / 2)
    assert row.nearness == approx(11 / 14)
    assert (row.region_share, row.priority_region) == (1, 1)
    assert row_of(chosen, "cluster_pro_poor_selection", "b").region_share == 0
    # sold in four states, value added above nothing; growth and prices not measured
    assert (row.signs_measured, row.signs_held, row.is_marketable) == (2, 2, True)
    assert measures.null_reason["wage_to_poverty_line"] == "no_deflator_for_the_poverty_line"
    assert row.rank == 1


def test_shares_are_means_of_the_criteria_by_the_weights_in_force(chosen):
    [(differing,)] = chosen.rows(
        """
        with criteria as (
            select criteria.object_id, criteria.period, criteria.lens,
                sum(criteria.points * weights.weight)
                    / sum(case when criteria.points is not null then weights.weight end) as share
            from intermediate.int_selection_criteria as criteria
            inner join intermediate.int_selection_weights as weights using (lens, criterion)
            where criteria.basis = 'rounds'
            group by all
        )
        select count(*) from criteria
        inner join intermediate.int_selection_scores as scores using (object_id, period, lens)
        where abs(criteria.share - scores.share) > 1e-9
        """
    )
    assert differing == 0


def test_weights_from_a_file_reach_the_table(compiled, home):
    lines = [
        f"growth,{row['criterion']},{4 if row['criterion'] == 'employment' else 0},Committee"
        for row in WEIGHT_ROWS
    ]
    WEIGHTS.path(home).write_text("\n".join(["lens,criterion,weight,source", *lines]))
    warehouse = built(compiled, two_clusters(), settings=home)
    row = row_of(warehouse, "cluster_growth_selection")
    assert (row.share, row.attainable, row.criteria_asked) == (approx(row.employment), 4, 1)
    measures = measures_of(warehouse, "growth")
    assert measures.weight_source["persons"] == "Committee"
    # the other lens keeps the seed's
    assert measures_of(warehouse, "pro_poor").criterion_weight["women_workers"] == 2


def test_quotas_and_a_registry_from_files_reach_the_tables(compiled, home):
    QUOTAS.path(home).write_text(
        "lens,kind,code,at_least,at_most,source\n"
        "growth,list,,,1,Committee\n"
        "growth,backward_area,,1,,Committee\n"
    )
    INTERVENTIONS.path(home).write_text(
        f"{','.join(INTERVENTIONS.columns)}\n"
        "b,UNIDO,Pilot,ML,recommended,,,,,Letter,false\n"
        "b,GIZ,Pilot,ML,sanctioned,,,,,Letter,false\n"
        "b,NABARD,Pilot,ML,dropped,,,,,Letter,false\n"
    )
    warehouse = built(compiled, two_clusters(), settings=home)
    # two of three agencies; nobody recommends the other
    first, second = (row_of(warehouse, "cluster_growth_selection", one) for one in "ab")
    assert (first.recommended, second.recommended) == (0, approx(2 / 3))
    # the better cluster gives way to the one in the backward area
    assert (first.rank, second.rank) == (2, 1)
    assert (first.list_reason, second.list_reason) == ("selected_for_quota", "gave_way")
    assert (first.is_selected, second.is_selected, second.place_after_list) == (True, False, 1)


def test_a_poverty_line_from_a_file_reaches_the_table(compiled, home):
    POVERTY_LINES.path(home).write_text(
        "survey_year,state_code,setting,line,source\n"
        "2025-26,27,rural,1000,Gazette\n2025-26,IN,urban,3000,Gazette\n"
    )
    one = two_clusters(period="2025-26")
    warehouse = built(compiled, one, settings=home)
    measures = measures_of(warehouse, "pro_poor")
    # Rs 10,000 a month against five times the mean of both lines: no setting is told
    assert measures.value["wage_to_poverty_line"] == approx(1)
    assert row_of(warehouse, "cluster_pro_poor_selection").low_wages == approx(1)


def test_synthetic_data_makes_shares_and_no_list_and_every_cluster_is_planned(compiled):
    warehouse = built(compiled, two_clusters(is_synthetic=True))
    for table in ("cluster_growth_selection", "cluster_pro_poor_selection"):
        row = row_of(warehouse, table)
        assert row.share > 0 and row.is_synthetic
        assert row.rank_reason == SYNTHETIC
    [(ranked,)] = warehouse.rows(
        "select count(*) from intermediate.int_selection_scores where rank is not null "
        "or is_selected is not null or probability_selected is not null"
    )
    assert ranked == 0
    assert warehouse.rows("select distinct basis, is_synthetic from marts.cluster_plan") == [
        ("every_named_cluster", True)
    ]


def test_a_plan_of_a_list_from_files_reaches_the_tables(compiled, home):
    PLAN.path(home).write_text(
        "cluster_id,cluster_name,state_code,rule,size,infrastructure,source\n"
        "a,Known here,27,unorganised_supported,average,true,Committee\n"
        "x,Not known here,33,industrial,average,false,Committee\n"
    )
    PLAN_COSTS.path(home).write_text(
        "cluster_id,cost,payer,low_lakh,high_lakh,first_year,last_year,source\n"
        "x,Shed,other_sources,10,20,5,,Report\n"
    )
    warehouse = built(compiled, two_clusters(), settings=home)
    totals = warehouse.query("from marts.cluster_plan_totals").set_index("code")
    amounts = ["low_lakh", "average_lakh", "high_lakh"]
    assert totals.loc["a", amounts].tolist() == approx([190, 265, 340])
    assert totals.loc["x", amounts].tolist() == approx([100, 130, 160])
    assert totals.loc["all", amounts].tolist() == approx([290, 395, 500])
    # 1:1:2 of 50-100
    assert totals.loc["a", "support_institutions_high_lakh"] == approx(50)
    assert totals.loc["33", "year_5_high_lakh"] == approx(20 + 0.2 * 140)
    years = [f"year_{year}_average_lakh" for year in range(1, 6)]
    assert totals.loc["all", years].sum() == approx(395)
    assert totals.loc["all", ["allocation_low_lakh", "printed_low_lakh"]].tolist() == [240, 210]
    assert totals.discrepancy["all"].startswith("The printed figure does not follow")
    assert warehouse.rows("select distinct basis from marts.cluster_plan") == [("list",)]


def test_clusters_in_states_are_chosen_without_any_round(compiled):
    few = {"CV02": 5, "CV07": 2.5, "CP09": 1000, "HB03": 8.5, "HB04": 0.2, "ST02": 0.1,
           "SH04": 0.2, "CP17": 0.4, "CP19": 0.2, "CV04": 9, "CV11": 0.9}  # fmt: skip
    warehouse = SelectionWarehouse(compiled).survey(
        {"10-1": few, "27-1": few | {"CV02": 15}}, {"10": 10_000, "27": 10_000}
    )
    warehouse.build_rounds()
    rows = warehouse.build_selection().query(
        "from marts.state_cluster_selection"
    ).set_index(["lens", "object_id"])  # fmt: skip
    first = rows.loc[("growth", "10-1")]
    # growth 1/2; persons 1/3, 100 of 1000 all; power 1/2; institutions 1/2
    assert first.share == approx((0.5 + (1 / 3 + 1) / 2 + 0.5 + 0.5) / 4, abs=1e-4)
    assert (first.coverage, first.criteria_measured) == (approx(0.5), 4)
    assert rows["rank"]["growth"].to_dict() == {"10-1": 2, "27-1": 1}
    assert rows.region_reason["pro_poor", "27-1"] == "part_of_the_state"
    assert rows.is_marketable["pro_poor", "10-1"]
    assert warehouse.rows("select count(*) from marts.cluster_growth_selection") == [(0,)]
    assert warehouse.rows("select count(*) from marts.cluster_plan_totals") == [(0,)]


def test_a_real_cluster_of_few_units_shows_no_product_and_no_entrepreneur(compiled):
    one = Round(is_synthetic=False).cluster("a", {MEMBERS: 3})
    for at in range(3):
        one.unit(
            "a", f"u{at}", MEMBERS, sales=10, product_code_1="P", entrepreneur_sex="woman",
            entrepreneur_group="sc",
        )  # fmt: skip
    measures = measures_of(built(compiled, one), "growth")
    assert measures.null_reason["product_concentration"] == "too_few_units_with_products"
    assert measures.value["product_concentration"] != measures.value["product_concentration"]
    poor = measures_of(built(compiled, one), "pro_poor")
    assert set(poor.null_reason[["women_entrepreneurs", "sc_entrepreneurs"]]) == {
        "suppressed_primary"
    }
