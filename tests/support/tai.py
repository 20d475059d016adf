"""The Technology Achievement Index as the Handbook prints it (tests/data/tai)."""

from pathlib import Path

import pandas as pd

DATA = Path(__file__).parents[1] / "data" / "tai"


def published(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv")


def _wide(name: str, rows: str, columns: str, values: str) -> pd.DataFrame:
    long = published(name)
    order = long[columns].drop_duplicates()
    return long.pivot(index=rows, columns=columns, values=values)[order]


GOALPOSTS = published("goalposts").set_index("indicator")
VALUES = _wide("values", "country", "indicator", "value")[GOALPOSTS.index]
RANKS = _wide("ranks", "country", "method", "rank").loc[VALUES.index]
