"""Shows that the cost of event-skipping does not grow with the number of intervals.

One model, a tumor under three-weekly doses, with its rates on 50, 500, 5000 and 50 000 intervals per year. Rates of
neighbors differ in the ninth digit, so that no two intervals are one and all runs follow the same law. What grows with
the grid is done once: the process is made, and the tree of a type is built when the type is first occupied. Prints a
table; CPU time, one thread.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

import chemoevo as ce

GRIDS = (50, 500, 5_000, 50_000)
YEAR = 365.0


TRANSITIONS = {("S", "R"): 1e-5, ("R", "S"): 1e-6}


def process_of(intervals: int) -> ce.BranchingProcess:
    """Births and deaths (per day) on 50 weeks a year, each cut into `intervals / 50` parts that are all but alike."""
    parts = intervals // GRIDS[0]
    start = np.arange(GRIDS[0]) * YEAR / GRIDS[0]
    kill = 0.16 * np.exp(-(start % 21.0) / 7.0)
    coarse = np.array([[[0.14, 0.138], [0.128 + k, 0.13]] for k in kill])
    wiggle = 1.0 + 1e-9 * (-1.0) ** np.arange(intervals)
    values = np.repeat(coarse, parts, axis=0) * wiggle[:, None, None]
    ends = np.linspace(0.0, YEAR, intervals + 1)[1:-1]
    return ce.BranchingProcess(
        types=["S", "R"], birth=values[:, 0], death=values[:, 1], breakpoints=ends, mutation=TRANSITIONS
    )


def clock(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def row(intervals: int, replicates: int, rounds: int) -> list[float]:
    """Seconds to make the process and its trees; steps per replicate; microseconds per step, and a run to a size."""
    given = process_of(intervals)
    arrays = {"birth": given.birth, "death": given.death, "breakpoints": given.breakpoints}

    def make() -> ce.BranchingProcess:
        return ce.BranchingProcess(types=["S", "R"], mutation=TRANSITIONS, **arrays)

    made = [clock(make) for _ in range(rounds)]
    process = make()

    def run(seed: int, n: int, **options: object) -> ce.Ensemble:
        return ce.simulate(
            process,
            initial={"S": 10**7},
            times=[YEAR],
            replicates=n,
            seed=seed,
            engine="bnb",
            threads=1,
            **options,  # type: ignore[arg-type]
        )

    warm = process_of(GRIDS[0])
    ce.simulate(warm, initial={"S": 10}, times=[1.0], seed=1, engine="bnb", threads=1)
    first = clock(lambda: run(0, 1))
    once = statistics.median(clock(lambda k=k: run(k, 1)) for k in range(rounds))  # type: ignore[misc]
    many = []
    steps = 0.0
    for k in range(rounds):
        start = time.process_time()
        ens = run(100 + k, replicates)
        many.append(time.process_time() - start)
        steps = ens.provenance["steps"] / replicates
    each = (statistics.median(many) - once) / (replicates - 1)
    stop = {"stop": ce.Stop(size=10**8)}
    run(0, 1, **stop)
    stopped = statistics.median(clock(lambda k=k: run(k, 50, **stop)) for k in range(rounds)) / 50  # type: ignore[misc]
    return [statistics.median(made), max(0.0, first - once), steps, 1e6 * each / steps, 1e6 * stopped]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(
        "| intervals per year | make the process (ms) | build the trees (ms) | steps per replicate | a step (us) "
        "| to 10^8 cells (us) |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    for intervals in GRIDS:
        made, trees, steps, each, stopped = row(intervals, options.replicates, options.rounds)
        print(f"| {intervals} | {1e3 * made:.2f} | {1e3 * trees:.2f} | {steps:.1f} | {each:.2f} | {stopped:.0f} |")


if __name__ == "__main__":
    main()
