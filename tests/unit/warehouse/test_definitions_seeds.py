"""The classification seeds: well formed, described, and consistent with each other."""

import csv
import re
from pathlib import Path

import pytest
import yaml

SEEDS = Path(__file__).parents[3] / "seeds" / "classifications"
NAMES = sorted(path.stem for path in SEEDS.glob("*.csv"))
MAX_BYTES = 1_400_000


def read(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def described() -> dict[str, dict]:
    text = (SEEDS / "_classifications__seeds.yml").read_text(encoding="utf-8")
    return {seed["name"]: seed for seed in yaml.safe_load(text)["seeds"]}


def test_every_seed_is_described_and_every_description_has_a_seed() -> None:
    assert sorted(described()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_described_typed_and_compact(name: str) -> None:
    seed = described()[name]
    columns = list(read(name)[0])
    assert [column["name"] for column in seed["columns"]] == columns
    assert all(column["description"].strip() for column in seed["columns"])
    assert list(seed["config"]["column_types"]) == columns
    assert (SEEDS / f"{name}.csv").stat().st_size < MAX_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_text_is_clean(name: str) -> None:
    """No bytes lost in an earlier conversion, no line breaks, no stray blanks."""
    for row in read(name):
        for value in row.values():
            assert "\ufffd" not in value and "â€" not in value
            assert value == value.strip() and "\n" not in value


@pytest.mark.parametrize("name", NAMES)
def test_codes_keep_their_digits(name: str) -> None:
    digits = {
        "nic_code": r"\d{4,5}" if name == "reviewed_decisions" else r"\d{5}",
        "nic_2008_code": r"\d{5}",
        "printed_as": r"(\d{5})?",
        "nic_class": r"\d{4}",
        "isic_class": r"\d{4}",
        "nic_2008_class": r"\d{4}",
        "nic_2004_class": r"\d{4}",
        "nic_1998_class": r"\d{4}",
        "naics_code": r"\d{6}",
        "cluster_code": r"0|[1-9]\d{0,2}" if name == "definitions_history" else r"[1-9]\d{0,2}",
    }
    for row in read(name):
        for column in digits.keys() & row.keys():
            assert re.fullmatch(digits[column], row[column]), row


def test_a_misprinted_code_is_corrected() -> None:
    codes = {row["nic_code"]: row for row in read("nic_2008")}
    assert codes["20213"]["nic_title"].startswith("Manufacture of anti-sprouting products")
    assert "20313" not in codes


def test_a_printed_variant_is_no_other_code() -> None:
    rows = read("nic_2008")
    codes = {row["nic_code"] for row in rows}
    variants = [row["printed_as"] for row in rows if row["printed_as"]]
    assert len(variants) == len(set(variants)) == 11
    assert not codes & set(variants)


def test_partial_flags_of_naics_links_agree_with_the_pairs() -> None:
    for name in ("naics_2002_isic_31", "naics_2007_isic_4"):
        pairs: dict[str, set[str]] = {}
        for row in read(name):
            pairs.setdefault(row["naics_code"], set()).add(row["isic_class"])
        for row in read(name):
            assert (row["naics_partial"] == "true") >= (len(pairs[row["naics_code"]]) > 1), row


def test_a_cluster_has_one_name_and_one_type() -> None:
    clusters = {
        (row["cluster_code"], row["cluster_name"], row["cluster_type"])
        for row in read("benchmark_clusters")
    }
    assert len(clusters) == len({code for code, _, _ in clusters}) == 67
    for code, _, cluster_type in clusters:
        assert cluster_type == ("traded" if int(code) <= 51 else "local")


def test_the_first_industry_named_as_evidence_is_in_the_decided_cluster() -> None:
    clusters = {
        (row["naics_version"], row["naics_code"]): row["cluster_code"]
        for row in read("benchmark_clusters")
    }
    titles = {
        (version, row["naics_code"]): row["naics_title"]
        for version, seed in (
            ("NAICS-2007", "naics_2007_isic_4"),
            ("NAICS-2002", "naics_2002_isic_31"),
        )
        for row in read(seed)
    }
    for row in read("reviewed_decisions"):
        version, industries = row["evidence"].split(": ", 1)
        code, title = industries.split("; ")[0].split(" ", 1)
        assert version == ("NAICS-2007" if row["nic_version"] == "NIC-2008" else "NAICS-2002")
        assert titles[version, code] == title
        assert clusters[version, code] == row["cluster_code"], row


def test_notice_credits_the_benchmark_definitions() -> None:
    notice = (SEEDS.parents[1] / "NOTICE.md").read_text(encoding="utf-8")
    assert "Delgado, M., Porter, M. E., Stern, S. (2014)" in notice
    assert "(2016)" in notice
    assert "written consent" in notice
