"""Random processes nobody would think of: both engines against the backward equations.

Thinning makes every check exact: if each cell of type i at an observation is kept with probability g_i, none is kept
with probability E[prod (1 - g_i)^N_i], which the backward equations give, so the number of replicates without a kept
cell is binomial. Two observations are thinned together too, which checks the joint law. Whether a replicate is extinct
by a time is binomial as well. P-values are randomized, so that they are uniform where the laws agree; each alarms below
FALSE_ALARM divided by their number, and so does their uniformity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import chemoevo as ce
from chemoevo import _core
from chemoevo.ensemble.following import following
from tests.statistical._laws import FALSE_ALARM

Array = NDArray[np.float64]
MOST_SPECIAL, MOST_EVENTS, MOST_CELLS = 300.0, 1000.0, 1e12


@dataclass
class Case:
    """Rates (intervals, types), tables (intervals, types, types), pulses [(time, survival)]."""

    birth: Array
    death: Array
    mutation: Array
    switching: Array
    breakpoints: Array
    times: Array
    pulses: list[tuple[float, Array]]
    initial: NDArray[np.int64]

    def process(self, start: float | None = None) -> ce.BranchingProcess:
        """The process; from `start` on with a new clock, without a pulse at `start`."""
        shift = start or 0.0
        first = int(np.searchsorted(self.breakpoints, shift, side="right"))
        names = [f"type{i}" for i in range(len(self.initial))]
        kept = [(t - shift, p) for t, p in self.pulses if start is None or t > start]
        return ce.BranchingProcess(
            types=names,
            birth=self.birth[first:],
            death=self.death[first:],
            mutation=self.mutation[first:],
            switching=self.switching[first:],
            breakpoints=self.breakpoints[first:] - shift,
            pulses=[ce.Pulse(time=t, survival=dict(zip(names, map(float, p), strict=True))) for t, p in kept],
        )

    def cost(self) -> tuple[float, float, float]:
        """Rough expected numbers of events and of special events, and the largest mean number of cells."""
        inside = self.breakpoints[self.breakpoints < self.times[-1]]
        grid = np.unique([*np.linspace(0.0, self.times[-1], 100), *inside])
        mean = ce.mean_counts(self.process(), initial=self.initial, times=grid)
        k = np.searchsorted(self.breakpoints, grid, side="right")
        special = self.birth[k] * self.mutation[k].sum(-1) + self.switching[k].sum(-1)
        every = self.birth[k] + self.death[k] + self.switching[k].sum(-1)
        days = np.diff(grid, append=grid[-1])[:, None]
        return float((mean * every * days).sum()), float((mean * special * days).sum()), float(mean.sum(axis=1).max())


def random_case(rng: np.random.Generator) -> Case:
    """A process with zero rates, regrowth after decline, fast switching, certain mutation, pulses at awkward times."""
    types, intervals = int(rng.integers(1, 5)), int(rng.integers(1, 7))
    style = rng.choice(["any", "regrowth", "turnover", "switching"])
    horizon = 10 ** rng.uniform(-1, 1.7)
    breakpoints = np.sort(rng.uniform(0.0, horizon, intervals - 1))
    shape = (intervals, types)
    birth, death = (10 ** rng.uniform(-2, 0.5, shape) * (rng.random(shape) > 0.2) for _ in range(2))
    if style == "regrowth":
        net = rng.uniform(0.2, 3.0, (intervals, 1))
        regrows = (np.arange(intervals) % 2 == 1)[:, None]
        birth = np.where(regrows, net, 0.1 * birth)
        death = np.where(regrows, net * rng.choice([0.0, 0.3]), birth + net)
    elif style == "turnover":
        birth = 10 ** rng.uniform(0, 2, shape)
        death = birth * rng.choice([1.0, 0.97, 1.03], shape)
    for rates in (birth, death):
        if rng.random() < 0.3:
            rates[rng.integers(intervals)] = 0.0
    square = (intervals, types, types)
    total = rng.choice([0.0, 1e-3, 0.03, 0.4, 1.0], (intervals, types, 1))
    mutation = rng.exponential(size=square) * (rng.random(square) < 0.6) * (1.0 - np.eye(types))
    mutation *= total / np.maximum(mutation.sum(axis=-1, keepdims=True), 1e-300)
    mutation = np.where(mutation.sum(axis=-1, keepdims=True) > 1.0, mutation * (1.0 - 1e-15), mutation)
    fast = style == "switching"
    switching = 10 ** rng.uniform(-3, 1.3 if fast else 0.0, square) * (rng.random(square) < (0.7 if fast else 0.2))
    switching *= 1.0 - np.eye(types)
    times = np.unique([*rng.uniform(0.0, horizon, rng.integers(1, 4)), *rng.choice([0.0, *breakpoints, horizon], 2)])
    awkward = [0.0, *times, *breakpoints, rng.uniform(0.0, horizon)]
    survivals = [0.0, 0.01, 0.5, 0.9, 1.0]
    pulses = [(float(rng.choice(awkward)), rng.choice(survivals, types)) for _ in range(rng.integers(0, 4))]
    initial = (10 ** rng.uniform(-1, rng.choice([1, 2, 6]), types)).astype(np.int64)
    initial[rng.integers(types)] += 1
    case = Case(birth, death, mutation, switching, breakpoints, times, pulses, initial)
    while initial.any():
        _, special, cells = case.cost()
        if special <= MOST_SPECIAL and cells <= MOST_CELLS:
            return case
        initial //= 2
    return random_case(rng)


def _presence(process: ce.BranchingProcess, at_end: Array, time: float) -> tuple[Array, Array]:
    found = _core.backward(process.compiled, at_end, 1.0 - at_end, np.array([time]))
    return found.presence[0], found.absence[0]


def _none_kept(process: ce.BranchingProcess, initial: NDArray[np.int64], at_end: Array, time: float) -> float:
    presence, absence = _presence(process, at_end, time)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(presence < 0.5, np.log1p(-np.minimum(presence, 0.5)), np.log(absence))
        return float(np.exp(np.where(initial > 0, initial * logs, 0.0).sum()))


def _p_value(rng: np.random.Generator, hits: int, n: int, p: float) -> float:
    law = stats.binom(n, min(p, 1.0))
    below, here = law.cdf(hits - 1), law.pmf(hits)
    v = rng.random()
    return float(min(1.0, 2.0 * min(below + v * here, law.sf(hits) + (1.0 - v) * here)))


def _thinned(rng: np.random.Generator, counts: Array, kept: Array) -> int:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0, counts * np.log1p(-kept), 0.0).sum(axis=-1)
    return int((rng.random(len(counts)) < np.exp(logs)).sum())


def p_values(seed: int, replicates: int, theory: Case | None = None) -> dict[str, float]:
    """Checks of one random process; `theory` stands in for it in the backward equations."""
    rng = np.random.default_rng(seed)
    case = random_case(rng)
    theory = theory or case
    process, times, initial = theory.process(), case.times, case.initial
    mean = ce.mean_counts(case.process(), initial=initial, times=times)
    scale = np.minimum(1.0, 0.7 / np.maximum(mean, 1e-3))
    events, _, _ = case.cost()
    p = {}
    ways: list[tuple[Literal["bnb", "direct"], str]] = [("bnb", "all"), ("bnb", "kept")]
    if events < MOST_EVENTS:
        ways.append(("direct", "all"))
    for name, mutants in ways:
        engine = f"{name} {mutants}"
        with following(mutants):
            ens = ce.simulate(
                case.process(), initial=initial, times=times, replicates=replicates, seed=seed, engine=name
            )
        counts = ens.counts.astype(float)
        for t, time in enumerate(times):
            for way in range(2):
                kept = rng.choice([0.0, 1.0, 1.0], len(initial)) * (scale[t] if way else 1.0)
                want = _none_kept(process, initial, kept, time)
                p[f"{seed} {engine} time {t} way {way}"] = _p_value(
                    rng, _thinned(rng, counts[:, t], kept), replicates, want
                )
        if len(times) > 1:
            first, later = _presence(theory.process(times[0]), scale[-1], times[-1] - times[0])[0], 0.7 * scale[0]
            want = _none_kept(process, initial, later + (1.0 - later) * first, times[0])
            both = np.concatenate([counts[:, 0], counts[:, -1]], axis=1)
            hits = _thinned(rng, both, np.concatenate([later, scale[-1]]))
            p[f"{seed} {engine} jointly"] = _p_value(rng, hits, replicates, want)
        extinct = (ens.outcomes["outcome"] == "extinct").to_numpy()
        for time in [*rng.uniform(0.0, times[-1], 2), times[-1]]:
            want = _none_kept(process, initial, np.ones(len(initial)), time)
            hits = int((extinct & (ens.outcomes["time"].to_numpy() <= time)).sum())
            p[f"{seed} {engine} extinct by {time:.3g}"] = _p_value(rng, hits, replicates, want)
    return p


def alarms(p: dict[str, float]) -> dict[str, float]:
    """The checks that alarm, all of them together as often as FALSE_ALARM."""
    found = {name: value for name, value in p.items() if value < FALSE_ALARM / len(p)}
    uniform = float(stats.kstest(list(p.values()), "uniform").pvalue)
    return found if uniform >= FALSE_ALARM else {**found, "uniformity": uniform}


@pytest.mark.parametrize("first", [0, 40])
def test_random_models(first: int) -> None:
    p = {k: v for seed in range(first, first + 40) for k, v in p_values(seed, 1000).items()}
    assert len(p) > 300
    assert not alarms(p)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1400, 50))
def test_many_random_models(first: int) -> None:
    p = {k: v for seed in range(first, first + 50) for k, v in p_values(seed, 3000).items()}
    assert not alarms(p)


def test_planted_error_is_caught() -> None:
    """Theory with a twentieth more deaths in the last interval, or without the last pulse, must alarm."""
    caught = []
    for seed in range(20):
        theory = random_case(np.random.default_rng(seed))
        theory.death = theory.death * 1.05
        theory.pulses = theory.pulses[:-1]
        caught.append(bool(alarms(p_values(seed, 1000, theory))))
    assert sum(caught) >= 8, caught
