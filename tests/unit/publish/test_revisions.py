"""`locus revisions`: two editions, cell by cell, by hand."""

import csv
import io
import os
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from pytest import approx
from rich.console import Console

from locus_pipeline.cli import locus
from locus_pipeline.files import content_hash
from locus_pipeline.publish.revisions import (
    OUTCOMES,
    RevisionError,
    largest,
    revised_cells,
    revision,
    summary,
    what_differs,
)
from locus_pipeline.settings import Settings

YEAR = "2022-23"
# cluster -> employees and limits before, and now; None: hidden, "": not given, no entry: not there
BEFORE = {
    "01": (100.0, 80.0, 120.0),
    "02": (200.0, 190.0, 210.0),
    "03": (50.0, None, None),
    "04": (0.0, 0.0, 0.0),
    "05": (70.0, 60.0, 80.0),
    "06": (None, None, None),
    "07": (10.0, 5.0, 15.0),
    "09": (40.0, 30.0, 50.0),
    "10": (None, None, None),
    "11": ("", None, None),
    "12": (30.0, 20.0, 40.0),
}
NOW = {
    "01": (110.0, 90.0, 130.0),
    "02": (150.0, 140.0, 160.0),
    "03": (55.0, None, None),
    "04": (5.0, 1.0, 9.0),
    "05": (None, None, None),
    "06": (90.0, 80.0, 99.0),
    "08": (10.0, 5.0, 15.0),
    "09": (40.0 + 1e-9, 30.0, 50.0),
    "10": (None, None, None),
    "11": (25.0, 20.0, 30.0),
    "12": ("", None, None),
}
OUTCOME = {
    "01": "both", "02": "both", "03": "both", "04": "both", "09": "both", "05": "newly_hidden",
    "06": "newly_shown", "07": "gone", "08": "new", "10": "in_neither", "11": "newly_given",
    "12": "no_longer_given",
}  # fmt: skip
FAMILIES = {"total_employees": "production"}
MADE = {
    "edition_id": "", "survey_years": "2009-10, 2022-23", "facts_rounds": "",
    "definitions_version": "2026.1", "method_version": "1+a", "input_manifest_hash": "f0",
    "settings": '{"unreconciled": "stop"}', "package_versions": '{"duckdb": "1"}',
    "is_synthetic": False, "created_at": pd.Timestamp("2026-01-01 10:00"),
}  # fmt: skip


def cluster_year(cells: dict[str, tuple], name: str = "Cluster ") -> pd.DataFrame:
    rows = [
        {
            "survey_year": YEAR, "cluster_code": code, "cluster_name": f"{name}{code}",
            "total_employees_estimated": None if estimate == "" else estimate,
            "total_employees_lower": lower, "total_employees_upper": upper,
            "hidden_measures": "capital production" if estimate is None else "",
        }
        for code, (estimate, lower, upper) in cells.items()
    ]  # fmt: skip
    figures = [f"total_employees_{name}" for name in ("estimated", "lower", "upper")]
    return pd.DataFrame(rows).astype(dict.fromkeys(figures, float))


