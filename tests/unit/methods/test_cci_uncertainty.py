"""Runs of the index: each choice does what it says, and ranks are counted right."""

import time
from dataclasses import replace

import numpy as np
import pytest
from pytest import approx

from locus_pipeline.methods.index.aggregation import power_mean
from locus_pipeline.methods.index.framework import Rules
from locus_pipeline.methods.index.periods import split, with_goalposts
from locus_pipeline.methods.index.robustness import uncertainty
from locus_pipeline.methods.index.robustness.uncertainty import (
    TRIGGERS,
    Choices,
    disturbed,
    impute,
    mean_rank_shift,
    pairwise,
    prepare,
    rank_bands,
    ranks,
)
from locus_pipeline.methods.index.robustness.weight_sets import best_light, weight_sets
from locus_pipeline.methods.index.scoring import Scored, contributions, score
from locus_pipeline.methods.index.tables import table
from tests.support.cci_inputs import RULES, framework, invented_objects, invented_values

FACTS = framework()
QUICK = replace(RULES, run_draws=20)
# the index by its rules: nothing imputed, the rule's winsor limit, frozen goalposts, equal weights,
# the geometric mean, no indicator dropped
BY_THE_RULES = np.array([0.0, 0.999, 0, 0, 0, 0, 0, 0])
nan = np.nan


def scored_and_choices(
    count: int = 30,
    missing: float = 0.0,
    error: float = 0.0,
    noise: float = 0.8,
    rules: Rules = QUICK,
) -> tuple[Scored, Choices]:
    objects = invented_objects(count, "2026")
    values = invented_values(objects, FACTS, noise=noise)
    values = values[np.random.default_rng(2).random(len(values)) >= missing]
    values = values.assign(standard_error=values.value * error)
    none = table("goalposts")
    periods, posts = with_goalposts(split(values, objects, FACTS, rules, none), FACTS, rules, none)
    scored, _ = score(periods[0], posts, FACTS, rules)
    sets = weight_sets(scored, best_light(scored, rules)[1], None, None, rules)
    options = {name: each.options for name, each in sets.items()}
    return scored, prepare(scored, FACTS, rules, options, np.random.default_rng(3))


def varied(**uniform: float) -> np.ndarray:
    """The choices of the rules with others for some triggers."""
    row = BY_THE_RULES.copy()
    for trigger, value in uniform.items():
        row[TRIGGERS.index(trigger)] = value
    return row[None]


@pytest.fixture(scope="module")
def base() -> tuple[Scored, Choices]:
    return scored_and_choices(missing=0.05)


@pytest.fixture(scope="module")
def rough() -> Choices:
    """With sampling errors and outliers too."""
    return scored_and_choices(missing=0.05, error=0.1, noise=2.0)[1]


def test_the_choices_of_the_rules_give_the_score(base):
    scored, choices = base
    assert choices.scores(BY_THE_RULES[None])[0] == approx(scored.score)


@pytest.mark.parametrize(
    ("top", "drivers", "pillar", "sub_pillar"), [(0, 1, 1, 1), (1, 0, 1, 1), (-1, 1, 0, 2)]
)
def test_another_mean_is_a_rule(top, drivers, pillar, sub_pillar):
    """Scores, what they are split into and the runs read the same choice."""
    rules = replace(
        QUICK,
        mean_score=top,
        mean_drivers=drivers,
        mean_pillar=pillar,
        mean_sub_pillar=sub_pillar,
    )
    scored, choices = scored_and_choices(missing=0.05, rules=rules)
    assert choices.scores(BY_THE_RULES[None])[0] == approx(scored.score)
    rows = contributions(scored, rules).groupby("object_id")
    assert rows.contribution.sum().to_numpy() == approx(scored.score, rel=1e-12)
    assert rows.contribution_arithmetic.sum().to_numpy() == approx(scored.arithmetic, rel=1e-12)
    means = np.stack([scored.pillars[:, 0], scored.drivers], axis=-1)
    half = np.array([0.5, 0.5])
    assert power_mean(means, half, top) == approx(scored.score)
    by_the_rules = scored_and_choices(missing=0.05)[0]
    # the arithmetic score is that of arithmetic means at each level, whatever the rules say
    assert scored.arithmetic == approx(by_the_rules.arithmetic, rel=1e-12)
    assert (rules.means == QUICK.means) == bool(
        scored.score == approx(by_the_rules.score, rel=1e-9)
    )


def test_the_arithmetic_choice_gives_the_arithmetic_score(base):
    scored, choices = base
    assert choices.scores(varied(aggregation=0.5))[0] == approx(scored.arithmetic)
    harmonic = choices.scores(varied(aggregation=0.9))[0]
    assert (harmonic <= scored.score + 1e-9).all()


@pytest.mark.parametrize("trigger", [name for name in TRIGGERS if name != "goalposts"])
def test_every_trigger_moves_the_scores(rough, trigger):
    # frozen goalposts cut what winsorising would: re-estimated ones show its limit
    levels = (0.0, 0.3, 0.6, 0.999)
    grid = np.vstack([varied(**{"goalposts": 0.999, trigger: at}) for at in levels])
    scores = rough.scores(grid)
    assert np.isfinite(scores).all()
    assert np.ptp(scores, axis=0).max() > 0.01


