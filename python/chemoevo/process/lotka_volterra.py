"""Lotka-Volterra competition: a crowding of its own for every type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from chemoevo.base.arguments import real, real_array
from chemoevo.base.frozen import FrozenTable
from chemoevo.base.names import known_pairs
from chemoevo.base.option import Option
from chemoevo.errors import ModelError, Problems, Words, did_you_mean
from chemoevo.process.crowding import ActsOn, checked_on

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, init=False, slots=True)
class LotkaVolterra(Option):
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
        object.__setattr__(self, "on", checked_on(problems, on))
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

    def check(self, problems: Problems, types: tuple[str, ...]) -> LotkaVolterra:
        """Notes what does not fit the types of the process; the matrix by names."""
        if isinstance(self.matrix, Mapping):
            matrix = known_pairs(self.matrix, types)
            for key in matrix:
                for name in key:
                    if name not in types:
                        path, hint = f"competition.matrix[{key!r}]", did_you_mean(name, types)
                        problems.value(path, f"names the unknown type {name!r}", hint=hint)
            return self if matrix is self.matrix else LotkaVolterra(matrix=matrix, on=self.on)
        k = len(types)
        if len(self.matrix) != k:
            shape = (len(self.matrix), len(self.matrix))
            problems.value(
                "competition.matrix", f"must have the shape ({k}, {k}) (types, types)", Words(f"shape {shape}")
            )
            return self
        entries = ((i, j, v) for i, row in enumerate(self.matrix) for j, v in enumerate(row))
        return LotkaVolterra(matrix={(types[i], types[j]): v for i, j, v in entries if v or i == j}, on=self.on)

    def as_core(self, types: tuple[str, ...]) -> tuple[str, str, float, tuple[float, ...]]:
        """Law, rate, capacity and values, as the core takes them."""
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


def _checked_pairs(problems: Problems, matrix: Any) -> FrozenTable[tuple[str, str], float]:
    checked: dict[tuple[str, str], float] = {}
    for key, value in matrix.items():
        if not (isinstance(key, tuple) and len(key) == 2 and all(isinstance(name, str) for name in key)):
            problems.type("competition.matrix", "must have (type, by type) pairs of names as keys", key)
            continue
        rule = "must be finite and >= 0 (1/cells)"
        checked[key] = real(problems, f"competition.matrix[{key!r}]", value, rule, 0.0, np.inf)
    if not matrix:
        problems.value("competition.matrix", "must name at least one pair of types")
    return FrozenTable(checked)


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
