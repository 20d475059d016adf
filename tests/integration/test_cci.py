"""The index through the whole road: two bases that never mix, frozen goalposts, editions that are
superseded and never overwritten, and no ranking from invented data."""

from dataclasses import replace
from datetime import date

import dagster as dg
import duckdb
import pandas as pd
import pytest

from locus_pipeline.files import read_parquet
from locus_pipeline.index.compute import OF_EACH_PERIOD, compute, edition_of, goalposts
from locus_pipeline.index.inputs import FACTS, MODELS, SCREENING, read_facts, read_method
from locus_pipeline.index.published import columns_of, write_published
from locus_pipeline.index.seal import descriptions
from locus_pipeline.index.store import Store
from locus_pipeline.orchestration.assets.index import INDEX, PROPER, unsound_in
from locus_pipeline.settings import Settings
from tests.conftest import SAMPLE_YEARS
from tests.support.lineage import ancestors, manifest_of

# Of the survey's assets, code lists alone may stand above the index proper.
CODE_LISTS = {"reference", "definitions"}


def above(graph, keys) -> set[str]:
    return {
        ancestor.to_user_string() for key in keys for ancestor in graph.get_ancestor_asset_keys(key)
    }


def survey_assets(graph) -> set[str]:
    """Everything that rests on a release of the survey."""
    return {
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if "asi_release" in above(graph, [key])
    } | {"asi_release"}


def test_the_index_proper_has_no_survey_above_it(make_home):
    graph = make_home("proper").definitions.resolve_asset_graph()
    assert above(graph, PROPER) & survey_assets(graph) == set()
    groups = {graph.get(dg.AssetKey(name)).group_name for name in above(graph, PROPER)}
    assert groups <= {"rounds", "facts", "index"} | CODE_LISTS


def test_the_walk_finds_an_edge_from_the_survey(make_home):
    definitions = make_home("edge").definitions
    assets = [
        asset.map_asset_specs(
            lambda spec: (
                spec.merge_attributes(deps=["cluster_state_year"]) if spec.key in PROPER else spec
            )
        )
        if isinstance(asset, dg.AssetsDefinition)
        else asset
        for asset in definitions.assets
    ]
    graph = dg.Definitions(assets=assets, resources=definitions.resources).resolve_asset_graph()
    assert above(graph, PROPER) & survey_assets(graph) >= {"asi_block_a", "cluster_state_year"}


def test_dbt_keeps_the_survey_out_of_what_the_index_proper_reads(compiled):
    manifest = manifest_of(compiled)
    for model in MODELS[FACTS]:
        survey = {
            node for node in ancestors(manifest, model) if node.startswith("source.locus.asi.")
        }
        assert survey == set(), model
    for model in MODELS[SCREENING]:
        nodes = ancestors(manifest, model)
        assert any(node.startswith("source.locus.asi.") for node in nodes), model
        assert not any(node.startswith("source.locus.facts.") for node in nodes), model


def test_a_survey_edge_in_the_manifest_is_found(compiled):
    manifest = manifest_of(compiled)
    manifest["parent_map"]["model.locus.facts_gate_inputs"].append("source.locus.asi.edition")
    assert "source.locus.asi.edition" in ancestors(manifest, "facts_gate_inputs")


def test_every_published_column_is_described(built_home):
    known = descriptions()
    for table in known["tables"]:
        columns = [
            (name, comment)
            for name, comment in built_home.query(
                "select column_name, comment from duckdb_columns() where table_name = ? "
                "order by column_index",
                [table],
            )
        ]
        assert [name for name, _ in columns] == list(columns_of(table)), table
        assert all(comment == known["columns"][name] for name, comment in columns), table
    used = {name for table in known["tables"] for name in columns_of(table)}
    assert used == set(known["columns"])


