"""What the raw layer holds, written as Parquet beside it for dbt.

Ingestion, facts about each survey year, what serial numbers stand for, what the edition is made of.
"""

import hashlib
import json
import os
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from locus_pipeline.asi.ingest import Manifest, all_manifests, write_schema_files
from locus_pipeline.asi.layout import BLOCK_LETTERS, SurveyYear
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.project import project_files

COMPUTING_PACKAGES = ["duckdb", "dbt-core", "dbt-duckdb", "pandas", "locus-pipeline"]


class NothingIngestedError(RuntimeError):
    """No block of any survey year has been read yet."""


def write_catalogue(settings: Settings, survey_years: dict[str, SurveyYear]) -> dict[str, int]:
    """Write raw/catalogue/*.parquet from the manifests; returns the rows of each table.

    Raises NothingIngestedError where there is no raw data at all.
    """
    manifests = [m for m in all_manifests(settings) if m.survey_year in survey_years]
    if not manifests:
        raise NothingIngestedError(
            f"No survey year has been read into {settings.raw}; materialise the blocks first"
        )
    write_schema_files(settings)
    method = method_version()
    tables = {
        "ingestion": [_ingestion_row(manifest) for manifest in manifests],
        "survey_years": _survey_year_rows(manifests, survey_years, method),
        "row_roles": _row_role_rows({m.survey_year for m in manifests}, survey_years),
        "edition": [_edition_row(settings, manifests, method)],
    }
    folder = settings.raw / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        _write_parquet(pd.DataFrame(rows), folder / f"{name}.parquet")
    counts = {name: len(rows) for name, rows in tables.items()}
    return counts | {"rejected_rows": sum(manifest.rows_rejected for manifest in manifests)}


def method_version() -> str:
    """Version of Locus, and a hash over its models, macros and reference tables.

    The factory table is rebuilt when it changes, so a changed model never leaves old rows behind.
    """
    digest = hashlib.sha256()
    for path in project_files():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return f"{version('locus-pipeline')}+{digest.hexdigest()[:12]}"


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


def _survey_year_rows(
    manifests: list[Manifest], survey_years: dict[str, SurveyYear], method: str
) -> list[dict[str, Any]]:
    rows = []
    for year in sorted({manifest.survey_year for manifest in manifests}):
        blocks = [manifest for manifest in manifests if manifest.survey_year == year]
        letters = "".join(manifest.block for manifest in blocks)
        facts, first = survey_years[year], blocks[0]
        content = "|".join(manifest.data_version for manifest in blocks) + method
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


def _edition_row(settings: Settings, manifests: list[Manifest], method: str) -> dict[str, Any]:
    inputs = "|".join(f"{m.survey_year}{m.block}{m.data_version}" for m in manifests)
    packages = {name: version(name) for name in COMPUTING_PACKAGES}
    row = {
        "survey_years": ", ".join(sorted({m.survey_year for m in manifests})),
        "method_version": method,
        "input_manifest_hash": hashlib.sha256(inputs.encode()).hexdigest(),
        "package_versions": json.dumps(packages, sort_keys=True),
        "is_synthetic": any(m.is_synthetic for m in manifests),
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


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Aside, then renamed: a reader sees the old table or the new one."""
    aside = path.with_suffix(".part")
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute("copy frame to $path (format parquet)", {"path": str(aside)})
    os.replace(aside, path)
