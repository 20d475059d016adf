"""Locus: industrial clusters of India from the Annual Survey of Industries."""
