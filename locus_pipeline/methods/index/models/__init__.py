"""Statistical models over the indicators: regressions, factors, reliability."""
