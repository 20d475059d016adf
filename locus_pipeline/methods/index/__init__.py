"""The Cluster Competitiveness Index: composite-index functions, models, uncertainty, assets."""
