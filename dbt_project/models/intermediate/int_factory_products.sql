-- Ex-factory value of what each factory made: the total row of block J, used alone.
select
    survey_year,
    factory_id,
    sum(ex_factory_value) as ex_factory_value
from {{ ref('stg_asi__block_j') }}
where role = 'total'
group by survey_year, factory_id
