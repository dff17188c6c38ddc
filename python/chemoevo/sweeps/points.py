"""Points: frames with one row per point and one column per parameter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import polars as pl

from chemoevo.base.arguments import choice, whole
from chemoevo.base.forks import check_fork
from chemoevo.base.labels import REFUSED, is_frame, plain_array
from chemoevo.ensemble.resolve import note_seed
from chemoevo.errors import ModelError, Problems, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

Method = Literal["sobol", "latin_hypercube", "random"]
MOST_POINTS = 10**7
RESERVED = ("point", "status", "method", "trusted")
"""Columns of a sweep, which no parameter and no question may be called."""


def grid(values: Mapping[str, Any]) -> pl.DataFrame:
    """Every combination of some values of each parameter.

    Parameters
    ----------
    values
        {parameter: list of values}. A parameter is a path of a scenario, such as "tumor.size", or an argument of your
        own function; its values are numbers, texts or whatever stands at that path.

    Returns
    -------
    polars.DataFrame
        One row per point, one column per parameter. The last parameter changes fastest.

    Raises
    ------
    ModelError
        If a parameter has no values, or there are more than ten million points.
    TypeError
        If `values` is no table of lists.

    Examples
    --------
    >>> import chemoevo as ce
    >>> points = ce.grid({"tumor.size": [1e8, 1e9], "surgery.residual_cells": [10, 100, 1000]})
    >>> points.shape, points.row(1)
    ((6, 2), (100000000.0, 100))
    """
    check_fork()
    lists = _table(values, "values", "lists of values, such as {'tumor.size': [1e8, 1e9]}")
    problems = Problems()
    for name, value in lists.items():
        lists[name] = _values(problems, f"values[{name}]", value)
    problems.raise_if_any()
    number = math.prod(len(value) for value in lists.values())
    if number > MOST_POINTS:
        raise ModelError(f"values must make at most {MOST_POINTS} points; got {number}. Use ce.sample.")
    columns, every = [], number
    for name, value in lists.items():
        every //= len(value)
        place = np.tile(np.repeat(np.arange(len(value)), every), number // (every * len(value)))
        columns.append(_column("values", name, value, place))
    return pl.DataFrame(columns)


def sample(
    distributions: Mapping[str, Any], *, n: int, method: Method = "sobol", seed: int | None = None
) -> pl.DataFrame:
    """Points drawn from independent distributions, spread evenly.

    Parameters
    ----------
    distributions
        {parameter: distribution}: anything with a `ppf` method that takes an array of numbers in (0, 1), such as the
        frozen distributions of `scipy.stats`.
    n
        Number of points, >= 1. Of Sobol points a power of two is best.
    method
        "sobol": scrambled Sobol points [1]_, whose means settle nearly as fast as 1/n; "latin_hypercube": each
        parameter alone is spread evenly [2]_; "random": independent draws.
    seed
        A whole number >= 0; None draws a new one.

    Returns
    -------
    polars.DataFrame
        One row per point, one column per parameter.

    Raises
    ------
    ModelError
        If there is no parameter, `n` or `seed` is out of range, or a distribution gives numbers that are not finite.
    TypeError
        If a distribution has no `ppf`, or another argument has a wrong type.

    References
    ----------
    .. [1] Owen AB (1998) Scrambling Sobol' and Niederreiter-Xing points. J Complexity 14:466.
       doi:10.1006/jcom.1998.0487
    .. [2] McKay MD, Beckman RJ, Conover WJ (1979) A comparison of three methods for selecting values of input variables
       in the analysis of output from a computer code. Technometrics 21:239. doi:10.2307/1268522

    Examples
    --------
    >>> import chemoevo as ce
    >>> from scipy import stats
    >>> laws = {"tumor.size": stats.loguniform(1e8, 1e10), "patient.bsa": stats.norm(1.8, 0.2)}
    >>> points = ce.sample(laws, n=8, seed=1)
    >>> points.shape, points["tumor.size"].is_between(1e8, 1e10).all()
    ((8, 2), True)
    """
    check_fork()
    laws = _table(
        distributions, "distributions", "distributions, such as {'tumor.size': scipy.stats.loguniform(1e8, 1e10)}"
    )
    problems = Problems()
    for name, law in laws.items():
        if not callable(getattr(law, "ppf", None)) or hasattr(law, "freeze"):
            hint = "Such as scipy.stats.loguniform(1e8, 1e10)."
            problems.type(f"distributions[{name}]", "must be a distribution, with its parameters", law, hint=hint)
    number = whole(problems, "n", n, 1, MOST_POINTS)
    method = choice(problems, "method", method, get_args(Method))  # type: ignore[assignment]
    drawn = note_seed(problems, seed)
    problems.raise_if_any()
    uniform = _unit_cube(method, len(laws), number, drawn)
    columns = {name: np.asarray(law.ppf(uniform[:, k]), dtype=np.float64) for k, (name, law) in enumerate(laws.items())}
    for name, column in columns.items():
        if column.shape != (number,) or not np.isfinite(column).all():
            rule = f"must give {number} finite numbers for as many in (0, 1)"
            problems.value(f"distributions[{name}]", rule, Words(repr(column.ravel()[:3].tolist())))
    problems.raise_if_any()
    return pl.DataFrame(columns)


def _unit_cube(method: str, parameters: int, number: int, seed: int | None) -> NDArray[np.float64]:
    """Points in (0, 1): scipy's may be 0, where many distributions are infinite."""
    from scipy.stats import qmc

    random = np.random.default_rng(seed)
    if method == "random":
        cube = random.random((number, parameters))
    elif method == "latin_hypercube":
        cube = qmc.LatinHypercube(parameters, rng=random).random(number)
    else:
        # Of a number that is no power of two the first ones of the next power: scipy would warn.
        cube = qmc.Sobol(parameters, rng=random).random_base2(max(0, (number - 1).bit_length()))[:number]
    least = np.nextafter(0.0, 1.0) if method == "random" else 2.0**-65
    return np.clip(cube, least, 1.0 - 2.0**-53)


