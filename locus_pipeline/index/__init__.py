"""The index of a home: reads its inputs, computes a period, stores and publishes its tables."""
