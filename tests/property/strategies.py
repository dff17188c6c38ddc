"""Random valid processes, small enough to simulate thousands of times."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import chemoevo as ce

RATES = st.one_of(st.just(0.0), st.floats(0.0, 2.0), st.sampled_from([1e-9, 1e-300, 0.5, 1.0]))
PROBABILITIES = st.one_of(st.sampled_from([0.0, 1.0, 1e-9]), st.floats(0.0, 1.0))
NAMES = ("S", "R1", "R2", "R12")


@st.composite
def processes(
    draw: st.DrawFn, *, most_types: int = 4, most_intervals: int = 4, pulses: bool = True
) -> ce.BranchingProcess:
    """A process of up to four types and intervals with any rates, mutation rows up to exactly 1, and pulses."""
    k = draw(st.integers(1, most_types))
    m = draw(st.integers(1, most_intervals))
    names = NAMES[:k]

    def table(values: st.SearchStrategy[float]) -> np.ndarray:
        return np.array([[draw(values) for _ in range(k)] for _ in range(m)])

    mutation = np.zeros((m, k, k))
    switching = np.zeros((m, k, k))
    for a in range(k):
        for b in range(k):
            if a != b and draw(st.booleans()):
                mutation[:, a, b] = [draw(PROBABILITIES) for _ in range(m)]
            if a != b and draw(st.booleans()):
                switching[:, a, b] = [draw(RATES) for _ in range(m)]
    # Rows beyond 1 are brought to exactly 1, up to rounding.
    mutation /= np.maximum(mutation.sum(axis=2, keepdims=True), 1.0)
    breakpoints = np.cumsum([draw(st.floats(0.05, 1.0)) for _ in range(m - 1)])
    instants = [0.0, 0.3, 1.0, 1.5, 3.0, *breakpoints.tolist()]
    thinnings = draw(
        st.lists(
            st.builds(
                ce.Pulse,
                time=st.sampled_from(instants),
                survival=st.dictionaries(st.sampled_from(names), st.floats(0.0, 1.0), min_size=1),
            ),
            max_size=3 if pulses else 0,
        )
    )
    return ce.BranchingProcess(
        types=names,
        birth=table(RATES),
        death=table(RATES),
        mutation=mutation,
        switching=switching,
        breakpoints=breakpoints if m > 1 else None,
        pulses=thinnings,
    )


def initials(k: int, most: int = 30) -> st.SearchStrategy[list[int]]:
    """Counts of k types, zeros included."""
    return st.lists(st.integers(0, most), min_size=k, max_size=k)
