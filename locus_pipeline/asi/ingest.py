"""Ingests a block of one survey year: typed Parquet below LOCUS_HOME/raw, and its manifest.

    raw/block_e/survey_year=2009-10/rows.parquet         typed rows
    raw/block_e/survey_year=2009-10/manifest.json        sources, layout, counts, data version
    raw/block_e/schema.parquet                           no rows, only the columns
    raw/rejected_rows/survey_year=2009-10/block_e.parquet
    raw/rejected_rows/schema.parquet

Files are written aside and renamed, the old manifest goes first and the new one comes last: rows
with a manifest are whole. What is ingested again from the same file and layout is left as it is.
"""

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import duckdb

from locus_pipeline.asi.layout import BLOCK_LETTERS, SurveyYear
from locus_pipeline.asi.reader import (
    REJECTED_COLUMNS,
    Counts,
    read_block,
    row_types,
    scratch_folder,
    write_empty,
)
from locus_pipeline.asi.release import BlockFile, FoundRelease
from locus_pipeline.settings import Settings

READER_VERSION = "2"  # raise it when the reader makes other rows of the same file
SYNTHETIC_FIELD_OFFICE = "SYN"


class SourceFile(TypedDict):
    """A file, or the member of a zip, that rows came from; bytes and sha256 are uncompressed."""

    name: str
    member: str | None
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the raw rows of one block and survey year are and where they came from.

    rows_read = rows_kept + rows_rejected. Of the kept rows' numbers `numbers_restored` lost what
    binary storage had added (numbers.py); `record_year` is the year that most rows print, `notes`
    say what is unusual about the file. `data_version` changes when the source, the layout or the
    reader does; `loaded_at` is the UTC time of the run that wrote the rows.
    """

    survey_year: str
    block: str
    release: str
    nic_version: str
    state_numbering: str
    unique_key: bool
    layout: str
    layout_fingerprint: str
    certainty: str
    source_files: list[SourceFile]
    rows_read: int
    rows_kept: int
    rows_rejected: int
    ignored_columns: list[str]
    numbers_restored: int
    record_year: str | None
    notes: list[str]
    is_synthetic: bool
    reader_version: str
    data_version: str
    loaded_at: str


@dataclass(frozen=True)
class Ingested:
    """`manifest` is None where the release does not have the block; `changed`: raw was written."""

    manifest: Manifest | None
    changed: bool


def ingest_block(settings: Settings, found: FoundRelease, block: str, year: SurveyYear) -> Ingested:
    """Bring raw/ up to date with one block of a release.

    A block that the release does not have (a partial release) has no raw rows afterwards: figures
    never come from a file that is no longer there. Only when the survey year's whole folder is gone
    do its raw rows stay.

    Raises ReleaseError or LayoutError as the reader does; raw/ then stays as it was.
    """
    write_schema_files(settings)
    _remove_leftovers(settings, block, year.survey_year)
    if block not in found.files:
        return Ingested(None, forget_block(settings, block, year.survey_year))
    version = _data_version(found, block, year)
    before = read_manifest(settings, block, year.survey_year)
    if _is_current(settings, before, version):
        return Ingested(before, changed=False)

    rows = rows_path(settings, block, year.survey_year)
    rejected = rejected_path(settings, block, year.survey_year)
    manifest_path = _manifest_path(settings, block, year.survey_year)
    finished = (rows, rejected, manifest_path)
    try:
        for path in finished:
            path.parent.mkdir(parents=True, exist_ok=True)
        file = found.files[block]
        with scratch_folder(settings) as scratch, file.opened(scratch) as source:
            counts = read_block(
                source,
                found.release,
                file.layouts,
                settings,
                rows_to=_aside(rows),
                rejected_to=_aside(rejected),
                source_name=file.display_name,
            )
        manifest = _manifest(found, block, year, counts, version, _aside(rows))
        _aside(manifest_path).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
        manifest_path.unlink(missing_ok=True)
        for path in finished:
            os.replace(_aside(path), path)
    finally:
        for path in finished:
            _aside(path).unlink(missing_ok=True)
    return Ingested(manifest, changed=True)


def other_year(record_year: str | None, year: SurveyYear) -> str | None:
    """The year that a block's records print, where it is not that of the folder they lie in.

    Releases print the year in which the survey year ends (23, 2023), its two years (9899), or none.
    """
    printed = re.fullmatch(r"(\d{1,4})(\.0*)?", record_year or "")
    start, end = f"{year.year_end - 1}", f"{year.year_end}"
    known = {end, end[2:], str(int(end[2:])), start[2:] + end[2:]}
    return printed[1] if printed and printed[1] not in known else None


def changed_blocks(settings: Settings, found: FoundRelease, year: SurveyYear) -> list[str]:
    """Blocks whose raw rows are not those of the release: new, changed or gone from it."""
    changed = []
    for block in BLOCK_LETTERS:
        before = read_manifest(settings, block, year.survey_year)
        if block in found.files:
            is_current = _is_current(settings, before, _data_version(found, block, year))
        else:
            is_current = before is None
        if not is_current:
            changed.append(block)
    return changed


def forget_block(settings: Settings, block: str, survey_year: str) -> bool:
    """Remove a block's raw and rejected rows of a survey year; True if there were any."""
    rows = rows_path(settings, block, survey_year)
    rejected = rejected_path(settings, block, survey_year)
    existing = [
        path
        for path in (_manifest_path(settings, block, survey_year), rows, rejected)
        if path.exists()
    ]
    for path in existing:
        path.unlink()
    for folder in (rows.parent, rejected.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return bool(existing)


def read_manifest(settings: Settings, block: str, survey_year: str) -> Manifest | None:
    """The manifest of a block's raw rows; None where there are none that are whole."""
    try:
        document = json.loads(_manifest_path(settings, block, survey_year).read_text())
        return Manifest(**document)
    except (FileNotFoundError, TypeError):
        # none, or one that another version of Locus wrote: the block is read again
        return None


def all_manifests(settings: Settings) -> list[Manifest]:
    """Manifests of everything in raw/, by survey year and block."""
    paths = settings.raw.glob("block_[a-j]/survey_year=*/manifest.json")
    found = [
        read_manifest(
            settings, path.parent.parent.name[-1], path.parent.name.removeprefix("survey_year=")
        )
        for path in paths
    ]
    return sorted(
        (manifest for manifest in found if manifest),
        key=lambda manifest: (manifest.survey_year, manifest.block),
    )


def write_schema_files(settings: Settings) -> None:
    """Make sure that raw/block_a to raw/block_j and raw/rejected_rows each have their columns."""
    tables = {f"block_{block}": row_types(block) for block in BLOCK_LETTERS}
    tables["rejected_rows"] = REJECTED_COLUMNS
    with duckdb.connect() as connection:
        for table, types in tables.items():
            path = settings.raw / table / "schema.parquet"
            if not path.exists() or _types_in(connection, path) != types:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_empty(connection, types, _aside(path))
                os.replace(_aside(path), path)


def rows_path(settings: Settings, block: str, survey_year: str) -> Path:
    """Where the typed rows of a block and survey year are."""
    return settings.raw / f"block_{block}" / f"survey_year={survey_year}" / "rows.parquet"


def rejected_path(settings: Settings, block: str, survey_year: str) -> Path:
    """Where the rejected rows of a block and survey year are."""
    folder = settings.raw / "rejected_rows" / f"survey_year={survey_year}"
    return folder / f"block_{block}.parquet"


def _manifest_path(settings: Settings, block: str, survey_year: str) -> Path:
    return rows_path(settings, block, survey_year).with_name("manifest.json")


def _data_version(found: FoundRelease, block: str, year: SurveyYear) -> str:
    """Hash of all that the raw rows and their manifest depend on."""
    release = found.release
    return _digest(
        {
            "source": found.files[block].sha256(),
            "layout": _fingerprint(found.files[block]),
            "columns": row_types(block),
            "reader": READER_VERSION,
            "synthetic": found.is_synthetic,
            "year": [year.survey_year, year.nic_version],
            "release": [
                release.name,
                release.key,
                release.unique_key,
                release.certainty,
                release.state_numbering,
            ],
        }
    )


def _fingerprint(file: BlockFile) -> str:
    layouts = [layout.fingerprint for layout in file.layouts]
    return layouts[0] if len(layouts) == 1 else _digest(layouts)


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _is_current(settings: Settings, manifest: Manifest | None, version: str) -> bool:
    """Whether raw/ has the whole rows of this data version."""
    if manifest is None or manifest.data_version != version:
        return False
    place = (settings, manifest.block, manifest.survey_year)
    return rows_path(*place).is_file() and rejected_path(*place).is_file()


def _manifest(
    found: FoundRelease, block: str, year: SurveyYear, counts: Counts, version: str, rows: Path
) -> Manifest:
    file = found.files[block]
    return Manifest(
        survey_year=year.survey_year,
        block=block,
        release=found.release.name,
        nic_version=year.nic_version,
        state_numbering=found.release.state_numbering,
        unique_key=found.release.unique_key,
        layout=file.layouts[0].name,
        layout_fingerprint=_fingerprint(file),
        certainty=found.release.certainty,
        source_files=[
            SourceFile(
                name=file.path.name, member=file.member, bytes=file.bytes, sha256=file.sha256()
            )
        ],
        rows_read=counts.rows_read,
        rows_kept=counts.rows_kept,
        rows_rejected=counts.rows_rejected,
        ignored_columns=list(counts.ignored_columns),
        numbers_restored=counts.numbers_restored,
        record_year=counts.record_year,
        notes=list(counts.notes),
        is_synthetic=found.is_synthetic or (block == "a" and _has_synthetic_office(rows)),
        reader_version=READER_VERSION,
        data_version=version,
        loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _has_synthetic_office(rows: Path) -> bool:
    """Synthetic records are known by their field office, even where the marker file is lost."""
    with duckdb.connect() as connection:
        [(count,)] = connection.execute(
            "select count(*) from read_parquet(?) where starts_with(field_office, ?)",
            [str(rows), SYNTHETIC_FIELD_OFFICE],
        ).fetchall()
    return count > 0


def _aside(path: Path) -> Path:
    """Name of an unfinished file: beside the finished one, and no glob over *.parquet finds it."""
    return path.with_name(f"{path.name}.{os.getpid()}.tmp")


def _types_in(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    described = connection.execute("describe select * from read_parquet(?)", [str(path)])
    return {name: kind for name, kind, *_ in described.fetchall()}


def _remove_leftovers(settings: Settings, block: str, survey_year: str) -> None:
    """Remove what runs that were killed left behind: unfinished files and scratch folders."""
    for folder in (
        rows_path(settings, block, survey_year).parent,
        rejected_path(settings, block, survey_year).parent,
    ):
        for path in folder.glob("*.tmp"):
            if not _is_running(int(path.name.split(".")[-2])):
                path.unlink(missing_ok=True)
    for path in settings.temporary.glob("reader-*-*"):
        if not _is_running(int(path.name.split("-")[1])):
            shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
