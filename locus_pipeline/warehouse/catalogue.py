"""What the raw layer holds, written as Parquet beside it for dbt.

Ingestion, facts about each survey year, what serial numbers stand for, what the edition is made of.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import duckdb
import pandas as pd

from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.ingest import (
    Manifest,
    all_manifests,
    blocks_in_raw,
    changed_blocks,
    damage,
    forget_block,
    ingest_block,
    rejected_path,
    rows_path,
    write_schema_files,
)
from locus_pipeline.asi.layout import BLOCK_LETTERS, LayoutError, Layouts, SurveyYear
from locus_pipeline.asi.quality import Year, findings
from locus_pipeline.asi.release import find_release
from locus_pipeline.connection import connect
from locus_pipeline.errors import LocusError
from locus_pipeline.files import parquet_types, read_parquet, write_parquet
from locus_pipeline.rounds.store import rounds_in
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import Loaded, load_user_tables, write_user_tables
from locus_pipeline.user_tables.selection import SELECTION_TABLES
from locus_pipeline.user_tables.tables import AGENCIES, BENCHMARK, DEFLATORS, INTERVENTIONS
from locus_pipeline.warehouse.checkout import checkout_state
from locus_pipeline.warehouse.method import computing_packages, method_fingerprint

LOG = logging.getLogger(__name__)

QUALITY_COLUMNS = {
    "survey_year": "VARCHAR",
    "block": "VARCHAR",
    "kind": "VARCHAR",
    "records": "BIGINT",
    "treatment": "VARCHAR",
    "is_warning": "BOOLEAN",
    "meaning": "VARCHAR",
    "remedy": "VARCHAR",
    "null_reason": "VARCHAR",
    "is_synthetic": "BOOLEAN",
    "raw_version": "VARCHAR",
}


class NothingIngestedError(LocusError):
    """No block of any survey year has been read yet."""


@dataclass(frozen=True)
class Catalogue:
    """Rows of each table, and why survey years with raw data were left out."""

    rows: dict[str, int]
    left_out: dict[str, str]


def write_catalogue(
    settings: Settings,
    survey_years: Layouts,
    say: Callable[[str], None] = LOG.warning,
) -> Catalogue:
    """Write raw/catalogue/*.parquet from the manifests.

    A survey year is in it when every block of its release was read; one that was read halfway, or
    whose files changed since, is left out with the reason, not taken for a partial release.
    The user's tables are read and written beside; `say` is told what of raw/ was damaged and is
    made again. Raises NothingIngestedError where no survey year is whole, UserTableError where a
    table of the user can't be used.
    """
    left_out = mend_raw(settings, survey_years, say)
    manifests = _whole_years(settings, survey_years, left_out)
    if not manifests:
        reasons = "".join(f"\n{year}: {reason}" for year, reason in left_out.items())
        raise NothingIngestedError(
            f"No survey year was read whole into {settings.raw}; materialise the blocks{reasons}"
        )
    write_schema_files(settings)
    user_tables = write_user_tables(settings)
    method = method_version(user_tables)
    years = survey_year_rows(manifests, survey_years)
    tables = {
        "ingestion": [_ingestion_row(manifest) for manifest in manifests],
        "survey_years": years,
        "row_roles": _row_role_rows({m.survey_year for m in manifests}, survey_years),
        "edition": [_edition_row(settings, years, manifests, method, user_tables)],
    }
    folder = settings.raw / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    quality = _quality_rows(settings, manifests, tables["survey_years"])
    for name, rows in tables.items():
        write_parquet(pd.DataFrame(rows), folder / f"{name}.parquet")
    write_parquet(quality, folder / "record_quality.parquet", QUALITY_COLUMNS)
    counts = {name: len(rows) for name, rows in tables.items()}
    counts |= {name: len(loaded.rows) for name, loaded in user_tables.items()}
    counts |= {"user_tables": len(user_tables), "record_quality": len(quality)}
    rejected = sum(manifest.rows_rejected for manifest in manifests)
    return Catalogue(counts | {"rejected_rows": rejected}, left_out)


def inputs_id(settings: Settings, survey_years: Layouts) -> str:
    """What `edition_id` the catalogue would have now: a hash over all that the models read and how.

    Reads without writing. Raises UserTableError where a table of the user can't be used.
    """
    manifests = _whole_years(settings, survey_years, {})
    user_tables = load_user_tables(settings)
    method = method_version(user_tables)
    years = survey_year_rows(manifests, survey_years)
    return str(_made_of(settings, years, manifests, method, user_tables)["edition_id"])


def _whole_years(
    settings: Settings, survey_years: Layouts, left_out: dict[str, str]
) -> list[Manifest]:
    """Manifests of the survey years whose raw data is what their release holds; why another one is
    not among them is added to `left_out`."""
    known = {*survey_years, *survey_years.faults}
    manifests = [m for m in all_manifests(settings) if m.survey_year in known]
    for year in sorted({manifest.survey_year for manifest in manifests}):
        reason = _not_whole(settings, survey_years, year)
        if reason:
            left_out[year] = reason
    return [manifest for manifest in manifests if manifest.survey_year not in left_out]


def catalogued_years(settings: Settings) -> list[str]:
    """Survey years of the catalogue as it was written last, in order; none before the first."""
    path = settings.raw / "catalogue" / "survey_years.parquet"
    return sorted(read_parquet([path]).survey_year) if path.exists() else []


def mend_raw(
    settings: Settings, survey_years: Layouts, say: Callable[[str], None]
) -> dict[str, str]:
    """Read damaged blocks again; where that can't be, remove them. Survey year -> why it is gone.

    A damaged file of any survey year would stop the models of all of them.
    """
    gone = {}
    for year, block in blocks_in_raw(settings):
        fault = damage(settings, block, year)
        if not fault:
            continue
        try:
            facts = _facts(survey_years, year)
            ingest_block(settings, find_release(settings.releases / year, facts), block, facts)
            say(f"{fault}; block {block.upper()} of {year} is read again")
        except LocusError as error:
            forget_block(settings, block, year)
            say(f"{fault}; block {block.upper()} of {year} is removed: {error}")
            gone[year] = f"{fault} and could not be read again: {error}"
    return gone


def _facts(survey_years: Layouts, year: str) -> SurveyYear:
    if year not in {*survey_years, *survey_years.faults}:
        raise LocusError(f"no layout of {year} is known")
    return survey_years[year]


def _not_whole(settings: Settings, survey_years: Layouts, year: str) -> str | None:
    """Why the raw data of a survey year is not what its release holds; None where it is.

    A release that is gone leaves the edition; its raw data waits for it to come back.
    """
    folder = settings.releases / year
    if not os.path.lexists(folder):
        return f"{folder} is gone; put the release back to have the year again"
    try:
        facts = survey_years[year]
        changed = changed_blocks(settings, find_release(folder, facts), facts)
    except (ReleaseError, LayoutError) as error:
        return str(error)
    if changed:
        return f"blocks {', '.join(changed).upper()} are not read as they are in {folder}"
    return None


def method_version(user_tables: Mapping[str, Loaded]) -> str:
    """Version of Locus, and a hash over what decides a figure (warehouse.method).

    A benchmark table or deflators of the user's own show as further hashes.
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
        "numbers_restored": manifest.numbers_restored,
        "bytes": sum(file["bytes"] for file in files),
        "loaded_at": manifest.loaded_at,
        "is_synthetic": manifest.is_synthetic,
    }


def survey_year_rows(manifests: list[Manifest], survey_years: Layouts) -> list[dict[str, Any]]:
    """One row for each survey year; `raw_version` changes with all that was read of it, and with
    what its layout says. By what code the models compute from it, they know themselves
    (warehouse.method)."""
    rows = []
    for year in sorted({manifest.survey_year for manifest in manifests}):
        blocks = [manifest for manifest in manifests if manifest.survey_year == year]
        letters = "".join(manifest.block for manifest in blocks)
        facts, first = survey_years[year], blocks[0]
        content = "|".join(manifest.data_version for manifest in blocks)
        content += repr(facts) + repr(_row_role_rows({year}, survey_years))
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


def _row_role_rows(years: set[str], survey_years: Layouts) -> list[dict[str, Any]]:
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


def _quality_rows(
    settings: Settings, manifests: list[Manifest], years: list[dict[str, Any]]
) -> pd.DataFrame:
    """QUALITY_COLUMNS of every block; years whose raw data are as before are not counted again."""
    path = settings.raw / "catalogue" / "record_quality.parquet"
    before = read_parquet([path]) if path.is_file() else pd.DataFrame(columns=[*QUALITY_COLUMNS])
    kept, rows = [], []
    for year in years:
        same = before[
            (before.survey_year == year["survey_year"])
            & (before.raw_version == year["raw_version"])
        ]
        if len(same):
            kept.append(same)
            continue
        blocks = [m.block for m in manifests if m.survey_year == year["survey_year"]]
        place = {block: (settings, block, year["survey_year"]) for block in blocks}
        read = Year(
            survey_year=year["survey_year"],
            files={b: (rows_path(*at), rejected_path(*at)) for b, at in place.items()},
            status_codes=year["status_codes"],
            state_numbering=year["state_numbering"],
            unique_key=year["unique_key"],
        )
        rows += [
            {
                "survey_year": finding.survey_year,
                "block": finding.block,
                "kind": finding.kind.name,
                "records": finding.records,
                "treatment": finding.kind.treatment,
                "is_warning": finding.is_warning,
                "meaning": finding.kind.meaning,
                "remedy": finding.kind.remedy,
                "null_reason": finding.null_reason,
                "is_synthetic": year["is_synthetic"],
                "raw_version": year["raw_version"],
            }
            for finding in findings(read, settings)
        ]
    counted = pd.DataFrame(rows, columns=[*QUALITY_COLUMNS])
    frame = pd.concat([*kept, counted]) if len(counted) else pd.concat(kept)
    return frame.astype({"records": "Int64", "is_warning": bool, "is_synthetic": bool})


def _edition_row(
    settings: Settings,
    years: list[dict[str, Any]],
    manifests: list[Manifest],
    method: str,
    user_tables: Mapping[str, Loaded],
) -> dict[str, Any]:
    """What the edition is made of, when and from which commit."""
    row = _made_of(settings, years, manifests, method, user_tables)
    row["created_at"] = _first_built(settings, row["edition_id"])
    # Which commit it came from does not decide a figure: what of the code does is in the method.
    return row | asdict(checkout_state())


def _made_of(
    settings: Settings,
    years: list[dict[str, Any]],
    manifests: list[Manifest],
    method: str,
    user_tables: Mapping[str, Loaded],
) -> dict[str, Any]:
    """`edition_id` is a hash over all that decides what the models make; what is published has an
    id over this one and the tables of the index (publish.edition)."""
    rounds = rounds_in(settings)
    inputs = {
        "survey_years": {year["survey_year"]: year["raw_version"] for year in years},
        "rounds": {
            stored.key: [stored.files_hash, stored.units, stored.left_out_hash] for stored in rounds
        },
        "registry": [user_tables[table.name].content for table in (INTERVENTIONS, AGENCIES)],
        "selection": [user_tables[table.name].content for table in SELECTION_TABLES],
    }
    row: dict[str, Any] = {
        "survey_years": ", ".join(year["survey_year"] for year in years),
        "facts_rounds": ", ".join(stored.key for stored in rounds),
        "method_version": method,
        "input_manifest_hash": _digest(inputs),
        "package_versions": json.dumps(computing_packages(), sort_keys=True),
        "settings": json.dumps(settings.deciding, sort_keys=True),
        "is_synthetic": any(manifest.is_synthetic for manifest in manifests)
        or any(stored.is_synthetic for stored in rounds),
    }
    return row | {"edition_id": _digest(row)[:12]}


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _first_built(settings: Settings, edition_id: str) -> str:
    """The same inputs and method are the same edition, created once."""
    existing = settings.raw / "catalogue" / "edition.parquet"
    if "created_at" in (parquet_types(existing) or {}):
        with connect(settings) as connection, suppress(duckdb.Error):
            row = connection.execute(
                "select created_at from read_parquet(?) where edition_id = ?",
                [str(existing), edition_id],
            ).fetchone()
            if row:
                return row[0]
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
