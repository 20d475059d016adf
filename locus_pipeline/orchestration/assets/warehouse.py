"""The catalogue of raw data, and the dbt project as assets with its tests as asset checks."""

import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtCliRuntimeError,
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from dagster_dbt.compat import DBT_PYTHON_VERSION

from locus_pipeline.asi.layout import BLOCK_LETTERS, Layouts
from locus_pipeline.connection import connect
from locus_pipeline.files import content_hash, private_folder
from locus_pipeline.orchestration.assets.rules import BROKEN_RULES, broken_rules, described
from locus_pipeline.orchestration.changes import unchanged_edition
from locus_pipeline.orchestration.failure import failing_in_a_sentence
from locus_pipeline.orchestration.partitions import survey_year_partitions
from locus_pipeline.orchestration.pictures import pictures
from locus_pipeline.orchestration.previews import preview
from locus_pipeline.rounds.store import write_empty_tables
from locus_pipeline.settings import Settings
from locus_pipeline.sql import identifier
from locus_pipeline.user_tables.load import check_still_as_read
from locus_pipeline.user_tables.tables import USER_TABLES
from locus_pipeline.warehouse.catalogue import write_catalogue
from locus_pipeline.warehouse.dbt import PROJECT_DIR, dbt_environment, ensure_manifest
from locus_pipeline.warehouse.held import Project
from locus_pipeline.warehouse.inputs import check_inputs_are_built
from locus_pipeline.warehouse.lock import warehouse_lock
from locus_pipeline.warehouse.soundness import remove_warehouse, warehouse_damage

OWNERS = ["team:locus"]
SECONDS_TO_STOP = 10
# The tag of the marts in dbt_project.yml.
PUBLISHED = "published"

CATALOGUE = {
    "ingestion": "What was read: files, hashes, layouts and counts by block and survey year.",
    "survey_years": "Facts about each survey year that was read, from its layout.",
    "row_roles": "What the serial numbers of the itemised blocks stand for in each survey year.",
    "record_quality": "Records that were read and can't be right, counted by block and kind.",
    "rejected_rows": "Lines that could not be read, kept with file, line number and reason.",
    "edition": "What the edition is made of: hashes of inputs and method, versions.",
}


RAW_USER_TABLES = {table.name: table.description for table in USER_TABLES} | {
    "user_tables": "Which tables the user keeps, with their rows and hashes.",
}


def catalogue_assets(survey_years: Layouts, jobs: Collection[str]) -> dg.AssetsDefinition:
    """What the raw layer holds, for dbt: asi_ingestion, asi_survey_years, asi_row_roles, ...; and
    the user's own tables, of which an edition is made too.

    The `jobs` bring the home up to date: where nothing of it changed, a run of theirs passes over
    what is below. Assets that a person chose are materialised whatever they hold.
    """

    @dg.multi_asset(
        name="asi_catalogue",
        specs=[
            dg.AssetSpec(
                key=f"asi_{table}",
                deps=[
                    *(f"asi_block_{letter}" for letter in BLOCK_LETTERS),
                    # an edition is made of survey years and rounds
                    *(["facts_rounds"] if table == "edition" else []),
                ],
                group_name="edition" if table == "edition" else "survey",
                kinds={"parquet"},
                skippable=True,
                owners=OWNERS,
                description=description,
            )
            for table, description in CATALOGUE.items()
        ]
        + [
            dg.AssetSpec(
                key=table,
                group_name="reference",
                kinds={"parquet"},
                skippable=True,
                owners=OWNERS,
                description=description,
            )
            for table, description in RAW_USER_TABLES.items()
        ],
        can_subset=True,
    )
    def asi_catalogue(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.MaterializeResult]:
        with failing_in_a_sentence(), warehouse_lock(settings, context.log.warning):
            if context.run.job_name in jobs and (edition := _standing(settings, survey_years)):
                context.log.info(f"Nothing changed since edition {edition} was published")
                return
            # All tables are written whatever is asked for: they are small and belong together.
            catalogue = write_catalogue(settings, survey_years, context.log.warning)
        for year, reason in catalogue.left_out.items():
            context.log.warning(f"{year} is left out: {reason}")
        for table in RAW_USER_TABLES:
            if dg.AssetKey(table) in context.selected_asset_keys:
                yield dg.MaterializeResult(
                    asset_key=table, metadata={"dagster/row_count": catalogue.rows[table]}
                )
        for table in CATALOGUE:
            key = dg.AssetKey(f"asi_{table}")
            if key in context.selected_asset_keys:
                yield dg.MaterializeResult(
                    asset_key=key,
                    metadata={
                        "dagster/row_count": catalogue.rows[table],
                        "survey_years_left_out": ", ".join(catalogue.left_out) or "none",
                    },
                )

    return asi_catalogue


def _standing(settings: Settings, survey_years: Layouts) -> str | None:
    """The published edition where nothing has to be built, the warehouse neither."""
    edition = unchanged_edition(settings, survey_years)
    return None if edition and warehouse_damage(settings) else edition


