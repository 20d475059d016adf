"""The Annual Survey of Industries as released: layouts, finder, reader, checks."""
