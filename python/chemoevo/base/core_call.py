"""Calls of the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chemoevo.errors import SimulationError


def run(work: Callable[[], Any]) -> Any:
    """The result of a computation of the core; its failure at run time is a `SimulationError`."""
    try:
        return work()
    except RuntimeError as error:
        raise SimulationError(str(error)) from None
