"""A command holds its home from the look for changes to the end of the run, in one piece."""

import subprocess
import sys

import filelock
import pytest

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.lock import HomeInUseError, nobody_else, run_of_the_command_line

OTHER = """
import sys
from pathlib import Path
from locus_pipeline.errors import LocusError
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.lock import nobody_else
try:
    with nobody_else(Settings(Path(sys.argv[1]))):
        print("free")
except LocusError:
    print("held")
"""


def told_elsewhere(settings: Settings) -> str:
    command = [sys.executable, "-c", OTHER, str(settings.home)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_who_wants_nobody_else_is_refused_while_another_process_works(tmp_path):
    settings = Settings(tmp_path)
    settings.locks.mkdir()
    with filelock.FileLock(settings.locks / "run.lock"):
        assert told_elsewhere(settings) == "held"
    assert told_elsewhere(settings) == "free"


def test_a_step_of_the_command_that_holds_the_home_does_not_wait_for_it(tmp_path):
    settings, said = Settings(tmp_path), []
    with run_of_the_command_line(settings, said.append):
        with run_of_the_command_line(settings, said.append):
            assert told_elsewhere(settings) == "held"
        # the inner step has ended: the command has not
        assert told_elsewhere(settings) == "held"
        assert (settings.locks / "run.json").exists()
    assert told_elsewhere(settings) == "free"
    assert said == []


def test_who_wants_nobody_else_is_refused_in_the_same_process_too(tmp_path):
    settings = Settings(tmp_path)
    with run_of_the_command_line(settings, print):
        with pytest.raises(HomeInUseError), nobody_else(settings):
            pass
        assert told_elsewhere(settings) == "held"


def test_the_home_is_free_again_after_a_failure(tmp_path):
    settings = Settings(tmp_path)
    with (
        pytest.raises(ZeroDivisionError),
        run_of_the_command_line(settings, print),
        run_of_the_command_line(settings, print),
    ):
        1 / 0  # noqa: B018
    assert told_elsewhere(settings) == "free"
