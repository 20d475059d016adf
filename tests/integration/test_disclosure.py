"""Disclosure control over all published tables: a linear-program attack on an invented economy."""


import numpy as np
import pandas as pd
import pytest

from tests.attack import INDUSTRY, Attacker, Published
from tests.unit.test_indicators_measures import macro
from tests.warehouse import Warehouse, build_indicators, build_totals

YEAR = "2022-23"
PROTECTION = 0.1
# Bounds are those of printed sums, whose last digits are lost.
DIGITS = 1e-6
UNSIGNED = ["total_employees", "total_employee_wages", "total_output", "total_input",
            "fixed_capital", "outstanding_loans", "exports"]  # fmt: skip


def economy(states: int, clusters: int, factories: int, seed: int) -> pd.DataFrame:
    """Returns of an invented year with the shape of a real one: few large states, clusters and
    factories, many small ones; every cluster has some industries, the last one is no cluster's."""
    random = np.random.default_rng(seed)

    def skewed(count: int) -> np.ndarray:
        shares = 1 / np.arange(1, count + 1) ** 1.1
        return random.choice(count, factories, p=shares / shares.sum())

    state, industry = skewed(states), skewed(3)
    cluster = (skewed(clusters) + state) % clusters
    size = np.exp(random.normal(3.5, 1.4, factories))

    def about(times: float, spread: float) -> np.ndarray:
        return np.round(size * times * np.exp(random.normal(0, spread, factories)))

    # large factories are all taken, of the others a sample
    multiplier = np.where(size > 150, 1.0, random.choice([1.0, 2.5, 4.0, 7.75], factories))
    columns = {
        "production_workers": about(0.7, 0.1), "skilled_workers": about(0.25, 0.3),
        "total_employees": about(1, 0.1), "production_worker_wages": about(9e4, 0.2),
        "skilled_worker_wages": about(5e4, 0.4), "total_employee_wages": about(1.5e5, 0.2),
        "total_output": about(2e6, 0.5), "total_input": about(1.6e6, 0.5),
        "total_output_official": about(2e6, 0.5), "total_input_official": about(1.6e6, 0.5),
        "fuels_consumed": about(8e4, 0.6), "materials_consumed": about(1.2e6, 0.5),
        "depreciation": about(5e4, 0.6), "fixed_capital": about(9e5, 0.9),
        "invested_capital": about(1.3e6, 0.9), "working_capital": about(2e5, 1.0),
        "outstanding_loans": about(4e5, 1.0), "exports": about(3e5, 1.0),
    }  # fmt: skip
    for name in ("outstanding_loans", "exports"):
        columns[name] *= random.random(factories) < 0.6
    return pd.DataFrame(
        {
            "survey_year": YEAR,
            "factory_id": [f"{YEAR}/{at}" for at in range(factories)],
            "state_code": [f"{at + 1:02d}" for at in state],
            "district_code": [f"{at:02d}" for at in random.integers(0, 4, factories)],
            "nic_return": [f"{c:03d}{i:02d}" for c, i in zip(cluster, industry, strict=True)],
            "multiplier": multiplier,
            "gross_value_added": columns["total_output"] - columns["total_input"],
            **columns,
        }
    )


# Codes of two clusters that are split by weights.
WEIGHTS = pd.DataFrame(
    [("NIC-2008", code, cluster, weight) for code in ("00001", "00102")
     for cluster, weight in (("1", 0.6), ("2", 0.4))],
    columns=["nic_version", "nic_code", "cluster_code", "weight"],
)  # fmt: skip
MARTS = (
    "int_nic_state_totals", "cluster_state_year", "state_year", "cluster_year", "nic_state_year",
    "nic_prevalence", "cluster_year_by_weights",
)  # fmt: skip
CODINGS = {"code of the return": "code", "class of the return": "class"}


