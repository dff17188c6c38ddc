"""Where sums of up to three exponentials turn, and where they cross a level: for many of them at once.

`f(h) = sum_i d_i e^{-l_i h}` with increasing exponents has at most as many zeros as its coefficients change sign (the
rule of Descartes for exponentials; Polya & Szego 1976, Problems and Theorems in Analysis II, part V, problem 77). Times
`e^{l_1 h}` it is a constant and two exponentials, whose derivative has its only zero in closed form: between the ends
and that zero there is at most one zero of `f` each, found by bisection to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]
_HALVINGS = 64


def crossings(some: Callable[[Places], Callable[[Array], Array]], low: Array, high: Array) -> Array:
    """Where monotone functions are zero between two ends, of different signs there; NaN where they are not.

    `some(which)` are the functions at some places of the flattened ends: they take as many times, and give values.
    """
    shape = np.broadcast_shapes(low.shape, high.shape)
    a, b = (np.array(np.broadcast_to(end, shape), dtype=np.float64).reshape(-1) for end in (low, high))
    everywhere = some(np.arange(a.size))
    below, above = everywhere(a), everywhere(b)
    which = np.flatnonzero((below < 0) != (above < 0))
    found = np.full(a.size, np.nan)
    left, right, rising = a[which], b[which], below[which] < 0
    there = some(which)
    for _ in range(_HALVINGS):
        middle = 0.5 * (left + right)
        before = (there(middle) < 0) == rising
        left, right = np.where(before, middle, left), np.where(before, right, middle)
    found[which] = 0.5 * (left + right)
    return found.reshape(shape)


def turns(coefficients: Array, exponents: Array, length: Array) -> Array:
    """Zeros of `sum_i d_i e^{-l_i h}` for 0 < h < length, where it changes sign; NaN in place of those that are not.

    Parameters
    ----------
    coefficients, exponents
        Shape (..., k), k from 1 to 3, exponents increasing along the last axis.
    length
        Of the same shape but for the last axis.

    Returns
    -------
    numpy.ndarray
        Shape (..., 2), increasing where both are there.
    """
    shape, terms = coefficients.shape[:-1], coefficients.shape[-1]
    found = np.full((*shape, 2), np.nan)
    if terms == 1:
        return found
    # Most functions have one sign.
    mixed = np.flatnonzero(((coefficients > 0).any(-1) & (coefficients < 0).any(-1)).reshape(-1))
    d = coefficients.reshape(-1, terms)[mixed]
    gaps = (exponents - exponents[..., :1]).reshape(-1, terms)[mixed]
    end = np.broadcast_to(length, shape).reshape(-1)[mixed]
    middle = end
    if terms == 3:
        with np.errstate(divide="ignore", invalid="ignore"):
            inner = np.log(-(gaps[:, 2] * d[:, 2]) / (gaps[:, 1] * d[:, 1])) / (gaps[:, 2] - gaps[:, 1])
        middle = np.where((inner > 0) & (inner < end), inner, end)

    def some(which: Places) -> Callable[[Array], Array]:
        mine, steps = d[which // 2], gaps[which // 2]
        return lambda times: np.asarray((mine * np.exp(-steps * times[:, None])).sum(axis=-1))

    lows = np.stack([np.zeros_like(end), middle], axis=-1)
    highs = np.stack([middle, end], axis=-1)
    found.reshape(-1, 2)[mixed] = crossings(some, lows, highs)
    return found
