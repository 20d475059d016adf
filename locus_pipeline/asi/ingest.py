"""Ingests a block of one survey year: typed Parquet below LOCUS_HOME/raw, and its manifest.

    raw/block_e/survey_year=2009-10/rows.parquet         typed rows
    raw/block_e/survey_year=2009-10/manifest.json        sources, layout, counts, data version
    raw/block_e/schema.parquet                           no rows, only the columns
    raw/rejected_rows/survey_year=2009-10/block_e.parquet
    raw/rejected_rows/schema.parquet

Files are written aside and renamed, the old manifest goes first and the new one comes last: rows
with a manifest are whole. The manifest has the hashes of both files, so that damage is found and
the block read again. What is ingested again from the same file and layout is left as it is.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from locus_pipeline.asi.ddi import Beside
from locus_pipeline.asi.layout import BLOCK_LETTERS, SurveyYear
from locus_pipeline.asi.reader import (
    REJECTED_COLUMNS,
    Counts,
    read_block,
    row_types,
    scratch_folder,
    write_empty,
)
from locus_pipeline.asi.release import BlockFile, ReleaseContents
from locus_pipeline.connection import connect
from locus_pipeline.files import (
    disk_trouble_named,
    make_folder,
    parquet_types,
    private_folder,
    put_in_place,
    replacing,
)
from locus_pipeline.fingerprint import READER, code_fingerprint
from locus_pipeline.records import DamagedError, read_record, write_record
from locus_pipeline.settings import Settings
from locus_pipeline.unfinished import unfinished

SYNTHETIC_FIELD_OFFICE = "SYN"


class SourceFile(TypedDict):
    """A file, or the member of a zip, that rows or the names of their columns came from.

    bytes and sha256 are uncompressed.
    """

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
    """`manifest` is None where the release does not have the block; `changed`: raw was written.

    `mended`: what was damaged in raw/ and is therefore read again; empty where nothing was.
    """

    manifest: Manifest | None
    changed: bool
    mended: str = ""


def ingest_block(
    settings: Settings, contents: ReleaseContents, block: str, year: SurveyYear
) -> Ingested:
    """Bring raw/ up to date with one block of a release.

    A block that the release does not have (a partial release) has no raw rows afterwards: figures
    never come from a file that is no longer there. Those of a year whose whole folder is gone stay,
    and the edition leaves them out.

    Raises ReleaseError or LayoutError as the reader does; raw/ then stays as it was.
    """
    write_schema_files(settings)
    if block not in contents.files:
        return Ingested(None, forget_block(settings, block, year.survey_year))
    version = _data_version(contents, block, year)
    try:
        before, damage = _verified(settings, block, year.survey_year), ""
    except DamagedError as error:
        before, damage = None, f"{error}; block {block.upper()} of {year.survey_year} is read again"
    if before and before.data_version == _named_version(version, contents, before.source_files):
        return Ingested(before, changed=False)

    rows = rows_path(settings, block, year.survey_year)
    rejected = rejected_path(settings, block, year.survey_year)
    manifest_path = _manifest_path(settings, block, year.survey_year)
    finished = (rows, rejected)
    rows_aside, rejected_aside = asides = [unfinished(path) for path in finished]
    try:
        for path in finished:
            make_folder(path.parent)
        file = contents.files[block]
        with (
            disk_trouble_named(rows, needed=file.bytes),
            scratch_folder(settings) as scratch,
            file.opened(scratch) as source,
        ):
            counts = read_block(
                source,
                contents.release,
                file.layouts,
                settings,
                rows_to=rows_aside,
                rejected_to=rejected_aside,
                source_name=file.display_name,
                beside=Beside(file.name, contents.documents),
            )
        manifest = _manifest(contents, block, year, counts, version, rows_aside)
        manifest_path.unlink(missing_ok=True)
        with disk_trouble_named(rows):
            for aside, path in zip(asides, finished, strict=True):
                put_in_place(aside, path)
        write_record(manifest_path, asdict(manifest), finished)
    finally:
        for aside in asides:
            aside.unlink(missing_ok=True)
    return Ingested(manifest, changed=True, mended=damage)


def other_year(record_year: str | None, year: SurveyYear) -> str | None:
    """The year that a block's records print, where it is not that of the folder they lie in.

    Releases print the year in which the survey year ends (23, 2023), its two years (9899), or none.
    """
    printed = re.fullmatch(r"(\d{1,4})(\.0*)?", record_year or "")
    start, end = f"{year.year_end - 1}", f"{year.year_end}"
    known = {end, end[2:], str(int(end[2:])), start[2:] + end[2:]}
    return printed[1] if printed and printed[1] not in known else None


def changed_blocks(settings: Settings, contents: ReleaseContents, year: SurveyYear) -> list[str]:
    """Blocks whose raw rows are not those of the release: new, changed, damaged, gone from it."""
    changed = []
    for block in BLOCK_LETTERS:
        before = read_manifest(settings, block, year.survey_year)
        if block in contents.files:
            is_current = before and before.data_version == _named_version(
                _data_version(contents, block, year), contents, before.source_files
            )
        else:
            is_current = not rows_path(settings, block, year.survey_year).parent.exists()
        if not is_current:
            changed.append(block)
    return changed


def damage(settings: Settings, block: str, survey_year: str) -> str:
    """What is damaged or missing of a block's raw data; empty where nothing is."""
    try:
        if _verified(settings, block, survey_year):
            return ""
    except DamagedError as error:
        return str(error)
    # of a killed run, or of another version: without hashes, but read by every model all the same
    for path in (rows_path, rejected_path):
        file = path(settings, block, survey_year)
        if file.exists() and parquet_types(file) is None:
            return f"{file} is damaged"
    return ""


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
    """The manifest of a block's raw rows; None where there are none that are whole and sound."""
    try:
        return _verified(settings, block, survey_year)
    except DamagedError:
        return None


