"""Synthetic survey years in the real layouts: `write_sample`.

A synthetic release has the real file names, record layout, record counts and quirks of its survey
year. What is taken from published figures: record counts of the blocks, shares of the statuses of
unit, number of factories by state and 2-digit industry, and the national totals (persons, wages,
output, input, capital ...), to which the values are calibrated. What is invented: every factory and
every value in it, the split of totals into items, the specialisation of states, item codes. It
shows what the pipeline does and says nothing about any factory or place in India.

Synthetic data is never passed off as the Annual Survey of Industries: the folder carries a
SYNTHETIC.json marker, and the field office of every block A record begins with SYN, so that it is
known even when the marker is lost.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from locus_pipeline.asi.layout import BlockLayout, SurveyYear
from locus_pipeline.errors import LocusError
from locus_pipeline.sample.asi import books, economy, official, truth
from locus_pipeline.sample.asi.labels import Labels, label
from locus_pipeline.sample.asi.rows import Block
from locus_pipeline.sample.asi.survey import Survey
from locus_pipeline.sample.asi.writer import Field, write_lines

MARKER = "SYNTHETIC.json"
TRUTH = "truth.json"
WRITER_VERSION = "2"  # changes when the same arguments write other bytes
SMALLEST_SCALE = 0.002
QUANTITIES = {"quantity", "rate", "quantity_manufactured", "quantity_sold", "net_sale_rate"}


class SampleError(LocusError):
    """A sample that can't or must not be written."""


@dataclass(frozen=True)
class SampleRelease:
    """A synthetic release on disk: where it is and how many lines each block has."""

    folder: Path
    survey_year: str
    release: str
    scale: float
    seed: int
    records: dict[str, int]

    @property
    def truth(self) -> dict:
        """Expected totals, computed from the written factories without the pipeline's code."""
        return json.loads((self.folder / TRUTH).read_text())


def default_release(year: SurveyYear) -> str:
    """The single file where there is one, else the panel release, else the public CSV."""
    names = [release.name for release in year.releases]
    return next(n for n in ("public_single_file", "panel", "public", names[0]) if n in names)


def write_sample(
    releases: Path,
    survey_year: SurveyYear,
    scale: float,
    seed: int,
    release: str | None = None,
    progress: Callable[[str, int], None] | None = None,
    nic_version: str | None = None,
) -> SampleRelease:
    """Writes `releases/<survey year>/`: the year's block files, SYNTHETIC.json and truth.json.

    `scale` is the share of the real record counts, from 0.002 to 1; multipliers grow as it falls,
    so that estimated national totals stay those published. The same arguments write the same
    bytes. `release` chooses another form than `default_release`; `nic_version` writes the same
    factories in another NIC version. `progress` is called with each block code and its lines. The
    folder is written aside and renamed; an existing one is replaced only if it is synthetic too.

    Raises SampleError for a bad scale, a folder that is not synthetic or a year without published
    totals, LayoutError where the layout is not complete or too narrow for the values.
    """
    if not SMALLEST_SCALE <= scale <= 1:
        raise SampleError(f"scale {scale} is not between {SMALLEST_SCALE} and 1")
    if not official.figure(survey_year.survey_year, "number_of_factories"):
        raise SampleError(
            f"{survey_year.survey_year}: no published totals to calibrate a sample to; "
            "seeds/asi/asi_published_totals.csv has those of 1998-99 to 2023-24"
        )
    version = nic_version or survey_year.nic_version
    if version not in economy.industries().codes:
        known = ", ".join(economy.industries().codes)
        raise SampleError(f"no NIC version {version}; known are {known}")
    form = survey_year.release(release or default_release(survey_year))
    for block in form.blocks:
        block.require_complete()
    folder = releases / survey_year.survey_year
    if folder.exists() and not (folder / MARKER).exists():
        raise SampleError(
            f"{folder} holds files that are not synthetic (it has no {MARKER}); "
            "move them away or write the sample to another home"
        )
    counts = {
        block: round(records * scale)
        for block, records in official.record_counts(survey_year, form).items()
    }
    factories = economy.create(survey_year, counts, scale, seed)
    survey = Survey(survey_year, form, factories, counts, seed)
    labels, quirks = label(survey, version)
    blocks = books.fill_in(survey)

    aside = releases / f".{survey_year.survey_year}.writing"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    records: dict[str, int] = {}
    for layout in form.blocks:
        records[layout.code] = _write_block(aside, layout, survey, blocks, labels)
        if progress:
            progress(layout.code, records[layout.code])
    _write_json(aside / TRUTH, truth.tell(survey, blocks, labels, records))
    _write_json(
        aside / MARKER,
        {
            "synthetic": True,
            "note": "Written by locus sample. No record in this folder is from the Annual Survey "
            "of Industries: factories and values are invented, national totals are calibrated.",
            "survey_year": survey_year.survey_year,
            "release": form.name,
            "layouts": {layout.code: layout.fingerprint for layout in form.blocks},
            "seed": seed,
            "scale": scale,
            "nic_version": version,
            "writer_version": WRITER_VERSION,
            "records": records,
            "quirks": quirks | _quirks_of(blocks, survey_year),
        },
    )
    _replace(aside, folder)
    return SampleRelease(folder, survey_year.survey_year, form.name, scale, seed, records)


