"""Ultimate extinction of several types: closed forms, limits of long horizons, degenerate classes."""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce


def ultimate(process):
    return ce.ultimate_extinction_probability(process, initial=np.eye(len(process.types)))


def test_split_type_has_the_root_of_one():
    process = ce.BranchingProcess(
        types=["A", "B"], birth=[1.0, 1.0], death=[0.3, 0.3], switching={("A", "B"): 0.7, ("B", "A"): 0.2}
    )
    np.testing.assert_allclose(ultimate(process), 0.3, rtol=1e-14)


def test_extinction_of_1e_13_keeps_its_digits():
    process = ce.BranchingProcess(
        types=["A", "B"], birth=[1.0, 1.0], death=[1e-13, 1e-13], mutation={("A", "B"): 0.5, ("B", "A"): 0.1}
    )
    np.testing.assert_allclose(ultimate(process), 1e-13, rtol=1e-12)


@pytest.mark.parametrize("growth", [0.0, -1e-12, -0.3])
def test_critical_and_subcritical_classes_die_out_for_certain(growth):
    process = ce.BranchingProcess(
        types=["A", "B"],
        birth=[0.7, 0.7],
        death=[0.7 - growth, 0.7 - growth],
        switching={("A", "B"): 0.7, ("B", "A"): 0.2},
    )
    assert ultimate(process).tolist() == [1.0, 1.0]


def test_hardly_supercritical_class_survives_a_little():
    b, d = 1.0, 1.0 - 1e-10
    process = ce.BranchingProcess(
        types=["A", "B"], birth=[b, b], death=[d, d], switching={("A", "B"): 0.5, ("B", "A"): 0.5}
    )
    log_extinction = np.log(ce.ultimate_extinction_probability(process, initial=[[10**9, 0]]))
    np.testing.assert_allclose(log_extinction, 1e9 * np.log(d / b), rtol=1e-5)


def test_dying_source_of_a_surviving_target():
    # One cell of S (no birth of its own): switches to R before it dies with probability s/(s + d).
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.0, 1.0], death=[0.9, 0.4], switching={("S", "R"): 0.1})
    np.testing.assert_allclose(ultimate(process), [1 - 0.1 * 0.6, 0.4], rtol=1e-14)


def test_mutants_of_a_subcritical_source():
    # F = (d + b (1 - u) F^2 + b u F f)/(b + d), f = d_R/b_R
    b, d, u, f = 0.5, 1.5, 1e-9, 0.25
    process = ce.BranchingProcess(types=["S", "R"], birth=[b, 1.0], death=[d, f], mutation={("S", "R"): u})
    got = ce.ultimate_extinction_probability(process, initial=[[10**12, 0]])
    survival = b * u * (1 - f) / (d - b)  # to first order in u; the next order is 1e-9 smaller
    np.testing.assert_allclose(np.log(got), -1e12 * survival, rtol=1e-7)


def test_degenerate_classes():
    switching = {("A", "B"): 1.0, ("B", "A"): 1.0, ("C", "D"): 1.0}
    process = ce.BranchingProcess(
        types=["A", "B", "C", "D", "E"],
        birth=[0, 0, 0, 0, 0],
        death=[0, 0, 0, 1.0, 0],
        switching=switching,
    )
    # A <-> B never die, C ends in D which dies, E does nothing.
    assert ultimate(process).tolist() == [0.0, 0.0, 1.0, 1.0, 0.0]


def test_part_of_a_class_critical_by_itself_makes_it_supercritical():
    process = ce.BranchingProcess(
        types=["A", "B"], birth=[1.0, 0.5], death=[0.9, 2.0], mutation={("A", "B"): 0.1}, switching={("B", "A"): 0.5}
    )
    values = ultimate(process)
    assert (values < 1).all()
    late = ce.extinction_probability(process, initial={"A": 1}, times=[20000])
    np.testing.assert_allclose(late, values[0], rtol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_limit_of_long_horizons(seed):
    rng = np.random.default_rng(seed)
    k = 4
    process = ce.BranchingProcess(
        types=list("ABCD"),
        birth=rng.uniform(0, 1, (2, k)),
        death=rng.uniform(0, 1, (2, k)) * rng.choice([0.0, 0.1, 1.0], (2, k)),
        mutation=np.triu(rng.uniform(0, 0.1, (k, k)), 1),
        switching=np.tril(rng.uniform(0, 1, (k, k)), -1) * rng.integers(0, 2, (k, k)),
        breakpoints=[4.0],
        pulses=[ce.Pulse(time=6.0, survival={"A": 0.1, "B": 0.7})],
    )
    late = ce.extinction_probability(process, initial=np.eye(k), times=[3000.0])[:, 0]
    np.testing.assert_allclose(ultimate(process), late, rtol=1e-9, atol=1e-300)
