-- Open factories, added up by state and industry code as the return gives it.
{{ published_totals(
    'state_industry',
    keys=['state_code', 'cluster_code', 'nic_version', 'nic_code', 'assignment_rule'],
    columns=['nic_version', 'nic_code', 'state_code', 'state_name', 'cluster_code', 'assignment_rule']
) }}
