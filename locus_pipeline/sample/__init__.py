"""Synthetic releases of the survey and rounds; nothing but the command line and tests uses them."""
