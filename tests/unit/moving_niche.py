"""What is in a niche whose delivery moves, by a solver of differential equations: windows, lags and what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import chemoevo as ce
from chemoevo.pharmacology import course

Concentrations = Mapping[str, float]
Follower = Callable[[float, Concentrations], float]
"""How fast something changes, of its value and of unbound concentrations in the niche (uM), per hour."""


def plasma(model: ce.Scenario, name: str) -> Callable[[float], float]:
    """(uM) Unbound in plasma, at hours."""
    drug = model.active_drugs[name]
    found = course(model.acting, model.patient, drug)
    factor = drug.micromolar_per_mg_per_l * drug.unbound_share
    return lambda hour: float(found.concentration(np.array([hour]))[0]) * factor


def kinks(model: ce.Scenario) -> list[float]:
    """Hours at which an infusion begins or ends."""
    found = set()
    for phase in model.acting.phases:
        for cycle in range(phase.cycles):
            for dose in phase.doses:
                for day in dose.days:
                    start = 24.0 * (cycle * phase.cycle_length_days + day - 1) + dose.start_hours
                    found |= {start, start + dose.duration_hours}
    return sorted(found)


def solved(
    model: ce.Scenario, hours: Sequence[float], followers: Sequence[tuple[float, Follower]] = ()
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Unbound concentrations (uM) of drugs in the only niche at hours, and what follows them, each from a value on."""
    (niche,) = model.tumor.niches
    therapies, drugs = model.niche_therapies, model.active_drugs
    free = {name: plasma(model, name) for name in drugs}
    coming = [name for name in drugs if name not in {one.drug for one in therapies}]
    access = {name: niche.access(name, drugs[name].drug_class) for name in coming}
    lagged = [name for name in coming if access[name].lag_hours is not None]
    chains = [(one, chain) for one in therapies for chain in (one.opens, one.closes or one.opens)]
    sizes = [chain.stages for _, chain in chains]
    ends = np.cumsum(sizes)

    def come(hour: float, state: NDArray[np.float64]) -> dict[str, float]:
        last = state[ends - 1]
        found = {}
        for name in coming:
            factor = 1.0
            for k, one in enumerate(therapies):
                opening = next(
                    (one.delivery[key] for key in (name, drugs[name].drug_class, "other") if key in one.delivery), None
                )
                if opening is not None:
                    factor *= (1 + opening.gain * last[2 * k]) * (1 - opening.loss * last[2 * k + 1])
            found[name] = factor * access[name].ratio_at(niche.distance) * free[name](hour)
        return found

    def there(hour: float, state: NDArray[np.float64]) -> dict[str, float]:
        return come(hour, state) | {name: state[ends[-1] + k] for k, name in enumerate(lagged)}

    def change(hour: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
        by = np.empty_like(state)
        for (one, chain), end in zip(chains, ends, strict=True):
            odds = (free[one.drug](hour) / one.ec50) ** one.hill
            before = np.concatenate([[odds / (1 + odds)], state[end - chain.stages : end - 1]])
            by[end - chain.stages : end] = chain.rate / 24 * (before - state[end - chain.stages : end])
        comes, here = come(hour, state), there(hour, state)
        for k, name in enumerate(lagged):
            by[ends[-1] + k] = access[name].rate * (comes[name] - state[ends[-1] + k])
        for k, (_, follower) in enumerate(followers):
            place = len(state) - len(followers) + k
            by[place] = follower(state[place], here)
        return by

    state = np.array([0.0] * (int(ends[-1]) + len(lagged)) + [start for start, _ in followers])
    seen, followed = {name: [] for name in coming}, []
    edges = sorted({0.0, *kinks(model), *hours})
    for start, end in pairwise(edges):
        # A hair before a kink, where the infusion that begins there is none yet.
        inside = (start + 1e-9 * (end - start), end - 1e-9 * (end - start))
        state = solve_ivp(change, inside, state, method="DOP853", rtol=1e-10, atol=1e-13).y[:, -1]
        if end in hours:
            for name, value in there(end, state).items():
                seen[name].append(value)
            followed.append(state[len(state) - len(followers) :])
    return {name: np.array(values) for name, values in seen.items()}, np.array(followed)
