"""Hypothesis strategies for processes and all that `simulate` takes, and transformations whose effect is known.

With them the project's own property tests run, and yours can: a study, an estimator or a model of your own should
keep its promises for every process, not only for the one it was written with. Hypothesis draws processes that are small
enough to simulate thousands of times and full of corners: rates of 0 and 1e-300, mutation in every division, pulses
at the start, at a breakpoint and twice at one time, types that nothing leads to, no cells at all.

It needs the extra `testing`: pip install "chemoevo[testing]".
"""

from __future__ import annotations

try:
    import hypothesis as _hypothesis
except ImportError as error:
    raise ImportError(
        'chemoevo.testing needs hypothesis, which is not installed. Install the extra: pip install "chemoevo[testing]".'
    ) from error

from chemoevo.testing.strategies import (
    initial_states,
    observation_times,
    probabilities,
    processes,
    rates,
    schedules,
    seeds,
    stops,
)
from chemoevo.testing.transformations import merged, refined, relabeled, rescaled, split

del _hypothesis

__all__ = [
    "initial_states",
    "merged",
    "observation_times",
    "probabilities",
    "processes",
    "rates",
    "refined",
    "relabeled",
    "rescaled",
    "schedules",
    "seeds",
    "split",
    "stops",
]
