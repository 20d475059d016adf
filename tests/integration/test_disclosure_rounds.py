"""Disclosure control of survey rounds: an attack by linear programs on invented clusters."""

import numpy as np
import pytest

from locus_pipeline.rounds.items import load_items
from tests.support import errors_attack
from tests.support.rounds_attack import attackers
from tests.support.rounds_warehouse import Round, RoundsWarehouse

STRATUM = ("micro", True)
AMOUNTS = [item.name for item in load_items("unit") if item.kind in ("number", "integer")]
# Units by cluster in each of two rounds: a hidden one, one that is hidden at first, and one that is
# shown, of which a few units make most.
CLUSTERS = {"two": [2, 2], "grown": [4, 6], "eight": [8, 8]}


def rounds(
    seed: int,
    clusters: dict[str, list[int]],
    spread: float = 1.2,
    strata: tuple[tuple[str, bool], ...] = (STRATUM,),
    frame: int = 1,
) -> list[Round]:
    """Rounds every three years. A few units are far larger than the others, a fifth has none of an
    item, and where one doesn't export the question does not apply. The units take turns in the
    strata; of each, `frame` times as many stand in the list."""
    random = np.random.default_rng(seed)
    series = []
    for at in range(len(next(iter(clusters.values())))):
        period = str(2020 + 3 * at)
        one = Round(f"r{at}", period, is_synthetic=False)
        for cluster, counts in clusters.items():
            listed = -(-counts[at] // len(strata)) * frame
            one.cluster(cluster, dict.fromkeys(strata, listed))
            for unit in range(counts[at]):
                size = np.exp(random.normal(10, spread))
                answers = {
                    name: round(size * np.exp(random.normal(-1, 0.6)), 2)
                    if random.random() < 0.8
                    else 0
                    for name in AMOUNTS
                }
                added = answers["output"] - answers["input"]
                answers["gross_value_added"] = round(added, 2)
                kinds = ("direct_workers", "contract_workers", "salaried_staff")
                answers["wages"] = round(sum(answers[f"wages_{kind}"] for kind in kinds), 2)
                answers["exports"] = -6 if random.random() < 0.2 else answers["exports"]
                answers["wages"] = -8 if random.random() < 0.05 else answers["wages"]
                answers["persons"] = max(1, round(size / 1e3))
                stratum = strata[unit % len(strata)]
                one.unit(cluster, f"{cluster}{unit}", stratum, **answers)
        series.append(one)
    return series


def told(warehouse: RoundsWarehouse, *clusters: str) -> dict[str, list[tuple]]:
    """What is told of the units of these clusters, or of all."""
    by_cluster = {
        name: attacker.told()
        for name, attacker in attackers(warehouse).items()
        if name in clusters or not clusters
    }
    return {name: of_cluster for name, of_cluster in by_cluster.items() if of_cluster}


@pytest.fixture(scope="module")
def warehouse(compiled) -> RoundsWarehouse:
    return RoundsWarehouse(compiled, *rounds(1, CLUSTERS)).build_rounds()


def test_no_metric_tells_of_one_or_two_units(warehouse):
    assert told(warehouse) == {}
    shown, hidden = warehouse.rows(
        """
        select count(value), count(*) filter (where null_reason = 'suppressed_primary')
        from facts.facts_round_metrics where object_id = 'eight' and parameter_code in (
            select parameter_code from facts.int_round_terms where schedule = 'unit'
        )
        """
    )[0]
    assert shown > 2 * hidden > 0, "to hide everything is no control"


@pytest.mark.parametrize(
    ("rule", "cluster"),
    [("few_units", "two"), ("dominance", "eight"), ("left_out", "eight"),
     ("earlier_round", "grown"), ("linked", "eight")],
)  # fmt: skip
def test_a_rule_that_is_forgotten_is_found_out(warehouse, rule, cluster):
    control = warehouse.query("from facts.int_round_disclosure")
    assert (control.rule == rule).any()
    warehouse.give("facts.int_round_disclosure", control[control.rule != rule])
    warehouse.build("facts_round_metrics")
    try:
        assert told(warehouse, cluster)
    finally:
        warehouse.give("facts.int_round_disclosure", control)
        warehouse.build("facts_round_metrics")


def even(amounts: dict[str, list[float]], frame: int | None = None, **of_cluster) -> Round:
    """One cluster `c`, its units by item; all of the `frame`, if not said otherwise."""
    count = len(next(iter(amounts.values())))
    one = Round(is_synthetic=False).cluster("c", {STRATUM: frame or count})
    for unit in range(count):
        answers = {item: values[unit] for item, values in amounts.items()}
        one.unit("c", f"u{unit}", STRATUM, **answers)
    return one.answers("cluster", "c", **of_cluster)


@pytest.mark.parametrize(
    ("exports", "hidden"),
    [
        # of eight units seven export all that they sell: what is sold at home is of one
        ([50.0] * 7 + [0.0], {"CP12", "CV06"}),
        ([25.0] * 8, set()),
        # what two sell that don't export is all sales less those of the exporters
        ([25.0] * 6 + [-6, -6], {"CV06"}),
        # of five units one is not told
        ([25.0] * 5 + [-6] * 5, set()),
    ],
)
def test_exports_and_sales_do_not_tell_what_few_units_sell(compiled, exports, hidden):
    one = even({"sales": [50.0] * len(exports), "exports": exports})
    warehouse = RoundsWarehouse(compiled, one).build_rounds()
    reasons = {code: warehouse.metric(code).null_reason for code in ("CP11", "CP12", "CV06")}
    assert {code for code, reason in reasons.items() if reason == "suppressed_primary"} == hidden
    assert told(warehouse) == {}


@pytest.mark.parametrize("units", [4, 5])
def test_the_clusters_own_records_do_not_tell_the_hidden_sum_of_its_units(compiled, units):
    one = even(
        {"persons": [10] * units, "gross_value_added": [5e5] * units},
        cluster_gva=25, district_gva=1000, persons_estimate=10 * units, patents_filed=1,
        designs_filed=1, highway_minutes=20,
    )  # fmt: skip
    warehouse = RoundsWarehouse(compiled, one).build_rounds()
    reasons = [warehouse.metric(code).null_reason for code in ("CP08", "CP09", "CV01", "CV03")]
    assert reasons == ["suppressed_primary" if units < 5 else None] * 4
    assert warehouse.metric("HB06").value == 20


SAMPLED = {"six": [6, 6], "sixteen": [16, 16]}
TWO_STRATA = (STRATUM, ("small", False))


@pytest.mark.parametrize("strata", [(STRATUM,), TWO_STRATA], ids=["one stratum", "two strata"])
def test_no_standard_error_tells_an_owner_of_another_unit(compiled, strata):
    series = rounds(3, SAMPLED, spread=0.8, strata=strata, frame=3)
    warehouse = RoundsWarehouse(compiled, *series).build_rounds()
    assert errors_attack.told(warehouse) == []
    errors = """
        select count(standard_error), count(*) from facts.facts_round_metrics
        where value is not null and object_id = 'sixteen'
            and parameter_code in ('CP08', 'CP11', 'CP12', 'CU05', 'CU06', 'CU08')
        """
    shown, figures = warehouse.rows(errors)[0]
    assert shown > figures / 2, "to hide every error is no control"
    control = warehouse.query("from facts.int_round_told_errors where rule <> 'squares'")
    warehouse.give("facts.int_round_told_errors", control)
    warehouse.build("facts_round_metrics")
    assert errors_attack.told(warehouse), "a rule that is forgotten is found out"


@pytest.mark.parametrize(
    ("sales", "is_told"),
    [
        ([60.0, 20.0, 10.0, 5.0, 5.0], True),  # the second knows the first to 1 %
        ([10.1, 10.0, 9.9, 10.0, 10.0, 10.1], True),  # all are known to be alike
        ([30.0, 28.0, 25.0, 9.0, 8.0, 6.0, 3.0, 2.0, 1.0], False),
    ],
)
def test_the_error_of_a_total_is_hidden_where_it_tells_the_largest_unit(compiled, sales, is_told):
    one = even({"sales": [amount * 1e6 for amount in sales]}, frame=100)
    total = RoundsWarehouse(compiled, one).build_rounds().metric("CP11")
    assert total.value > 0
    assert np.isnan(total.standard_error) == is_told


@pytest.mark.parametrize(("units", "is_told"), [(5, True), (12, False)])
def test_the_error_of_a_median_is_hidden_where_its_interval_holds_all_answers(
    compiled, units, is_told
):
    one = even({"lead_time_days": [10.0 + unit for unit in range(units)]}, frame=100)
    median = RoundsWarehouse(compiled, one).build_rounds().metric("HR04")
    assert median.value == 10 + (units - 1) // 2
    assert np.isnan(median.standard_error) == is_told


def test_nothing_printed_adds_up_the_answers_of_a_median(warehouse):
    """The attack leaves medians out: each is what some unit answered, nobody knows which, and
    nothing else is printed of these items that would tell."""
    terms = warehouse.query("from facts.int_round_terms where schedule = 'unit'")
    of_medians = set(terms.item[terms.statistic == "median"])
    assert of_medians and not of_medians & set(terms.item[terms.statistic != "median"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_no_standard_error_of_many_rounds_tells_of_another_unit(compiled, seed):
    series = rounds(seed, SAMPLED, spread=0.2 + seed / 10, strata=TWO_STRATA, frame=2)
    assert errors_attack.told(RoundsWarehouse(compiled, *series).build_rounds()) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_no_metric_of_many_rounds_tells_of_one_or_two_units(compiled, seed):
    clusters = {"six": [6] * 3, "nine": [9] * 3, "twenty": [20] * 3}
    many = rounds(seed, clusters, spread=0.6 + seed / 10)
    assert told(RoundsWarehouse(compiled, *many).build_rounds()) == {}
