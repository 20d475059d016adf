"""Goalposts: all that turns a raw value into a normalised one, fitted once and then frozen.

A table of goalposts (columns in `tables`) has a row for each period, indicator and sector: the
sector's median that values are compared with, the treatment of outliers, and the two goalposts. The
same table given back to the index freezes them: with it, an object's score doesn't depend on which
other objects are there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from locus_pipeline.methods.index import normalisation
from locus_pipeline.methods.index.framework import Framework, Rules
from locus_pipeline.methods.index.treatment import Treatment, fit_treatment, sector_ratio

ALL_SECTORS = ""
TREATMENT = ["winsor_low", "winsor_high", "log_origin", "log_offset"]
FITTED = [*TREATMENT, "minimum", "maximum", "source"]


@dataclass(frozen=True)
class Scale:
    """The goalposts of one period for its objects: `reference` (objects, indicators), the rest
    (indicators,)."""

    reference: np.ndarray
    floor: float
    sign: np.ndarray
    treatment: Treatment
    minimum: np.ndarray
    maximum: np.ndarray

    @classmethod
    def of(
        cls,
        goalposts: pd.DataFrame,
        codes: list[str],
        sectors: pd.Series,
        framework: Framework,
        rules: Rules,
    ) -> "Scale":
        """From the rows of one period; `sectors` of the objects, in the order of their arrays."""
        fitted = goalposts.drop_duplicates("parameter_code").set_index("parameter_code").loc[codes]
        cells = goalposts.set_index(["parameter_code", "sector"]).reference
        wide = cells.unstack("parameter_code").reindex(columns=codes)
        everywhere = wide.reindex([ALL_SECTORS]).iloc[0]
        reference = wide.reindex(sectors).fillna(everywhere)
        return cls(
            reference.to_numpy(float),
            rules.sector_ratio_floor,
            framework.indicators.sign.loc[codes].to_numpy(),
            Treatment(
                fitted.winsor_low.fillna(-np.inf).to_numpy(),
                fitted.winsor_high.fillna(np.inf).to_numpy(),
                fitted.log_origin.to_numpy(),
                fitted.log_offset.to_numpy(),
            ),
            fitted.minimum.to_numpy(),
            fitted.maximum.to_numpy(),
        )

    def adjust(self, raw: np.ndarray) -> np.ndarray:
        """Adjusted to the sector, and more is better; (..., objects, indicators)."""
        adjusted: np.ndarray = self.sign * sector_ratio(raw, self.reference, self.floor)
        return adjusted

    def error(
        self, step: Callable[[np.ndarray], np.ndarray], raw: np.ndarray, errors: np.ndarray
    ) -> np.ndarray:
        """Standard errors of raw values after a step of this scale: half the way between what one
        standard error more and one less become."""
        errors_adjusted: np.ndarray = np.abs(step(raw + errors) - step(raw - errors)) / 2
        return errors_adjusted

    def normalise(self, treated: np.ndarray, rules: Rules) -> np.ndarray:
        """Treated values on the scale of the index."""
        share = normalisation.goalposts(treated, self.minimum, self.maximum)
        return normalisation.rescale(share, rules.scale_low, rules.scale_high)


def references(
    raw: pd.DataFrame, sectors: pd.Series, framework: Framework, rules: Rules
) -> pd.DataFrame:
    """parameter_code, sector, reference: the median of each sector that has enough values, and of
    all (sector ''), for the indicators of `raw` (objects by indicators).

    NaN for an indicator that isn't adjusted to the sector; a median of 0 or less is no reference.
    """
    adjusted = framework.indicators.sector_adjusted
    rows: list[tuple[Any, Any, float]] = []
    for code in raw.columns:
        everywhere = raw[code].median()
        rows.append((code, ALL_SECTORS, everywhere if adjusted[code] else np.nan))
        if adjusted[code]:
            groups = raw[code].groupby(sectors)
            medians = groups.median()[groups.count() >= rules.sector_objects]
            rows += [(code, sector, median) for sector, median in medians.items() if median > 0]
    return pd.DataFrame(rows, columns=["parameter_code", "sector", "reference"])


def fit(pooled: pd.DataFrame, framework: Framework, rules: Rules) -> pd.DataFrame:
    """FITTED for each column of `pooled`, the adjusted values of the pooled periods.

    Natural bounds are goalposts as they stand, and their indicators are not treated: a bounded
    scale has no outliers. NaN goalposts where the treated values have no spread.
    """
    treatment, minimum, maximum = fit_arrays(
        pooled.to_numpy(float), list(pooled.columns), framework, rules, rules.winsor_points
    )
    natural = natural_bounds(framework, list(pooled.columns))[0]
    table = pd.DataFrame(
        {
            **{name: getattr(treatment, name) for name in TREATMENT},
            "minimum": minimum,
            "maximum": maximum,
            "source": np.where(np.isnan(natural), "quantile", "natural"),
        },
        index=pd.Index(pooled.columns, name="parameter_code", dtype="str"),
    ).replace([np.inf, -np.inf], np.nan)
    table.loc[~(table.minimum < table.maximum), ["minimum", "maximum"]] = np.nan
    return table


def fit_arrays(
    values: np.ndarray, codes: list[str], framework: Framework, rules: Rules, points: int
) -> tuple[Treatment, np.ndarray, np.ndarray]:
    """Treatment with at most `points` winsorised values, minimum and maximum of adjusted `values`
    (objects, indicators)."""
    low, high = natural_bounds(framework, codes)
    natural = ~np.isnan(low)
    treatment = fit_treatment(np.where(natural, np.nan, values), rules, points)
    ends = normalisation.estimate_goalposts(
        treatment.apply(values), rules.goalpost_low, rules.goalpost_high
    )
    return treatment, np.where(natural, low, ends[0]), np.where(natural, high, ends[1])


def natural_bounds(framework: Framework, codes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper natural bound after the direction is turned; NaN where the data decide."""
    table = framework.indicators.loc[codes]
    ends = table[["natural_minimum", "natural_maximum"]].to_numpy() * table[["sign"]].to_numpy()
    # + 0.0: no negative zero
    return ends.min(axis=1) + 0.0, ends.max(axis=1) + 0.0
