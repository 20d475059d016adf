"""Measures Locus and writes docs/benchmarks.md.

    python -m bench [--scale 1] [--parts reading,index,whole,questions] [--page FILE] [--folder DIR]

At full size it takes 20 to 30 minutes of CPU. What is not among the parts is said to be not
measured. Data goes into a temporary folder, or stays in DIR.
"""

import argparse
import tempfile
from pathlib import Path

from bench.page import page
from bench.parts import PARTS, unmeasured
from locus_pipeline.settings import CHECKOUT


def main() -> None:
    """All parts that are asked for, in order."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1, help="of the real record counts and runs")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--page", type=Path, default=CHECKOUT / "docs" / "benchmarks.md")
    parser.add_argument("--folder", type=Path, help="where data stays [default: removed]")
    given = parser.parse_args()
    wanted = given.parts.split(",")
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        parts = {name: unmeasured(name) for name in PARTS}
        for name in (name for name in PARTS if name in wanted):
            parts[name] = PARTS[name](folder, given.scale)
            # what was measured stays when a later part fails
            given.page.write_text(page(list(parts.values()), given.scale))
    print(f"written to {given.page}")


if __name__ == "__main__":
    main()
