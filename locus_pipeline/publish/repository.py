"""The repository of documents on clusters in the published edition: `locus documents`.

Documents are found by theme, sector, state, kind, year and words of their titles, as source 002
(section 5.1.ii) wants them codified. A sector is what a cluster makes, its cluster category or its
type.
"""

from dataclasses import dataclass

import pandas as pd
from rich.table import Table

from locus_pipeline.errors import LocusError
from locus_pipeline.publish.edition import published_tables
from locus_pipeline.reference import reference_rows
from locus_pipeline.settings import Settings
from locus_pipeline.text import quoted

SECTOR_COLUMNS = ("product", "benchmark_cluster_name", "cluster_type")
SHOWN = {
    "state_name": "state", "cluster_name": "cluster", "document_kind": "kind",
    "document_year": "year", "title": "title", "agency": "agency", "themes": "themes",
    "place": "where",
}  # fmt: skip


class RepositoryError(LocusError):
    """A search that can't be made."""


@dataclass(frozen=True)
class Search:
    """What is looked for; empty is anything. Of several themes a document has all."""

    themes: tuple[str, ...] = ()
    sector: str = ""
    state: str = ""
    kind: str = ""
    language: str = ""
    words: str = ""
    since: int | None = None


def documents(settings: Settings, search: Search) -> pd.DataFrame:
    """The documents that fit, newest first, with the columns of the table cluster_documents.

    Raises RepositoryError where there is no published edition, where it has no such table, and for
    a theme, kind or state that there is not.
    """
    if not settings.published.is_dir():
        raise RepositoryError(
            f"{settings.published} is not there: `locus run` publishes an edition"
        )
    with published_tables(settings) as connection:
        tables = {name for (name,) in connection.execute("show tables").fetchall()}
        if "cluster_documents" not in tables:
            raise RepositoryError(
                "the published edition is of an earlier version of Locus, without documents; "
                "`locus run` publishes a new one"
            )
        matches = connection.execute("from cluster_documents").df()
    for theme in search.themes:
        theme = _known(theme, "theme", "document_themes", ("theme_code", "theme_name"))
        matches = matches[(";" + matches["themes"] + ";").str.contains(f";{theme};", regex=False)]
    if search.state:
        state = _known(search.state, "state", "states", ("state_code", "state_name"))
        matches = matches[matches["state_code"] == state]
    if search.sector:
        named = [_holds(matches[column], search.sector) for column in SECTOR_COLUMNS]
        matches = matches[pd.concat(named, axis="columns").any(axis="columns")]
    if search.kind:
        matches = matches[matches["document_kind"] == search.kind]
    if search.language:
        matches = matches[matches["language"] == search.language.lower()]
    for word in search.words.split():
        matches = matches[_holds(matches["title"], word)]
    if search.since:
        matches = matches[matches["document_year"] >= search.since]
    return matches.sort_values(
        ["document_year", "cluster_id", "title"], ascending=[False, True, True], ignore_index=True
    )


def _holds(texts: pd.Series, words: str) -> pd.Series:
    return texts.astype("string").str.contains(words, case=False, regex=False).fillna(False)


def _known(given: str, what: str, seed: str, columns: tuple[str, str]) -> str:
    """The code of what is named by its code, its name or the beginning of it."""
    code, name = columns
    rows = reference_rows(seed)
    wanted = given.strip().lower()
    for fits in (
        lambda row: wanted in (row[code].lower(), row[name].lower()),
        lambda row: row[name].lower().startswith(wanted),
    ):
        codes = [row[code] for row in rows if fits(row)]
        if wanted and len(codes) == 1:
            return codes[0]
    known = ", ".join(row[code] if what == "theme" else row[name] for row in rows)
    raise RepositoryError(f"{quoted(given)}: no {what} of this name, or several; give one: {known}")


def render(matches: pd.DataFrame, most: int) -> Table:
    """The first `most` documents as a table for the terminal."""
    table = Table()
    for heading in SHOWN.values():
        table.add_column(heading, overflow="fold")
    shown = matches.head(most)
    places = shown["link"].astype("object").where(shown["link"].notna(), shown["reference"])
    for row in shown.assign(place=places)[list(SHOWN)].itertuples(index=False):
        table.add_row(*("" if pd.isna(cell) else str(cell) for cell in row))
    return table
