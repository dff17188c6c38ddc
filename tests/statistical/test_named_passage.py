"""Stopping at a number of cells of some types, while others are not counted: event-skipping against event by event."""

from __future__ import annotations

import time as clock

import numpy as np
import pytest
from scipy import special

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory
from tests.statistical._samples import Sample, by_engine, compare
from tests.statistical.models import Model

GROWING = Model("growing", ("S", "R"), [0.3, 1.0], [0.2, 0.5], {"S": 400}, (6.0, 12.0), mutation={("S", "R"): 0.01})
CRITICAL = Model("critical", ("S", "R"), [0.5, 1.0], [0.5, 1.0], {"S": 2000}, (5.0, 40.0), mutation={("S", "R"): 0.01})
SHRINKING = Model("shrinking", ("S", "R"), [0.2, 0.9], [0.3, 1.1], {"S": 2000}, (3.0, 30.0),
                  mutation={("S", "R"): 0.02})  # fmt: skip
DYING_COUNTED = Model("dying-counted", ("S", "R"), [0.6, 0.8], [0.5, 1.2], {"S": 300, "R": 20}, (2.0, 20.0),
                      mutation={("S", "R"): 0.04})  # fmt: skip
BACK = Model("back-mutation", ("S", "R"), [0.9, 1.0], [0.6, 0.4], {"S": 30, "R": 5}, (2.0, 9.0),
             mutation={("S", "R"): 0.05, ("R", "S"): 0.2})  # fmt: skip
CHAIN = Model(
    "chain", ("S", "A", "B", "AB"), [0.5, 0.6, 0.55, 0.9], [0.45, 0.5, 0.5, 0.4], {"S": 800}, (8.0, 25.0),
    mutation={("S", "A"): 0.02, ("S", "B"): 0.03, ("A", "AB"): 0.02, ("B", "AB"): 0.01, ("A", "S"): 0.01},
)  # fmt: skip
SWITCHING = Model("switching", ("S", "T"), [0.9, 0.1], [0.5, 0.2], {"S": 40}, (2.0, 20.0),
                  switching={("S", "T"): 0.3, ("T", "S"): 0.4})  # fmt: skip
THROUGH = Model(
    "through-another", ("S", "R", "X"), [0.6, 0.9, 0.4], [0.4, 0.5, 0.3], {"S": 60, "R": 3}, (3.0, 12.0),
    mutation={("S", "X"): 0.1, ("R", "X"): 0.1}, switching={("X", "R"): 0.2, ("R", "S"): 0.05},
)  # fmt: skip
PIECEWISE = Model(
    "piecewise", ("S", "R"), [[0.8, 0.9], [0.2, 0.9], [0.0, 0.0], [0.9, 1.0]],
    [[0.4, 0.4], [1.0, 0.3], [0.0, 0.0], [0.4, 0.3]], {"S": 150, "R": 1}, (1.0, 3.0, 10.0),
    mutation={("S", "R"): [0.1, 0.02, 0.0, 0.1]}, breakpoints=(1.2, 2.0, 2.6),
)  # fmt: skip
PULSED = Model("pulsed", ("S", "R"), [0.8, 0.9], [0.5, 0.4], {"S": 100}, (1.0, 3.0, 12.0), mutation={("S", "R"): 0.05},
               pulses=((1.0, {"S": 0.5}), (4.0, {"S": 0.5, "R": 0.7})))  # fmt: skip
IMMIGRATING = Model("immigrating", ("M", "N"), [20.0, 0.5], [0.0, 0.6], {"M": 1}, (2.0, 40.0),
                    mutation={("M", "N"): 1.0})  # fmt: skip
ROUND_ABOUT = Model(
    "round-about", ("A", "B", "C", "D"), [0.5, 0.9, 0.7, 0.8], [0.45, 0.6, 0.5, 0.7], {"A": 120}, (2.0, 14.0),
    mutation={("A", "B"): 0.05, ("B", "C"): 0.1, ("C", "D"): 0.1}, switching={("D", "A"): 0.1},
)  # fmt: skip

