-- Open factories, added up by district and cluster, in releases that name the district.
{{ published_totals(
    'district_cluster',
    keys=['state_code', 'district_code', 'cluster_code'],
    columns=[
        'state_code', 'state_name', 'district_code', 'cluster_code', 'cluster_name', 'cluster_type',
    ]
) }}
