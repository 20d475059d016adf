"""Choosing clusters to develop: measures to points, shares and ranks, a list under quotas. Pure."""
