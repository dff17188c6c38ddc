"""Is a resistant clone already there when the tumor is found?

A tumor grows from one cell to the size at which it is detected; a division yields a resistant daughter with a small
probability. Simulation to exactly that size is set beside the formula of Iwasa, Nowak & Michor (2006), Genetics
172:2557, doi:10.1534/genetics.105.049791: founders of resistant clones arrive as a Poisson process along the growth,
and each clone is still there at detection with the probability that a birth-death process survives for so long.
"""

from __future__ import annotations

import numpy as np

import chemoevo as ce

BIRTH, DEATH = 0.139, 0.1313  # per cell and day: doubling in 90 days
SIZE = 1e8  # cells
REPLICATES = 1000


def by_simulation(probability: float) -> tuple[float, float]:
    """The share of tumors with resistant cells at detection, and its standard error."""
    growth = ce.BranchingProcess(
        types=["sensitive", "resistant"],
        birth=[BIRTH, BIRTH],
        death=[DEATH, DEATH],
        mutation={("sensitive", "resistant"): probability},
    )
    stop = ce.Stop(size=SIZE, retry=True)
    tumors = ce.simulate(growth, initial={"sensitive": 1}, times=[50_000], stop=stop, replicates=REPLICATES, seed=1)
    share = float((tumors.final[:, 1] > 0).mean())
    return share, (share * (1 - share) / REPLICATES) ** 0.5


def by_formula(probability: float) -> float:
    """The same by integration over the ages of clones at detection."""
    clone = ce.BranchingProcess(types=["resistant"], birth=[BIRTH], death=[DEATH])
    net = BIRTH - DEATH
    ages = np.linspace(0.0, np.log(SIZE) / net, 20_001)[1:]  # days
    survival = ce.survival_probability(clone, initial={"resistant": 1}, times=ages)
    ages, survival = np.concatenate([[0.0], ages]), np.concatenate([[1.0], survival])
    clones = np.trapezoid(BIRTH * SIZE * np.exp(-net * ages) * probability * survival, ages)
    return float(-np.expm1(-clones))


if __name__ == "__main__":
    print(f"Resistant cells in a tumor of {SIZE:.0e} cells")
    print("probability per division   simulation          formula")
    for probability in (1e-10, 1e-9, 1e-8):
        share, error = by_simulation(probability)
        print(f"{probability:<22.0e}   {share:.3f} +- {error:.3f}     {by_formula(probability):.3f}")
