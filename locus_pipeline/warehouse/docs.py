"""dbt docs as one static page."""

import shutil
from pathlib import Path

from locus_pipeline.errors import LocusError
from locus_pipeline.files import replacing
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.dbt import run_dbt
from locus_pipeline.warehouse.lock import warehouse_lock


class DocsError(LocusError):
    """dbt can't write its docs."""


def write_docs(settings: Settings) -> Path:
    """LOCUS_HOME/docs/index.html, which opens without a server; holds the lineage of every model.

    Raises DocsError with dbt's own words.
    """
    if not settings.warehouse.exists():
        raise DocsError(f"{settings.warehouse} doesn't exist yet; `locus run` builds it")
    target = settings.warehouse.parent / "dbt"
    with warehouse_lock(settings, print):
        result = run_dbt(settings, "--quiet", "docs", "generate", "--static", target=target)
    if result.returncode:
        raise DocsError(f"dbt docs failed:\n{result.stdout}{result.stderr}")
    page = settings.home / "docs" / "index.html"
    with replacing(page) as aside:
        shutil.copyfile(target / "static_index.html", aside)
    return page
