"""The whole law of the number of cells of some types, from its generating function on a circle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.exponents import exponents, value_and_error
from chemoevo.analytic.question import Question
from chemoevo.base.arguments import real, whole
from chemoevo.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.exponents import Exponent
    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess

MOST = 100_000
_MANY = 4096


def count_distribution(
    model: BranchingProcess | Treated,
    *,
    of: str | Iterable[str],
    initial: Any,
    time: float,
    max_count: int,
    tolerance: float = 1e-9,
) -> NDArray[np.float64]:
    """P(N = 0), ..., P(N = max_count) for the number N of cells of a type, or of several together, at a time.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    of
        Name of a type, or names of several whose cells are counted together.
    initial
        Cells at time 0: {type: count} (types not named start with 0), (types,), (n, types) or an `Ensemble`; or
        `GrownTo` one size or several, or `GrownFor` one time or several, where time 0 is the end of growth.
    time
        (days) Finite, >= 0. A pulse acts before an observation at its instant.
    max_count
        (cells) The largest number asked for, from 0 to 100000. Larger numbers have the rest of the probability.
    tolerance
        Largest absolute error of a probability, in [1e-11, 0.01].

    Returns
    -------
    NDArray[np.float64]
        Of shape (max_count + 1,), or (n, max_count + 1) for an initial of n compositions.

    Raises
    ------
    ModelError
        If an argument has a wrong value, or the process has competition.
    TypeError
        If one of them has a wrong type.
    SimulationError
        If `tolerance` cannot be kept (the error reached is named), or the equations need more than two million steps.

    Notes
    -----
    The generating function f is computed at L points on a circle of radius r < 1 by the backward equations for complex
    z, and its coefficients follow by a Fourier transform [1]_. With e the error of f there, averaged over the circle,
    that of P(N = k) is at most r^L / (1 - r^L) + e / r^k: the first for the probability of L cells and more, which
    comes back as that of fewer, the second because what is computed is r^k P(N = k). L is four times max_count or
    more, and r^L a tenth of the tolerance; where the bound exceeds the tolerance, four times as many points are taken.

    References
    ----------
    .. [1] Abate J, Whitt W (1992) Numerical inversion of probability generating functions. Oper Res Lett 12:245.
       doi:10.1016/0167-6377(92)90050-D

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-7}
    ... )
    >>> ce.count_distribution(process, of="R", initial={"S": 10**6}, time=30.0, max_count=4).round(4)
    array([0.8071, 0.0841, 0.038 , 0.0218, 0.0139])

    Mutants in a tumor of a million cells: the law of Luria and Delbrueck, with death.

    >>> tumor = ce.GrownTo(process, size=10**6)
    >>> ce.count_distribution(process, of="R", initial=tumor, time=0.0, max_count=4).round(4)
    array([0.7526, 0.0646, 0.0318, 0.0203, 0.0146])
    """
    ask = Question(model, initial)
    marked = ask.marked([of] if isinstance(of, str) else of, "of")
    when = ask.time(time)
    most = whole(ask.problems, "max_count", max_count, 0, MOST)
    rule = "must be a number from 1e-11 to 0.01"
    allowed = real(ask.problems, "tolerance", tolerance, rule, 1e-11, 0.01)
    cells = ask.checked()
    reached = np.inf
    for factor in (4, 16, 64) if most >= _MANY else (16, 64):
        points = 1 << int(factor * (most + 1) - 1).bit_length()
        circle = _Circle(points, most, allowed)
        values, reached = circle.inverted(exponents(ask.process, cells, marked, when, circle.complements()))
        if reached <= allowed:
            return cells.shaped(values)  # type: ignore[no-any-return]
    raise SimulationError(
        f"the distribution has an error of up to {reached:.1e}; tolerance = {allowed:g} cannot be kept. Ask for more."
    )


class _Circle:
    """Points on a circle inside the unit circle, from which coefficients of a generating function follow."""

    def __init__(self, points: int, most: int, allowed: float) -> None:
        self.points, self.most = points, most
        self.alias = 0.1 * allowed
        self.log_radius = np.log(self.alias) / points

    def complements(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Real and imaginary part of 1 - z at half of the points: the rest is mirrored."""
        # Without a subtraction.
        angle = np.pi * np.arange(self.points // 2 + 1) / self.points
        radius, shrunk = np.exp(self.log_radius), -np.expm1(self.log_radius)
        real_part = shrunk + 2.0 * radius * np.sin(angle) ** 2
        imaginary = -radius * np.sin(2.0 * angle)
        return real_part, imaginary

    def inverted(self, found: Iterable[Exponent]) -> tuple[NDArray[np.float64], float]:
        """The probabilities (n, most + 1) from n functions on the circle, and a bound on their errors."""
        values, worst = [], 0.0
        for exponent in found:
            function, error = value_and_error(exponent)
            weights = np.full(len(error), 2.0)
            weights[[0, -1]] = 1.0
            mean = float(weights @ error) / self.points
            bound = self.alias / (1.0 - self.alias) + mean * float(np.exp(-self.log_radius * self.most))
            worst = max(worst, bound)
            coefficients = np.fft.irfft(np.conj(function), n=self.points)[: self.most + 1]
            values.append(np.clip(coefficients * np.exp(-self.log_radius * np.arange(self.most + 1)), 0.0, 1.0))
        return np.array(values), worst
