"""Leaping to a number of cells of some types, and past sizes that are noted: against event-skipping, and theory.

Every check has the level 1e-6 (`_laws.FALSE_ALARM`). What the samples can see is shown by planted errors, in samples of
the same sizes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import special

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical._samples import Sample, compare, every_other, sample_of
from tests.statistical.models import Model
from tests.statistical.test_crossings import same, times_of
from tests.statistical.test_leaping import MODELS

BY_NAME = {model.name: model for model in MODELS}
# R lives on those that found it, and reaches the size by chance.
FED = Model("fed", ("S", "R"), [0.715, 0.1], [0.5, 3.0], {"S": 20_000}, (1.0, 2.5), {("S", "R"): 0.3})
# A mutant of mutants: founders of founders within a step.
CHAIN = Model(
    "chain", ("S", "A", "AB"), [1.0, 1.1, 1.2], [0.6, 0.6, 0.5], {"S": 4_000}, (2.0, 12.0),
    {("S", "A"): 0.05, ("A", "AB"): 0.05, ("AB", "A"): 0.01},
)  # fmt: skip
CASES = [
    (BY_NAME["growing"], ["R"], 2_500), (BY_NAME["faster-mutant"], ["R"], 5_000), (BY_NAME["declining"], ["R"], 850),
    (FED, ["R"], 1_500), (CHAIN, ["AB"], 9_000), (CHAIN, ["A", "AB"], 3_000), (BY_NAME["two-ways"], ["B"], 1_190),
    (BY_NAME["three-loci"].but(initial={"000": 20_000}), ["110", "101", "011", "111"], 2_400),
    (BY_NAME["therapy"], ["R"], 700), (BY_NAME["niches"], ["out"], 900), (BY_NAME["niches"], ["R in", "R out"], 80),
    (BY_NAME["one-way"], ["B"], 700), (BY_NAME["tolerance-under-therapy"], ["T", "R"], 910),
]  # fmt: skip


# Of those that take longest, fewer in the short suite; the long one has all.
N, N_LONG = 600, 10_000
FEWER = {"fed": 200, "chain": 300, "three-loci": 150}
FEWER_LONG = {"fed": 1_300, "chain": 2_200, "three-loci": 1_000, "niches": 2_500}


def name(case: object) -> str:
    return repr(case) if isinstance(case, Model) else "+".join(case) if isinstance(case, list) else str(case)


def run(model: Model, engine: str, n: int, seed: int, **options: Any) -> ce.Ensemble:
    return ce.simulate(
        model.process, initial=dict(model.initial), times=list(model.times), replicates=n, seed=seed,
        engine=engine, **options,
    )  # fmt: skip


def to_size(model: Model, engine: str, n: int, seed: int, stop: ce.Stop) -> Sample:
    """Replicates that end at the stop, exactly there; of leaping, most have leapt."""
    ens = run(model, engine, n, seed, stop=stop)
    leapt = (ens.ends["engines"].to_numpy() & 4) > 0
    assert (leapt.mean() > 0.5) if engine == "leap" else not leapt.any()
    counted = ens.final[:, [model.types.index(t) for t in stop.of or model.types]].sum(axis=1)
    stopped = (ens.outcomes["outcome"] == "stopped").to_numpy()
    assert (counted[stopped] == stop.size).all()
    assert (counted[~stopped] < stop.size).all()
    return sample_of(ens)


@pytest.mark.parametrize(("model", "of", "size"), every_other(CASES), ids=name)
def test_leap_agrees_with_bnb_in_law_at_a_stop(model: Model, of: list[str], size: int) -> None:
    stop = ce.Stop(size=size, of=of)
    n = FEWER.get(model.name, N)
    leap, bnb = (to_size(model, engine, n, 801 + i, stop) for i, engine in enumerate(("leap", "bnb")))
    assert (bnb.outcome == "stopped").sum() > 100
    compare(leap, bnb, model.types).require()


@pytest.mark.slow
@pytest.mark.parametrize(("model", "of", "size"), CASES, ids=name)
def test_leap_agrees_with_bnb_in_law_at_a_stop_at_length(model: Model, of: list[str], size: int) -> None:
    stop = ce.Stop(size=size, of=of)
    n = FEWER_LONG.get(model.name, N_LONG)
    leap, bnb = (to_size(model, engine, n, 803 + i, stop) for i, engine in enumerate(("leap", "bnb")))
    compare(leap, bnb, model.types).require()


NOTED = [
    (BY_NAME["growing"], ce.Crossings(size=[10, 300, 2_500], of=["R"], appearance=True)),
    (BY_NAME["faster-mutant"].but(initial={"S": 100_000}), ce.Crossings(size=[300, 9_000, 33_000], of=["R"])),
    (CHAIN.but(times=(2.0, 6.0)), ce.Crossings(size=[1, 100, 1_000], of=["AB"], appearance=True)),
    (BY_NAME["therapy"], ce.Crossings(size=[55_000, 60_000])),
    (BY_NAME["niches"], ce.Crossings(size=[300, 900], of=["out"], appearance=True)),
]


@pytest.mark.parametrize("n", [250, pytest.param(1500, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("model", "record"), NOTED, ids=name)
def test_leap_agrees_with_bnb_in_law_of_crossings(model: Model, record: ce.Crossings, n: int) -> None:
    leap, bnb = (run(model, engine, n, 811 + i, record=record) for i, engine in enumerate(("leap", "bnb")))
    assert ((leap.ends["engines"].to_numpy() & 4) > 0).mean() > 0.5
    assert bnb.exact
    rows = leap.crossings.select("what", "size").head(leap.crossing_times.shape[1]).rows()  # type: ignore[union-attr]
    pairs = [(times_of(leap, *row), times_of(bnb, *row)) for row in rows]
    pairs = [pair for pair in pairs if (pair[1] > 0.0).any()]
    assert len(pairs) >= 2
    for pair in pairs:
        same(*pair).require()
    # How the times go together, and with the cells at the end.
    for late in pairs[1:]:
        both = [np.minimum(np.stack([first, other], axis=1), 1e3) for first, other in zip(pairs[0], late, strict=True)]
        laws.require(laws.same_joint_law(*both))
    compare(sample_of(leap), sample_of(bnb), model.types).require()


def test_planted_errors_are_caught() -> None:
    model, stop = BY_NAME["growing"], ce.Stop(size=2_500, of=["R"])
    right = to_size(model, "leap", N, 821, stop)
    bnb = to_size(model, "bnb", N, 822, stop)
    assert not compare(right, bnb, model.types).alarms
    # A founder in twenty lost; R counted one in twenty too late; the stop seen at the next tick only.
    fewer = model.but(mutation={("S", "R"): 0.0285})
    assert compare(to_size(fewer, "leap", N, 823, stop), bnb, model.types).alarms
    assert compare(to_size(model, "leap", N, 824, ce.Stop(size=2_625, of=["R"])), bnb, model.types).alarms
    late = np.where(right.outcome == "stopped", np.ceil(right.time * 5.0) / 5.0, right.time)
    assert laws.same_continuous_law(late, bnb.time) < laws.FALSE_ALARM
    # The same for what is noted.
    record = ce.Crossings(size=[300, 2_500], of=["R"])
    noted = times_of(run(model, "leap", 250, 825, record=record), "R", 2_500)
    assert not same(noted, times_of(run(model, "bnb", 250, 826, record=record), "R", 2_500)).alarms
    other = times_of(run(fewer, "bnb", 250, 827, record=record), "R", 2_500)
    assert same(noted, other).alarms


@pytest.mark.parametrize(("case", "factor"), every_other([(3, 1.04), (4, 1.05), (7, 1.05)]))
def test_planted_errors_are_caught_in_fewer_replicates(case: int, factor: float) -> None:
    """Mutations a few percent too frequent."""
    model, of, size = CASES[case]
    n, stop = FEWER[model.name], ce.Stop(size=size, of=of)
    wrong = model.but(mutation={pair: factor * u for pair, u in model.mutation.items()})  # type: ignore[operator]
    assert compare(to_size(wrong, "leap", n, 801, stop), to_size(model, "bnb", n, 802, stop), model.types).alarms


NU, GROWTH = 30_000.0, 0.4


def immigrants(nu: float = NU, **options: Any) -> ce.Ensemble:
    """Cells of R grow without death; others that stay as they are found `nu` of them a day, and many look on."""
    process = ce.BranchingProcess(
        types=["S", "source", "R", "X"], birth=[0.1, nu / 10**5, GROWTH, 0.3], death=[0.12, 0.0, 0.0, 0.2],
        mutation={("source", "R"): 1.0, ("S", "X"): 1e-5},
    )  # fmt: skip
    return ce.simulate(
        process, initial={"S": 10**12, "source": 10**5}, times=[70.0], replicates=400, engine="leap", tolerance=1e-5,
        **options,
    )  # fmt: skip


def immigrants_law(t: np.ndarray, size: int) -> np.ndarray:
    """P(N(t) >= size): negative binomial, as in `test_named_passage`."""
    return np.asarray(special.betainc(size, NU / GROWTH, -np.expm1(-GROWTH * t)))


@pytest.mark.parametrize("size", [10**5, 10**8, 10**11])
def test_many_immigrants_reach_every_size_when_they_should(size: int) -> None:
    """The times spread by so little that an error of a founder in two hundred is seen."""
    ens = immigrants(seed=831, stop=ce.Stop(size=size, of=["R"]))
    assert "leap" in ens.engine
    assert (ens.final[:, 2] == size).all()
    times = ens.outcomes["time"].to_numpy()
    laws.require(laws.follows_cdf(times, lambda t: immigrants_law(t, size)))
    planted = immigrants(0.995 * NU, seed=832, stop=ce.Stop(size=size, of=["R"])).outcomes["time"].to_numpy()
    assert laws.follows_cdf(planted, lambda t: immigrants_law(t, size)) < laws.FALSE_ALARM


def test_many_immigrants_are_noted_when_they_should() -> None:
    sizes = [10**5, 10**8, 10**11]
    ens = immigrants(seed=833, record=ce.Crossings(size=sizes, of=["R"]))
    for size in sizes:
        laws.require(laws.follows_cdf(times_of(ens, "R", size), lambda t, size=size: immigrants_law(t, size)))


HARD = [
    # Founded at a high rate, close to equilibrium, with and without switches, and by all that divide.
    Model("fed", ("S", "R"), [0.56, 0.1], [0.5, 3.0], {"S": 10**12}, (900.0,), {("S", "R"): 0.01}),
    Model("every-division", ("S", "R"), [0.5, 1.0], [0.0, 0.2], {"S": 10**6}, (99.0,), {("S", "R"): 1.0}),
    Model("chain", CHAIN.types, CHAIN.birth, CHAIN.death, {"S": 10**6}, (99.0,), CHAIN.mutation),
    Model("to-and-fro", ("in", "R"), [0.9, 0.5], [0.4, 0.4], {"in": 10**6}, (99.0,),
          switching={("in", "R"): 0.5, ("R", "in"): 1.0}),
    Model("one-way", ("in", "R"), [0.9, 0.0], [0.4, 0.0], {"in": 10**6}, (99.0,), switching={("in", "R"): 0.3}),
    Model("changing", ("S", "R"), [[0.5, 0.6], [0.1, 2.0]], [[0.2, 0.1], [0.5, 0.1]], {"S": 10**8}, (99.0,),
          {("S", "R"): 0.01}, breakpoints=(3.0,)),
]  # fmt: skip


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3])
@pytest.mark.parametrize("size", [10**7, 10**10, 10**13])
@pytest.mark.parametrize("model", HARD, ids=name)
def test_no_size_is_passed_by_a_leap(model: Model, size: int, tolerance: float) -> None:
    of = [t for t in model.types if t not in {"S", "in"}]
    ens = run(
        model, "leap", 10, 841, tolerance=tolerance, stop=ce.Stop(size=size, of=of), limits=ce.Limits(size=2**62),
        record=ce.Crossings(size=[size // 1000, size // 2, size], of=of),
    )  # fmt: skip
    assert "leap" in ens.engine
    assert not ens.exact
    stopped = (ens.outcomes["outcome"] == "stopped").to_numpy()
    assert stopped.all()
    assert (ens.final[:, [model.types.index(t) for t in of]].sum(axis=1) == size).all()
    # What is noted at the size of the stop is the stop, to the last bit; and the sizes come in order.
    assert (times_of(ens, "+".join(of), size) == ens.outcomes["time"].to_numpy()).all()
    assert (np.diff(ens.crossing_times, axis=1) > 0.0).all()  # type: ignore[arg-type]


def test_auto_leaps_where_more_than_a_million_mutations_may_be_expected() -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.5, 0.5], death=[0.1, 0.2], mutation={("S", "R"): 1e-4})
    arguments: dict[str, Any] = {"initial": {"S": 1000}, "times": [200], "replicates": 3, "seed": 851}
    arguments["limits"] = ce.Limits(size=2**62)
    for options in (
        {"stop": ce.Stop(size=10**12, of=["R"])},
        {"stop": ce.Stop(size=10**14), "record": ce.Crossings(size=[10**9, 10**12], appearance=True)},
    ):
        ens = ce.simulate(process, **arguments, **options)  # type: ignore[arg-type]
        assert (ens.engine, ens.exact, ens.tolerance) == ("bnb+leap", False, 1e-3)
        # Event by event there are a hundred million mutations and more.
        assert ens.ends["steps"].max() < 5e6  # type: ignore[operator]
        assert set(ens.outcomes["outcome"]) == {"stopped"}
    few = ce.simulate(process, **arguments, stop=ce.Stop(size=10**3, of=["R"]))
    exact = ce.simulate(process, **arguments, stop=ce.Stop(size=10**3, of=["R"]), exact=True)
    assert (few.engine, few.exact) == ("bnb", True)
    # Where nothing leaps the numbers are those of an exact run.
    assert (few.final == exact.final).all()
    assert few.outcomes.equals(exact.outcomes)
    assert pl.DataFrame({"a": few.ends["engines"]}).equals(pl.DataFrame({"a": exact.ends["engines"]}))
