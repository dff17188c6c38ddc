"""Stopping at a size: when, how often and with which composition, and exactly at that size."""

from __future__ import annotations

import time as clock

import numpy as np
import pytest

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory
from tests.statistical._samples import Sample, by_engine, by_reference, compare
from tests.statistical.models import BY_NAME, Model

_references: dict[tuple[str, int, int, ce.Stop], Sample] = {}


def cached_reference(model: Model, n: int, seed: int, stop: ce.Stop) -> Sample:
    """The reference sample, made once for both engines."""
    key = (model.name, n, seed, stop)
    if key not in _references:
        _references[key] = by_reference(model, n, seed, stop=stop)
    return _references[key]


def stopped_verdict(sample: Sample, size: int, of: list[int] | None = None) -> None:
    """At a stop the counted cells are exactly as many as asked."""
    stopped = sample.outcome == "stopped"
    counted = sample.final if of is None else sample.final[:, of]
    assert (counted[stopped].sum(axis=1) == size).all()
    assert (sample.counts[stopped, -1] == sample.final[stopped]).all()


GROWING = Model("growing", ("S",), [1.0], [0.5], {"S": 4}, (200.0,))
CRITICAL = Model("critical", ("S",), [1.0], [1.0], {"S": 30}, (1e5,))
SHRINKING = Model("shrinking", ("S",), [0.95], [1.0], {"S": 30}, (1e4,))
MUTATING = Model(
    "mutating", ("S", "R"), [1.0, 0.9], [0.4, 0.3], {"S": 6}, (0.5, 2.0, 60.0),
    mutation={("S", "R"): 0.05, ("R", "S"): 0.02},
)  # fmt: skip
SWITCHING = Model(
    "switching", ("S", "T"), [1.0, 0.1], [0.3, 0.2], {"S": 6}, (0.5, 2.0, 60.0),
    switching={("S", "T"): 0.4, ("T", "S"): 0.5},
)  # fmt: skip
PIECEWISE = Model(
    "piecewise", ("S", "R"), [[1.0, 0.8], [0.2, 0.8], [0.0, 0.0], [1.0, 0.9]],
    [[0.3, 0.3], [1.5, 0.3], [0.0, 0.0], [0.3, 0.2]], {"S": 12, "R": 1}, (1.0, 3.0, 40.0),
    mutation={("S", "R"): [0.1, 0.0, 0.0, 0.1]}, breakpoints=(1.2, 2.0, 2.6),
)  # fmt: skip
PULSED = Model(
    "pulsed", ("S", "R"), [1.0, 0.8], [0.3, 0.3], {"S": 12}, (1.0, 2.0, 40.0),
    mutation={("S", "R"): 0.1}, pulses=((1.0, {"S": 0.5}), (2.5, {"S": 0.5, "R": 0.8})),
)  # fmt: skip
IMMIGRATING = BY_NAME["immigration"].but(name="immigrating", times=(2.0, 10.0, 400.0))
NEARLY_SURE_DEATH = Model("nearly-sure-death", ("S", "R"), [0.5, 1.0], [1.0, 0.5], {"S": 40}, (1.0, 100.0),
                          mutation={("S", "R"): 0.05})  # fmt: skip


@pytest.mark.parametrize(("model", "size"), [(GROWING, 50), (GROWING, 400), (CRITICAL, 60), (SHRINKING, 45)])
def test_hitting_probability_is_the_gamblers(model: Model, size: int, engine: str) -> None:
    n = 20_000
    sample = by_engine(model, engine, n, 501, stop=ce.Stop(size=size))
    stopped_verdict(sample, size)
    assert not (sample.outcome == "alive").any()
    expected = theory.gamblers_ruin(model.start[0], size, model.death[0] / model.birth[0])
    laws.require(laws.has_probability(int((sample.outcome == "stopped").sum()), n, expected))


