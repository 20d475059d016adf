"""The runs of the index: 10,000 over 300 objects and 40 indicators.

    python -m bench.index_runs [objects] [runs]

Prints the CPU seconds of the runs alone, and of the whole index with its Sobol indices."""

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


def main(objects: int = 300, runs: int = 10_000) -> None:
    """Make `objects` with all indicators, and measure."""
    facts, rules = framework(), replace(RULES, runs=runs)
    frame = invented_objects(objects, "2026")
    values = invented_values(frame, facts)
    none = table("goalposts")
    periods, posts = with_goalposts(split(values, frame, facts, rules, none), facts, rules, none)
    scored, _ = score(periods[0], posts, facts, rules)

    start = time.process_time()
    sets = weight_sets(scored, best_light(scored, rules)[1], None, None, rules)
    options = {name: each.options for name, each in sets.items()}
    random = np.random.default_rng(rules.seed)
    choices = prepare(scored, facts, rules, options, random)
    rank_bands(ranks(choices.scores(random.random((runs, len(TRIGGERS))))), rules)
    alone = time.process_time() - start

    start = time.process_time()
    build_index(values, frame, facts, rules)
    whole = time.process_time() - start
    print(f"{runs} runs x {len(scored.objects)} objects x {len(scored.tree.indicators)} indicators")
    print(f"runs {alone:.2f}, whole index {whole:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
