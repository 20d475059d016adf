"""Tables of the index: the columns and types of each, so that an empty edition is valid too.

Ranks never cross periods or bases: a table holds one basis, and the assets that store it add
`basis`, `method_version` and `is_synthetic`."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

KEYS = {"object_id": "str", "period": "str"}

# What `build_index` takes.
VALUES = {**KEYS, "parameter_code": "str", "value": "float64", "standard_error": "float64"}
CORRELATIONS = {
    **KEYS,
    "parameter_code": "str",
    "other_parameter_code": "str",
    "correlation": "float64",
    "degrees": "float64",
}
OBJECTS = {
    **KEYS,
    "sector": "str",
    "state_code": "str",
    "eligible": "bool",
    "failed_gates": "str",
    "missing": "str",
}

# What it gives.
TABLES: dict[str, dict[str, str]] = {
    "eligibility": {**KEYS, "eligible": "bool", "failed_gates": "str", "missing": "str"},
    "scores": {
        **KEYS,
        "score": "float64",
        "score_arithmetic": "float64",
        "score_best_light": "float64",
        "performance": "float64",
        "drivers": "float64",
        "rank": "Int64",
        "rank_median": "float64",
        "rank_p05": "float64",
        "rank_p95": "float64",
        "probability_top_quartile": "float64",
        "tier": "str",
        "completeness": "float64",
        # the median band is too wide for single ranks to be shown
        "is_tier_only": "bool",
        # why there is no rank: too_few_objects
        "rank_reason": "str",
    },
    # level: indicator, sub_pillar, pillar, index;
    # stage: raw, adjusted, treated, normalised, aggregated
    "stages": {**KEYS, "level": "str", "item": "str", "stage": "str", "value": "float64"},
    "contributions": {
        **KEYS,
        "parameter_code": "str",
        "pillar": "str",
        "weight": "float64",
        "normalised_value": "float64",
        "contribution": "float64",
        "contribution_arithmetic": "float64",
    },
    # a row for each sector with a median of its own, and one (sector empty) for all others
    "goalposts": {
        "period": "str",
        "parameter_code": "str",
        "sector": "str",
        "reference": "float64",
        "winsor_low": "float64",
        "winsor_high": "float64",
        "log_origin": "float64",
        "log_offset": "float64",
        "minimum": "float64",
        "maximum": "float64",
        "source": "str",
    },
    "screening": {
        "period": "str",
        "parameter_code": "str",
        "pillar": "str",
        "kept": "bool",
        "missing_share": "float64",
        "largest_share": "float64",
        # of what is normalised: distance of the goalposts over the median (over 1 where values are
        # logarithms; missing where natural bounds are the goalposts), and the share of the variance
        # between objects that is no sampling error (missing where no error is known)
        "relative_range": "float64",
        "reliability": "float64",
        # missing, no_variance, one_value, no_reference, no_real_variance, no_spread,
        # not_in_frozen_goalposts
        "reason": "str",
    },
    "weights": {
        "period": "str",
        "weight_set": "str",
        "level": "str",
        "item": "str",
        # share of the level above for pillars, of the whole for sub-pillars and indicators
        "nominal_weight": "float64",
        "effective_weight": "float64",
        "sd": "float64",
    },
    # target: mean_rank_shift, or an object whose score it is
    "sensitivity": {
        "period": "str",
        "target": "str",
        "trigger": "str",
        "first_order": "float64",
        "first_order_low": "float64",
        "first_order_high": "float64",
        "total": "float64",
        "total_low": "float64",
        "total_high": "float64",
    },
    "influence": {
        "period": "str",
        "parameter_code": "str",
        "mean_rank_shift": "float64",
        "variance_share": "float64",
    },
    "correlations": {
        "period": "str",
        "parameter_code": "str",
        "other_parameter_code": "str",
        "pillar": "str",
        "other_pillar": "str",
        "objects": "int64",
        "correlation": "float64",
        "flag": "str",
    },
    "reliability": {
        "period": "str",
        "pillar": "str",
        "item": "str",
        "statistic": "str",
        "value": "float64",
    },
    "pairs": {
        "period": "str",
        "object_id": "str",
        "other_object_id": "str",
        "probability_better": "float64",
    },
}


def table(name: str, rows: Sequence[Any] | pd.DataFrame = ()) -> pd.DataFrame:
    """`rows` as the table `name`: its columns in order, its types; empty without rows."""
    columns = TABLES[name]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all frames; without rows an empty frame."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
