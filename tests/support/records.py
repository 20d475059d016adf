"""Writes single records and files in a layout, independently of the reader."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import duckdb

from locus_pipeline.asi.ddi import NO_DOCUMENTS, Beside
from locus_pipeline.asi.layout import BlockLayout, Release, SurveyYear, load_layouts
from locus_pipeline.asi.reader import Counts, read_block
from locus_pipeline.settings import Settings

LAYOUTS = load_layouts()


def year(survey_year: str) -> SurveyYear:
    return LAYOUTS[survey_year]


def release(name: str) -> Release:
    """'2009-10/panel' -> the release."""
    survey_year, _, release_name = name.partition("/")
    return LAYOUTS[survey_year].release(release_name)


def cells(layout: BlockLayout, given: dict[str, str]) -> dict[str, str]:
    """The cells of a record: those given, a key and the block's letter, blanks elsewhere."""
    known = {"factory_key": "1000109A", "block": layout.code.upper()}
    if layout.release != "panel":
        known["factory_key"] = "123"
    unknown = set(given) - {column.name for column in layout.columns}
    assert not unknown, f"{layout.name} {layout.code} has no {unknown}"
    return {column.name: (known | given).get(column.name, "") for column in layout.columns}


def record(layout: BlockLayout, **given: str) -> str:
    """A fixed-width record: numbers on the right of their columns, text on the left."""
    line = ""
    for column in layout.columns:
        cell = cells(layout, given)[column.name]
        assert len(cell) <= column.width, f"{column.name}: {cell!r} is too wide"
        line += cell.ljust(column.width) if column.type == "text" else cell.rjust(column.width)
    return line.ljust(layout.record_length)


def csv_line(layout: BlockLayout, **given: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells(layout, given).values())
    return text.getvalue()


def header(layout: BlockLayout) -> str:
    return ",".join(column.source for column in layout.columns)


class Reading:
    """What reading some bytes gave: counts, kept rows and rejected rows, as dictionaries.

    Lines of a test may be alike, as in a release whose keys repeat, unless it asks for another.
    """

    def __init__(
        self,
        folder: Path,
        release: Release,
        block: str,
        content: bytes | str,
        name: str = "source.txt",
        unique_key: bool = False,
        beside: Beside = NO_DOCUMENTS,
    ) -> None:
        source = folder / name
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        self.rows_to, self.rejected_to = folder / "rows.parquet", folder / "rejected.parquet"
        self.counts: Counts = read_block(
            source,
            replace(release, unique_key=unique_key),
            release.parts(block),
            Settings(folder / "home", threads=2),
            self.rows_to,
            self.rejected_to,
            name,
            beside,
        )

    @property
    def rows(self) -> list[dict]:
        return _records(self.rows_to)

    @property
    def rejected(self) -> list[dict]:
        return _records(self.rejected_to)

    @property
    def reasons(self) -> dict[int, tuple[str | None, str]]:
        """Line number -> column, reason."""
        return {row["line_number"]: (row["column_name"], row["reason"]) for row in self.rejected}


def _records(path: Path) -> list[dict]:
    with duckdb.connect() as connection:
        result = connection.execute("select * from read_parquet(?)", [str(path)])
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