class LocusTranslator(DagsterDbtTranslator):
    """dbt models keep their own names as asset keys, and their dbt groups."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Sources name their asset in `meta`; the rest keep their own name."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey(dbt_resource_props["name"])

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """What is published shows it on the graph: a tag of dbt's, and a kind beside it."""
        tags = super().get_tags(dbt_resource_props)
        return {**tags, "dagster/kind/published": ""} if PUBLISHED in tags else tags

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What dbt's docs say, with the SQL of models; a seed has none."""
        if dbt_resource_props["resource_type"] == "seed":
            return dbt_resource_props["description"]
        return super().get_description(dbt_resource_props)

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """As Dagster has it; a test of several rules says them."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None or spec.description:
            return spec
        return spec._replace(description=described(manifest["nodes"][unique_id]))

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """One team owns everything."""
        return OWNERS


FIGURES = "survey_year_figures"


def figures_asset(survey_years: Layouts) -> dg.AssetSpec:
    """Figures of each survey year as metadata of its partition: the web page plots them by year.

    The rows of survey_year_summary, reported by the run that builds it; nothing to run of its own.
    """
    return dg.AssetSpec(
        key=FIGURES,
        deps=["survey_year_summary"],
        group_name="quality",
        kinds={"duckdb"},
        owners=OWNERS,
        partitions_def=survey_year_partitions(survey_years),
        description=(
            "Figures of each survey year, for plots by partition: estimated factories, employment, "
            "value added, rejected lines, unmapped share, largest sampling error."
        ),
    )


def warehouse_assets(settings: Settings, jobs: Collection[str]) -> dg.AssetsDefinition:
    """One dbt invocation a run, under the warehouse's lock.

    The `jobs` bring the home up to date: what nothing changed of is not built by a run of theirs.
    """
    manifest = ensure_manifest(settings)
    return _warehouse_assets(manifest, content_hash(manifest), frozenset(jobs))


# The same for all homes: some seconds for hundreds of nodes.
@lru_cache(maxsize=1)
def _warehouse_assets(manifest: Path, _content: str, jobs: frozenset[str]) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        project=DbtProject(project_dir=PROJECT_DIR, profiles_dir=PROJECT_DIR),
        dagster_dbt_translator=LocusTranslator(
            settings=DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True)
        ),
    )
    def warehouse(
        context: dg.AssetExecutionContext,
        dbt: dg.ResourceParam[DbtCliResource],
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[Any]:
        with failing_in_a_sentence(), warehouse_lock(settings, context.log.warning):
            private_folder(settings.temporary)
            private_folder(settings.warehouse.parent)
            if damage := warehouse_damage(settings):
                remove_warehouse(settings)
                context.log.warning(f"{damage}; it is built again")
            check_still_as_read(settings)
            # views over FACTS rounds need a file to stand on, also where there is no round
            write_empty_tables(settings)
            check_inputs_are_built(settings, manifest, _wanted(context))
            project = Project(settings, manifest)
            held = project.held() if context.run.job_name in jobs else set()
            names = project.names(held)
            context.log.info(f"Of {len(project.nodes)} nodes {len(held)} hold and are not built")
            yield from _held(context, names)
            build = ["build", *(["--exclude", " ".join(names)] if names else [])]
            target = settings.warehouse.parent / "dbt"
            context.log.info(f"What dbt says goes to {settings.run_log}")
            # two lines for each of some thousand nodes: too many for a terminal
            with settings.run_log.open("w") as said, redirect_stdout(said):
                with dbt_environment(settings), project.told(_wanted(context)):
                    invocation = dbt.cli(build, context=context, target_path=target)
                try:
                    yield from _with_table_metadata(
                        invocation.stream(), settings, target / "compiled"
                    )
                finally:
                    _stop(invocation.process)
            if dg.AssetKey("survey_year_summary") in context.selected_asset_keys:
                for year, figures in _figures(settings).items():
                    context.log_event(
                        dg.AssetMaterialization(FIGURES, partition=year, metadata=figures)
                    )

    return warehouse


def _held(
    context: dg.AssetExecutionContext, names: list[str]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What holds, with its checks, for steps that wait for it: Dagster skips those whose input was
    not reported, and wants what an asset is made of before it. What this step alone reads is left
    as it was reported."""
    graph = context.job_def.asset_layer.asset_graph
    waited_for = [
        key
        for key in (dg.AssetKey(name) for name in names)
        if key in context.selected_asset_keys
        and graph.get(key).child_keys - context.selected_asset_keys
    ]
    for key in waited_for:
        yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})
    for check in sorted(context.selected_asset_check_keys):
        if check.name in names and check.asset_key in waited_for:
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=True,
                metadata={"unchanged": True},
            )


def _wanted(context: dg.AssetExecutionContext) -> set[str]:
    """Names of the seeds and models to build, and of the tests that are to run without theirs.

    Tests that come with a model run where all they read is there (`buildable`, dbt_project.yml).
    """
    return {key.path[-1] for key in context.selected_asset_keys} | {
        check.name
        for check in context.selected_asset_check_keys
        if check.asset_key not in context.selected_asset_keys
    }


