"""Locus: industrial clusters of India from the Annual Survey of Industries."""

import os

# Before Dagster or dbt is imported, here or in a process that this one starts.
os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
