"""Rounds of FACTS, the Framework To Assess Competitiveness of Spatial Agglomerations."""
