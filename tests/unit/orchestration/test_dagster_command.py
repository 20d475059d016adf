"""`locus dagster`: refusals are sentences, and runs name the logger that says failures in one."""

import pytest
from dagster._check import CheckError

from locus_pipeline.orchestration import dagster_command
from locus_pipeline.orchestration.dagster_command import TERMINAL, main


def test_what_dagster_refuses_is_a_sentence(monkeypatch):
    def refuse(*_, **__):
        raise CheckError("Failure condition: Asset has partitions, but none was provided")

    monkeypatch.setattr(dagster_command.cli, "main", refuse)
    with pytest.raises(SystemExit) as refused:
        main(["asset", "materialize", "--select", "asi_block_a"])
    assert refused.value.code == "Asset has partitions, but none was provided"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["asset", "materialize", "--select", "x"], True),
        (["job", "execute", "-j", "x"], True),
        (["job", "execute", "-j", "x", "-c", "own.yaml"], False),
        (["asset", "list"], False),
    ],
)
def test_runs_without_a_config_of_their_own_name_the_logger(monkeypatch, given, named):
    seen = []
    monkeypatch.setattr(dagster_command.cli, "main", lambda arguments, **_: seen.extend(arguments))
    main(given)
    assert seen == given + (["--config-json", TERMINAL] if named else [])