def test_goalposts_of_the_period_are_those_of_an_index_of_one_period(base):
    """Re-estimated from the same values the goalposts are the same; frozen elsewhere they are
    not."""
    scored, choices = base
    again = choices.scores(varied(goalposts=0.999))[0]
    assert again == approx(scored.score)
    elsewhere = replace(scored.scale, maximum=scored.scale.maximum * 2 + 1)
    moved = prepare(
        replace(scored, scale=elsewhere),
        FACTS,
        QUICK,
        choices.pillar_weights,
        np.random.default_rng(3),
    )
    assert moved.scores(BY_THE_RULES[None])[0].mean() < scored.score.mean() - 1
    assert moved.scores(varied(goalposts=0.999))[0] == approx(scored.score)


def test_a_dropped_indicator_counts_no_more(base):
    scored, choices = base
    count = len(choices.droppable) + 1
    at = scored.tree.indicators.index("CV02")
    chosen = list(choices.droppable).index(at) + 1
    scores = choices.scores(varied(dropped_indicator=(chosen + 0.5) / count))[0]
    performs = scored.tree.indicator_pillar == 0
    performs[at] = False
    performance = np.nanmean(scored.normalised[:, performs], axis=1)
    assert scores == approx(np.sqrt(performance * scored.drivers))


def test_what_does_not_vary_is_the_same_for_all_and_not_missing(base):
    scored, choices = base
    performs = scored.tree.indicator_pillar == 0
    same = replace(choices, adjusted=np.where(performs, 1.0, choices.adjusted))
    for normalised in (0.3, 0.6, 0.9):
        assert np.isfinite(same.scores(varied(normalisation=normalised))).all()


def test_chunks_give_what_one_piece_gives(base, monkeypatch):
    _, choices = base
    uniform = np.random.default_rng(4).random((50, len(TRIGGERS)))
    whole = choices.scores(uniform)
    monkeypatch.setattr(uncertainty, "CHUNK", 1)
    assert choices.scores(uniform) == approx(whole, rel=1e-12)


def test_imputed_values_come_from_the_sector():
    values = np.array([[1.0, 9], [2, 9], [3, nan], [nan, 9], [50, 9], [nan, 9]])
    sectors = np.array(["a", "a", "a", "a", "b", "b"])
    rules = replace(QUICK, imputations=200, sector_objects=3)
    filled = impute(values, sectors, rules, np.random.default_rng(1))
    assert set(filled[:, 3, 0]) == {1, 2, 3}
    # one value is too few for a sector: all values
    assert set(filled[:, 5, 0]) == {1, 2, 3, 50}
    assert np.isnan(filled[:, :3, 0]).all() and set(filled[:, 2, 1]) == {9}


def test_disturbed_weights_vary_as_the_rule_says():
    rules = replace(RULES, run_draws=20_000)
    drawn = disturbed(5, rules, np.random.default_rng(1))
    assert drawn.sum(axis=1) == approx(np.ones(20_000))
    assert drawn.mean(axis=0) == approx(np.full(5, 0.2), rel=0.01)
    assert drawn.std(axis=0) / 0.2 == approx(np.full(5, 0.25), rel=0.03)
    assert disturbed(1, QUICK, np.random.default_rng(1)).tolist() == [[1.0]] * 20


def test_ranks_by_hand():
    scores = np.array([[3.0, 9, 9, 1], [4, 3, 2, 1]])
    assert ranks(scores).tolist() == [[3, 1, 1, 4], [1, 2, 3, 4]]
    assert mean_rank_shift(ranks(scores), np.array([1, 2, 3, 4])).tolist() == [1.25, 0]
    assert pairwise(scores)[0].tolist() == [0, 0.5, 0.5, 1]
    assert pairwise(scores)[1].tolist() == [0.5, 0, 0.5, 1]


def test_bands_and_tiers_by_hand():
    # ten runs of four objects: the first is 1 in eight and 2 in two of them
    drawn = np.array([[1, 2, 3, 4]] * 8 + [[2, 1, 4, 3]] * 2)
    bands = rank_bands(drawn, RULES)
    assert bands.rank_median.tolist() == [1, 2, 3, 4]
    assert bands.rank_p95.tolist() == [2, 2, 4, 4]
    assert bands.probability_top_quartile.tolist() == approx([0.8, 0.2, 0, 0])
    assert bands.tier.tolist() == ["A", "B", "C", "D"]
    doubtful = np.array([[1, 2, 3, 4]] * 7 + [[2, 1, 4, 3]] * 3)
    assert rank_bands(doubtful, RULES).tier.tolist() == ["B", "B", "D", "D"]


def test_time_grows_no_faster_than_the_runs():
    """10,000 runs over 300 objects and 40 indicators are measured in bench/index_runs.py;
    here that a run costs the same however many there are, against that figure with much to
    spare."""
    scored, choices = scored_and_choices(count=60)
    uniform = np.random.default_rng(5).random((500, len(TRIGGERS)))
    start = time.process_time()
    choices.scores(uniform)
    cells = uniform.shape[0] * scored.normalised.size
    # 30 s for 24 million cells
    assert (time.process_time() - start) / cells < 30 / (2000 * 300 * 40)
