"""Tables that the user keeps beside the releases: benchmark clusters, deflators, the registry.

All are optional CSV files below LOCUS_HOME. One loader reads them: `sheet` finds lines and cells
in a file, `cells` says what a cell may hold, `table` what a table is, `tables` declares each one,
`load` checks them and writes them as typed Parquet for dbt. What is wrong is told by file, line and
column with what to give; nothing of a row is repeated.
"""
