"""Mutation probability and fitness from ten cultures (Mazoyer et al. 2017): the most likely ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

import chemoevo as ce

CULTURES = 10
MUTANTS = (1, 3, 5)
"""The cultures that have mutants; the others have none."""


def law(mutation: float, fitness: float, cells: np.ndarray, most: int) -> np.ndarray:
    """P(0), ..., P(most) mutants in cultures of so many cells; `fitness` is how fast normal cells divide by mutants."""
    growth = ce.BranchingProcess(
        types=["normal", "mutant"],
        birth=[1.0, 1.0 / fitness],
        death=[0.0, 0.0],
        mutation={("normal", "mutant"): mutation},
    )
    return ce.count_distribution(growth, of="mutant", initial=ce.GrownTo(growth, size=cells), time=0.0, max_count=most)


def top(f: Callable[[float, float], float], start: tuple[float, float], step: float = 0.02) -> tuple[float, float]:
    """Where f is largest, by Newton's method with differences."""
    x, y = start
    for _ in range(8):
        middle = f(x, y)
        east, west, north, south = f(x + step, y), f(x - step, y), f(x, y + step), f(x, y - step)
        mixed = f(x + step, y + step) - f(x + step, y - step) - f(x - step, y + step) + f(x - step, y - step)
        slopes = np.array([east - west, north - south]) / (2.0 * step)
        cross = mixed / 4.0
        bends = np.array([[east - 2.0 * middle + west, cross], [cross, north - 2.0 * middle + south]]) / step**2
        move = np.clip(-np.linalg.solve(bends, slopes), -0.5, 0.5)
        x, y = x + float(move[0]), y + float(move[1])
        if np.abs(move).max() < 1e-4:
            break
    return x, y


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    cells = np.array([parameters[f"cells_of_culture_{k}"] for k in range(1, CULTURES + 1)])
    found = {k: round(parameters[f"mutants_of_culture_{k}"]) for k in MUTANTS}
    counts = np.array([found.get(k, 0) for k in range(1, CULTURES + 1)])
    without = float((counts == 0).mean())

    def most_likely(sizes: np.ndarray) -> tuple[float, float]:
        """Mutation probability and fitness; both are sought on a logarithmic scale."""
        different, which = np.unique(sizes, return_inverse=True)

        def likelihood(log_mutation: float, log_fitness: float) -> float:
            laws = law(math.exp(log_mutation), math.exp(log_fitness), different, int(counts.max()))
            return float(np.log(laws[which, counts]).sum())

        start = -math.log(without) / float(sizes.mean())
        log_mutation, log_fitness = top(likelihood, (math.log(start), 0.5))
        return math.exp(log_mutation), math.exp(log_fitness)

    mean, mean_fitness = most_likely(np.full(CULTURES, cells.mean()))
    each, each_fitness = most_likely(cells)
    # P(none) = e^-m; the mutations m of a culture do not depend on how large it is.
    size = np.array([cells.mean()])
    none = float(law(1.0 / cells.mean(), 1.0, size, 0)[0, 0])
    share = parameters["without_w"] / parameters["cultures_w"]
    return {
        "mutations of W11, from the cultures without": math.log(share) / math.log(none),
        "mutation probability, mean final number": mean,
        "fitness, mean final number": mean_fitness,
        "mutation probability, final numbers of each culture": each,
        "fitness, final numbers of each culture": each_fitness,
    }
