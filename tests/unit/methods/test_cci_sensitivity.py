"""Sobol indices against the Ishigami function, whose indices are known exactly."""

import numpy as np
from pytest import approx

from locus_pipeline.methods.index.robustness.sensitivity import sobol_indices


def ishigami(uniform: np.ndarray) -> np.ndarray:
    """sin x1 + 7 sin2 x2 + 0.1 x3^4 sin x1 on (-pi, pi)^3; Ishigami and Homma (1990)."""
    x1, x2, x3 = np.pi * (2 * uniform.T - 1)
    return (np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1))[:, None]


def test_ishigami():
    indices = sobol_indices(ishigami, ["x1", "x2", "x3"], ["y"], runs=4096, seed=7)
    assert indices.first_order.tolist() == approx([0.3139, 0.4424, 0], abs=0.01)
    assert indices.total.tolist() == approx([0.5576, 0.4424, 0.2437], abs=0.01)
    assert (indices.first_order_low < indices.first_order).all()
    assert (indices.total_high > indices.total).all()


def test_each_target_has_its_own_indices():
    indices = sobol_indices(
        lambda uniform: np.column_stack([uniform[:, 0], uniform[:, 1], np.ones(len(uniform))]),
        ["a", "b"],
        ["first", "second", "constant"],
        runs=256,
        seed=1,
    ).set_index(["target", "trigger"])
    assert indices.first_order[("first", "a")] == approx(1, abs=0.05)
    assert indices.total[("first", "b")] == approx(0, abs=0.01)
    assert indices.first_order[("second", "b")] == approx(1, abs=0.05)
    assert indices.loc["constant"].isna().all(axis=None)


def test_the_same_seed_gives_the_same_indices():
    first, again = (sobol_indices(ishigami, list("abc"), ["y"], 64, seed=3) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(sobol_indices(ishigami, list("abc"), ["y"], 64, seed=4))
