"""What computes here and now: versions and platform."""

from __future__ import annotations

import platform
from functools import cache

import numpy as np
import polars as pl

from chemoevo import _core


@cache
def versions_here() -> dict[str, str]:
    """Versions of chemoevo, numpy, polars and Python, and the platform, as the provenance of a run names them."""
    return {
        "chemoevo": _core.__version__,
        "numpy": np.__version__,
        "polars": pl.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
