"""What tests of rankings share: regimens, and the scenario that is ranked."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import polars as pl

import chemoevo as ce
from chemoevo.rankings.order import Scores
from tests.unit.sweeps import scenario

BOTH = "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d"
CYCLES = {f"{n} cycles": f"{BOTH} x{n}" for n in (2, 4, 3)}
EMAX = "potencies[docetaxel].emax"
POINTS = pl.DataFrame({EMAX: [0.66, 0.7, 0.75], "surgery.residual_cells": [90, 100, 110]})


def given(regimen: str, mutation: float = 1e-6, **changes: Any) -> ce.Scenario:
    return scenario(mutation).replace({"regimen": ce.Regimen.parse(regimen), **changes})


@functools.cache
def cycles() -> pl.DataFrame:
    return ce.rank_regimens(scenario(), CYCLES)


def scores(better: Any, error: Any = 0.0, complement: Any = None, half: Any = 0.0) -> Scores:
    values = np.array(better, dtype=float)
    lacking = None if complement is None else np.array(complement, dtype=float)
    return Scores(values, lacking, np.broadcast_to(error, values.shape), np.broadcast_to(half, values.shape))
