"""Dagster's own commands over a Locus home: no options to know, few lines, nothing sent home."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from locus_pipeline.orchestration.code_location import MODULE, NAME, load_target
from locus_pipeline.orchestration.instance import open_instance
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.settings import CHECKOUT
from tests.conftest import SEED

FEW_LINES = 30


@pytest.fixture(scope="module")
def home(make_home, layouts):
    home = make_home("dagster command")
    write_sample(home.settings.releases, layouts["2008-09"], scale=0.002, seed=SEED)
    return home


def locus(home, user: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The command from another folder, as a user whose own folder is `user`."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DAGSTER")
    }
    return subprocess.run(
        [Path(sys.executable).with_name("locus"), *arguments],
        cwd=user,
        env=environment | {"LOCUS_HOME": str(home.settings.home), "HOME": str(user)},
        capture_output=True,
        text=True,
    )


def test_an_asset_is_materialised_without_options_and_without_noise(home, tmp_path):
    result = locus(
        home, tmp_path,
        "dagster", "asset", "materialize", "--select", "asi_block_a", "--partition", "2008-09",
    )  # fmt: skip
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    assert "2008-09, block A: " in said
    assert len(said.splitlines()) < FEW_LINES
    assert "supersed" not in said.lower() and "beta" not in said.lower()
    with open_instance(home.settings) as instance:
        assert len(instance.get_runs()) == 1, "it is in the pages of this home"
    # nothing of Dagster's or dbt's in the user's own folder
    assert not [path for path in tmp_path.iterdir() if path.name in (".dagster", ".dbt")]
    assert not (home.settings.home / "dagster" / ".telemetry").exists()


def test_the_pages_are_served_by_one_command(home, tmp_path):
    result = locus(home, tmp_path, "dagster", "dev")
    assert result.returncode == 1
    assert "`locus ui`" in result.stderr and len(result.stderr.splitlines()) == 1


def test_dagsters_commands_load_what_the_pages_load():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    assert project["tool"]["dagster"] == {"module_name": MODULE, "code_location_name": NAME}
    (origin,) = load_target().create_origins()
    assert origin.location_name == NAME


def test_telemetry_is_off_whatever_the_home_says(make_home):
    home = make_home("telemetry")
    with open_instance(home.settings) as instance:
        assert not instance.telemetry_enabled
    file = home.settings.home / "dagster" / "dagster.yaml"
    file.write_text("telemetry:\n  enabled: true\n")
    with open_instance(home.settings) as instance:
        assert not instance.telemetry_enabled
    assert os.environ["DAGSTER_DISABLE_TELEMETRY"] and (
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    )
