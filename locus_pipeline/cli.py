"""The `locus` command: what the Dagster command line lacks."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from locus_pipeline.errors import LocusError
from locus_pipeline.interruption import Interrupted, interruptible
from locus_pipeline.rounds.items import ALL_SHEETS, FORMATS, document_kinds
from locus_pipeline.settings import CHECKOUT, Settings

if TYPE_CHECKING:
    from locus_pipeline.asi.layout import Layouts
    from locus_pipeline.orchestration.run import Progress as RunProgress

# The rest is imported by the command that needs it: Dagster and pandas take seconds to load.

# bound to the terminal now: while dbt runs, what the process prints goes to a log
# no markup: a folder may be called [x]
console = Console(file=sys.stdout, markup=False)
complaints = Console(stderr=True, markup=False)
LARGEST_CLUSTERS = 10
INTERRUPTED = "What was published before stands; run the command again to go on."
NOTHING_CHANGED = "Nothing changed since it was published: there was nothing to run."
DOUBTS_SHOWN = 20
DOCUMENTS_SHOWN = 40


def home_option(command: Callable) -> Callable:
    """--home, which every command over data takes."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the data lives [default: LOCUS_HOME, else data/ in the checkout]",
    )(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def locus() -> None:
    """India's industrial clusters from the Annual Survey of Industries."""


@locus.command()
@home_option
@click.option("--years", required=True, help="Survey years, for example 1999-00,2009-10")
@click.option("--scale", default=0.1, show_default=True, help="Share of the real record counts")
@click.option("--seed", default=7, show_default=True, help="The same seed writes the same bytes")
@click.option("--release", help="Form of the release, where a survey year has several")
def sample(home: Path | None, years: str, scale: float, seed: int, release: str | None) -> None:
    """Write synthetic releases in the real layouts of the survey years."""
    from locus_pipeline.asi.layout import load_layouts
    from locus_pipeline.sample.asi import write_sample

    settings = Settings.from_environment(home)
    layouts = load_layouts(settings.user_layouts)
    chosen = _known_years(years, layouts)
    with _progress() as bar:
        task = bar.add_task("", total=len(chosen))
        for year in chosen:
            bar.update(task, description=f"Writing a sample of {year}")
            write_sample(settings.releases, layouts[year], scale=scale, seed=seed, release=release)
            bar.advance(task)
        bar.update(task, description="Samples written")
    _say(
        f"Synthetic releases of {', '.join(chosen)} are in {settings.releases}; nothing in them is "
        "a result of the survey."
    )


@locus.command()
@home_option
@click.option("--years", help="Survey years [default: all that have a release]")
def run(home: Path | None, years: str | None) -> None:
    """Read releases and rounds, build the warehouse and the index, publish, as Dagster runs."""
    from locus_pipeline.asi.layout import load_layouts
    from locus_pipeline.rounds.round import round_keys
    from locus_pipeline.warehouse.lock import run_of_the_command_line

    settings = _use_home(home)
    layouts = load_layouts(settings.user_layouts)
    wanted = _known_years(years, layouts) if years else None
    # from the look to the end of the run: whoever waits then looks at what was made meanwhile
    with run_of_the_command_line(settings, _tell):
        stands = _stands(settings, layouts, wanted or ())
        if not stands:
            _run_years(settings, layouts, wanted)
    _show_edition(settings)
    _show_rounds(settings, round_keys(settings))
    if stands:
        _say(NOTHING_CHANGED)


@locus.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--year", help="Survey year of the release [default: the folder's name]")
@home_option
def check(folder: Path, year: str | None, home: Path | None) -> None:
    """Read a release without loading it: what it is, what is missing, what would be rejected."""
    from locus_pipeline.asi.check import check_release, render, survey_year_of
    from locus_pipeline.asi.layout import load_layouts

    settings = Settings.from_environment(home)
    layouts = load_layouts(settings.user_layouts)
    chosen = year or survey_year_of(folder, layouts)
    if chosen is None or chosen not in {*layouts, *layouts.faults}:
        _fail(f"{folder}: name the survey year of the release, for example --year 2022-23")
    with console.status(f"Reading {folder}"):
        report = check_release(folder, layouts[chosen], settings)
    console.print(render(report))
    sys.exit(0 if report.ok else 1)


@locus.group()
def scaffold() -> None:
    """Files to begin with."""


@scaffold.command("year")
@click.argument("survey_year")
@home_option
def scaffold_year(survey_year: str, home: Path | None) -> None:
    """Write the layout of a survey year that Locus does not know, like the newest one."""
    from locus_pipeline.asi.layout import load_layouts
    from locus_pipeline.asi.scaffold import left_to_do, write_year

    settings = Settings.from_environment(home)
    layouts = load_layouts(settings.user_layouts)
    path, base = write_year(settings.user_layouts, survey_year, layouts)
    console.print(f"{path}: read as {base} is. {left_to_do(settings.releases, survey_year, base)}")


@locus.command()
@home_option
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--read-only", is_flag=True, help="Show everything, launch and change nothing")
def ui(home: Path | None, port: int, read_only: bool) -> None:
    """Serve Dagster's pages on this machine, guarded, and run its daemon."""
    settings = _use_home(home)
    from locus_pipeline.orchestration.web import serve

    settings.releases.mkdir(parents=True, exist_ok=True)
    settings.facts.mkdir(parents=True, exist_ok=True)
    _say("Loading the definitions")
    address = f"http://127.0.0.1:{port}"
    serve(settings, port, read_only, lambda: _say(f"Dagster's pages: {address} (Ctrl-C ends them)"))


@locus.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dagster(arguments: tuple[str, ...]) -> None:
    """Dagster's own command over LOCUS_HOME: `locus dagster asset list`."""
    settings = _use_home(None)
    if arguments[:1] == ("dev",):
        _fail("`locus ui` serves the pages of `dagster dev`, and keeps other sites from them.")
    from locus_pipeline.orchestration.code_location import MODULE
    from locus_pipeline.orchestration.instance import prepare_instance

    environment = os.environ | {
        "LOCUS_HOME": str(settings.home),
        "DAGSTER_HOME": str(prepare_instance(settings)),
        "PYTHONWARNINGS": "ignore",  # commands that Dagster will replace one day
    }
    if arguments[:1] == ("asset",) or arguments[:2] == ("job", "execute"):
        # the others read pyproject.toml, where the code location has its name too
        environment["DAGSTER_MODULE_NAME"] = MODULE
    os.chdir(CHECKOUT)
    command = [sys.executable, "-m", "locus_pipeline.orchestration.dagster_command", *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606, the user's own command


@locus.command()
@home_option
def clean(home: Path | None) -> None:
    """Remove what was built and what is synthetic; your releases, rounds and layouts stay, and
    editions that you keep."""
    from locus_pipeline.asi.release import SYNTHETIC_MARKER
    from locus_pipeline.orchestration.instance import refuse_while_runs_live
    from locus_pipeline.publish.edition import drop_all_but_kept
    from locus_pipeline.warehouse.lock import nobody_else

    settings = Settings.from_environment(home)
    dropped = (settings.releases, settings.facts)
    with nobody_else(settings):
        try:
            refuse_while_runs_live(settings)
        except LocusError:
            raise
        except Exception as error:  # whatever broke the instance, cleaning is the remedy
            _tell(f"The Dagster instance can't be read ({type(error).__name__}); it is removed.")
        synthetic = [
            marker.parent for folder in dropped for marker in folder.glob(f"*/{SYNTHETIC_MARKER}")
        ]
        for path in [*settings.built, *synthetic]:
            if path == settings.editions:
                drop_all_but_kept(settings)
            elif path.is_symlink() or path.is_file():
                path.unlink()
            elif path.is_dir():
                shutil.rmtree(path)
    _say(f"Cleaned {settings.home}")


@locus.command()
@home_option
@click.option("--mend", is_flag=True, help="Mend what is safe, if nobody else works on the home")
def doctor(home: Path | None, mend: bool) -> None:
    """Look through the home: what holds it, what is stale, missing, damaged or left over."""
    from locus_pipeline.asi.layout import load_layouts
    from locus_pipeline.doctor import examine
    from locus_pipeline.warehouse.lock import HomeInUseError, nobody_else

    settings = Settings.from_environment(home)
    with ExitStack() as held:
        try:
            if settings.home.is_dir():
                held.enter_context(nobody_else(settings))
        except HomeInUseError as error:
            _fail(str(error))
        remaining = 0
        for finding in examine(settings, load_layouts(settings.user_layouts)):
            if mend and finding.mend:
                finding.mend()
                _say(f"Mended: {finding.sentence}")
            else:
                remaining += not finding.is_advice
                _say(finding.sentence)
    if not remaining:
        _say(f"Nothing else is wrong with {settings.home}; nobody works on it.")
    sys.exit(1 if remaining else 0)


@locus.command()
@click.argument("edition", required=False)
@home_option
@click.option("--release", is_flag=True, help="Keep it no longer")
def keep(edition: str | None, home: Path | None, release: bool) -> None:
    """Keep an edition that somebody cites for good; without EDITION, list those that are there."""
    from locus_pipeline.publish.edition import keep as keep_edition
    from locus_pipeline.publish.edition import stored_editions

    settings = Settings.from_environment(home)
    if edition:
        keep_edition(settings, edition, released=release)
        state = (
            "is no longer kept" if release else "is kept: no run and no `locus clean` removes it"
        )
        console.print(f"Edition {edition} {state}.")
        return
    table = Table()
    for heading in ("edition", "made (UTC)", "survey years", "rounds", "state"):
        table.add_column(heading, overflow="fold")
    for stored in stored_editions(settings):
        states = {
            "published": stored.is_published,
            "kept": stored.is_kept,
            "synthetic": stored.facts.get("is_synthetic"),
            "damaged": stored.damage,
        }
        facts = [str(stored.facts.get(name, "")) for name in ("survey_years", "facts_rounds")]
        created = f"{stored.facts['created_at']:%Y-%m-%d %H:%M}" if stored.facts else ""
        held = ", ".join(name for name, applies in states.items() if applies)
        table.add_row(stored.edition_id, created, *facts, held)
    console.print(table)


@locus.command()
@click.argument("base")
@click.argument("now")
@click.option(
    "--measure", default="total_employees", show_default=True, help="Its name, or words of it"
)
@home_option
def compare(base: str, now: str, measure: str, home: Path | None) -> None:
    """Two cells of the published edition: how far NOW is from BASE, and how surely.

    A cell is CLUSTER/STATE/YEAR, by codes or names: "textile/Tamil Nadu/2022-23". India stands for
    all states, all for all industries.
    """
    from locus_pipeline.publish.comparison import compare as compare_cells
    from locus_pipeline.publish.comparison import remarks, render

    comparison = compare_cells(Settings.from_environment(home), base, now, measure)
    console.print(render(comparison))
    for remark in remarks(comparison):
        _say(remark)


@locus.command()
@click.option(
    "--list",
    "listed",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Clusters to plan for, as CSV [default: the plan of the published edition]",
)
@click.option(
    "--costs",
    "user_costs",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Cost lines of your own for the clusters of --list, as CSV",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The plan as a workbook (XLSX) whose amounts can be changed",
)
@home_option
def plan(listed: Path | None, user_costs: Path | None, out: Path | None, home: Path | None) -> None:
    """What developing clusters takes over five years, by state and payer."""
    from locus_pipeline.publish.plan import read_plan, remarks, render
    from locus_pipeline.publish.plan_workbook import write_plan

    settings = Settings.from_environment(home)
    planned = read_plan(settings, listed, user_costs)
    console.print(render(planned))
    for remark in remarks(planned):
        _say(remark)
    if out:
        write_plan(settings, planned, out)
        _say(f"{out}: the plan, with formulas over the shaded cells")


@locus.command()
@click.argument("edition", required=False)
@click.option("--measure", "measures", multiple=True, help="Its name [default: all]")
@click.option("--by", type=click.Choice(["year", "state", "cluster"]), help="Count by this, too")
@click.option("--cells", default=0, type=click.IntRange(0), help="Print the N largest revisions")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="All cells, as CSV")
@home_option
def revisions(
    edition: str | None,
    measures: tuple[str, ...],
    by: str | None,
    cells: int,
    out: Path | None,
    home: Path | None,
) -> None:
    """The published edition against EDITION, or against the one before it that the home has: what
    was revised, by how much, and what is new, gone or hidden."""
    from locus_pipeline.publish.revisions import (
        COLUMNS_BY,
        differs,
        largest,
        render,
        render_cells,
        revision,
        summary,
        what_differs,
        write_cells,
    )

    settings = Settings.from_environment(home)
    revised = revision(settings, edition, measures)
    _say(
        f"Edition {revised.now['edition_id']}, published, against {revised.before['edition_id']} "
        f"of {revised.before['created_at']:%Y-%m-%d %H:%M} UTC."
    )
    for line in what_differs(revised.before, revised.now):
        _say(line)
    columns = COLUMNS_BY[by] if by else []
    counts = summary(revised.cells, columns)
    if differs(counts).any():
        console.print(render(counts, columns))
    else:
        _say(f"No figure of {len(revised.cells):,} is revised.")
    if cells and counts.revised.any():
        console.print(render_cells(largest(revised.cells, cells)))
    if out:
        write_cells(settings, revised.cells, out)
        _say(f"All cells: {out}")


@locus.command()
@click.option("--theme", "themes", multiple=True, help="Its code or name; of several all")
@click.option("--sector", default="", help="Words of product, cluster category or cluster type")
@click.option("--state", default="", help="Its name or code")
@click.option("--kind", type=click.Choice(document_kinds()), help="Kind of document")
@click.option("--language", default="", help="Code of the language, like hi")
@click.option("--words", default="", help="Words of the title")
@click.option("--since", type=click.IntRange(1900, 2100), help="First year")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="All, as CSV")
@home_option
def documents(
    themes: tuple[str, ...],
    sector: str,
    state: str,
    kind: str | None,
    language: str,
    words: str,
    since: int | None,
    out: Path | None,
    home: Path | None,
) -> None:
    """Documents on clusters in the published edition: diagnostic reports, impact assessments,
    action plans, case studies."""
    from locus_pipeline.publish.repository import Search, render
    from locus_pipeline.publish.repository import documents as search_documents
    from locus_pipeline.publish.revisions import write_cells

    settings = Settings.from_environment(home)
    search = Search(themes, sector, state, kind or "", language, words, since)
    matches = search_documents(settings, search)
    if len(matches):
        console.print(render(matches, DOCUMENTS_SHOWN))
    if len(matches) > DOCUMENTS_SHOWN:
        _say(f"The first {DOCUMENTS_SHOWN}; --out writes all.")
    _say(f"{len(matches):,} documents.")
    if len(matches) and matches["is_synthetic"].any():
        _say("Synthetic: invented documents are among them.")
    if out:
        write_cells(settings, matches, out)
        _say(f"All documents: {out}")


@locus.command()
@home_option
def docs(home: Path | None) -> None:
    """Write dbt docs as one page that opens without a server."""
    settings = _use_home(home)
    from locus_pipeline.warehouse.docs import DocsError, write_docs

    try:
        with console.status("Writing dbt docs"):
            page = write_docs(settings)
    except DocsError as failure:
        _fail(str(failure))
    _say(f"dbt docs: {page}")


@locus.command()
@home_option
@click.option("--open/--no-open", "opens", default=True, help="In the browser of this machine.")
def site(home: Path | None, opens: bool) -> None:
    """Open the pages of the published edition."""
    settings = _use_home(home)
    from locus_pipeline.site.made import FIRST_PAGE, SITE

    page = settings.published / SITE / FIRST_PAGE
    if not page.is_file():
        _fail(f"{settings.home} has no pages; `locus run` writes them, unless LOCUS_SITE is no.")
    _say(f"Pages: {page}")
    if opens:
        click.launch(page.as_uri())


@locus.group()
def facts() -> None:
    """FACTS survey rounds: templates, validation, intake."""


@facts.command()
@click.option(
    "--schedule", "schedules", type=click.Choice(ALL_SHEETS), multiple=True, help="[default: all]"
)
@click.option("--format", "file_format", type=click.Choice(FORMATS), default="xlsx")
@click.option("--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True)
def template(schedules: tuple[str, ...], file_format: str, folder: Path) -> None:
    """Write empty schedules to fill in, and the sheets of the registry with them."""
    from locus_pipeline.rounds.templates import write_templates

    for path in write_templates(folder, schedules, file_format):
        _say(str(path))


@facts.command("sample")
@home_option
@click.option("--rounds", default=1, show_default=True, help="Yearly rounds of the same clusters")
@click.option("--seed", default=7, show_default=True, help="The same seed writes the same answers")
def sample_rounds(home: Path | None, rounds: int, seed: int) -> None:
    """Write synthetic rounds of sixty clusters."""
    from locus_pipeline.sample.rounds import write_sample_rounds

    settings = Settings.from_environment(home)
    keys = write_sample_rounds(settings.facts, rounds, seed)
    _say(
        f"Synthetic rounds {', '.join(keys)} are in {settings.facts}; nothing in them was "
        "observed, and a few answers are wrong, for the reports to send back."
    )


@facts.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@home_option
def check_round(folder: Path, home: Path | None) -> None:
    """Validate a round's folder and write the collector's report, without storing anything."""
    from locus_pipeline.rounds.identity import load_salt
    from locus_pipeline.rounds.intake import read_forms, take_in
    from locus_pipeline.rounds.report import remarks, write_report
    from locus_pipeline.rounds.round import open_round
    from locus_pipeline.rounds.withdrawal import matched_withdrawals

    settings = Settings.from_environment(home)
    salt = load_salt(settings)
    with console.status(f"Reading {folder}"):
        facts_round = open_round(folder.resolve())
        sheets = read_forms(facts_round)
        withdrawn = matched_withdrawals(settings, facts_round.folder, salt, sheets)
        intake = take_in(facts_round, sheets, salt, withdrawn)
        report = write_report(settings, intake)
    tables = intake.tables
    _say(
        f"{intake.count('rows_read'):,} rows read, {intake.count('rows_accepted'):,} accepted, "
        f"{intake.count('rows_rejected'):,} rejected, "
        f"{len(tables['round_warnings']):,} contradictions."
    )
    faults = remarks(tables["round_rejected"], tables["round_warnings"], tables["round_intake"])
    _tell_all([*faults.unread, *faults.to_correct])
    if intake.ignored:
        _tell(f"Not forms, not read: {', '.join(intake.ignored)}")
    _say(f"Report for the collector: {report}")
    is_sound = intake.count("rows_accepted") and not faults.unread
    sys.exit(0 if is_sound and not faults.to_correct else 1)


@facts.command("run")
@home_option
@click.option("--rounds", help="Names of rounds [default: all]")
def run_facts(home: Path | None, rounds: str | None) -> None:
    """Take the rounds in, build the warehouse and publish, as Dagster runs."""
    from locus_pipeline.asi.layout import load_layouts
    from locus_pipeline.orchestration.wanted import rounds_to_run
    from locus_pipeline.warehouse.lock import run_of_the_command_line

    settings = _use_home(home)
    chosen = rounds_to_run(settings, rounds.split(",") if rounds else None)
    with run_of_the_command_line(settings, _tell):
        stands = _stands(settings, load_layouts(settings.user_layouts))
        if not stands:
            _run_rounds(settings, chosen)
    all_read = _show_rounds(settings, chosen)
    _say(f"Reports for the collectors: {settings.rounds / 'reports'}")
    _show_edition(settings)
    if stands:
        _say(NOTHING_CHANGED)
    sys.exit(0 if all_read else 1)


def main() -> None:
    """Entry point: errors that a user can mend are said in one line, without a traceback."""
    try:
        with interruptible():
            locus()
    except LocusError as error:
        _fail(str(error))
    except Interrupted as interruption:
        _fail(f"{interruption}. {INTERRUPTED}", interruption.exit_code)
    except Exception as error:
        from locus_pipeline.files import disk_trouble

        # SQLite and DuckDB have errors of their own for a disk that is full
        trouble = disk_trouble(error)
        if trouble is None and not isinstance(error, OSError):
            raise
        _fail(f"{trouble[0].upper()}{trouble[1:]}: {error}" if trouble else str(error))


def _use_home(home: Path | None) -> Settings:
    """The home of a command that writes: it is there, and its owner's alone."""
    settings = Settings.from_environment(home)
    settings.require_writable()
    _close_to_others(settings)
    click.get_current_context().call_on_close(lambda: _close_to_others(settings))
    return settings


def _run_years(settings: Settings, layouts: "Layouts", wanted: list[str] | None) -> None:
    from locus_pipeline.definitions import build_definitions
    from locus_pipeline.orchestration.run import RunError, run_years
    from locus_pipeline.orchestration.wanted import years_to_run
    from locus_pipeline.rounds.round import round_keys

    chosen = years_to_run(settings, layouts, wanted, _tell)
    try:
        definitions = build_definitions(settings)
        with _progress() as bar:
            show = _shown_in(bar)
            run_years(definitions, settings, chosen, round_keys(settings), show, _tell)
    except RunError as failure:
        if failure.published:
            _show_edition(settings)
        _show_rounds(settings, round_keys(settings))
        _fail(str(failure))


def _run_rounds(settings: Settings, chosen: list[str]) -> None:
    from locus_pipeline.definitions import build_definitions
    from locus_pipeline.orchestration.run import RunError, run_rounds

    try:
        definitions = build_definitions(settings)
        with _progress() as bar:
            run_rounds(definitions, settings, chosen, _shown_in(bar), _tell)
    except RunError as failure:
        _show_rounds(settings, chosen)
        if failure.published:
            _show_edition(settings)
        _fail(str(failure))


def _stands(settings: Settings, layouts: "Layouts", wanted: Iterable[str] = ()) -> bool:
    """Whether the published edition is what a run would make again."""
    from locus_pipeline.asi.release import passed_over
    from locus_pipeline.orchestration.changes import unchanged_edition

    with console.status("Looking for what changed"):
        stands = unchanged_edition(settings, layouts, wanted) is not None
    if stands:
        _tell_all(passed_over(settings.releases, layouts))
    return stands


def _close_to_others(settings: Settings) -> None:
    """What holds microdata is the owner's alone, before a run and after it."""
    from locus_pipeline.files import close_to_others

    for path in settings.private:
        close_to_others(path)


def _known_years(years: str, layouts: "Layouts") -> list[str]:
    chosen = [year.strip() for year in years.split(",") if year.strip()]
    unknown = [year for year in chosen if year not in layouts]
    for year in unknown:
        if year in layouts.faults:
            _fail(layouts.faults[year])
    if unknown or not chosen:
        _fail(
            f"{', '.join(unknown) or 'nothing'}: no survey year that Locus knows; "
            f"it knows {next(iter(layouts))} to {list(layouts)[-1]}"
        )
    return chosen


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _shown_in(bar: Progress) -> Callable[["RunProgress"], None]:
    """Shows how far a run has come."""
    task = bar.add_task("")

    def show(now: "RunProgress") -> None:
        bar.update(task, description=now.step, completed=now.done, total=now.steps)

    return show


def _show_edition(settings: Settings) -> None:
    from locus_pipeline.asi.quality import sentence
    from locus_pipeline.publish.edition import largest_clusters, published_tables

    with published_tables(settings) as published:
        [(edition_id, synthetic)] = published.execute(
            "select edition_id, is_synthetic from edition"
        ).fetchall()
        [(read, rejected)] = published.execute(
            "select sum(rows_read), sum(rows_rejected) from ingestion"
        ).fetchall()
        doubtful = published.execute(
            "select survey_year, block, records, meaning, remedy from record_quality "
            "where is_warning order by survey_year, block, kind"
        ).fetchall()
        gaps = published.execute(
            "select survey_year, string_agg(distinct missing_blocks, '') from measure_availability "
            "where null_reason = 'block_not_in_release' group by survey_year order by survey_year"
        ).fetchall()
    clusters = largest_clusters(settings, LARGEST_CLUSTERS)
    table = Table(title=f"Largest clusters, {clusters[0][0]}" if clusters else "No clusters")
    table.add_column("cluster")
    table.add_column("factories", justify="right")
    table.add_column("employees", justify="right")
    for _, cluster, units, employees in clusters:
        table.add_row(cluster, f"{units:,.0f}", "" if employees is None else f"{employees:,.0f}")
    console.print(table)
    if synthetic:
        _say("Synthetic: invented factories, not a result of the survey.")
    for year, missing in gaps:
        _say(
            f"{year}: blocks {', '.join(sorted(set(missing)))} are not there; measures that need "
            "them are null (table measure_availability)."
        )
    for row in doubtful[:DOUBTS_SHOWN]:
        console.print(sentence(*row), style="yellow", highlight=False)
    if len(doubtful) > DOUBTS_SHOWN:
        _say(f"... and {len(doubtful) - DOUBTS_SHOWN} more (table record_quality)")
    _say(f"{read:,} lines read, {rejected:,} rejected (table rejected_rows).")
    _say(f"Edition {edition_id}: {settings.published}/locus.duckdb, *.parquet, *.csv")


def _show_rounds(settings: Settings, keys: list[str]) -> bool:
    """Says what of the stored rounds is not used; whether something of every file and sheet is."""
    from locus_pipeline.rounds.round import misnamed_rounds
    from locus_pipeline.rounds.store import remarks_on, rounds_in

    misnamed = misnamed_rounds(settings)
    _tell_all(misnamed)
    all_read = not misnamed
    for stored in rounds_in(settings):
        if stored.key in keys:
            faults = remarks_on(settings, stored.key)
            _tell_all(
                f"Round {stored.key}: {line}" for line in (*faults.unread, *faults.to_correct)
            )
            all_read = all_read and not faults.unread
    return all_read


def _tell_all(messages: Iterable[str]) -> None:
    for message in messages:
        _tell(message)


def _tell(message: str) -> None:
    """A line above the progress bar, which writes to the same console."""
    console.print(message, style="yellow", highlight=False, soft_wrap=True)


def _say(message: str) -> None:
    """Unfolded, whatever the width of the terminal: a path must be whole to be copied."""
    console.print(message, highlight=False, soft_wrap=True)


def _fail(message: str, code: int = 1) -> NoReturn:
    complaints.print(message, style="red", highlight=False, soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
