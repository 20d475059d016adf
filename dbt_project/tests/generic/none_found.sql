{# Records of a kind in `record_quality`, by year and block. Where the kind was looked for nowhere, that
   is a row too: a test that looks at nothing must not pass. #}
{% test none_found(model, kind) %}
select survey_year, block, records
from {{ model }}
where kind = '{{ kind }}' and records > 0
union all
select 'none' as survey_year, 'none' as block, 0 as records
where not exists (select 1 from {{ model }} where kind = '{{ kind }}')
{% endtest %}
