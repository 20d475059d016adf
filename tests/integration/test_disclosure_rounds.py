"""Disclosure control of survey rounds: an attack by linear programs on invented clusters."""

import numpy as np
import pytest

from locus_pipeline.rounds.items import load_items
from tests.support.rounds_attack import attackers
from tests.support.rounds_warehouse import Round, RoundsWarehouse

STRATUM = ("micro", True)
AMOUNTS = [item.name for item in load_items("unit") if item.kind in ("number", "integer")]
# Units by cluster in each of two rounds: a hidden one, one that is hidden at first, and one that is
# shown, of which a few units make most.
CLUSTERS = {"two": [2, 2], "grown": [4, 6], "eight": [8, 8]}


def rounds(seed: int, clusters: dict[str, list[int]], spread: float = 1.2) -> list[Round]:
    """Rounds every three years. A few units are far larger than the others, a fifth has none of an
    item, and where one doesn't export the question does not apply."""
    random = np.random.default_rng(seed)
    series = []
    for at in range(len(next(iter(clusters.values())))):
        period = str(2020 + 3 * at)
        one = Round(f"r{at}", period, is_synthetic=False)
        for cluster, counts in clusters.items():
            one.cluster(cluster, {STRATUM: counts[at]})
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
                one.unit(cluster, f"{cluster}{unit}", STRATUM, **answers)
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


def even(amounts: dict[str, list[float]], **of_cluster) -> Round:
    """One cluster `c`, its units by item."""
    count = len(next(iter(amounts.values())))
    one = Round(is_synthetic=False).cluster("c", {STRATUM: count})
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


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_no_metric_of_many_rounds_tells_of_one_or_two_units(compiled, seed):
    clusters = {"six": [6] * 3, "nine": [9] * 3, "twenty": [20] * 3}
    many = rounds(seed, clusters, spread=0.6 + seed / 10)
    assert told(RoundsWarehouse(compiled, *many).build_rounds()) == {}
