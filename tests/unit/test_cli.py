"""The command answers at once where it has nothing to compute."""

import subprocess
import sys

SLOW_TO_LOAD = ("dagster", "duckdb", "matplotlib", "numpy", "openpyxl", "pandas", "scipy")


def test_help_loads_nothing_that_takes_seconds():
    code = "import sys; import locus_pipeline.cli; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {*SLOW_TO_LOAD} & {*ended.stdout.split()}


def test_looking_for_changes_loads_no_dagster_and_no_statistics():
    code = "import sys; import locus_pipeline.orchestration.changes; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"dagster", "matplotlib", "statsmodels", "scipy.stats"} & {*ended.stdout.split()}
