"""How does cure depend on the size at detection and on the mutation probability, with one drug and with two in turn?

Maps of cure by backward equations, without any simulation, and some of their points simulated: tumors grown from one
cell to exactly that size, each treated to the end. A mutation to A protects from the first drug, one to B from the
second; cells with both, AB, survive everything.
"""

from __future__ import annotations

import time

import numpy as np

import chemoevo as ce

BIRTH, DEATH = 0.14, 0.13  # a day, Bozic et al. (2013), eLife 2:e00747, doi:10.7554/eLife.00747
KILL = 0.35  # a day: deaths that a drug adds in cells that it reaches
CYCLE, CYCLES = 60.0, 12  # days
HORIZON = CYCLE * CYCLES
TYPES = ["S", "A", "B", "AB"]
FIRST, SECOND = [KILL, 0.0, KILL, 0.0], [KILL, KILL, 0.0, 0.0]
PLANS = {"one drug": [FIRST] * CYCLES, "two drugs in turn": [FIRST, SECOND] * (CYCLES // 2)}
SIZES = np.geomspace(1e6, 1e12, 61)
MUTATIONS = np.geomspace(1e-12, 1e-4, 65)
POINTS = {
    "one drug": [(1e6, 3e-8), (1e7, 3e-9), (1e7, 3e-8), (1e8, 1e-9), (1e9, 1e-10), (1e9, 3e-9), (1e10, 1e-11)],
    "two drugs in turn": [(1e6, 1e-5), (1e6, 3e-5), (1e7, 1e-6), (1e7, 3e-6), (1e8, 3e-7), (1e8, 1e-6)],
}


def growth(u: float) -> ce.BranchingProcess:
    """Growth without a drug; either mutation comes with probability u per division."""
    mutation = {("S", "A"): u, ("S", "B"): u, ("A", "AB"): u, ("B", "AB"): u}
    return ce.BranchingProcess(types=TYPES, birth=[BIRTH] * 4, death=[DEATH] * 4, mutation=mutation)


def therapy(u: float, plan: str) -> ce.BranchingProcess:
    """A drug a cycle, as planned."""
    return ce.BranchingProcess(
        types=TYPES,
        birth=[[BIRTH] * 4] * CYCLES,
        death=[[DEATH + kill for kill in cycle] for cycle in PLANS[plan]],
        breakpoints=CYCLE * np.arange(1, CYCLES),
        mutation=growth(u).mutation,
    )


def cure_map(plan: str, mutations: np.ndarray = MUTATIONS, sizes: np.ndarray = SIZES) -> np.ndarray:
    """Cure by mutation probability (rows) and size (columns)."""
    rows = [
        ce.cure_probability(therapy(u, plan), initial=ce.GrownTo(growth(u), size=sizes), horizon=HORIZON)
        for u in mutations
    ]
    return np.array(rows)


def simulated(plan: str, size: float, u: float, replicates: int = 200) -> float:
    """The share of cured tumors, simulated from one cell to the horizon."""
    stop = ce.Stop(size=size, retry=True)
    tumors = ce.simulate(growth(u), initial={"S": 1}, times=[1e5], stop=stop, replicates=replicates, seed=1)
    treated = ce.simulate(therapy(u, plan), initial=tumors, times=[HORIZON], seed=1)
    return float((treated.final.sum(axis=1) == 0).mean())


if __name__ == "__main__":
    for plan in PLANS:
        began = time.perf_counter()
        values = cure_map(plan)
        print(f"{plan}: {values.size} points of the map in {time.perf_counter() - began:.1f} s")
        print("  cells   mutation probability   cure    simulated")
        for size, u in POINTS[plan]:
            exact = cure_map(plan, np.array([u]), np.array([size]))[0, 0]
            share = simulated(plan, size, u)
            error = (exact * (1.0 - exact) / 200) ** 0.5
            print(f"  {size:<8.0e}{u:<23.0e}{exact:.3f}   {share:.3f} +- {error:.3f}")