@pytest.mark.parametrize(
    ("model", "size", "horizon"), [(GROWING, 60, 40.0), (CRITICAL, 60, 300.0), (SHRINKING, 45, 100.0)]
)
def test_time_of_passage_follows_the_absorbing_chain(model: Model, size: int, horizon: float, engine: str) -> None:
    sample = by_engine(model.but(times=(horizon,)), engine, 20_000, 502, stop=ce.Stop(size=size))
    grid = np.linspace(0.0, horizon, 1201)[1:]
    reached, ruined = theory.passage(model.reference, model.start[0], size, grid)
    verdict = laws.Verdict()
    for outcome, law in (("stopped", reached), ("extinct", ruined)):
        times = sample.time[sample.outcome == outcome]
        verdict.add(f"P({outcome})", laws.has_probability(len(times), len(sample), law[-1]))
        cdf = lambda t, law=law: np.interp(t, [0.0, *grid], [0.0, *(law / law[-1])])  # noqa: E731
        verdict.add(f"time of {outcome}", laws.follows_cdf(times, cdf))
    verdict.require()


def test_time_of_passage_with_changing_rates_follows_the_absorbing_chain(engine: str) -> None:
    model = Model(
        "one", ("S",), [[1.0], [0.3], [1.2]], [[0.4], [1.0], [0.3]], {"S": 12}, (60.0,), breakpoints=(1.5, 3.0)
    )
    sample = by_engine(model, engine, 20_000, 503, stop=ce.Stop(size=80))
    grid = np.linspace(0.0, 60.0, 2401)[1:]
    reached, _ = theory.passage(model.reference, 12, 80, grid)
    times = sample.time[sample.outcome == "stopped"]
    laws.require(laws.has_probability(len(times), len(sample), reached[-1]))
    laws.require(laws.follows_cdf(times, lambda t: np.interp(t, [0.0, *grid], [0.0, *(reached / reached[-1])])))


def test_pure_birth_reaches_a_size_at_the_yule_time(engine: str) -> None:
    # From one cell P(N(t) >= M) = (1 - e^-bt)^(M-1) (Yule 1925).
    size = 1000 if engine == "direct" else 10**6
    model = Model("yule", ("S",), [1.0], [0.0], {"S": 1}, (60.0,))
    sample = by_engine(model, engine, 4000, 504, stop=ce.Stop(size=size))
    stopped_verdict(sample, size)
    laws.require(laws.follows_cdf(sample.time, lambda t: np.exp((size - 1) * np.log1p(-np.exp(-t)))))


# The reference simulator takes its time: a third of the replicates in the short suite.
REFERENCE_CASES = [
    (GROWING, 50, 2400),
    (MUTATING, 60, 2400),
    (MUTATING, 300, 500),
    (MUTATING, 1000, 150),
    (SWITCHING, 80, 1500),
    (PIECEWISE, 70, 1500),
    (PULSED, 70, 1500),
    (IMMIGRATING, 20, 900),
    (NEARLY_SURE_DEATH, 80, 1500),
]

NAMED_CASES = [(MUTATING, 10, ["R"], 2400), (SWITCHING, 15, ["T"], 2400), (PIECEWISE, 10, ["R"], 2400)]
SHARE = pytest.mark.parametrize("share", [3, pytest.param(1, marks=pytest.mark.slow)])


