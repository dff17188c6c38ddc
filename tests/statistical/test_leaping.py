"""Cohort leaping against event-skipping in law, and against exact moments where event-skipping would take hours.

Every check has the level 1e-6 (`_laws.FALSE_ALARM`). The tolerance is the default, whose error must not be seen in
samples of this size; what the samples can see is shown by planted errors, in samples of the same sizes. Leaping is the
cheaper of the two, so that it has more replicates.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical._samples import Sample, compare, every_other, sample_of
from tests.statistical.models import Model, lattice

names5, mutation5 = lattice(5, 2e-3)
names3, mutation3 = lattice(3, 0.02, back=False)

MODELS = [
    Model("growing", ("S", "R"), [1.0, 1.0], [0.5, 0.6], {"S": 5_000}, (1.0, 4.0), {("S", "R"): 0.03}),
    Model("faster-mutant", ("S", "R"), [0.5, 1.5], [0.5, 0.3], {"S": 30_000}, (2.0, 4.0), {("S", "R"): 0.01}),
    Model("declining", ("S", "R"), [0.3, 0.8], [1.5, 0.7], {"S": 100_000}, (1.0, 6.0), {("S", "R"): 0.02}),
    Model("dying-out", ("S", "R"), [0.3, 0.1], [2.5, 4.0], {"S": 100_000}, (2.0, 12.0), {("S", "R"): 0.05}),
    Model("critical", ("S", "R", "Q"), [1.0] * 3, [1.0] * 3, {"S": 10_000}, (3.0,), {("S", "R"): 0.1, ("R", "Q"): 0.1}),
    Model("every-division", ("S", "R"), [0.8, 0.9], [0.1, 0.5], {"S": 1_000}, (2.0,), {("S", "R"): 1.0}),
    Model("two-ways", ("A", "B"), [1.0, 0.9], [0.4, 0.8], {"A": 3_000}, (3.0,), {("A", "B"): 0.05, ("B", "A"): 0.08}),
    Model("three-loci", names3, [1.0] * 8, [0.5] * 8, {"000": 2_000}, (2.0, 4.0), mutation3),
    Model("five-loci", names5, [1.0] * 32, [0.6] * 32, {"00000": 20_000}, (3.0,), mutation5),
    Model(
        "therapy",
        ("S", "R"),
        [[1.0, 0.9], [0.6, 0.9], [1.0, 0.9]],
        [[0.5, 0.6], [2.0, 0.7], [0.5, 0.6]],
        {"S": 50_000},
        (1.0, 2.5, 4.0),
        {("S", "R"): [0.005, 0.02, 0.0]},
        breakpoints=(1.5, 2.2),
        pulses=((3.0, {"S": 0.3, "R": 0.5}),),
    ),
    Model(
        "some-switch",
        ("S", "R", "T"),
        [1.0, 1.0, 0.2],
        [0.5, 0.5, 0.1],
        {"S": 20_000, "R": 10},
        (2.0,),
        {("S", "R"): 0.02},
        switching={("R", "T"): 0.2, ("T", "R"): 0.1},
    ),
    Model(
        "niches",
        ("in", "out", "R in", "R out"),
        [0.9, 0.5, 0.9, 0.5],
        [0.4, 0.6, 0.4, 0.6],
        {"in": 2_000},
        (0.5, 3.0),
        {("in", "R in"): 0.01, ("out", "R out"): 0.01},
        switching={("in", "out"): 0.5, ("out", "in"): 1.0, ("R in", "R out"): 0.5, ("R out", "R in"): 1.0},
    ),
    Model(
        "tolerance-under-therapy",
        ("S", "T", "R"),
        [[0.8, 0.1, 0.7], [0.8, 0.1, 0.7]],
        [[0.5, 0.1, 0.5], [3.5, 0.2, 0.6]],
        {"S": 5_000},
        (1.0, 4.0),
        {("S", "R"): 0.005},
        switching={("S", "T"): 0.2, ("T", "S"): 0.4},
        breakpoints=(1.0,),
    ),
    Model(
        "few-switch",
        ("A", "B"),
        [1.0, 0.9],
        [0.6, 0.5],
        {"A": 20_000},
        (1.0, 3.0),
        {("A", "B"): 0.01},
        switching={("A", "B"): 3e-4, ("B", "A"): 1e-3},
    ),
    Model(
        "one-way",
        ("A", "B", "C"),
        [0.5, 0.4, 0.6],
        [0.5, 0.9, 0.2],
        {"A": 4_000},
        (2.0,),
        switching={("A", "B"): 0.3, ("C", "B"): 0.2, ("B", "C"): 0.01},
    ),
]


def leaps(model: Model, n: int, seed: int, **options: object) -> Sample:
    ensemble = ce.simulate(
        model.process,
        initial=dict(model.initial),
        times=list(model.times),
        replicates=n,
        seed=seed,
        engine="leap",
        **options,  # type: ignore[arg-type]
    )
    assert "leap" in ensemble.engine
    assert not ensemble.exact
    return sample_of(ensemble)


def skips(model: Model, n: int, seed: int) -> Sample:
    return sample_of(
        ce.simulate(
            model.process,
            initial=dict(model.initial),
            times=list(model.times),
            replicates=n,
            seed=seed,
            engine="bnb",
        )
    )


N_LEAP, N_SKIP = 1_800, 600


@cache
def skipped(name: str) -> Sample:
    return skips(next(m for m in MODELS if m.name == name), N_SKIP, 2)


@pytest.mark.parametrize("model", every_other(MODELS), ids=repr)
def test_leap_agrees_with_bnb_in_law(model: Model) -> None:
    compare(leaps(model, N_LEAP, 1), skipped(model.name), model.types).require()


# Of those that take longest, as many as ten seconds hold.
AT_LENGTH = {
    "dying-out": 3_000,
    "niches": 4_000,
    "critical": 6_000,
    "three-loci": 7_000,
    "tolerance-under-therapy": 6_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_leap_agrees_with_bnb_in_law_at_length(model: Model) -> None:
    n = AT_LENGTH.get(model.name, 10_000)
    compare(leaps(model, 2 * n, 3), skips(model, n, 4), model.types).require()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("growing", {"mutation": {("S", "R"): 0.021}}),
        ("declining", {"death": [1.5, 0.735]}),
        ("critical", {"mutation": {("S", "R"): 0.1, ("R", "Q"): 0.105}}),
        ("two-ways", {"mutation": {("A", "B"): 0.05, ("B", "A"): 0.16}}),
        ("therapy", {"breakpoints": (1.6, 2.3)}),
        ("niches", {"switching": {("in", "out"): 0.5, ("out", "in"): 1.05}}),
    ],
)
def test_planted_errors_are_caught(name: str, change: dict[str, object]) -> None:
    model = next(m for m in MODELS if m.name == name)
    assert compare(leaps(model.but(**change), N_LEAP, 1), skipped(name), model.types).alarms


def test_stop_is_met_exactly_after_leaps() -> None:
    model = MODELS[0]
    size = 60_000
    samples = {
        engine: ce.simulate(
            model.process,
            initial={"S": 6_000},
            times=[30.0],
            replicates=1_000,
            seed=seed,
            engine=engine,
            stop=ce.Stop(size=size),
        )
        for seed, engine in enumerate(("leap", "bnb"))
    }
    assert not samples["leap"].exact
    for ensemble in samples.values():
        assert (ensemble.final.sum(axis=1) == size).all()
    a, b = (ensemble.outcomes["time"].to_numpy() for ensemble in samples.values())
    laws.require(laws.same_continuous_law(a, b), "time of the stop")
    laws.require(laws.same_discrete_law(*(e.final[:, 1] for e in samples.values())), "mutants at the stop")


def moments(model: Model, time: float) -> tuple[np.ndarray, np.ndarray]:
    """Exact means and covariances of a model with constant rates, by the moment equations and scipy."""
    k = len(model.types)
    b, d = np.array(model.birth, float), np.array(model.death, float)
    u, s = np.zeros((k, k)), np.zeros((k, k))
    for table, pairs in ((u, model.mutation), (s, model.switching)):
        for (x, y), value in pairs.items():
            table[model.types.index(x), model.types.index(y)] = value
    events = []  # (type, rate per cell, change)
    unit = np.eye(k)
    for i in range(k):
        events += [(i, b[i] * (1.0 - u[i].sum()), unit[i]), (i, d[i], -unit[i])]
        events += [(i, b[i] * u[i, j], unit[j]) for j in range(k)]
        events += [(i, s[i, j], unit[j] - unit[i]) for j in range(k)]
    drift = sum(rate * np.outer(change, unit[i]) for i, rate, change in events)

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        mean, cov = y[:k], y[k:].reshape(k, k)
        noise = sum(rate * mean[i] * np.outer(change, change) for i, rate, change in events)
        return np.concatenate([drift @ mean, (drift @ cov + cov @ drift.T + noise).ravel()])

    start = np.concatenate([np.array(model.start, float), np.zeros(k * k)])
    y = solve_ivp(slope, (0.0, time), start, method="DOP853", rtol=1e-12, atol=1e-9).y[:, -1]
    return y[:k], y[k:].reshape(k, k)  # type: ignore[attr-defined, return-value]


LARGE = [
    Model("pair", ("S", "R"), [1.0, 1.2], [0.5, 0.6], {"S": 10**6}, (20.0,), {("S", "R"): 1e-4}),
    Model(
        "chain",
        ("A", "B", "C", "D"),
        [1.0] * 4,
        [0.4] * 4,
        {"A": 10**8},
        (14.0,),
        {("A", "B"): 1e-3, ("B", "C"): 1e-3, ("C", "D"): 1e-3},
    ),
    Model("decline", ("S", "R"), [0.5, 0.9], [1.0, 0.6], {"S": 10**12}, (10.0,), {("S", "R"): 1e-4}),
    Model(
        "niches",
        ("in", "out", "R in", "R out"),
        [0.9, 0.4, 0.9, 0.4],
        [1.9, 0.5, 0.8, 0.5],
        {"in": 10**12},
        (6.0,),
        {("in", "R in"): 1e-4, ("out", "R out"): 1e-4},
        switching={("in", "out"): 0.5, ("out", "in"): 1.0, ("R in", "R out"): 0.5, ("R out", "R in"): 1.0},
    ),
]


@pytest.mark.parametrize("model", every_other(LARGE), ids=repr)
def test_moments_hold_up_to_a_trillion_cells(model: Model) -> None:
    n = 2_500
    sample = leaps(model, n, 5, tolerance=1e-5).final.astype(float)
    mean, cov = moments(model, model.times[-1])
    assert 1e9 < mean.sum() < 1e13
    verdict = laws.Verdict()
    for i, name in enumerate(model.types):
        sd = float(np.sqrt(cov[i, i]))
        verdict.add(f"mean {name}", laws.has_mean(sample[:, i], mean[i], sd))
        # Planted: half a percent of the founders lost.
        assert laws.has_mean(sample[:, i], 1.005 * mean[i], sd) < laws.FALSE_ALARM
        verdict.add(f"variance {name}", laws.has_variance(sample[:, i], mean[i], sd**2))
        for j in range(i):
            verdict.add(
                f"covariance {name} {model.types[j]}",
                laws.has_covariance(sample[:, i], sample[:, j], (mean[i], mean[j]), cov[i, j]),
            )
    verdict.require()
    relative = np.sqrt(np.diag(cov) / n) / mean
    assert relative.max() < 1e-3


def test_errors_stay_below_the_tolerance() -> None:
    """Coarse steps show the nodes: the error of the mean is seen, stays below the tolerance, and goes with it."""
    model = LARGE[1].but(
        birth=[1.0] * 4,
        death=[0.0] * 4,
        initial={"A": 10**13},
        mutation={("A", "B"): 1e-2, ("B", "C"): 1e-2, ("C", "D"): 1e-2},
        times=(2.0,),
    )
    n = 400
    mean, cov = moments(model, 2.0)

    def errors(tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        sample = leaps(model, n, 7, tolerance=tolerance).final.astype(float)
        return sample.mean(axis=0) / mean - 1.0, np.sqrt(np.diag(cov) / n) / mean

    for tolerance in (1e-2, 1e-3, 1e-4):
        error, noise = errors(tolerance)
        assert (np.abs(error) < tolerance + 4.9 * noise).all()
    coarse, noise = errors(1e-2)
    assert (np.abs(coarse[1:]) > 20.0 * noise[1:]).all()
    fine, noise = errors(1e-8)
    assert (np.abs(fine) < 4.9 * noise).all()
