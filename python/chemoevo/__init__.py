"""Cancer therapy as a branching process: how likely is cure, and if it fails, which clone comes back and when?"""

from __future__ import annotations

from chemoevo._core import __version__
from chemoevo.ensemble import Ensemble
from chemoevo.errors import ModelError, SimulationError
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
    "simulate",
]
