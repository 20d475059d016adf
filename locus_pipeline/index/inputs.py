"""What the index is computed from, read out of the warehouse; each basis from its own models alone.

`facts` reads models that rest on FACTS rounds, `asi_screening` those that rest on the survey. The
lists of models here are also what the Dagster assets name as their dependencies.
"""

from dataclasses import dataclass, field, replace
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from locus_pipeline.methods.index import peers
from locus_pipeline.methods.index.framework import Framework, Rules
from locus_pipeline.methods.index.gate import completeness, eligibility
from locus_pipeline.methods.index.tables import CORRELATIONS, KEYS, VALUES
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.inputs import built_warehouse

FACTS, SCREENING = "facts", "asi_screening"
METHOD_MODELS = [
    "cci_framework", "cci_rules", "cci_intervention_map", "cci_indicator_names", "facts_parameters",
    "state_zones",
]  # fmt: skip
MODELS = {
    FACTS: [
        "facts_round_metrics",
        "facts_round_correlations",
        "facts_round_objects",
        "facts_gate_inputs",
    ],
    SCREENING: ["facts_asi_metrics", "facts_asi_correlations", "facts_asi_objects"],
}
DAYS_IN_MONTH = 365.25 / 12
COMPLETENESS = ("completeness", "lowest_pillar", "lowest_pillar_completeness")
# What the objects are described with, beside what the index and the peer groups need.
DESCRIBED = ("object_name", "is_synthetic")


@dataclass(frozen=True)
class Method:
    """The framework and rules of one basis, and the words of its pages."""

    framework: Framework
    rules: Rules
    names: pd.DataFrame
    interventions: pd.DataFrame


@dataclass(frozen=True)
class Inputs:
    """Values (`tables.VALUES`) and objects of all periods, and what each period is called.

    `objects`: `tables.OBJECTS`, `object_name`, `is_synthetic`, and the fields of
    `peers.peer_groups`. `labels`: period -> the sentence that goes with every table. `partitions`:
    period -> keys of the Dagster partitions that hold it: the survey year, or its rounds.
    `correlations` (`tables.CORRELATIONS`): of the sampling errors of each object's values.
    """

    values: pd.DataFrame
    objects: pd.DataFrame
    labels: dict[str, str]
    partitions: dict[str, list[str]]
    correlations: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(CORRELATIONS)).astype(CORRELATIONS)
    )

    def of(self, period: str) -> "Inputs":
        """One period alone."""
        return replace(
            self,
            values=self.values[self.values.period == period],
            objects=self.objects[self.objects.period == period],
            correlations=self.correlations[self.correlations.period == period],
        )


def read_method(warehouse: duckdb.DuckDBPyConnection, basis: str) -> Method:
    """From the seeds; the newest method version of the basis."""
    framework = warehouse.execute("from reference.cci_framework").df()
    version = framework.method_version[framework.basis == basis].max()
    parameters = warehouse.execute("from reference.facts_parameters").df()
    hindi = warehouse.execute("from reference.cci_indicator_names").df()
    names = parameters[["parameter_code", "parameter_name"]].merge(
        hindi, on="parameter_code", how="left"
    )
    return Method(
        Framework.from_tables(framework, parameters, basis, version),
        Rules.from_table(warehouse.execute("from reference.cci_rules").df()),
        names.rename(columns={"parameter_code": "item", "parameter_name": "name_en"}).fillna(
            {"name_hi": ""}
        ),
        warehouse.execute("from reference.cci_intervention_map").df(),
    )


def read_inputs_id(settings: Settings) -> str:
    """What the marts of the warehouse say they are made of; with the warehouse held."""
    with built_warehouse(settings) as warehouse:
        [(edition_id,)] = warehouse.execute("select edition_id from marts.edition").fetchall()
        return str(edition_id)


def read_screening(warehouse: duckdb.DuckDBPyConnection, method: Method) -> Inputs:
    """Clusters in states by survey year. A cell takes part when it has a cluster, enough sampled
    factories, and an estimate of its persons that is worth the name."""
    values = warehouse.execute(
        f"select {', '.join(VALUES)} from facts.facts_asi_metrics "
        "where object_type = 'state_cluster' and component = 'total'"
    ).df()
    objects = warehouse.execute(
        """
        select objects.*, states.zone from facts.facts_asi_objects as objects
        left join reference.state_zones as states using (state_code)
        where objects.object_type = 'state_cluster'
        """
    ).df()
    persons = _wide(values, ["CP09"], "value").CP09
    errors = _wide(values, ["CP09"], "standard_error").CP09
    objects = objects.join((errors / persons).rename("relative_error"), on=list(KEYS))
    rules = method.rules
    conditions = [
        ("S1", objects.cluster_code != "0", "an industry that belongs to a cluster"),
        (
            "S2",
            objects.factories_sampled >= rules.screening_factories,
            f"{rules.screening_factories:g} sampled factories or more",
        ),
        (
            "S3",
            objects.relative_error <= rules.screening_error,
            f"a standard error of persons of at most {rules.screening_error:.0%}",
        ),
    ]
    objects = objects.assign(
        sector=objects.cluster_code,
        sector_group=objects.cluster_type,
        persons=objects.total_employees,
        capital_per_person=objects.fixed_capital
        / objects.total_employees.where(objects.total_employees > 0),
        labour_intensity=np.nan,
        urban=np.nan,
        eligible=np.logical_and.reduce([passed for _, passed, _ in conditions]),
        failed_gates=_failed([(passed, gate) for gate, passed, _ in conditions], ";"),
        missing=_failed([(passed, words) for _, passed, words in conditions], "; "),
    )
    labels = {
        period: f"Screening edition: computed from ASI {period} sample estimates of registered "
        "factories; a first look for choosing where to collect FACTS data, not the CCI"
        for period in objects.period.unique()
    }
    years = {period: [period] for period in labels}
    correlations = _correlations(warehouse, "facts_asi_correlations")
    return Inputs(values[list(VALUES)], _described(objects), labels, years, correlations)


