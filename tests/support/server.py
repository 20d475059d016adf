"""`locus ui` over a home, as `make ui` starts it, and questions to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from locus_pipeline.settings import CHECKOUT

PATIENCE = 180  # seconds until the definitions are loaded, on a busy machine


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server(home: Path, *options: str) -> Iterator[str]:
    """The address of the pages over this home."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [Path(sys.executable).with_name("locus"), "ui", "--home", home, "--port", str(port),
         *options],
        cwd=CHECKOUT, env=os.environ | {"LOCUS_HOME": ""}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                requests.get(f"{address}/server_info", timeout=5).raise_for_status()
                break
            except requests.RequestException:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.5)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def ask(address: str, query: str, **variables: object) -> dict:
    """The data of a GraphQL query, asked as a program does."""
    answer = requests.post(
        f"{address}/graphql", json={"query": query, "variables": variables}, timeout=60
    ).json()
    assert "errors" not in answer, json.dumps(answer["errors"])[:2000]
    return answer["data"]


def runs(address: str) -> list[dict]:
    """The runs that the pages list, the newest first."""
    data = ask(
        address,
        "{ runsOrError { ... on Runs { results { id runId jobName status tags { key value } "
        "assetSelection { path } repositoryOrigin { repositoryLocationName } } } } }",
    )
    return data["runsOrError"]["results"]
