"""Processes with lethal divisions, for tests of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import chemoevo as ce
from chemoevo.process.competition import Competition

TYPES = ["S", "R"]
BIRTH = np.array([[0.5, 0.4], [0.6, 0.4], [0.5, 0.4]])
DEATH = np.array([[0.1, 0.2], [0.3, 0.2], [0.1, 0.1]])
LETHAL = np.array([[0.0, 0.0], [0.7, 0.1], [0.2, 0.1]])
REST: dict[str, Any] = {
    "types": TYPES,
    "mutation": {("S", "R"): 0.02},
    "switching": {("R", "S"): 0.01},
    "breakpoints": [2.0, 6.0],
    "pulses": [ce.Pulse(time=7.0, survival={"S": 0.5})],
}


def lethal(q: ArrayLike | None = LETHAL, **changes: Any) -> ce.BranchingProcess:
    return ce.BranchingProcess(**{"birth": BIRTH, "death": DEATH, "lethal": q, **REST, **changes})


def folded(q: NDArray[np.float64] = LETHAL, **changes: Any) -> ce.BranchingProcess:
    """What lethal divisions come to without competition: deaths in place of divisions."""
    return ce.BranchingProcess(**{"birth": (1.0 - q) * BIRTH, "death": DEATH + q * BIRTH, **REST, **changes})


START = {"S": 20, "R": 1}
COMPETITIONS: dict[str, Competition] = {
    "logistic, death": ce.Logistic(capacity=800, on="death", weights={"R": 0.5}),
    "logistic, birth": ce.Logistic(capacity=800, on="birth", weights={"R": 0.5}),
    "gompertz, birth": ce.Gompertz(capacity=800, on="birth"),
    "matrix, death": ce.LotkaVolterra(matrix=[[1e-3, 2e-3], [5e-4, 1e-3]], on="death"),
    "matrix, birth": ce.LotkaVolterra(matrix=[[1e-3, 2e-3], [5e-4, 1e-3]], on="birth"),
}
