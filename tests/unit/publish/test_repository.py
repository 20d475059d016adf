"""Documents are found by what they are codified with, and by nothing that they only resemble."""

import io

import pandas as pd
import pytest
from click.testing import CliRunner
from rich.console import Console

from locus_pipeline.cli import locus
from locus_pipeline.publish.repository import RepositoryError, Search, documents
from locus_pipeline.settings import Settings

COLUMNS = [
    "cluster_id", "cluster_name", "product", "benchmark_cluster_name", "cluster_type", "state_code",
    "state_name", "document_kind", "title", "document_year", "agency", "reference", "link",
    "language", "themes", "is_synthetic",
]  # fmt: skip
ROWS = [
    ("a", "Ambur leather", "leather", "Leather", "industrial", "33", "Tamil Nadu",
     "diagnostic_report", "Study of Ambur", 2015, "An institute", None, "https://example.org/1",
     "en", "technology;finance", False),
    ("b", "Kanpur leather", "leather", "Leather", "industrial", "09", "Uttar Pradesh",
     "impact_assessment", "Impact in Kanpur", 2020, "An institute", "Shelf 7", None, "hi",
     "impact;finance", False),
    ("c", None, None, None, None, "33", "Tamil Nadu", "case_study", "=A study", 2010, "A council",
     None, "https://example.org/3", "en", "technology", True),
]  # fmt: skip


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path)
    settings.published.mkdir(parents=True)
    pd.DataFrame(ROWS, columns=COLUMNS).to_parquet(settings.published / "cluster_documents.parquet")
    return settings


@pytest.mark.parametrize(
    "search, clusters",
    [
        (Search(), "bac"),  # the newest first
        (Search(themes=("finance",)), "ba"),
        (Search(themes=("finance", "Access to technology")), "a"),
        (Search(sector="LEATH"), "ba"),
        (Search(sector="industrial", state="uttar p"), "b"),
        (Search(state="33"), "ac"),
        (Search(kind="case_study"), "c"),
        (Search(language="HI"), "b"),
        (Search(words="study ambur"), "a"),
        (Search(since=2015), "ba"),
        (Search(themes=("quality",)), ""),
    ],
)
def test_documents_are_found_by_what_is_asked(settings, search, clusters):
    assert "".join(documents(settings, search)["cluster_id"]) == clusters


@pytest.mark.parametrize(
    "search, says",
    [
        (Search(themes=("weather",)), "no theme of this name.*technology"),
        (Search(state="Pradesh"), "no state of this name"),
        (Search(state="a"), "or several"),
        (Search(themes=(" ",)), "no theme"),
    ],
)
def test_what_there_is_not_is_said(settings, search, says):
    with pytest.raises(RepositoryError, match=says):
        documents(settings, search)


def test_without_an_edition_or_without_documents_the_remedy_is_said(tmp_path, settings):
    with pytest.raises(RepositoryError, match="`locus run` publishes"):
        documents(Settings(home=tmp_path / "none"), Search())
    (settings.published / "cluster_documents.parquet").unlink()
    with pytest.raises(RepositoryError, match="earlier version"):
        documents(settings, Search())


def test_the_command_shows_and_writes_them(settings, tmp_path, monkeypatch):
    printed = io.StringIO()
    monkeypatch.setattr("locus_pipeline.cli.console", Console(file=printed, width=200))
    out = tmp_path / "documents.csv"
    arguments = ["documents", "--home", str(settings.home), "--state", "33", "--out", str(out)]
    assert CliRunner().invoke(locus, arguments).exit_code == 0
    assert "2 documents." in printed.getvalue() and "Synthetic" in printed.getvalue()
    assert "Study of Ambur" in printed.getvalue()
    assert len(pd.read_csv(out)) == 2
    assert "'=A study" in out.read_text(), "no formula"