def points_of(value: object) -> pl.DataFrame:
    """Points as a polars frame: of polars or pandas, or a table of columns.

    Raises
    ------
    ModelError
        If there are none, a column has a name that sweeps use themselves, or something is missing.
    TypeError
        If it is no frame.
    """
    check_fork()
    if isinstance(value, pl.LazyFrame):
        value = value.collect()
    if isinstance(value, Mapping):
        value = _frame({str(name): column for name, column in value.items()})
    elif not isinstance(value, pl.DataFrame) and is_frame(value):
        names = [str(name) for name in value.columns]  # type: ignore[attr-defined]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ModelError(f"points must have columns of different names; got {twice!r} twice.")
        value = _frame({str(name): value[name].to_list() for name in value.columns})  # type: ignore[attr-defined,index]
    if not isinstance(value, pl.DataFrame):
        raise TypeError(
            "points must be a frame with one row per point, such as ce.grid({'tumor.size': [1e8, 1e9]}); "
            f"got {value!r:.200}."
        )
    problems = Problems()
    if value.is_empty():
        problems.value("points", "must have at least one row and one column", Words(f"shape {value.shape}"))
    for name in value.columns:
        if name in RESERVED:
            problems.value("points", f"must have no column {name!r}: sweeps have one of their own")
        column = value[name]
        if column.dtype == pl.Object:
            continue
        missing = column.is_null() | (column.is_nan() if column.dtype.is_float() else False)
        if missing.any():
            row = int(missing.arg_true()[0])
            what = "null" if column[row] is None else "NaN"
            problems.value("points", "must have no missing values", Words(f"{what} in column {name!r}, row {row}"))
    problems.raise_if_any()
    return value


def _frame(columns: Mapping[str, Any]) -> pl.DataFrame:
    """Columns of one length.

    Raises
    ------
    ModelError
        If they differ in length, or something is missing.
    TypeError
        If one is no list, or of several kinds.
    """
    problems = Problems()
    lists = {name: _values(problems, f"points[{name}]", column) for name, column in columns.items()}
    lengths = {name: len(column) for name, column in lists.items()}
    if not problems and len(set(lengths.values())) > 1:
        shown = ", ".join(f"{number} of {name}" for name, number in lengths.items())
        problems.value("points", "must have as many values of every parameter", Words(shown))
    for name, column in lists.items():
        missing = [row for row, item in enumerate(column) if _is_missing(item)]
        if missing and any(isinstance(item, int | float | str) for item in column):
            row, what = missing[0], "NaN" if isinstance(column[missing[0]], float) else "null"
            problems.value("points", "must have no missing values", Words(f"{what} in column {name!r}, row {row}"))
    problems.raise_if_any()
    return pl.DataFrame([_column("points", name, column) for name, column in lists.items()])


def _is_missing(item: object) -> bool:
    nan = isinstance(item, float) and math.isnan(item)
    return item is None or nan or type(item).__name__ in ("NAType", "NaTType")


def _column(path: str, name: str, values: Sequence[Any], place: NDArray[np.intp] | None = None) -> pl.Series:
    """A column of one kind, or of its values at places; what is no number and no text is kept as it is.

    Where some numbers are whole and some are not, none is.

    Raises
    ------
    TypeError
        If some values are numbers and some are texts.
    """
    listed = [value.item() if isinstance(value, np.generic) else value for value in values]
    kinds = {type(value) for value in listed}
    if kinds == {int, float}:
        listed = [float(value) for value in listed]
    elif len(kinds) > 1 and kinds & {int, float, str, bool}:
        shown = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(f"{path}[{name}] must be values of one kind; got {shown}.")
    if kinds <= {int, float, str, bool}:
        series = pl.Series(name, listed)
        return series if place is None else series.gather(place)
    return pl.Series(name, listed if place is None else [listed[k] for k in place.tolist()], dtype=pl.Object)


def _table(value: object, path: str, what: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{path} must be a table of {what}; got {value!r:.200}.")
    problems = Problems()
    for name in value:
        if not isinstance(name, str):
            problems.type(path, "must have names of parameters", name)
        elif name in RESERVED:
            problems.value(path, f"must have no parameter {name!r}: sweeps have such a column")
    if not value:
        problems.value(path, "must have at least one parameter")
    problems.raise_if_any()
    return dict(value)


def _values(problems: Problems, path: str, value: Any) -> list[Any]:
    """The values of one parameter; text is one value, not a list of letters."""
    if not isinstance(value, str | Mapping):
        plain = plain_array(problems, path, value)
        if plain is REFUSED:
            return []
        if isinstance(plain, np.ndarray) and plain.ndim == 1:
            plain = plain.tolist()
        if isinstance(plain, Iterable):
            found = list(plain)
            if not found:
                problems.value(path, "must have at least one value")
            return found
    problems.type(path, "must be a list of values", value)
    return []
