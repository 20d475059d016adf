"""The Cluster Competitiveness Index: composite-index functions, from framework to profiles."""
