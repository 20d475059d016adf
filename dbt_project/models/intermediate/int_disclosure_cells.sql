-- Cells of the published tables for disclosure control, and which of them must be hidden by themselves.
with years as (
    {{ controlled_years() }}
),

factories as (
    select
        open_factories.*,
        open_factories.nic_version || '/' || open_factories.nic_code || '/'
        || open_factories.assignment_rule as industry
    from {{ ref('int_open_factory') }} as open_factories
    inner join years on open_factories.survey_year = years.survey_year
    where years.is_controlled
)

{{ disclosure_cells('factories', 'cell', ['state_code', 'cluster_code']) }}
union all
{{ disclosure_cells('factories', 'state', ['state_code']) }}
union all
{{ disclosure_cells('factories', 'cluster', ['cluster_code']) }}
union all
{{ disclosure_cells('factories', 'industry', ['state_code', 'cluster_code', 'industry']) }}