N = 2500
CASES = [
    (GROWING, ["R"], (1, 15, 400)), (CRITICAL, ["R"], (1, 30, 300)), (SHRINKING, ["R"], (1, 20, 60)),
    (DYING_COUNTED, ["R"], (26, 40)), (BACK, ["R"], (8, 40, 400)), (CHAIN, ["AB"], (1, 60, 400)),
    (CHAIN, ["A", "B"], (12, 300)), (SWITCHING, ["T"], (12, 200)), (SWITCHING, ["S"], (60, 300)),
    (THROUGH, ["R"], (20, 400)), (PIECEWISE, ["R"], (4, 50, 400)), (PULSED, ["R"], (3, 30, 400)),
    (IMMIGRATING, ["N"], (20, 45)), (ROUND_ABOUT, ["B", "D"], (1, 30, 200)),
]  # fmt: skip
# Event by event these take longest: for the long suite, where the others have more replicates.
DEAR = {("critical", 300), ("chain", 400), ("switching", 200)}
LISTED = [
    pytest.param(model, of, size, n, marks=pytest.mark.slow if n > N else [])
    for model, of, sizes in CASES
    for size in sizes
    for n in (N, 6000)
    if n > N or (model.name, size) not in DEAR
]


def name(case: object) -> str:
    return repr(case) if isinstance(case, Model) else "+".join(case) if isinstance(case, list) else str(case)


def stopped_verdict(sample: Sample, model: Model, of: list[str], size: int) -> None:
    """At a stop the counted cells are exactly as many as asked, and before it fewer."""
    counted = sample.counts[:, :, [model.types.index(t) for t in of]].sum(axis=2)
    stopped = sample.outcome == "stopped"
    assert (counted[stopped, -1] == size).all()
    assert (counted[~stopped] < size).all()
    assert (sample.counts[stopped, -1] == sample.final[stopped]).all()


@pytest.mark.parametrize(("model", "of", "size", "n"), LISTED, ids=name)
def test_skipping_agrees_with_event_by_event_in_law(model: Model, of: list[str], size: int, n: int) -> None:
    stop = ce.Stop(size=size, of=of)
    direct, bnb = (by_engine(model, engine, n, 601 + i, stop=stop) for i, engine in enumerate(("direct", "bnb")))
    for sample in (direct, bnb):
        stopped_verdict(sample, model, of, size)
    assert (bnb.outcome == "stopped").sum() > 50
    compare(direct, bnb, model.types).require()


OTHERS = {"types": ("S", "X", "R"), "mutation": {("S", "X"): 1e-9}}


@pytest.mark.parametrize(("b", "d", "start", "size", "horizon"), [
    (1.0, 0.5, 4, 60, 40.0), (1.0, 1.0, 30, 60, 300.0), (0.95, 1.0, 30, 45, 100.0), (1.0, 0.9, 5, 250, 40.0),
])  # fmt: skip
def test_a_type_of_its_own_follows_the_absorbing_chain(
    b: float, d: float, start: int, size: int, horizon: float
) -> None:
    """R among 10^10 cells that have nothing to do with it (and found mutants of their own)."""
    one = Model("one", ("R",), [b], [d], {"R": start}, (horizon,))
    model = Model("among", **OTHERS, birth=[0.1, 0.2, b], death=[0.1, 0.2, d], initial={"S": 10**10, "R": start},
                  times=(horizon,))  # fmt: skip
    sample = by_engine(model, "bnb", 8000, 611, stop=ce.Stop(size=size, of=["R"]))
    stopped_verdict(sample, model, ["R"], size)
    grid = np.linspace(0.0, horizon, 1201)[1:]
    law, _ = theory.passage(one.reference, start, size, grid)
    times = sample.time[sample.outcome == "stopped"]
    laws.require(laws.has_probability(len(times), len(sample), law[-1]))
    laws.require(laws.follows_cdf(times, lambda t: np.interp(t, [0.0, *grid], [0.0, *(law / law[-1])])))


def test_a_type_of_its_own_with_changing_rates_follows_the_absorbing_chain() -> None:
    birth, death = [[1.0], [0.3], [1.2]], [[0.4], [1.0], [0.3]]
    one = Model("one", ("R",), birth, death, {"R": 12}, (60.0,), breakpoints=(1.5, 3.0))
    model = Model(
        "among", **OTHERS, birth=[[0.1, 0.2, *b] for b in birth], death=[[0.1, 0.2, *d] for d in death],
        initial={"S": 10**10, "R": 12}, times=(60.0,), breakpoints=(1.5, 3.0),
    )  # fmt: skip
    sample = by_engine(model, "bnb", 8000, 612, stop=ce.Stop(size=80, of=["R"]))
    grid = np.linspace(0.0, 60.0, 2401)[1:]
    law, _ = theory.passage(one.reference, 12, 80, grid)
    times = sample.time[sample.outcome == "stopped"]
    laws.require(laws.has_probability(len(times), len(sample), law[-1]))
    laws.require(laws.follows_cdf(times, lambda t: np.interp(t, [0.0, *grid], [0.0, *(law / law[-1])])))


