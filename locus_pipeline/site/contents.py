"""What a page is made of, before it is a page: figures, tables, charts, links."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from locus_pipeline.site.figures import exact, written


@dataclass(frozen=True)
class Figure:
    """One value with its interval, its flag, and where there is none the reason in words.

    `is_estimate`: it has a sampling error, which may be nought or not known.
    """

    value: float | None
    kind: str
    low: float | None = None
    high: float | None = None
    flag: str = ""
    reason: str = ""
    is_estimate: bool = False

    @property
    def text(self) -> str:
        """The value as it reads."""
        return written(self.value, self.kind)

    @property
    def exact(self) -> str:
        """All its digits."""
        return exact(self.value)

    @property
    def interval(self) -> str:
        """`low to high`; of an estimate also that its error is nought or not known."""
        if self.low is None or self.high is None:
            return "error not known" if self.is_estimate else ""
        if self.low == self.high:
            return "no sampling error" if self.is_estimate else ""
        return f"{written(self.low, self.kind)} to {written(self.high, self.kind)}"

    @property
    def spoken(self) -> str:
        """The figure in a sentence: value, interval, or why there is none."""
        if self.value is None:
            return self.reason
        return f"{self.text} ({self.interval})" if self.interval else self.text


@dataclass(frozen=True)
class Link:
    """Words that lead to another page; `address` counts from the site's folder."""

    text: str
    address: str


@dataclass(frozen=True)
class Column:
    """A column of a table; figures stand to the right and sort by value."""

    label: str
    is_figure: bool = False


Content = str | Figure | Link


@dataclass(frozen=True)
class Table:
    """A table that can be sorted, filtered and saved under its name."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Content]]
    has_filter: bool = True


@dataclass(frozen=True)
class Chart:
    """Rows for one of the kinds of charts (charts.py), the words of its axes, and what it shows."""

    kind: str
    rows: Sequence[dict[str, Any]]
    titles: dict[str, str]
    caption: str

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script draws."""
        return {"kind": self.kind, "rows": list(self.rows), "titles": self.titles}


@dataclass(frozen=True)
class Tile:
    """A state on the tile map."""

    name: str
    short: str
    x: int
    y: int
    colour: str
    ink: str
    spoken: str
    address: str = ""


@dataclass(frozen=True)
class TileMap:
    """States as tiles of one size, and what their colours mean."""

    caption: str
    side: int
    width: int
    height: int
    tiles: Sequence[Tile]
    legend: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading; what it lacks is left out."""

    title: str = ""
    words: Sequence[str] = ()
    points: Sequence[str] = ()
    terms: Sequence[tuple[str, str]] = ()
    maps: Sequence[TileMap] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    links: Sequence[tuple[Link, str]] = ()

    @property
    def anchor(self) -> str:
        """The name of the heading in the page's address."""
        return anchor(self.title)


@dataclass(frozen=True)
class Page:
    """One page: its address in the site's folder, what it says, what a search finds it by."""

    address: str
    title: str
    kind: str
    lead: str = ""
    key_facts: Sequence[tuple[str, Figure]] = ()
    sections: Sequence[Section] = ()
    crumbs: Sequence[Link] = ()
    words: str = ""
    template: str = "contents.html"
    scripts: Sequence[str] = ()

    @property
    def root(self) -> str:
        """The way from this page to the site's folder."""
        return "../" * self.address.count("/")


def anchor(words: str) -> str:
    """Words as a part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
