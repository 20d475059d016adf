"""The models of the index over all periods so far: what goes with its scores, and what weighs."""

import numpy as np
import pandas as pd

from locus_pipeline.index.inputs import Inputs
from locus_pipeline.index.store import Edition, Store
from locus_pipeline.methods.index.build import Index
from locus_pipeline.methods.index.models import econometrics

MODELS = {
    "model": {**econometrics.COEFFICIENTS, "period": "str", "reason": "str"},
    "model_weights": {**econometrics.WEIGHTS, "period": "str", "reason": "str"},
    "model_admission": {**econometrics.ADMISSION, "period": "str"},
}
# Parameters of the models' outcomes and controls.
PRODUCTIVITY, VALUE_ADDED = "CV04", "CP08"


def fitted_models(
    edition: Edition, index: Index, inputs: Inputs, store: Store
) -> dict[str, pd.DataFrame]:
    """Association, growth and weights over all periods up to this one; the screening edition has
    too few pillars of drivers for weights, and says so."""
    stages = [index.stages, *(
        store.read("stages", period) for period in store.periods() if period < edition.period
    )]  # fmt: skip
    scored = pd.concat(stages, ignore_index=True)
    scored = scored[scored.level.isin(["pillar", "index"])]
    panel = scored.pivot(index=["object_id", "period"], columns="item", values="value")
    pillars = [
        name for name in scored.item[scored.level == "pillar"].unique() if name != "performance"
    ]
    if panel.empty:
        reason = "no object has a score"
        return {
            "model": _said("model", reason, edition.period),
            "model_weights": _said("model_weights", reason, edition.period),
            "model_admission": pd.DataFrame(),
        }
    values = inputs.values[inputs.values.parameter_code.isin([PRODUCTIVITY, VALUE_ADDED])].pivot(
        index=["object_id", "period"], columns="parameter_code", values="value"
    )
    objects = inputs.objects.set_index(["object_id", "period"])
    panel = panel.join(values.reindex(columns=[PRODUCTIVITY, VALUE_ADDED])).join(
        objects[["sector", "state_code", "persons", "age", "capital_per_person"]]
    )
    logs = {
        "ln_productivity": PRODUCTIVITY,
        "ln_gva": VALUE_ADDED,
        "ln_persons": "persons",
        "ln_capital_per_person": "capital_per_person",
    }
    for name, column in logs.items():
        panel[name] = np.log(panel[column].where(panel[column] > 0))
    panel = panel.reset_index()
    association = econometrics.association(panel, pillars)
    growth = econometrics.predictive_validity(panel)
    weights = econometrics.shrunk_weights(panel, pillars)
    said = [
        estimate.table.assign(reason="", period=edition.period)
        if len(estimate.table)
        else _said("model", estimate.reason, edition.period, model=name)
        for name, estimate in (("association", association), ("growth", growth))
    ]
    return {
        "model": pd.concat(said, ignore_index=True),
        "model_weights": weights.weights.assign(reason="", period=edition.period)
        if len(weights.weights)
        else _said("model_weights", weights.reason, edition.period),
        "model_admission": weights.admission.assign(period=edition.period),
    }


def _said(table: str, reason: str, period: str, **known: str) -> pd.DataFrame:
    """One row that says why there are no others."""
    columns = MODELS[table]
    empty = {
        name: 0 if kind == "int64" else np.nan if kind == "float64" else ""
        for name, kind in columns.items()
    }
    return pd.DataFrame([empty | {"reason": reason, "period": period} | known])
