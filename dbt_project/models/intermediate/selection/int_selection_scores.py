"""Shares, ranks and lists of both lenses, for named clusters and for clusters in states; see
locus_pipeline.methods.selection.scores."""

from locus_pipeline.methods.selection.scores import scores


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    return scores(
        dbt.ref("int_selection_values").df(),
        dbt.ref("int_selection_objects").df(),
        dbt.ref("int_selection_places").df(),
        dbt.ref("selection_measures").df(),
        dbt.ref("int_selection_weights").df(),
        dbt.ref("int_selection_quotas").df(),
        dbt.ref("selection_settings").df(),
    )
