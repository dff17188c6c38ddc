"""Laws of extinction and of the first mutant against simulation with clones.

The largest distance between the sampled and the computed distribution function is above sqrt(ln(2/a)/(2n)) with
probability at most a (Massart 1990, doi:10.1214/aop/1176990746); a = 1e-6 per check.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

import chemoevo as ce

N = 20_000
BOUND = math.sqrt(math.log(2 / 1e-6) / (2 * N))
INITIAL = {"S": 30}
END = 60.0
PROCESS = ce.BranchingProcess(
    types=["S", "R"],
    birth=[[0.2, 0.3], [0.2, 0.3]],
    death=[[0.5, 0.2], [0.15, 0.35]],
    breakpoints=[15.0],
    mutation={("S", "R"): 0.02},
    switching={("R", "S"): 0.05},
    pulses=[ce.Pulse(time=8.0, survival={"S": 0.6, "R": 0.3})],
)


def distance(sample: np.ndarray, law: ce.TimeLaw, shift: float = 0.0) -> float:
    """Largest distance of the distribution functions on [0, END]; infinite times are those that never came."""
    grid = np.linspace(0.0, END, 241)
    sampled = (sample[:, None] <= grid + shift).mean(axis=0)
    return float(np.abs(sampled - law.cdf(grid)).max())


def test_time_of_extinction() -> None:
    ens = ce.simulate(PROCESS, initial=INITIAL, times=[END], replicates=N, seed=5)
    out = ens.outcomes
    times = np.where((out["outcome"] == "extinct").to_numpy(), out["time"].to_numpy(), np.inf)
    law = ce.extinction_time(PROCESS, initial=INITIAL)
    assert distance(times, law) < BOUND
    # Planted: times a day too late.
    assert distance(times, law, shift=1.0) > BOUND


def test_first_appearance_of_a_mutant() -> None:
    ens = ce.simulate(PROCESS, initial=INITIAL, times=[END], replicates=N, seed=6, record="clones")
    first = ens.clones.filter(pl.col("type") == "R").group_by("replicate").agg(pl.col("founded_at").min())
    times = np.full(N, np.inf)
    times[first["replicate"].to_numpy()] = first["founded_at"].to_numpy()
    law = ce.first_appearance(PROCESS, types=["R"], initial=INITIAL)
    assert distance(times, law) < BOUND
    assert distance(times, law, shift=1.0) > BOUND
    # Planted: presence at t, which forgets mutants that came and went.
    grid = np.linspace(0.0, END, 241)
    present = ce.presence_probability(PROCESS, types=["R"], initial=INITIAL, times=grid)
    assert np.abs((times[:, None] <= grid).mean(axis=0) - present).max() > BOUND
