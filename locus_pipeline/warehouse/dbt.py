"""The dbt project: where it is, how it is called, and its manifest, which a fresh checkout doesn't
have.

Nothing here reads the manifest, so that tools can import this module before one exists.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from locus_pipeline.errors import LocusError
from locus_pipeline.files import content_hash, put_in_place, replacing
from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.settings import CHECKOUT, Settings

PROJECT_DIR = CHECKOUT / "dbt_project"
# What a build does without, a tenth of its time: a log of every statement and thought, and the
# manifest and results as JSON, which Dagster reads from what dbt says.
BUILD_ALONE = {"DBT_LOG_LEVEL_FILE": "info", "DBT_WRITE_JSON": "false"}


# The parsed project as dbt reads it, beside the manifest.
PARSED = "parsed.msgpack"


class DbtParseError(LocusError):
    """The dbt project can't be parsed."""


def project_files() -> list[Path]:
    """Every file that the manifest depends on, in order."""
    patterns = ["*.yml", "models/**/*", "macros/**/*", "tests/**/*"]
    files = [path for pattern in patterns for path in PROJECT_DIR.glob(pattern)]
    files += SEEDS_DIR.glob("**/*")
    return sorted(path for path in files if path.is_file())


def project_fingerprint() -> str:
    """Hash over all that dbt parses: content and places of all files."""
    digest = hashlib.sha256()
    for path in project_files():
        digest.update(str(path.relative_to(PROJECT_DIR.parent)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run_dbt(
    settings: Settings, *arguments: str, target: Path, unit_tests: bool = False
) -> subprocess.CompletedProcess[str]:
    """One command of dbt over the project and a home, in a process of its own, to its end.

    `target`: where it writes what it compiles, and its log. What it said is in the result, also
    where it failed. Builds go through Dagster's resource, inside of `dbt_environment`.
    """
    command = [
        sys.executable, "-m", "dbt.cli.main", *arguments,
        "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR),
        "--target-path", str(target), "--log-path", str(target),
    ]  # fmt: skip
    environment = os.environ | _environment(settings)
    if unit_tests:
        del environment["DBT_EXCLUDE_RESOURCE_TYPES"]
    return subprocess.run(command, cwd=PROJECT_DIR, env=environment, capture_output=True, text=True)


@contextmanager
def dbt_environment(settings: Settings) -> Iterator[None]:
    """What Dagster's resource for dbt starts inside of this knows the home: it hands on the
    environment of this process, which is as it was afterwards."""
    given = _environment(settings) | BUILD_ALONE
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _environment(settings: Settings) -> dict[str, str]:
    """What dbt's plugin and the raw views take from the environment; no model does. Nor does it
    change what is parsed: all homes share that."""
    given = {
        "LOCUS_HOME": str(settings.home),
        "LOCUS_MEMORY_LIMIT": settings.memory_limit,
        "LOCUS_THREADS": str(settings.threads or ""),
        # unit tests are of the SQL, not of the data: the test suite runs them
        "DBT_EXCLUDE_RESOURCE_TYPES": os.environ.get("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    parsed = target_folder(settings) / PARSED
    return given | ({"DBT_PARTIAL_PARSE_FILE_PATH": str(parsed)} if parsed.exists() else {})


def target_folder(settings: Settings) -> Path:
    """Where the parsed project lies: in the checkout, once for all homes, or in the home where the
    checkout can only be read."""
    folder = PROJECT_DIR / "target"
    if os.access(folder if folder.exists() else PROJECT_DIR, os.W_OK):
        return folder
    return settings.home / "warehouse" / "project"


def ensure_manifest(settings: Settings) -> Path:
    """The path of an up-to-date manifest.json; parses the project when a file of it changed.

    Parses aside and renames, under a lock: `dagster dev` loads definitions in several processes.
    Raises DbtParseError with dbt's own words.
    """
    target = target_folder(settings)
    manifest = target / "manifest.json"
    target.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(target / "parse.lock"):
        fingerprint, parsed_from = project_fingerprint(), target / "manifest.fingerprint"
        if (
            manifest.exists()
            and (target / PARSED).exists()
            and parsed_from.exists()
            and parsed_from.read_text() == f"{fingerprint} {content_hash(manifest)}"
        ):
            return manifest
        aside = target / "parse"
        result = run_dbt(settings, "--quiet", "parse", target=aside)
        if result.returncode:
            raise DbtParseError(f"dbt can't parse {PROJECT_DIR}:\n{result.stdout}{result.stderr}")
        parsed_from.unlink(missing_ok=True)
        # dbt writes none where nothing of the project is another one than in what it was given
        if (aside / "partial_parse.msgpack").exists():
            put_in_place(aside / "partial_parse.msgpack", target / PARSED)
        put_in_place(aside / "manifest.json", manifest)
        with replacing(parsed_from) as unfinished:
            unfinished.write_text(f"{fingerprint} {content_hash(manifest)}")
    return manifest
