"""The assets, in the order of the road: survey, rounds, warehouse, index, edition."""
