"""Points of each measure of selection; see locus_pipeline.methods.selection.scores."""

from locus_pipeline.methods.selection.scores import measure_points


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    return measure_points(dbt.ref("int_selection_values").df(), dbt.ref("selection_measures").df())
