"""What is measured: each part runs its commands and gives its rows."""

import importlib.util
import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb

from bench.measuring import CommandError, Cost, measured
from bench.page import NOT_MEASURED, Part, Row, ratio
from bench.totals import NAME as TOTALS
from locus_pipeline.asi.layout import BLOCK_LETTERS
from locus_pipeline.settings import CHECKOUT

PYTHON = sys.executable
LOCUS = str(Path(PYTHON).parent / "locus")
YEARS = (
    "1998-99", "1999-00", "2000-01", "2001-02", "2002-03", "2003-04", "2004-05",
    "2005-06", "2006-07", "2007-08", "2008-09", "2010-11", "2009-10",
)  # fmt: skip
ONE, FIVE, THIRTEEN = YEARS[-1:], YEARS[-5:], YEARS
RUNS, COINR_RUNS = 10_000, 100
# The smallest share of a year that the sample writer makes.
LEAST_SAMPLE = 0.002


def sample(home: Path, years: tuple[str, ...], scale: float) -> None:
    """Synthetic releases of the years that are not there yet."""
    missing = [year for year in years if not (home / "releases" / year).is_dir()]
    if missing:
        command = [LOCUS, "sample", "--home", str(home), "--years", ",".join(missing)]
        subprocess.run(
            [*command, "--scale", str(max(scale, LEAST_SAMPLE))],
            check=True,
            stdout=subprocess.DEVNULL,
        )


def reading(folder: Path, scale: float) -> Part:
    """One block, then one year, in four ways."""
    home = folder / "reading"
    sample(home, ONE, scale)
    rows = []
    for what, blocks in (("block C", "c"), ("one year, ten blocks", BLOCK_LETTERS)):
        costs: dict[str, Cost | str] = {}
        for way in ("duckdb", "locus", "polars", "pandas"):
            if importlib.util.find_spec(way) is None and way != "locus":
                costs[way] = f"skipped: {way} is not installed (extra `dev`)"
                continue
            out = folder / f"read-{way}"
            command = [PYTHON, "-m", "bench.reading", way, str(home / "releases"), str(out)]
            process = measured([*command, "--years", ONE[0], "--blocks", blocks])
            cpu, wall = map(float, process.said.split()[-2:])
            costs[way] = replace(process, cpu=cpu, wall=wall)
        locus, bare = costs["locus"], costs["duckdb"]
        rows.append(
            Row(
                f"Locus, {what}",
                locus,
                f"{ratio(locus, bare)} the bare script; pandas {ratio(costs['pandas'], locus)} "
                f"as much ({costs['pandas'].wall / locus.wall:.1f} in wall time)",
                "at most 1.2 times the bare script; pandas 8 times as much",
            )
        )
        words = {"duckdb": "bare DuckDB script", "polars": "polars", "pandas": "pandas.read_fwf"}
        rows += [Row(f"{words[way]}, {what}", costs[way]) for way in words]
    return Part("Reading", READING_NOTE, rows)


READING_NOTE = f"""\
Panel release of {ONE[0]}, fixed width, without the start of the process and imports
(`bench/reading.py`). Locus checks every cell and keeps what it rejects; the others cut, trim and
cast, and what can't be cast is missing without a word. pandas only reads.

What holds Locus above the bare script, by a profile of the statements of one year (CPU seconds when
the bare script took 4.2): the pattern over each line that spares the look at its cells 0.7, the
look at every byte for what is no text 0.6, looking for lines that stand twice 0.25, keeping the
numbered lines for what may be rejected 0.2."""


def index(folder: Path, scale: float) -> Part:
    """The runs of the index, and those of COINr where R has it."""
    runs = max(int(RUNS * scale), 10)
    command = [PYTHON, "-m", "bench.index_runs", "300", str(runs)]
    cost = measured(command)
    alone = float(cost.said.split("runs ")[-1].split(",")[0])
    compared = f"the runs alone {alone:.2f} CPU s; the rest is imports and the whole index"
    rows = [Row(f"{runs:,} runs of 300 x 40", cost, compared, "10,000 runs in under 10 CPU s")]
    rows.append(_coinr(max(int(COINR_RUNS * scale), 2), alone / runs))
    return Part("Index", INDEX_NOTE, rows)


INDEX_NOTE = """\
Uncertainty analysis: the index of 300 objects and 40 indicators again and again, each time with
other choices (`bench/index_runs.py`). The command's cost holds the whole index, too: the same
runs once more, Sobol indices, weights."""


def _coinr(runs: int, ours: float) -> Row:
    """`ours`: CPU seconds of one run of Locus."""
    what = f"COINr, {runs:,} runs of 300 x 40"
    if not shutil.which("Rscript"):
        return Row(what, "skipped: there is no R here")
    command = ["Rscript", str(CHECKOUT / "bench" / "coinr.R"), "300", str(runs)]
    try:
        cost = measured(command)
    except CommandError as error:
        return Row(what, f"skipped: {str(error).splitlines()[-1]}")
    return Row(what, cost, f"{cost.cpu / runs / ours:.0f} times as much for a run as Locus")


