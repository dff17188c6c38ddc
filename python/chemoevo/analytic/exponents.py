"""Generating functions at complex points: their logarithms from initial cells of every kind, and how exact they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.age import GrownFor
from chemoevo.analytic.grown.circle import lineages_on_circle
from chemoevo.analytic.grown.part import summed
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.process.succession import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.question import InitialCells
    from chemoevo.process.branching import BranchingProcess

    Exponent = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    """Real and imaginary part of the logarithm of f, and the error of both; of shape (points,)."""

_SOLVER = 2e-11
"""Relative error of G at a point: up to 6e-12 was measured, where cells decline by e^90."""
_ROUNDING = 1e-15
_THREADS = 2
_LEAST = -1e280
"""Least logarithm, in place of minus infinity."""
_ROWS = 64
"""Compositions at a time."""


def exponents(
    process: BranchingProcess,
    cells: InitialCells,
    marked: NDArray[np.bool_],
    time: float,
    points: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Iterator[Exponent]:
    """The logarithm of f(z) = E[z^N] for each composition, size or age, N the number of marked cells at a time.

    `points` are 1 - z, as real and imaginary part, with the digits of z next to 1; those nearest to 1 come first.
    """
    law = cells.law
    if isinstance(law, GrownFor):
        # Given the tumor, f is 1 - G / A: A is the probability that it is there, G goes back through growth.
        there, _ = law.surely_there(law.values)
        for age, one in zip(law.values.tolist(), there.tolist(), strict=True):
            re, im = _complements(joined(law.growth, process, age), marked, age + time, points)
            yield _of_one(re[:, 0] / one, im[:, 0] / one)
        return
    re, im = _complements(process, marked, time, points)
    # Nothing is solved where there is no time.
    log_size, turn, effect = _of_one(re, im, _SOLVER if time > 0.0 else _ROUNDING)
    if not isinstance(law, GrownTo):
        # A type without cells adds nothing, also where it is never absent.
        log_size = np.maximum(log_size, _LEAST)
        for first in range(0, len(cells.counts), _ROWS):
            rows = cells.counts[first : first + _ROWS].astype(np.float64)
            yield from zip(rows @ log_size.T, rows @ turn.T, rows @ effect.T, strict=True)
        return
    found = [(part.sizes, *lineages_on_circle(law.growth, re, im, _THREADS, part.first)) for part in law.parts]
    for n, cells_of in enumerate(law.cells):
        own = np.flatnonzero(cells_of)
        whole = cells_of[own]
        integral = summed(sizes[n] * one for sizes, one, _, _ in found)
        scale = summed(sizes[n] * (2.0 * _SOLVER + error) * size for sizes, _, size, error in found)
        yield (
            np.minimum(log_size[:, own] @ whole - integral.real, 0.0),
            turn[:, own] @ whole - integral.imag,
            # G at detection, and its way through growth.
            effect[:, own] @ whole + scale,
        )


def value_and_error(exponent: Exponent) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """The function itself, and a bound on its error: of the equations, and of rounding of its logarithm and angle."""
    size, turned, share = exponent
    modulus = np.exp(size)
    error = np.minimum(modulus * (share + _ROUNDING * (np.abs(turned) + 10.0)), 2.0)
    return modulus * np.exp(1j * turned), error


def _complements(
    process: BranchingProcess,
    marked: NDArray[np.bool_],
    time: float,
    points: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Real and imaginary part of G from one cell of each type at time 0, of shape (points, types)."""
    found = _core.complements(process.compiled, marked.tolist(), *points, time, _THREADS)
    return found.real, found.imaginary


def _of_one(re: NDArray[np.float64], im: NDArray[np.float64], error: float = _SOLVER) -> Exponent:
    """ln(1 - G), and what a relative error of G does to it."""
    log_size, turn = _log_one_minus(re, im)
    return log_size, turn, error * np.hypot(re, im) / np.maximum(np.exp(log_size), 1e-300)


def _log_one_minus(re: NDArray[np.float64], im: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Real and imaginary part of ln(1 - G), with the digits of a small G."""
    small = np.hypot(re, im) < 0.5
    inner = np.where(small, re * re + im * im - 2.0 * re, 0.0)
    with np.errstate(divide="ignore"):
        size = np.where(small, 0.5 * np.log1p(inner), np.log(np.hypot(1.0 - re, im)))
    # |f| <= 1: what rounding has put above is put back.
    return np.minimum(size, 0.0), np.arctan2(-im, 1.0 - re)
