"""The `locus` command: what the Dagster command line lacks."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import duckdb
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

from locus_pipeline.asi.ingest import all_manifests
from locus_pipeline.asi.layout import SurveyYear, load_layouts
from locus_pipeline.asi.release import SYNTHETIC_MARKER
from locus_pipeline.asi.sample import write_sample
from locus_pipeline.errors import LocusError
from locus_pipeline.facts.items import SCHEDULES
from locus_pipeline.facts.round import round_keys
from locus_pipeline.facts.templates import FORMATS, write_templates
from locus_pipeline.settings import Settings

# bound to the terminal now: while dbt runs, what the process prints goes to a log
console = Console(file=sys.stdout)
complaints = Console(stderr=True)
LARGEST_CLUSTERS = 10


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
    settings = Settings.from_environment(home)
    layouts = load_layouts(settings.own_layouts)
    chosen = _known_years(years, layouts)
    with _progress() as bar:
        task = bar.add_task("", total=len(chosen))
        for year in chosen:
            bar.update(task, description=f"Writing a sample of {year}")
            write_sample(settings.releases, layouts[year], scale=scale, seed=seed, release=release)
            bar.advance(task)
        bar.update(task, description="Samples written")
    console.print(
        f"Synthetic releases of {', '.join(chosen)} are in {settings.releases}; nothing in them is "
        "a result of the survey."
    )


@locus.command()
@home_option
@click.option("--years", help="Survey years [default: all that have a release]")
def run(home: Path | None, years: str | None) -> None:
    """Read releases and rounds, build the warehouse and the index, publish, as Dagster runs."""
    settings = _use_home(home)
    from locus_pipeline.definitions import defs
    from locus_pipeline.run import RunError, run_years, years_to_run

    layouts = load_layouts(settings.own_layouts)
    wanted = _known_years(years, layouts) if years else None
    try:
        chosen = years_to_run(settings, layouts, wanted)
        rounds = round_keys(settings)
        with _progress() as bar:
            task = bar.add_task("", total=len(chosen) + len(rounds) + 2)
            run_years(
                defs,
                settings,
                chosen,
                rounds,
                lambda now: bar.update(task, description=now.step, completed=now.done),
            )
    except RunError as failure:
        if failure.published:
            _show_edition(settings)
        _show_rounds(settings, round_keys(settings))
        _fail(str(failure))
    _show_edition(settings)
    _show_rounds(settings, rounds)


@locus.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--year", help="Survey year of the release [default: the folder's name]")
@home_option
def check(folder: Path, year: str | None, home: Path | None) -> None:
    """Read a release without loading it: what it is, what is missing, what would be rejected."""
    from locus_pipeline.asi.check import check_release, render, survey_year_of

    settings = Settings.from_environment(home)
    layouts = load_layouts(settings.own_layouts)
    chosen = year or survey_year_of(folder, layouts)
    if chosen not in layouts:
        _fail(f"{folder}: name the survey year of the release, for example --year 2022-23")
    with console.status(f"Reading {folder}"):
        report = check_release(folder, layouts[chosen], settings)
    console.print(render(report))
    sys.exit(0 if report.ok else 1)


@locus.command()
@home_option
def prepare(home: Path | None) -> None:
    """Make the home's folders and its Dagster instance, so that the web page finds them."""
    from locus_pipeline.instance import prepare_instance

    settings = _use_home(home)
    settings.releases.mkdir(parents=True, exist_ok=True)
    settings.facts.mkdir(parents=True, exist_ok=True)
    console.print(f"Dagster instance: {prepare_instance(settings)}")


@locus.command()
@home_option
def clean(home: Path | None) -> None:
    """Remove what was built and what is synthetic; your releases, rounds and layouts stay."""
    settings = Settings.from_environment(home)
    dropped = (settings.releases, settings.facts)
    synthetic = [
        marker.parent for folder in dropped for marker in folder.glob(f"*/{SYNTHETIC_MARKER}")
    ]
    for path in [*settings.built, *synthetic]:
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
    console.print(f"Cleaned {settings.home}")


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
    console.print(f"dbt docs: {page}")


@locus.group()
def facts() -> None:
    """FACTS survey rounds: templates, validation, intake."""


