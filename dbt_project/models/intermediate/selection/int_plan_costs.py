"""What developing the planned clusters takes, by line, payer and year; see
locus_pipeline.methods.selection.plan."""

from locus_pipeline.methods.selection.plan import Tariff, costs


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    tariff = Tariff(
        dbt.ref("plan_lines").df(),
        dbt.ref("plan_sizes").df(),
        dbt.ref("resource_requirements").df(),
        dbt.ref("contribution_rules").df(),
    )
    return costs(dbt.ref("int_plan_clusters").df(), dbt.ref("int_plan_own_costs").df(), tariff)
