"""Disclosure control over all published tables: a linear-program attack on an invented economy."""

import json
import re

import duckdb
import numpy as np
import pandas as pd
import pytest

from locus_pipeline.index.inputs import Method, read_screening
from locus_pipeline.methods.index.framework import Rules
from locus_pipeline.methods.index.tables import CORRELATIONS, VALUES
from locus_pipeline.methods.indicators.resampled_indices import INDICES as INDEX_LINES
from locus_pipeline.methods.indicators.resampled_indices import grid_of, indices
from locus_pipeline.methods.indicators.stars import StarRules
from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.settings import CHECKOUT
from tests.support.attack import BESIDE, CELL, INDUSTRY, SIDES, Attacker, Published
from tests.support.dictionary import indicator_rules, macro
from tests.support.ratios_attack import REGION, told
from tests.support.warehouse import Warehouse, build_indicators, build_totals

YEAR, BEFORE = "2022-23", "2007-08"
RELEASE = CHECKOUT.parent / "shared" / "real" / "asi-2022-23"
PROTECTION = 0.1
# Bounds are those of printed sums, whose last digits are lost.
DIGITS = 1e-6
UNSIGNED = ["total_employees", "total_employee_wages", "total_output", "total_input",
            "fixed_capital", "outstanding_loans", "exports"]  # fmt: skip

# States that are one with another when harmonised come first.
STATES = list(dict.fromkeys(["09", "05", "10", "20", *(f"{at:02d}" for at in range(1, 37))]))


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
    columns |= _of_ratios(columns, np.random.default_rng(seed))
    return pd.DataFrame(
        {
            "survey_year": YEAR,
            "factory_id": [f"{YEAR}/{at}" for at in range(factories)],
            "state_code": [STATES[at] for at in state],
            "district_code": [f"{at:02d}" for at in random.integers(0, 4, factories)],
            "sector": np.where(random.random(factories) < 0.15, "1", "2"),
            "nic_return": [f"{c:03d}{i:02d}" for c, i in zip(cluster, industry, strict=True)],
            "multiplier": multiplier,
            **{name: columns[one] - columns[other] for name, (one, other) in SIDES.items()},
            **columns,
        }
    )


# Amounts that ratios alone are made of: their size beside output, and the share that has any.
AMOUNTS = {
    "revenue": (1.0, 1.0), "gross_sales": (0.97, 1.0), "principal_sales": (0.8, 1.0),
    "transport_expenses": (0.03, 0.9), "research_expenses": (0.01, 0.2), "subsidies": (0.02, 0.3),
    "work_given_out": (0.05, 0.4), "social_charges": (0.02, 0.9), "raw_material_stocks": (0.1, 0.9),
    "gross_value_of_addition_to_fixed_capital": (0.05, 0.7), "current_liabilities": (0.2, 1.0),
}  # fmt: skip


# Amounts that components are made of: how much of the whole the first of the two is, at most.
PARTS = {
    "production_worker_wages": ("wages_contract_workers", "wages_direct_workers", 0.4),
    "transport_expenses": ("transport_inward", "transport_outward", 0.8),
    "social_charges": ("welfare_expenses", "provident_and_other_funds", 0.5),
}


# What an attack asks for that follows ratios.
TOLD = [
    *AMOUNTS, *(part for one, other, _ in PARTS.values() for part in (one, other)),
    "work_taken_in", "current_assets", "imported_materials", "basic_materials", "interest_paid",
    "interest_of_borrowers", "loans_of_borrowers",
]  # fmt: skip
# What prints them.
OF_RATIOS = (
    "facts_asi_metrics", "int_published_indicators", "cluster_indicators",
    "cluster_indicators_harmonised",
)  # fmt: skip


def _of_ratios(columns: dict[str, np.ndarray], random: np.random.Generator) -> dict:
    count = len(columns["total_output"])
    amounts = {
        name: np.round(columns["total_output"] * times * np.exp(random.normal(0, 0.5, count)))
        * (random.random(count) < share)
        for name, (times, share) in AMOUNTS.items()
    }
    materials, loans = columns["materials_consumed"], columns["outstanding_loans"]
    imported = np.round(materials * random.random(count)) * (random.random(count) < 0.15)
    basic = np.round(materials * random.uniform(0.9, 1.0, count))
    amounts |= {
        "current_assets": amounts["current_liabilities"] + columns["working_capital"],
        "imported_materials": imported,
        "basic_materials": np.maximum(basic, imported),
        "interest_paid": np.round(loans * 0.05 * np.exp(random.normal(0, 1.5, count))),
        "loans_of_both_ends": np.round(2 * loans * random.uniform(0.95, 1.05, count)),
    }
    wholes, parts = columns | amounts, {}
    for whole, (one, other, most) in PARTS.items():
        has_any = random.random(count) < 0.3
        parts[one] = np.round(wholes[whole] * random.uniform(0, most, count) * has_any)
        parts[other] = wholes[whole] - parts[one]
    taken_in = np.round(columns["total_output"] * random.uniform(0, 0.1, count))
    parts["work_taken_in"] = taken_in * (random.random(count) < 0.3)
    return amounts | parts


