"""Sampling errors: the models' variances against the package svy, and 95 % intervals against the
truth of a population that is drawn from 200 times."""

import numpy as np
import pandas as pd
import polars
import pytest
import svy
from pytest import approx

from tests.support.dictionary import seed
from tests.support.warehouse import Warehouse, build_indicators, build_totals

STATES = ["09", "24", "27", "29", "33", "32"]
# class -> cluster; codes of the return are the class and a digit
CLUSTERS = {
    "1010": "18", "1030": "18", "1061": "18", "1311": "42", "1312": "42", "1392": "42",
    "1410": "2", "2011": "9", "2012": "9", "2220": "33", "2410": "47", "2431": "47",
}  # fmt: skip
CLUSTER_OF = {f"{nic}1": cluster for nic, cluster in CLUSTERS.items()}
LARGE = 100  # workers: the census scheme
SAMPLES = 200


def population(random: np.random.Generator, count: int) -> pd.DataFrame:
    """Factories of six states and twelve industries, sizes as skewed as those of the survey."""
    workers = np.rint(np.exp(random.normal(2.9, 1.1, count))).clip(1, 3000)
    employees = workers * random.uniform(1.05, 1.5, count)
    output = employees * np.exp(random.normal(13, 0.6, count))
    value_added = output * random.normal(0.15, 0.08, count)
    nic = random.choice(list(CLUSTERS), count, p=random.dirichlet(np.full(len(CLUSTERS), 3.0)))
    frame = pd.DataFrame(
        {
            "state_code": random.choice(STATES, count, p=random.dirichlet(np.full(6, 3.0))),
            "sector": random.choice(["1", "2"], count),
            "nic_frame": nic,
            "nic_return": [f"{code}1" for code in nic],
            "scheme": np.where(workers >= LARGE, "1", "2"),
            "is_open": random.random(count) < 0.9,
            "production_workers": workers,
            "skilled_workers": employees - workers,
            "production_worker_wages": workers * np.exp(random.normal(11.8, 0.3, count)),
            "skilled_worker_wages": (employees - workers) * np.exp(random.normal(12.5, 0.4, count)),
            "total_employees": employees,
            "total_employee_wages": employees * np.exp(random.normal(12, 0.3, count)),
            "total_output": output,
            "total_input": output - value_added,
            "gross_value_added": value_added,
            "fixed_capital": output * np.exp(random.normal(-1, 0.8, count)),
        }
    )
    frame["stratum"] = frame.state_code + frame.nic_frame
    return frame


