"""The version of the method: a hash over what decides a figure beside its inputs.

That is the code that reads, takes in and computes, the reference tables, the models and macros, and
of the project's YAML what dbt builds by. Descriptions and tests change no figure.

What the warehouse computes by is a part of it: the code alone, since the models know raw data and
reference tables by their content.
"""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from locus_pipeline.fingerprint import METHOD, MODELS, code_fingerprint, fingerprint
from locus_pipeline.settings import CHECKOUT

PROJECT = ("models/**/*.sql", "models/**/*.py", "macros/**/*.sql")
COMPUTING_PACKAGES = [
    "duckdb", "dbt-core", "dbt-duckdb", "numpy", "pandas", "scipy", "statsmodels", "linearmodels",
    "salib", "locus-pipeline",
]  # fmt: skip
CONFIGURATION = ("dbt_project/dbt_project.yml", "dbt_project/models/**/*.yml", "seeds/**/*.yml")
# What dbt says, checks or shows, and how it is called.
WORDS = {
    "dagster", "data_tests", "description", "docs", "exposures", "flags", "groups", "tests",
    "unit_tests",
}  # fmt: skip


def method_fingerprint(checkout: Path = CHECKOUT) -> str:
    """Hash over the method of a checkout."""
    code = code_fingerprint(METHOD, checkout / "locus_pipeline")
    seeds = ((path.name, path.read_bytes()) for path in checkout.glob("seeds/**/*.csv"))
    return fingerprint([("code", code.encode()), *seeds, *_project(checkout)])


def computing_code(checkout: Path = CHECKOUT) -> str:
    """Hash over the code that the warehouse computes by: models, macros, what the YAML configures,
    the methods that models call, and the packages."""
    return fingerprint(
        [
            ("code", code_fingerprint(MODELS, checkout / "locus_pipeline").encode()),
            ("packages", json.dumps(computing_packages()).encode()),
            *_project(checkout),
        ]
    )


def computing_packages() -> dict[str, str]:
    """The versions of the packages that compute."""
    return {name: version(name) for name in COMPUTING_PACKAGES}


def _project(checkout: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of models and macros, and what the YAML configures."""
    for path in (path for pattern in PROJECT for path in checkout.glob(f"dbt_project/{pattern}")):
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
