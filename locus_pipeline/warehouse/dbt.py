"""The dbt project: where it is, and its manifest, which a fresh checkout doesn't have.

Nothing here reads the manifest, so that tools can import this module before one exists.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import filelock

from locus_pipeline.errors import LocusError
from locus_pipeline.files import content_hash, put_in_place, replacing
from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.settings import CHECKOUT, Settings

PROJECT_DIR = CHECKOUT / "dbt_project"


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


def dbt_environment(settings: Settings) -> dict[str, str]:
    """What profiles.yml and the raw views take from the environment; no model does."""
    return {
        "LOCUS_HOME": str(settings.home),
        "LOCUS_MEMORY_LIMIT": settings.memory_limit,
        # unit tests are of the SQL, not of the data: the test suite runs them
        "DBT_EXCLUDE_RESOURCE_TYPES": os.environ.get("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


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
            and parsed_from.exists()
            and parsed_from.read_text() == f"{fingerprint} {content_hash(manifest)}"
        ):
            return manifest
        aside = target / "parse"
        command = [
            sys.executable, "-m", "dbt.cli.main", "--quiet", "parse",
            "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR),
            "--target-path", str(aside), "--log-path", str(aside),
        ]  # fmt: skip
        result = subprocess.run(
            command,
            cwd=PROJECT_DIR,
            env=os.environ | dbt_environment(settings),
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise DbtParseError(f"dbt can't parse {PROJECT_DIR}:\n{result.stdout}{result.stderr}")
        parsed_from.unlink(missing_ok=True)
        put_in_place(aside / "manifest.json", manifest)
        with replacing(parsed_from) as unfinished:
            unfinished.write_text(f"{fingerprint} {content_hash(manifest)}")
    return manifest