# Codes of two clusters that are split by weights.
WEIGHTS = pd.DataFrame(
    [("NIC-2008", code, cluster, weight) for code in ("00001", "00102")
     for cluster, weight in (("1", 0.6), ("2", 0.4))],
    columns=["nic_version", "nic_code", "cluster_code", "weight"],
)  # fmt: skip
MARTS = (
    "cluster_state_year", "state_year", "cluster_year", "nic_state_year", "cluster_district_year",
    "cluster_sector_year",
    "nic_prevalence", "cluster_year_by_weights",
)  # fmt: skip
FACTS = (
    "int_facts_medians", "int_facts_estimates", "int_facts_growth", "int_facts_cells",
    "int_dominated_figures",
    "facts_asi_metrics", "facts_asi_objects",
)  # fmt: skip
# What would forget to ask disclosure control, and what it is built on.
FORGETFUL = {
    "facts": FACTS[2:],
    "definitions_diff": ("definitions_diff",),
    "continuity": ("continuity",),
    "beside": tuple(BESIDE),
    "indices": (
        "int_indicator_cells",
        "int_shown_employment",
        "cluster_concentration",
        "state_specialisation",
    ),
}
INDICES = ("cluster_concentration", "state_specialisation")
CODINGS = {"code of the return": "code", "class of the return": "class"}


def built(compiled, factories: pd.DataFrame) -> Warehouse:
    """All tables of the economy. The first cluster is no cluster's, partly not even listed; some
    codes are placed by their class."""
    warehouse = Warehouse(compiled)
    # codes of the classification before begin with 9
    codes = {code: str(int(code[:3]) % 900) for code in factories.nic_return.unique()}
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
    warehouse.build_again("int_nic_assignment")
    build_indicators(warehouse)
    warehouse.connection.execute(
        "create or replace table definitions.clusters as select distinct cluster_code, "
        "cluster_name, cluster_type from intermediate.int_estimates where domain = 'cluster'"
    )
    warehouse.give("definitions.int_nic_cluster_weights", WEIGHTS)
    warehouse.build(*MARTS)
    build_facts(warehouse)
    build_definitions(warehouse, sorted(code for code in codes if code < "9"))
    return warehouse


def build_facts(warehouse: Warehouse) -> None:
    """FACTS metrics of years that ask everything."""
    recipes = pd.read_csv(SEEDS_DIR / "facts" / "facts_asi_recipes.csv")
    warehouse.give("reference.facts_asi_recipes", recipes)
    warehouse.connection.execute(
        """
        create table facts.facts_asi_availability as
        select survey_year, parameter_code, component, null::varchar as null_reason
        from raw.survey_years cross join reference.facts_asi_recipes;
        """
    )
    warehouse.build(*FACTS)


def build_definitions(warehouse: Warehouse, codes: list[str]) -> None:
    """Continuity and the difference of two versions: every code was another cluster's in the
    version before; in the earlier classification each third one was of the next code's cluster."""
    clusters = pd.Series([str(int(code[:3])) for code in codes])
    now = pd.DataFrame({"nic_version": "NIC-2008", "nic_code": codes, "cluster_code": clusters})
    texts = dict.fromkeys(["nic_title", "rule", "reason"], "")
    warehouse.give("marts.definitions", now.assign(**texts))
    history = now.assign(definitions_version="1", cluster_code="none")
    warehouse.give("reference.definitions_history", history)
    versions = pd.DataFrame({"definitions_version": ["1", "2"], "sequence": [1, 2]})
    warehouse.give("marts.definitions_versions", versions)
    warehouse.give("definitions.int_definitions_version", versions[1:])
    # each code continues one of a classification before it, whose codes are numbered anew
    is_moved = np.arange(len(codes)) % 3 == 0
    earlier = now.assign(
        nic_version="NIC-2004",
        nic_code=[f"9{code[1:]}" for code in codes],
        cluster_code=clusters.where(~is_moved, clusters.shift(-5).fillna(clusters[0])),
    )
    warehouse.give("definitions.int_nic_decisions", pd.concat([now, earlier]))
    warehouse.give(
        "definitions.int_seam_pairs",
        pd.DataFrame(
            {"from_version": "NIC-2004", "from_code": earlier.nic_code, "to_version": "NIC-2008",
             "to_code": codes, "basis": "title"}
        ),
    )  # fmt: skip
    warehouse.connection.execute(
        "create table reference.continuity_breaks "
        "(from_version varchar, from_code varchar, to_version varchar, to_code varchar, "
        "reason varchar)"
    )
    warehouse.build("continuity", "definitions_diff")


