"""What dbt-duckdb asks before it opens the warehouse: where is it, is this home ready for the
command, how much memory and how many threads may it use?

profiles.yml names this module and knows no home, so that what dbt parsed serves all of them. It
tells the models by which version of the code they compute.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
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
    """Says in a sentence what is missing; changes nothing of the home."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Raises DbtRuntimeError, which dbt shows without a traceback."""
        home = os.environ.get("LOCUS_HOME", "")
        if home and not Path(home).is_absolute():
            raise DbtRuntimeError(f"LOCUS_HOME is {home}; give it as a whole path to dbt")
        settings = Settings.from_environment()
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

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """The warehouse of LOCUS_HOME, its folder for spilling, LOCUS_MEMORY_LIMIT."""
        settings = Settings.from_environment()
        creds.path = str(settings.warehouse)
        config["memory_limit"] = settings.memory_limit
        config["temp_directory"] = str(settings.temporary)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """LOCUS_THREADS, else all cores."""
        threads = Settings.from_environment().threads
        if threads:
            conn.execute(f"set threads = {threads}")