@pytest.mark.parametrize("cells", [10**6, 10**12])
def test_the_first_mutant_of_a_mutant_comes_when_the_backward_equations_say(cells: int) -> None:
    """AB never dies here, so that one is there at t if one was founded before."""
    rates = {"types": ["S", "A", "AB"], "birth": [[0.2, 0.25, 0.0], [0.1, 0.25, 0.0]], "breakpoints": [20.0]}
    rates |= {"death": [[0.18, 0.1, 0.0], [0.4, 0.15, 0.0]], "pulses": [ce.Pulse(time=10.0, survival={"S": 0.2})]}
    mutation = {("S", "A"): 30 / cells, ("A", "AB"): 1e-5}
    process = ce.BranchingProcess(**rates, mutation=mutation)  # type: ignore[arg-type]
    start, grid = {"S": cells}, np.linspace(0.0, 60.0, 601)
    law = ce.presence_probability(process, types=["AB"], initial=start, times=grid)
    ens = ce.simulate(
        process, initial=start, times=[grid[-1]], replicates=6000, seed=613, engine="bnb",
        stop=ce.Stop(size=1, of=["AB"]),
    )  # fmt: skip
    stopped = (ens.outcomes["outcome"] == "stopped").to_numpy()
    assert 0.3 < law[-1] < 0.99
    laws.require(laws.has_probability(int(stopped.sum()), len(ens), law[-1]))
    times = ens.outcomes["time"].to_numpy()[stopped]
    laws.require(laws.follows_cdf(times, lambda t: np.interp(t, grid, law / law[-1])))


NU, GROWTH = 3.0, 0.4


def passage_of_immigrants(size: int, nu: float = NU) -> ce.Ensemble:
    """Cells of R grow without death; others that stay as they are found `nu` of them a day. 10^12 more look on."""
    process = ce.BranchingProcess(
        types=["S", "source", "R", "X"], birth=[0.1, nu / 1000, GROWTH, 0.3], death=[0.12, 0.0, 0.0, 0.2],
        mutation={("source", "R"): 1.0, ("S", "X"): 1e-13, ("R", "X"): 1e-12},
    )  # fmt: skip
    stop = ce.Stop(size=size, of=["R"])
    start = {"S": 10**12, "source": 1000}
    return ce.simulate(process, initial=start, times=[200.0], replicates=4000, seed=614, engine="bnb", stop=stop)


def immigrants_law(t: np.ndarray, size: int) -> np.ndarray:
    """P(N(t) >= size): without deaths it is there to stay; negative binomial (Kendall 1948, Biometrika 35:316)."""
    return np.asarray(special.betainc(size, NU / GROWTH, -np.expm1(-GROWTH * t)))


@pytest.mark.parametrize("size", [1, 50, 10**3, 10**6, 10**9, 10**12])
def test_immigrants_that_never_die_reach_every_size_when_they_should(size: int) -> None:
    began = clock.perf_counter()
    ens = passage_of_immigrants(size)
    # Some hundred steps per replicate. Event by event, 10^12 cells would take hours.
    assert clock.perf_counter() - began < 30.0
    assert (ens.outcomes["outcome"] == "stopped").all()
    assert (ens.final[:, 2] == size).all()
    assert ens.exact
    laws.require(laws.follows_cdf(ens.outcomes["time"].to_numpy(), lambda t: immigrants_law(t, size)))


@pytest.mark.parametrize("size", [10**9, 10**12])
def test_the_last_mutants_are_counted_in_exactly(size: int) -> None:
    """Several counted types, with deaths, a pulse and rates that change on the way."""
    process = ce.BranchingProcess(
        types=["S", "A", "B"], birth=[[0.3, 0.4, 0.5], [0.2, 0.4, 0.5]], death=[[0.2, 0.1, 0.2], [0.5, 0.2, 0.1]],
        mutation={("S", "A"): 1e-9, ("A", "B"): 1e-9}, breakpoints=[30.0],
        pulses=[ce.Pulse(time=20.0, survival={"A": 0.1}), ce.Pulse(time=60.0, survival={"A": 0.5, "B": 0.5})],
    )  # fmt: skip
    stop = ce.Stop(size=size, of=["A", "B"])
    start = {"S": 10**10}
    ens = ce.simulate(process, initial=start, times=[20.0, 500.0], replicates=200, seed=615, engine="bnb", stop=stop)
    assert (ens.outcomes["outcome"] == "stopped").all()
    assert (ens.final[:, 1:].sum(axis=1) == size).all()


