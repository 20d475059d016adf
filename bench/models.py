"""dbt's models up to one, built anew in a home that was run.

python -m bench.models HOME SELECTION
"""

import sys
from pathlib import Path

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.dbt import run_dbt, target_folder


def main() -> None:
    """To its end; exits as dbt does."""
    settings = Settings.from_environment(Path(sys.argv[1]))
    done = run_dbt(
        settings, "run", "--full-refresh", "--select", sys.argv[2], target=target_folder(settings)
    )
    print(done.stdout)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