def store(home: Path, edition_id: str, facts: dict, when: int, cells: pd.DataFrame) -> Path:
    """An edition of two tables, sound, written at a time."""
    folder = home / "editions" / edition_id
    folder.mkdir(parents=True)
    row = MADE | {"edition_id": edition_id} | facts
    pd.DataFrame([row]).to_parquet(folder / "edition.parquet")
    cells.to_parquet(folder / "cluster_year.parquet")
    sums = [f"{content_hash(path)}  {path.name}" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    os.utime(folder, (when, when))
    return folder


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A home whose published edition follows two others."""
    settings = Settings(home=tmp_path)
    store(tmp_path, "e0", {}, 100, cluster_year({"01": (1.0, 1.0, 1.0)}))
    store(tmp_path, "e1", {}, 200, cluster_year(BEFORE))
    other = {"method_version": "1+b", "survey_years": "2022-23"}
    settings.published.symlink_to(store(tmp_path, "e2", other, 300, cluster_year(NOW, "=Cluster ")))
    return settings


@pytest.fixture
def cells() -> pd.DataFrame:
    return revised_cells(cluster_year(BEFORE), cluster_year(NOW), "cluster_year", FAMILIES)


def test_each_cell_has_its_outcome_and_what_is_not_in_both_no_figure(cells):
    assert dict(zip(cells.cluster_code, cells.outcome, strict=True)) == OUTCOME
    alone = cells[cells.outcome != "both"]
    figures = ["estimate_before", "estimate_now", "upper_before", "lower_now", "revision"]
    assert alone[figures].isna().all(axis=None)


def test_revisions_by_hand(cells):
    by_cluster = cells.set_index("cluster_code")
    assert by_cluster.revision[["01", "02", "03", "04", "09"]].tolist() == [10, -50, 5, 5, 0]
    # a change in the last digits is none; of nothing there is no percentage
    assert by_cluster.relative_revision[["01", "02", "03", "09"]].tolist() == approx(
        [0.1, -0.25, 0.1, 0]
    )
    assert pd.isna(by_cluster.relative_revision["04"])
    # 110 lies in 80 to 120, 150 outside of 190 to 210, 5 outside of 0 to 0
    beyond = by_cluster.is_beyond_limits
    assert beyond[["01", "02", "04", "09"]].tolist() == [False, True, True, False]
    assert pd.isna(beyond["03"])


def test_a_summary_by_hand_in_which_every_cell_is_counted_once(cells):
    [row] = summary(cells).to_dict("records")
    assert (row["table"], row["measure"], row["cells"]) == ("cluster_year", "total_employees", 12)
    assert (row["both"], row["revised"], row["from_zero"]) == (5, 4, 1)
    assert sum(row[name] for name in OUTCOMES) == 12
    # (0.1 - 0.25 + 0.1 + 0) / 4 and (0.1 + 0.25 + 0.1 + 0) / 4
    assert (row["mean_relative"], row["mean_absolute"]) == approx((-0.0125, 0.1125))
    assert row["largest"] == -0.25
    assert (row["beyond_limits"], row["with_limits"]) == (2, 4)
    by_cluster = summary(cells, ["cluster_code"])
    assert by_cluster.cells.tolist() == [1] * 12
    assert list(largest(cells, 3).cluster_code) == ["02", "01", "03"]
    assert list(largest(cells, 9).cluster_code) == ["02", "01", "03", "04"]


def test_an_edition_without_limits_or_without_a_measure(cells):
    older = cluster_year(BEFORE).drop(columns=["total_employees_lower", "total_employees_upper"])
    [row] = summary(
        revised_cells(older, cluster_year(NOW), "cluster_year", FAMILIES)
    ).to_dict("records")  # fmt: skip
    assert (row["revised"], row["with_limits"], row["beyond_limits"]) == (4, 0, 0)
    without = older[["survey_year", "cluster_code"]]
    [row] = summary(
        revised_cells(without, cluster_year(NOW), "cluster_year", FAMILIES)
    ).to_dict("records")  # fmt: skip
    assert (row["newly_given"], row["new"], row["both"]) == (7, 1, 0)


def test_a_measure_that_is_never_hidden_is_not_given(cells):
    by_cluster = revised_cells(
        cluster_year(BEFORE), cluster_year(NOW), "cluster_year", {"total_employees": ""}
    )
    assert set(by_cluster.outcome[by_cluster.cluster_code.isin(["05", "06"])]) == {
        "no_longer_given", "newly_given",
    }  # fmt: skip


def test_it_says_what_of_data_coverage_and_method_differs():
    now = MADE | {
        "survey_years": "2022-23, 2023-24", "method_version": "1+b", "input_manifest_hash": "f1",
        "settings": '{"unreconciled": "warn"}',
    }  # fmt: skip
    assert what_differs(MADE, now) == [
        "Survey years: only now 2023-24; only before 2009-10.",
        "Method: 1+a before, 1+b now.",
        "Inputs: the content of releases, rounds or registry is another one.",
        "Settings: unreconciled 'stop' before, 'warn' now.",
        "Alike: facts rounds, definitions, packages.",
    ]
    [synthetic, *_] = what_differs(MADE, MADE | {"is_synthetic": True})
    assert "published edition alone" in synthetic


def test_the_newest_other_edition_is_the_one_before(settings):
    assert revision(settings, None).before["edition_id"] == "e1"
    assert revision(settings, "e0").before["edition_id"] == "e0"


@pytest.mark.parametrize(
    ("edition", "measures", "says"),
    [
        ("e9", (), "There is no edition 'e9' .* it has e1, e0"),
        ("e2", (), "published edition itself"),
        (None, ("total_employes",), "No measure 'total_employes'; there are total_employees"),
    ],
)
def test_what_it_does_not_compare(settings, edition, measures, says):
    with pytest.raises(RevisionError, match=says):
        revision(settings, edition, measures)


def test_a_damaged_edition_is_passed_over_or_refused(settings):
    (settings.editions / "e1" / "cluster_year.parquet").write_bytes(b"")
    assert revision(settings, None).before["edition_id"] == "e0"
    with pytest.raises(RevisionError, match="damaged"):
        revision(settings, "e1")


def test_a_home_with_one_edition_or_none_says_what_to_do(tmp_path):
    settings = Settings(home=tmp_path)
    with pytest.raises(RevisionError, match="locus run"):
        revision(settings, None)
    settings.published.symlink_to(store(tmp_path, "e1", {}, 1, cluster_year(BEFORE)))
    with pytest.raises(RevisionError, match="locus keep e1"):
        revision(settings, None)


def invoke(settings, monkeypatch, *arguments):
    printed = io.StringIO()
    monkeypatch.setattr("locus_pipeline.cli.console", Console(file=printed, width=200))
    done = CliRunner().invoke(locus, ["revisions", "--home", str(settings.home), *arguments])
    return done, printed.getvalue()


def test_the_command_prints_counts_cells_and_writes_all(settings, monkeypatch, tmp_path):
    file = tmp_path / "cells.csv"
    done, printed = invoke(settings, monkeypatch, "--cells", "1", "--out", str(file))
    assert done.exit_code == 0, done.output
    for text in ("Edition e2, published, against e1", "Method: 1+a before", "only before 2009-10",
                 "-1.25 %", "2 of 4", "190 to 210", "140 to 160", "-25 %"):  # fmt: skip
        assert text in printed
    rows = list(csv.DictReader(file.open()))
    assert len(rows) == 12
    second = rows[1]
    # text that would be a formula is none
    assert second["cluster_name"] == "'=Cluster 02"
    assert (second["estimate_before"], second["revision"]) == ("200.0", "-50.0")
    [hidden] = [row for row in rows if row["outcome"] == "newly_hidden"]
    assert hidden["estimate_before"] == hidden["upper_before"] == ""


def test_the_command_counts_by_cluster_and_says_where_nothing_is_revised(settings, monkeypatch):
    _, printed = invoke(settings, monkeypatch, "--by", "cluster")
    assert "=Cluster 02" in printed and "=Cluster 09" not in printed
    settings.published.unlink()
    again = store(settings.home, "e3", {}, 400, cluster_year(BEFORE))
    settings.published.symlink_to(again)
    done, printed = invoke(settings, monkeypatch, "e1")
    assert done.exit_code == 0
    assert "No figure of 11 is revised." in printed


def test_a_file_is_not_written_into_an_edition(settings, monkeypatch):
    for place, says in (("published/x.csv", "inside of an edition"), ("no/x.csv", "not there")):
        done, _ = invoke(settings, monkeypatch, "--out", str(settings.home / place))
        assert isinstance(done.exception, RevisionError)
        assert says in str(done.exception)
