"""Growth that slows with the volume of a tumor, as two papers of this folder have it: the volumes over time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import chemoevo as ce

HIT = ("sensitive", "damaged 1")
"""The types of a tumor with late death between which the drug moves cells."""
STEP = 0.1
"""(days) The longest stretch of constant growth: with a tenth of it no volume of Choi et al. is off by 0.001."""


def slowed(
    rates: ce.BranchingProcess,
    *,
    start: float,
    until: float,
    growth: Callable[[np.ndarray, np.ndarray], np.ndarray],
    treated: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Days, and the volume of all cells: growth is that of the volumes found before, until they stay.

    `rates` are those of all types under the drug, with growth that does not slow; `growth` gives the rate per growing
    cell from the volume of growing cells and that of all.
    """
    inside = rates.breakpoints[rates.breakpoints < until]
    days = np.union1d(np.arange(0.0, until, STEP), [*inside, until])
    kill = np.asarray(rates.switching[HIT])[np.searchsorted(rates.breakpoints, days[:-1], side="right")]
    switching = {**rates.switching, HIT: kill if treated else 0.0 * kill}
    birth = np.zeros((len(kill), len(rates.types)))
    birth[:, 0] = rates.birth[0, 0]
    death = np.broadcast_to(rates.death[0], birth.shape)
    found = np.full(len(days), np.nan)
    while True:
        process = ce.BranchingProcess(
            types=rates.types, birth=birth, death=death, switching=switching, breakpoints=days[1:-1]
        )
        parts = start * ce.mean_counts(process, initial={rates.types[0]: 1}, times=days)
        before, found = found, parts.sum(axis=1)
        if np.allclose(before, found, rtol=1e-6):
            return days, found
        slower = growth(parts[:, 0], found)
        birth[:, 0] = (slower[1:] + slower[:-1]) / 2.0
