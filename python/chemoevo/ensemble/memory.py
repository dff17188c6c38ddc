"""The memory that a run takes, held against what there is before anything is done."""

from __future__ import annotations

from chemoevo.base.memory import available_memory
from chemoevo.errors import ModelError, Problems

BOOKKEEPING = 34
"""(bytes) Of a replicate, beside its cells: outcome, time, attempts, steps, followed and engines."""
_SMALL = 2**28
"""(bytes) Asking the system takes longer than a run that takes so little."""


def needed_memory(replicates: int, times: int, types: int, columns: int, crossings: int = 0, rows: int = 1) -> int:
    """(bytes) What a run keeps of so many replicates; clones come on top: see `left_over`.

    Parameters
    ----------
    times, columns, types
        Numbers of observation times, of columns of the counts, and of types.
    crossings
        Number of sizes whose first passage is noted.
    rows
        Rows of initial cells: 1, or one per replicate, of which Python and the core each have a copy.
    """
    return replicates * (8 * (times * columns + types + crossings) + BOOKKEEPING) + 3 * 8 * types * rows


def note_memory(problems: Problems, replicates: int, needed: int) -> None:
    """Notes where a run needs more memory than this process may still take."""
    if needed < _SMALL:
        return
    available = available_memory()
    if needed > available:
        problems.value(
            "replicates",
            f"need {_gib(needed)} of memory for counts, last states and whatever else is recorded, more than the "
            f"{_gib(available)} for this process",
            replicates,
            hint="Simulate into a folder with simulate_to, or chunk by chunk with simulate_chunks; or observe fewer "
            "times, or fewer columns with record=ce.Counts(of=...).",
        )


def left_over(needed: int) -> int:
    """(bytes) What the rest of a run leaves for clones, of which nobody knows how many there will be."""
    return int(min(max(0.0, available_memory() - needed), 2.0**62))


def check_room(needed: int, *, where: str) -> None:
    """Refuses to read an ensemble that is larger than the memory.

    Raises
    ------
    ModelError
        If it is.
    """
    if needed >= _SMALL and needed > (available := available_memory()):
        raise ModelError(
            f"{where} needs {_gib(needed)} of memory, more than the {_gib(available)} for this process. "
            "Query it with ce.scan, or load its pieces one by one."
        )


def _gib(number: float) -> str:
    return f"{number / 2**30:,.2f} GiB"
