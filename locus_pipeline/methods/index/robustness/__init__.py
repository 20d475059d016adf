"""How sure the index is: other weights, other methods, other draws of the same data."""
