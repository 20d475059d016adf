"""One survey year in the writing: its returns, what its release asks, what it must add up to."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from locus_pipeline.asi.layout import Release, SurveyYear
from locus_pipeline.sample.asi.economy import Factories, stream
from locus_pipeline.sample.asi.official import targets
from locus_pipeline.sample.asi.rows import calibrated

# A single amount takes up no more than this share of what the narrowest amount column holds, so
# that totals, and values before taxes, fit too.
SHARE_OF_WIDTH = 0.2
WIDEST_CSV_AMOUNT = 14  # digits; the CSV releases follow record structures of that width


@dataclass(frozen=True)
class Survey:
    """What the blocks are filled in from; `counts` are the records wanted of each block."""

    year: SurveyYear
    release: Release
    factories: Factories
    counts: dict[str, int]
    seed: int

    def random(self, topic: str) -> np.random.Generator:
        """The year's random numbers of one topic."""
        return stream(self.seed, topic, self.year.survey_year)

    @cached_property
    def targets(self) -> dict[str, float]:
        """National totals in rupees and numbers, by the names of the published tables."""
        return targets(self.year.survey_year)

    @cached_property
    def columns(self) -> dict[str, set[str]]:
        """Block -> columns that the release keeps."""
        return {
            block.block: {column.name for column in block.columns}
            for block in self.release.blocks
            if block.code == block.block
        }

    @cached_property
    def limit(self) -> float:
        """The largest single amount, in rupees."""
        widths = [
            column.width
            for block in self.release.blocks
            for column in block.columns
            if column.start and column.name in ("ex_factory_value", "purchase_value", "closing")
        ]
        return SHARE_OF_WIDTH * 10.0 ** min(widths, default=WIDEST_CSV_AMOUNT)

    @property
    def prints_totals(self) -> bool:
        """To 2014-15 F7 and G7 are totals of items 1 to 6 and F4 is non-operating expenses."""
        return "total_expenses" in self.columns["f"]

    @property
    def counts_building_rents(self) -> bool:
        """From 2018-19 rents of buildings and own research are official output and input."""
        return self.year.survey_year >= "2018-19"

    @property
    def has_social_row(self) -> bool:
        """The panel of 2008-09 to 2015-16 has a row of block E for bonus and funds alone."""
        has_columns = "bonus" in self.columns["e"]
        return has_columns and self.year.row_scheme("e").serial("social_charges") is not None

    def first(self, number: int) -> np.ndarray:
        """Positions of the returns that fill in a block of so many, in file order."""
        return np.sort(self.factories.order[:number])

    @cached_property
    def producing(self) -> np.ndarray:
        """Positions of the returns with output and input."""
        return np.flatnonzero(self.factories.producing)

    def scaled(
        self, raw: np.ndarray, at: np.ndarray, total: float, least: float = 0.0
    ) -> np.ndarray:
        """Rupees in the proportions of `raw` that make up the national total over returns `at`."""
        return calibrated(raw, self.factories.total_weight[at], total, self.limit, least)

    def national(self, values: np.ndarray, at: np.ndarray) -> float:
        """The national total that values of the returns `at` make."""
        return float((self.factories.total_weight[at] * values).sum())