@facts.command()
@click.option(
    "--schedule", "schedules", type=click.Choice(SCHEDULES), multiple=True, help="[default: all]"
)
@click.option("--format", "file_format", type=click.Choice(FORMATS), default="xlsx")
@click.option("--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True)
def template(schedules: tuple[str, ...], file_format: str, folder: Path) -> None:
    """Write empty schedules to fill in."""
    for path in write_templates(folder, schedules or SCHEDULES, file_format):
        console.print(path)


@facts.command("sample")
@home_option
@click.option("--rounds", default=1, show_default=True, help="Yearly rounds of the same clusters")
@click.option("--seed", default=7, show_default=True, help="The same seed writes the same answers")
def sample_rounds(home: Path | None, rounds: int, seed: int) -> None:
    """Write synthetic rounds of sixty clusters."""
    from locus_pipeline.facts.sample import write_sample_rounds

    settings = Settings.from_environment(home)
    keys = write_sample_rounds(settings.facts, rounds, seed)
    console.print(
        f"Synthetic rounds {', '.join(keys)} are in {settings.facts}; nothing in them was observed."
    )


@facts.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@home_option
def check_round(folder: Path, home: Path | None) -> None:
    """Validate a round's folder and write the collector's report, without storing anything."""
    from locus_pipeline.facts.identity import load_salt
    from locus_pipeline.facts.intake import take_in
    from locus_pipeline.facts.report import remarks, write_report
    from locus_pipeline.facts.round import open_round
    from locus_pipeline.facts.withdrawal import matched_withdrawals

    settings = Settings.from_environment(home)
    salt = load_salt(settings)
    with console.status(f"Reading {folder}"):
        found = open_round(folder.resolve())
        intake = take_in(found, salt, matched_withdrawals(settings, found.folder, salt))
        report = write_report(settings, intake)
    tables = intake.tables
    console.print(
        f"{intake.count('rows_read'):,} rows read, {intake.count('rows_accepted'):,} accepted, "
        f"{intake.count('rows_rejected'):,} rejected, "
        f"{len(tables['round_warnings']):,} contradictions."
    )
    found_wrong = remarks(
        tables["round_rejected"], tables["round_warnings"], tables["round_intake"]
    )
    _say([*found_wrong.unread, *found_wrong.to_correct])
    if intake.ignored:
        _say([f"Not forms, not read: {', '.join(intake.ignored)}"])
    console.print(f"Report for the collector: {report}", markup=False)
    is_sound = intake.count("rows_accepted") and not found_wrong.unread
    sys.exit(0 if is_sound and not found_wrong.to_correct else 1)


@facts.command("run")
@home_option
@click.option("--rounds", help="Names of rounds [default: all]")
def run_facts(home: Path | None, rounds: str | None) -> None:
    """Take the rounds in, build the warehouse and publish, as Dagster runs."""
    settings = _use_home(home)
    from locus_pipeline.definitions import defs
    from locus_pipeline.facts.run import rounds_to_run, run_rounds
    from locus_pipeline.run import RunError

    try:
        chosen = rounds_to_run(settings, rounds.split(",") if rounds else None)
        with _progress() as bar:
            task = bar.add_task("", total=len(chosen) + 1)
            run_rounds(
                defs,
                settings,
                chosen,
                lambda now: bar.update(task, description=now.step, completed=now.done),
            )
    except RunError as failure:
        _show_rounds(settings, chosen)
        _fail(str(failure))
    all_read = _show_rounds(settings, chosen)
    console.print(f"Reports for the collectors: {settings.rounds / 'reports'}")
    _show_edition(settings)
    sys.exit(0 if all_read else 1)


def main() -> None:
    """Entry point: errors that a user can mend are said in one line, without a traceback."""
    try:
        locus()
    except (LocusError, OSError) as error:
        _fail(str(error))


def _use_home(home: Path | None) -> Settings:
    """The definitions of the code location are those of LOCUS_HOME: set it before they load."""
    settings = Settings.from_environment(home)
    os.environ["LOCUS_HOME"] = str(settings.home)
    return settings


def _known_years(years: str, layouts: dict[str, SurveyYear]) -> list[str]:
    chosen = [year.strip() for year in years.split(",") if year.strip()]
    unknown = [year for year in chosen if year not in layouts]
    if unknown or not chosen:
        _fail(
            f"{', '.join(unknown) or 'nothing'}: no survey year that Locus knows; "
            f"it knows {next(iter(layouts))} to {list(layouts)[-1]}"
        )
    return chosen


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _show_edition(settings: Settings) -> None:
    from locus_pipeline.publish.assets import largest_clusters

    with duckdb.connect(str(settings.published / "locus.duckdb"), read_only=True) as published:
        edition_id, synthetic = published.execute(
            "select edition_id, is_synthetic from edition"
        ).fetchone()
        published_years = published.execute("select survey_years from edition").fetchone()[0]
        read, rejected = published.execute(
            "select sum(rows_read), sum(rows_rejected) from ingestion"
        ).fetchone()
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
        console.print("[bold]Synthetic:[/bold] invented factories, not a result of the survey.")
    for year, missing in gaps:
        console.print(
            f"{year}: blocks {', '.join(sorted(set(missing)))} are not there; measures that need "
            "them are null (table measure_availability)."
        )
    left_out = {m.survey_year for m in all_manifests(settings)} - set(published_years.split(", "))
    if left_out:
        console.print(
            f"Left out: {', '.join(sorted(left_out))}; what was read of them is not what their "
            "releases hold. `locus run` reads them again."
        )
    console.print(f"{read:,} lines read, {rejected:,} rejected (table rejected_rows).")
    console.print(f"Edition {edition_id}: {settings.published}/locus.duckdb, *.parquet, *.csv")


def _show_rounds(settings: Settings, keys: list[str]) -> bool:
    """Says what of the stored rounds is not used; whether something of every file and sheet is."""
    from locus_pipeline.facts.round import misnamed_rounds
    from locus_pipeline.facts.store import remarks_on, rounds_in

    misnamed = misnamed_rounds(settings)
    _say(misnamed)
    all_read = not misnamed
    for stored in rounds_in(settings):
        if stored.key in keys:
            found = remarks_on(settings, stored.key)
            _say(f"Round {stored.key}: {line}" for line in (*found.unread, *found.to_correct))
            all_read = all_read and not found.unread
    return all_read


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, style="yellow", markup=False, highlight=False)


def _fail(message: str) -> None:
    complaints.print(message, style="red", markup=False, highlight=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
