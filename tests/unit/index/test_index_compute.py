"""Two periods from inputs to stored tables, without a warehouse: pages, changes, models."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from locus_pipeline.index.compute import OF_EACH_PERIOD, compute, edition_of, goalposts
from locus_pipeline.index.inputs import Inputs, Method, _described
from locus_pipeline.index.store import Store
from locus_pipeline.reference import reference_path
from locus_pipeline.settings import Settings
from tests.support.cci_inputs import (
    PARAMETERS_SEED,
    RULES,
    framework,
    invented_objects,
    invented_values,
)

PERIODS = ("2024", "2025")
OBJECTS = 24


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, dict[str, pd.DataFrame]]:
    """The tables of each period."""
    of = framework()
    rules = replace(RULES, runs=200, run_draws=20, winsor_points=1, imputations=5, sobol_runs=16)
    names = PARAMETERS_SEED[["parameter_code", "parameter_name"]].set_axis(
        ["item", "name_en"], axis=1
    )
    interventions = pd.read_csv(reference_path("cci_intervention_map")).fillna("")
    method = Method(of, rules, names.assign(name_hi=""), interventions)
    objects = pd.concat(
        [invented_objects(OBJECTS, period) for period in PERIODS], ignore_index=True
    )
    values = pd.concat(
        [
            invented_values(group, of, seed=int(period))
            for period, group in objects.groupby("period", sort=True)
        ],
        ignore_index=True,
    )
    random = np.random.default_rng(5)
    objects = objects.assign(
        object_name=objects.object_id.str.upper(),
        is_synthetic=False,
        persons=random.lognormal(8, 1, len(objects)),
        capital_per_person=random.lognormal(3, 1, len(objects)),
    )
    inputs = Inputs(
        values,
        _described(objects),
        {period: f"Made {period}" for period in PERIODS},
        {period: [period] for period in PERIODS},
    )
    frozen = goalposts(inputs, method)
    store = Store(Settings(tmp_path_factory.mktemp("home")), of.basis)
    computed, ids = {}, []
    for period in PERIODS:
        edition = edition_of(inputs, period, method, frozen, ids)
        edition_computed = compute(edition, inputs, method, frozen, store)
        ids.append(
            store.write(
                edition_computed.edition, edition_computed.tables, edition_computed.draws
            ).edition_id
        )
        computed[period] = edition_computed.tables
    return computed


@pytest.mark.parametrize("period", PERIODS)
def test_every_table_has_its_columns_and_types(tables, period):
    for name, columns in OF_EACH_PERIOD.items():
        types = {column: str(kind) for column, kind in tables[period][name].dtypes.items()}
        assert types == columns, name


def test_every_scored_object_has_a_page_and_its_peers(tables):
    for period in PERIODS:
        scored = set(tables[period]["scores"].object_id)
        assert len(scored) == OBJECTS
        assert set(tables[period]["profiles"].object_id) == scored
        assert set(tables[period]["peer_statistics"].object_id) == scored


def test_changes_are_since_the_period_before(tables):
    assert tables["2024"]["changes"].empty
    assert set(tables["2025"]["changes"].object_id) == set(tables["2025"]["scores"].object_id)
    # one version of the method: no bridge between two
    assert all(tables[period]["bridge"].empty for period in PERIODS)


def test_models_say_what_they_lack(tables):
    for period in PERIODS:
        model, weights = tables[period]["model"], tables[period]["model_weights"]
        assert set(model.model) >= {"association", "growth"}
        assert (model.reason.eq("") | model.estimate.isna()).all()
        assert len(weights) and not tables[period]["model_admission"].empty
