"""The same processes in other simulators: a Numba kernel as one would write it in a notebook, rebop, GillesPy2.

Each constructor takes a model and returns `run(initial, times, seed)`, whose set-up and result are inside the time
that is measured; only compilation (Numba's, and GillesPy2's of its C++ solver) is left out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from models import Model

# initial {type: count}, equally spaced times from the first step on, seed -> final total of all types
Run = Callable[[dict[str, int], Sequence[float], int], float]


def numba_two_step(model: Model) -> Run:
    """Gillespie's direct method in two steps: the type by a linear scan of cached weights, then what happens to it.

    Returns an int64 array (times, types).
    """
    import numba

    @numba.njit
    def kernel(n, birth, death, targets, cumulative, times, seed):  # type: ignore[no-untyped-def]
        np.random.seed(seed)
        types = n.shape[0]
        out = np.zeros((times.shape[0], types), dtype=np.int64)
        weight = n * (birth + death)
        total = weight.sum()
        t = 0.0
        row = 0
        while total > 0.0:
            t += -np.log(1.0 - np.random.random()) / total
            while row < times.shape[0] and t > times[row]:
                out[row] = n
                row += 1
            if row == times.shape[0]:
                break
            x = np.random.random() * total
            i = 0
            while i < types - 1 and x >= weight[i]:
                x -= weight[i]
                i += 1
            j = i
            if np.random.random() * (birth[i] + death[i]) < birth[i]:
                y = np.random.random()
                if y < cumulative[i, -1]:
                    k = 0
                    while y >= cumulative[i, k]:
                        k += 1
                    j = targets[i, k]
                n[j] += 1
            else:
                n[i] -= 1
            total -= weight[j]
            weight[j] = n[j] * (birth[j] + death[j])
            total += weight[j]
        while row < times.shape[0]:
            out[row] = n
            row += 1
        return out

    def run(initial: dict[str, int], times: Sequence[float], seed: int) -> float:
        index = {name: i for i, name in enumerate(model.types)}
        degree = max(sum(source == name for source, _ in model.mutation) for name in model.types)
        targets = np.zeros((len(index), degree), dtype=np.int64)
        probabilities = np.zeros((len(index), degree))
        used = [0] * len(index)
        for (source, target), probability in model.mutation.items():
            i = index[source]
            targets[i, used[i]] = index[target]
            probabilities[i, used[i]] = probability
            used[i] += 1
        n = np.array([initial.get(name, 0) for name in model.types], dtype=np.int64)
        birth = np.full(len(n), model.birth)
        death = np.full(len(n), model.death)
        out = kernel(n, birth, death, targets, np.cumsum(probabilities, axis=1), np.asarray(times, dtype=float), seed)
        return float(out[-1].sum())

    return run


def _reactions(model: Model) -> list[tuple[float, list[str], list[str]]]:
    """Mass-action reactions: plain divisions, deaths, divisions with one mutated daughter."""
    names = {name: f"x{i}" for i, name in enumerate(model.types)}
    reactions = []
    for name, x in names.items():
        mutated = sum(p for (source, _), p in model.mutation.items() if source == name)
        reactions.append((model.birth * (1.0 - mutated), [x], [x, x]))
        reactions.append((model.death, [x], []))
    for (source, target), probability in model.mutation.items():
        reactions.append((model.birth * probability, [names[source]], [names[source], names[target]]))
    return reactions


def rebop(model: Model, *, sparse: bool | None = True) -> Run:
    """The direct method of rebop; returns an xarray Dataset with the time 0 and every step."""
    from rebop import Gillespie

    def run(initial: dict[str, int], times: Sequence[float], seed: int) -> float:
        system = Gillespie()
        for rate, reactants, products in _reactions(model):
            system.add_reaction(rate, reactants, products)
        start = {f"x{model.types.index(name)}": count for name, count in initial.items()}
        data = system.run(start, times[-1], len(times), rng=seed, sparse=sparse)
        return float(sum(data[f"x{i}"].values[-1] for i in range(len(model.types))))

    return run


def gillespy2(model: Model, times: Sequence[float]) -> Run:
    """GillesPy2's compiled SSA; returns a dictionary of float arrays with the time 0 and every step."""
    import gillespy2 as gp

    species = [gp.Species(name=f"x{i}", initial_value=0) for i in range(len(model.types))]
    system: Any = gp.Model(name="process")
    system.add_species(species)
    for k, (rate, reactants, products) in enumerate(_reactions(model)):
        constant = gp.Parameter(name=f"k{k}", expression=rate)
        system.add_parameter(constant)
        count = {x: products.count(x) for x in products}
        system.add_reaction(
            gp.Reaction(name=f"r{k}", reactants=dict.fromkeys(reactants, 1), products=count, rate=constant)
        )
    system.timespan(np.concatenate([[0.0], times]))
    # GillesPy2 builds with the interpreter behind the virtual environment, which does not see the packages here.
    paths = os.pathsep.join(path for path in sys.path if path.endswith("-packages"))
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = paths if before is None else os.pathsep.join([paths, before])
    try:
        solver = gp.SSACSolver(model=system, variable=True)
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before

    def run(initial: dict[str, int], times: Sequence[float], seed: int) -> float:
        del times
        start = {f"x{model.types.index(name)}": count for name, count in initial.items()}
        data = solver.run(variables=start, seed=seed)
        return float(sum(data[f"x{i}"][-1] for i in range(len(model.types))))

    return run
