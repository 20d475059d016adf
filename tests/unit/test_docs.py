"""What the documents of the checkout name is there: files, folders, sections, modules."""

import re
from pathlib import Path

import pytest

from locus_pipeline.settings import CHECKOUT

DOCUMENTS = [*CHECKOUT.glob("*.md"), *sorted((CHECKOUT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#]*)(?:#(?P<section>[^)]*))?\)")
# Folders of the checkout whose files documents name in code spans.
ROOMS = ("bench", "dbt_project", "docs", "locus_pipeline", "seeds", "tests", "tools")
NAMED = re.compile(rf"`(?P<path>(?:{'|'.join(ROOMS)})/[\w./-]*)`")
# What only a build has.
BUILT = {"dbt_project/target/"}


def name(document: Path) -> str:
    return str(document.relative_to(CHECKOUT))


def without_code(text: str) -> str:
    """Links in fenced blocks are no links."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def sections(document: Path) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_code(document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path) -> list[str]:
    broken = []
    for link in LINK.finditer(without_code(document.read_text())):
        target = (document.parent / link["path"]) if link["path"] else document
        if not target.exists() or (link["section"] and link["section"] not in sections(target)):
            broken.append(link[0])
    return broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document):
    assert broken_links(document) == []


def test_a_link_to_nothing_is_found(tmp_path):
    (tmp_path / "there.md").write_text("# A part, named\n\n```\n[in code](no)\n```\n")
    (tmp_path / "links.md").write_text(
        "[a](there.md) [b](there.md#a-part-named) [c](https://example.org) [d](gone.md)\n"
        "[e](there.md#gone) [f](#here)\n# Here\n"
    )
    assert broken_links(tmp_path / "links.md") == ["](gone.md)", "](there.md#gone)"]
    assert broken_links(tmp_path / "there.md") == []


def missing_files(document: Path) -> list[str]:
    named = {match["path"] for match in NAMED.finditer(document.read_text())} - BUILT
    return [path for path in sorted(named) if not (CHECKOUT / path).exists()]


# A changelog speaks of what is no more.
@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name != "CHANGELOG.md"], ids=name
)
def test_files_that_are_named_are_there(document):
    assert missing_files(document) == []


def test_a_file_that_is_gone_is_found(tmp_path):
    (tmp_path / "names.md").write_text("`seeds/facts/` `seeds/gone.csv` `gone/else` `raw/x`\n")
    assert missing_files(tmp_path / "names.md") == ["seeds/gone.csv"]
