-- The methodology's aggregation: open factories, added up by state and cluster.
{{ published_totals(
    'state_cluster',
    keys=['state_code', 'cluster_code'],
    columns=['state_code', 'state_name', 'cluster_code', 'cluster_name', 'cluster_type']
) }}
