"""The dbt project: where it is, and its manifest, which a fresh checkout doesn't have.

Nothing here reads the manifest, so that tools can import this module before one exists.
"""

import os
import subprocess
import sys
from pathlib import Path

import filelock

from locus_pipeline.settings import CHECKOUT, Settings

PROJECT_DIR = CHECKOUT / "dbt_project"
SEEDS_DIR = CHECKOUT / "seeds"
TARGET_DIR = PROJECT_DIR / "target"


class DbtParseError(RuntimeError):
    """The dbt project can't be parsed."""


def project_files() -> list[Path]:
    """Every file that the manifest depends on, in order."""
    patterns = ["*.yml", "models/**/*", "macros/**/*", "tests/**/*"]
    files = [path for pattern in patterns for path in PROJECT_DIR.glob(pattern)]
    files += SEEDS_DIR.glob("**/*")
    return sorted(path for path in files if path.is_file())


def dbt_environment(settings: Settings) -> dict[str, str]:
    """What profiles.yml and the raw views take from the environment."""
    return {
        "LOCUS_HOME": str(settings.home),
        "LOCUS_MEMORY_LIMIT": settings.memory_limit,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def ensure_manifest(settings: Settings) -> Path:
    """The path of an up-to-date manifest.json; parses the project when a file is newer.

    Parses aside and renames, under a lock: `dagster dev` loads definitions in several processes.
    Raises DbtParseError with dbt's own words.
    """
    manifest = TARGET_DIR / "manifest.json"
    TARGET_DIR.mkdir(exist_ok=True)
    with filelock.FileLock(TARGET_DIR / "parse.lock"):
        newest = max(path.stat().st_mtime for path in project_files())
        if manifest.exists() and manifest.stat().st_mtime > newest:
            return manifest
        aside = TARGET_DIR / "parse"
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
        os.replace(aside / "manifest.json", manifest)
    return manifest
