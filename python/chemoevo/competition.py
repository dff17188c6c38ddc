"""Competition between cells: how the numbers of cells change birth or death rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from chemoevo.arguments import real_array
from chemoevo.errors import ModelError, Problems, Words, did_you_mean
from chemoevo.options import FrozenMapping, _Option, _real

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ActsOn = Literal["birth", "death"]
_ON = ("birth", "death")


class _Shared(_Option):
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
        number = _real(problems, "competition.capacity", capacity, self._rule, lowest, np.inf)
        object.__setattr__(self, "capacity", number)
        object.__setattr__(self, "on", _checked_on(problems, on))
        object.__setattr__(self, "weights", _checked_weights(problems, weights))
        problems.raise_if_any()

    def _check(self, problems: Problems, types: tuple[str, ...]) -> Self:
        for name in self.weights or ():
            if name not in types:
                hint = did_you_mean(name, types)
                problems.value(f"competition.weights[{name!r}]", "is not a type of the process", hint=hint)
        return self

    def _core(self, types: tuple[str, ...]) -> tuple[str, str, float, tuple[float, ...]]:
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
    rate changes; the fluctuations differ: at the capacity a cell has 2 b events a day with "death", 2 d with "birth".
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


@dataclass(frozen=True, init=False, slots=True)
class LotkaVolterra(_Option):
    """Lotka-Volterra competition: every type has a crowding of its own, x_i(n) = sum_j a_ij n_j.

    Crowding acts as in `Logistic`.

    Parameters
    ----------
    matrix
        (1/cells) Effects a_ij of one cell of type j on type i, finite and >= 0: {(i, j): value} by names, where pairs
        not named are 0, or an array of shape (types, types), row = the type that feels it, column = the type it comes
        from. A type alone stops growing at 1/a_ii cells; with a_ii = 0 it does not limit itself.
    on
        The rate that changes: "death" or "birth".

    Attributes
    ----------
    matrix
        {(i, j): value}, or rows of numbers until a process gives them names.

    Raises
    ------
    ModelError
        If a value is out of range; all problems are listed.
    TypeError
        If a value has a wrong type.

    Notes
    -----
    The mean field is dn_i/dt = r_i n_i (1 - sum_j a_ij n_j), as in models of adaptive therapy [1]_, where
    a_ij = alpha_ij / K_i.

    References
    ----------
    .. [1] Zhang J, Cunningham JJ, Brown JS, Gatenby RA (2017) Integrating evolutionary dynamics into treatment of
       metastatic castrate-resistant prostate cancer. Nat Commun 8:1816. doi:10.1038/s41467-017-01968-5

    Examples
    --------
    >>> import chemoevo as ce
    >>> competition = ce.LotkaVolterra(
    ...     matrix={("S", "S"): 1e-4, ("R", "R"): 1e-4, ("R", "S"): 2e-4, ("S", "R"): 1e-5}, on="birth"
    ... )
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.5, 0.5], death=[0.1, 0.1], competition=competition
    ... )
    >>> ce.mean_counts(process, initial={"S": 1000, "R": 1000}, times=[200]).round(1)
    array([[10000.,     0.]])
    """

    matrix: Mapping[tuple[str, str], float] | tuple[tuple[float, ...], ...]
    on: ActsOn

    def __init__(self, *, matrix: Mapping[tuple[str, str], float] | ArrayLike, on: ActsOn = "death") -> None:
        problems = Problems()
        check = _checked_pairs if isinstance(matrix, Mapping) else _checked_rows
        object.__setattr__(self, "matrix", check(problems, matrix))
        object.__setattr__(self, "on", _checked_on(problems, on))
        problems.raise_if_any()

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; a matrix by names is a list of {type, by, value}."""
        rows = self.matrix
        plain: list[Any]
        if isinstance(rows, Mapping):
            plain = [{"type": i, "by": j, "value": value} for (i, j), value in rows.items()]
        else:
            plain = [list(row) for row in rows]
        return {"matrix": plain, "on": self.on}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Builds it from plain data written by `to_dict`, checked like a direct call."""
        entries = data.get("matrix") if isinstance(data, Mapping) else None
        if isinstance(entries, list) and entries and all(isinstance(e, Mapping) for e in entries):
            try:
                data = {**data, "matrix": {(e["type"], e["by"]): e["value"] for e in entries}}
            except KeyError as error:
                text = f"competition.matrix: every entry needs 'type', 'by' and 'value'; missing {error}."
                raise ModelError(text) from None
        return super(LotkaVolterra, cls).from_dict(data)

    def _check(self, problems: Problems, types: tuple[str, ...]) -> LotkaVolterra:
        if isinstance(self.matrix, Mapping):
            for key in self.matrix:
                for name in key:
                    if name not in types:
                        path, hint = f"competition.matrix[{key!r}]", did_you_mean(name, types)
                        problems.value(path, f"names the unknown type {name!r}", hint=hint)
            return self
        k = len(types)
        if len(self.matrix) != k:
            shape = (len(self.matrix), len(self.matrix))
            problems.value(
                "competition.matrix", f"must have the shape ({k}, {k}) (types, types)", Words(f"shape {shape}")
            )
            return self
        entries = ((i, j, v) for i, row in enumerate(self.matrix) for j, v in enumerate(row))
        return LotkaVolterra(matrix={(types[i], types[j]): v for i, j, v in entries if v or i == j}, on=self.on)

    def _core(self, types: tuple[str, ...]) -> tuple[str, str, float, tuple[float, ...]]:
        if isinstance(self.matrix, Mapping):
            values = tuple(self.matrix.get((i, j), 0.0) for i in types for j in types)
        else:
            values = tuple(v for row in self.matrix for v in row)
        return "lotka-volterra", self.on, 1.0, values

    def describe(self) -> str:
        """The competition, in words."""
        if isinstance(self.matrix, Mapping):
            shown = [f"{j} on {i} {value:g}" for (i, j), value in self.matrix.items()]
        else:
            shown = [" ".join(f"{value:g}" for value in row) for row in self.matrix]
        more = f"; and {len(shown) - 12} more" if len(shown) > 12 else ""
        return f"Lotka-Volterra competition on {self.on}s (1/cells): {'; '.join(shown[:12])}{more}"


Competition = Logistic | Gompertz | LotkaVolterra
_LAWS: dict[str, type[Logistic] | type[Gompertz] | type[LotkaVolterra]] = {
    law.__name__: law for law in (Logistic, Gompertz, LotkaVolterra)
}


def check_competition(problems: Problems, value: object, types: tuple[str, ...]) -> Competition | None:
    """The competition of a process with these types, a matrix by names."""
    if value is None:
        return None
    if not isinstance(value, Competition):
        rule = "must be a Logistic, Gompertz or LotkaVolterra, for example ce.Logistic(capacity=1e9)"
        problems.type("competition", rule, value)
        return None
    return value._check(problems, types)


def competition_to_dict(competition: Competition) -> dict[str, Any]:
    """Plain data with the name of the law."""
    return {"law": type(competition).__name__, **competition.to_dict()}


def competition_from_dict(data: object) -> Competition:
    """What `competition_to_dict` wrote."""
    if not isinstance(data, Mapping):
        raise TypeError(f"competition must be a table of keys and values; got {data!r}.")
    law = data.get("law")
    if not isinstance(law, str) or law not in _LAWS:
        raise ModelError(f"competition.law must be one of {', '.join(_LAWS)}; got {law!r}. {did_you_mean(law, _LAWS)}")
    return _LAWS[law].from_dict({key: value for key, value in data.items() if key != "law"})


def refuse_competition(competition: Competition | None, path: str = "process") -> None:
    """Raises where there is competition, for what rests on the backward equations of one cell.

    Raises
    ------
    ModelError
        If there is any.
    """
    if competition is not None:
        raise ModelError(
            f"{path} has competition ({type(competition).__name__}), so cells are not independent, as the backward "
            "equations take them. ce.simulate has the exact law (engine 'direct'), ce.mean_counts the mean field."
        )


def _checked_on(problems: Problems, on: object) -> object:
    if not isinstance(on, str):
        problems.type("competition.on", "must be 'birth' or 'death'", on)
    elif on not in _ON:
        problems.value("competition.on", "must be 'birth' or 'death'", on, hint=did_you_mean(on, _ON))
    return on


def _checked_weights(problems: Problems, weights: object) -> FrozenMapping[str] | None:
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
        checked[name] = _real(problems, path, weight, "must be finite and >= 0", 0.0, np.inf)
    if not weights:
        problems.value("competition.weights", "must name at least one type", hint="Leave it out: all have weight 1.")
    return FrozenMapping(checked)


def _checked_pairs(problems: Problems, matrix: Any) -> FrozenMapping[tuple[str, str]]:
    checked: dict[tuple[str, str], float] = {}
    for key, value in matrix.items():
        if not (isinstance(key, tuple) and len(key) == 2 and all(isinstance(name, str) for name in key)):
            problems.type("competition.matrix", "must have (type, by type) pairs of names as keys", key)
            continue
        rule = "must be finite and >= 0 (1/cells)"
        checked[key] = _real(problems, f"competition.matrix[{key!r}]", value, rule, 0.0, np.inf)
    if not matrix:
        problems.value("competition.matrix", "must name at least one pair of types")
    return FrozenMapping(checked)


def _checked_rows(problems: Problems, matrix: object) -> tuple[tuple[float, ...], ...]:
    array = real_array(problems, "competition.matrix", matrix)
    if array is None:
        return ()
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        rule = "must be {(type, by type): value} or of the shape (types, types)"
        problems.value("competition.matrix", rule, Words(f"shape {array.shape}"))
        return ()
    for i, j in np.argwhere(~(np.isfinite(array) & (array >= 0)))[:5]:
        problems.value(f"competition.matrix[{i}][{j}]", "must be finite and >= 0 (1/cells)", float(array[i, j]))
    return tuple(tuple(float(v) + 0.0 for v in row) for row in array)
