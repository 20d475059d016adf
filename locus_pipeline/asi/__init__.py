"""The Annual Survey of Industries as released: layouts, finder, reader, samples, block assets."""
