"""Warnings that point at the user's line, however deep inside they are given."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1])


def warn(words: str, category: type[Warning] = UserWarning) -> None:
    """Warns at the innermost line that is not of this package, nor of pydantic, which calls its checks."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(_PACKAGE) or frame.f_globals.get("__name__", "").startswith("pydantic.")
    ):
        level, frame = level + 1, frame.f_back
    warnings.warn(words, category, stacklevel=level)
