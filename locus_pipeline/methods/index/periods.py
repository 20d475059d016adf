"""The periods of an index: their eligible objects, the indicators they keep, their goalposts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from locus_pipeline.methods.index import noise
from locus_pipeline.methods.index.framework import Framework, Rules
from locus_pipeline.methods.index.gate import screen
from locus_pipeline.methods.index.goalposts import ALL_SECTORS, FITTED, Scale, fit, references
from locus_pipeline.methods.index.tables import joined, table


@dataclass(frozen=True)
class Period:
    """The eligible objects of one period, in the order of their ids: `raw` and `errors` objects by
    indicators of the framework, `sectors` by object; `screening` of the indicators."""

    name: str
    raw: pd.DataFrame
    errors: pd.DataFrame
    sectors: pd.Series
    screening: pd.DataFrame

    @property
    def codes(self) -> list[str]:
        """Indicators that are kept."""
        return list(self.screening.parameter_code[self.screening.kept])

    def without(self, codes: Iterable[str], reason: str) -> "Period":
        """The period without the indicators `codes`."""
        gone = self.screening.parameter_code.isin(list(codes)) & self.screening.kept
        screening = self.screening.assign(
            kept=self.screening.kept & ~gone,
            reason=self.screening.reason.mask(gone, reason),
        )
        return replace(self, screening=screening)


def split(
    values: pd.DataFrame,
    objects: pd.DataFrame,
    framework: Framework,
    rules: Rules,
    frozen: pd.DataFrame,
) -> list[Period]:
    """The periods in order. An indicator is kept where the rules of screening allow; with `frozen`
    goalposts only if they know it, and where they know the period, exactly those of the period."""
    codes = framework.indicators.index
    periods = []
    for name, group in objects[objects.eligible.astype(bool)].groupby("period", sort=True):
        group = group.sort_values("object_id")
        rows = values[(values.period == name) & values.parameter_code.isin(codes)]
        wide = {
            column: rows.pivot(index="object_id", columns="parameter_code", values=column)
            .reindex(index=group.object_id, columns=codes)
            .astype(float)
            for column in ("value", "standard_error")
        }
        screening = screen(wide["value"], framework, rules)
        if len(frozen):
            codes_here = frozen.parameter_code[frozen.period == name]
            known = screening.parameter_code.isin(
                codes_here if len(codes_here) else frozen.parameter_code
            )
            kept = known if len(codes_here) else known & screening.kept
            reason = np.where(known, screening.reason, "not_in_frozen_goalposts")
            screening = screening.assign(kept=kept, reason=np.where(kept, "", reason))
        sectors = group.set_index("object_id").sector.fillna(ALL_SECTORS)
        periods.append(Period(str(name), wide["value"], wide["standard_error"], sectors, screening))
    return periods


def with_goalposts(
    periods: list[Period], framework: Framework, rules: Rules, frozen: pd.DataFrame
) -> tuple[list[Period], pd.DataFrame]:
    """The periods without the indicators that can't be scaled, and the goalposts of all.

    Goalposts come from `frozen` where there are any: the sectors' medians of the periods it knows,
    and the rest from its latest period. Otherwise from the first periods that keep an indicator,
    pooled.
    """
    medians = []
    for at, period in enumerate(periods):
        goalposts = frozen[frozen.period == period.name]
        period_is_frozen = len(goalposts) > 0
        if not period_is_frozen:
            goalposts = references(period.raw[period.codes], period.sectors, framework, rules)
            everywhere = (
                goalposts[goalposts.sector == ALL_SECTORS].set_index("parameter_code").reference
            )
            adjusted = framework.indicators.sector_adjusted[everywhere.index]
            periods[at] = period.without(
                everywhere.index[adjusted & ~(everywhere > 0)], "no_reference"
            )
        periods[at] = _with_spread(
            periods[at], goalposts, framework, rules, is_frozen=period_is_frozen
        )
        medians.append(goalposts[["parameter_code", "sector", "reference"]])

    if len(frozen):
        newest = frozen.sort_values("period", kind="stable")
        fitted = newest.drop_duplicates("parameter_code", keep="last")
        fitted = fitted.set_index("parameter_code")[FITTED]
    else:
        fitted = _fitted(periods, medians, framework, rules)
    flat = fitted.index[fitted.minimum.isna()]
    periods = [period.without(flat, "no_spread") for period in periods]
    parts = []
    for period, median in zip(periods, medians, strict=True):
        goalposts = frozen[frozen.period == period.name].drop_duplicates("parameter_code")
        scaled = goalposts.set_index("parameter_code")[FITTED] if len(goalposts) else fitted
        rows = median[median.parameter_code.isin(period.codes)]
        parts.append(rows.join(scaled, on="parameter_code").assign(period=period.name))
    return periods, table("goalposts", joined(parts))


def _with_spread(
    period: Period, medians: pd.DataFrame, framework: Framework, rules: Rules, is_frozen: bool
) -> Period:
    """The period without indicators whose spread is noise; a frozen one keeps what it has."""
    codes = period.codes
    unfitted = medians.assign(**dict.fromkeys(FITTED, np.nan))
    scale = Scale.of(unfitted, codes, period.sectors, framework, rules)
    raw, errors = period.raw[codes].to_numpy(), period.errors[codes].to_numpy()
    indicators = framework.indicators.loc[codes]
    spread = noise.measure(
        scale.adjust(raw),
        scale.error(scale.adjust, raw, errors),
        np.where(indicators.sector_adjusted, 1.0, period.raw[codes].median()),
        indicators.natural_minimum.notna().to_numpy(),
        rules,
    )
    figures = pd.DataFrame(
        {"relative_range": spread.relative_range, "reliability": spread.reliability}, index=codes
    )
    measured = period.screening.set_index("parameter_code")
    measured.loc[codes, figures.columns] = figures
    judged = replace(period, screening=measured.reset_index()[list(period.screening)])
    unreal = [code for code, real in zip(codes, spread.is_real, strict=True) if not real]
    return judged if is_frozen else judged.without(unreal, "no_real_variance")


def _fitted(
    periods: list[Period], medians: list[pd.DataFrame], framework: Framework, rules: Rules
) -> pd.DataFrame:
    pools: dict[str, list[np.ndarray]] = {code: [] for code in framework.indicators.index}
    for period, median in zip(periods, medians, strict=True):
        unfitted = median.assign(**dict.fromkeys(FITTED, np.nan))
        scale = Scale.of(unfitted, period.codes, period.sectors, framework, rules)
        adjusted = scale.adjust(period.raw[period.codes].to_numpy())
        for code, column in zip(period.codes, adjusted.T, strict=True):
            pools[code].append(column)
    pooled = {
        code: pd.Series(np.concatenate(columns[: rules.goalpost_periods]))
        for code, columns in pools.items()
        if columns
    }
    return fit(pd.DataFrame(pooled, dtype=float), framework, rules)