def test_bases_never_mix(built_home):
    periods = dict(
        built_home.query(
            "select basis, string_agg(distinct period, ',') from cci_scores group by 1"
        )
    )
    assert set(periods) == {FACTS, SCREENING}
    assert set(periods[SCREENING].split(",")) <= set(SAMPLE_YEARS)
    for table in ("cci_scores", "cci_stages", "cci_eligibility", "cci_weights"):
        (unlabelled,) = built_home.query(
            f"select count(*) from {table} where basis is null or label is null "
            "or is_synthetic is null"
        )[0]
        assert unlabelled == 0, table
    assert built_home.query(
        "select distinct data_basis, object_type from facts_metrics order by 1, 2"
    ) in (
        [("asi_derived", "state_cluster"), ("facts_fresh", "named_cluster")],
        [
            ("asi_derived", "district_cluster"),
            ("asi_derived", "state_cluster"),
            ("facts_fresh", "named_cluster"),
        ],
    )


def test_invented_data_makes_no_ranking(built_home):
    rows = built_home.query("select rank, tier, rank_reason, label, is_synthetic from cci_scores")
    assert len(rows) > 50
    for rank, tier, reason, label, synthetic in rows:
        assert (rank, tier, synthetic) == (None, "", True)
        assert reason == "SYNTHETIC - NOT A RANKING"
        assert label.startswith("SYNTHETIC - NOT A RANKING. ")
    assert built_home.query("select distinct state from cci_editions") == [("draft",)]


def test_no_table_of_invented_data_has_a_rank(built_home):
    columns = built_home.query(
        "select table_name, column_name from duckdb_columns() where table_name like 'cci_%' "
        "and regexp_matches(column_name, '^rank(_before|_after|_change|_low|_high)?$')"
    )
    assert {"cci_scores", "cci_peer_statistics", "cci_bridge"} <= {table for table, _ in columns}
    for table, column in columns:
        assert built_home.query(f"select count({column}) from {table}") == [(0,)], (table, column)
    of_rank = built_home.query(
        "select count(*), count(before), count(change), min(null_reason), max(null_reason) "
        "from cci_changes where measure = 'rank'"
    )
    assert of_rank[0][0] > 0
    assert of_rank[0][1:] == (0, 0, "SYNTHETIC - NOT A RANKING", "SYNTHETIC - NOT A RANKING")


def test_the_labels_say_which_basis_it_is(built_home):
    labels = dict(built_home.query("select distinct basis, label from cci_scores"))
    assert "no ASI data used" in labels[FACTS]
    assert "not the CCI" in labels[SCREENING]


def test_every_named_cluster_has_a_verdict_and_only_the_eligible_a_score(built_home):
    rows = built_home.query(
        """
        select gate.eligible, gate.failed_gates, gate.missing, scores.score
        from cci_eligibility as gate left join cci_scores as scores
            using (basis, object_id, period)
        where gate.basis = 'facts'
        """
    )
    assert len(rows) == 120
    for eligible, failed, missing, score in rows:
        assert eligible == (failed == "") == (missing == "") == (score is not None)
    gates = {gate for _, failed, *_ in rows for gate in failed.split(";") if gate}
    assert gates >= {"G1", "G3", "G4", "G5"}


def test_contributions_add_up_to_the_score(built_home):
    rows = built_home.query(
        """
        select scores.score, sum(parts.contribution) from cci_scores as scores
        inner join cci_contributions as parts using (basis, object_id, period)
        group by scores.basis, scores.object_id, scores.period, scores.score
        """
    )
    assert rows
    assert all(score == pytest.approx(total, rel=1e-9) for score, total in rows)


def test_every_stage_can_be_followed(built_home):
    stages = built_home.query(
        "select stage, count(*) from cci_stages where basis = 'facts' group by 1"
    )
    counts = dict(stages)
    assert counts["raw"] == counts["adjusted"] == counts["treated"] == counts["normalised"] > 0
    assert counts["aggregated"] > 0


