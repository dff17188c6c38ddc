"""Instant pulses: surgery, a radiotherapy fraction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chemoevo.base.arguments import real
from chemoevo.base.frozen import FrozenTable
from chemoevo.base.option import Option
from chemoevo.errors import Problems


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse(Option):
    """An instant at which every cell survives independently with the probability of its type.

    Surgery is one, a radiotherapy fraction is one. A pulse acts before an observation at its instant;
    two pulses at one time multiply.

    Parameters
    ----------
    time
        (days) When it acts; finite and >= 0.
    survival
        Survival probability in [0, 1] by type; types not named survive.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Pulse(time=90.0, survival={"S": 1e-3}).describe()
    'pulse on day 90: survival S 0.001'
    """

    time: float
    survival: Mapping[str, float]

    def __post_init__(self) -> None:
        problems = Problems()
        time = real(problems, "pulse.time", self.time, "must be finite and >= 0 (days)", 0.0, np.inf)
        survival = {}
        if not isinstance(self.survival, Mapping):
            problems.type("pulse.survival", "must be {type: probability}", self.survival)
        else:
            for name, p in self.survival.items():
                if not isinstance(name, str):
                    problems.type("pulse.survival", "must have the names of types as keys", name)
                    continue
                path = f"pulse.survival[{name!r}]"
                survival[name] = real(problems, path, p, "must be a probability in [0, 1]", 0.0, 1.0)
            if not self.survival:
                problems.value("pulse.survival", "must name at least one type")
        problems.raise_if_any()
        object.__setattr__(self, "time", time + 0.0)
        object.__setattr__(self, "survival", FrozenTable(survival))

    def describe(self) -> str:
        """The pulse, in words."""
        shown = ", ".join(f"{name} {p:g}" for name, p in self.survival.items())
        return f"pulse on day {self.time:g}: survival {shown}"