def read_facts(
    warehouse: duckdb.DuckDBPyConnection, method: Method, index_agency: str, today: date
) -> Inputs:
    """Named clusters by round. Who takes part is the gate's word: a round counts when the index
    agency controls it; invented rounds are the sample writer's own, and as old as the newest."""
    values = warehouse.execute(
        f"select {', '.join(VALUES)} from facts.facts_round_metrics where component = 'total'"
    ).df()
    objects = warehouse.execute(
        """
        select objects.*, states.zone from facts.facts_round_objects as objects
        left join reference.state_zones as states using (state_code)
        """
    ).df()
    gate_inputs = warehouse.execute("from facts.facts_gate_inputs").df()
    codes = list(method.framework.indicators.index)
    complete = [
        completeness(_wide(group, codes, "value").droplevel("period"), method.framework, codes)
        .rename_axis("object_id")
        .reset_index()
        .assign(period=period)
        for period, group in values.groupby("period")
    ]
    none = pd.DataFrame(columns=[*KEYS, *COMPLETENESS])
    gate_inputs = gate_inputs.merge(pd.concat([none, *complete]), on=list(KEYS), how="left")
    collected = pd.to_datetime(gate_inputs.collected_to)
    invented = gate_inputs.is_synthetic.astype(bool)
    day = pd.Series(pd.Timestamp(today), index=gate_inputs.index).mask(
        invented, collected[invented].max()
    )
    gate = gate_inputs.assign(
        association_years=gate_inputs.association_years.astype(float),
        members=gate_inputs.members.astype(float),
        staff=gate_inputs.staff_fte,
        units=gate_inputs.units_functioning.astype(float),
        reliability_grade=gate_inputs.grade,
        consent=gate_inputs.data_sharing_agreement,
        units_answered=gate_inputs.units_accepted.astype(float),
        completeness=gate_inputs.completeness.astype(float),
        lowest_pillar_completeness=gate_inputs.lowest_pillar_completeness.astype(float),
        round_months=(day - collected).dt.days / DAYS_IN_MONTH,
        index_agency_controls=invented | (gate_inputs.controller == index_agency),
    )
    verdicts = eligibility(gate, method.rules)
    # every cluster that was asked, also where no object of the index was made of it
    objects = (
        gate_inputs[[*KEYS, *DESCRIBED]]
        .merge(verdicts, on=list(KEYS))
        .merge(objects.drop(columns=list(DESCRIBED)), on=list(KEYS), how="left")
    )
    objects = objects.assign(
        sector=objects.benchmark_cluster_code,
        sector_group=None,
        urban=objects.setting.map({"urban": 1.0, "rural": 0.0}),
    )
    sources = (
        gate_inputs.collected_from + " to " + gate_inputs.collected_to + " by " + gate_inputs.agency
    )
    labels = {
        period: f"CCI {period}: FACTS data collected {' and '.join(sorted(group.unique()))}; "
        "no ASI data used"
        for period, group in sources.groupby(gate_inputs.period)
    }
    rounds = {
        str(period): sorted(group.unique())
        for period, group in gate_inputs.groupby("period")["round"]
    }
    correlations = _correlations(warehouse, "facts_round_correlations")
    return Inputs(values[list(VALUES)], _described(objects), labels, rounds, correlations)


def _correlations(warehouse: duckdb.DuckDBPyConnection, model: str) -> pd.DataFrame:
    """Of all periods: as codes of categories, since there is a row for each two indicators."""
    names = ["object_id", "period", "parameter_code", "other_parameter_code"]
    rows = warehouse.execute(f"select {', '.join(CORRELATIONS)} from facts.{model}").df()
    return rows.astype(dict.fromkeys(names, "category"))


def _wide(values: pd.DataFrame, codes: list[str], column: str) -> pd.DataFrame:
    """Objects and periods by parameter."""
    rows = values[values.parameter_code.isin(codes)]
    wide = rows.pivot(index=list(KEYS), columns="parameter_code", values=column)
    return wide.reindex(columns=codes).astype(float)


def _failed(conditions: list[tuple[pd.Series, str]], separator: str) -> list[str]:
    """The words of the conditions that are not passed, for each row."""
    rows = zip(*(passed.fillna(False).to_numpy(bool) for passed, _ in conditions), strict=True)
    words = [word for _, word in conditions]
    return [
        separator.join(word for word, passed in zip(words, row, strict=True) if not passed)
        for row in rows
    ]


def _described(objects: pd.DataFrame) -> pd.DataFrame:
    """Every column that peers, pages and the index ask for; what a basis has not got is missing."""
    size = pd.cut(objects.persons.astype(float), [-np.inf, 1e3, 1e4, 1e5, np.inf], labels=False)
    objects = objects.assign(size_class=size.map("{:.0f}".format).where(size.notna(), ""))
    kept = [
        *KEYS, *DESCRIBED, *peers.CODES, *peers.NUMBERS, peers.URBAN,
        "eligible", "failed_gates", "missing",
    ]  # fmt: skip
    rows = objects.reindex(columns=kept)
    codes = [*peers.CODES, "failed_gates", "missing", "object_name"]
    numbers = [*peers.NUMBERS, peers.URBAN]
    return rows.assign(
        **{name: rows[name].astype(object).where(rows[name].notna(), "").astype(str)
           for name in codes},
        **{name: rows[name].astype(float) for name in numbers},
        eligible=rows.eligible.astype(bool),
        is_synthetic=rows.is_synthetic.astype(bool),
    )  # fmt: skip
