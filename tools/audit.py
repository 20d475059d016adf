"""Asks a vulnerability database about the versions of requirements.lock: part of `make check`.

    python tools/audit.py

Exits 1 where a version has a known vulnerability. Where no database can be reached (a machine
without internet, a mirror that has none), says so and exits 0.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
PATIENCE = 300  # seconds


def report() -> dict | None:
    """What pip-audit says, as it writes it; None where it reached no database."""
    command = [
        sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--no-deps", "--disable-pip",
        "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        return json.loads(result.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def verdict(answer: dict | None) -> tuple[str, int]:
    """A sentence for the terminal, with a line for each finding, and the exit status."""
    packages = answer["dependencies"] if answer else []
    audited = [package for package in packages if "vulns" in package]
    if not audited:
        return "No vulnerability database can be reached from here; no version was audited.", 0
    findings = [
        f"{package['name']} {package['version']}: {finding['id']}, mended in "
        f"{' or '.join(finding['fix_versions']) or 'no version yet'}"
        for package in audited
        for finding in package["vulns"]
    ]
    summary = f"{len(audited)} of {len(packages)} versions audited, {len(findings)} findings."
    return "\n".join([*findings, summary]), 1 if findings else 0


if __name__ == "__main__":
    text, status = verdict(report())
    print(text)
    sys.exit(status)
