"""The dbt project as Dagster assets, and the one writer of the warehouse."""
