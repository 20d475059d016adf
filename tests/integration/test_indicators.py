"""Indicators as the models compute them: worked examples from the literature, and properties that
must hold whatever the factories are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.indicators.relatedness import (
    density,
    proximity,
    relatedness,
    relatedness_density,
)
from locus_pipeline.methods.indicators.resampled_indices import COLUMNS as RESAMPLED
from tests.support.dictionary import indicator_rules
from tests.support.warehouse import Warehouse, build_indicators, build_totals

YEAR = "2009-10"


def factories(rows: list[tuple], year: str = YEAR, multiplier: float = 1.0) -> pd.DataFrame:
    """From (state, cluster, employees); a cluster's only industry is its number and zeros."""
    frame = pd.DataFrame(rows, columns=["state_code", "cluster", "total_employees"])
    return frame.assign(
        survey_year=year,
        factory_id=[f"{year}/{at}" for at in range(len(frame))],
        nic_return=frame.cluster.str.zfill(5),
        total_employees=frame.total_employees.astype(float),
        multiplier=multiplier,
        is_synthetic=True,
    )


def totals(compiled, frame: pd.DataFrame) -> Warehouse:
    warehouse = Warehouse(compiled)
    frame = frame.drop(columns="cluster", errors="ignore")
    clusters = {code: code.lstrip("0") for code in frame.nic_return.unique()}
    build_totals(warehouse, frame, clusters)
    return warehouse


def built(compiled, frame: pd.DataFrame) -> Warehouse:
    warehouse = totals(compiled, frame)
    build_indicators(warehouse)
    return warehouse


@pytest.fixture(scope="module")
def examples(compiled) -> Warehouse:
    """Each example is a survey year of its own.

    Location quotient, Ellison-Glaeser index: Farhauer and Kroell (2014), Standorttheorien. HHI:
    shares of 0.5, 0.2, 0.2 and 0.1.
    """
    quotient = [
        ("01", "1", 1_714), ("01", "2", 79_006 - 1_714),
        ("02", "1", 879_213 - 1_714), ("02", "2", 15_593_224 - 879_213 - 79_006 + 1_714),
    ]  # fmt: skip
    plants = {
        "01": [200, 650, 12_000, 100, 50], "02": [16_000, 13_000, 1_500, 1_500], "03": [25_000],
    }  # fmt: skip
    ellison_glaeser = [("01", "2", 500_000 - 13_000), ("02", "2", 400_000 - 32_000)]
    ellison_glaeser += [("03", "2", 100_000 - 25_000)]
    ellison_glaeser += [(state, "1", size) for state, sizes in plants.items() for size in sizes]
    shares = [5, 2, 2, 1]
    portfolio = [("01", str(at + 1), size) for at, size in enumerate(shares)] + [("02", "1", 10)]
    spread = [(f"0{at + 1}", "1", size) for at, size in enumerate(shares)]
    years = {
        "2009-10/lq": quotient, "2009-10/eg": ellison_glaeser,
        "2009-10/hhi": portfolio, "2009-10/spatial": spread,
    }  # fmt: skip
    return built(compiled, pd.concat([factories(rows, year) for year, rows in years.items()]))


def test_location_quotient_of_farhauer_and_kroell(examples):
    # six decimals are published
    rows = examples.query(
        "select lq_employment from marts.cluster_indicators "
        "where survey_year = '2009-10/lq' and state_code = '01' and cluster_code = '1'"
    )
    assert rows.lq_employment[0] == approx(0.3847623, abs=6e-7)


def test_ellison_glaeser_index_of_farhauer_and_kroell(examples):
    rows = examples.query(
        "select ellison_glaeser from marts.cluster_concentration "
        "where survey_year = '2009-10/eg' and cluster_code = '1'"
    )
    # published with six digits
    assert rows.ellison_glaeser[0] == approx(0.05990628, abs=5e-7)


