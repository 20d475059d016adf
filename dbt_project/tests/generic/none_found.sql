{# Records of some kinds in `record_quality`, by kind, year and block. A kind that was looked for nowhere
   is a row too: a test that looks at nothing must not pass. #}
{% test none_found(model, kinds) %}
select kind as rule, 'records' as of_columns, survey_year || ', block ' || block as standing
from {{ model }}
where kind in ('{{ kinds | join("', '") }}') and records > 0
{% for kind in kinds %}
union all
select '{{ kind }}' as rule, 'records' as of_columns, 'looked for nowhere' as standing
where not exists (select 1 from {{ model }} where kind = '{{ kind }}')
{% endfor %}
{% endtest %}
