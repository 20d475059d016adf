"""Errors, small areas and concentration: pure functions over arrays."""
