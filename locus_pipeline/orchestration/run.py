"""Runs the Dagster jobs over a home: what `locus run` and `locus facts run` do.

The blocks of each survey year are one run, so that every year has its own content version in the
web page, and so is each FACTS round; the warehouse and the screening edition are one more, so that
dbt runs once, whatever the years; then comes the index of the rounds, and what is published.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from locus_pipeline.asi.ingest import all_manifests
from locus_pipeline.asi.layout import BLOCK_LETTERS, load_layouts
from locus_pipeline.asi.release import passed_over, survey_years_in
from locus_pipeline.errors import LocusError
from locus_pipeline.index.inputs import FACTS
from locus_pipeline.interruption import Interrupted, raise_received
from locus_pipeline.orchestration.assets.index import INDEX, INDEX_TABLES, VALIDATES
from locus_pipeline.orchestration.assets.rounds import ROUND_KEY, ROUNDS
from locus_pipeline.orchestration.code_location import job_origin
from locus_pipeline.orchestration.hearing import Hearing
from locus_pipeline.orchestration.instance import PROCESS_TAG, open_instance
from locus_pipeline.orchestration.jobs import ROUNDS_JOB, SURVEY_JOB
from locus_pipeline.process import Process
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import load_user_tables
from locus_pipeline.warehouse.lock import run_of_the_command_line

BLOCKS = [dg.AssetKey(f"asi_block_{letter}") for letter in BLOCK_LETTERS]
# What reads both the index of rounds and that of survey years, which have partitions of their own.
LAST = [VALIDATES, INDEX_TABLES, dg.AssetKey("published_edition")]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunError(LocusError):
    """A run failed; the message holds what its steps said.

    `published` says that an edition of the other survey years was made all the same.
    """

    def __init__(self, message: str, published: bool = False):
        super().__init__(message)
        self.published = published


@dataclass(frozen=True)
class Progress:
    """What happens now, and how many of the steps are done."""

    step: str
    done: int
    steps: int


def run_years(
    definitions: dg.Definitions,
    settings: Settings,
    years: list[str],
    rounds: Sequence[str] = (),
    progress: Callable[[Progress], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Materialise the years' blocks and the FACTS rounds, then everything below them.

    A survey year or round that can't be read is left out and the others go on. dbt's talk goes to
    run.log, warnings to `tell`. Waits while another command runs on the home. Raises RunError at
    the end, with the steps' own words, UserTableError at once, and Interrupted where a signal came;
    the edition that stood stands then.
    """
    load_user_tables(settings)
    steps = len(years) + len(rounds) + 2
    with command_run(definitions, settings, tell) as command:
        for done, year in enumerate(years):
            progress(Progress(f"Reading {year}", done, steps))
            command.execute(SURVEY_JOB, BLOCKS, year)
        if command.problems and not all_manifests(settings):
            raise RunError("\n".join(command.problems))
        command.instance.add_dynamic_partitions(ROUNDS, rounds)
        for done, key in enumerate(rounds, start=len(years)):
            progress(Progress(f"Validating {key}", done, steps))
            command.execute(ROUNDS_JOB, [ROUND_KEY], key)
        command.build_and_publish(years[-1], rounds, progress, steps)


def run_rounds(
    definitions: dg.Definitions,
    settings: Settings,
    rounds: list[str],
    progress: Callable[[Progress], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Materialise the rounds, then everything below them and the survey years that were read.

    Where none was, those that have a release are read first: there is no edition without. A round
    that can't be read is left out and the others go on; dbt's talk goes to run.log, warnings to
    `tell`. Waits while another command runs on the home. Raises RunError at the end, with the
    steps' own words, and where there is no survey year; Interrupted where a signal came.
    """
    with command_run(definitions, settings, tell) as command:
        layouts = load_layouts(settings.user_layouts)
        for sentence in passed_over(settings.releases, layouts):
            tell(sentence)
        years = []
        if not all_manifests(settings):
            years = list(survey_years_in(settings.releases, layouts))
        steps = len(years) + len(rounds) + 2
        for done, year in enumerate(years):
            progress(Progress(f"Reading {year}", done, steps))
            command.execute(SURVEY_JOB, BLOCKS, year)
        command.instance.add_dynamic_partitions(ROUNDS, rounds)
        for done, key in enumerate(rounds, start=len(years)):
            progress(Progress(f"Validating {key}", done, steps))
            command.execute(ROUNDS_JOB, [ROUND_KEY], key)
        manifests = all_manifests(settings)
        if not manifests:
            command.problems.append(
                "The rounds are validated and stored. An edition needs a survey year too: put a "
                f"release into {settings.releases} and use `locus run`, which takes the rounds in."
            )
            raise RunError("\n".join(command.problems))
        command.build_and_publish(manifests[-1].survey_year, rounds, progress, steps)


@contextmanager
def command_run(
    definitions: dg.Definitions, settings: Settings, tell: Callable[[str], None]
) -> Iterator["CommandRun"]:
    """Hold the home for one command."""
    with (
        run_of_the_command_line(settings, tell),
        open_instance(settings, keeps_output=False) as instance,
    ):
        yield CommandRun(definitions, instance, tell)


@dataclass
class CommandRun:
    """The Dagster runs of one command, one after the other.

    `problems`: what failed steps and blocking checks said, each once. `tell` is given warnings and
    what the command waits for, a line each, as they come.
    """

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    tell: Callable[[str], None]
    problems: list[str] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)

    def execute(self, job: str, keys: Collection[dg.AssetKey], partition: str) -> bool:
        """Materialise these assets of the job; returns whether all went well.

        Raises Interrupted where a signal came meanwhile; the Dagster run has ended then.
        """
        definition = self.definitions.resolve_job_def(job)
        tags = definition.get_tags_for_partition_key(partition, selected_asset_keys=keys)
        run = self.instance.create_run_for_job(
            job_def=definition,
            run_config=QUIET,
            tags={**tags, PROCESS_TAG: str(Process.this())},
            asset_selection=frozenset(keys),
            remote_job_origin=job_origin(job),
        )
        hearing = Hearing(partition, self._warn)
        self.instance.add_event_listener(run.run_id, hearing)
        try:
            result = execute_run(InMemoryJob(definition), run, self.instance)
            raise_received()
        except Interrupted:
            self._end(run.run_id)
            raise
        self.problems += [said for said in hearing.failures if said not in self.problems]
        return result.success

    def build_and_publish(
        self,
        year: str,
        rounds: Sequence[str],
        progress: Callable[[Progress], None],
        steps: int,
    ) -> None:
        """The warehouse, the screening edition, the index of the rounds if there are any, and the
        edition: the last two of the command's `steps`. Raises RunError where there were problems.
        """
        every = self.definitions.resolve_job_def(SURVEY_JOB).asset_layer.executable_asset_keys
        progress(Progress("Building the warehouse and the index", steps - 2, steps))
        published = self.execute(SURVEY_JOB, set(every) - {*BLOCKS, *LAST}, year)
        if published and rounds:
            published = self.execute(ROUNDS_JOB, [INDEX[FACTS]], rounds[-1])
        if published:
            progress(Progress("Publishing the edition", steps - 1, steps))
            published = self.execute(SURVEY_JOB, LAST, year)
        if self.problems:
            raise RunError("\n".join(self.problems), published=published)
        progress(Progress("Done", steps, steps))

    def _warn(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self.tell(message)

    def _end(self, run_id: str) -> None:
        """End a run that was interrupted where Dagster did not watch it."""
        run = self.instance.get_run_by_id(run_id)
        if run and not run.is_finished:
            self.instance.report_run_failed(run, "Interrupted.")
