"""Friberg's model of the marrow with a drug of three compartments, by LSODA: another program with other numerics."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

BRUNO = {"k10": 5.2, "k12": 1.06, "k21": 1.51, "k13": 1.26, "k31": 0.084, "v": 7.4}
KLOFT = {"circ0": 5.22, "mtt": 84.2, "gamma": 0.1445}
UM = 1000 / 807.9
"""uM in a mg/L of docetaxel."""


def followed(
    doses: Sequence[tuple[float, float, float]],
    until: float,
    *,
    slope: float = 15.57 * UM,
    emax: tuple[float, float] | None = None,
    kinetics: dict[str, float] = BRUNO,
    marrow: dict[str, float] = KLOFT,
    transits: int = 3,
    tolerance: float = 1e-11,
) -> Any:
    """Counts as a function of hours.

    Parameters
    ----------
    doses
        Start (h), mg, duration (h) > 0.
    slope
        Per mg/L.
    emax
        Instead: Emax, EC50 in mg/L.
    """
    p, m = kinetics, marrow
    k = (transits + 1) / m["mtt"]

    def f(_: float, y: Any, rate: float) -> Any:
        a, b, c, u, *t, circ = y
        conc = a / p["v"]
        effect = slope * conc if emax is None else emax[0] * conc / (emax[1] + conc)
        chain = [np.exp(u), *t]
        return [
            rate - (p["k10"] + p["k12"] + p["k13"]) * a + p["k21"] * b + p["k31"] * c,
            p["k12"] * a - p["k21"] * b,
            p["k13"] * a - p["k31"] * c,
            k * ((1 - effect) * (m["circ0"] / circ) ** m["gamma"] - 1),
            *(k * (before - one) for before, one in zip(chain, t, strict=False)),
            k * (chain[-1] - circ),
        ]

    ends = sorted({0.0, until, *(e for s, _, d in doses for e in (s, s + d) if e < until)})
    y: Any = [0.0, 0.0, 0.0, np.log(m["circ0"]), *[m["circ0"]] * (transits + 1)]
    pieces = []
    for start, end in itertools.pairwise(ends):
        rate = sum(mg / d for s, mg, d in doses if s <= start < s + d)
        # Amounts in mg need no digits below those of a millionth of a dose.
        least = [1e-12] * 3 + [tolerance] * (transits + 2)
        found = solve_ivp(
            f, (start, end), y, "LSODA", args=(rate,), rtol=tolerance, atol=least, dense_output=True, first_step=1e-4
        )
        y = found.y[:, -1]
        pieces.append((start, found.sol))
    starts = np.array([start for start, _ in pieces])

    def counts(hours: Any) -> Any:
        which = np.searchsorted(starts, hours, side="right") - 1
        return np.array([pieces[max(k, 0)][1](h)[-1] for k, h in zip(which, hours, strict=True)])

    return counts