def test_hhi_of_a_portfolio_and_its_equivalent_number(examples):
    rows = examples.query(
        "from marts.state_specialisation where survey_year = '2009-10/hhi' and state_code = '01'"
    )
    assert rows.portfolio_hhi[0] == approx(0.34)
    assert rows.effective_clusters[0] == approx(2.94, abs=0.005)
    entropy = -sum(share * np.log(share) for share in (0.5, 0.2, 0.2, 0.1))
    assert rows.portfolio_entropy[0] == approx(entropy, abs=1e-6)


def test_spatial_hhi_and_its_normalised_form(examples):
    rows = examples.query("from marts.cluster_concentration where survey_year = '2009-10/spatial'")
    assert rows.spatial_hhi[0] == approx(0.34)
    assert rows.spatial_hhi_normalised[0] == approx(0.12)
    # all employment is the cluster's own: it lies as the states do
    assert rows.hoover_gini[0] == approx(0, abs=1e-6)


def test_a_cluster_in_one_state_has_a_hoover_gini_near_one(compiled):
    rows = [("01", "1", 5), *((f"{at:02d}", "2", 100) for at in range(2, 22)), ("01", "2", 95)]
    warehouse = built(compiled, factories(rows))
    one_state = warehouse.query("from marts.cluster_concentration where cluster_code = '1'")
    assert one_state.hoover_gini[0] == approx(1 - 100 / 2100, abs=1e-6)
    assert one_state.spatial_hhi[0] == 1
    assert pd.isna(one_state.ellison_glaeser[0]), "one factory has no index"
    assert one_state.null_reason[0] == "ellison_glaeser: zero_denominator"


def test_indices_of_a_sample_say_their_error(compiled):
    """Factories of three clusters in ten states, one in four drawn; the last state is taken
    whole, so that its own HHI is certain."""
    random = np.random.default_rng(2)
    rows = [
        (f"{state:02d}", str(cluster), int(size))
        for state in range(1, 11)
        for cluster in (1, 2, 3)
        for size in np.ceil(np.exp(random.normal(3, 1, 6 + state)))
    ]
    frame = factories(rows, multiplier=4.0)
    frame.loc[frame.state_code == "10", "multiplier"] = 1.0
    warehouse = built(compiled, frame)
    clusters = warehouse.query("from marts.cluster_concentration")
    states = warehouse.query("from marts.state_specialisation order by state_code")
    for table, names in (
        (clusters, ("spatial_hhi", "hoover_gini", "ellison_glaeser")),
        (states, ("krugman_specialisation", "portfolio_hhi")),
    ):
        for name in names:
            value, error = table[f"{name}_corrected"], table[f"{name}_se"]
            assert (table[f"{name}_lower"] <= value).all() and (
                value <= table[f"{name}_upper"]
            ).all()
            # noise looks like concentration
            assert value.mean() < table[name].mean(), name
            assert (abs(value - table[name]) <= error).all(), name
    whole = states.iloc[-1]
    assert (whole.portfolio_hhi_se, whole.portfolio_hhi_lower) == (0, whole.portfolio_hhi)
    assert whole.krugman_specialisation_se > 0, "the country's shares are estimates"


def test_an_index_that_no_replicate_moves_has_no_error(compiled):
    """One cluster has all factories of its state, and all are of one size."""
    rows = [("01", "1", 50)] * 6 + [("02", "2", 80)] * 4
    warehouse = built(compiled, factories(rows, multiplier=3.0))
    [row] = warehouse.query("from marts.state_specialisation where state_code = '01'").to_dict(
        "records"
    )
    assert row["portfolio_hhi"] == 1
    assert pd.isna(row["portfolio_hhi_corrected"]) and pd.isna(row["portfolio_hhi_se"])
    assert "portfolio_hhi: not_estimable;" in row["sampling_null_reason"]


