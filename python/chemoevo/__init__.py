"""Cancer therapy as a branching process: how likely is cure, and if it fails, which clone comes back and when?"""

from __future__ import annotations

from chemoevo._core import __version__
from chemoevo.analytic import (
    absence_probability,
    extinction_probability,
    presence_probability,
    survival_probability,
    ultimate_extinction_probability,
)
from chemoevo.ensemble import Ensemble
from chemoevo.errors import ModelError, SimulationError
from chemoevo.means import mean_counts
from chemoevo.options import Limits, Pulse, Stop
from chemoevo.process import BranchingProcess
from chemoevo.simulate import simulate

__all__ = [
    "BranchingProcess",
    "Ensemble",
    "Limits",
    "ModelError",
    "Pulse",
    "SimulationError",
    "Stop",
    "__version__",
    "absence_probability",
    "extinction_probability",
    "mean_counts",
    "presence_probability",
    "simulate",
    "survival_probability",
    "ultimate_extinction_probability",
]