def published(warehouse: Warehouse, year: str = YEAR) -> Published:
    """What an outsider reads of a survey year."""
    of_year = f"where survey_year = '{year}'"
    industries = warehouse.query(f"from marts.nic_state_year {of_year}")
    unmapped = industries.assignment_rule.str.startswith("unmapped")
    coding = industries.assignment_rule.map(CODINGS).mask(unmapped, "unmapped")
    outside = (industries.cluster_code == "0") & (coding == "code")
    industries["coding"] = coding.mask(outside, "code_without_cluster")
    tables = {name: warehouse.query(f"from marts.{name} {of_year}") for name in (
        "cluster_state_year", "state_year", "cluster_year", "nic_prevalence",
        "cluster_year_by_weights", "cluster_indicators", "cluster_indicators_harmonised",
        "definitions_diff", *BESIDE,
    )}  # fmt: skip
    tables["continuity"] = warehouse.query("from marts.continuity")
    tables["cells_of_years"] = warehouse.query("from marts.cluster_state_year")
    tables["facts_growth"] = warehouse.query(
        "from facts.facts_asi_metrics where parameter_code in ('CV02', 'CV07') "
        "and object_type = 'state_cluster' and component = 'total'"
    )
    tables["facts_recipes"] = warehouse.query("from reference.facts_asi_recipes")
    for name in ("metrics", "objects"):
        tables[f"facts_{name}"] = warehouse.query(
            f"from facts.facts_asi_{name} where period = '{year}' order by all"
        )
    tables["recoded"] = warehouse.query(
        "select to_code as nic_code, cluster_code from definitions.int_seam_pairs as pairs "
        "inner join definitions.int_nic_decisions as earlier on pairs.from_version = "
        "earlier.nic_version and pairs.from_code = earlier.nic_code"
    )
    tables["states_harmonised"] = warehouse.query("from reference.states_harmonised")
    sums = ", ".join(
        f"sum({measure}_{kind}) as {measure}_{kind}"
        for measure in macro("measures")
        for kind in ("estimated", "actual")
    )
    country = warehouse.query(
        f"select {sums} from intermediate.int_estimates "
        f"where domain = 'country' and survey_year = '{year}'"
    )
    return Published(
        tables | {"nic_state_year": industries, "weights": WEIGHTS, "country": country}
    )


def truth(
    warehouse: Warehouse,
    published: Published,
    measure: str,
    kind: str,
    is_absolute: bool = False,
) -> np.ndarray:
    """The figures of the lowest cells, hidden or not, in the attacker's order; or the amounts of
    their factories without signs, added up."""
    factories = warehouse.query("from intermediate.int_factory_variables")
    amount = factories[measure].abs() if is_absolute else factories[measure]
    weight = factories.multiplier if kind == "estimated" else 1.0
    factories = factories.assign(amount=amount * weight)
    year = published.tables["nic_state_year"].survey_year.iloc[0]
    of_year = factories[factories.survey_year == year]
    parts = []
    for table, keys in [("nic_state_year", INDUSTRY), *BESIDE.items()]:
        order = pd.MultiIndex.from_frame(published.tables[table][keys])
        parts.append(of_year.groupby(keys).amount.sum().reindex(order).to_numpy(float))
    return np.concatenate(parts)


def recovered(attacker: Attacker, targets: dict, values: np.ndarray) -> list[tuple]:
    """Hidden figures that the attacker knows to less than the protection, with their bounds as
    shares of the truth. A hidden zero among zeros is told by its total."""
    bounds = []
    for (name, places), (low, high) in zip(
        targets.items(), attacker.bounds(targets.values()), strict=True
    ):
        value = values[places].sum()
        enough = min((1 + PROTECTION) * value, attacker.ceilings.get(name, np.inf))
        if value > 0 and (low > (1 - PROTECTION + DIGITS) * value or high < (1 - DIGITS) * enough):
            bounds.append((*name, low / value, high / value))
    return bounds


def recovered_signed(
    warehouse: Warehouse, measure: str, kind: str, planted: dict[str, pd.DataFrame] | None = None
) -> list[tuple]:
    """Hidden figures of a measure that may be negative, which the attacker knows to less than the
    protection: a share of what the factories have of it without their signs."""
    tables = published(warehouse)
    tables.tables |= planted or {}
    if measure in SIDES:
        attacker, targets = tables.attacked_value_added(measure, kind)
    else:
        attacker, targets = tables.attacked(measure, kind, is_signed=True)
    values = truth(warehouse, tables, measure, kind)
    sizes = truth(warehouse, tables, measure, kind, is_absolute=True)
    leaks = []
    for (name, places), (low, high) in zip(
        targets.items(), attacker.bounds(targets.values()), strict=True
    ):
        cells = [at for at in places if at < len(values)]
        value, size = values[cells].sum(), sizes[cells].sum()
        room = (PROTECTION - DIGITS) * size
        # all sectors of a shown cluster are hidden where that is not enough
        if size > 0 and name[0] != "cluster_sector_year" and not low + room < value < high - room:
            leaks.append((*name, (low - value) / size, (high - value) / size))
    return leaks


# Domains of hidden figures by the first word of the attacker's names for them.
DOMAINS = {
    "industry": ("state_industry", INDUSTRY),
    "cluster_state_year": ("state_cluster", CELL),
    "state_year": ("state", ["state_code"]),
    "cluster_year": ("cluster", ["cluster_code"]),
    **{table: (table.removesuffix("_year").removeprefix("cluster_") + "_cluster", keys)
       for table, keys in BESIDE.items()},
}  # fmt: skip


def primary(warehouse: Warehouse, family: str) -> set[tuple]:
    """Names of the cells that tell of single factories by themselves."""
    hidden = warehouse.query(
        "from intermediate.int_disclosure where status = 'suppressed_primary' "
        f"and family = '{family}' and survey_year = '{YEAR}'"
    )
    return {
        (name, *key)
        for name, (domain, keys) in DOMAINS.items()
        for key in hidden[hidden.domain == domain][keys].itertuples(index=False, name=None)
    }


