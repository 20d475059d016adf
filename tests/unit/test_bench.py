"""The benchmarks work, at a thousandth of their size: what they measure is for `make bench`."""

import json
import subprocess
import sys

import duckdb
import pytest

from bench.measuring import CommandError, Cost, measured
from bench.page import NOT_MEASURED, Part, Row, page
from bench.parts import ONE, index, reading, sample, unmeasured
from bench.totals import NAME, write_totals
from locus_pipeline.settings import CHECKOUT

SCALE = 0.001


def test_the_cost_of_a_tree_of_processes():
    """A child that works and holds memory counts as its parent's own."""
    work = "x = bytearray(80 << 20); [i * i for i in range(2_000_000)]; import time; time.sleep(.4)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}], check=True)"
    cost = measured([sys.executable, "-c", child])
    assert cost.peak > 80 << 20
    assert cost.cpu > 0.05 and cost.wall > 0.4


def test_a_command_that_fails_is_no_measurement():
    with pytest.raises(CommandError, match="ended with 3: no such thing"):
        measured([sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"])


def test_the_page_says_what_was_not_measured():
    rows = [Row("a", Cost(1.25, 2, 3 << 30), "1.10 times b", "at most 1.2 times b")]
    text = page([Part("First", "A note.", rows), unmeasured("whole")], scale=1)
    assert "| a | 1.2 | 2.0 | 3.00 | 1.10 times b | at most 1.2 times b |" in text
    assert NOT_MEASURED in text.split("## From release to edition")[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bench")


@pytest.mark.slow
def test_reading_in_four_ways_gives_the_same_rows(folder):
    part = reading(folder, SCALE)
    assert all(isinstance(row.cost, Cost) for row in part.rows)
    rows = {
        way: duckdb.sql(
            "select count(*), sum(wages), sum(multiplier) "
            f"from '{folder}/read-{way}/OASE10.parquet'"
        ).fetchall()
        for way in ("locus", "duckdb", "polars")
    }
    assert rows["locus"] == rows["duckdb"] == rows["polars"]


@pytest.mark.slow
def test_the_bare_script_adds_up_what_the_sample_writer_wrote(folder):
    home = folder / "reading"
    sample(home, ONE, SCALE)
    out = folder / "totals"
    out.mkdir()
    write_totals(home / "releases", out, list(ONE))
    truth = json.loads((home / "releases" / ONE[0] / "truth.json").read_text())
    true = dict(zip(truth["measures"], truth["national"]["estimated"], strict=True))
    [(factories, persons)] = duckdb.sql(
        f"select sum(factories), sum(persons) from '{out / NAME}'"
    ).fetchall()
    assert float(factories) == pytest.approx(true["units"], rel=1e-9)
    assert float(persons) == pytest.approx(true["total_employees"], rel=1e-9)


@pytest.mark.slow
def test_the_runs_of_the_index(folder):
    ours, coinr = index(folder, SCALE).rows
    assert isinstance(ours.cost, Cost)
    assert isinstance(coinr.cost, Cost) or coinr.cost.startswith("skipped: ")


@pytest.mark.slow
def test_the_command_writes_the_page(tmp_path):
    command = [sys.executable, "-m", "bench", "--scale", "0.001", "--parts", "index"]
    subprocess.run([*command, "--page", str(tmp_path / "page.md")], check=True, cwd=CHECKOUT)
    assert "10 runs of 300 x 40" in (tmp_path / "page.md").read_text()
