"""Up to ten clusters, states or cells side by side."""

import json

from locus_pipeline.site.contents import Page
from locus_pipeline.site.measures import RATIOS, SPECIALISATION, TOTALS, Measure, figure_of
from locus_pipeline.site.parts import cell_page, cluster_page, state_page
from locus_pipeline.site.survey import Survey
from locus_pipeline.site.tables import Row


def compare_page(survey: Survey) -> Page:
    """The page on which a reader chooses; its rows are in static/compared.js."""
    return Page(
        address="compare.html",
        title="Compare",
        kind="tool",
        lead=(
            "Choose up to ten clusters, states, or clusters in a state, in survey year "
            f"{survey.newest}."
        ),
        template="compare.html",
        scripts=["compared.js", "compare.js"],
    )


def compared_script(survey: Survey) -> str:
    """static/compared.js: what can be compared, with figures as they read and exact."""
    totals, all_measures = TOTALS, (*TOTALS, *SPECIALISATION, *RATIOS)
    rows = [
        *(
            _entry(row, f"{row['cluster_name']}", cluster_page(row["cluster_code"]), totals)
            for row in _now(survey.clusters.values(), survey.newest)
        ),
        *(
            _entry(row, row["state_name"], state_page(row["state_code"]), totals)
            for row in _now(survey.states.values(), survey.newest)
        ),
        *(
            _entry(
                row,
                f"{row['cluster_name']} in {row['state_name']}",
                cell_page(row["state_code"], row["cluster_code"]),
                all_measures,
            )
            for row in survey.newest_cells
        ),
    ]
    compared = {"measures": [measure.label for measure in all_measures], "rows": rows}
    text = json.dumps(compared, ensure_ascii=False, separators=(",", ":"))
    return f"window.LOCUS_COMPARED = {text};\n"


def _now(groups, newest: str) -> list[Row]:
    return [rows[-1] for rows in groups if rows[-1]["survey_year"] == newest]


def _entry(row: Row, name: str, page: str, measures: tuple[Measure, ...]) -> list[object]:
    figures = [figure_of(row, measure) for measure in measures]
    return [name, page, [[f.text or f.reason, f.exact, f.interval, f.flag] for f in figures]]