@SHARE
@pytest.mark.parametrize(("model", "size", "n"), REFERENCE_CASES, ids=[f"{m.name}-{s}" for m, s, _ in REFERENCE_CASES])
def test_passage_agrees_with_the_reference_in_law(model: Model, size: int, n: int, share: int, engine: str) -> None:
    stop = ce.Stop(size=size)
    sample = by_engine(model, engine, 5000, 505, stop=stop)
    stopped_verdict(sample, size)
    assert (sample.outcome == "stopped").any()
    compare(sample, cached_reference(model, n // share, 31, stop), model.types).require()


@SHARE
@pytest.mark.parametrize(("model", "size", "of", "n"), NAMED_CASES, ids=[m.name for m, *_ in NAMED_CASES])
def test_passage_of_named_types_agrees_with_the_reference_in_law(
    model: Model, size: int, of: list[str], n: int, share: int, engine: str
) -> None:
    stop = ce.Stop(size=size, of=of)
    sample = by_engine(model, engine, 5000, 505, stop=stop)
    stopped_verdict(sample, size, [model.types.index(name) for name in of])
    assert (sample.outcome == "stopped").any()
    compare(sample, cached_reference(model, n // share, 31, stop), model.types).require()


# A tumor of 10 000 and of 100 000 cells event by event is for the long suite.
LARGE_CASES = [(MUTATING, 3000, 2000), (PIECEWISE, 2000, 2000), (PULSED, 2000, 2000), (SWITCHING, 1000, 2000),
               (NEARLY_SURE_DEATH, 1000, 10_000), (CRITICAL, 200, 4000), (SHRINKING, 60, 10_000)]  # fmt: skip


@pytest.mark.usefixtures("all_or_kept")
@pytest.mark.parametrize(("model", "size", "n"), LARGE_CASES, ids=[f"{m.name}-{s}" for m, s, _ in LARGE_CASES])
def test_passage_of_bnb_agrees_with_direct_in_law(model: Model, size: int, n: int) -> None:
    stop = ce.Stop(size=size)
    direct, bnb = (by_engine(model, engine, n, 506 + i, stop=stop) for i, engine in enumerate(("direct", "bnb")))
    for sample in (direct, bnb):
        stopped_verdict(sample, size)
    compare(direct, bnb, model.types).require()


@pytest.mark.parametrize(
    ("model", "size", "n", "change"),
    [
        (*LARGE_CASES[0], {"birth": [1.05, 0.9]}),
        (*LARGE_CASES[0], {"mutation": {("S", "R"): 0.1, ("R", "S"): 0.04}}),
        (*LARGE_CASES[1], {"breakpoints": (1.7, 2.5, 3.1)}),
        (*LARGE_CASES[2], {"pulses": ((1.5, {"S": 0.5}), (3.0, {"S": 0.5, "R": 0.8}))}),
    ],
)
def test_planted_errors_of_bnb_are_caught(model: Model, size: int, n: int, change: dict[str, object]) -> None:
    stop = ce.Stop(size=size)
    direct, wrong = (
        by_engine(model, "direct", n, 506, stop=stop),
        by_engine(model.but(**change), "bnb", n, 507, stop=stop),
    )
    assert compare(direct, wrong, model.types).alarms


@pytest.mark.usefixtures("all_or_kept")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "size", "n"),
    [(MUTATING, 10_000, 2000), (MUTATING, 100_000, 1000), (PULSED, 100_000, 1000), (SWITCHING, 10_000, 2000)],
    ids=repr,
)
def test_passage_of_bnb_agrees_with_direct_at_length(model: Model, size: int, n: int) -> None:
    stop = ce.Stop(size=size)
    direct, bnb = (by_engine(model, engine, n, 508 + i, stop=stop) for i, engine in enumerate(("direct", "bnb")))
    compare(direct, bnb, model.types).require()


@pytest.mark.usefixtures("all_or_kept")
@pytest.mark.parametrize("turnover", [0.5, 0.97])
@pytest.mark.parametrize("size", [10**10, 10**12])
def test_very_large_sizes_are_met_exactly_and_soon(size: int, turnover: float) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[turnover])
    start = clock.perf_counter()
    ens = ce.simulate(
        process, initial=[1], times=[1e5], replicates=200, seed=9, engine="bnb", stop=ce.Stop(size=size, retry=True)
    )
    elapsed = clock.perf_counter() - start
    assert (ens.final[:, 0] == size).all()
    assert (ens.outcomes["outcome"] == "stopped").all()
    # Hundreds to thousands of events per replicate: milliseconds. Event by event it would take hours.
    assert elapsed < 10.0
    # M e^(-l T) -> W, exponential with mean 1/(1 - d/b) given survival (the Gumbel law of the time of passage).
    w = size * np.exp(-(1.0 - turnover) * ens.outcomes["time"].to_numpy()) * (1.0 - turnover)
    laws.require(laws.follows_cdf(w, lambda x: -np.expm1(-x)))


@pytest.mark.parametrize("power", [52, 53, 54, 58, 62])
def test_sizes_beyond_exact_floats_are_met_exactly(power: int) -> None:
    """Totals near 2^53 and above are counted in whole cells."""
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.1], death=[0.1, 0.1], mutation={("S", "R"): 1e-15})
    for size in (2**power, 2**power - 1):
        ens = ce.simulate(
            process, initial=[1000, 3], times=[1000.0], replicates=10, seed=5, engine="bnb",
            limits=ce.Limits(size=size, events=10**8),
        )  # fmt: skip
        assert (ens.outcomes["outcome"] == "size_limit").all()
        assert (ens.final.sum(axis=1) == size).all()


