"""Blocks A to J of the survey as Dagster assets, partitioned by survey year."""

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg

from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.ingest import (
    Manifest,
    ingest_block,
    other_year,
    rejected_path,
    rows_path,
)
from locus_pipeline.asi.layout import (
    BLOCK_LETTERS,
    LayoutError,
    Layouts,
    SurveyYear,
    block_columns,
    block_title,
)
from locus_pipeline.asi.release import ReleaseContents, find_release, several
from locus_pipeline.connection import connect
from locus_pipeline.orchestration.partitions import partitions_of_run, survey_year_partitions
from locus_pipeline.settings import Settings

OWNERS = ["team:locus"]
REJECTED_SHARE_ALLOWED = 0.01


def release_asset() -> dg.AssetSpec:
    """What the user drops; outside Dagster's hands, and the root of the graph."""
    return dg.AssetSpec(
        key="asi_release",
        group_name="survey",
        kinds={"file"},
        owners=OWNERS,
        description=(
            "The survey's release files as the statistics office publishes them, dropped into "
            "LOCUS_HOME/releases/<survey year>/: loose files, folders or the zip as downloaded."
        ),
    )


def block_assets(survey_years: Layouts) -> list[dg.AssetsDefinition]:
    """asi_block_a ... asi_block_j; one run may take any range of survey years."""
    with warnings.catch_warnings():
        # single-run backfills are marked beta; without them 26 years cost 26 runs
        warnings.simplefilter("ignore", dg.BetaWarning)
        return [_block_asset(letter, survey_years) for letter in BLOCK_LETTERS]


def _block_asset(letter: str, survey_years: Layouts) -> dg.AssetsDefinition:
    key = dg.AssetKey(f"asi_block_{letter}")

    @dg.asset(
        key=key,
        deps=["asi_release"],
        partitions_def=survey_year_partitions(survey_years),
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="survey",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        description=(
            f"Block {letter.upper()}: {block_title(letter)}. Typed Parquet, one file for each "
            "survey year; nothing recoded, nothing dropped: lines that can't be read are kept as "
            "rejected rows with their line number and reason."
        ),
        metadata={"dagster/column_schema": _column_schema(letter)},
        check_specs=[
            dg.AssetCheckSpec(
                "rows_read_are_kept_or_rejected",
                asset=key,
                blocking=True,
                description="Every line read is in the Parquet or rejected, recounted from disk",
            ),
            dg.AssetCheckSpec(
                "few_rows_are_rejected",
                asset=key,
                description=f"At most {REJECTED_SHARE_ALLOWED:.0%} of the lines are rejected",
            ),
            dg.AssetCheckSpec(
                "records_are_of_the_survey_year",
                asset=key,
                description="The year that the records print is that of the release's folder",
            ),
            dg.AssetCheckSpec(
                "block_is_in_the_release",
                asset=key,
                description="Measures that need a block that is not there are null",
            ),
        ],
    )
    def block(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[Any]:
        years: list[_Year] = []
        problems: list[str] = []
        partitions = partitions_of_run(context)
        absent = [year for year in partitions if not os.path.lexists(settings.releases / year)]
        if len(absent) == len(partitions):
            raise dg.Failure(
                description=f"There is no release of {several(absent)} in {settings.releases}; "
                "put the files into a folder with the survey year's name",
                allow_retries=False,
            )
        if absent:
            # whoever asks for all survey years means those that are there
            context.log.warning(f"Skipped, without a release: {', '.join(absent)}")
        for survey_year in partitions:
            if survey_year in absent:
                years.append(_without_release(survey_year))
                continue
            try:
                release = find_release(settings.releases / survey_year, survey_years[survey_year])
            except (ReleaseError, LayoutError) as error:
                # the year's own problem: every block says it in the same words
                problems.append(f"{survey_year}: {error}")
                continue
            try:
                years.append(
                    _read(settings, survey_years[survey_year], release, letter, context.log.warning)
                )
            except (ReleaseError, LayoutError) as error:
                problems.append(f"{survey_year}, block {letter.upper()}: {error}")
        if problems:
            # What was read is recorded before the run fails for the years that could not be.
            for year in years:
                context.log_event(
                    dg.AssetMaterialization(key, partition=year.key, metadata=year.metadata)
                )
            raise dg.Failure(description="\n".join(problems), allow_retries=False)
        for year in years:
            if year.in_release:
                context.log.info(
                    f"{year.key}, block {letter.upper()}: {year.rows_read:,} lines read, "
                    f"{year.rows_rejected:,} rejected"
                )
            context.add_asset_metadata(year.metadata, partition_key=year.key)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion("-".join(year.data_version for year in years))
        )
        yield from _checks(key, years)

    return block


@dataclass(frozen=True)
class _Year:
    """What reading one survey year's block came to; no rows for a block that is not there.

    `in_release` is None where there is no release at all.
    """

    key: str
    data_version: str
    metadata: dict[str, Any]
    in_release: bool | None
    rows_read: int = 0
    rows_rejected: int = 0
    recounted_kept: int = 0
    recounted_rejected: int = 0
    worst_column: str | None = None
    other_year: str | None = None


