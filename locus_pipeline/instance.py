"""The Dagster instance of a Locus home, so that the web page shows the runs of the command line."""

import shutil
from pathlib import Path

import dagster as dg
from dagster._core.instance import InstanceRef

from locus_pipeline.files import replacing
from locus_pipeline.settings import CHECKOUT, Settings

TEMPLATE = CHECKOUT / "dagster.yaml"


def prepare_instance(settings: Settings) -> Path:
    """The instance's folder, LOCUS_HOME/dagster, with its dagster.yaml; an existing one stays."""
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        with replacing(folder / "dagster.yaml") as aside:
            shutil.copyfile(TEMPLATE, aside)
    return folder


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance of this home; close it after use (it is a context manager).

    It sends no telemetry, whatever its dagster.yaml says.
    """
    return dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(
            str(prepare_instance(settings)), overrides={"telemetry": {"enabled": False}}
        )
    )