def recovered_by_owners(
    warehouse: Warehouse,
    measure: str,
    kind: str,
    family: str = "production",
    of_shown_cells: bool = False,
    planted: dict[str, pd.DataFrame] | None = None,
) -> list[tuple]:
    """What the owner of a factory that is alone or one of two in its industry is told of others in
    cells that tell of single factories. He knows what is his in every table. `of_shown_cells`:
    owners in cells whose total is shown, who have the fewest others beside them."""
    tables = published(warehouse)
    tables.tables |= planted or {}
    attacker, targets = tables.attacked(measure, kind)
    values = truth(warehouse, tables, measure, kind)
    sensitive = primary(warehouse, family)
    country = tables.tables["country"][f"{measure}_{kind}"].iloc[0]
    leaks = []
    for factory, shares in _owners(warehouse, tables, measure, kind, of_shown_cells):
        known = [(at, amount, values[at] if is_all else country) for at, amount, is_all in shares]
        mine = {at: amount for at, amount, _ in shares}
        near = attacker.beside(mine)
        sensitive_targets = {
            name: places
            for name, places in targets.items()
            if name in sensitive and near & set(places)
        }
        bounds = attacker.knowing(*known).bounds(sensitive_targets.values())
        for (name, places), (low, high) in zip(sensitive_targets.items(), bounds, strict=True):
            part = sum(mine.get(at, 0.0) for at in places)
            others = values[places].sum() - part
            enough = min((1 + PROTECTION) * others, attacker.ceilings.get(name, np.inf) - part)
            if others > DIGITS * values[places].sum() and (
                low - part > (1 - PROTECTION + DIGITS) * others
                or high - part < (1 - DIGITS) * enough
            ):
                leaks.append((factory, *name, (low - part) / others, (high - part) / others))
    return leaks


def _owners(
    warehouse: Warehouse, tables: Published, measure: str, kind: str, of_shown_cells: bool
) -> list[tuple]:
    """Factories that are alone or one of two in their industry, with their own part of the lowest
    cells that they are in: cell, amount, whether that is all of it."""
    factories = warehouse.query(
        f"from intermediate.int_factory_variables where survey_year = '{YEAR}' order by factory_id"
    )
    factories["amount"] = factories[measure] * (factories.multiplier if kind == "estimated" else 1)
    cells = tables.tables["cluster_state_year"]
    shown = cells[cells[f"{measure}_{kind}"].notna()]
    shown = set(shown[CELL].itertuples(index=False, name=None))
    industries = tables.tables["nic_state_year"][INDUSTRY].itertuples(index=False, name=None)
    cells = [(INDUSTRY, {key: at for at, key in enumerate(industries)})]
    cells += [(keys, tables.places(table)) for table, keys in BESIDE.items()]
    of_industry = factories.groupby(INDUSTRY).factory_id.transform("size")
    sizes = [
        factories.groupby(keys, dropna=False).factory_id.transform("size") for keys, _ in cells
    ]
    return [
        (
            factory["factory_id"],
            [
                (places[key], factory["amount"], size[number] == 1)
                for (keys, places), size in zip(cells, sizes, strict=True)
                if (key := tuple(factory[name] for name in keys)) in places
            ],
        )
        for number, factory in enumerate(factories.to_dict("records"))
        if of_industry[number] <= 2
        and not (of_shown_cells and (factory["state_code"], factory["cluster_code"]) not in shown)
    ]


def attack(
    warehouse: Warehouse,
    measures: list[str],
    kinds: tuple[str, ...],
    year: str = YEAR,
    planted: dict[str, pd.DataFrame] | None = None,
) -> dict:
    """What is recovered of a survey year; `planted` replaces published tables."""
    tables = published(warehouse, year)
    tables.tables |= planted or {}
    intervals = {}
    for measure in measures:
        for kind in kinds:
            attacker, targets = tables.attacked(measure, kind)
            assert targets, "nothing is hidden: there is nothing to attack"
            values = truth(warehouse, tables, measure, kind)
            intervals[f"{measure}_{kind}"] = recovered(attacker, targets, values)
    return {name: cells for name, cells in intervals.items() if cells}


@pytest.fixture(scope="module")
def small(compiled) -> Warehouse:
    return built(compiled, small_economy())


def small_economy() -> pd.DataFrame:
    """The year of the attack and, coded in the classification before, one that it continues."""
    after = economy(states=7, clusters=9, factories=500, seed=3)
    before = economy(states=7, clusters=9, factories=500, seed=4)
    before = before.assign(
        survey_year=BEFORE,
        factory_id=before.factory_id.str.replace(YEAR, BEFORE),
        nic_version="NIC-2004",
        nic_return="9" + before.nic_return.str[1:],
    )
    return pd.concat([after.assign(nic_version="NIC-2008"), before], ignore_index=True)


def test_no_hidden_figure_is_recovered_within_its_protection(small):
    assert attack(small, ["total_employees", "total_output"], ("estimated",)) == {}
    assert attack(small, ["exports", "total_employee_wages"], ("actual",)) == {}
    assert attack(small, ["total_employees"], ("estimated",), year=BEFORE) == {}
    assert attack(small, ["fixed_capital", "exports"], ("estimated",)) == {}


def test_the_owner_of_a_factory_is_told_nothing_of_another(small):
    assert recovered_by_owners(small, "total_output", "estimated", of_shown_cells=True) == []


