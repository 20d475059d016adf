"""Does the edition add up to the official tables? The asset check on `reconciliation`."""

from typing import Any

import dagster as dg
import pandas as pd

from locus_pipeline.orchestration.failure import failing_in_a_sentence
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.inputs import built_warehouse
from locus_pipeline.warehouse.lock import warehouse_lock

WORST_ROWS = 20
# What a comparison's status means for an edition that counts on it.
TOLD = ("within_5_pct", "over_5_pct", "no_records", "block_not_in_release")
STOPPED = ("over_5_pct", "no_records")
YEARS_NAMED = 5
CAUSES = (
    "A release that is not complete, rejected lines, doubled records, a layout that reads the "
    "wrong column, or a changed rule does this."
)


def reconciliation_check() -> dg.AssetChecksDefinition:
    """Warns over 1 % and stops the published edition over 5 %.

    Of a real release, all-India figures whose rule is stated or proven can stop the edition; other
    figures (states, industries, assumed rules) only warn. A sample is checked for its calibration;
    states in which it invents no factory are told. A missing block warns: its measures are null and
    say so.
    Who means to publish a part of the country sets LOCUS_UNRECONCILED=warn.
    """

    @dg.asset_check(
        asset="reconciliation",
        name="adds_up_to_official_totals",
        blocking=True,
        description="Warns over 1 % and stops the edition over 5 % from the official tables.",
    )
    def adds_up_to_official_totals(
        context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.AssetCheckResult:
        with (
            failing_in_a_sentence(),
            warehouse_lock(settings, context.log.warning),
            built_warehouse(settings) as warehouse,
        ):
            # with the status of figures that the published table does not tell
            rows = warehouse.execute("from intermediate.int_reconciliation").df()
        return judge(rows, may_stop=settings.unreconciled == "stop")

    return adds_up_to_official_totals


def judge(rows: pd.DataFrame, may_stop: bool = True) -> dg.AssetCheckResult:
    """The verdict on the rows of `int_reconciliation`; see reconciliation_check."""
    failed = rows[rows.counts_as.isin(["blocking", "warning"]) & rows.status.isin(TOLD)]
    # a sample of some hundred factories has none in the smallest states
    absent = rows[(rows.counts_as == "presence") & (rows.status == "no_records")]
    stopped = failed[(failed.counts_as == "blocking") & failed.status.isin(STOPPED)]
    compared = rows[rows.counts_as == "blocking"].difference_pct.abs()
    return dg.AssetCheckResult(
        passed=failed.empty,
        severity=(
            dg.AssetCheckSeverity.ERROR if may_stop and len(stopped) else dg.AssetCheckSeverity.WARN
        ),
        description=_summary(failed, stopped, may_stop) + _absence(absent),
        metadata={
            "figures_compared": len(rows),
            "figures_exact": int((rows.status == "exact").sum()),
            "figures_that_warn": len(failed) - len(stopped),
            "figures_over_5_pct": len(stopped),
            "states_without_factories_in_samples": len(absent),
            "largest_difference_pct": float(compared.max()) if compared.notna().any() else 0.0,
            "worst": dg.MetadataValue.md(_table(failed)),
        },
    )


def _summary(failed: pd.DataFrame, stopped: pd.DataFrame, may_stop: bool) -> str:
    """What differs most in each survey year, why that may be, and what to do about it."""
    if failed.empty:
        return "Every figure that counts is within 1 % of the published one."
    shown = failed if stopped.empty else stopped
    what = (
        f"{len(stopped)} figures are more than 5 % from the published ones or have no records"
        if len(stopped)
        else f"{len(failed)} figures differ from the published ones or are missing"
    )
    years = [
        f"{year}: worst {_figure(_worst(rows).iloc[0])}"
        for year, rows in shown.groupby("survey_year")
    ]
    more = [f"and {len(years) - YEARS_NAMED} years more"] if len(years) > YEARS_NAMED else []
    advice = f"see intermediate.int_reconciliation in warehouse/locus.duckdb. {CAUSES}"
    if len(stopped) and may_stop:
        advice += (
            " Take the release of a year out of releases/ to publish the others without it, or set "
            "LOCUS_UNRECONCILED=warn to publish all the same."
        )
    return f"{what}; {'; '.join([*years[:YEARS_NAMED], *more])}; {advice}"


def _absence(rows: pd.DataFrame) -> str:
    """Where samples have no factories, for example 1999-00: 31, 38."""
    if rows.empty:
        return ""
    years = [
        f"{year}: {', '.join(sorted(set(absent.geography)))}"
        for year, absent in rows.groupby("survey_year")
    ]
    return f" States in which samples have no factories ({'; '.join(years)}) are not compared."


def _figure(row: pd.Series) -> str:
    industry = f" of industry {row.nic_division}" if row.nic_division else ""
    if pd.isna(row.computed_value):
        return f"{row.variable}, {row.geography}{industry} ({row.status})"
    return (
        f"{row.variable}, {row.geography}{industry}: {row.computed_value:,.0f}, published "
        f"{row.published_value:,.0f}, {row.difference_pct:+.1f} %"
    )


def _worst(rows: pd.DataFrame) -> pd.DataFrame:
    size = rows.difference_pct.abs().fillna(float("inf"))
    return rows.assign(size=size).sort_values("size", ascending=False).drop(columns="size")


def _table(rows: pd.DataFrame) -> str:
    lines = [
        "| survey year | geography | industry | variable | published | computed | % | status |",
        "|---|---|---|---|---:|---:|---:|---|",
    ]
    for row in _worst(rows).head(WORST_ROWS).itertuples():
        lines.append(
            f"| {row.survey_year} | {row.geography} | {row.nic_division} | {row.variable} | "
            f"{row.published_value:,.0f} | {_number(row.computed_value, ',.0f')} | "
            f"{_number(row.difference_pct, '+.2f')} | {row.status} |"
        )
    return "\n".join(lines)


def _number(value: Any, form: str) -> str:
    return "" if pd.isna(value) else format(value, form)
