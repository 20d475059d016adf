"""What the raw layer holds, written as Parquet beside it for dbt.

Ingestion, facts about each survey year, what serial numbers stand for, what the edition is made of.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import duckdb
import pandas as pd

from locus_pipeline.asi.ingest import (
    Manifest,
    all_manifests,
    changed_blocks,
    write_schema_files,
)
from locus_pipeline.asi.layout import BLOCK_LETTERS, SurveyYear
from locus_pipeline.asi.release import ReleaseError, find_release
from locus_pipeline.errors import LocusError
from locus_pipeline.facts.store import rounds_in
from locus_pipeline.files import write_parquet
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import Loaded, write_user_tables
from locus_pipeline.user_tables.tables import AGENCIES, BENCHMARK, DEFLATORS, INTERVENTIONS
from locus_pipeline.warehouse.project import method_fingerprint

COMPUTING_PACKAGES = [
    "duckdb", "dbt-core", "dbt-duckdb", "numpy", "pandas", "scipy", "statsmodels", "linearmodels",
    "salib", "locus-pipeline",
]  # fmt: skip


class NothingIngestedError(LocusError):
    """No block of any survey year has been read yet."""


@dataclass(frozen=True)
class Catalogue:
    """Rows of each table, and why survey years with raw data were left out."""

    rows: dict[str, int]
    left_out: dict[str, str]


def write_catalogue(settings: Settings, survey_years: dict[str, SurveyYear]) -> Catalogue:
    """Write raw/catalogue/*.parquet from the manifests.

    A survey year is in it when every block of its release was read; one that was read halfway, or
    whose files changed since, is left out with the reason, not taken for a partial release.
    The user's tables are read and written beside. Raises NothingIngestedError where no survey year
    is whole, UserTableError where a table of the user can't be used.
    """
    manifests = [m for m in all_manifests(settings) if m.survey_year in survey_years]
    left_out = {}
    for year in sorted({manifest.survey_year for manifest in manifests}):
        reason = _not_whole(settings, survey_years[year])
        if reason:
            left_out[year] = reason
    manifests = [manifest for manifest in manifests if manifest.survey_year not in left_out]
    if not manifests:
        reasons = "".join(f"\n{year}: {reason}" for year, reason in left_out.items())
        raise NothingIngestedError(
            f"No survey year was read whole into {settings.raw}; materialise the blocks{reasons}"
        )
    write_schema_files(settings)
    user_tables = write_user_tables(settings)
    method = method_version(user_tables)
    tables = {
        "ingestion": [_ingestion_row(manifest) for manifest in manifests],
        "survey_years": survey_year_rows(manifests, survey_years, method),
        "row_roles": _row_role_rows({m.survey_year for m in manifests}, survey_years),
        "edition": [_edition_row(settings, manifests, method, user_tables)],
    }
    folder = settings.raw / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_parquet(pd.DataFrame(rows), folder / f"{name}.parquet")
    counts = {name: len(rows) for name, rows in tables.items()}
    counts |= {name: len(loaded.rows) for name, loaded in user_tables.items()}
    counts |= {"user_tables": len(user_tables)}
    rejected = sum(manifest.rows_rejected for manifest in manifests)
    return Catalogue(counts | {"rejected_rows": rejected}, left_out)


def _not_whole(settings: Settings, facts: SurveyYear) -> str | None:
    """Why the raw data of a survey year is not what its release holds; None where it is.

    Raw data whose release folder is gone stays as it is.
    """
    folder = settings.releases / facts.survey_year
    if not folder.is_dir():
        return None
    try:
        changed = changed_blocks(settings, find_release(folder, facts), facts)
    except ReleaseError as error:
        return str(error)
    if changed:
        return f"blocks {', '.join(changed).upper()} are not read as they are in {folder}"
    return None


def method_version(user_tables: Mapping[str, Loaded]) -> str:
    """Version of Locus, and a hash over its models, macros and reference tables.

    The factory table is rebuilt when it changes, so a changed model never leaves old rows behind. A
    benchmark table or deflators of the user's own show as further hashes.
    """
    method = f"{version('locus-pipeline')}+{method_fingerprint()[:12]}"
    for word, table in (("benchmark", BENCHMARK), ("deflators", DEFLATORS)):
        content = user_tables[table.name].content
        if content:
            method += f".{word}-{content[:8]}"
    return method


def _ingestion_row(manifest: Manifest) -> dict[str, Any]:
    files = manifest.source_files
    return {
        "survey_year": manifest.survey_year,
        "block": manifest.block,
        "source_file": "; ".join(file["name"] for file in files),
        "source_sha256": "; ".join(file["sha256"] for file in files),
        "layout": manifest.layout,
        "rows_read": manifest.rows_read,
        "rows_kept": manifest.rows_kept,
        "rows_rejected": manifest.rows_rejected,
        "bytes": sum(file["bytes"] for file in files),
        "loaded_at": manifest.loaded_at,
        "is_synthetic": manifest.is_synthetic,
    }


def survey_year_rows(
    manifests: list[Manifest], survey_years: dict[str, SurveyYear], method: str
) -> list[dict[str, Any]]:
    """One row for each survey year; `raw_version` changes with all that its figures rest on."""
    rows = []
    for year in sorted({manifest.survey_year for manifest in manifests}):
        blocks = [manifest for manifest in manifests if manifest.survey_year == year]
        letters = "".join(manifest.block for manifest in blocks)
        facts, first = survey_years[year], blocks[0]
        content = "|".join(manifest.data_version for manifest in blocks)
        content += repr(facts) + repr(_row_role_rows({year}, survey_years)) + method
        rows.append(
            {
                "survey_year": year,
                "nic_version": facts.nic_version,
                "item_classification": facts.item_classification,
                "status_codes": facts.status_codes,
                "release": first.release,
                "state_numbering": first.state_numbering,
                "unique_key": first.unique_key,
                "blocks": letters,
                "missing_blocks": "".join(b for b in BLOCK_LETTERS if b not in letters),
                "is_synthetic": any(manifest.is_synthetic for manifest in blocks),
                "raw_version": hashlib.sha256(content.encode()).hexdigest()[:16],
            }
        )
    return rows


def _row_role_rows(years: set[str], survey_years: dict[str, SurveyYear]) -> list[dict[str, Any]]:
    return [
        {
            "survey_year": year,
            "block": block,
            "serial_number": serial,
            "role": role,
            "is_total": role in scheme.totals,
        }
        for year in sorted(years)
        for block in "cdehij"
        for scheme in [survey_years[year].row_scheme(block)]
        for role, serial in scheme.rows
    ]


def _edition_row(
    settings: Settings,
    manifests: list[Manifest],
    method: str,
    user_tables: Mapping[str, Loaded],
) -> dict[str, Any]:
    inputs = "|".join(
        f"{m.survey_year}{m.block}{m.data_version}{m.layout_fingerprint}" for m in manifests
    )
    rounds = rounds_in(settings)
    inputs += "|".join(f"{found.key}{found.files_hash}{found.units}" for found in rounds)
    inputs += "".join(user_tables[table.name].content or "" for table in (INTERVENTIONS, AGENCIES))
    packages = {name: version(name) for name in COMPUTING_PACKAGES}
    row = {
        "survey_years": ", ".join(sorted({m.survey_year for m in manifests})),
        "facts_rounds": ", ".join(found.key for found in rounds),
        "method_version": method,
        "input_manifest_hash": hashlib.sha256(inputs.encode()).hexdigest(),
        "package_versions": json.dumps(packages, sort_keys=True),
        "is_synthetic": any(found.is_synthetic for found in [*manifests, *rounds]),
    }
    row["edition_id"] = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:12]
    row["created_at"] = _first_built(settings, row["edition_id"])
    return row


def _first_built(settings: Settings, edition_id: str) -> str:
    """The same inputs and method are the same edition, created once."""
    existing = settings.raw / "catalogue" / "edition.parquet"
    if existing.exists():
        with duckdb.connect() as connection:
            found = connection.execute(
                "select created_at from read_parquet(?) where edition_id = ?",
                [str(existing), edition_id],
            ).fetchone()
        if found:
            return found[0]
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
