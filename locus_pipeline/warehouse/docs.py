"""dbt docs as one static page."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from locus_pipeline.errors import LocusError
from locus_pipeline.files import replacing
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.dbt import PROJECT_DIR, dbt_environment
from locus_pipeline.warehouse.lock import warehouse_writer


class DocsError(LocusError):
    """dbt can't write its docs."""


def write_docs(settings: Settings) -> Path:
    """LOCUS_HOME/docs/index.html, which opens without a server; holds the lineage of every model.

    Raises DocsError with dbt's own words.
    """
    if not settings.warehouse.exists():
        raise DocsError(f"{settings.warehouse} doesn't exist yet; `locus run` builds it")
    target = settings.warehouse.parent / "dbt"
    command = [
        sys.executable, "-m", "dbt.cli.main", "--quiet", "docs", "generate", "--static",
        "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR),
        "--target-path", str(target), "--log-path", str(target),
    ]  # fmt: skip
    with warehouse_writer(settings, print):
        result = subprocess.run(
            command,
            cwd=PROJECT_DIR,
            env=os.environ | dbt_environment(settings),
            capture_output=True,
            text=True,
        )
    if result.returncode:
        raise DocsError(f"dbt docs failed:\n{result.stdout}{result.stderr}")
    page = settings.home / "docs" / "index.html"
    with replacing(page) as aside:
        shutil.copyfile(target / "static_index.html", aside)
    return page