@pytest.mark.parametrize("engine", ["bnb", "auto"])
def test_a_limit_of_all_cells_is_met_beside_a_stop_of_some(engine: str) -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.3, 0.3], death=[0.2, 0.1], mutation={("S", "R"): 1e-4})
    ens = ce.simulate(
        process, initial={"S": 100}, times=[300.0], replicates=2000, seed=616, engine=engine,  # type: ignore[arg-type]
        stop=ce.Stop(size=2000, of=["R"]), limits=ce.Limits(size=20_000),
    )  # fmt: skip
    outcome = ens.outcomes["outcome"].cast(str).to_numpy()
    stopped, limited = outcome == "stopped", outcome == "size_limit"
    assert min(stopped.sum(), limited.sum()) > 100
    assert (ens.final[stopped, 1] == 2000).all()
    assert (ens.final[limited].sum(axis=1) == 20_000).all()
    assert (ens.final[limited, 1] < 2000).all()
    assert (ens.final.sum(axis=1) <= 20_000).all()


def test_a_stop_of_some_types_tries_again_after_extinction() -> None:
    stop = ce.Stop(size=20, of=["R"], retry=True)
    model = DYING_COUNTED.but(times=(1000.0,), initial={"S": 8})
    direct, bnb = (by_engine(model, engine, 6000, 617 + i, stop=stop) for i, engine in enumerate(("direct", "bnb")))
    assert (bnb.outcome == "stopped").all()
    assert bnb.rejected.max() > 2
    compare(direct, bnb, model.types).require()


def test_planted_errors_are_caught() -> None:
    def law(size: int) -> ce.Ensemble:
        return passage_of_immigrants(size)

    def alarm(times: np.ndarray, size: int) -> bool:
        return laws.follows_cdf(times, lambda t: immigrants_law(t, size)) < laws.FALSE_ALARM

    right = law(10**6).outcomes["time"].to_numpy()
    assert not alarm(right, 10**6)
    # Seen at the next tick only; a founder in twelve lost; the cells that look on counted in; others not waited for.
    assert alarm(np.ceil(right * 2.0) / 2.0, 10**6)
    assert alarm(passage_of_immigrants(10**6, NU * 11 / 12).outcomes["time"].to_numpy(), 10**6)
    assert alarm(law(10**6 + 10**5).outcomes["time"].to_numpy(), 10**6)
    model, stop = GROWING, ce.Stop(size=15, of=["R"])
    direct = by_engine(model, "direct", N, 618, stop=stop)
    one_more = by_engine(model, "bnb", N, 619, stop=ce.Stop(size=16, of=["R"]))
    assert compare(direct, one_more, model.types).alarms
    total = by_engine(model, "bnb", N, 620, stop=ce.Stop(size=415))
    assert compare(direct, total, model.types).alarms
    for change in ({"birth": [0.3, 1.1]}, {"mutation": {("S", "R"): 0.012}}):
        assert compare(direct, by_engine(model.but(**change), "bnb", N, 621, stop=stop), model.types).alarms, change


@pytest.mark.slow
@pytest.mark.parametrize(("model", "of", "size"), [
    (GROWING, ["R"], 20_000), (PIECEWISE, ["R"], 20_000), (PULSED, ["R"], 20_000), (BACK, ["R"], 10_000),
    (CHAIN.but(times=(8.0, 40.0)), ["B", "AB"], 5000), (THROUGH, ["R"], 4000),
], ids=name)  # fmt: skip
def test_skipping_agrees_with_event_by_event_at_length(model: Model, of: list[str], size: int) -> None:
    stop = ce.Stop(size=size, of=of)
    model = model.but(times=(model.times[0], 3.0 * model.times[-1]))
    direct, bnb = (by_engine(model, engine, 2500, 621 + i, stop=stop) for i, engine in enumerate(("direct", "bnb")))
    for sample in (direct, bnb):
        stopped_verdict(sample, model, of, size)
    assert (bnb.outcome == "stopped").sum() > 1000
    compare(direct, bnb, model.types).require()
