"""Everything Dagster knows of Locus, in the order in which the data takes the road."""

import dagster as dg

from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.orchestration.assets.asi import block_assets, release_asset
from locus_pipeline.orchestration.assets.edition import edition_asset
from locus_pipeline.orchestration.assets.index import INDEX_TABLES, index_assets
from locus_pipeline.orchestration.assets.rounds import catalogue_assets as facts_catalogue_assets
from locus_pipeline.orchestration.assets.rounds import round_asset, schedules_asset
from locus_pipeline.orchestration.assets.warehouse import (
    catalogue_assets,
    dbt_resource,
    figures_asset,
    mart_keys,
    warehouse_assets,
)
from locus_pipeline.orchestration.checks import reconciliation_check
from locus_pipeline.orchestration.hearing import terminal
from locus_pipeline.orchestration.jobs import (
    ROUNDS_JOB,
    SURVEY_JOB,
    facts_rounds_job,
    survey_years_job,
)
from locus_pipeline.orchestration.schedules import yearly_schedule
from locus_pipeline.orchestration.sensors import release_sensor, round_sensor
from locus_pipeline.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """The definitions over one Locus home; tests and the command line pass their own."""
    survey_years = load_layouts(settings.user_layouts)
    jobs = (SURVEY_JOB, ROUNDS_JOB)
    warehouse = warehouse_assets(settings, jobs)
    return dg.Definitions(
        assets=[
            release_asset(),
            *block_assets(survey_years),
            catalogue_assets(survey_years, jobs),
            schedules_asset(),
            round_asset(),
            facts_catalogue_assets(),
            warehouse,
            figures_asset(survey_years),
            *index_assets(survey_years),
            edition_asset([*mart_keys(warehouse), INDEX_TABLES]),
        ],
        asset_checks=[reconciliation_check()],
        jobs=[survey_years_job(), facts_rounds_job()],
        schedules=[yearly_schedule(survey_years)],
        sensors=[release_sensor(survey_years), round_sensor()],
        resources={
            "settings": _fixed(settings),
            "dbt": _fixed(dbt_resource()),
            # nothing goes through it: assets keep their own files
            "io_manager": dg.IOManagerDefinition(lambda _: dg.InMemoryIOManager(), {}),
        },
        loggers={"console": terminal},
        # DuckDB uses every core already: a process for each step costs minutes and wins nothing.
        executor=dg.in_process_executor,
    )


def _fixed(resource: object) -> dg.ResourceDefinition:
    """Takes no run config: whoever may launch a run must not say which program it starts, nor where
    it writes (docs/security.md)."""
    return dg.ResourceDefinition(lambda _: resource, config_schema={})


@dg.definitions
def defs() -> dg.Definitions:
    """The code location: what Dagster loads, over LOCUS_HOME."""
    return build_definitions(Settings.from_environment())
