"""Reads a release without loading it: what it is, what is missing and what that costs."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.ddi import Beside
from locus_pipeline.asi.ingest import other_year
from locus_pipeline.asi.layout import LayoutError, Layouts, Release, SurveyYear, block_title
from locus_pipeline.asi.quality import Finding, Year, findings
from locus_pipeline.asi.reader import Counts, read_block, scratch_folder
from locus_pipeline.asi.release import (
    NAMES_LISTED,
    BlockFile,
    ReleaseContents,
    find_release,
    several,
)
from locus_pipeline.connection import connect
from locus_pipeline.settings import Settings

REJECTS_SHOWN = 5
# What can't be computed without a block. The measures are those of the published tables; they are
# null with the reason block_not_in_release. Source: the variables' definitions in the cluster
# mapping methodology (output, input, workers, wages) and the ASI schedule's blocks.
COST_OF_MISSING = {
    "a": "everything: status, industry, state and multiplier of the factories",
    "b": "no measure",
    "c": "fixed capital, invested capital, depreciation, net value added",
    "d": "working capital, invested capital, outstanding loans",
    "e": "workers, employees and wages",
    "f": "total input, gross and net value added",
    "g": "total output, gross and net value added",
    "h": "total input, fuels and materials consumed, gross and net value added",
    "i": "total input, materials consumed, gross and net value added",
    "j": "total output, gross and net value added",
}


@dataclass(frozen=True)
class Reject:
    """A line that would be rejected; `column` is None where the line as a whole is no record."""

    line_number: int
    column: str | None
    reason: str


@dataclass(frozen=True)
class BlockReport:
    """What reading one block came to: `counts`, or the `problem` why it can't be read.

    `known_records` is the release's record count where the layout knows it, `inferred` names the
    columns whose header was never seen in a file, `rejects` the first of the rejected lines, and
    `notes` say what is unusual about the file.
    """

    block: str
    file: str
    bytes: int
    counts: Counts | None
    problem: str | None
    known_records: int | None
    inferred: tuple[str, ...]
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the block can be read and most of its lines are kept."""
        return self.counts is not None and self.counts.rows_rejected <= self.counts.rows_kept


@dataclass(frozen=True)
class Report:
    """What a folder holds. `release` is None, and `problem` says why, where it is no release.

    `missing` maps each block that is not there to what that costs.
    """

    folder: Path
    survey_year: str
    release: Release | None
    is_synthetic: bool
    blocks: tuple[BlockReport, ...]
    missing: dict[str, str]
    ignored: tuple[str, ...]
    problem: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all that is there can be read; some lines may be rejected and blocks missing."""
        return self.problem is None and all(block.ok for block in self.blocks)


def survey_year_of(path: Path, layouts: Layouts) -> str | None:
    """The survey year in a name ('2022-23', 'asi-2022-23', 'ASI_2022_23.zip'), if any has a layout,
    be it a broken one."""
    name = Path(os.path.realpath(path)).name
    named = re.findall(r"(?<!\d)(\d{4})[-_ ]?(?:19|20)?(\d\d)(?!\d)", name)
    years = {f"{start}-{end}" for start, end in named}
    return years.pop() if len(years) == 1 and years <= {*layouts, *layouts.faults} else None


def check_release(folder: Path, year: SurveyYear, settings: Settings) -> Report:
    """Read every block of the release in a folder or zip; only scratch files are written.

    Raises nothing for what is wrong with the release: that is in the report.
    """
    try:
        contents = find_release(folder, year)
    except ReleaseError as error:
        return Report(folder, year.survey_year, None, False, (), {}, (), str(error))
    with scratch_folder(settings) as scratch:
        blocks = tuple(
            _block_report(contents, block, file, year, settings, scratch)
            for block, file in contents.files.items()
        )
        read = Year(
            survey_year=year.survey_year,
            files={block.block: _files(scratch, block.block) for block in blocks if block.counts},
            status_codes=year.status_codes,
            state_numbering=contents.release.state_numbering,
            unique_key=contents.release.unique_key,
        )
        doubts = tuple(findings(read, settings))
    used = {block.counts.names_from for block in blocks if block.counts}
    return Report(
        folder=folder,
        survey_year=year.survey_year,
        release=contents.release,
        is_synthetic=contents.is_synthetic,
        blocks=blocks,
        missing={block: COST_OF_MISSING[block] for block in contents.missing},
        ignored=tuple(name for name in contents.ignored if name not in used),
        problem=None,
        findings=doubts,
    )


def _files(scratch: Path, block: str) -> tuple[Path, Path]:
    """Where a block's kept and rejected rows are read to."""
    return scratch / f"{block}.parquet", scratch / f"{block}_rejected.parquet"