def test_an_owner_is_told_the_other_one_of_two_hidden_industries(small):
    """Of a shown cell, whose other industries are printed against the rule."""
    tables = published(small).tables
    cells, rows = tables["cluster_state_year"], tables["nic_state_year"].copy()
    is_shown = cells.total_output_estimated.notna()
    hidden = rows[rows.total_output_estimated.isna()].merge(cells[is_shown][CELL], on=CELL)
    few = hidden[hidden.factories_sampled <= 2].groupby(CELL).filter(
        lambda industries: len(industries) > 1 and (industries.factories_sampled == 1).any()
    )  # fmt: skip
    state, cluster = few[CELL].iloc[0]
    kept = few[(few.state_code == state) & (few.cluster_code == cluster)].sort_values(
        "factories_sampled"
    )[:2]
    places = {tuple(key) for key in kept[INDUSTRY].to_numpy()}
    totals = small.query(
        "from intermediate.int_estimates where domain = 'state_industry' "
        f"and survey_year = '{YEAR}'"
    ).set_index(INDUSTRY).total_output_estimated  # fmt: skip
    for at, key in zip(rows.index, rows[INDUSTRY].itertuples(index=False, name=None), strict=True):
        if key[:2] == (state, cluster) and key not in places:
            rows.loc[at, "total_output_estimated"] = totals[key]
    told = recovered_by_owners(
        small, "total_output", "estimated", of_shown_cells=True,
        planted={"nic_state_year": rows},
    )  # fmt: skip
    assert any(name[2:4] == (state, cluster) for name in told)


@pytest.mark.slow
def test_no_owner_of_any_factory_is_told_of_another(small):
    for measure, kind in (("total_employees", "estimated"), ("total_output", "actual")):
        assert recovered_by_owners(small, measure, kind) == []


def test_value_added_and_working_capital_keep_their_intervals(small):
    assert recovered_signed(small, "working_capital", "estimated") == []
    assert recovered_signed(small, "gross_value_added", "estimated") == []
    assert recovered_signed(small, "gross_value_added_official", "estimated") == []


@pytest.mark.slow
def test_value_added_as_sampled_keeps_its_interval_and_a_mean_would_tell_it(small, forgetful):
    assert recovered_signed(small, "gross_value_added", "actual") == []
    assert recovered_signed(small, "gross_value_added", "estimated", planted=forgetful["CU05"])


def told_by_ratios(warehouse: Warehouse) -> list[tuple]:
    factories = warehouse.query(
        f"from intermediate.int_factory_variables where survey_year = '{YEAR}'"
    )
    return list(told(published(warehouse), factories, TOLD))


def test_no_ratio_tells_an_amount_that_one_factory_makes_nearly_all_of(small):
    assert told_by_ratios(small) == []
    after = shown_ratios(small)
    control = small.query("from intermediate.int_dominated_figures")
    try:
        small.give("intermediate.int_dominated_figures", control[:0])
        small.build(*OF_RATIOS)
        before, leaks = shown_ratios(small), told_by_ratios(small)
    finally:
        small.give("intermediate.int_dominated_figures", control)
        small.build(*OF_RATIOS)
    assert {"subsidies", "research_expenses"} <= {amount for _, amount in leaks}
    for table, count in before.items():
        assert 0.9 * count < after[table] < count, f"few figures of {table} are hidden for it"


def shown_ratios(warehouse: Warehouse) -> dict[str, int]:
    """By table, how many figures of the year are printed that ratios are."""
    tables = published(warehouse).tables
    ratios = list(macro("ratios"))
    metrics = tables["facts_metrics"]
    # components are of amounts that a few factories have: they give way first
    return {"facts_metrics": metrics[metrics.component == "total"].value.count()} | {
        name: tables[name][ratios].count().sum()
        for name in ("cluster_indicators", "cluster_indicators_harmonised")
    }


@pytest.mark.parametrize(
    ("ratio", "amount"),
    [("import_share", "imported_materials"), ("effective_interest", "interest_paid")],
)
def test_a_ratio_of_cluster_indicators_that_forgets_what_it_tells_is_found_out(
    small, ratio, amount
):
    control = small.query("from intermediate.int_dominated_figures")
    try:
        small.give("intermediate.int_dominated_figures", control[control.figure != ratio])
        small.build(*OF_RATIOS)
        leaks = told_by_ratios(small)
    finally:
        small.give("intermediate.int_dominated_figures", control)
        small.build(*OF_RATIOS)
    assert {told for _, told in leaks} == {amount}
    # one cell follows from a harmonised state alone
    assert any(name.startswith(REGION) for name, _ in leaks)


def test_a_ratio_hidden_for_a_dominated_amount_says_so_and_has_no_limits(small):
    hidden = small.query(
        f"from intermediate.int_dominated_figures where domain = 'state_cluster' "
        f"and survey_year = '{YEAR}'"
    )
    rows = small.query(f"from marts.cluster_indicators where survey_year = '{YEAR}'")
    for ratio in ("import_share", "effective_interest"):
        hidden_rows = rows.merge(hidden[hidden.figure == ratio][CELL], on=CELL)
        # the family of others is hidden before
        hidden_rows = hidden_rows[~hidden_rows.hidden_measures.str.contains("production|loans")]
        assert len(hidden_rows)
        for part in ("", "_se", "_flag", "_degrees", "_lower", "_upper"):
            assert hidden_rows[f"{ratio}{part}"].isna().all(), part
        assert hidden_rows.null_reason.str.contains(f"{ratio}: suppressed_primary").all()
        assert hidden_rows.wage_per_employee.notna().any(), "no other ratio is hidden for it"


