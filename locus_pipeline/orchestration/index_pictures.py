"""Small pictures of an edition of the index, for the metadata that Dagster's page shows."""

from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import pandas as pd

from locus_pipeline.index.store import Edition
from locus_pipeline.orchestration.pictures import DOTS_PER_INCH, as_markdown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 15
BLUE = "#2a6f97"


def rank_bands(scores: pd.DataFrame, edition: Edition) -> dg.MarkdownMetadataValue | None:
    """Median rank and the middle 90 % of the runs, of the best by median; None without runs."""
    shown = scores.dropna(subset=["rank_median"]).sort_values(["rank_median", "object_id"])
    if shown.empty:
        return None
    shown = shown.head(SHOWN)
    figure, axes = _axes(len(shown))
    places = np.arange(len(shown))
    axes.hlines(places, shown.rank_p05, shown.rank_p95, color=BLUE, linewidth=4, alpha=0.4)
    axes.plot(shown.rank_median, places, "o", color=BLUE, markersize=4)
    axes.set_yticks(places, shown.object_id)
    axes.invert_yaxis()
    return _markdown(figure, "Rank: median and 90 % band of the runs", edition)


def contribution_bars(
    contributions: pd.DataFrame, scores: pd.DataFrame, edition: Edition
) -> dg.MarkdownMetadataValue | None:
    """What each pillar adds to the scores of the highest; None without scores."""
    if contributions.empty:
        return None
    best = scores.sort_values("score", ascending=False).object_id.head(SHOWN)
    wide = contributions.pivot_table(
        index="object_id", columns="pillar", values="contribution", aggfunc="sum"
    ).loc[best]
    figure, axes = _axes(len(wide))
    left = np.zeros(len(wide))
    for pillar in wide:
        axes.barh(range(len(wide)), wide[pillar], left=left, label=str(pillar).replace("_", " "))
        left += wide[pillar].to_numpy()
    axes.set_yticks(range(len(wide)), wide.index)
    axes.invert_yaxis()
    axes.legend(fontsize=5, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.12))
    return _markdown(figure, "Score by pillar", edition)


def correlation_map(
    correlations: pd.DataFrame, edition: Edition
) -> dg.MarkdownMetadataValue | None:
    """Correlations between indicators; None where there are none."""
    if correlations.empty:
        return None
    codes = list(dict.fromkeys([*correlations.parameter_code, *correlations.other_parameter_code]))
    wide = pd.DataFrame(np.eye(len(codes)), index=codes, columns=codes)
    pairs = correlations[["parameter_code", "other_parameter_code", "correlation"]]
    for code, other, correlation in pairs.to_numpy():
        wide.loc[code, other] = wide.loc[other, code] = correlation
    figure, axes = _axes(len(codes))
    image = axes.imshow(wide, cmap="RdBu", vmin=-1, vmax=1)
    axes.set_xticks(range(len(codes)), codes, rotation=90)
    axes.set_yticks(range(len(codes)), codes)
    figure.colorbar(image, shrink=0.7).ax.tick_params(labelsize=5)
    return _markdown(figure, "Correlations between indicators", edition)


def _axes(rows: int):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 0.8 + 0.16 * rows), dpi=DOTS_PER_INCH, layout="tight")
    axes = figure.add_subplot()
    axes.tick_params(labelsize=5)
    return figure, axes


def _markdown(figure: "Figure", title: str, edition: Edition) -> dg.MarkdownMetadataValue:
    mark = "SYNTHETIC\nNOT A RANKING" if edition.is_synthetic else ""
    return as_markdown(figure, f"{title}, {edition.period}", mark)
