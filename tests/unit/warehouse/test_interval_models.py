"""Variances, degrees of freedom and limits in SQL against the methods that they are the SQL of."""

import numpy as np
import pandas as pd
import pytest

from bench.coverage import COLUMNS, SMOOTHING
from bench.population import FINE, Survey, populations
from locus_pipeline.methods.indicators import intervals
from locus_pipeline.methods.indicators.generalised_variance import smoothed, unseen
from locus_pipeline.methods.indicators.intervals import Limits
from locus_pipeline.methods.indicators.shares import relatives
from locus_pipeline.methods.indicators.stratum_moments import (
    Moments,
    moments,
    ratio_parts,
    stratum_covariances,
)
from tests.support.dictionary import indicator_rules
from tests.support.warehouse import Warehouse, build_totals

STATES = ["01", "02", "03", "06", "08", "09", "10", "18", "19", "21", "23", "24", "27", "28", "29",
          "32", "33", "07"]  # fmt: skip
CLUSTERS = 20
KNOWN, MASKED = "2009-10", "2022-23"
# What makes a cell of each domain, beside its survey year: where it lies, and what it is.
DOMAINS = {
    "state_cluster": (["state_code"], ["cluster_code"]),
    "district_cluster": (["state_code", "district_code"], ["cluster_code"]),
    "sector_cluster": (["sector"], ["cluster_code"]),
    "state_industry": (["state_code"], ["nic_code"]),
    "cluster": ([], ["cluster_code"]),
    "state": (["state_code"], []),
    "country": ([], []),
}
SIGNED = ["gross_value_added"]
QUOTIENTS = {"units": "units", "employment": "total_employees", "wages": "total_employee_wages"}
RATIOS = {
    "labour_productivity": ("gross_value_added", "total_employees"),
    "wage_share": ("total_employee_wages", "gross_value_added"),
    "average_size": ("total_employees", "units"),
}


def code(industry: np.ndarray) -> pd.Series:
    return pd.Series(industry + 101).astype(str)


def survey_year(year: str, seed: int) -> pd.DataFrame:
    """All factories taken whole and a sample of the others, selected ones that closed too."""
    population = populations(seed, years=1)[0]
    survey = Survey(population, FINE)
    random = np.random.default_rng(seed)
    chosen, multiplier, _ = survey.drawn(random)
    certain = np.setdiff1d(np.arange(len(population.state)), survey.others)
    at = np.concatenate([chosen, certain])
    factories = pd.DataFrame(population.values[at], columns=list(COLUMNS))
    frame, returned = code(population.frame[at]), code(population.returned[at])
    return factories.assign(
        survey_year=year,
        factory_id=[f"f{place}" for place in at],
        state_code=np.array(STATES)[population.state[at]],
        district_code=random.choice(["01", "02", "03"], len(at)),
        sector=random.choice(["1", "2"], len(at)),
        scheme="2",
        nic_frame="9999" if year == MASKED else frame + "1",
        nic_return=returned + "11",
        cluster_code=(population.returned[at] % CLUSTERS + 1).astype(str),
        is_open=population.is_open[at],
        # disclosure control skips invented years
        is_synthetic=True,
        multiplier=np.concatenate([multiplier, np.ones(len(certain))]),
    )


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.concat([survey_year(KNOWN, 1), survey_year(MASKED, 2)], ignore_index=True)


@pytest.fixture(scope="module")
def warehouse(compiled, sample) -> Warehouse:
    warehouse = Warehouse(compiled)
    clusters = dict(zip(sample.nic_return, sample.cluster_code, strict=True))
    build_totals(warehouse, sample.drop(columns="cluster_code"), clusters)
    warehouse.give("reference.indicator_rules", indicator_rules())
    warehouse.give_seed("indicators", "definition_breaks")
    warehouse.build(
        "int_indicator_cells", "int_indicator_growth", "int_indicator_errors", "int_growth_errors"
    )
    return warehouse