def _read(
    settings: Settings,
    facts: SurveyYear,
    release: ReleaseContents,
    letter: str,
    say: Callable[[str], None],
) -> _Year:
    ingested = ingest_block(settings, release, letter, facts)
    manifest = ingested.manifest
    if ingested.mended:
        say(ingested.mended)
    if manifest is None:
        return _Year(
            key=facts.survey_year,
            data_version="not-in-release",
            metadata={"in_release": False, "is_synthetic": release.is_synthetic},
            in_release=False,
        )
    kept, rejected, filled = _recount(settings, facts.survey_year, letter)
    worst = _worst_column(settings, facts.survey_year, letter) if rejected else None
    return _Year(
        key=facts.survey_year,
        data_version=manifest.data_version,
        metadata=_metadata(manifest, ingested.changed, filled),
        in_release=True,
        rows_read=manifest.rows_read,
        rows_rejected=manifest.rows_rejected,
        recounted_kept=kept,
        recounted_rejected=rejected,
        worst_column=worst,
        other_year=other_year(manifest.record_year, facts),
    )


def _without_release(year: str) -> _Year:
    """Recorded, since the steps below wait for every survey year that was asked for."""
    return _Year(
        key=year,
        data_version="no-release",
        metadata={"in_release": False, "skipped": "There is no release of this survey year"},
        in_release=None,
    )


def _recount(settings: Settings, year: str, letter: str) -> tuple[int, int, dict[str, int]]:
    """Rows kept and rejected, and filled cells by column, counted in the files on disk."""
    columns = list(block_columns(letter))
    with connect(settings) as connection:
        [(kept, *filled)] = connection.execute(
            f"select count(*), {', '.join(f'count({name})' for name in columns)} "
            "from read_parquet(?)",
            [str(rows_path(settings, letter, year))],
        ).fetchall()
        [(rejected,)] = connection.execute(
            "select count(*) from read_parquet(?)", [str(rejected_path(settings, letter, year))]
        ).fetchall()
    return kept, rejected, dict(zip(columns, filled, strict=True))


def _worst_column(settings: Settings, year: str, letter: str) -> str | None:
    """The column for which most lines were rejected; None where lines were rejected as a whole."""
    with connect(settings) as connection:
        return connection.execute(
            "select mode(column_name) from read_parquet(?)",
            [str(rejected_path(settings, letter, year))],
        ).fetchall()[0][0]


def _metadata(manifest: Manifest, changed: bool, filled: dict[str, int]) -> dict[str, Any]:
    """The preview says how far each column is filled: records are microdata, they stay put."""
    preview = ["| column | filled |", "|---|---:|"]
    preview += [
        f"| {column} | {count / manifest.rows_kept:.0%} |"
        for column, count in filled.items()
        if count
    ]
    return {
        "in_release": True,
        "dagster/partition_row_count": manifest.rows_kept,
        "rows_read": manifest.rows_read,
        "rows_rejected": manifest.rows_rejected,
        "layout": f"{manifest.layout} (certainty {manifest.certainty})",
        "source": ", ".join(file["member"] or file["name"] for file in manifest.source_files),
        "sha256": ", ".join(file["sha256"] for file in manifest.source_files),
        "numbers_restored": manifest.numbers_restored,
        "notes": "; ".join(manifest.notes) or "none",
        "unchanged": not changed,
        "is_synthetic": manifest.is_synthetic,
        "preview": dg.MetadataValue.md("\n".join(preview)),
    }


def _checks(key: dg.AssetKey, years: list[_Year]) -> Iterator[dg.AssetCheckResult]:
    wrong = [
        year.key
        for year in years
        if year.rows_read != year.recounted_kept + year.recounted_rejected
    ]
    yield dg.AssetCheckResult(
        check_name="rows_read_are_kept_or_rejected",
        asset_key=key,
        passed=not wrong,
        description=(
            f"Of {', '.join(wrong)} the lines on disk are not those that were read; remove "
            "LOCUS_HOME/raw and run again"
            if wrong
            else None
        ),
        metadata={
            "rows_read": sum(year.rows_read for year in years),
            "rows_kept": sum(year.recounted_kept for year in years),
            "rows_rejected": sum(year.recounted_rejected for year in years),
            "survey_years_that_differ": ", ".join(wrong) or "none",
        },
    )
    many = [year for year in years if year.rows_rejected > REJECTED_SHARE_ALLOWED * year.rows_read]
    yield dg.AssetCheckResult(
        check_name="few_rows_are_rejected",
        asset_key=key,
        passed=not many,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(_rejected(year) for year in many) or None,
        metadata={"survey_years": ", ".join(year.key for year in many) or "none"},
    )
    others = [f"{year.key} (records print {year.other_year})" for year in years if year.other_year]
    yield dg.AssetCheckResult(
        check_name="records_are_of_the_survey_year",
        asset_key=key,
        passed=not others,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"survey_years": ", ".join(others) or "none"},
    )
    absent = [year.key for year in years if year.in_release is False]
    yield dg.AssetCheckResult(
        check_name="block_is_in_the_release",
        asset_key=key,
        passed=not absent,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"The release of {', '.join(absent)} has no such block: measures that need it are null"
            if absent
            else None
        ),
        metadata={
            "survey_years_without_it": ", ".join(absent) or "none",
            "survey_years_without_release": ", ".join(
                year.key for year in years if year.in_release is None
            )
            or "none",
        },
    )


def _rejected(year: _Year) -> str:
    where = f", most of them for {year.worst_column}" if year.worst_column else ""
    return (
        f"{year.rows_rejected:,} of {year.rows_read:,} lines of {year.key} are rejected{where}; "
        "`locus check` and the table rejected_rows say why"
    )


def _column_schema(letter: str) -> dg.TableSchema:
    columns = [dg.TableColumn("survey_year", "text", description="Survey year")]
    columns += [
        dg.TableColumn(name, column["type"], description=column["description"])
        for name, column in block_columns(letter).items()
    ]
    columns.append(dg.TableColumn("line_number", "integer", description="Line of the source file"))
    return dg.TableSchema(columns)
