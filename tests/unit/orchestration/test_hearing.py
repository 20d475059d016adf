"""What the terminal is told of a run: sentences, each once."""

import json

import dagster as dg
import pytest

from locus_pipeline.orchestration.dagster_command import TERMINAL
from locus_pipeline.orchestration.hearing import Hearing, terminal
from locus_pipeline.warehouse.catalogue import NothingIngestedError


def heard(step) -> tuple[list[str], list[str]]:
    """Failures and warnings of a run of one asset with a blocking and a warning check."""

    @dg.asset(
        check_specs=[
            dg.AssetCheckSpec("adds_up", asset="table", blocking=True),
            dg.AssetCheckSpec("few_rejected", asset="table"),
        ]
    )
    def table(context: dg.AssetExecutionContext):
        yield from step(context)

    warnings = []
    hearing = Hearing("2009-10", warnings.append)
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = "0" * 8 + "-0000-4000-8000-" + "0" * 12
        instance.add_event_listener(run_id, hearing)
        dg.Definitions(
            assets=[table], jobs=[dg.define_asset_job("job", dg.AssetSelection.all())]
        ).resolve_job_def("job").execute_in_process(
            instance=instance, run_id=run_id, raise_on_error=False
        )
    return hearing.failures, warnings


def result(name: str, passed: bool, **more) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(asset_key="table", check_name=name, passed=passed, **more)


def test_a_blocking_check_is_heard_with_its_description_and_not_as_a_name_alone():
    def step(_):
        yield dg.MaterializeResult()
        yield result("adds_up", False, description="workers of 2009-10: 90, published 100")
        yield result("few_rejected", True)

    assert heard(step) == (["table, adds_up: workers of 2009-10: 90, published 100"], [])


def test_a_check_without_a_description_is_heard_by_its_metadata():
    def step(_):
        yield dg.MaterializeResult()
        yield result("adds_up", True)
        yield result(
            "few_rejected",
            False,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"survey_years": "2009-10", "worst": "| a table of a page |"},
        )

    assert heard(step) == ([], ["table, few_rejected: survey years: 2009-10"])


def test_a_dbt_test_is_heard_by_its_rows():
    record = {"unique_id": "test.locus.known_keys", "status": "warn"}

    def step(context):
        for _ in range(2):
            context.log_event(
                dg.AssetObservation("table", metadata=record | {"dagster_dbt/failed_row_count": 3})
            )
        context.log_event(
            dg.AssetObservation(
                "other",
                metadata=record | {"status": "pass", "dagster_dbt/failed_row_count": 0},
            )
        )
        yield dg.MaterializeResult()
        yield result("adds_up", True)
        yield result(
            "few_rejected",
            False,
            severity=dg.AssetCheckSeverity.WARN,
            metadata=record | {"dagster_dbt/failed_row_count": 7},
        )

    failures, warnings = heard(step)
    assert failures == []
    assert set(warnings) == {"known_keys: 3 rows", "table, few_rejected: 7 rows"}


def printed(capfd, error: Exception) -> str:
    """What Dagster's own command prints of a run whose only asset fails."""

    @dg.asset
    def table():
        raise error

    definitions = dg.Definitions(assets=[table], loggers={"console": terminal})
    job = definitions.resolve_implicit_global_asset_job_def()
    named = json.loads(TERMINAL)
    assert not job.execute_in_process(raise_on_error=False, run_config=named).success
    said = capfd.readouterr()
    return said.out + said.err


@pytest.mark.parametrize(
    "error",
    [dg.Failure("No release of 1998-99; put it there"), NothingIngestedError("No year: read one")],
    ids=["failure", "ours"],
)
def test_dagsters_command_prints_a_sentence_in_place_of_a_stack_trace(capfd, error):
    said = printed(capfd, error)
    assert f"table: {getattr(error, 'description', error)}" in said
    assert "Stack Trace" not in said and "Traceback" not in said


def test_a_fault_of_ours_keeps_its_stack_trace(capfd):
    assert "ZeroDivisionError" in (said := printed(capfd, ZeroDivisionError("x")))
    assert "Stack Trace" in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (dg.Failure(description="OASE10.TXT: get it again"), "OASE10.TXT: get it again"),
        (
            dg.Failure(description="`dbt build`\n\nErrors parsed from dbt logs:\n\nno column x\n"),
            "dbt: no column x",
        ),
        (NothingIngestedError("No year: read one"), "No year: read one"),
        (OSError(5, "Input/output error"), "2009-10, table: OSError: [Errno 5] Input/output error"),
    ],
    ids=["failure", "dbt", "ours", "foreign"],
)
def test_a_failed_step_is_heard_in_its_own_words(error, said):
    def step(context):
        context.log.warning("2008-09 is left out")
        context.log.info("nobody asked")
        raise error
        yield

    assert heard(step) == ([said], ["2008-09 is left out"])