# Factories of up to four states and four clusters; a warehouse is built for each example.
economies = st.lists(
    st.tuples(
        st.sampled_from(["01", "02", "09", "33"]),
        st.sampled_from(["1", "2", "3", "4"]),
        st.integers(1, 2_000),
    ),
    min_size=8,
    max_size=30,
)
FEW = settings(
    max_examples=8,
    deadline=None,
    # a smaller example costs as many seconds as a large one
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
COMPARED = ["lq_employment", "lq_units", "share_of_cluster_employment", "average_size"]


@FEW
@given(rows=economies)
def test_identities_of_shares_quotients_and_concentration(compiled, rows):
    warehouse = built(compiled, factories(rows))
    cells = warehouse.query("from marts.cluster_indicators")
    clusters = warehouse.query("from marts.cluster_concentration")
    states = warehouse.query("from marts.state_specialisation")
    total = sum(size for *_, size in rows)
    by_state = pd.Series([r[2] for r in rows]).groupby([r[0] for r in rows]).sum() / total
    by_cluster = pd.Series([r[2] for r in rows]).groupby([r[1] for r in rows]).sum() / total
    assert cells.groupby("cluster_code").share_of_cluster_employment.sum().values == approx(
        1, abs=1e-5
    )
    assert cells.groupby("state_code").share_of_state_employment.sum().values == approx(1, abs=1e-5)
    weighted = cells.lq_employment * cells.state_code.map(by_state)
    assert weighted.groupby(cells.cluster_code).sum().values == approx(1, abs=1e-5)
    weighted = cells.lq_employment * cells.cluster_code.map(by_cluster)
    assert weighted.groupby(cells.state_code).sum().values == approx(1, abs=1e-5)
    assert len(cells) == len(by_state) * len(by_cluster)
    assert (
        (clusters.spatial_hhi >= 1 / clusters.states - 1e-6) & (clusters.spatial_hhi <= 1)
    ).all()
    assert clusters.hoover_gini.between(-1e-6, 1).all()
    assert states.krugman_specialisation.between(0, 2).all()
    assert (cells[cells.factories_sampled == 0].null_reason == "no_units").all()


@FEW
@given(rows=economies, factor=st.sampled_from([1e-3, 7.0, 1e6]), seed=st.integers(0, 99))
def test_what_must_not_change_does_not_change(compiled, rows, factor, seed):
    base = factories(rows, multiplier=2.0).assign(
        gross_value_added=lambda frame: frame.total_employees * 1000.0,
        total_employee_wages=lambda frame: frame.total_employees**1.1,
    )
    money = ["gross_value_added", "total_employee_wages"]
    scaled = base.assign(**{name: base[name] * factor for name in money})
    halves = pd.concat([base, base.assign(factory_id=base.factory_id + "x")])
    variants = {
        "base": base,
        "scaled": scaled,
        "halves": halves.assign(multiplier=1.0),
        "shuffled": base.sample(frac=1, random_state=seed),
    }
    together = [
        frame.assign(survey_year=f"2009-10/{name}", factory_id=name + frame.factory_id)
        for name, frame in variants.items()
    ]
    warehouse = built(compiled, pd.concat(together))
    columns = [*COMPARED, "lq_gross_value_added", "lq_wages"]
    results = {
        name: warehouse.query(
            f"select state_code, cluster_code, null_reason, {', '.join(columns)} "
            "from marts.cluster_indicators "
            f"where survey_year = '2009-10/{name}' order by state_code, cluster_code"
        )
        for name in variants
    }
    base = results["base"]
    for name in ("scaled", "halves", "shuffled"):
        for column in columns:
            compared = results[name][column].to_numpy(float, copy=True)
            # halves are all there are: no ratio of theirs is too unreliable to be shown
            unreliable = base.null_reason.fillna("").str.contains(f"{column}: unreliable")
            if name == "halves":
                compared[unreliable] = np.nan
            assert compared == approx(
                base[column].to_numpy(float), rel=1e-9, abs=2e-6, nan_ok=True
            ), (name, column)


@FEW
@given(rows=economies)
def test_splitting_a_plant_lowers_its_hhi_and_leaves_the_map(compiled, rows):
    state, cluster, size = rows[0]
    split = [*rows[1:], (state, cluster, size / 2), (state, cluster, size / 2)]
    warehouse = built(
        compiled, pd.concat([factories(rows, "2009-10/a"), factories(split, "2009-10/b")])
    )
    hhi = warehouse.query(
        f"from marts.cluster_concentration where cluster_code = '{cluster}' order by survey_year"
    )
    assert hhi.plant_hhi[1] < hhi.plant_hhi[0]
    assert hhi.spatial_hhi[1] == approx(hhi.spatial_hhi[0])
    assert hhi.hoover_gini[1] == approx(hhi.hoover_gini[0], abs=1e-6)


@FEW
@given(before=economies, after=economies)
def test_shift_share_parts_add_up_to_the_change(compiled, before, after):
    frame = pd.concat([factories(before, "2008-09"), factories(after, "2011-12")])
    warehouse = built(compiled, frame)
    rows = warehouse.query(
        """
        select
            now.*, indicators.shift_share_national + indicators.shift_share_mix
            + indicators.shift_share_regional as parts,
            indicators.growth_base_year, indicators.definition_breaks
        from (
            select cells.state_code, cells.cluster_code,
                cells.total_employees - base.total_employees as change
            from intermediate.int_indicator_cells as cells
            inner join intermediate.int_indicator_cells as base
                on base.survey_year = '2008-09' and cells.survey_year = '2011-12'
                and cells.state_basis = 'official' and base.state_basis = 'official'
                and cells.state_code = base.state_code
                and cells.cluster_code = base.cluster_code
        ) as now
        inner join marts.cluster_indicators as indicators
            on indicators.survey_year = '2011-12' and now.state_code = indicators.state_code
            and now.cluster_code = indicators.cluster_code
        """
    )
    assert (rows.growth_base_year == "2008-09").all()
    assert (rows.definition_breaks == "frame").all()
    assert rows.parts.values == approx(rows.change.values, abs=1e-5)


def test_plants_thrown_at_states_have_no_concentration_on_average(compiled):
    """E[gamma] = 0 when plants choose states with the probability of the states' shares."""
    random = np.random.default_rng(5)
    sizes = np.array([0.4, 0.3, 0.2, 0.1])
    states = np.array(["01", "02", "09", "33"])
    runs = []
    for run in range(500):
        drawn = random.choice(states, 40, p=sizes)
        employees = random.integers(10, 500, 40)
        # the rest of the economy is so large that the states' shares are those drawn with
        rest = [(s, "2", round(1e8 * share)) for s, share in zip(states, sizes, strict=True)]
        plants = [(s, "1", int(e)) for s, e in zip(drawn, employees, strict=True)]
        runs.append(factories(plants + rest, f"2009-10/{run:03d}"))
    warehouse = totals(compiled, pd.concat(runs))
    warehouse.give("reference.indicator_rules", indicator_rules())
    nothing = pd.DataFrame(columns=list(RESAMPLED)).astype(RESAMPLED)
    warehouse.give("intermediate.int_resampled_indices", nothing)
    warehouse.build("cluster_concentration")
    gamma = warehouse.query(
        "select ellison_glaeser as g from marts.cluster_concentration where cluster_code = '1'"
    ).g
    assert len(gamma) == 500
    assert abs(gamma.mean()) < 3 * gamma.std() / len(gamma) ** 0.5


def test_missing_zero_and_negative_denominators_say_so(compiled):
    frame = factories([("01", "1", 10), ("01", "2", 5), ("02", "1", 4)]).assign(
        gross_value_added=[-5.0, 100.0, 50.0],
        total_employee_wages=[3.0, 2.0, 1.0],
        total_output=[0.0, 10.0, 20.0],
    )
    rows = built(compiled, frame).query(
        "from marts.cluster_indicators order by state_code, cluster_code"
    )
    first, absent = rows.iloc[0], rows.iloc[3]
    assert pd.isna(first.wage_share) and "wage_share: negative_base;" in first.null_reason
    assert first.labour_productivity == -0.5, "value added keeps its sign"
    assert pd.isna(first.value_added_ratio)
    assert "value_added_ratio: zero_denominator;" in first.null_reason
    assert pd.isna(first.lq_gross_value_added)
    assert "lq_gross_value_added: negative_base;" in first.null_reason
    assert (absent.lq_employment, absent.null_reason) == (0, "no_units")
    assert "constant_prices: no_deflator;" in first.null_reason


def test_harmonised_states_hold_what_their_parts_hold(compiled):
    rows = [("28", "1", 30), ("36", "1", 20), ("36", "2", 5), ("09", "1", 7)]
    warehouse = built(compiled, factories(rows, "2014-15"))
    harmonised = warehouse.query(
        "select state_code, state_name, average_size from marts.cluster_indicators_harmonised "
        "where cluster_code = '1' order by state_code"
    )
    assert harmonised.state_code.tolist() == ["09", "28"]
    assert harmonised.state_name[1] == "Andhra Pradesh with Telangana"
    assert harmonised.average_size[1] == 25


def test_a_state_that_was_split_has_no_growth_of_its_own(compiled):
    frame = pd.concat(
        [
            factories([("28", "1", 50), ("09", "1", 10)], "2009-10"),
            factories([("28", "1", 30), ("36", "1", 30), ("09", "1", 20)], "2014-15"),
        ]
    )
    warehouse = built(compiled, frame)
    official, harmonised = (
        warehouse.query(
            f"select state_code, total_employees_growth as growth, definition_breaks, null_reason "
            f"from marts.{table} where survey_year = '2014-15'"
        ).set_index("state_code")
        for table in ("cluster_indicators", "cluster_indicators_harmonised")
    )
    assert pd.isna(official.growth["28"])
    assert "growth: definition_break;" in official.null_reason["28"]
    assert official.definition_breaks["28"] == "design frame state"
    assert official.growth["09"] == approx(2 ** (1 / 5) - 1, abs=1e-6)
    assert harmonised.growth["28"] == approx(1.2 ** (1 / 5) - 1, abs=1e-6)


def test_a_merged_territory_has_the_name_of_its_year(compiled):
    years = ("1998-99", "2019-20", "2020-21", "2022-23")
    rows = [(state, "1", 10) for state in ("25", "26", "01", "21", "38")]
    warehouse = totals(compiled, pd.concat([factories(rows, year) for year in years]))
    for table in ("int_open_factory", "int_estimates where domain = 'state'"):
        names = warehouse.query(
            f"select distinct state_code, survey_year, state_name from intermediate.{table}"
        ).set_index(["state_code", "survey_year"])["state_name"]
        alone, merged = "Daman & Diu", "Dadra & Nagar Haveli and Daman & Diu"
        assert [names["25", year] for year in years] == [alone, alone, merged, merged]
        assert {names["26", year] for year in years} == {"Dadra & Nagar Haveli"}
        assert {names["01", year] for year in years} == {"Jammu & Kashmir"}
        # a name that is only written otherwise is one name in all years
        assert {names["21", year] for year in years} == {"Odisha"}
        assert {names["38", year] for year in years} == {"Not stated"}


def test_proximity_and_density_by_hand():
    # three states, three clusters: 1 and 2 share one of two states, 1 and 3 one of two and one
    home = np.array([[True, True, False], [True, False, True], [False, True, False]])
    near = proximity(home)
    assert near.tolist() == [[0, 0.5, 0.5], [0.5, 0, 0], [0.5, 0, 0]]
    values = relatedness_density(home, near)
    assert values.tolist() == [[0.5, 1, 1], [0.5, 1, 1], [0.5, 0, 0]]


def test_no_clusters_and_no_cells_make_empty_tables_with_their_columns():
    cells = pd.DataFrame(
        {"survey_year": [YEAR], "state_code": ["01"], "cluster_code": ["1"], "quotient": [1.0]}
    )
    assert relatedness(cells, 10, 2, 0.4).empty
    assert list(relatedness(cells, 10, 2, 0.4)) == list(relatedness(cells[:0], 10, 2, 0.4))
    assert list(density(cells)) == list(density(cells[:0]))