def _verified(settings: Settings, block: str, survey_year: str) -> Manifest | None:
    """As read_manifest; raises DamagedError where raw data is not what was written."""
    record = read_record(_manifest_path(settings, block, survey_year))
    try:
        return Manifest(**record) if record else None
    except TypeError:
        # of another version of Locus: the block is read again
        return None


def all_manifests(settings: Settings) -> list[Manifest]:
    """Manifests of everything in raw/, by survey year and block."""
    manifests = [read_manifest(settings, block, year) for year, block in blocks_in_raw(settings)]
    return [manifest for manifest in manifests if manifest]


def blocks_in_raw(settings: Settings) -> list[tuple[str, str]]:
    """(survey year, block) of all that raw/ has a folder of, in order; whole and sound or not."""
    return sorted(
        (path.name.removeprefix("survey_year="), path.parent.name[-1])
        for path in settings.raw.glob("block_[a-j]/survey_year=*")
    )


def write_schema_files(settings: Settings) -> None:
    """Make sure that raw/block_a to raw/block_j and raw/rejected_rows each have their columns."""
    private_folder(settings.raw)
    tables = {f"block_{block}": row_types(block) for block in BLOCK_LETTERS}
    tables["rejected_rows"] = REJECTED_COLUMNS
    with connect(settings) as connection:
        for table, types in tables.items():
            path = settings.raw / table / "schema.parquet"
            if parquet_types(path) != types:
                with replacing(path) as aside:
                    write_empty(connection, types, aside)


def rows_path(settings: Settings, block: str, survey_year: str) -> Path:
    """Where the typed rows of a block and survey year are."""
    return settings.raw / f"block_{block}" / f"survey_year={survey_year}" / "rows.parquet"


def rejected_path(settings: Settings, block: str, survey_year: str) -> Path:
    """Where the rejected rows of a block and survey year are."""
    folder = settings.raw / "rejected_rows" / f"survey_year={survey_year}"
    return folder / f"block_{block}.parquet"


def _manifest_path(settings: Settings, block: str, survey_year: str) -> Path:
    return rows_path(settings, block, survey_year).with_name("manifest.json")


def _named_version(version: str, contents: ReleaseContents, sources: list[SourceFile]) -> str:
    """The version of rows made from these sources, which has the documents beside the block in it
    where one of them named its columns: then each of them had a say.

    Otherwise the file has a header line, and is read without any document.
    """
    if len(sources) == 1:
        return version
    return _digest([version, [_source_file(document) for document in contents.documents]])


def _data_version(contents: ReleaseContents, block: str, year: SurveyYear) -> str:
    """Hash of all that the raw rows and their manifest depend on, documents beside it apart."""
    release = contents.release
    return _digest(
        {
            "source": contents.files[block].sha256(),
            "layout": _fingerprint(contents.files[block]),
            "columns": row_types(block),
            "reader": code_fingerprint(READER),
            "synthetic": contents.is_synthetic,
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


def _manifest(
    contents: ReleaseContents,
    block: str,
    year: SurveyYear,
    counts: Counts,
    version: str,
    rows: Path,
) -> Manifest:
    file = contents.files[block]
    names_from = [one for one in contents.documents if one.display_name == counts.names_from]
    source_files = [_source_file(one) for one in (file, *names_from)]
    return Manifest(
        survey_year=year.survey_year,
        block=block,
        release=contents.release.name,
        nic_version=year.nic_version,
        state_numbering=contents.release.state_numbering,
        unique_key=contents.release.unique_key,
        layout=file.layouts[0].name,
        layout_fingerprint=_fingerprint(file),
        certainty=contents.release.certainty,
        source_files=source_files,
        rows_read=counts.rows_read,
        rows_kept=counts.rows_kept,
        rows_rejected=counts.rows_rejected,
        ignored_columns=list(counts.ignored_columns),
        numbers_restored=counts.numbers_restored,
        record_year=counts.record_year,
        notes=list(counts.notes),
        is_synthetic=contents.is_synthetic or (block == "a" and _has_synthetic_office(rows)),
        reader_version=code_fingerprint(READER),
        data_version=_named_version(version, contents, source_files),
        loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _source_file(file: BlockFile) -> SourceFile:
    return SourceFile(
        name=file.path.name, member=file.member, bytes=file.bytes, sha256=file.sha256()
    )


def _has_synthetic_office(rows: Path) -> bool:
    """Synthetic records are known by their field office, even where the marker file is lost."""
    with connect() as connection:
        [(count,)] = connection.execute(
            "select count(*) from read_parquet(?) where starts_with(field_office, ?)",
            [str(rows), SYNTHETIC_FIELD_OFFICE],
        ).fetchall()
    return bool(count)