@pytest.fixture(scope="module")
def forgetful(small) -> dict[str, dict[str, pd.DataFrame]]:
    """Tables as they would be if their marts forgot to ask what is hidden, by mart."""
    hidden = small.query("from intermediate.int_disclosure")
    small.give("intermediate.int_disclosure", hidden[:0])
    for models in FORGETFUL.values():
        small.build(*models)
    tables = published(small).tables
    indices = {name: small.query(f"from marts.{name}") for name in INDICES}
    small.give("intermediate.int_disclosure", hidden)
    for models in FORGETFUL.values():
        small.build(*models)
    objects = tables["facts_objects"]
    metrics = tables["facts_metrics"]
    is_district = metrics.object_type == "district_cluster"
    hiding = published(small).tables
    hidden_metrics = hiding["facts_metrics"]
    return {
        "objects": {"facts_objects": objects},
        "definitions_diff": {"definitions_diff": tables["definitions_diff"]},
        **{table: {table: tables[table]} for table in BESIDE},
        "continuity": {"continuity": tables["continuity"]},
        "districts": {"facts_metrics": pd.concat([metrics[is_district], hidden_metrics[
            hidden_metrics.object_type == "state_cluster"]])},
        "growth": {"facts_growth": tables["facts_growth"]},
        "indices": indices,
    } | {
        code: {"facts_metrics": pd.concat([hidden_metrics[hidden_metrics.parameter_code != code],
                                           metrics[metrics.parameter_code == code]])}
        for code in ("CP09", "CU07", "CV08", "CU05")
    }  # fmt: skip


@pytest.mark.parametrize(
    "mart",
    [
        "objects",
        "districts",
        "CP09",
        "CU07",
        "CV08",
        "growth",
        "definitions_diff",
        "continuity",
        *BESIDE,
    ],
)
def test_a_mart_that_forgets_what_is_hidden_is_found_out(small, forgetful, mart):
    assert attack(small, ["total_employees"], ("estimated",), planted=forgetful[mart])


def indices_of_printed(warehouse: Warehouse) -> dict[str, pd.DataFrame]:
    """Indices over a line of cells, of published totals alone: what is not printed of the line is
    shared out over its hidden cells by their numbers of factories, which are always printed."""
    cells = warehouse.query("from marts.cluster_state_year")
    lines = {
        "cluster_concentration": ("cluster_year", ["survey_year", "cluster_code"]),
        "state_specialisation": ("state_year", ["survey_year", "state_code"]),
    }
    indices = {}
    for index, (table, keys) in lines.items():
        totals = warehouse.query(f"from marts.{table}").set_index(keys).total_employees_estimated
        rows = cells.join(totals.rename("total"), on=keys)
        printed = rows.total_employees_estimated
        rest = rows.total - printed.fillna(0).groupby([rows[key] for key in keys]).transform("sum")
        units = rows.units_estimated.where(printed.isna(), 0)
        of_line = units.groupby([rows[key] for key in keys]).transform("sum")
        share = printed.fillna(rest * units / of_line) / rows.total
        shares = share.groupby([rows[key] for key in keys])
        indices[index] = pd.DataFrame(
            {
                "hhi": shares.apply(lambda part: (part**2).sum(skipna=False)),
                "top": shares.apply(lambda part: part.nlargest(4).sum()),
            }
        )
    return indices


def test_indices_follow_from_what_is_printed(small, forgetful):
    """Whoever has the other tables can compute them: they tell nothing more."""
    printed = indices_of_printed(small)
    columns = {"cluster_concentration": {"spatial_hhi": "hhi", "top_four_share": "top"},
               "state_specialisation": {"portfolio_hhi": "hhi"}}  # fmt: skip
    for table, names in columns.items():
        keys = list(printed[table].index.names)
        for column, name in names.items():
            shown = small.query(f"from marts.{table}").set_index(keys)[column].dropna()
            expected = printed[table][name].reindex(shown.index)
            assert len(shown) > 3, "several lines are printed"
            np.testing.assert_allclose(shown, expected, atol=2e-6, err_msg=f"{table}.{column}")
            told = forgetful["indices"][table].set_index(keys)[column].reindex(shown.index)
            assert (abs(told - expected) > 1e-3).any(), "the test sees what hidden cells add"


def test_replicates_tell_what_the_published_indices_tell(small):
    """The indices that are drawn again are the published ones, with what is hidden shared out: an
    error says nothing more of a hidden cell than the index."""
    cells = small.query(
        "select shown.*, is_eligible, total_employees, indicators.squared_employees as squares "
        "from intermediate.int_shown_employment as shown "
        "inner join intermediate.int_stars using (survey_year, state_code, cluster_code) "
        "inner join intermediate.int_indicator_cells as indicators "
        "using (survey_year, state_code, cluster_code) where state_basis = 'official' "
        "order by survey_year, state_code, cluster_code"
    )
    rules = StarRules.from_table(indicator_rules())
    lines = {
        "cluster": ("cluster_concentration", "cluster_code"),
        "state": ("state_specialisation", "state_code"),
    }
    told = dict.fromkeys(INDEX_LINES, 0)
    for year, of_year in cells.groupby("survey_year"):
        grid = grid_of(of_year)
        assert grid.hidden.cells.sum() > 5
        persons, squares = (
            of_year[name].to_numpy(float).reshape(grid.eligible.shape)
            for name in ("total_employees", "squares")
        )
        for name, values in indices(persons, squares, grid, rules).items():
            table, key = lines[INDEX_LINES[name][0]]
            rows = small.query(f"from marts.{table} where survey_year = '{year}' order by {key}")
            shown = rows[name].notna().to_numpy()
            np.testing.assert_allclose(values[shown], rows[name][shown], atol=6e-7, err_msg=name)
            for part in ("corrected", "se", "lower", "upper"):
                given = rows[f"{name}_{part}"].notna()
                assert not given[~shown].any(), (name, part)
                assert (given | rows.sampling_null_reason.notna())[shown].all(), (name, part)
            told[name] += shown.sum()
    assert min(told.values()) > 2, told