def _block_report(
    contents: ReleaseContents,
    block: str,
    file: BlockFile,
    year: SurveyYear,
    settings: Settings,
    scratch: Path,
) -> BlockReport:
    counts, problem = None, None
    rejects: tuple[Reject, ...] = ()
    rows_to, rejected_to = _files(scratch, block)
    try:
        with file.opened(scratch) as source:
            counts = read_block(
                source,
                contents.release,
                file.layouts,
                settings,
                rows_to=rows_to,
                rejected_to=rejected_to,
                source_name=file.display_name,
                beside=Beside(file.name, contents.documents),
            )
        rejects = _first_rejects(rejected_to)
    except (ReleaseError, LayoutError) as error:
        problem = str(error)
    known = [layout.records for layout in file.layouts]
    return BlockReport(
        block=block,
        file=file.display_name,
        bytes=file.bytes,
        counts=counts,
        problem=problem,
        known_records=None if None in known else sum(records or 0 for records in known),
        inferred=tuple(
            column.name for layout in file.layouts for column in layout.columns if column.inferred
        ),
        rejects=rejects,
        notes=_notes(counts, year) if counts else (),
    )


def _notes(counts: Counts, year: SurveyYear) -> tuple[str, ...]:
    notes = list(counts.notes)
    if counts.numbers_restored:
        notes.append(
            f"{counts.numbers_restored:,} numbers put back to the decimals that they were stored "
            "with, like 100.0000000000001 to 100"
        )
    if other := other_year(counts.record_year, year):
        notes.append(f"its records say year {other}, its folder {year.survey_year}")
    if counts.rows_rejected > counts.rows_kept:
        notes.append("most of its lines would be rejected")
    return tuple(notes)


def _first_rejects(path: Path) -> tuple[Reject, ...]:
    with connect() as connection:
        rows = connection.execute(
            "select line_number, column_name, reason from read_parquet(?) order by line_number "
            "limit ?",
            [str(path), REJECTS_SHOWN],
        ).fetchall()
    return tuple(Reject(*row) for row in rows)


def render(report: Report) -> RenderableType:
    """The report for a terminal."""
    if report.release is None:
        return Text(report.problem or "", style="red")
    release = report.release
    head = f"ASI {report.survey_year}: {release.title}"
    parts: list[RenderableType] = [
        Text(head + (" (SYNTHETIC sample, no survey data)" if report.is_synthetic else "")),
        Text(f"Layout {report.survey_year}/{release.name}, certainty {release.certainty}"),
        _blocks_table(report),
    ]
    parts += [
        Text(f"Block {block.block.upper()} can't be read. {block.problem}", style="red")
        for block in report.blocks
        if block.problem
    ]
    parts += [
        Text(f"Block {block.block.upper()}: never seen in a file: {', '.join(block.inferred)}")
        for block in report.blocks
        if block.inferred
    ]
    parts += [
        Text(finding.sentence, style="yellow") for finding in report.findings if finding.is_warning
    ]
    parts += [
        Text(f"Block {block.block.upper()}: {note}", style="" if block.ok else "red")
        for block in report.blocks
        for note in block.notes
    ]
    if any(block.rejects for block in report.blocks):
        parts.append(_rejects_table(report))
    if report.missing:
        parts.append(_missing_table(report))
    if report.ignored:
        parts.append(Text(f"Not read: {several(report.ignored, NAMES_LISTED, 'and')}"))
    return Group(*parts)


def _blocks_table(report: Report) -> Table:
    table = _table("Blocks", "Block", "File")
    for heading in ("Bytes", "Read", "Kept", "Rejected", "Known"):
        table.add_column(heading, justify="right")
    for block in report.blocks:
        counts = block.counts
        table.add_row(
            block.block.upper(),
            block.file,
            f"{block.bytes:,}",
            f"{counts.rows_read:,}" if counts else "",
            f"{counts.rows_kept:,}" if counts else "",
            f"{counts.rows_rejected:,}" if counts else "",
            _known_records(block),
        )
    return table


def _known_records(block: BlockReport) -> str:
    if block.known_records is None:
        return ""
    differs = block.counts is not None and block.counts.rows_read != block.known_records
    return f"{block.known_records:,}" + (" (differs)" if differs else "")


def _rejects_table(report: Report) -> Table:
    title = f"Lines that would be rejected, the first {REJECTS_SHOWN} of each block"
    table = _table(title, "File", "Line", "Column", "Reason")
    for block in report.blocks:
        for reject in block.rejects:
            table.add_row(block.file, f"{reject.line_number}", reject.column or "", reject.reason)
    return table


def _missing_table(report: Report) -> Table:
    table = _table("Missing blocks", "Block", "", "Null without it")
    for block, cost in report.missing.items():
        table.add_row(block.upper(), block_title(block), cost)
    return table


def _table(title: str, *headings: str) -> Table:
    return Table(*headings, title=title, title_justify="left", box=box.SIMPLE_HEAD)
