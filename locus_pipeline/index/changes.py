"""What became of the objects since the period before, and by another version of the method."""

import pandas as pd

from locus_pipeline.index.store import Edition, Store
from locus_pipeline.methods.index import comparison
from locus_pipeline.methods.index.ranking import (
    bridge_without_ranks,
    changes_without_ranks,
    why_unranked,
)


def changes_and_bridge(
    edition: Edition, scores: pd.DataFrame, draws: pd.DataFrame, store: Store
) -> dict[str, pd.DataFrame]:
    """Change since the period before, and what another method does to this very period."""
    earlier = [period for period in store.periods() if period < edition.period]
    changes = bridge = None
    if earlier:
        before = store.read("scores", earlier[-1])
        has_drawn = store.has("draws", earlier[-1])
        drawn = store.read("draws", earlier[-1]) if has_drawn else None
        changes = comparison.changes(
            before, scores,
            draws_before=drawn if drawn is not None and len(drawn) == len(draws) else None,
            draws_after=draws if drawn is not None and len(drawn) == len(draws) else None,
        )  # fmt: skip
        changes = changes_without_ranks(changes, why_unranked(before, scores))
    current = store.current(edition.period)
    if current and current.method_version != edition.method_version:
        replaced = store.read("scores", edition.period)
        bridge = comparison.method_bridge(
            replaced, scores, current.method_version, edition.method_version
        )
        bridge = bridge_without_ranks(bridge, why_unranked(replaced, scores))
    empty = pd.DataFrame()
    return {
        "changes": empty if changes is None else changes,
        "bridge": empty if bridge is None else bridge,
    }
