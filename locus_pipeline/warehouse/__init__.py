"""The dbt project, what it reads beside the releases, and the one writer of the warehouse."""
