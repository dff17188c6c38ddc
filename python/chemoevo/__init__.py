"""Cancer therapy as a branching process: how likely is cure, and if it fails, which clone comes back and when?"""

from __future__ import annotations

from chemoevo._core import __version__
from chemoevo.errors import ModelError, SimulationError

__all__ = ["ModelError", "SimulationError", "__version__"]
