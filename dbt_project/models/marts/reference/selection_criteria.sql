-- By what cluster_selection gives its points.
select
    criterion,
    criterion_name,
    parameter_code,
    one_point_at,
    two_points_at,
    more_is_more,
    false as is_synthetic
from {{ ref('selection_rules') }}
