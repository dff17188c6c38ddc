"""What computes here and now: versions and platform."""

from __future__ import annotations

import platform
from functools import cache

import numpy as np
import polars as pl

from chemoevo import _core


@cache
def versions_here() -> dict[str, str]:
    """What computes here and now, as the provenance names it."""
    return {
        "chemoevo": _core.__version__,
        "numpy": np.__version__,
        "polars": pl.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
