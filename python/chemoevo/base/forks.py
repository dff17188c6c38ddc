"""Processes made by fork: polars, which makes the tables, cannot go on in them once it has worked in their parent.

A fork copies the thread that calls it and no other. Polars keeps threads for its work: in the copy they are gone, and
whatever waits for them waits for ever. Its threads tell by their names whether it has worked; where names of threads
cannot be read (outside Linux) it is enough that it was loaded. The core has threads of its own, and makes new ones.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from chemoevo.errors import SimulationError

_THREADS: Final = Path("/proc/self/task")
_POLARS: Final = "polars-"
_KEEPS: Final = "polars-ooc"
"""A thread that polars begins with and does not need."""


class _Fork:
    """Whether polars had worked when this process was made; `looked` is what the parent has seen."""

    looked = lost = False


def _worked() -> bool:
    if "polars" not in sys.modules:
        return False
    try:
        names = [(task / "comm").read_text() for task in _THREADS.iterdir()]
    except OSError:
        return True
    return any(name.startswith(_POLARS) and not name.startswith(_KEEPS) for name in names)


def _before() -> None:
    _Fork.looked = _worked()


def _in_child() -> None:
    _Fork.lost |= _Fork.looked


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_child=_in_child)


def check_fork() -> None:
    """Whether tables can be made in this process.

    Raises
    ------
    SimulationError
        If it was made by fork from one in which polars had worked.
    """
    if _Fork.lost:
        raise SimulationError(
            "Tables cannot be made in this process: it was made by fork from one in which polars, which makes them, "
            "had worked, and would wait for ever. Arrays (counts, final, times) work. Start workers by spawn or "
            "forkserver: multiprocessing.get_context('spawn')."
        )
