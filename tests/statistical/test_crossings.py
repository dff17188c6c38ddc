"""Times at which sizes are first reached, noted on the way: against runs that stop there, theory and one another."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical._samples import every_other
from tests.statistical.models import Model
from tests.statistical.test_named_passage import (
    BACK,
    CHAIN,
    CRITICAL,
    DYING_COUNTED,
    GROWING,
    GROWTH,
    NU,
    PIECEWISE,
    PULSED,
    SWITCHING,
    THROUGH,
    immigrants_law,
    name,
)


def crossings(model: Model, engine: str, n: int, seed: int, record: ce.Crossings, **options: Any) -> ce.Ensemble:
    return ce.simulate(
        model.process, initial=dict(model.initial), times=list(model.times), replicates=n, seed=seed,
        engine=engine, record=record, **options,
    )  # fmt: skip


def times_of(ens: ce.Ensemble, what: str, size: int) -> np.ndarray:
    """One time a replicate, infinite where null."""
    rows = ens.crossings.filter((pl.col("what") == what) & (pl.col("size") == size))
    return rows["time"].fill_null(np.inf).to_numpy()


def same(a: np.ndarray, b: np.ndarray) -> laws.Verdict:
    verdict = laws.Verdict()
    verdict.add("reached", laws.homogeneity(np.array([[np.isfinite(x).sum(), np.isinf(x).sum()] for x in (a, b)])))
    verdict.add("time", laws.same_continuous_law(a[np.isfinite(a)], b[np.isfinite(b)]))
    return verdict


CASES = [
    (GROWING, ["R"], (1, 15, 400)), (CRITICAL, ["R"], (30, 100)), (DYING_COUNTED, ["R"], (26, 40)),
    (BACK, ["R"], (8, 40, 400)), (CHAIN, ["A", "B"], (12, 300)), (SWITCHING, None, (60, 300)),
    (THROUGH, ["R"], (20, 400)),
    (PIECEWISE, None, (160, 400)), (PULSED, ["R"], (3, 30, 400)), (PULSED, None, (102, 300)),
]  # fmt: skip


N = 1500


@cache
def times_of_runs(case: int, size: int) -> np.ndarray:
    """Times of runs that stop there, made once for both engines; infinite where they do not."""
    model, of, sizes = CASES[case]
    stopped = ce.simulate(
        model.process, initial=dict(model.initial), times=list(model.times), replicates=N, seed=702 + sizes.index(size),
        engine="direct", stop=ce.Stop(size=size, of=of),
    )  # fmt: skip
    met = (stopped.outcomes["outcome"] == "stopped").to_numpy()
    return np.where(met, stopped.outcomes["time"].to_numpy(), np.inf)


@pytest.mark.parametrize(("model", "of", "sizes"), every_other(CASES), ids=name)
def test_times_are_those_of_runs_that_stop_there(
    model: Model, of: list[str] | None, sizes: tuple[int, ...], engine: str
) -> None:
    stop = ce.Stop(size=sizes[-1] + 1, of=of)
    noted = crossings(model, engine, N, 701, ce.Crossings(size=sizes, of=of), stop=stop)
    what = "total" if of is None else "+".join(of)
    for size in sizes:
        same(times_of(noted, what, size), times_of_runs(CASES.index((model, of, sizes)), size)).require()


@pytest.mark.parametrize(("size", "change"), [(18, {}), (15, {"mutation": {("S", "R"): 0.012}})])
def test_planted_errors_are_caught(size: int, change: dict[str, object], engine: str) -> None:
    record = ce.Crossings(size=[size], of=["R"])
    noted = crossings(GROWING.but(**change), engine, N, 701, record, stop=ce.Stop(size=401, of=["R"]))
    assert same(times_of(noted, "R", size), times_of_runs(0, 15)).alarms


@pytest.mark.parametrize("model", [CHAIN, PULSED, SWITCHING], ids=name)
def test_both_engines_agree_on_all_times_together(model: Model) -> None:
    """Sizes of the total and the first cell of every type in one run, and what they have to do with each other."""
    record = ce.Crossings(size=[900] if model is CHAIN else [120], appearance=True)
    direct, bnb = (
        crossings(model.but(times=(model.times[0], min(model.times[-1], 14.0))), engine, N, 711 + i, record)
        for i, engine in enumerate(("direct", "bnb"))
    )
    last = model.types[-1]
    for what, size in [("total", record.size[0]), *((t, 1) for t in model.types)]:
        pair = times_of(direct, what, size), times_of(bnb, what, size)
        if (pair[0] > 0).any():
            same(*pair).require()
    late = [np.minimum(np.stack([times_of(e, "total", record.size[0]), times_of(e, last, 1)], axis=1), 1e3)
            for e in (direct, bnb)]  # fmt: skip
    laws.require(laws.same_joint_law(*late))
    for types in range(len(model.types)):
        laws.require(laws.same_discrete_law(direct.counts[:, -1, types], bnb.counts[:, -1, types]))


def test_every_size_from_one_to_a_trillion_is_noted_when_it_should() -> None:
    process = ce.BranchingProcess(
        types=["S", "source", "R", "X"], birth=[0.1, NU / 1000, GROWTH, 0.3], death=[0.12, 0.0, 0.0, 0.2],
        mutation={("source", "R"): 1.0, ("S", "X"): 1e-13, ("R", "X"): 1e-12},
    )  # fmt: skip
    sizes = [1, 50, 10**3, 10**6, 10**9, 10**12]
    ens = ce.simulate(
        process, initial={"S": 10**12, "source": 1000}, times=[90.0], replicates=1500, seed=721, engine="bnb",
        record=ce.Crossings(size=sizes, of=["R"]),
    )  # fmt: skip
    for size in sizes:
        laws.require(laws.follows_cdf(times_of(ens, "R", size), lambda t, size=size: immigrants_law(t, size)))
    planted = np.ceil(2.0 * times_of(ens, "R", 10**9)) / 2.0
    assert laws.follows_cdf(planted, lambda t: immigrants_law(t, 10**9)) < laws.FALSE_ALARM
    assert laws.follows_cdf(times_of(ens, "R", 10**9), lambda t: immigrants_law(t, 11 * 10**8)) < laws.FALSE_ALARM


@pytest.mark.parametrize(
    "stop", [ce.Stop(size=700), ce.Stop(size=25, of=["R"]), ce.Stop(size=25, of=["R"], retry=True)], ids=repr
)
def test_a_stop_beside_it_is_met_and_noted_up_to(stop: ce.Stop, engine: str) -> None:
    record = ce.Crossings(size=[400, 500, 700, 10**6], appearance=True)
    ens = crossings(GROWING, engine, 1500, 731, record, stop=stop)
    plain = ce.simulate(
        GROWING.process, initial=dict(GROWING.initial), times=list(GROWING.times), replicates=1500, seed=732,
        engine="direct", stop=stop,
    )  # fmt: skip
    laws.require(laws.same_categories(ens.outcomes["outcome"].cast(str), plain.outcomes["outcome"].cast(str)))
    laws.require(laws.same_continuous_law(ens.outcomes["time"], plain.outcomes["time"]))
    met = (ens.outcomes["outcome"] == "stopped").to_numpy()
    of = [0, 1] if stop.of is None else [1]
    assert (ens.final[met][:, of].sum(axis=1) == stop.size).all()
    times = {size: times_of(ens, "total", size) for size in record.size}
    assert (times[400] == 0.0).all()
    assert (times[500] <= times[700]).all()
    assert np.isinf(times[10**6]).all()
    ended = ens.outcomes["time"].to_numpy()
    for noted in (*times.values(), times_of(ens, "R", 1)):
        assert (noted[np.isfinite(noted)] <= ended[np.isfinite(noted)]).all()
    if stop.of is None:
        assert (times[700][met] == ended[met]).all()
