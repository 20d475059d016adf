"""Versions of the definitions, and the breaks between NIC versions."""

import csv
import re
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[3]
SEEDS = ROOT / "seeds" / "classifications"
# The list of breaks is kept short: who adds one, changes this number and says why in the seed.
BREAKS = 32


def read(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_versions_are_numbered_dated_and_explained() -> None:
    versions = read("definitions_changes")
    assert [int(row["sequence"]) for row in versions] == list(range(1, len(versions) + 1))
    for row in versions:
        assert re.fullmatch(r"20\d\d\.[1-9]\d*", row["definitions_version"])
        assert date.fromisoformat(row["released_on"])
        assert row["changes"]


def test_every_version_holds_every_code() -> None:
    listed = {
        (version, row["nic_code"])
        for version, seed in (
            ("NIC-2008", "nic_2008"),
            ("NIC-2004", "nic_2004"),
            ("NIC-1998", "nic_1998"),
        )
        for row in read(seed)
    }
    version = read("definitions_changes")[-1]["definitions_version"]
    released = [
        (row["nic_version"], row["nic_code"])
        for row in read("definitions_history")
        if row["definitions_version"] == version
    ]
    assert len(released) == len(set(released))
    assert set(released) == listed


def test_every_released_cluster_exists() -> None:
    clusters = {row["cluster_code"] for row in read("benchmark_clusters")} | {"0"}
    assert {row["cluster_code"] for row in read("definitions_history")} <= clusters


def test_breaks_are_few_and_say_why() -> None:
    breaks = read("continuity_breaks")
    assert len(breaks) == BREAKS
    for row in breaks:
        assert row["from_version"] < row["to_version"]
        assert row["reason"].startswith(f"{row['from_version']} has no code for ")
