-- Open factories of the whole country, added up by cluster.
{{ published_totals(
    'cluster',
    keys=['cluster_code'],
    columns=['cluster_code', 'cluster_name', 'cluster_type']
) }}