def whole(folder: Path, scale: float) -> Part:
    """From release files to the edition, for 1, 5 and 13 years; a year added; nothing changed."""
    rows, alone = [], None
    for years in (ONE, FIVE, THIRTEEN):
        home = folder / f"whole-{len(years)}"
        sample(home, years, scale)
        out = folder / f"totals-{len(years)}"
        bare = measured(
            [PYTHON, "-m", "bench.totals", str(home / "releases"), str(out), "--years",
             ",".join(years)]
        )  # fmt: skip
        run = [LOCUS, "run", "--home", str(home)]
        if len(years) > 1:
            # the newest is added afterwards
            before = measured([*run, "--years", ",".join(years[:-1])])
            added = measured(run)
            rows.append(
                Row(
                    f"one year added to {len(years) - 1}",
                    added,
                    f"{ratio(added, alone)} the year alone",
                    "at most 1.3 times the year alone",
                )
            )
            rows.append(Row(f"the {len(years) - 1} before it", before))
            subprocess.run([LOCUS, "clean", "--home", str(home)], check=True, capture_output=True)
            sample(home, years, scale)
        cost = measured(run)
        require_same_totals(home / "published", out)
        alone = alone or cost
        rows.append(
            Row(
                f"{len(years)} years" if len(years) > 1 else "one year",
                cost,
                f"{ratio(cost, bare)} the bare script",
                "13 years: at most 2 times the bare script; memory under 3 GiB",
            )
        )
        rows.append(Row(f"bare script, {len(years)}", bare))
        rows.append(_like_for_like(home, folder / f"like-{len(years)}", years, bare))
        rows.append(Row("nothing changed", measured(run), "", "under 5 s"))
    return Part("From release to edition", WHOLE_NOTE, rows)


WHOLE_NOTE = """\
`locus run`, without rounds. The bare script (`bench/totals.py`) reads the same files and adds up
factories and persons by year, state and industry; its totals are compared with the edition's, and
must be equal. Like for like: reading the blocks, and dbt's models up to `nic_state_year`."""


def require_same_totals(published: Path, out: Path) -> None:
    """Raises CommandError where the bare script adds up something else than the edition."""
    [(factories, persons)] = duckdb.sql(
        f"select sum(factories), sum(persons) from '{out / TOTALS}'"
    ).fetchall()
    [(units, employees)] = duckdb.sql(
        "select sum(units_estimated), sum(total_employees_estimated) "
        f"from '{published / 'nic_state_year.parquet'}'"
    ).fetchall()
    for name, ours, bare in (("factories", units, factories), ("persons", employees, persons)):
        if not math.isclose(float(ours), float(bare), rel_tol=1e-6):
            raise CommandError(f"{name}: {ours} in the edition, {bare} of the bare script")


def _like_for_like(home: Path, out: Path, years: tuple[str, ...], bare: Cost) -> Row:
    read = measured(
        [PYTHON, "-m", "bench.reading", "locus", str(home / "releases"), str(out), "--years",
         ",".join(years)]
    )  # fmt: skip
    models = measured([PYTHON, "-m", "bench.models", str(home), "+nic_state_year"])
    both = Cost(read.cpu + models.cpu, read.wall + models.wall, max(read.peak, models.peak))
    return Row(
        f"like for like, {len(years)}",
        both,
        f"{ratio(both, bare)} the bare script",
        "at most 1.25 times the bare script",
    )


def questions(folder: Path, scale: float) -> Part:
    """What readers ask of an edition of five years."""
    home = folder / "whole-5"
    if not (home / "published").exists():
        sample(home, FIVE, scale)
        measured([LOCUS, "run", "--home", str(home)])
    command = [PYTHON, "-m", "bench.questions", str(home / "published")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = []
    for line in said.splitlines():
        milliseconds, question = line.split("\t")
        rows.append(Row(question, f"{milliseconds} ms", "", "under 50 ms"))
    sizes: dict[str, int] = {}
    for path in (home / "published").resolve().iterdir():
        sizes[path.suffix] = sizes.get(path.suffix, 0) + path.stat().st_size
    rows += [
        Row(f"size of the edition's {suffix} files", f"{sizes[suffix] / 2**20:.0f} MiB")
        for suffix in (".duckdb", ".parquet", ".csv")
    ]
    return Part("Readers of the edition", QUESTIONS_NOTE, rows)


QUESTIONS_NOTE = """\
Questions to `locus.duckdb`, from opening the file to the last row of the answer
(`bench/questions.py`), in an edition of five years."""

PARTS = {"reading": reading, "index": index, "whole": whole, "questions": questions}


def unmeasured(name: str) -> Part:
    """In the place of a part that was not asked for."""
    titles = {
        "reading": "Reading",
        "index": "Index",
        "whole": "From release to edition",
        "questions": "Readers of the edition",
    }
    return Part(titles[name], "`make bench` measures it.", [Row(titles[name], NOT_MEASURED)])