def test_the_index_reads_printed_metrics_alone(small):
    """The raw values of a screening edition: no other table of the survey is there."""
    printed = duckdb.connect()
    for table in ("facts_asi_metrics", "facts_asi_objects"):
        rows = small.query(f"from facts.{table}")  # noqa: F841
        printed.execute("create schema if not exists facts")
        printed.execute(f"create table facts.{table} as from rows")
    # correlations of errors tell no figure; without any, errors are drawn as independent
    columns = ", ".join(
        f"{name} {'double' if kind == 'float64' else 'varchar'}"
        for name, kind in CORRELATIONS.items()
    )
    printed.execute(f"create table facts.facts_asi_correlations ({columns})")
    printed.execute("create schema reference")
    printed.execute("create table reference.state_zones (state_code varchar, zone varchar)")
    rules = Rules.from_table(pd.read_csv(SEEDS_DIR / "cci" / "cci_rules.csv"))
    inputs = read_screening(printed, Method(None, rules, None, None))
    metrics = small.query(
        "from facts.facts_asi_metrics where object_type = 'state_cluster' and component = 'total'"
    )
    pd.testing.assert_frame_equal(inputs.values, metrics[list(VALUES)])
    keys = ["object_id", "period"]
    persons = metrics[metrics.parameter_code == "CP09"].merge(inputs.objects, on=keys)
    assert persons.value.isna().any() and len(persons) > 50
    assert (persons.value.isna() == persons.persons.isna()).all()


@pytest.mark.slow
def test_no_hidden_figure_of_a_large_year_is_recovered(compiled):
    warehouse = built(compiled, economy(states=24, clusters=40, factories=12_000, seed=5))
    assert attack(warehouse, UNSIGNED, ("estimated", "actual")) == {}


def test_nothing_shown_depends_on_what_is_hidden(small, compiled):
    """Amounts move between two hidden industries of a shown cell, every shown sum kept: no figure
    of any mart may change, but sampling errors and quartiles, which are of single factories."""
    factories = small_economy()
    one, other = _twins(small, factories)
    moved = factories.copy()
    for measure in ("total_employees", "total_output", "gross_value_added"):
        moved.loc[one, measure] += 1
        moved.loc[other, measure] -= 1
    after = built(compiled, moved)
    hidden = "from intermediate.int_disclosure order by all"
    assert after.query(hidden).equals(small.query(hidden)), "else other figures are shown"
    of_factories = re.compile(
        "_(rse|se|flag|degrees|lower|upper|prob|hollow|p25|median|p75|low|high)$|^plant_|^elli"
    )
    for (table,) in small.connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts'"
    ).fetchall():
        columns = ", ".join(
            f"round({name}, 5) as {name}" if kind == "DOUBLE" else name
            for name, kind, *_ in small.connection.execute(f"describe marts.{table}").fetchall()
            if not of_factories.search(name)
        )
        sql = f"select {columns} from marts.{table} order by all"
        pd.testing.assert_frame_equal(after.query(sql), small.query(sql), obj=table)
    changed = "select sum(total_employees_estimated) from intermediate.int_estimates " \
        "where domain = 'state_industry' group by nic_code, state_code order by all"  # fmt: skip
    assert not after.query(changed).equals(small.query(changed)), "something did move"


def _twins(warehouse: Warehouse, factories: pd.DataFrame) -> tuple[int, int]:
    """Two factories of equal weight in two hidden industries of one shown cell."""
    hidden = warehouse.query(
        f"""
        select industries.state_code, industries.nic_code
        from marts.nic_state_year as industries
        inner join marts.cluster_state_year as cells using (survey_year, state_code, cluster_code)
        where survey_year = '{YEAR}' and cells.total_employees_estimated is not null
            and industries.total_employees_estimated is null
        """
    )
    industries = factories.reset_index().merge(
        hidden, left_on=["state_code", "nic_return"], right_on=["state_code", "nic_code"]
    )
    industries = industries.assign(cell=industries.nic_return.str[:3])
    # district and sector too keep their sums
    places = ["state_code", "cell", "multiplier", "district_code", "sector"]
    for _, group in industries.groupby(places):
        if group.nic_return.nunique() > 1:
            first = group.iloc[0]
            return first["index"], group[group.nic_return != first.nic_return].iloc[0]["index"]
    raise AssertionError("no such cell in this economy")


