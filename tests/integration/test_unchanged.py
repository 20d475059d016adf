"""A home in which nothing changed: a command and the job run nothing, and whatever may change is
seen. What ran is counted, not timed."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from locus_pipeline.cli import NOTHING_CHANGED
from locus_pipeline.definitions import build_definitions
from locus_pipeline.orchestration.changes import unchanged_edition
from locus_pipeline.orchestration.instance import open_instance
from locus_pipeline.orchestration.jobs import SURVEY_JOB
from locus_pipeline.orchestration.run import QUIET
from locus_pipeline.publish import standing
from locus_pipeline.publish.standing import standing_edition
from locus_pipeline.records import read_record
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse import catalogue, method
from tests.conftest import SAMPLE_YEARS
from tests.support.disk import flip

DEFLATORS = "survey_year,deflator,base_year,source\n2022-23,150.2,2011-12,invented\n"


@pytest.fixture(scope="module")
def settings(built_home, tmp_path_factory) -> Settings:
    """A copy of the built home; each test puts back what it changed."""
    home = tmp_path_factory.mktemp("unchanged") / "home"
    shutil.copytree(built_home.settings.home, home, symlinks=True)
    return Settings(home, memory_limit="2GB")


def written(settings: Settings) -> dict[str, int]:
    """When each file that a run makes was written last."""
    return {
        str(path.relative_to(settings.home)): path.stat().st_mtime_ns
        for folder in ("raw", "rounds", "warehouse", "cci", "editions")
        for path in (settings.home / folder).rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("command", [["run"], ["facts", "run"]])
def test_a_command_runs_nothing(settings, command):
    with open_instance(settings) as instance:
        before = instance.get_runs_count()
    files = written(settings)
    ended = subprocess.run(
        [sys.executable, "-m", "locus_pipeline.cli", *command, "--home", str(settings.home)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert NOTHING_CHANGED in ended.stdout
    assert settings.published.resolve().name in ended.stdout
    assert written(settings) == files
    with open_instance(settings) as instance:
        assert instance.get_runs_count() == before


def test_the_job_reads_the_blocks_and_passes_over_the_rest(settings):
    files = written(settings)
    job = build_definitions(settings).resolve_job_def(SURVEY_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            run_config=QUIET, instance=instance, partition_key=SAMPLE_YEARS[-1]
        )
    assert result.success
    materialised = {
        event.asset_key.path[-1]
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
    }
    assert materialised == {f"asi_block_{letter}" for letter in "abcdefghij"} | {
        # what rounds are made of is looked through, which costs nothing
        key
        for key in materialised
        if key.startswith("facts_")
    }
    assert {"warehouse", "published_edition", "cci_tables"} <= {
        event.step_key
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.STEP_SKIPPED
    }
    changed = {path for path, when in written(settings).items() if when != files.get(path)}
    assert not {path for path in changed if not path.startswith("rounds/")}


def first(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[0]


def append(path: Path, content: bytes) -> None:
    path.write_bytes(path.read_bytes() + content)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def publish_another(settings: Settings) -> None:
    other = settings.editions / "0123456789ab"
    shutil.copytree(settings.published.resolve(), other)
    settings.published.unlink()
    settings.published.symlink_to(Path("editions", other.name))


CHANGES = {
    "a release changed": lambda s: append(s.releases / "2009-10" / "OASA10.TXT", b" \n"),
    "a release is gone": lambda s: shutil.rmtree(s.releases / "2009-10"),
    "a round's file changed": lambda s: append(first(s.facts, "*/round.yaml"), b"\n# a word\n"),
    "a round is gone": lambda s: shutil.rmtree(first(s.facts, "*/round.yaml").parent),
    "a round is new": lambda s: shutil.copytree(
        first(s.facts, "*/round.yaml").parent, s.facts / "2030-31-pilot"
    ),
    "deflators came": lambda s: write(s.home / "definitions" / "deflators.csv", DEFLATORS),
    "raw is damaged": lambda s: flip(first(s.raw, "block_a/survey_year=2022-23/rows.parquet")),
    "the index is damaged": lambda s: flip(first(s.index, "*/scores/*.parquet")),
    "goalposts are damaged": lambda s: flip(first(s.index, "*/frozen/*.parquet")),
    "a table of the index is damaged": lambda s: flip(s.index / "published" / "cci_scores.parquet"),
    "the edition is damaged": lambda s: flip(s.published / "locus.duckdb"),
    "the edition is gone": lambda s: s.published.unlink(),
    "another edition is published": lambda s: publish_another(s),
    "the warehouse is gone": lambda s: s.warehouse.unlink(),
    "the record is damaged": lambda s: flip(s.publication),
}


def test_nothing_changed_says_the_edition_that_stands(settings, layouts):
    assert unchanged_edition(settings, layouts) == settings.published.resolve().name
    assert unchanged_edition(settings, layouts, SAMPLE_YEARS) is not None
    assert unchanged_edition(settings, layouts, ["2019-20"]) is None


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(settings, layouts, change, tmp_path):
    changed = Settings(tmp_path / "home", memory_limit="2GB")
    shutil.copytree(settings.home, changed.home, symlinks=True)
    assert unchanged_edition(changed, layouts) is not None
    CHANGES[change](changed)
    assert unchanged_edition(changed, layouts) is None
    shutil.rmtree(changed.home)


@pytest.mark.parametrize("other", [{"index_agency": "another agency"}, {"unreconciled": "warn"}])
def test_a_setting_that_decides_is_seen(settings, layouts, other):
    assert unchanged_edition(replace(settings, **other), layouts) is None
    assert unchanged_edition(replace(settings, memory_limit="1GB", threads=1), layouts) is not None


def test_another_method_or_version_is_seen(settings, layouts, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "method_fingerprint", lambda: "of another checkout")
        assert unchanged_edition(settings, layouts) is None
    with monkeypatch.context() as patch:
        patch.setattr(method, "version", lambda package: "0.0")
        assert unchanged_edition(settings, layouts) is None
    assert unchanged_edition(settings, layouts) is not None


def test_real_rounds_age_from_day_to_day(settings, monkeypatch):
    """The gate asks how old a round is; invented ones are as old as the newest."""
    edition = settings.published.resolve().name
    record = read_record(settings.publication)
    inputs_id = record["inputs_id"]
    assert (
        record["day"] == ""
        and standing_edition(settings, inputs_id, lambda folder: True) == edition
    )
    [*rounds] = standing.rounds_in(settings)
    monkeypatch.setattr(
        standing, "rounds_in", lambda _: [replace(one, is_synthetic=False) for one in rounds]
    )
    assert standing_edition(settings, inputs_id, lambda folder: True) is None
