"""Writes docs/assumptions.md: what the seeds mark as a proposal or an assumption of ours.

    python -m tools.assumptions            # writes the page
    python -m tools.assumptions --check    # ends with 1 where the page is not what the seeds say

A table is ours where a sentence of its description says so; a row is where a cell of a column that
says what it rests on does. The words are those of `SAYS_SO`; who marks a row or table otherwise
adds his word there.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs/assumptions.md")
SAYS_SO = re.compile(
    r"\b(proposals?|assumed|assumption|unverified|probable|stated in part|computed once for Locus|"
    r"Locus's (own|reading)|not (verified|established|official|read again))\b",
    re.IGNORECASE,
)
# Columns that say what a row rests on, and the answers of those that have a word of their own.
RESTS_ON = ("basis", "certainty", "confidence", "note", "source")
LEAST_SURE = {"confidence": "low"}
# Why, in words, where another column says it.
WHY = ("source", "reason")
# What a row is called, where its key would say more than a reader wants.
NAMED_BY = {
    "variable_fields": ("variable",),
    "definition_breaks": ("first_year", "state_code"),
}
HEAD = """\
# What is assumed

<!-- Written by `make generate` from seeds/: edit those. -->

What in Locus is a proposal of its authors, or an assumption that no source states: as the reference
tables mark it, table by table and row by row. Nothing here is a rule of the statistics office. What
the layouts of survey years are not sure of is in [releases.md](releases.md); what the methods take
as given, in [indicators.md](indicators.md) and [cci.md](cci.md).
"""


def page(root: Path = ROOT) -> str:
    """The page, from the seeds of a checkout."""
    tables, rows = [], []
    for seed, folder in _seeds(root):
        content = _rows(folder / f"{seed['name']}.csv")
        if sentences := _marked_sentences(seed["description"]):
            tables.append(f"| `{seed['name']}` | {len(content)} | {_cell(sentences)} |")
        if marked := _marked_rows(seed, content):
            count = sum(len(names) for names in marked.values())
            rows += ["", f"### {seed['name']}: {count} of {len(content)} rows", ""]
            rows += ["| marked | rows | source or reason |", "|---|---|---|"]
            rows += [
                f"| {_cell(mark)} | {_cell(', '.join(dict.fromkeys(names)))} | {_cell(why)} |"
                for (mark, why), names in marked.items()
            ]
    return "\n".join(
        [
            HEAD,
            "## Tables",
            "",
            "| table of `seeds/` | rows | what it says of itself |",
            "|---|---:|---|",
            *tables,
            "",
            "## Rows",
            *rows,
            "",
        ]
    )


def _seeds(root: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """Each seed as its YAML describes it, and its folder, by name."""
    described = [
        (seed, path.parent)
        for path in (root / "seeds").glob("**/*.yml")
        for seed in yaml.safe_load(path.read_text(encoding="utf-8"))["seeds"]
    ]
    yield from sorted(described, key=lambda pair: pair[0]["name"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _marked_sentences(text: str) -> str:
    sentences = re.split(r"(?<=\.)\s+", " ".join(text.split()))
    return " ".join(sentence for sentence in sentences if SAYS_SO.search(sentence))


def _marked_rows(
    seed: dict[str, Any], content: list[dict[str, str]]
) -> dict[tuple[str, str], list[str]]:
    """(mark, why) -> what the rows that bear it are called, in the order of the seed."""
    marked: dict[tuple[str, str], list[str]] = {}
    named_by = NAMED_BY.get(seed["name"]) or _key(seed)
    for row in content:
        if column := next((name for name in RESTS_ON if _is_marked(name, row)), None):
            why = next((row[name] for name in WHY if name != column and row.get(name)), "")
            called = " ".join(filter(None, (row[name] for name in named_by)))
            marked.setdefault((row[column], why), []).append(called)
    return marked


def _is_marked(column: str, row: dict[str, str]) -> bool:
    cell = row.get(column) or ""
    return cell == LEAST_SURE[column] if column in LEAST_SURE else bool(SAYS_SO.search(cell))


def _key(seed: dict[str, Any]) -> list[str]:
    """The columns that tell the rows of a seed apart, as its tests say: the fewest that do."""
    keys: list[list[str]] = [
        columns
        for test in seed.get("data_tests", [])
        if "rules" in test
        for columns in test["rules"]["arguments"].get("unique", [])
    ]
    return min(keys, key=len, default=[seed["columns"][0]["name"]])


def _cell(text: str) -> str:
    return text.replace("|", "/")


def main() -> int:
    """The exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    check, text = parser.parse_args().check, page()
    if check and (ROOT / PAGE).read_text(encoding="utf-8") != text:
        print(f"{PAGE} is not what the seeds say; `make generate` writes it")
        return 1
    if not check:
        (ROOT / PAGE).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
