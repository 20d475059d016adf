"""What computes a figure beside the models of dbt: pure functions over arrays and frames.

Nothing here knows Dagster, dbt, DuckDB or a home. What schedules, stores or draws is elsewhere.
"""
