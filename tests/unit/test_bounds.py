"""What a hostile or damaged file may cost: seconds of CPU, memory, and one sentence.

tests.support.hostile reads each in a process of its own, so that the memory is that of the file.
"""

import json
import subprocess
import sys

import pytest

from locus_pipeline.settings import CHECKOUT
from tests.support.hostile import CASES

SECONDS = 15  # of CPU, of one file or batch; the slowest takes 3
MEBIBYTES = 300  # beyond a process that reads nothing
PATIENCE = 600  # seconds of the clock for all, on a busy machine

SAID = {
    "a workbook of texts": "too many texts",
    "a workbook of a million rows": "more than 50,000 rows",
    "a workbook that unpacks to a gigabyte": "the workbook is too large",
    "a layout of aliases": "more than 10 aliases",
    "a layout of brackets": "nested deeper than 12 levels",
    "a layout of sixties": "survey_year: field required",
    "a layout with an endless number": "not a layout: Exceeds the limit",
    "a layout with a tag": "line 1: not a layout: a tag",
    "a round file of aliases": "line 1: write one value",
    "a round file of sixties": "'comment': Extra inputs are not permitted",
    "a round file with a tag": "write one value",
    "a line of 40 MB": "is longer than 65,536 characters",
    "an archive of a gigabyte of zeros": "would unpack to 1,073,741,824",
    "an archive that lies about a gigabyte": "can't be unpacked",
    "an archive of 60,000 documents": "1 blocks, 60000 others",
    "flipped archives": "sentences, among them ",
}


@pytest.fixture(scope="module")
def costs(tmp_path_factory):
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile", str(tmp_path_factory.mktemp("hostile"))],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return {cost["case"]: cost for cost in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_costs_little_and_is_one_sentence(costs, case):
    cost = costs[case]
    assert SAID[case] in cost["said"] and "\n" not in cost["said"], cost
    assert cost["seconds"] < SECONDS, cost
    assert cost["mebibytes"] < MEBIBYTES, cost
