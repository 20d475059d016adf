"""What SQL can't say well about the indicators: draws, graphs and matrices; pure functions that
Python models of the dbt project call."""
