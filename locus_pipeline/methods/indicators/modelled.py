"""Modelled totals of states by clusters for every survey year, and why others have none.

The frames of the warehouse on one side, the models of `area_models` on the other. A model stands
beside the direct estimate where it was shown to serve (docs/small-cells.md); elsewhere there is a
reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.area_models import (
    UNITS,
    VALUE_ADDED,
    AreaModels,
    Modelled,
    TooFewAreasError,
)
from locus_pipeline.methods.indicators.generalised_variance import Smoothing
from locus_pipeline.methods.indicators.stratum_moments import Moments

# In the order of area_models.
MEASURES = ("units", "total_employees", "total_employee_wages", "gross_value_added")
KEYS = ["survey_year", "state_code", "cluster_code"]
COLUMNS = [
    *KEYS,
    "factories_drawn",
    *(
        f"{measure}_{column}"
        for measure in MEASURES
        for column in ("modelled", "modelled_rmse", "modelled_lower", "modelled_upper", "reason")
    ),
]
# What follows those digits is the order of adding.
SIGNIFICANT_DIGITS = 6


@dataclass(frozen=True)
class ModelRules:
    """From the seed indicator_rules: `modelled_factories`, fewest sampled factories outside the
    census sector; `modelled_units_to` and `modelled_value_added_to`, most of them, from where the
    direct estimate serves better."""

    modelled_factories: int
    modelled_units_to: int
    modelled_value_added_to: int

    @classmethod
    def from_table(cls, rules: pd.DataFrame) -> "ModelRules":
        """From the seed: parameter, value."""
        values = rules.set_index("parameter").value
        return cls(**{field.name: int(values[field.name]) for field in fields(cls)})

    def most(self, measure: int) -> float:
        """Most factories of a cell of which a modelled total of the measure is given."""
        limits = {UNITS: self.modelled_units_to, VALUE_ADDED: self.modelled_value_added_to}
        return limits.get(measure, np.inf)


def modelled_totals(
    strata: pd.DataFrame,
    totals: pd.DataFrame,
    hidden: pd.DataFrame,
    masked_years: Iterable[str],
    rules: ModelRules,
    smoothing: Smoothing,
) -> pd.DataFrame:
    """COLUMNS for each row of `totals`: modelled total, root mean squared error and 95 % limits of
    each measure, or the reason why there are none.

    `strata`: the model int_cell_strata. `totals`: KEYS and `<measure>_estimated`. `hidden`: KEYS of
    cells of which disclosure control hides persons and money, and `status`. `masked_years`: survey
    years whose strata are rebuilt from the industry of the return. `smoothing`: of MEASURES."""
    masked = set(masked_years)
    years = sorted(totals.survey_year.unique())
    parts = []
    for year in years:
        neighbour = _neighbour(year, years)
        places = _Places.of(totals[totals.survey_year.isin([year, neighbour])])
        models = _models(places, year, neighbour, strata, hidden, rules, smoothing)
        of_year = totals[totals.survey_year == year].reset_index(drop=True)
        status = hidden[hidden.survey_year == year].set_index(KEYS[1:]).status
        statuses = status.reindex(pd.MultiIndex.from_frame(of_year[KEYS[1:]])).to_numpy(object)
        parts.append(_columns(of_year, places.at(of_year), models, statuses, year in masked, rules))
    return pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)


def in_harmonised_states(hidden: pd.DataFrame, harmonised: pd.DataFrame) -> pd.DataFrame:
    """`hidden` cells (KEYS, status) in the states of `harmonised` (state_code,
    harmonised_state_code): one that holds a hidden cell is hidden, else that would follow."""
    state_of = harmonised.set_index("state_code").harmonised_state_code
    state = hidden.state_code.map(state_of).fillna(hidden.state_code)
    moved = hidden.assign(state_code=state)
    return moved.groupby(KEYS, as_index=False).agg({"status": "min"})


def _neighbour(year: str, years: list[str]) -> str | None:
    """The survey year before, of those that there are; of the first one the year after."""
    at = years.index(year)
    if at:
        return years[at - 1]
    return years[1] if len(years) > 1 else None


def _models(
    places: "_Places",
    year: str,
    neighbour: str | None,
    strata: pd.DataFrame,
    hidden: pd.DataFrame,
    rules: ModelRules,
    smoothing: Smoothing,
) -> AreaModels:
    now, beside = (
        strata[strata.survey_year == one].sort_values([*KEYS, "stratum"])
        for one in (year, neighbour)
    )
    return AreaModels(
        places.moments(now),
        places.moments(beside) if len(beside) else None,
        places.state,
        places.cluster,
        smoothing,
        now.share_changed.to_numpy(float),
        rules.modelled_factories,
        places.marked(hidden[hidden.survey_year == year]),
        places.marked(hidden[hidden.survey_year == neighbour]),
    )


def _columns(
    totals: pd.DataFrame,
    at: np.ndarray,
    models: AreaModels,
    statuses: np.ndarray,
    is_masked: bool,
    rules: ModelRules,
) -> pd.DataFrame:
    """COLUMNS of the totals of one year, which are the cells `at`."""
    factories = models.factories[at].astype(int)
    result = totals[KEYS].assign(factories_drawn=factories)
    for measure, name in enumerate(MEASURES):
        certain = np.zeros(models.cells)
        certain[at] = totals[f"{name}_estimated"] - models.sampled[at, measure]
        reason = np.select(
            [
                pd.notna(statuses) & (measure != UNITS),
                factories == 0,
                factories < rules.modelled_factories,
                factories > rules.most(measure),
                np.full(len(totals), is_masked and measure == UNITS),
            ],
            [statuses, "census_sector_alone", "too_few_factories", "direct_serves", "masked_frame"],
            "",
        ).astype(object)
        modelled, lacking = _modelled(models, measure, certain)
        is_asked = reason == ""
        is_given = is_asked & np.isfinite(modelled.estimate[at])
        for column, values in (
            ("modelled", modelled.estimate),
            ("modelled_rmse", modelled.rmse),
            ("modelled_lower", modelled.lower),
            ("modelled_upper", modelled.upper),
        ):
            result[f"{name}_{column}"] = _rounded(np.where(is_given, values[at], np.nan))
        result[f"{name}_reason"] = np.where(is_asked & ~is_given, lacking, reason)
    return result[COLUMNS]


def _modelled(models: AreaModels, measure: int, certain: np.ndarray) -> tuple[Modelled, str]:
    """What is modelled, and the reason of cells that have nothing."""
    try:
        return models.total(measure, certain), "not_estimable"
    except TooFewAreasError:
        nothing = np.full(models.cells, np.nan)
        return Modelled(nothing, nothing, nothing, nothing), "too_few_cells"


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.array([float(f"{value:.{SIGNIFICANT_DIGITS}g}") for value in values])


@dataclass(frozen=True)
class _Places:
    """The states and clusters of a survey year and its neighbour; cells are all pairs of them."""

    states: pd.Index
    clusters: pd.Index

    @classmethod
    def of(cls, totals: pd.DataFrame) -> "_Places":
        return cls(
            pd.Index(sorted(totals.state_code.unique())),
            pd.Index(sorted(totals.cluster_code.unique())),
        )

    @property
    def state(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.states)), len(self.clusters))

    @property
    def cluster(self) -> np.ndarray:
        return np.tile(np.arange(len(self.clusters)), len(self.states))

    def at(self, rows: pd.DataFrame) -> np.ndarray:
        """The cell of each row."""
        state = self.states.get_indexer(pd.Index(rows.state_code))
        cluster = self.clusters.get_indexer(pd.Index(rows.cluster_code))
        return np.asarray(state) * len(self.clusters) + np.asarray(cluster)

    def marked(self, rows: pd.DataFrame) -> np.ndarray:
        """Which cells are among these."""
        is_marked = np.zeros(len(self.states) * len(self.clusters), bool)
        is_marked[self.at(rows)] = True
        return is_marked

    def moments(self, strata: pd.DataFrame) -> Moments:
        """Rows of int_cell_strata as arrays."""
        products = np.empty((len(strata), len(MEASURES), len(MEASURES)))
        for one, first in enumerate(MEASURES):
            for other, second in enumerate(MEASURES[one:], one):
                values = strata[f"{first}_by_{second}"].to_numpy(float)
                products[:, one, other] = products[:, other, one] = values
        return Moments(
            cell=self.at(strata),
            stratum=pd.factorize(strata.stratum)[0],
            inside=strata.inside.to_numpy(int),
            selected=strata.selected.to_numpy(int),
            scale=strata.scale.to_numpy(float),
            multiplier=strata.multiplier.to_numpy(float),
            sums=strata[[f"{name}_sum" for name in MEASURES]].to_numpy(float),
            products=products,
            cells=len(self.states) * len(self.clusters),
        )