def _stop(dbt: subprocess.Popen) -> None:
    """End dbt where it still runs, as after an interruption: it must not outlive the lock."""
    if dbt.poll() is None:
        dbt.terminate()
        try:
            dbt.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            dbt.kill()
            dbt.wait()


def mart_keys(warehouse: dg.AssetsDefinition) -> list[dg.AssetKey]:
    """The assets that are published."""
    return [spec.key for spec in warehouse.specs if PUBLISHED in spec.tags]


class Dbt(DbtCliResource):
    """Dagster's resource, which starts dbt once a build and not twice."""

    @cached_property
    def _cli_version(self) -> Any:
        """Of the installed package: `dbt --version` is a process that asks the network too."""
        return DBT_PYTHON_VERSION

    # what the caller takes for an adapter, it takes none for as well
    def _initialize_dbt_core_adapter(  # type: ignore[override]
        self, args: Sequence[str]
    ) -> None:
        """None: it would load dbt into this process to ask for columns, which we ask ourselves."""


def dbt_resource() -> DbtCliResource:
    """The dbt command over our project."""
    return Dbt(
        project_dir=str(PROJECT_DIR),
        profiles_dir=str(PROJECT_DIR),
        # the one beside this Python: the environment need not be activated
        dbt_executable=str(Path(sys.executable).parent / "dbt"),
    )


def _with_table_metadata(
    events: Iterator[Any], settings: Settings, compiled: Path
) -> Iterator[Any]:
    """Adds row counts and column schemas to what dbt materialised, and to failed checks which of
    their rules are broken. `compiled`: where dbt put the tests as it ran them.

    dagster-dbt's own fetch_row_counts() keeps a DuckDB handle open in this process, which locks the
    file for the next writer; here one short read-only connection is opened after dbt has ended.
    """
    outputs, failed_checks, failure = [], [], None
    try:
        for event in events:
            if isinstance(event, dg.Output | dg.AssetMaterialization):
                outputs.append(event)
            elif isinstance(event, dg.AssetCheckResult) and not event.passed:
                failed_checks.append(event)
            else:
                yield event
    except DagsterDbtCliRuntimeError as error:
        failure = error
    yield from _with_broken_rules(failed_checks, settings, compiled)
    tables = _tables(settings)
    for event in outputs:
        name = (
            event.asset_key.path[-1]
            if isinstance(event, dg.AssetMaterialization)
            else event.output_name
        )
        yield event.with_metadata({**event.metadata, **tables.get(name, {})})
    if failure:
        raise failure


def _with_broken_rules(
    failed: list[dg.AssetCheckResult], settings: Settings, compiled: Path
) -> Iterator[dg.AssetCheckResult]:
    if not failed:
        return
    with connect(settings, settings.warehouse, read_only=True) as connection:
        for check in failed:
            said = broken_rules(connection, compiled, str(check.check_name))
            more = {BROKEN_RULES: dg.MetadataValue.text(said)} if said else {}
            yield check._replace(metadata={**check.metadata, **more})


def _tables(settings: Settings) -> dict[str, dict[str, Any]]:
    """Row count and column schema of each table that dbt built, pictures and previews of the marts.

    Views of the schema `raw` bear names of marts (edition, ingestion, rejected_rows); they are not
    dbt's, and would list each column twice.
    """
    if not settings.warehouse.exists():
        return {}
    with connect(settings, settings.warehouse, read_only=True) as connection:
        columns = connection.execute(
            """
            select table_name, column_name, data_type, comment from duckdb_columns()
            where not internal and schema_name <> 'raw' order by column_index
            """
        ).fetchall()
        tables = connection.execute(
            """
            select schema_name, table_name from duckdb_tables()
            where not internal and schema_name <> 'raw'
            """
        ).fetchall()
        shown = pictures(connection)
        previews = {name: preview(connection, name) for schema, name in tables if schema == "marts"}
        counts = {
            name: connection.execute(
                f"select count(*) from {identifier(schema)}.{identifier(name)}"
            ).fetchall()[0][0]
            for schema, name in tables
        }
    metadata: dict[str, dict[str, Any]] = {}
    for table, column, data_type, comment in columns:
        entry = metadata.setdefault(table, {"dagster/column_schema": []})
        entry["dagster/column_schema"].append(
            dg.TableColumn(column, str(data_type).lower(), description=comment)
        )
    for name, entry in metadata.items():
        entry["dagster/column_schema"] = dg.TableSchema(entry["dagster/column_schema"])
        if name in counts:
            entry["dagster/row_count"] = counts[name]
        if name in shown:
            entry["picture"] = shown[name]
        if previews.get(name):
            entry["preview"] = previews[name]
    return metadata


def _figures(settings: Settings) -> dict[str, dict[str, Any]]:
    """Survey year -> what is plotted by partition; what a year has not got is left out."""
    with connect(settings, settings.warehouse, read_only=True) as connection:
        rows = connection.execute("from marts.survey_year_summary")
        names = [column[0] for column in rows.description]
        return {
            row[0]: {
                name: value
                for name, value in zip(names[1:], row[1:], strict=True)
                if value is not None
            }
            for row in rows.fetchall()
        }
