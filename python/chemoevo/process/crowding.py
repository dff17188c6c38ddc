"""Logistic and Gompertz competition: one crowding for all types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np

from chemoevo.base.arguments import real
from chemoevo.base.frozen import FrozenTable
from chemoevo.base.names import known_keys
from chemoevo.base.option import Option
from chemoevo.errors import Problems, did_you_mean

ActsOn = Literal["birth", "death"]
_ON = ("birth", "death")


class _Shared(Option):
    """Logistic and Gompertz: one crowding for all types, of a weighted number of cells."""

    __slots__ = ()
    _law: ClassVar[str]
    _rule: ClassVar[str]

    if TYPE_CHECKING:  # a subclass has them
        capacity: float
        on: ActsOn
        weights: Mapping[str, float] | None

    def _set(self, capacity: object, on: object, weights: object) -> None:
        problems = Problems()
        lowest = 1.0 if self._law == "logistic" else float(np.nextafter(1.0, 2.0))
        number = real(problems, "competition.capacity", capacity, self._rule, lowest, np.inf)
        object.__setattr__(self, "capacity", number)
        object.__setattr__(self, "on", checked_on(problems, on))
        object.__setattr__(self, "weights", _checked_weights(problems, weights))
        problems.raise_if_any()

    def check(self, problems: Problems, types: tuple[str, ...]) -> Self:
        """Notes every type that the process does not have; with the weights by its names."""
        weights = known_keys(self.weights or {}, types)
        for name in weights:
            if name not in types:
                hint = did_you_mean(name, types)
                problems.value(f"competition.weights[{name!r}]", "is not a type of the process", hint=hint)
        if weights == (self.weights or {}):
            return self
        return type(self).from_dict({"capacity": self.capacity, "on": self.on, "weights": dict(weights)})

    def as_core(self, types: tuple[str, ...]) -> tuple[str, str, float, tuple[float, ...]]:
        """Law, rate, capacity and values, as the core takes them."""
        weights = self.weights or {}
        return self._law, self.on, self.capacity, tuple(weights.get(t, 1.0) for t in types)

    def _words(self, crowding: str) -> str:
        weights = self.weights or {}
        shown = ", ".join(f"{name} {w:g}" for name, w in weights.items())
        weighted = f", weighted {shown}" if shown else ""
        return f"{crowding} competition on {self.on}s: net growth vanishes at {self.capacity:g} cells{weighted}"


@dataclass(frozen=True, init=False, slots=True)
class Logistic(_Shared):
    """Logistic competition: net growth falls in proportion to the number of cells.

    With the net growth r_i = max(b_i - d_i, 0) that the rates of the interval give and the crowding

        x(n) = sum_j w_j n_j / capacity,

    a cell of type i dies at rate d_i + r_i x (`on="death"`) or divides at rate max(b_i - r_i x, 0) (`on="birth"`).

    Parameters
    ----------
    capacity
        (cells) The weighted number of cells at which net growth vanishes; finite and >= 1.
    on
        The rate that changes: "death" (more deaths, the same divisions) or "birth" (fewer divisions, the same deaths).
    weights
        Room that a cell takes, by type, finite and >= 0; types not named have weight 1.

    Raises
    ------
    ModelError
        If a value is out of range; all problems are listed.
    TypeError
        If a value has a wrong type.

    Notes
    -----
    One type follows in the mean field (large populations) Verhulst's dn/dt = r n (1 - n / capacity) [1]_, whichever
    rate changes; the fluctuations differ: at the capacity a cell has 2 b events per day with "death", 2 d with "birth".
    A birth rate stays at 0 where r_i x would exceed b_i, from x = b_i/r_i > 1 on: there births have stopped and only
    deaths at d_i go on. A type that a drug makes decline (b_i < d_i) feels no competition while it does.

    References
    ----------
    .. [1] Verhulst PF (1838) Notice sur la loi que la population suit dans son accroissement. Correspondance
       mathematique et physique 10:113.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.5, 0.4], death=[0.1, 0.1], competition=ce.Logistic(capacity=1000)
    ... )
    >>> round(float(ce.mean_counts(process, initial={"S": 100, "R": 10}, times=[100]).sum()), 3)
    1000.0
    """

    capacity: float
    on: ActsOn
    weights: Mapping[str, float] | None
    _law: ClassVar[str] = "logistic"
    _rule: ClassVar[str] = "must be finite and >= 1 (cells)"

    def __init__(self, *, capacity: float, on: ActsOn = "death", weights: Mapping[str, float] | None = None) -> None:
        self._set(capacity, on, weights)

    def describe(self) -> str:
        """The competition, in words."""
        return self._words("logistic")


@dataclass(frozen=True, init=False, slots=True)
class Gompertz(_Shared):
    """Gompertz competition: net growth falls in proportion to the logarithm of the number of cells.

    As `Logistic`, with the crowding x(n) = ln(max(1, sum_j w_j n_j)) / ln(capacity).

    Parameters
    ----------
    capacity
        (cells) The weighted number of cells at which net growth vanishes; finite and > 1.
    on, weights
        As for `Logistic`.

    Raises
    ------
    ModelError, TypeError
        As `Logistic`.

    Notes
    -----
    One type follows in the mean field dn/dt = (r / ln capacity) n ln(capacity / n): the growth of tumors that Laird
    described [1]_, with r the net growth of a single cell.

    References
    ----------
    .. [1] Laird AK (1964) Dynamics of tumor growth. Br J Cancer 18:490. doi:10.1038/bjc.1964.55

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Gompertz(capacity=1e12, on="birth").describe()
    'Gompertz competition on births: net growth vanishes at 1e+12 cells'
    """

    capacity: float
    on: ActsOn
    weights: Mapping[str, float] | None
    _law: ClassVar[str] = "gompertz"
    _rule: ClassVar[str] = "must be finite and > 1 (cells)"

    def __init__(self, *, capacity: float, on: ActsOn = "death", weights: Mapping[str, float] | None = None) -> None:
        self._set(capacity, on, weights)

    def describe(self) -> str:
        """The competition, in words."""
        return self._words("Gompertz")


def checked_on(problems: Problems, on: object) -> object:
    """The rate that changes, "birth" or "death"; anything else is noted."""
    if not isinstance(on, str):
        problems.type("competition.on", "must be 'birth' or 'death'", on)
    elif on not in _ON:
        problems.value("competition.on", "must be 'birth' or 'death'", on, hint=did_you_mean(on, _ON))
    return on


def _checked_weights(problems: Problems, weights: object) -> FrozenTable[str, float] | None:
    if weights is None:
        return None
    if not isinstance(weights, Mapping):
        problems.type("competition.weights", "must be {type: weight}", weights)
        return None
    checked: dict[str, float] = {}
    for name, weight in weights.items():
        if not isinstance(name, str):
            problems.type("competition.weights", "must have the names of types as keys", name)
            continue
        path = f"competition.weights[{name!r}]"
        checked[name] = real(problems, path, weight, "must be finite and >= 0", 0.0, np.inf)
    if not weights:
        problems.value("competition.weights", "must name at least one type", hint="Leave it out: all have weight 1.")
    return FrozenTable(checked)
