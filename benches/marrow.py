"""Neutrophils in many patients, beside scipy."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
from scipy.integrate import solve_ivp

import chemoevo as ce
from chemoevo.errors import Problems
from chemoevo.pharmacology.courses import cycle_borders
from chemoevo.pharmacology.marrow import LEVELS, Suppressed
from table import OURS, Clock, Contender, Row

PATIENTS, CYCLES = 1000, 6
REGIMEN = ce.Regimen(
    name="six cycles",
    phases=ce.Phase(
        cycle_length_days=21,
        cycles=CYCLES,
        doses=ce.Dose(drug="docetaxel", amount=100, unit="mg/m2", duration_hours=1),
    ),
)


@cache
def patients() -> pl.DataFrame:
    return ce.patients(PATIENTS, seed=1, like=REGIMEN, marrow="docetaxel-kloft2006")


def ours() -> Contender:
    known = Suppressed.of(Problems(), REGIMEN, patients(), None, None, ())

    def contender(seed: int) -> float:
        start = Clock.now()
        for _, marrows in known.marrows():
            marrows.periods(cycle_borders(REGIMEN), LEVELS)
        return Clock.now() - start

    return contender


def frame() -> Contender:
    people = patients()

    def contender(seed: int) -> float:
        start = Clock.now()
        ce.toxicity(REGIMEN, patient=people)
        return Clock.now() - start

    return contender


RULES = ce.DoseRules(
    name="weekly looks",
    give_at=1.5,
    look_every_days=7,
    wait_at_most_days=21,
    factors=[0.75, 0.5],
    reduce_below=0.5,
    reduce_after_days=4,
)


def decided() -> Contender:
    people, soon = patients(), REGIMEN.replace({"phases[0].cycle_length_days": 10})

    def contender(seed: int) -> float:
        start = Clock.now()
        ce.decisions(soon, rules=RULES, patient=people)
        return Clock.now() - start

    return contender


def by_lsoda(solved: int = 2) -> Contender:
    """The equations of typical patients, as many as there is time for, scaled to all of them; as accurate as ours."""
    circ0, k, gamma, slope = 5.22, 4 / 84.2, 0.1445, 15.57 * 1000 / 807.9 / 7.4

    def flow(_: float, y: np.ndarray, rate: float) -> list[float]:
        a, b, c, u, t1, t2, t3, circ = y
        return [
            rate - (5.2 + 1.06 + 1.26) * a + 1.51 * b + 0.084 * c,
            1.06 * a - 1.51 * b,
            1.26 * a - 0.084 * c,
            k * ((1 - slope * a) * (circ0 / circ) ** gamma - 1),
            k * (np.exp(u) - t1),
            k * (t1 - t2),
            k * (t2 - t3),
            k * (t3 - circ),
        ]

    def contender(seed: int) -> float:
        start = Clock.now()
        for _ in range(solved):
            y = np.array([0.0, 0.0, 0.0, np.log(circ0), *[circ0] * 4])
            for cycle in range(CYCLES):
                first = 504.0 * cycle
                for a, b, rate in ((first, first + 1, 180.0), (first + 1, first + 504, 0.0)):
                    y = solve_ivp(flow, (a, b), y, "LSODA", args=(rate,), rtol=1e-7, atol=1e-9).y[:, -1]
        return (Clock.now() - start) * PATIENTS / solved

    return contender


def rows() -> list[Row]:
    """The rows of neutrophils."""
    lsoda = "scipy's LSODA, one by one, 1e-7"
    return [
        Row(
            "neutrophils under docetaxel, 1000 patients x 6 cycles",
            "s",
            {OURS: ours, lsoda: by_lsoda},
            most=1.0,
            least={lsoda: 100.0},
            threads=2,
            returns="nadirs and days below levels; LSODA: counts at the ends of cycles",
        ),
        Row(
            "the same as a table of polars, from a frame of patients",
            "s",
            {OURS: frame},
            most=1.0,
            threads=2,
            returns="6000 rows",
        ),
        Row(
            "rules for doses every ten days, weekly looks, 1000 patients x 6 cycles",
            "s",
            {OURS: decided},
            most=20.0,
            threads=2,
            returns="a row per look",
        ),
    ]