@pytest.fixture(scope="module")
def placed(sample, warehouse) -> pd.DataFrame:
    """Factories; those that are not certain with strata as the design or the masked release allows,
    by the text of docs/small-cells.md, and with those that the warehouse pairs."""
    drawn = sample[sample.multiplier > 1].copy()
    known = drawn.survey_year == KNOWN
    # from 2015-16 on strata have three digits; the multiplier stands for what is masked
    drawn["stratum"] = np.where(
        known,
        drawn.survey_year + drawn.state_code + drawn.nic_frame,
        drawn.survey_year + drawn.state_code + drawn.sector + drawn.nic_return.str[:3]
        + drawn.multiplier.astype(str),
    )  # fmt: skip
    by_stratum = drawn.groupby("stratum").multiplier
    drawn["selected"] = by_stratum.transform("size")
    fraction = drawn.selected / by_stratum.transform("sum")
    correction = drawn.selected / (drawn.selected - 1).clip(lower=1)
    drawn["scale"] = (1 - fraction) * correction
    drawn["changed"] = np.where(known, 0.0, changed_shares(drawn).reindex(drawn.nic_return.str[:2]))
    pairs = warehouse.query(
        "select survey_year, factory_id, survey_year || stratum as paired, "
        "units_selected as paired_selected, variance_scale as paired_scale "
        "from intermediate.int_sampling_strata"
    )
    drawn = drawn.merge(pairs, on=["survey_year", "factory_id"], validate="1:1")
    together = pd.concat([drawn, sample[sample.multiplier == 1]], ignore_index=True)
    together["sector"] = together.sector.map({"1": "rural", "2": "urban"})
    return together.assign(nic_code=together.nic_return)


def changed_shares(drawn: pd.DataFrame) -> pd.Series:
    """By division, from the year that has both codes; 0.06 of 50 factories more."""
    both = drawn[(drawn.survey_year == KNOWN) & drawn.is_open]
    is_changed = (both.nic_frame != both.nic_return.str[:4]).groupby(both.nic_frame.str[:2])
    common = (is_changed.sum().sum() + 50 * 0.06) / (is_changed.size().sum() + 50)
    return (is_changed.sum() + 50 * common) / (is_changed.size() + 50)


def none_left(sample: pd.DataFrame, cells: pd.DataFrame, keys: list) -> np.ndarray:
    """Which cells have no factory outside the census sector, though some were selected for them:
    for the industry of the frame where it is known, else for that of the return. A code of this
    population is the only one of its class, and of a single cluster."""
    drawn = sample[sample.multiplier > 1]
    cluster_of = dict(zip(sample.nic_return.str[:4], sample.cluster_code, strict=True))
    of_frame = drawn.nic_frame.where(drawn.nic_frame.isin(cluster_of), drawn.nic_return.str[:4])
    chosen = drawn.assign(cluster_code=of_frame.map(cluster_of), nic_code=of_frame + "1")
    present = set(drawn[drawn.is_open][keys].itertuples(index=False, name=None))
    selected = set(chosen[keys].itertuples(index=False, name=None)) - present
    return np.array([key in selected for key in cells[keys].itertuples(index=False, name=None)])


