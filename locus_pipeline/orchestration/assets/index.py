"""The index as Dagster assets: goalposts, the screening edition by survey year, the index proper by
round, what validates it, and the tables that are published.

The index proper (`cci_goalposts`, `cci_round`) has no asset of the survey above it: its authors
want fresh data only (Planning Commission, Productivity of industrial clusters, 2012, section 5.3).
A test walks the graph. What reads both bases (`cci_external_validation`, `cci_tables`) is read by
neither.
"""

import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from locus_pipeline.asi.layout import Layouts
from locus_pipeline.files import write_parquet
from locus_pipeline.index.compute import compute, edition_of, goalposts
from locus_pipeline.index.inputs import (
    FACTS,
    METHOD_MODELS,
    MODELS,
    SCREENING,
    Inputs,
    Method,
    read_facts,
    read_inputs_id,
    read_method,
    read_screening,
)
from locus_pipeline.index.published import validation_path, write_published
from locus_pipeline.index.seal import seal_published
from locus_pipeline.index.store import Edition, Store, freeze, read_frozen
from locus_pipeline.methods.index.validation import VALIDATION, external_validation
from locus_pipeline.orchestration.assets.rounds import ROUND_PARTITIONS
from locus_pipeline.orchestration.failure import failing_in_a_sentence
from locus_pipeline.orchestration.index_pictures import (
    contribution_bars,
    correlation_map,
    rank_bands,
)
from locus_pipeline.orchestration.partitions import survey_year_partitions
from locus_pipeline.records import DamagedError
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.inputs import built_warehouse
from locus_pipeline.warehouse.lock import warehouse_lock

OWNERS = ["team:locus"]
GOALPOSTS = {FACTS: dg.AssetKey("cci_goalposts"), SCREENING: dg.AssetKey("cci_screening_goalposts")}
INDEX = {FACTS: dg.AssetKey("cci_round"), SCREENING: dg.AssetKey("cci_screening")}
VALIDATES = dg.AssetKey("cci_external_validation")
INDEX_TABLES = dg.AssetKey("cci_tables")
PROPER = [GOALPOSTS[FACTS], INDEX[FACTS]]
DESCRIPTIONS = {
    FACTS: (
        "The Cluster Competitiveness Index of named clusters that pass the gate, from fresh FACTS "
        "data alone, one partition for each round."
    ),
    SCREENING: (
        "The screening edition: the same index functions over what the survey gives of clusters in "
        "states, by survey year. A first look for choosing where to collect FACTS data, not the "
        "Cluster Competitiveness Index."
    ),
}
VALIDATED_BY = ("score", "performance", "drivers")


class RefreezeGoalposts(dg.Config):
    """Goalposts are frozen until this is asked for, or the version of the method changes."""

    refreeze: bool = False


def index_assets(survey_years: Layouts) -> list[dg.AssetsDefinition]:
    """All assets of the index."""
    years = survey_year_partitions(survey_years)
    return [
        _goalposts_asset(SCREENING),
        _index_asset(SCREENING, years),
        _goalposts_asset(FACTS),
        _index_asset(FACTS, ROUND_PARTITIONS),
        _validation_asset(),
        _tables_asset(),
    ]


def _goalposts_asset(basis: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=GOALPOSTS[basis],
        deps=[*MODELS[basis], *METHOD_MODELS],
        group_name="index",
        kinds={"numpy", "parquet"},
        owners=OWNERS,
        description=(
            "Goalposts and outlier limits, estimated from the first periods and then frozen, so "
            "that an object's score does not depend on which others are there."
        ),
    )
    def frozen_goalposts(
        context: dg.AssetExecutionContext,
        config: RefreezeGoalposts,
        settings: dg.ResourceParam[Settings],
    ) -> dg.MaterializeResult:
        with failing_in_a_sentence(), warehouse_lock(settings, context.log.info):
            inputs, method = _read(settings, basis)
            path = _goalposts_path(settings, inputs, method)
            try:
                rows = read_frozen(path)
            except DamagedError as error:
                context.log.warning(f"{error}; the goalposts are estimated again")
                rows = pd.DataFrame()
            kept = len(rows) > 0 and not config.refreeze
            if not kept:
                rows = goalposts(inputs, method)
                freeze(rows, path)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(rows),
                "frozen_before": kept,
                "method_version": method.framework.method_version,
                "periods": ", ".join(sorted(rows.period.unique())) or "none",
                "indicators": int(rows.parameter_code.nunique()),
            }
        )

    return frozen_goalposts


