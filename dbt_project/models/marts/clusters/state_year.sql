-- Open factories of all industries, added up by state.
{{ published_totals(
    'state',
    keys=['state_code'],
    columns=['state_code', 'state_name']
) }}
