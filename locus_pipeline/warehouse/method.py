"""The version of the method: a hash over what decides a figure beside its inputs.

That is the code that reads, takes in and computes, the reference tables, the models and macros, and
of the project's YAML what dbt builds by. Descriptions and tests change no figure.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from locus_pipeline.fingerprint import METHOD, code_fingerprint, fingerprint
from locus_pipeline.settings import CHECKOUT

MODELS = ("models/**/*.sql", "models/**/*.py", "macros/**/*.sql")
CONFIGURATION = ("dbt_project/dbt_project.yml", "dbt_project/models/**/*.yml", "seeds/**/*.yml")
# What dbt says, checks or shows, and how it is called.
WORDS = {
    "dagster", "data_tests", "description", "docs", "exposures", "flags", "groups", "tests",
    "unit_tests",
}  # fmt: skip


def method_fingerprint(checkout: Path = CHECKOUT) -> str:
    """Hash over the method of a checkout."""
    code = code_fingerprint(METHOD, checkout / "locus_pipeline")
    return fingerprint([("code", code.encode()), *_project(checkout)])


def _project(checkout: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of seeds, models and macros, and what the YAML configures."""
    seeds = checkout.glob("seeds/**/*.csv")
    models = (path for pattern in MODELS for path in checkout.glob(f"dbt_project/{pattern}"))
    for path in (*seeds, *models):
        yield path.name, path.read_bytes()
    for pattern in CONFIGURATION:
        for path in checkout.glob(pattern):
            document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
            for kind, content in _without_words(document).items():
                # one by one: whether two models are described in one file or two is no matter
                for entry in content if isinstance(content, list) else [content]:
                    yield kind, json.dumps(entry, sort_keys=True).encode()


def _without_words(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_words(value) for key, value in node.items() if key not in WORDS}
    if isinstance(node, list):
        return [_without_words(entry) for entry in node]
    return node