def _index_asset(basis: str, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)

        @dg.asset(
            key=INDEX[basis],
            deps=[*MODELS[basis], *METHOD_MODELS, GOALPOSTS[basis]],
            partitions_def=partitions,
            backfill_policy=dg.BackfillPolicy.single_run(),
            group_name="index",
            kinds={"numpy", "parquet"},
            owners=OWNERS,
            description=DESCRIPTIONS[basis],
            check_specs=[
                dg.AssetCheckSpec(
                    "scores_are_sound",
                    asset=INDEX[basis],
                    blocking=True,
                    description=(
                        "One score for each eligible object, inside 1 to 100; none for the others; "
                        "no rank from synthetic data"
                    ),
                )
            ],
        )
        def index(
            context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
        ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
            versions: list[str] = []
            unsound: list[str] = []
            # From what is read to what is stored, nobody else writes.
            with failing_in_a_sentence(), warehouse_lock(settings, context.log.info):
                inputs, method = _read(settings, basis)
                frozen = _frozen(_goalposts_path(settings, inputs, method), basis)
                store = Store(settings, basis)
                known = sorted(set(inputs.objects.period))
                store.forget(set(store.periods()) - set(known))
                # A period whose inputs changed is computed too, though another one was asked for:
                # an earlier year's release changes the growth of later ones.
                for period in known:
                    edition = edition_of(inputs, period, method, frozen, versions)
                    current = store.current(period)
                    if damage := store.damage(period):
                        context.log.warning(f"{damage}; the index of {period} is computed again")
                    is_new = False
                    if current is None or not edition.same_inputs(current):
                        is_new = True
                        context.log.info(f"Computing {period}")
                        computed = compute(edition, inputs, method, frozen, store)
                        current = store.write(computed.edition, computed.tables, computed.draws)
                    versions.append(current.edition_id)
                    unsound += unsound_in(store, current)
                    for key in inputs.partitions[period]:
                        if key in context.partition_keys:
                            context.add_asset_metadata(
                                _said_before(context, basis, key, current)
                                or _metadata(store, current),
                                partition_key=key,
                            )
                        elif is_new:
                            context.log_event(
                                dg.AssetMaterialization(
                                    INDEX[basis], partition=key, metadata=_metadata(store, current)
                                )
                            )
            yield dg.MaterializeResult(data_version=dg.DataVersion("-".join(versions) or "none"))
            yield dg.AssetCheckResult(
                check_name="scores_are_sound",
                asset_key=INDEX[basis],
                passed=not unsound,
                metadata={"what_is_wrong": "; ".join(unsound) or "nothing"},
            )

    return index


def _validation_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=VALIDATES,
        deps=[*INDEX.values(), *MODELS[FACTS], *MODELS[SCREENING]],
        group_name="index",
        kinds={"scipy", "parquet"},
        owners=OWNERS,
        description=(
            "Does the index go together with what it was not made of? Its correlation with the "
            "screening edition of the same state and cluster category, with number and interval. "
            "Reads both bases; no asset of the index reads it."
        ),
    )
    def cci_external_validation(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult:
        with failing_in_a_sentence(), warehouse_lock(settings, context.log.info):
            current = {basis: _current(context, settings, basis)[0] for basis in INDEX}
            inputs, _ = _read(settings, FACTS)
            rows = _validation(settings, inputs, current)
            write_parquet(rows, validation_path(settings))
        return dg.MaterializeResult(metadata={"dagster/row_count": len(rows)})

    return cci_external_validation


def _tables_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=INDEX_TABLES,
        deps=[*INDEX.values(), VALIDATES, *MODELS[FACTS], *MODELS[SCREENING], "edition"],
        group_name="edition",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        description=(
            "The published tables of both bases, one beside the other and never mixed: every row "
            "says its basis, and its label what it is."
        ),
    )
    def cci_tables(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult:
        with failing_in_a_sentence(), warehouse_lock(settings, context.log.info):
            current, not_computed = {}, {}
            for basis in INDEX:
                current[basis], not_computed[basis] = _current(context, settings, basis)
            counts = write_published(settings, current)
            # The index of a round waits for its partition; that of a survey year is promised.
            seal_published(settings, read_inputs_id(settings), not_computed[SCREENING])
        return dg.MaterializeResult(metadata={f"rows_{name}": n for name, n in counts.items()})

    return cci_tables


def _read(settings: Settings, basis: str) -> tuple[Inputs, Method]:
    """With the warehouse held by the caller."""
    with built_warehouse(settings) as warehouse:
        method = read_method(warehouse, basis)
        if basis == SCREENING:
            return read_screening(warehouse, method), method
        return read_facts(warehouse, method, settings.index_agency, date.today()), method


def _current(
    context: dg.AssetExecutionContext, settings: Settings, basis: str
) -> tuple[list[Edition], list[str]]:
    """Editions that rest on the data as they are now, and the periods that have none. Another one
    waits until its partition is materialised again: a unit that withdrew its consent must not be
    in what is published."""
    inputs, method = _read(settings, basis)
    path, store = _goalposts_path(settings, inputs, method), Store(settings, basis)
    if not path.exists():
        return [], sorted(inputs.labels)
    frozen = _frozen(path, basis)
    editions: list[Edition] = []
    not_computed: list[str] = []
    ids: list[str] = []
    for period in sorted(inputs.labels):
        edition = edition_of(inputs, period, method, frozen, ids)
        ids.append(edition.edition_id)
        stored = store.current(period)
        if stored and edition.same_inputs(stored):
            editions.append(stored)
        else:
            not_computed.append(period)
            context.log.warning(
                f"{INDEX[basis].to_user_string()} of {period} is left out: its data changed since "
                "it was computed; materialise it again"
            )
    return editions, not_computed


def _frozen(path: Path, basis: str) -> pd.DataFrame:
    try:
        return read_frozen(path)
    except DamagedError as error:
        again = f"materialise {GOALPOSTS[basis].to_user_string()}, or use `locus run`"
        raise DamagedError(f"{error}; {again}") from error


def _goalposts_path(settings: Settings, inputs: Inputs, method: Method) -> Path:
    """Invented data never freezes goalposts for real ones."""
    kind = "synthetic" if inputs.objects.is_synthetic.any() else "real"
    folder = settings.index / method.framework.basis / "frozen"
    return folder / f"{method.framework.method_version}-{kind}.parquet"


def unsound_in(store: Store, edition: Edition) -> list[str]:
    """What must not be in an edition, looked for in what is stored: each run asks again, so that an
    unsound edition stops the next run too."""
    scores = store.read("scores", edition.period)
    gate = store.read("eligibility", edition.period)
    eligible = set(gate.object_id[gate.eligible])
    faults = {
        "an object without eligibility has a score": set(scores.object_id) - eligible,
        "two scores of one object": set(scores.object_id[scores.object_id.duplicated()]),
        "a score outside 1 to 100": set(
            scores.object_id[~scores.score.between(1 - 1e-9, 100 + 1e-9)]
        ),
        "a refused object without a reason": set(
            gate.object_id[~gate.eligible & (gate.failed_gates == "")]
        ),
        "a rank from synthetic data": set(scores.object_id[scores["rank"].notna()])
        if edition.is_synthetic
        else set(),
    }
    return [
        f"{edition.period}: {what} ({', '.join(sorted(objects)[:3])})"
        for what, objects in faults.items()
        if objects
    ]


def _said_before(
    context: dg.AssetExecutionContext, basis: str, partition: str, edition: Edition
) -> Mapping[str, dg.MetadataValue]:
    """What was said of this very edition when it was computed, its pictures too; nothing where it
    is another one."""
    before = context.instance.fetch_materializations(
        dg.AssetRecordsFilter(INDEX[basis], asset_partitions=[partition]), limit=1
    ).records
    said = before[0].asset_materialization.metadata if before else {}
    return said if said.get("edition_id") == dg.MetadataValue.text(edition.edition_id) else {}


def _metadata(store: Store, edition: Edition) -> dict[str, Any]:
    scores = store.read("scores", edition.period)
    pictures = {
        "rank_bands": rank_bands(scores, edition),
        "contributions": contribution_bars(
            store.read("contributions", edition.period), scores, edition
        ),
        "correlations": correlation_map(store.read("correlations", edition.period), edition),
    }
    return {
        "label": edition.label,
        "edition_id": edition.edition_id,
        "state": edition.state,
        "dagster/partition_row_count": len(scores),
        "objects_considered": edition.objects_considered,
        "objects_eligible": edition.objects_eligible,
        "objects_ranked": edition.objects_ranked,
        **({"median_score": float(scores.score.median())} if len(scores) else {}),
        "is_synthetic": edition.is_synthetic,
        **{name: picture for name, picture in pictures.items() if picture},
    }


def _validation(
    settings: Settings, inputs: Inputs, current: dict[str, list[Edition]]
) -> pd.DataFrame:
    """Scores of named clusters beside those of their state and cluster category, in the newest
    screening year that is there."""
    proper, screening = Store(settings, FACTS), Store(settings, SCREENING)
    years = [edition.period for edition in current[SCREENING]]
    if not current[FACTS] or not years:
        return pd.DataFrame(columns=list(VALIDATION)).astype(VALIDATION)
    scores = pd.concat(
        [proper.read("scores", edition.period) for edition in current[FACTS]], ignore_index=True
    )
    other = screening.read("scores", years[-1]).set_index("object_id")
    objects = inputs.objects.assign(cell=inputs.objects.state_code + "-" + inputs.objects.sector)
    pairs = objects.merge(other[list(VALIDATED_BY)], left_on="cell", right_index=True)
    others = pairs.melt(
        ["object_id", "period"], list(VALIDATED_BY), var_name="item", value_name="value"
    )
    others["item"] = f"asi_screening {years[-1]} " + others["item"]
    return external_validation(scores, others)
