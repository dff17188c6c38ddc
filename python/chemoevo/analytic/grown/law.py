"""What the laws of grown tumors have in common: growth from one cell, and one size or age or several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from chemoevo.base.arguments import MAX_COUNT, real_array
from chemoevo.errors import ModelError, Problems, Words
from chemoevo.process.branching import BranchingProcess
from chemoevo.process.competition import note_competition

if TYPE_CHECKING:
    from numpy.typing import NDArray


class GrownLaw(ABC):
    """A tumor grown from one cell, as a law instead of a number of cells: what `GrownTo` and `GrownFor` share.

    It cannot be changed, and is equal to another of the same growth and sizes or ages.

    Attributes
    ----------
    growth
        Growth from one cell of its first type.
    """

    __slots__ = ("growth",)
    measure: ClassVar[str]
    """Name of what tumors are grown to, also the name of the attribute: "size" or "days"."""

    growth: BranchingProcess

    def _set(self, growth: object, given: object, rule: str, least: float) -> None:
        """Checks and keeps the growth, and the sizes or ages, `rule` in words."""
        problems = Problems()
        self._note_growth(problems, growth)
        values = positive(problems, self.measure, given, rule, least)
        problems.raise_if_any()
        self._keep(growth, values)

    def _note_growth(self, problems: Problems, growth: object) -> None:
        if isinstance(growth, BranchingProcess):
            note_competition(problems, growth.competition, "growth")
        else:
            hint = f"{type(self).__name__}(scenario.growth.process, ...) has it."
            problems.type("growth", "must be a BranchingProcess", growth, hint=hint)

    def _keep(self, growth: object, values: NDArray[np.float64]) -> None:
        values.flags.writeable = False
        object.__setattr__(self, "growth", growth)
        object.__setattr__(self, self.measure, float(values) if values.ndim == 0 else values)

    @property
    def values(self) -> NDArray[np.float64]:
        """Sizes or ages, of shape (n,)."""
        return np.atleast_1d(getattr(self, self.measure))

    @property
    def single(self) -> bool:
        """Whether a number was given, and not a list."""
        return np.ndim(getattr(self, self.measure)) == 0

    @abstractmethod
    def log_absence(self, cell: NDArray[np.float64], *, strict: bool = True) -> NDArray[np.float64]:
        """Logarithm of the probability that all are absent, (times,) or (n, times), from (types, times) of one cell."""

    def check_types(self, process: BranchingProcess) -> None:
        """Raises `ModelError` where what follows growth does not have the same types."""
        if self.growth.types != process.types:
            raise ModelError(
                f"initial.growth.types must be the types of the process, {list(process.types)!r}, in the same order; "
                f"got {list(self.growth.types)!r}."
            )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed; make a new one to set {name!r}")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def _identity(self) -> tuple[object, ...]:
        return type(self), self.growth, self.single, self.values.tobytes()

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, GrownLaw) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[Callable[..., GrownLaw], tuple[Any, ...]]:
        return _rebuilt, (type(self), self.growth, getattr(self, self.measure))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._founders()}, {self.measure}={self._shown(self.values)})"

    def _founders(self) -> str:
        return f"growth of {self.growth.types[0]!r} with {len(self.growth.types)} types"

    def _shown(self, values: NDArray[np.float64]) -> str:
        few = ", ".join(f"{v:g}" for v in values[:6])
        return few if self.single else f"[{few}{', ...' if values.size > 6 else ''}]"


def _rebuilt(kind: Callable[..., GrownLaw], growth: BranchingProcess, given: object) -> GrownLaw:
    return kind(growth, **{kind.measure: given})  # type: ignore[attr-defined]


def positive(problems: Problems, path: str, given: object, rule: str, least: float) -> NDArray[np.float64]:
    """A number above 0 that is at least `least`, or a list of such, `rule` in words; what is wrong is noted."""
    array = real_array(problems, path, given)
    if array is None:
        return np.ones(())
    if array.ndim > 1 or array.size == 0:
        problems.value(path, f"must be {rule}, or a list of such", Words(f"shape {array.shape}"))
        return np.ones(())
    flat = np.atleast_1d(array)
    wrong = ~(np.isfinite(flat) & (flat > 0.0) & (flat >= least) & (flat <= MAX_COUNT))
    for index in np.flatnonzero(wrong)[:5]:
        where = f"{path}[{index}]" if array.ndim else path
        problems.value(where, f"must be {rule}, and at most 2**62", float(flat[index]))
    return array
