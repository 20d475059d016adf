"""One survey year at its real size, from release files to the edition: time and peak memory.

    python bench/full_size.py [survey year]

Writes a synthetic release at scale 1 into a temporary home. Memory is that of all processes of the
run together, resident, looked at five times a second (Linux).
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LOCUS = str(Path(sys.executable).parent / "locus")


def descendants(pid: int) -> list[int]:
    """The process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in descendants(int(child)))]


def resident_bytes(pid: int) -> int:
    """Resident memory of a process; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    return sum(1024 * int(li.split()[1]) for li in status.splitlines() if li.startswith("VmRSS"))


def main() -> None:
    """Prints one line."""
    year = sys.argv[1] if len(sys.argv) > 1 else "2022-23"
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            [LOCUS, "sample", "--home", home, "--years", year, "--scale", "1"], check=True
        )
        started, peak = time.monotonic(), 0
        run = subprocess.Popen([LOCUS, "run", "--home", home])
        while run.poll() is None:
            # a process may end while its children are listed
            with contextlib.suppress(FileNotFoundError):
                peak = max(peak, sum(resident_bytes(pid) for pid in descendants(run.pid)))
            time.sleep(0.2)
        seconds = time.monotonic() - started
    if run.returncode:
        sys.exit(run.returncode)
    print(f"{year} at full size: {seconds:.0f} s, peak memory {peak / 2**30:.2f} GiB")


if __name__ == "__main__":
    main()
