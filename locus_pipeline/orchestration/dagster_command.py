"""Dagster's own command, which says in a sentence what it refuses and what failed.

A process of its own, started by `locus dagster`: signals are Dagster's there.
"""

import sys

import dagster as dg
from dagster._check import CheckError
from dagster._cli import ENV_PREFIX, cli

from locus_pipeline.errors import LocusError

RUNS = (["asset", "materialize"], ["job", "execute"])
CONFIG_OPTIONS = ("-c", "--config", "--config-json")
# Run config that names hearing.terminal; Dagster's own logger is the default.
TERMINAL = '{"loggers": {"console": {}}}'


def main(arguments: list[str]) -> None:
    """Run the command; what it says stays, but for stack traces that help nobody."""
    if arguments[:2] in RUNS and not any(given.startswith(CONFIG_OPTIONS) for given in arguments):
        arguments = [*arguments, "--config-json", TERMINAL]
    try:
        cli.main(arguments, prog_name="locus dagster", auto_envvar_prefix=ENV_PREFIX)
    except (dg.DagsterError, CheckError, LocusError) as error:
        sys.exit(str(error).removeprefix("Failure condition: ").strip())


if __name__ == "__main__":
    main(sys.argv[1:])