class Oracle:
    """A domain of one survey year by the methods."""

    def __init__(self, sample: pd.DataFrame, estimates: pd.DataFrame, place: list, kind: list):
        keys = place + kind
        drawn = sample[sample.multiplier > 1]
        if not kind:
            # cells of whole strata: lone ones are paired
            drawn = drawn.drop(columns=["stratum", "selected", "scale"]).rename(
                columns={
                    "paired": "stratum",
                    "paired_selected": "selected",
                    "paired_scale": "scale",
                }
            )
        self.cells = estimates.reset_index(drop=True)
        number = {key: at for at, key in enumerate(self.cells[keys].itertuples(index=False))}
        opened = drawn[drawn.is_open]
        cell = np.array([number[key] for key in opened[keys].itertuples(index=False)])
        stratum = pd.factorize(opened.stratum)[0]

        def moments_by(stratum: np.ndarray, selected: pd.Series, scale: pd.Series) -> Moments:
            return moments(
                cell,
                stratum,
                selected.to_numpy(float),
                scale.to_numpy(),
                opened.multiplier.to_numpy(),
                opened[list(COLUMNS)].to_numpy(),
                len(number),
            )

        self.direct = moments_by(stratum, opened.selected, opened.scale)
        if kind:
            pairs = pd.factorize(opened.paired)[0]
            self.paired = moments_by(pairs, opened.paired_selected, opened.paired_scale)
        changed = np.bincount(stratum, opened.changed) / np.bincount(stratum)
        changed = changed[self.direct.stratum]
        self.place, self.kind = (self._numbers(columns) for columns in (place, kind))
        self.rows: Moments = smoothed(self.direct, self.kind, SMOOTHING, changed)
        self.totals = self.cells[[f"{name}_estimated" for name in COLUMNS]].to_numpy()
        self.sampled = self.direct.by_cell(self.direct.sums)
        self.none_left = none_left(sample, self.cells, keys)
        certain = sample[sample.is_open & (sample.multiplier == 1)]
        at = np.array([number[key] for key in certain[keys].itertuples(index=False)], int)
        self.certain = np.bincount(at, minlength=len(number))
        self.largest = np.zeros((len(number), len(COLUMNS)))
        np.maximum.at(self.largest, at, certain[list(COLUMNS)].to_numpy())

    def relatives(self, name: str) -> tuple[dict, Limits]:
        """Shares and quotient of a measure, and its own limits."""
        at = COLUMNS.index(name)
        figures = relatives(self.totals[:, at], self.paired, at, self.place, self.kind)
        variance, _, limits = self.of_totals()[name]
        # what is certain has no limits of the method: they are the estimate
        certain = (variance == 0) & ~self.none_left
        of_measure = Limits(
            np.where(certain, self.totals[:, at], limits.lower),
            np.where(certain, self.totals[:, at], limits.upper),
        )
        return figures, of_measure

    def _numbers(self, columns: list) -> np.ndarray:
        if not columns:
            return np.zeros(len(self.cells), int)
        return self.cells.groupby(columns).ngroup().to_numpy()

    def of_totals(self) -> dict[str, tuple]:
        """Variance, degrees of freedom and limits by measure."""
        parts = np.maximum(np.diagonal(stratum_covariances(self.rows), axis1=1, axis2=2), 0)
        hidden = unseen(self.direct, self.place, self.kind)
        by_name = {}
        for at, name in enumerate(COLUMNS):
            free = self.rows.inside - 1.0 + SMOOTHING.prior[at]
            degrees = intervals.degrees_of_freedom(
                parts[:, at], free, self.rows.cell, len(self.cells)
            )
            variance = self.rows.by_cell(parts[:, at]) + hidden[:, at]
            if name in SIGNED:
                limits = intervals.of_signed(self.totals[:, at], variance, degrees)
            else:
                split = self.totals[:, at] - self.sampled[:, at], self.sampled[:, at]
                if name == "units":
                    limits = intervals.of_count(*split, variance, degrees)
                else:
                    split = intervals.in_grades(*split, self.certain, self.largest[:, at])
                    limits = intervals.of_amount(*split, variance, degrees)
            by_name[name] = variance, degrees, limits
        return by_name

    def of_ratios(self) -> dict[str, tuple]:
        by_name = {}
        for name, (above, below) in RATIOS.items():
            pair = COLUMNS.index(above), COLUMNS.index(below)
            parts = ratio_parts(self.rows, self.totals, *pair)
            free = self.rows.inside - 1.0 + SMOOTHING.ratio
            degrees = intervals.degrees_of_freedom(parts, free, self.rows.cell, len(self.cells))
            variance = self.rows.by_cell(parts)
            value = self.totals[:, pair[0]] / self.totals[:, pair[1]]
            by_name[name] = variance, degrees, intervals.of_ratio(value, variance, degrees)
        return by_name


def polynomial(degrees: np.ndarray) -> np.ndarray:
    """The quantile that SQL takes (docs/small-cells.md)."""
    v = np.asarray(degrees, float)
    return 1.959964 + 2.372271 / v + 2.822499 / v**2 + 2.555850 / v**3 + 1.589534 / v**4


@pytest.mark.parametrize("year", [KNOWN, MASKED])
@pytest.mark.parametrize("domain", list(DOMAINS))
def test_errors_are_those_of_the_methods(warehouse, placed, domain, year, monkeypatch):
    monkeypatch.setattr(intervals, "quantile", polynomial)
    place, kind = DOMAINS[domain]
    estimates = errors_of(warehouse, domain, year)
    oracle = Oracle(placed[placed.survey_year == year], estimates, place, kind)
    number = np.bincount(oracle.direct.cell, oracle.direct.inside, minlength=len(estimates))
    assert estimates.factories_drawn.tolist() == number.tolist()
    some = number > 0
    for name, (variance, degrees, limits) in {**oracle.of_totals(), **oracle.of_ratios()}.items():
        told = some & np.isfinite(limits.lower)
        assert told.any()
        assert estimates[f"{name}_lower"][some].notna().tolist() == told[some].tolist(), name
        for column, expected in (
            (f"{name}_smoothed_variance", variance), (f"{name}_lower", limits.lower),
            (f"{name}_upper", limits.upper),
        ):  # fmt: skip
            assert estimates[column][told].to_numpy() == pytest.approx(expected[told], rel=1e-6), (
                column
            )
        finite = told & np.isfinite(degrees)
        same = estimates[f"{name}_degrees"][finite].to_numpy()
        assert same == pytest.approx(degrees[finite], rel=1e-6), name