def drawn(factories: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """A sample by the design of 2007-08: large factories and strata of up to four units whole, of
    the others a fifth, at least four, of each state and industry."""
    sampled = factories.scheme == "2"
    size = factories[sampled].groupby("stratum").stratum.transform("size")
    wanted = np.maximum(4, np.ceil(size / 5)).clip(upper=size)
    order = pd.Series(random.random(len(size)), index=size.index)
    rank = order.groupby(factories.stratum[sampled]).rank()
    chosen = rank[rank <= wanted].index
    kept = factories.loc[factories.index[~sampled].union(chosen)]
    multiplier = pd.Series(1.0, index=kept.index)
    multiplier[chosen] = size[chosen] / wanted[chosen]
    return kept.assign(multiplier=multiplier)


def with_ids(sample: pd.DataFrame, year: str) -> pd.DataFrame:
    return sample.assign(survey_year=year, factory_id=[f"f{at}" for at in sample.index])


@pytest.fixture(scope="module")
def one_sample(compiled):
    """Totals of one sample, and its factories with the strata that the models found."""
    random = np.random.default_rng(11)
    sample = with_ids(drawn(population(random, 6000), random), "2009-10")
    warehouse = Warehouse(compiled)
    build_totals(warehouse, sample, CLUSTER_OF)
    build_indicators(warehouse)
    strata = warehouse.query("from intermediate.int_sampling_strata")
    placed = sample.drop(columns="stratum").merge(
        strata, on=["survey_year", "factory_id"], how="left"
    )
    placed["cluster_code"] = placed.nic_return.map(CLUSTER_OF)
    placed["sector"] = placed.sector.map({"1": "rural", "2": "urban"})
    # what stands for itself is a stratum that was taken whole
    placed["stratum"] = placed.stratum.fillna("certain")
    placed["population"] = placed.groupby("stratum").multiplier.transform("sum")
    return warehouse, placed


def surveyed(placed: pd.DataFrame, **columns) -> svy.Sample:
    frame = placed.assign(**columns)
    kept = ["stratum", "multiplier", "population", "state_code", "sector", "cluster_code",
            *columns]  # fmt: skip
    return svy.Sample(
        polars.from_pandas(frame[kept]),
        svy.Design(stratum="stratum", wgt="multiplier", pop_size="population"),
    )


def test_no_stratum_of_one_is_left(one_sample):
    _, placed = one_sample
    assert placed.units_selected.dropna().min() >= 2


@pytest.mark.parametrize(
    "measure", ["total_employees", "total_output", "gross_value_added", "units"]
)
def test_totals_and_their_errors_are_those_of_svy(one_sample, measure):
    warehouse, placed = one_sample
    # a factory that is not open counts in its stratum with zero
    values = placed.get(measure, pd.Series(1.0, index=placed.index)) * placed.is_open
    sample = surveyed(placed, y=values.astype(float))
    for keys, domain in (
        (["cluster_code"], "cluster"),
        (["state_code"], "state"),
        (["state_code", "cluster_code"], "state_cluster"),
        (["sector", "cluster_code"], "sector_cluster"),
    ):
        rows = warehouse.query(
            f"select {', '.join(keys)}, {measure}_estimated, {measure}_variance "
            "from intermediate.int_estimates "
            f"where domain = '{domain}' and state_basis = 'official'"
        )
        expected = {
            tuple(np.atleast_1d(one.by_level)): (one.est, one.se)
            for one in sample.estimation.total("y", by=keys).estimates
        }
        computed = {
            tuple(row[:-2]): (row[-2], max(row[-1], 0) ** 0.5)
            for row in rows.itertuples(index=False)
        }
        for key, (estimate, error) in computed.items():
            assert estimate == approx(expected[key][0], rel=1e-9), key
            assert error == approx(expected[key][1], rel=1e-6, abs=1e-6), key


def test_the_rows_of_each_domain_add_up_to_the_country(one_sample):
    """But districts, which releases name in part; a stratum lies in one state."""
    warehouse, placed = one_sample
    sums = warehouse.query(
        "select domain, state_basis, sum(factories_sampled) as factories, "
        "sum(total_output_estimated) as output, sum(total_output_variance) as variance "
        "from intermediate.int_estimates where domain <> 'district_cluster' group by all"
    ).set_index(["domain", "state_basis"])
    assert len(sums) == len(seed("estimation_domains", "estimates")) - 1
    assert set(sums.factories) == {placed.is_open.sum()}
    country = sums.loc["country", "official"]
    assert sums.output.to_numpy() == approx(country.output)
    assert sums.variance["state", "official"] == approx(country.variance)


@pytest.mark.parametrize(
    "ratio, numerator, denominator",
    [
        ("labour_productivity", "gross_value_added", "total_employees"),
        ("wage_share", "total_employee_wages", "gross_value_added"),
        ("skill_share", "skilled_workers", "total_employees"),
        ("capital_intensity", "fixed_capital", "total_employees"),
    ],
)
def test_ratios_and_their_errors_are_those_of_svy(one_sample, ratio, numerator, denominator):
    warehouse, placed = one_sample
    sample = surveyed(
        placed, y=placed[numerator] * placed.is_open, x=placed[denominator] * placed.is_open
    )
    expected = {
        one.by_level: (one.est, one.se)
        for one in sample.estimation.ratio("y", "x", by=["state_code", "cluster_code"]).estimates
    }
    rows = indicators(warehouse, f"{ratio}, {ratio}_se")
    assert len(rows) > 20
    for key, estimate, error in rows:
        assert estimate == approx(expected[key][0], rel=1e-9), key
        assert error == approx(expected[key][1], rel=1e-6, abs=1e-9), key


@pytest.mark.parametrize("kind", ["share_of_cluster", "share_of_state", "lq"])
@pytest.mark.parametrize(
    "name, measure", [("employment", "total_employees"), ("wages", "total_employee_wages")]
)
def test_shares_and_quotients_have_the_errors_of_their_linear_form(one_sample, kind, name, measure):
    """svy gives the error of the total of z, where z = value * (1 of the cell / its total, less or
    plus the same of state, cluster and country)."""
    warehouse, placed = one_sample
    y, weight = placed[measure] * placed.is_open, placed.multiplier
    everywhere = pd.Series(True, index=placed.index)
    for key, estimate, error in indicators(warehouse, f"{kind}_{name}, {kind}_{name}_se")[:12]:
        in_state, in_cluster = placed.state_code == key[0], placed.cluster_code == key[1]
        parts = {
            "share_of_cluster": [(in_state & in_cluster, 1), (in_cluster, -1)],
            "share_of_state": [(in_state & in_cluster, 1), (in_state, -1)],
            "lq": [
                (in_state & in_cluster, 1), (in_state, -1), (in_cluster, -1), (everywhere, 1),
            ],
        }[kind]  # fmt: skip
        z = sum(sign * y * part / (y * weight * part).sum() for part, sign in parts)
        (one,) = surveyed(placed, z=estimate * z).estimation.total("z").estimates
        assert error == approx(one.se, rel=1e-6, abs=1e-12), key


def test_the_skill_premium_has_the_error_of_its_linear_form(one_sample):
    warehouse, placed = one_sample
    weight = placed.multiplier * placed.is_open
    terms = [
        ("skilled_worker_wages", 1), ("skilled_workers", -1),
        ("production_worker_wages", -1), ("production_workers", 1),
    ]  # fmt: skip
    for key, estimate, error in indicators(warehouse, "skill_premium, skill_premium_se")[:12]:
        inside = (placed.state_code == key[0]) & (placed.cluster_code == key[1]) & placed.is_open
        z = sum(
            sign * placed[name] * inside / (placed[name] * weight * inside).sum()
            for name, sign in terms
        )
        (one,) = surveyed(placed, z=estimate * z).estimation.total("z").estimates
        assert error == approx(one.se, rel=1e-6), key


def indicators(warehouse: Warehouse, columns: str) -> list[tuple]:
    """((state, cluster), value, standard error) of the cells that have factories, unrounded."""
    first = columns.split(",")[0]
    rows = warehouse.query(
        f"select state_code, cluster_code, {columns} from intermediate.int_indicator_cells "
        f"where state_basis = 'official' and {first} is not null and factories_sampled > 0 "
        "order by state_code, cluster_code"
    )
    return [((row[0], row[1]), row[2], row[3]) for row in rows.itertuples(index=False)]


@pytest.fixture(scope="module")
def samples(compiled):
    """Totals of 200 samples of one population, each as a survey year of its own; the frame's
    industry is masked in half of them, as public releases do it."""
    random = np.random.default_rng(3)
    factories = population(random, 9000)
    years = [
        with_ids(drawn(factories, random), f"{'2009-10' if at % 2 else '2022-23'}/{at:03d}")
        for at in range(SAMPLES)
    ]
    together = pd.concat(years)
    masked = together.survey_year.str.startswith("2022-23")
    together.loc[masked, "nic_frame"] = "9999"
    warehouse = Warehouse(compiled)
    build_totals(warehouse, together.drop(columns="stratum"), CLUSTER_OF)
    return factories[factories.is_open], warehouse


def covered(rows: pd.DataFrame, truth: pd.Series, measure: str) -> pd.Series:
    """Share of 95 % intervals that hold the truth, by row of the domain."""
    error = np.sqrt(rows[f"{measure}_variance"].clip(lower=0))
    missed = rows[f"{measure}_estimated"] - rows.key.map(truth)
    return (missed.abs() <= 1.96 * error).groupby(rows.key).mean()


@pytest.mark.parametrize("measure", ["total_employees", "total_output", "gross_value_added"])
def test_intervals_cover_the_truth_92_to_98_times_in_100(samples, measure):
    factories, warehouse = samples
    factories = factories.assign(cluster_code=factories.nic_return.map(CLUSTER_OF))
    columns = f"survey_year, {measure}_estimated, {measure}_variance"
    states = warehouse.query(
        f"select state_code as key, {columns} from intermediate.int_estimates "
        "where domain = 'state'"
    )
    clusters = warehouse.query(
        f"select cluster_code as key, {columns} from intermediate.int_estimates "
        "where domain = 'cluster'"
    )
    # a stratum lies in one state: variances of states add up
    national = states.groupby("survey_year").sum(numeric_only=True).reset_index()
    national = national.assign(key="India")
    shares = {
        "national": covered(national, pd.Series({"India": factories[measure].sum()}), measure),
        "states": covered(states, factories.groupby("state_code")[measure].sum(), measure),
        "clusters": covered(clusters, factories.groupby("cluster_code")[measure].sum(), measure),
    }
    for level, share in shares.items():
        assert 0.92 <= share.mean() <= 0.98, (level, share)


def test_estimates_are_unbiased(samples):
    factories, warehouse = samples
    rows = warehouse.query(
        "select survey_year, sum(total_employees_estimated) as y "
        "from intermediate.int_estimates where domain = 'cluster' group by survey_year"
    ).y
    truth = factories.total_employees.sum()
    assert abs(rows.mean() - truth) < 3 * rows.std() / len(rows) ** 0.5


def test_masked_frames_are_found_and_marked(samples):
    _, warehouse = samples
    methods = warehouse.query(
        "select distinct substr(survey_year, 1, 7) as year, strata_method "
        "from intermediate.int_sampling_strata order by year"
    )
    assert methods.values.tolist() == [["2009-10", "design"], ["2022-23", "pseudo"]]
