"""The code location as every Dagster process knows it: what the web page loads, and the name under
which it finds the runs of the command line."""

from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.workspace.load_target import ModuleTarget

from locus_pipeline.settings import CHECKOUT

# pyproject.toml, [tool.dagster], says the same to Dagster's own commands
MODULE = "locus_pipeline.definitions"
NAME = "locus"
REPOSITORY = "__repository__"  # Dagster's name for what one Definitions object holds


def load_target() -> ModuleTarget:
    """What a workspace loads: the definitions of LOCUS_HOME."""
    return ModuleTarget(
        module_name=MODULE, attribute=None, working_directory=str(CHECKOUT), location_name=NAME
    )


def job_origin(job_name: str) -> RemoteJobOrigin:
    """Marks a run as one of this job: the page lists it there and can launch it again."""
    (location,) = load_target().create_origins()
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), job_name)