# What is made of the survey's returns and needs no column `disclosure`, and why.
ALWAYS_SHOWN = {
    "facts_metrics": "each value has its own null_reason",
    "survey_year_summary": "totals of the country",
    "cluster_relatedness": "of quotients that are replaced by those of factories where hidden",
    "definitions_diff": "null_reason; one figure",
    **dict.fromkeys(
        (
            "cluster_growth_selection", "cluster_pro_poor_selection", "state_cluster_selection",
            "cluster_selection_measures",
        ),
        "of figures of facts_metrics and of products, null with their reason where these are",
    ),
    "cluster_plan": "of types and sizes that rounds tell, and of printed costs",
    "cluster_plan_totals": "sums of cluster_plan",
}  # fmt: skip
# Numbers of returns and factories are never hidden.
COUNTS = re.compile("^(units|returns|factories|rows|states)_")


def uncontrolled(manifest: dict) -> list[str]:
    """Marts made of the survey's returns with figures other than counts, that neither say what
    disclosure control did nor are known to need none."""
    parents = manifest["parent_map"]

    def descends(name: str) -> bool:
        return name == "model.locus.factory" or name.startswith("model.locus.stg_asi__") or any(
            descends(parent) for parent in parents.get(name, []))  # fmt: skip

    parts = []
    for name, node in manifest["nodes"].items():
        if node["resource_type"] != "model" or node["schema"] != "marts" or not descends(name):
            continue
        figures = [
            column
            for column, facts in node["columns"].items()
            if (facts["data_type"] or "").lower() in ("double", "decimal", "float")
            and not COUNTS.search(column)
        ]
        is_controlled = "disclosure" in node["columns"] or node["name"] in ALWAYS_SHOWN
        if figures and not is_controlled:
            parts.append(node["name"])
    return parts


def test_every_mart_with_a_measure_is_under_control(compiled):
    manifest = json.loads((compiled.parents[2] / "manifest.json").read_text())
    assert uncontrolled(manifest) == []
    planted = {
        **manifest["nodes"]["model.locus.state_year"],
        "name": "planted",
        "columns": {"total_output": {"data_type": "double"}},
    }
    manifest["nodes"]["model.locus.planted"] = planted
    manifest["parent_map"]["model.locus.planted"] = ["model.locus.int_estimates"]
    assert uncontrolled(manifest) == ["planted"]
    planted["columns"] = {"units_estimated": {"data_type": "double"}}
    assert uncontrolled(manifest) == [], "counts are always shown"


def test_what_a_mart_hides_is_null_in_all_its_figures(small):
    """Where a row's production is hidden, no figure of that family is left in it."""
    families = macro("measure_families")
    for table in ("cluster_state_year", "state_year", "cluster_year", "nic_state_year", *BESIDE):
        rows = small.query(f"from marts.{table} where hidden_measures like '%production%'")
        assert len(rows)
        for measure in families:
            if families[measure] == "production":
                kinds = ("actual", "estimated", "rse", "flag", "degrees", "lower", "upper")
                assert rows[[f"{measure}_{kind}" for kind in kinds]].isna().all(axis=None)


def test_shares_and_quotients_are_shown_only_with_the_totals_they_divide_by(small):
    rows = small.query(
        """
        select
            indicators.*,
            states.total_employees_estimated is null as state_hidden,
            clusters.total_employees_estimated is null as cluster_hidden
        from marts.cluster_indicators as indicators
        inner join marts.state_year as states using (survey_year, state_code)
        inner join marts.cluster_year as clusters using (survey_year, cluster_code)
        where indicators.factories_sampled > 0
        """
    )
    assert rows.state_hidden.any() and rows.cluster_hidden.any()
    # a ratio may be too unreliable, too
    shown = ~rows.hidden_measures.str.contains("production")
    assert (rows.share_of_state_employment.notna() == shown & ~rows.state_hidden).all()
    assert (rows.share_of_cluster_employment.notna() == shown & ~rows.cluster_hidden).all()
    by_both = shown & ~rows.state_hidden & ~rows.cluster_hidden
    assert (rows.lq_employment.notna() == by_both).all()
    assert rows[~by_both].null_reason.str.contains("suppressed").all()
    for figure in ("lq_employment", "share_of_state_employment", "share_of_cluster_employment"):
        hidden = rows[rows[figure].isna()]
        for part in ("se", "lower", "upper"):
            assert hidden[f"{figure}_{part}"].isna().all(), (figure, part)
    assert rows[~shown][["wage_share_lower", "wage_share_degrees"]].isna().all(axis=None)


@pytest.mark.slow
@pytest.mark.skipif(not RELEASE.is_dir(), reason="the real release is not beside the checkout")
def test_no_hidden_figure_of_the_real_year_is_recovered(compiled):
    """Block A alone: real states, industries, multipliers and costs of production; clusters are
    groups of the classification. Only shares of figures would ever be printed."""
    block = pd.read_csv(RELEASE / "blkA202223.CSV", dtype=str)
    block = block[block.a12 == "1"].reset_index(drop=True)
    cost = pd.to_numeric(block.costop).fillna(0).clip(lower=0)
    factories = pd.DataFrame(
        {
            "survey_year": YEAR,
            "factory_id": block.index.astype(str),
            "state_code": block.a7,
            "nic_return": block.a5,
            "multiplier": pd.to_numeric(block.mult),
            "total_output": cost,
            "total_employee_wages": pd.to_numeric(block.pf).fillna(0).clip(lower=0),
        }
    )
    warehouse = built(compiled, factories)
    assert attack(warehouse, ["total_output"], ("estimated",)) == {}