@pytest.mark.usefixtures("all_or_kept")
def test_clones_do_not_matter_for_the_size_that_is_met() -> None:
    """A lattice grown to 1e9 cells: the total is exact with a hundred thousand mutations on the way."""
    model = BY_NAME["five-loci"]
    process = model.but(mutation=dict.fromkeys(model.mutation, 1e-06)).process
    ens = ce.simulate(
        process, initial={"00000": 1}, times=[1e4], replicates=20, seed=10, engine="bnb",
        stop=ce.Stop(size=1e9, retry=True),
    )  # fmt: skip
    assert (ens.final.sum(axis=1) == 10**9).all()
    assert (ens.final[:, 1:6] > 0).all()


def test_a_horizon_before_the_stop_leaves_replicates_alive(engine: str) -> None:
    sample = by_engine(GROWING.but(times=(1.0, 3.0)), engine, 20_000, 511, stop=ce.Stop(size=20))
    reached, ruined = theory.passage(GROWING.reference, 4, 20, [3.0])
    verdict = laws.Verdict()
    for outcome, p in (("stopped", reached[0]), ("extinct", ruined[0]), ("alive", 1.0 - reached[0] - ruined[0])):
        verdict.add(outcome, laws.has_probability(int((sample.outcome == outcome).sum()), 20_000, p))
    verdict.require()
    assert (sample.time[sample.outcome == "alive"] == 3.0).all()
    # An intermediate observation before the stop is free of it: below the size.
    before = (sample.time > 1.0) | (sample.outcome == "alive")
    assert (sample.counts[before, 0].sum(axis=1) < 20).all()


@pytest.mark.parametrize("model", [GROWING, MUTATING, PIECEWISE], ids=repr)
def test_a_size_limit_is_the_same_passage(model: Model, engine: str) -> None:
    arguments = {"initial": dict(model.initial), "times": list(model.times), "replicates": 2000, "seed": 3}
    stopped = ce.simulate(model.process, engine=engine, stop=ce.Stop(size=100), **arguments)
    limited = ce.simulate(model.process, engine=engine, limits=ce.Limits(size=100), **arguments)
    at_limit = limited.outcomes["outcome"] == "size_limit"
    assert (limited.final[at_limit.to_numpy()].sum(axis=1) == 100).all()
    share = int(at_limit.sum()), int((stopped.outcomes["outcome"] == "stopped").sum())
    laws.require(laws.homogeneity(np.array([[x, 2000 - x] for x in share])))
    times = [e.outcomes["time"].to_numpy() for e in (stopped, limited)]
    laws.require(laws.same_continuous_law(*times))


def overshoot_to_the_next_tick(sample: Sample) -> Sample:
    return Sample(sample.counts, sample.final, sample.outcome, np.ceil(sample.time * 2.0) / 2.0, sample.rejected)


def test_planted_errors_are_caught(engine: str) -> None:
    stop = ce.Stop(size=60)
    right = cached_reference(MUTATING, 800, 31, stop)
    noticed_late = overshoot_to_the_next_tick(by_engine(MUTATING, engine, 5000, 512, stop=stop))
    assert compare(noticed_late, right, MUTATING.types).alarms
    one_too_many = by_engine(MUTATING, engine, 5000, 513, stop=ce.Stop(size=61))
    assert compare(one_too_many, right, MUTATING.types).alarms
    # The composition at the time at which the mean reaches the size is another law.
    mean_time = float(right.time[right.outcome == "stopped"].mean())
    at_fixed_time = by_engine(MUTATING.but(times=(0.5, 2.0, mean_time)), engine, 5000, 514)
    assert compare(at_fixed_time, right, MUTATING.types).alarms
