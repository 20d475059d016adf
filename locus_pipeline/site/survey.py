"""The survey's totals and indicators as the pages ask for them, read once."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from locus_pipeline.site.measures import RATIOS, SPECIALISATION, TOTALS, Measure
from locus_pipeline.site.stars import STARS
from locus_pipeline.site.tables import PublishedTables, Row
from locus_pipeline.sql import identifier

Cells = dict[tuple[str, str], list[Row]]


class Survey:
    """Rows of clusters, states, and clusters in states, each by survey year."""

    def __init__(self, tables: PublishedTables):
        self._tables = tables

    @cached_property
    def years(self) -> list[str]:
        """Survey years, the oldest first."""
        rows = self._tables.rows("select distinct survey_year from cluster_year order by all")
        return [row["survey_year"] for row in rows]

    @property
    def newest(self) -> str:
        """The newest survey year."""
        return self.years[-1]

    @cached_property
    def clusters(self) -> dict[str, list[Row]]:
        """By cluster code, rows by survey year."""
        return grouped(
            self._totals("cluster_year", "cluster_code", "cluster_name", "cluster_type"),
            "cluster_code",
        )

    @cached_property
    def states(self) -> dict[str, list[Row]]:
        """By state code, rows by survey year."""
        return grouped(self._totals("state_year", "state_code", "state_name"), "state_code")

    @cached_property
    def cells(self) -> Cells:
        """By (state code, cluster code), rows by survey year: totals and indicators."""
        totals = _selected("totals", TOTALS)
        indicators = _selected("indicators", (*SPECIALISATION, *RATIOS))
        modelled = ", ".join(
            f"modelled.{measure}_modelled, modelled.{measure}_modelled_lower, "
            f"modelled.{measure}_modelled_upper"
            for measure in ("total_employees", "gross_value_added")
        )
        stars = ", ".join(
            f"indicators.{star}_star, indicators.{star}_star_hollow" for star in STARS
        )
        rows = self._tables.rows(
            f"""
            select totals.survey_year, totals.state_code, totals.state_name, totals.cluster_code,
                totals.cluster_name, totals.cluster_type, totals.factories_sampled,
                totals.factories_drawn, totals.not_estimable, totals.null_reason, {totals},
                indicators.definition_breaks, {stars}, {indicators}, {modelled},
                modelled.null_reason as modelled_null_reason,
                indicators.null_reason as indicator_null_reason
            from cluster_state_year as totals
            left join cluster_indicators as indicators
                using (survey_year, state_code, cluster_code)
            left join cluster_state_year_modelled as modelled
                using (survey_year, state_code, cluster_code)
            where totals.cluster_type <> 'unmapped'
            order by totals.survey_year, totals.cluster_name, totals.state_name
            """
        )
        cells: Cells = defaultdict(list)
        for row in rows:
            cells[row["state_code"], row["cluster_code"]].append(row)
        return dict(cells)

    @cached_property
    def newest_cells(self) -> list[Row]:
        """The cells of the newest survey year."""
        return [rows[-1] for rows in self.cells.values() if rows[-1]["survey_year"] == self.newest]

    @cached_property
    def state_names(self) -> dict[str, str]:
        """The newest name of each state."""
        return {code: rows[-1]["state_name"] for code, rows in self.states.items()}

    def cells_of_cluster(self, code: str) -> list[Row]:
        """The states of a cluster in the newest survey year, the most persons first."""
        return _largest(row for row in self.newest_cells if row["cluster_code"] == code)

    def cells_of_state(self, code: str) -> list[Row]:
        """The clusters of a state in the newest survey year, the most persons first."""
        return _largest(row for row in self.newest_cells if row["state_code"] == code)

    def _totals(self, table: str, *keys: str) -> list[Row]:
        kinds = "and cluster_type <> 'unmapped'" if "cluster_type" in keys else ""
        return self._tables.rows(
            f"""
            select survey_year, {", ".join(keys)}, factories_sampled, not_estimable, null_reason,
                {_selected(table, TOTALS)}
            from {identifier(table)}
            where {keys[0]} is not null {kinds}
            order by survey_year, {keys[1]}
            """
        )


def _selected(table: str, measures: tuple[Measure, ...]) -> str:
    return ", ".join(
        f"{identifier(table)}.{identifier(column)}" for m in measures for column in m.columns
    )


def grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """The rows by the value of a column, in their order."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _largest(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -(row["total_employees_estimated"] or 0))
