"""The kinds of charts, as Vega-Lite made with Altair.

A page holds the rows of its charts and the words of their axes; how each kind is drawn is written
once for the whole site (static/charts.js). A title is `title:<key>` here and a word on the page.
"""

import json
from typing import Any

import altair as alt

ACCENT = "#0b5c6b"
PALE = "#9fc3ca"
FONT = "Noto Sans, Noto Sans Devanagari, system-ui, sans-serif"
# Vega's own short numbers are thousands and millions; axes say lakh and crore.
AXIS_WORDS = (
    "abs(datum.value) >= 1e12 ? format(datum.value / 1e12, ',.3~r') + ' lakh crore'"
    " : abs(datum.value) >= 1e7 ? format(datum.value / 1e7, ',.3~r') + ' crore'"
    " : abs(datum.value) >= 1e5 ? format(datum.value / 1e5, ',.3~r') + ' lakh'"
    " : format(datum.value, ',')"
)
# as wide as the page; as high as the chart says
AUTOSIZE = alt.AutoSizeParams(type="fit-x", contains="padding")
TOOLTIP = [alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title=" ")]


def chart_kinds() -> dict[str, dict[str, Any]]:
    """Vega-Lite specifications by kind, without data.

    Rows: `over_time` has position, name, value, low, high, text; `ranking` name, value, low, high,
    text, page and optionally hollow; `scatter` name, x, y, size, group, text, page.
    """
    return {
        "over_time": _specification(_over_time(), 260),
        "ranking": _specification(_ranking(), alt.Step(21)),
        "scatter": _specification(_scatter(), 380),
    }


def _over_time() -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("name:O", sort=None, title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True))
    )
    value = alt.Y("value:Q", title="title:y", axis=alt.Axis(labelExpr=AXIS_WORDS))
    return alt.layer(
        base.mark_rule(strokeWidth=6, color=PALE).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(color=ACCENT).encode(y=value),
        base.mark_point(color=ACCENT, filled=True, size=55).encode(y=value, tooltip=TOOLTIP),
    )


def _ranking() -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=220))
    )
    value = alt.X("value:Q", title="title:x", axis=alt.Axis(labelExpr=AXIS_WORDS, tickCount=5))
    return alt.layer(
        base.mark_bar(color=PALE, cursor="pointer").encode(x=value, tooltip=TOOLTIP),
        base.mark_rule(color=ACCENT, strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q"),
    )


def _scatter() -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X(
            "x:Q",
            title="title:x",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(labelExpr=AXIS_WORDS, tickCount=5),
        ),
        y=alt.Y(
            "y:Q",
            title="title:y",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(labelExpr=AXIS_WORDS, tickCount=5),
        ),
    )
    points = base.mark_point(filled=True, size=80, opacity=0.75, cursor="pointer", color=ACCENT)
    return alt.layer(
        points.encode(tooltip=TOOLTIP),
        base.transform_filter("datum.named")
        .mark_text(align="left", dx=7, fontSize=11, limit=110)
        .encode(text="name:N"),
    )


def _specification(chart: alt.LayerChart | alt.FacetChart, height: Any) -> dict[str, Any]:
    drawn = (
        chart.properties(
            width="container",
            height=height,
            autosize=AUTOSIZE,
        )
        .configure(font=FONT, background="transparent")
        .configure_axis(
            labelColor="#33424f",
            titleColor="#33424f",
            gridColor="#e4e9ed",
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
        )
        .configure_view(stroke=None)
    )
    specification = drawn.to_dict()
    specification.pop("$schema", None)
    return specification


def charts_script() -> str:
    """static/charts.js: the kinds, for the pages' script."""
    return f"window.LOCUS_CHARTS = {json.dumps(chart_kinds(), sort_keys=True)};\n"
