"""How long the runs of the index take: 2,000 runs over 300 objects and 40 indicators.

    python -m bench.index_uncertainty [objects] [runs]

Prints the seconds of the runs alone, of the whole index with its Sobol indices, and the most memory
that the process held. The bound that the project promises is 30 seconds on two cores."""

import resource
import sys
import time
from dataclasses import replace

import numpy as np

from locus_pipeline.methods.index.build import build_index
from locus_pipeline.methods.index.periods import split, with_goalposts
from locus_pipeline.methods.index.robustness.uncertainty import TRIGGERS, prepare, rank_bands, ranks
from locus_pipeline.methods.index.robustness.weight_sets import best_light, weight_sets
from locus_pipeline.methods.index.scoring import score
from locus_pipeline.methods.index.tables import table
from tests.support.cci_inputs import RULES, framework, invented_objects, invented_values


def main(objects: int = 300, runs: int = 2000) -> None:
    """Make `objects` with all indicators, and measure."""
    facts, rules = framework(), replace(RULES, runs=runs)
    frame = invented_objects(objects, "2026")
    values = invented_values(frame, facts)
    none = table("goalposts")
    periods, posts = with_goalposts(split(values, frame, facts, rules, none), facts, rules, none)
    scored, _ = score(periods[0], posts, facts, rules)

    start = time.perf_counter()
    sets = weight_sets(scored, best_light(scored, rules)[1], None, None, rules)
    options = {name: each.options for name, each in sets.items()}
    random = np.random.default_rng(rules.seed)
    choices = prepare(scored, facts, rules, options, random)
    rank_bands(ranks(choices.scores(random.random((runs, len(TRIGGERS))))), rules)
    alone = time.perf_counter() - start

    start = time.perf_counter()
    build_index(values, frame, facts, rules)
    whole = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{runs} runs x {len(scored.objects)} objects x {len(scored.tree.indicators)} indicators")
    print(f"runs {alone:.1f} s, whole index {whole:.1f} s, {memory:.0f} MiB at most")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
