"""The framework of an index: which indicators, in which sub-pillar and pillar, and which rules.

Source of the outline: Planning Commission, Productivity of industrial clusters (2012), sections 5.3
and 6.3, which name the topics; the choice and the tree are a proposal (seed `cci_framework`)."""

from dataclasses import dataclass
from typing import get_type_hints

import pandas as pd

PERFORMANCE = "performance"
# Rule of thumb of the Joint Research Centre: 30 to 40 indicators.
MOST_INDICATORS = 40


@dataclass(frozen=True)
class Means:
    """The power of the mean at each level: of the indicators of a sub-pillar, of the sub-pillars of
    a pillar, of the pillars of drivers, and of performance with drivers. 1 is arithmetic, 0
    geometric, -1 harmonic."""

    sub_pillar: float
    pillar: float
    drivers: float
    score: float


@dataclass(frozen=True)
class Rules:
    """Settings of the seed `cci_rules`, which describes each."""

    gate_association_years: float
    gate_association_members: float
    gate_association_staff: float
    gate_member_share: float
    gate_sampled_units: float
    gate_completeness: float
    gate_pillar_completeness: float
    gate_round_months: float
    screening_factories: float
    screening_error: float
    screen_missing: float
    screen_largest: float
    screen_range: float
    screen_reliability: float
    sub_pillar_coverage: float
    pillar_coverage: float
    sector_objects: float
    sector_ratio_floor: float
    skew_limit: float
    kurtosis_limit: float
    winsor_points: int
    log_offset: float
    goalpost_low: float
    goalpost_high: float
    goalpost_periods: int
    scale_low: float
    scale_high: float
    performance_share: float
    mean_sub_pillar: float
    mean_pillar: float
    mean_drivers: float
    mean_score: float
    light_low: float
    light_high: float
    weight_noise: float
    duplicate_correlation: float
    factor_objects: float
    ranked_objects: int
    runs: int
    run_draws: int
    imputations: int
    seed: int
    band_low: float
    band_high: float
    tier_probability: float
    band_width: float
    sobol_runs: int
    sobol_objects: int
    pair_objects: int

    @property
    def means(self) -> "Means":
        """The mean of each level."""
        return Means(self.mean_sub_pillar, self.mean_pillar, self.mean_drivers, self.mean_score)

    @classmethod
    def from_table(cls, rules: pd.DataFrame) -> "Rules":
        """From the rows (parameter, value) of the seed. KeyError where one is missing."""
        values = dict(zip(rules.parameter, rules.value, strict=True))
        kinds: dict[str, type] = get_type_hints(cls)
        return cls(**{name: kind(float(values[name])) for name, kind in kinds.items()})


@dataclass(frozen=True)
class Framework:
    """Indicators of one basis and method version.

    `indicators` is indexed by parameter_code in the order of the seed: pillar, sub_pillar, sign
    (1 where more is better, -1 where less is), sector_adjusted, natural_minimum, natural_maximum
    (NaN where the data give the goalposts).
    """

    basis: str
    method_version: str
    indicators: pd.DataFrame

    @classmethod
    def from_tables(
        cls, framework: pd.DataFrame, parameters: pd.DataFrame, basis: str, method_version: str
    ) -> "Framework":
        """From the seeds `cci_framework` and `facts_parameters`.

        ValueError names the indicators that break a rule: unknown to the parameters, without a
        direction, an outcome among the drivers or the reverse, half a natural bound, too many.
        """
        chosen = framework[
            (framework.basis == basis) & (framework.method_version == method_version)
        ].set_index("parameter_code")
        known = parameters.set_index("parameter_code")[["direction", "role"]]
        table = chosen.join(known)
        sign = table.direction.map({"up": 1.0, "down": -1.0})
        role = (table.pillar == PERFORMANCE).map({True: "outcome", False: "driver"})
        bounds = table[["natural_minimum", "natural_maximum"]].astype(float)
        broken = {
            "not in facts_parameters, or without a direction": sign.isna(),
            "role does not fit the pillar": table.role != role,
            "natural bounds need both ends, the lower first": bounds.isna().any(axis=1)
            & bounds.notna().any(axis=1)
            | (bounds.natural_minimum >= bounds.natural_maximum),
            "twice": pd.Series(table.index.duplicated(), table.index),
        }
        problems = [
            f"{', '.join(table.index[rows.to_numpy()])}: {what}"
            for what, rows in broken.items()
            if rows.any()
        ]
        pillars = set(table.pillar)
        if PERFORMANCE not in pillars or len(pillars) < 2:
            problems.append("an index needs performance and a pillar of drivers")
        if len(table) > MOST_INDICATORS:
            problems.append(f"{len(table)} indicators; at most {MOST_INDICATORS}")
        if problems:
            raise ValueError(
                f"Framework of {basis!r}, method version {method_version!r}: {'; '.join(problems)}."
            )
        columns = ["pillar", "sub_pillar", "sector_adjusted"]
        adjusted = table.sector_adjusted.astype(str).str.lower() == "true"
        return cls(
            basis,
            method_version,
            table[columns].assign(sector_adjusted=adjusted, sign=sign).join(bounds),
        )
