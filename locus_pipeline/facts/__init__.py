"""FACTS: parameters of clusters' competitiveness, from the survey and from rounds of collection."""
