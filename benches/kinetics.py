"""Concentrations in many patients: linear drugs, and one that saturates."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import polars as pl
from scipy.integrate import solve_ivp

import chemoevo as ce
from chemoevo.errors import Problems
from chemoevo.pharmacology.treated import Treated
from table import OURS, Clock, Contender, Row

PATIENTS, TIMES, CYCLES = 1000, 1000, 6
HOURS = np.linspace(0.0, 21.0 * CYCLES * 24.0, TIMES)


def regimen(*doses: ce.Dose) -> ce.Regimen:
    return ce.Regimen(name="six cycles", phases=ce.Phase(cycle_length_days=21, cycles=CYCLES, doses=doses))


LINEAR = regimen(
    ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", duration_hours=1),
    ce.Dose(drug="carboplatin", amount=6, unit="AUC", duration_hours=1),
    ce.Dose(drug="gemcitabine", amount=1000, unit="mg/m2", duration_hours=0.5),
)
PACLITAXEL = regimen(ce.Dose(drug="paclitaxel", amount=175, unit="mg/m2", duration_hours=3))


@cache
def patients(given: ce.Regimen) -> pl.DataFrame:
    return ce.patients(PATIENTS, seed=1, like=given)


@cache
def treated(given: ce.Regimen) -> Treated:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Treated.of(Problems(), given, patients(given), None)


def arrays(given: ce.Regimen) -> float:
    """Seconds for the concentrations of all patients at all times, as arrays."""
    known = treated(given)
    start = Clock.now()
    for _, made in known.courses():
        for course in made:
            course.concentration(HOURS)
    return Clock.now() - start


def frame() -> Contender:
    def contender(seed: int) -> float:
        start = Clock.now()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ce.concentrations(LINEAR, patient=patients(LINEAR), times=HOURS / 24)
        return Clock.now() - start

    return contender


def exponentials() -> Contender:
    # Three phases of docetaxel, two of carboplatin, two of gemcitabine.
    x = -np.random.default_rng(1).random(7 * PATIENTS * TIMES)

    def contender(seed: int) -> float:
        start = Clock.now()
        np.exp(x)
        return Clock.now() - start

    return contender


def by_lsoda(solved: int = 2) -> Contender:
    """The equations of paclitaxel in typical patients, as many as there is time for, scaled to all of them."""

    def flow(_: float, y: np.ndarray, rate: float) -> list[float]:
        c = y[0] / 12.0
        out, transfer = 33.8 * c / (0.44 + c), 177.0 * c / (1.61 + c)
        side = 16.8 * (c - y[2] / 268.0)
        return [rate - out - transfer + 1.21 * y[1] - side, transfer - 1.21 * y[1], side]

    def contender(seed: int) -> float:
        start = Clock.now()
        rate = 175 * 1.8 / 853.9 * 1000 / 3
        for _ in range(solved):
            y = np.zeros(3)
            for cycle in range(CYCLES):
                first = 504.0 * cycle
                for a, b, now in ((first, first + 3, rate), (first + 3, first + 504, 0.0)):
                    inside = HOURS[(a <= HOURS) & (b > HOURS)]
                    done = solve_ivp(flow, (a, b), y, "LSODA", args=(now,), rtol=1e-6, atol=1e-12, t_eval=[*inside, b])
                    y = done.y[:, -1]
        return (Clock.now() - start) * PATIENTS / solved

    return contender


def ours(given: ce.Regimen) -> Contender:
    def contender(seed: int) -> float:
        return arrays(given)

    return contender


def rows() -> list[Row]:
    """The rows of kinetics."""
    exact = "1000 x 1000 concentrations"
    return [
        Row(
            "concentrations of 3 linear drugs, 1000 patients x 1000 times",
            "s",
            {OURS: lambda: ours(LINEAR), "numpy's exp on as many terms": exponentials},
            most=0.15,
            threads=2,
            returns=f"{exact} of each drug",
        ),
        Row(
            "the same as a table of polars, total and unbound, from a frame of patients",
            "s",
            {OURS: frame},
            threads=2,
            returns="6e6 rows",
        ),
        Row(
            "paclitaxel (saturable), 1000 patients x 6 cycles",
            "s",
            {OURS: lambda: ours(PACLITAXEL), "scipy's LSODA, one by one, 1e-6": by_lsoda},
            most=1.0,
            least={"scipy's LSODA, one by one, 1e-6": 100.0},
            threads=2,
            returns=exact,
        ),
    ]
