"""Priority region and poverty line of each object of selection; see
locus_pipeline.methods.selection.places."""

from locus_pipeline.methods.selection.places import places


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    return places(
        dbt.ref("int_selection_objects").df(),
        dbt.ref("priority_regions").df(),
        dbt.ref("priority_region_districts").df(),
        dbt.ref("int_poverty_lines").df(),
    )
