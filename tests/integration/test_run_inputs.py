"""What whoever launches a run may choose: neither a program nor a folder (docs/security.md)."""

import dagster as dg
import pytest

from locus_pipeline.orchestration.assets.rounds import ROUND_KEY, ROUND_PARTITIONS


@pytest.fixture(scope="module")
def home(make_home):
    return make_home("inputs")


@pytest.fixture(scope="module")
def jobs(home) -> list[dg.JobDefinition]:
    """With the job that has no name, in which the page materialises what is selected."""
    jobs = home.definitions.get_repository_def().get_all_jobs()
    assert len(jobs) >= 3
    return jobs


def test_resources_take_no_config(jobs):
    for job in jobs:
        for name, resource in job.resource_defs.items():
            schema = resource.config_schema.config_type
            assert (job.name, name, schema.fields) == (job.name, name, {})


def test_configuration_of_assets_is_known(jobs):
    """A new one is a new question: what can its values do?"""
    configured = {
        (node.name, field)
        for job in jobs
        for node in job.nodes
        for field in getattr(node.definition.config_schema.config_type, "fields", {})
    }
    assert configured == {
        ("cci_goalposts", "refreeze"),
        ("cci_screening_goalposts", "refreeze"),
    }


@pytest.mark.parametrize("name", ["../outside", "..", ".", "/etc", "a/../../outside", "a\\b"])
def test_a_partition_is_no_path(home, name):
    """Anybody may add a round's partition in the page, of any name."""
    outside = home.settings.home / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "round.yaml").write_text("title: x\n")
    before = sorted(home.settings.home.rglob("*"))
    job = home.definitions.resolve_job_def("facts_rounds")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(ROUND_PARTITIONS.name, [name])
        result = job.execute_in_process(
            instance=instance,
            partition_key=name,
            asset_selection=[ROUND_KEY],
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        (failure,) = result.get_step_failure_events()
    assert "folder" in failure.step_failure_data.user_failure_data.description
    assert sorted(home.settings.home.rglob("*")) == before
