"""How a process came from rates that change continuously."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chemoevo.base.arguments import real
from chemoevo.errors import ModelError, Problems

_KEYS = ("until", "tolerance", "between", "resolution")


@dataclass(frozen=True)
class Sampling:
    """How a process came from continuously changing rates.

    Attributes
    ----------
    until
        (days) The end of the sampled time; later the rates are constant.
    tolerance
        The relative error reached at the ends of steps.
    between
        The largest error reached inside a step.
    resolution
        (days) What lasts shorter and is not named in `breakpoints` may not have been seen: the errors are those of
        rates without it.
    """

    until: float
    tolerance: float
    between: float
    resolution: float

    def to_dict(self) -> dict[str, float]:
        """Plain data."""
        return {key: getattr(self, key) for key in _KEYS}

    @classmethod
    def from_dict(cls, data: Any) -> Sampling:
        """Reads `to_dict`.

        Raises
        ------
        ModelError
            If a value is missing, unknown or not a finite number >= 0.
        """
        if not isinstance(data, dict) or set(data) != set(_KEYS):
            raise ModelError(f"sampling must have the keys {', '.join(_KEYS)}; got {data!r}.")
        problems = Problems()
        rule = "must be a number in [0, 1e+09]"
        values = [real(problems, f"sampling.{key}", data[key], rule, 0.0, 1e9) for key in _KEYS]
        problems.raise_if_any()
        return cls(*values)

    def describe(self) -> str:
        """One sentence."""
        return (
            f"Sampled from continuous rates until day {self.until:g}: relative error {self.tolerance:.2g} at ends of "
            f"steps, {self.between:.2g} between; what lasts shorter than {self.resolution:.3g} days and is not named "
            "in breakpoints may be missing"
        )
