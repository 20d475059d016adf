"""The published edition as a Dagster asset."""

from pathlib import Path

import dagster as dg

from locus_pipeline.files import close_to_others
from locus_pipeline.index.inputs import read_inputs_id
from locus_pipeline.index.published import published_files
from locus_pipeline.index.seal import index_identity
from locus_pipeline.orchestration.failure import failing_in_a_sentence
from locus_pipeline.publish.definitions_sheet import write_definitions_sheet
from locus_pipeline.publish.edition import Addition, largest_clusters, publish
from locus_pipeline.publish.standing import record_publication
from locus_pipeline.settings import Settings
from locus_pipeline.site.made import FIRST_PAGE, SITE, has_site
from locus_pipeline.warehouse.lock import warehouse_lock

PREVIEW_ROWS = 5


def edition_asset(below: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset below all marts and the tables of the index."""

    @dg.asset(
        key="published_edition",
        deps=below,
        group_name="edition",
        kinds={"duckdb", "parquet", "csv"},
        owners=["team:locus"],
        description=(
            "The marts and the tables of the index as people open them, as "
            "LOCUS_HOME/published/locus.duckdb, Parquet, CSV and pages, replaced in one rename."
        ),
    )
    def published_edition(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult:
        with failing_in_a_sentence(), warehouse_lock(settings, context.log.warning):
            inputs_id = read_inputs_id(settings)
            edition = publish(
                settings,
                files=published_files(settings, inputs_id),
                also=additions(settings),
                index=index_identity(settings),
            )
            record_publication(settings, edition, inputs_id)
            for path in settings.private:
                close_to_others(path)
        for sentence in edition.mended:
            context.log.warning(sentence)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(edition.edition_id),
            metadata={
                "path": dg.MetadataValue.path(str(settings.published)),
                "edition_id": edition.edition_id,
                "unchanged": edition.unchanged,
                **_site(settings),
                "is_synthetic": edition.is_synthetic,
                "largest_clusters": dg.MetadataValue.md(_largest_clusters(settings)),
                **{f"rows_{table}": rows for table, rows in edition.rows.items()},
            },
        )

    return published_edition


def additions(settings: Settings) -> list[Addition]:
    """What an edition has beside its tables."""
    sheet = Addition(write_definitions_sheet)
    return [sheet, Addition(_write_site, has_site)] if settings.site else [sheet]


def _write_site(edition: Path) -> None:
    # what draws the pages takes a second to load, and most runs of Dagster write none
    from locus_pipeline.site.builder import write_site

    write_site(edition, edition / SITE)


def _site(settings: Settings) -> dict[str, dg.MetadataValue]:
    if not settings.site:
        return {}
    page = settings.published / SITE / FIRST_PAGE
    return {"site": dg.MetadataValue.url(page.as_uri())}


def _largest_clusters(settings: Settings) -> str:
    rows = largest_clusters(settings, PREVIEW_ROWS)
    lines = ["| survey year | cluster | factories | employees |", "|---|---|---:|---:|"]
    for year, cluster, units, employees in rows:
        persons = "" if employees is None else f"{employees:,.0f}"
        lines.append(f"| {year} | {cluster} | {units:,.0f} | {persons} |")
    return "\n".join(lines)
