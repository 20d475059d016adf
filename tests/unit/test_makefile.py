"""make hands paths on whole: those of the checkout and of the home may have spaces in them."""

import os
import shutil
import subprocess

import pytest

from locus_pipeline.settings import CHECKOUT

FAKE = '#!/bin/sh\nprintf "%s|" "$LOCUS_HOME" "$@" >> "$(dirname "$0")/../../said"\n'
HOMES = ["/x/with space/h", "/x/l'h $HOME", "", "relative home"]


@pytest.fixture
def make(tmp_path):
    """Runs a target in a checkout with a space and a quote in its path, whose commands only say
    what they were given."""
    checkout = tmp_path / "my projects" / "l'ocus"
    (checkout / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(CHECKOUT / "Makefile", checkout)
    for name in ("requirements.lock", "pyproject.toml"):
        (checkout / name).touch()
    for name in ("locus", "python"):
        command = checkout / ".venv" / "bin" / name
        command.write_text(FAKE)
        command.chmod(0o755)
    (checkout / ".venv" / "installed").touch()

    def run(target: str, home: str) -> list[str]:
        (checkout / "said").unlink(missing_ok=True)
        subprocess.run(
            ["make", "--silent", target],
            cwd=checkout,
            env=os.environ | {"LOCUS_HOME": home},
            check=True,
        )
        return (checkout / "said").read_text().split("|")[:-1]

    return run


@pytest.mark.parametrize("home", HOMES)
def test_the_home_arrives_as_it_was_given(make, home):
    said = make("run", home)
    assert said[:2] == [home, "sample"] and said[-2:] == [home, "run"]
    assert make("ui", home) == [home, "ui", "--port", "3000"]
    assert make("ui-readonly", home) == [home, "ui", "--port", "3000", "--read-only"]
    assert make("docs", home) == [home, "docs"]
    assert make("clean", home) == [home, "clean"]


def test_a_home_with_releases_gets_no_sample(make, tmp_path):
    home = tmp_path / "my home"
    (home / "releases" / "2009-10").mkdir(parents=True)
    assert make("run", str(home)) == [str(home), "run"]