def test_change_between_rounds_is_the_sum_of_its_parts(built_home):
    rows = built_home.query(
        """
        select change, data_effect, coverage_effect, method_effect from cci_changes
        where basis = 'facts' and change is not null
        """
    )
    assert rows
    assert all(change == data + coverage + method for change, data, coverage, method in rows)


def test_pages_are_in_both_languages(built_home):
    rows = built_home.query("select text_en, text_hi from cci_profiles where basis = 'facts'")
    assert rows
    assert all(english and hindi for english, hindi in rows)


@pytest.fixture(scope="module")
def warehouse(built_home):
    with duckdb.connect(str(built_home.settings.warehouse), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def method(warehouse):
    as_released = read_method(warehouse, FACTS)
    # few runs: what is tested here does not hang on their number
    return replace(
        as_released, rules=replace(as_released.rules, runs=60, run_draws=20, sobol_runs=8)
    )


def as_collected(warehouse: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same rounds as if they were real: in a warehouse of its own."""
    real = duckdb.connect()
    real.execute("create schema facts; create schema reference")
    for table in MODELS[FACTS]:
        frame = warehouse.execute(f"from facts.{table}").df()
        if "is_synthetic" in frame:
            frame = frame.assign(is_synthetic=False)
        real.register("frame", frame)
        real.execute(f"create table facts.{table} as from frame")
    zones = warehouse.execute("from reference.state_zones").df()
    real.register("zones", zones)
    real.execute("create table reference.state_zones as from zones")
    return real


AGENCY, DAY = "Locus sample writer", date(2026, 9, 1)


@pytest.fixture(scope="module")
def real_inputs(warehouse, method):
    return read_facts(as_collected(warehouse), method, AGENCY, DAY)


def test_only_the_index_agency_s_rounds_count(warehouse, method):
    others = read_facts(as_collected(warehouse), method, "", DAY).objects
    assert not others.eligible.any()
    assert others.failed_gates.str.contains("G7").all()


def test_an_old_round_is_not_fresh(warehouse, method, real_inputs):
    newest = max(real_inputs.labels)
    assert real_inputs.of(newest).objects.eligible.any()
    late = read_facts(as_collected(warehouse), method, AGENCY, date(2028, 9, 1))
    assert not late.objects.eligible.any()


def computation(inputs, period, method, frozen, store, earlier=()):
    return compute(
        edition_of(inputs, period, method, frozen, earlier), inputs, method, frozen, store
    )


def test_real_rounds_are_ranked_and_corrected_never_overwritten(real_inputs, method, tmp_path):
    period = max(real_inputs.labels)
    frozen = goalposts(real_inputs, method)
    store = Store(Settings(home=tmp_path), FACTS)
    first = computation(real_inputs, period, method, frozen, store)
    published = store.write(first.edition, first.tables, first.draws)
    assert (published.state, published.supersedes) == ("published", "")
    ranks = first.tables["scores"]["rank"]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))

    values = real_inputs.values.copy()
    place = values.index[(values.period == period) & (values.parameter_code == "CV04")][0]
    values.loc[place, "value"] *= 2
    changed = replace(real_inputs, values=values)
    second = computation(changed, period, method, frozen, store)
    corrected = store.write(second.edition, second.tables, second.draws)
    assert (corrected.state, corrected.supersedes) == ("corrected", published.edition_id)
    assert corrected.reason == "other input data"
    kept = pd.read_parquet(store.folder / "editions" / f"{period}-{corrected.supersedes}.parquet")
    pd.testing.assert_frame_equal(kept, first.tables["scores"], check_dtype=False)
    assert {edition.edition_id for edition in store.editions()} == {
        published.edition_id, corrected.edition_id,
    }  # fmt: skip


@pytest.mark.parametrize("number", [0, 1, 3, 9, 11])
def test_any_number_of_eligible_objects_makes_valid_tables(real_inputs, method, tmp_path, number):
    objects = real_inputs.objects.copy()
    first = objects[objects.eligible].groupby("period").head(number).index
    refused = objects.eligible & ~objects.index.isin(first)
    objects.loc[refused, ["failed_gates", "missing"]] = ["G4", "a signed data-sharing agreement"]
    objects["eligible"] = objects.index.isin(first)
    inputs = replace(real_inputs, objects=objects)
    frozen, store = goalposts(inputs, method), Store(Settings(home=tmp_path), FACTS)
    for period in sorted(inputs.labels):
        computed = computation(inputs, period, method, frozen, store)
        stored = store.write(computed.edition, computed.tables, computed.draws)
        assert unsound_in(store, stored) == []
        assert computed.tables["scores"]["rank"].notna().sum() == (number if number > 9 else 0)
        assert len(computed.tables["eligibility"]) == 60
        for name, rows in computed.tables.items():
            assert list(rows) == list(OF_EACH_PERIOD[name])


def test_the_same_inputs_are_the_same_edition(real_inputs, method):
    period = max(real_inputs.labels)
    frozen = goalposts(real_inputs, method)
    one = edition_of(real_inputs, period, method, frozen, [])
    shuffled = replace(real_inputs, values=real_inputs.values.sample(frac=1, random_state=1))
    assert edition_of(shuffled, period, method, frozen, []).same_inputs(one)


def test_another_edition_of_an_earlier_period_makes_another_of_the_later(real_inputs, method):
    """Changes and models rest on the earlier ones."""
    frozen, period = goalposts(real_inputs, method), max(real_inputs.labels)
    one, other = (edition_of(real_inputs, period, method, frozen, [id]) for id in ("a", "b"))
    assert not one.same_inputs(other)
    assert one.values_hash == other.values_hash


def test_an_unsound_edition_is_told_in_every_run(real_inputs, method, tmp_path):
    period, store = max(real_inputs.labels), Store(Settings(home=tmp_path), FACTS)
    computed = computation(real_inputs, period, method, goalposts(real_inputs, method), store)
    scores = computed.tables["scores"]
    scores.loc[0, "score"] = 120.0
    refused = real_inputs.of(period).objects.query("not eligible").object_id.iloc[0]
    scores.loc[1, "object_id"] = refused
    stored = store.write(
        replace(computed.edition, is_synthetic=True), computed.tables, computed.draws
    )
    for _ in range(2):
        said = " ".join(unsound_in(store, stored))
        for what in ("outside 1 to 100", "without eligibility", "from synthetic data"):
            assert what in said


def test_what_is_not_current_is_not_published(built_home, tmp_path):
    """As after a withdrawal: the edition that still has the unit waits to be computed again."""
    home = tmp_path / "home"
    settings = replace(built_home.settings, home=home)
    (home / "cci").mkdir(parents=True)
    for basis in (FACTS, SCREENING):
        (home / "cci" / basis).symlink_to(built_home.settings.index / basis)
    (home / "cci" / "validation.parquet").symlink_to(
        built_home.settings.index / "validation.parquet"
    )
    screening = Store(settings, SCREENING)
    current = [screening.current(period) for period in screening.periods()]
    write_published(settings, {FACTS: [], SCREENING: current})
    gate = read_parquet([settings.index / "published" / "cci_eligibility.parquet"])
    facts = gate[gate.basis == FACTS]
    assert len(facts) == 1
    assert "has been collected" in facts.missing.iloc[0]
    scores = read_parquet([settings.index / "published" / "cci_scores.parquet"])
    assert set(scores.basis) == {SCREENING}


def test_goalposts_stay_frozen(built_home):
    """What the run wrote is what its editions rest on."""
    for basis in INDEX:
        store = Store(built_home.settings, basis)
        hashes = {store.current(period).goalposts_hash for period in store.periods()}
        assert len(hashes) == 1
        assert len(list((built_home.settings.index / basis / "frozen").glob("*.parquet"))) == 1
