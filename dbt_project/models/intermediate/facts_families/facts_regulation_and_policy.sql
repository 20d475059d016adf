-- Family 5 of the FACTS dictionary.
select * from {{ ref('facts_dictionary') }}
where family_code = '5'
