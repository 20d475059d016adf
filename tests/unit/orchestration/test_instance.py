"""The dagster.yaml of a home: made where there is none, and an edited one stays."""

import pytest
import yaml

from locus_pipeline.orchestration.instance import TEMPLATE, WatchfulRunLauncher, _folder
from locus_pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path)


def test_the_template_names_the_launcher_that_is_there(settings):
    path = _folder(settings) / "dagster.yaml"
    assert path.read_bytes() == TEMPLATE.read_bytes()
    launcher = yaml.safe_load(path.read_text())["run_launcher"]
    assert launcher == {
        "module": WatchfulRunLauncher.__module__,
        "class": WatchfulRunLauncher.__name__,
    }


def test_an_edited_copy_stays_but_for_the_place_of_the_launcher(settings):
    edited = TEMPLATE.read_text().replace("max_concurrent_runs: 3", "max_concurrent_runs: 5")
    assert edited != TEMPLATE.read_text()
    path = _folder(settings) / "dagster.yaml"
    path.write_text(edited.replace(WatchfulRunLauncher.__module__, "locus_pipeline.instance"))
    assert "module: locus_pipeline.instance\n" in path.read_text()
    _folder(settings)
    assert path.read_text() == edited
