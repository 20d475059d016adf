-- Open factories of the whole country, added up by cluster and sector: rural or urban.
{{ published_totals(
    'sector_cluster',
    keys=['sector', 'cluster_code'],
    columns=['sector', 'cluster_code', 'cluster_name', 'cluster_type']
) }}
