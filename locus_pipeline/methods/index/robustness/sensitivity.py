"""Sensitivity: how much of the spread each choice makes.

Source: Saltelli et al. (2010), Variance based sensitivity analysis of model output, Computer
Physics Communications 181; OECD/JRC Handbook (2008), step 7. Design and estimators are SALib's."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from locus_pipeline.methods.index.tables import TABLES


def sobol_indices(
    model: Callable[[np.ndarray], np.ndarray],
    triggers: Sequence[str],
    targets: Sequence[str],
    runs: int,
    seed: int,
) -> pd.DataFrame:
    """First-order and total Sobol indices of each target for each trigger.

    `model` takes (runs, triggers) uniform numbers of 0-1 and gives (runs, targets); it is asked for
    (triggers + 2) x `runs` of them, `runs` a power of 2. Gives target, trigger, first_order, total
    and their 95 % bootstrap intervals (_low, _high); NaN for a target that never varies.
    """
    from SALib.sample import sobol as design

    problem = {
        "num_vars": len(triggers),
        "names": list(triggers),
        "bounds": [[0.0, 1.0]] * len(triggers),
    }
    uniform = design.sample(problem, runs, calc_second_order=False, seed=seed)
    outcomes = np.reshape(model(uniform), (len(uniform), len(targets)))
    parts = []
    for at, target in enumerate(targets):
        part = pd.DataFrame({"target": target, "trigger": list(triggers)})
        parts.append(part.assign(**_indices(problem, outcomes[:, at], seed)))
    columns = [name for name in TABLES["sensitivity"] if name != "period"]
    return pd.concat(parts, ignore_index=True)[columns]


def _indices(problem: dict[str, Any], outcome: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    if np.ptp(outcome) <= 1e-12 * np.abs(outcome).max():
        indices: Any = dict.fromkeys(("S1", "S1_conf", "ST", "ST_conf"), np.nan)
    else:
        from SALib.analyze import sobol as estimators

        indices = estimators.analyze(problem, outcome, calc_second_order=False, seed=seed)
    return {
        f"{name}{end}": indices[index] + sign * indices[f"{index}_conf"]
        for name, index in (("first_order", "S1"), ("total", "ST"))
        for end, sign in (("", 0), ("_low", -1), ("_high", 1))
    }