@pytest.mark.parametrize("year", [KNOWN, MASKED])
@pytest.mark.parametrize("domain", ["state_cluster", "district_cluster", "state_industry"])
def test_what_nothing_was_selected_for_is_certain_and_what_is_gone_not_estimable(
    warehouse, placed, domain, year
):
    estimates = errors_of(warehouse, domain, year)
    estimates = estimates[estimates.factories_drawn == 0].reset_index(drop=True)
    place, kind = DOMAINS[domain]
    gone = none_left(placed[placed.survey_year == year], estimates, place + kind)
    # cells of districts are small enough to lose all that was selected for them
    assert gone.any() or domain != "district_cluster"
    assert (~gone).sum() > 10
    assert estimates.is_certain.tolist() == (~gone).tolist()
    columns = [f"total_employees_{name}" for name in ("smoothed_variance", "lower", "upper")]
    assert estimates.loc[gone, columns].isna().all(axis=None)
    certain = estimates[~gone]
    assert (certain.total_employees_smoothed_variance == 0).all()
    assert (certain.total_employees_lower == certain.total_employees_estimated).all()
    assert (certain.total_employees_upper == certain.total_employees_estimated).all()
    assert certain.total_employees_degrees.isna().all()


@pytest.mark.parametrize("year", [KNOWN, MASKED])
@pytest.mark.parametrize("name", list(QUOTIENTS))
def test_limits_of_shares_and_quotients_are_those_of_the_methods(
    warehouse, placed, name, year, monkeypatch
):
    monkeypatch.setattr(intervals, "quantile", polynomial)
    estimates = state_clusters(warehouse, year)
    oracle = Oracle(placed[placed.survey_year == year], estimates, *DOMAINS["state_cluster"])
    measure = QUOTIENTS[name]
    figures, of_measure = oracle.relatives(measure)
    total = oracle.totals[:, COLUMNS.index(measure)]
    for kind, figure in figures.items():
        of = intervals.of_quotient if kind == "lq" else intervals.of_share
        expected = of(figure.value, total, of_measure, figure.slope, figure.rest)
        told = np.isfinite(expected.lower) & (total > 0)
        assert told.sum() > 200
        for limit in ("lower", "upper"):
            values = estimates[f"{kind}_{name}_{limit}"][told].to_numpy()
            assert values == pytest.approx(getattr(expected, limit)[told], rel=1e-6), kind


def test_limits_of_growth_are_those_of_the_methods(warehouse):
    growth = warehouse.query("from intermediate.int_growth_errors where state_basis = 'harmonised'")
    assert growth.total_employees_growth_lower.notna().sum() > 100
    growth = growth[growth.survey_year == MASKED].merge(
        warehouse.query(
            "from intermediate.int_indicator_errors where state_basis = 'harmonised' "
            f"and survey_year = '{MASKED}'"
        ), on=["state_code", "cluster_code"],
    ).merge(
        warehouse.query(
            "from intermediate.int_indicator_errors where state_basis = 'harmonised' "
            f"and survey_year = '{KNOWN}'"
        ), on=["state_code", "cluster_code"], suffixes=("", "_base"),
    )  # fmt: skip
    for name in ("units", "total_employees", "total_employee_wages"):
        old, new = growth[f"{name}_base"].to_numpy(), growth[name].to_numpy()
        before, after = (
            Limits(growth[f"{name}_lower{end}"].to_numpy(), growth[f"{name}_upper{end}"].to_numpy())
            for end in ("_base", "")
        )
        limits = intervals.of_growth(old, before, new, after)
        told = growth[f"{name}_growth_lower"].notna().to_numpy()
        assert told.sum() > 100
        for limit in ("lower", "upper"):
            yearly = getattr(limits, limit)[told] ** (1 / 13) - 1
            same = growth[f"{name}_growth_{limit}"][told].to_numpy()
            assert same == pytest.approx(yearly, rel=1e-6, abs=1e-9), name


def errors_of(warehouse: Warehouse, domain: str, year: str) -> pd.DataFrame:
    """Estimates and errors of the cells of official states."""
    return warehouse.query(
        "select * from intermediate.int_estimates "
        "inner join intermediate.int_estimate_errors using (domain, state_basis, survey_year, "
        "state_code, district_code, sector, cluster_code, nic_version, nic_code, assignment_rule) "
        f"where domain = '{domain}' and state_basis = 'official' and survey_year = '{year}'"
    )


def state_clusters(warehouse: Warehouse, year: str) -> pd.DataFrame:
    """Estimates and limits of the official states."""
    return warehouse.query(
        "select * from intermediate.int_estimates inner join intermediate.int_indicator_errors "
        "using (state_basis, survey_year, state_code, cluster_code) "
        f"where domain = 'state_cluster' and state_basis = 'official' and survey_year = '{year}' "
        "order by state_code, cluster_code"
    )
