-- Which FACTS parameters the index is made of, and where each stands in it.
select
    method_version,
    basis,
    parameter_code,
    pillar,
    sub_pillar,
    sector_adjusted,
    natural_minimum,
    natural_maximum,
    false as is_synthetic
from {{ ref('cci_framework') }}