def _quirks_of(blocks: dict[str, Block], year: SurveyYear) -> dict[str, int]:
    """How many rows of the unusual kinds were written."""
    serial = {letter: blocks[letter].columns["serial_number"] for letter in "hij"}
    schemes = {letter: year.row_scheme(letter) for letter in "hij"}
    extra = {
        f"extra_named_items_{letter}": int((serial[letter] >= scheme.extra_from).sum())
        for letter, scheme in schemes.items()
        if scheme.extra_from
    }
    unmet = schemes["h"].serial("unmet_electricity")
    receipts = blocks["g"].columns
    return extra | {
        "unmet_electricity_rows": int((serial["h"] == unmet).sum()) if unmet else 0,
        "negative_stock_variation": int((receipts["semi_finished_variation"] < 0).sum()),
        "negative_net_balance": int((receipts["resale_net_balance"] < 0).sum()),
    }


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n")


def _write_block(
    folder: Path, layout: BlockLayout, survey: Survey, blocks: dict[str, Block], labels: Labels
) -> int:
    """Appends the block to its file (one file may hold all blocks); returns the records written."""
    newline = "\r\n" if survey.release.line_end == "crlf" else "\n"
    with (folder / layout.files[0].replace("*", "")).open("ab") as file:
        return write_lines(
            file, layout, _fields(layout, survey, blocks[layout.code], labels), newline
        )


def _fields(layout: BlockLayout, survey: Survey, block: Block, labels: Labels) -> dict[str, Field]:
    """Values of every column of the layout."""
    first_month, last_month = _accounting_year(survey.year)
    constants = {
        "record_year": _record_year(layout, survey.year),
        "block": layout.code.upper(),
        "accounting_year_from": first_month,
        "accounting_year_to": last_month,
    }
    fields = {}
    for name in (column.name for column in layout.columns):
        if name in constants:
            fields[name] = Field(np.full(len(block), constants[name], dtype=object))
        elif name in block.columns:
            fields[name] = Field(block.columns[name], 2 if name in QUANTITIES else 0)
        elif name == "multiplier":
            fields[name] = Field(labels.multiplier[block.factory], labels.decimals)
        else:
            fields[name] = Field(getattr(labels, name)[block.factory])
    return fields


def _record_year(layout: BlockLayout, year: SurveyYear) -> str:
    """The year as the release prints it: its end, in two digits in public files.

    Panel: 9899, 9900, then four digits; block J of 2014-15 says 15.
    """
    end = year.year_end
    if layout.release != "panel":
        return f"{end % 100:02d}"
    if end <= 2000:
        return f"{(end - 1) % 100:02d}{end % 100:02d}"
    return "15" if (end, layout.block) == (2015, "j") else str(end)


def _accounting_year(year: SurveyYear) -> tuple[str, str]:
    """April to March, in as many characters as the schedule has; 2015-16 prints the month only."""
    end = year.year_end
    if year.survey_year < "2015-16":
        return f"01APR{end - 1}", f"31MAR{end}"
    return ("4", "3") if year.survey_year == "2015-16" else (f"04{end - 1}", f"03{end}")


def _replace(aside: Path, folder: Path) -> None:
    """Puts the folder written aside in its place; an older one goes only then."""
    old = folder.with_name(f".{folder.name}.replaced")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    aside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
