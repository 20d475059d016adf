"""The Dagster instance of a Locus home, so that the web page shows the runs of the command line."""

import shutil
from pathlib import Path

import dagster as dg

from locus_pipeline.files import replacing
from locus_pipeline.settings import Settings

TEMPLATE = Path(__file__).parent / "dagster.yaml"


def prepare_instance(settings: Settings) -> Path:
    """The instance's folder, LOCUS_HOME/dagster, with its dagster.yaml; an existing one stays."""
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        with replacing(folder / "dagster.yaml") as aside:
            shutil.copyfile(TEMPLATE, aside)
    return folder


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance of this home; close it after use (it is a context manager)."""
    return dg.DagsterInstance.from_config(str(prepare_instance(settings)))
