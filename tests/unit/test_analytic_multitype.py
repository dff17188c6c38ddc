"""Several types with mutation and switching, against the slow solver of `backward_reference`."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import chemoevo as ce
from chemoevo import _core
from tests.unit.backward_reference import backward

mpmath.mp.dps = 30

# What the package promises; every case below is met ten times better.
PROMISE = 1e-8
MET = 1e-9


def relative(got: float, want: Fraction) -> float:
    return float(abs(Fraction(float(got)) - want) / want) if want else abs(float(got))


class Model:
    """One description for the package and for the reference."""

    def __init__(self, birth, death, mutation=None, switching=None, breakpoints=(), pulses=()):
        self.birth, self.death = np.atleast_2d(birth).tolist(), np.atleast_2d(death).tolist()
        intervals, self.k = len(self.birth), len(self.birth[0])
        self.mutation = self._tables(mutation, intervals)
        self.switching = self._tables(switching, intervals)
        self.breakpoints, self.pulses = list(breakpoints), list(pulses)

    @staticmethod
    def _tables(table, intervals):
        if isinstance(table, list):
            return table
        return [table or {}] * intervals

    def process(self) -> ce.BranchingProcess:
        names = [f"t{i}" for i in range(self.k)]

        def named(tables):
            pairs = sorted({pair for table in tables for pair in table})
            return {(names[i], names[j]): [table.get((i, j), 0.0) for table in tables] for i, j in pairs}

        return ce.BranchingProcess(
            types=names,
            birth=self.birth,
            death=self.death,
            mutation=named(self.mutation),
            switching=named(self.switching),
            breakpoints=self.breakpoints,
            pulses=[ce.Pulse(time=t, survival=dict(zip(names, p, strict=True))) for t, p in self.pulses],
        )

    def absence(self, presence, horizon):
        return backward(
            self.birth,
            self.death,
            self.mutation,
            self.switching,
            self.breakpoints,
            self.pulses,
            presence,
            horizon,
        )


def random_model(k: int, seed: int) -> Model:
    """Rates over many orders of magnitude, three intervals, two pulses, one of them at a horizon asked below."""
    rng = np.random.default_rng([k, seed])
    edges = [(i, j) for i in range(k) for j in range(k) if i != j and rng.random() < 0.7]
    return Model(
        birth=rng.uniform(0, 1, (3, k)),
        death=rng.uniform(0, 1, (3, k)) * 10.0 ** rng.integers(-14, 1, (3, k)),
        mutation=[{e: 10.0 ** rng.uniform(-9, -1) / k for e in edges[::2]} for _ in range(3)],
        switching=[{e: 10.0 ** rng.uniform(-6, 0) for e in edges[1::2]} for _ in range(3)],
        breakpoints=[5.0, 11.0],
        pulses=[(3.0, rng.uniform(0, 1, k).tolist()), (16.0, (10.0 ** rng.uniform(-12, 0, k)).tolist())],
    )


def solve(process, presence, horizon):
    presence = np.asarray(presence, dtype=float)
    found = _core.backward(process.compiled, presence, 1 - presence, np.array([horizon]))
    return found.presence[0], found.absence[0]


NETWORKS = [(2, 0), (2, 1), (3, 0), (3, 1), (5, 0)]
QUESTIONS = ["any", "last", "half"]
HORIZONS = [2.0, 16.0, 20.0]
# Every pair of a network, a question and a horizon is in the short suite, every triple in the long one.
TRIPLES = [
    pytest.param(*NETWORKS[n], QUESTIONS[q], HORIZONS[h], marks=[pytest.mark.slow] if (n + q + h) % 3 else [])
    for n in range(5)
    for q in range(3)
    for h in range(3)
]


@pytest.mark.parametrize(("k", "seed", "question", "horizon"), TRIPLES)
def test_random_networks_to_the_last_digits(k, seed, question, horizon):
    model = random_model(k, seed)
    presence = {"any": [1.0] * k, "last": [0.0] * (k - 1) + [1.0], "half": [0.5] * k}[question]
    g, f = solve(model.process(), presence, horizon)
    for i, want in enumerate(model.absence(presence, horizon)):
        assert relative(f[i], want) < MET
        if want < 1:
            assert relative(g[i], 1 - want) < MET


def test_reference_agrees_with_mpmath_ode():
    model = Model([0.8, 0.5], [0.3, 0.6], {(0, 1): 0.05}, {(1, 0): 0.2})

    def slope(_, f):
        s, r = f
        return [
            mpmath.mpf(0.8) * ((1 - mpmath.mpf(0.05)) * s * s + mpmath.mpf(0.05) * s * r)
            + mpmath.mpf(0.3)
            - (mpmath.mpf(0.8) + mpmath.mpf(0.3)) * s,
            mpmath.mpf(0.5) * r * r
            + mpmath.mpf(0.6)
            + mpmath.mpf(0.2) * s
            - (mpmath.mpf(0.5) + mpmath.mpf(0.6) + mpmath.mpf(0.2)) * r,
        ]

    want = mpmath.odefun(slope, 0, [mpmath.mpf(0), mpmath.mpf(0)])(3)
    got = model.absence([1.0, 1.0], 3.0)
    for a, b in zip(got, want, strict=True):
        assert abs(mpmath.mpf(a.numerator) / a.denominator - b) < mpmath.mpf("1e-25")


def test_survival_of_1e_12_and_1e_15_and_1e_27():
    model = Model([0.14, 0.13, 0.1], [1.2, 1.0, 0.9], {(0, 1): 1e-6, (1, 2): 1e-5, (0, 2): 1e-9}, {(2, 1): 1e-3})
    process = model.process()
    for horizon in (28.0, 40.0, 75.0):
        g, _ = solve(process, [1.0] * 3, horizon)
        for i, want in enumerate(model.absence([1.0] * 3, horizon)):
            assert relative(g[i], 1 - want) < MET
    assert g[0] < 1e-27


def test_extinction_of_1e_12_keeps_its_digits():
    model = Model([1.0, 0.7], [1e-12, 3e-13], {(0, 1): 1e-2}, {(1, 0): 1e-3})
    _, f = solve(model.process(), [1.0, 1.0], 30.0)
    for i, want in enumerate(model.absence([1.0, 1.0], 30.0)):
        assert 1e-13 < want < 1e-11
        assert relative(f[i], want) < MET


def test_a_ladder_of_nine_mutations():
    """Presence at the end of a ladder starts as t^9: no relative error can be met at t = 0."""
    k = 10
    model = Model([0.5] * k, [0.2] * k, {(i, i + 1): 1e-3 for i in range(k - 1)})
    presence = [0.0] * (k - 1) + [1.0]
    g, _ = solve(model.process(), presence, 6.0)
    for i, want in enumerate(model.absence(presence, 6.0)):
        assert relative(g[i], 1 - want) < MET


def test_rates_times_time_of_ten_thousand():
    """Explicit steps stay stable; the answer is the stationary root, here of a quadratic."""
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[2.0, 1.0], death=[40.0, 0.5], mutation={("S", "R"): 1e-3}, switching={("R", "S"): 1e-4}
    )
    g, f = solve(process, [1.0, 1.0], 250.0)
    ultimate = ce.ultimate_extinction_probability(process, initial=[[1, 0], [0, 1]])
    np.testing.assert_allclose(f, ultimate, rtol=1e-10)

    # The stationary equations themselves, at 30 digits.
    def stationary(s, r):
        s, r = mpmath.mpf(s), mpmath.mpf(r)
        return [
            (2 - 40) * s - 2 * s * s + 2 * (1 - s) * mpmath.mpf(1e-3) * (r - s),
            mpmath.mpf("0.5") * r - r * r + mpmath.mpf(1e-4) * (s - r),
        ]

    root = mpmath.findroot(stationary, (g[0], g[1]))
    for got, want in zip(g, root, strict=True):
        assert abs(mpmath.mpf(float(got)) - want) / want < 1e-10
    # Critical, and so slow: survival falls as 1/t while both types are well coupled.
    critical = ce.BranchingProcess(
        types=["A", "B"], birth=[1, 1], death=[1, 1], switching={("A", "B"): 1, ("B", "A"): 1}
    )
    got = ce.survival_probability(critical, initial={"A": 1}, times=[1e4])
    np.testing.assert_allclose(got, 1 / (1 + 1e4), rtol=1e-9)


def test_fast_type_that_follows_a_slow_one():
    """A type that only dies (30 per day) or switches (10 per day) to a critical one, over 250 days: stiff all the way.

    Its survival is the integral of its switching times Kendall's survival 1/(1 + t) of the other, and e^{-40 T}.
    """
    process = ce.BranchingProcess(types=["S", "R"], birth=[0, 1], death=[30, 1], switching={("S", "R"): 10})
    got = ce.survival_probability(process, initial={"S": 1}, times=[250])[0]
    want = mpmath.quad(lambda t: 10 * mpmath.exp(-40 * t) / (251 - t), [0, 0.05, 0.2, 1, 5]) + mpmath.quad(
        lambda t: 10 * mpmath.exp(-40 * t) / (251 - t), [5, 20, 250]
    )
    assert abs(got / want - 1) < MET


def test_times_agree_with_one_at_a_time():
    process = random_model(3, 0).process()
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 11.0, 12.0, 16.0, 17.0, 30.0, 31.0])
    initial = [[5, 0, 2], [0, 10**6, 0]]
    together = ce.presence_probability(process, types=["t2"], initial=initial, times=times)
    assert together.shape == (2, len(times))
    for column, t in enumerate(times):
        alone = ce.presence_probability(process, types=["t2"], initial=initial, times=[t])
        np.testing.assert_allclose(together[:, column], alone[:, 0], rtol=1e-9)
    assert together[0, 0] == 1.0
    assert together[1, 0] == 0.0


PLANTED = Model(
    birth=[[0.8, 0.6], [0.3, 0.7]],
    death=[[0.2, 0.3], [0.9, 0.4]],
    mutation={(0, 1): 0.02},
    switching={(1, 0): 0.1},
    breakpoints=[2.0],
    pulses=[(5.0, [0.1, 0.5])],
)


@pytest.mark.parametrize(
    "bug", ["mutation counted twice", "both daughters", "order", "pulse missing", "transposed", "plain birth", "switch"]
)
def test_planted_bugs_are_caught(bug):
    """Each wrong model differs from the right one by far more than the tolerance of the comparison above."""
    m = PLANTED
    birth, death, mutation, switching, pulses = m.birth, m.death, m.mutation[0], m.switching[0], m.pulses
    if bug == "mutation counted twice":
        mutation = {(0, 1): 0.04}
    elif bug == "both daughters":
        mutation = {(0, 1): 2 * 0.02 * (1 - 0.02)}
    elif bug == "order":
        birth, death = birth[::-1], death[::-1]
    elif bug == "pulse missing":
        pulses = []
    elif bug == "transposed":
        mutation = {(1, 0): 0.02}
    elif bug == "plain birth":
        birth = [[b * (1 - 0.02), r] for b, r in birth]
    else:
        switching = {(1, 0): 0.0}
    wrong = Model(birth, death, mutation, switching, m.breakpoints, pulses).absence([1.0, 1.0], 5.0)
    right = m.absence([1.0, 1.0], 5.0)
    _, f = solve(m.process(), [1.0, 1.0], 5.0)
    assert relative(f[0], right[0]) < MET
    assert relative(f[0], wrong[0]) > 1e3 * PROMISE


def test_chaining_equals_one_run():
    """Therapy, then growth before it: the pair at the start of one is the end of the other."""
    both = random_model(3, 1)
    whole_g, whole_f = solve(both.process(), [1.0] * 3, 20.0)
    first = Model(both.birth[:1], both.death[:1], both.mutation[:1], both.switching[:1], pulses=both.pulses[:1])
    rest = Model(
        both.birth[1:],
        both.death[1:],
        both.mutation[1:],
        both.switching[1:],
        breakpoints=[6.0],
        pulses=[(t - 5.0, p) for t, p in both.pulses[1:]],
    )
    g, f = solve(rest.process(), [1.0] * 3, 15.0)
    found = _core.backward(first.process().compiled, g, f, np.array([5.0]))
    np.testing.assert_allclose(found.presence[0], whole_g, rtol=1e-9)
    np.testing.assert_allclose(found.absence[0], whole_f, rtol=1e-9)
