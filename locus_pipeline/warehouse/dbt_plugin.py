"""What dbt-duckdb asks before it opens the warehouse: is this home ready for the command, and how
many threads may it use?

profiles.yml names this module. It matters to who calls dbt by hand; `locus run` and Dagster have
the same answer already. It tells the models by which version of the code they compute.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError
from duckdb import DuckDBPyConnection

from locus_pipeline.errors import LocusError
from locus_pipeline.settings import Settings
from locus_pipeline.sql import literal
from locus_pipeline.user_tables.load import check_still_as_read
from locus_pipeline.warehouse.held import RUN
from locus_pipeline.warehouse.method import computing_code
from locus_pipeline.warehouse.soundness import unreadable

BUILDS = ("build", "run", "seed", "snapshot", "test")


class Plugin(BasePlugin):
    """Says in a sentence what is missing; changes nothing."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Raises DbtRuntimeError, which dbt shows without a traceback."""
        settings = Settings.from_environment()
        path = Path(self.creds.path if self.creds else "").resolve()
        if path != settings.warehouse.resolve():
            raise DbtRuntimeError(
                f"dbt would open {path}, Locus {settings.warehouse}; "
                "call dbt inside dbt_project/, or give LOCUS_HOME as a whole path"
            )
        if not settings.warehouse.parent.is_dir():
            raise DbtRuntimeError(
                f"{settings.warehouse} doesn't exist yet; `locus run` makes it. LOCUS_HOME names "
                "another home."
            )
        if damage := unreadable(settings):
            raise DbtRuntimeError(f"{damage}; `locus run` builds it again")
        if get_flags().WHICH in BUILDS:
            try:
                check_still_as_read(settings)
            except LocusError as error:
                raise DbtRuntimeError(str(error)) from error

        # tables by survey year (macros/by_survey_year.sql) are made anew where this is another one
        self.code = f"{computing_code()} {get_flags().VARS}"

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """The version of the code and the run that started dbt, as variables of DuckDB's."""
        cursor.execute(f"set variable computing_code = {literal(self.code)}")
        cursor.execute(f"set variable locus_run = {literal(os.environ.get(RUN, ''))}")

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """LOCUS_THREADS, else all cores."""
        threads = Settings.from_environment().threads
        if threads:
            conn.execute(f"set threads = {threads}")