def built(compiled, factories: pd.DataFrame) -> Warehouse:
    """All tables of the economy. The first cluster is no cluster's, partly not even listed; some
    codes are placed by their class."""
    warehouse = Warehouse(compiled)
    codes = {code: str(int(code[:3])) for code in factories.nic_return.unique()}
    build_totals(warehouse, factories, codes)
    warehouse.connection.execute(
        """
        update intermediate.int_nic_assignment set cluster_type = 'unmapped',
            assignment_rule = case when nic_return < '00002' then 'code of the return'
                else 'unmapped: nothing is known' end
        where cluster_code = '0';
        update intermediate.int_nic_assignment set assignment_rule = 'class of the return'
        where nic_return in ('00302', '00402');
        create table intermediate.int_survey_year_gaps as
        select survey_year, null::varchar as null_reason, null::varchar as missing_blocks
        from raw.survey_years;
        """
    )
    warehouse.build("int_open_factory", "int_factory_by_state", "int_cluster_totals",
                    "int_state_totals", "int_cluster_state_totals")  # fmt: skip
    build_indicators(warehouse)
    warehouse.connection.execute(
        "create or replace table definitions.clusters as select distinct cluster_code, "
        "cluster_name, cluster_type from intermediate.int_cluster_totals"
    )
    warehouse.give("definitions.int_nic_cluster_weights", WEIGHTS)
    warehouse.build(*MARTS)
    return warehouse


def published(warehouse: Warehouse) -> Published:
    """What an outsider reads."""
    industries = warehouse.query("from marts.nic_state_year")
    unmapped = industries.assignment_rule.str.startswith("unmapped")
    coding = industries.assignment_rule.map(CODINGS).mask(unmapped, "unmapped")
    outside = (industries.cluster_code == "0") & (coding == "code")
    industries["coding"] = coding.mask(outside, "code_without_cluster")
    tables = {name: warehouse.query(f"from marts.{name}") for name in (
        "cluster_state_year", "state_year", "cluster_year", "nic_prevalence",
        "cluster_year_by_weights", "cluster_indicators",
    )}  # fmt: skip
    sums = ", ".join(
        f"sum({measure}_{kind}) as {measure}_{kind}"
        for measure in macro("measures.sql", "measures")
        for kind in ("estimated", "actual")
    )
    country = warehouse.query(f"select {sums} from intermediate.int_state_totals "
                              "where state_basis = 'official'")  # fmt: skip
    return Published(
        tables | {"nic_state_year": industries, "weights": WEIGHTS, "country": country}
    )


def truth(warehouse: Warehouse, published: Published, measure: str, kind: str) -> np.ndarray:
    """The figures of the lowest cells, hidden or not, in the order of nic_state_year."""
    totals = warehouse.query("from intermediate.int_nic_state_totals").set_index(INDUSTRY)
    order = pd.MultiIndex.from_frame(published.tables["nic_state_year"][INDUSTRY])
    return totals[f"{measure}_{kind}"].reindex(order).to_numpy(float)


def recovered(attacker: Attacker, targets: dict, values: np.ndarray) -> list[tuple]:
    """Hidden figures that the attacker knows to less than the protection, with their bounds as
    shares of the truth. A hidden zero among zeros is told by its total."""
    found = []
    for (name, places), (low, high) in zip(
        targets.items(), attacker.bounds(targets.values()), strict=True
    ):
        value = values[places].sum()
        if value > 0 and (
            low > (1 - PROTECTION + DIGITS) * value or high < (1 + PROTECTION - DIGITS) * value
        ):
            found.append((*name, low / value, high / value))
    return found


def attack(warehouse: Warehouse, measures: list[str], kinds: tuple[str, ...]) -> dict:
    tables = published(warehouse)
    found = {}
    for measure in measures:
        for kind in kinds:
            attacker, targets = tables.attacked(measure, kind)
            assert targets, "nothing is hidden: there is nothing to attack"
            values = truth(warehouse, tables, measure, kind)
            found[f"{measure}_{kind}"] = recovered(attacker, targets, values)
    return {name: cells for name, cells in found.items() if cells}


@pytest.fixture(scope="module")
def small(compiled) -> Warehouse:
    return built(compiled, economy(states=7, clusters=9, factories=500, seed=3))


def test_no_hidden_figure_is_recovered_within_its_protection(small):
    assert attack(small, ["total_employees", "total_output"], ("estimated",)) == {}
    assert attack(small, ["exports", "total_employee_wages"], ("actual",)) == {}


@pytest.mark.slow
def test_no_hidden_figure_of_a_full_year_is_recovered(compiled):
    warehouse = built(compiled, economy(states=36, clusters=67, factories=30_000, seed=5))
    assert attack(warehouse, UNSIGNED, ("estimated", "actual")) == {}
