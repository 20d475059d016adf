"""FACTS rounds as Dagster assets: one partition for each round, and what dbt reads of them all.

None of these has an asset of the ASI above it: the index proper rests on what is collected afresh.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from locus_pipeline.connection import connect
from locus_pipeline.errors import LocusError
from locus_pipeline.orchestration.partitions import partitions_of_run
from locus_pipeline.rounds.intake import ROUND_TABLES, Intake
from locus_pipeline.rounds.report import write_report
from locus_pipeline.rounds.round import RoundError, open_round
from locus_pipeline.rounds.store import (
    data_version,
    forget_stale,
    round_damage,
    row_counts,
    store_round,
    stored_rounds,
    table_path,
    write_empty_tables,
)
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.lock import warehouse_lock

OWNERS = ["team:locus"]
ROUNDS = "facts_rounds"
ROUND_PARTITIONS = dg.DynamicPartitionsDefinition(name=ROUNDS)
ROUND_KEY = dg.AssetKey("facts_round")
CATALOGUE = {
    "rounds": "Rounds: title, period, agency, who controls them, how and when they were collected.",
    "round_clusters": "Named clusters of each round: place and product.",
    "round_strata": "Units in the list and in the sample, by cluster, size class and membership.",
    "round_units": "Accepted units by their keyed hash, with grade and questions answered.",
    "round_answers": "Answers of units, clusters and associations, or the code why there is none.",
    "round_entries": "Rows of the sheets of the registry: organisations, documents, stages, ...",
    "round_rejected": "Rows that were not accepted, with file, row, column and reason.",
    "round_warnings": "Contradictions in accepted rows, which lower the grade of a unit.",
    "round_intake": "Rows read, accepted and rejected by file and sheet.",
}


def schedules_asset() -> dg.AssetSpec:
    """What collectors drop; outside Dagster's hands."""
    return dg.AssetSpec(
        key="facts_schedules",
        group_name="rounds",
        kinds={"file"},
        owners=OWNERS,
        description=(
            "Filled schedules of FACTS rounds, dropped into LOCUS_HOME/facts/<round>/ with a "
            "round.yaml that says what the round is. Templates: `locus facts template`."
        ),
    )


def round_asset() -> dg.AssetsDefinition:
    """A round validated and stored; one run may take several rounds."""
    with warnings.catch_warnings():
        # single-run backfills are marked beta; without them each round costs a run
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _round_asset()


def _round_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=ROUND_KEY,
        deps=["facts_schedules"],
        partitions_def=ROUND_PARTITIONS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="rounds",
        kinds={"pandas", "parquet"},
        owners=OWNERS,
        description=(
            "A FACTS round, validated: every row is accepted or rejected with its reason, units "
            "are known by a keyed hash, those without consent are left out. A report goes back to "
            "the collector, LOCUS_HOME/rounds/reports/<round>/."
        ),
        check_specs=[
            dg.AssetCheckSpec(
                "rows_read_are_accepted_or_rejected",
                asset=ROUND_KEY,
                blocking=True,
                description="Every row read is stored or rejected, recounted from disk",
            )
        ],
    )
    def facts_round(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[Any]:
        versions, problems, lost = [], [], []
        for key in partitions_of_run(context):
            if key in stored_rounds(settings) and (damage := round_damage(settings, key)):
                context.log.warning(f"{damage}; round {key} is taken in again")
            try:
                if Path(key).name != key:
                    # anybody may add a partition in the page
                    raise RoundError("no name of a round's folder; delete this partition")
                facts_round = open_round(settings.facts / key)
                intake = store_round(settings, facts_round)
                versions.append(data_version(settings, facts_round))
                report = write_report(settings, intake)
            except (LocusError, OSError) as error:
                problems.append(f"{key}: {error}")
                continue
            context.add_asset_metadata(_metadata(intake, str(report)), partition_key=key)
            if intake.count("rows_read") != _recount(settings, key):
                lost.append(key)
        if problems:
            raise dg.Failure(description="\n".join(problems), allow_retries=False)
        yield dg.MaterializeResult(data_version=dg.DataVersion("-".join(versions)))
        yield dg.AssetCheckResult(
            check_name="rows_read_are_accepted_or_rejected",
            asset_key=ROUND_KEY,
            passed=not lost,
            metadata={"rounds_that_differ": ", ".join(lost) or "none"},
        )

    return facts_round


def catalogue_assets() -> dg.AssetsDefinition:
    """What dbt reads, over all rounds: facts_rounds, facts_round_clusters, ..."""

    @dg.multi_asset(
        name="facts_rounds_catalogue",
        specs=[
            dg.AssetSpec(
                key=f"facts_{table}",
                deps=[ROUND_KEY],
                group_name="rounds",
                kinds={"parquet"},
                owners=OWNERS,
                description=CATALOGUE[table],
                metadata={"dagster/column_schema": _column_schema(table)},
            )
            for table in ROUND_TABLES
        ],
        can_subset=True,
    )
    def facts_rounds_catalogue(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.MaterializeResult]:
        with warehouse_lock(settings, context.log.warning):
            write_empty_tables(settings)
            left_out = forget_stale(settings, context.log.warning)
            rows = row_counts(settings)
        for key, reason in left_out.items():
            context.log.warning(f"Round {key} is left out: {reason}")
        for table in ROUND_TABLES:
            asset_key = dg.AssetKey(f"facts_{table}")
            if asset_key in context.selected_asset_keys:
                yield dg.MaterializeResult(
                    asset_key=asset_key,
                    metadata={
                        "dagster/row_count": rows[table],
                        "rounds_left_out": ", ".join(left_out) or "none",
                    },
                )

    return facts_rounds_catalogue


def _metadata(intake: Intake, report: str) -> dict[str, Any]:
    return {
        "dagster/partition_row_count": len(intake.tables["round_answers"]),
        **{name: intake.count(name) for name in ("rows_read", "rows_accepted", "rows_rejected")},
        "clusters": len(intake.tables["round_clusters"]),
        **{f"units_grade_{grade}": count for grade, count in intake.grades().items()},
        "warnings": len(intake.tables["round_warnings"]),
        "report": dg.MetadataValue.path(report),
        "files_not_read": ", ".join(intake.ignored) or "none",
        "is_synthetic": intake.round.facts.is_synthetic,
    }


def _recount(settings: Settings, key: str) -> int:
    """Rows of a round in the files on disk: of schedules and registry, and rejected ones."""
    counts = {
        "round_clusters": "count(*)",
        "round_units": "count(*)",
        "round_answers": "count(distinct cluster_id) filter (where schedule = 'association')",
        "round_entries": "count(distinct (sheet_kind, entry))",
        "round_rejected": "count(distinct (file, sheet, row_number)) "
        "filter (where row_number is not null)",
    }
    with connect(settings) as connection:
        return sum(
            connection.execute(
                f"select {count} from read_parquet(?)", [str(table_path(settings, table, key))]
            ).fetchall()[0][0]
            for table, count in counts.items()
        )


def _column_schema(table: str) -> dg.TableSchema:
    return dg.TableSchema(
        [dg.TableColumn(name, kind.lower()) for name, kind in ROUND_TABLES[table].items()]
    )
