"""Probability that cells number at least a size, at any size: by inversion of their generating function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.exponents import exponents, value_and_error
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.analytic.inversion import upper_tails
from chemoevo.analytic.one_cell import log_absence_of_one
from chemoevo.analytic.question import InitialCells, Question
from chemoevo.base.arguments import real
from chemoevo.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.analytic.inversion import Values
    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess

TOLERANCE = 1e-6
SIZES = "must be a number of cells from 1 to 2**62"
TOLERANCES = "must be a number from 1e-8 to 0.01"


def size_probability(
    model: BranchingProcess | Treated,
    *,
    initial: Any,
    above: float,
    times: ArrayLike,
    of: str | Iterable[str] | None = None,
    tolerance: float = TOLERANCE,
) -> NDArray[np.float64]:
    """Probability that there are at least so many cells at each time, however many that is.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    initial
        Cells at time 0, as for `extinction_probability`, laws of grown tumors included.
    above
        (cells) From 1 to 2**62; a number that is not whole stands for the next that is. So many cells count as above.
    times
        (days) Finite, >= 0, strictly increasing. A pulse acts before an observation at its instant.
    of
        Name of a type, or names of several whose cells are counted together; by default all.
    tolerance
        Largest absolute error of a probability, in [1e-8, 0.01].

    Returns
    -------
    NDArray[np.float64]
        Of shape (times,), or (n, times) for an initial of n compositions, sizes or ages.

    Raises
    ------
    ModelError
        If an argument has a wrong value, or the process has competition.
    TypeError
        If one of them has a wrong type.
    SimulationError
        If `tolerance` cannot be kept (the error reached is named), or the equations need more than two million steps.

    See Also
    --------
    relapse_time : when a tumor is back at a size, as the law of a time.
    count_distribution : the probabilities of all small numbers of cells at once.
    presence_probability : the same for one cell, with the digits of probabilities of 1e-15.

    Notes
    -----
    The generating function f of the number of cells is known at any complex point by the backward equations, and that
    of the tails P(N > m) is (1 - f(z)) / (1 - z). It is inverted by Euler summation [1]_ [2]_ along a line in the
    half-plane of Laplace transforms, z = exp(-s): at 32 to 128 points where the law is broad, and at all points, which
    is exact, where the size is that small. A narrow law, such as that of 1e9 cells after a week, is a step seen from
    afar: for it the integral of Gil-Pelaez [3]_ is taken over panels that double, from the inverse of the size to that
    of the width of the law. The error that is held against the tolerance is the sum of four: of the discretization, a
    tenth of the tolerance; of the equations, by a bound on their relative error at every point; the difference from
    the result with half the points; and the probability that the sum finds too close to the size to tell on which
    side. The last two are estimates, not bounds.

    Next to the step of a law that is narrower than 1e-5 of its mean, rounding in the equations leaves an error of some
    1e-11 times mean over standard deviation: a tolerance below is refused. Such a law is best asked for its mean.

    References
    ----------
    .. [1] Abate J, Whitt W (1992) The Fourier-series method for inverting transforms of probability distributions.
       Queueing Syst 10:5. doi:10.1007/BF01158520
    .. [2] Abate J, Whitt W (2006) A unified framework for numerically inverting Laplace transforms. INFORMS J Comput
       18:408. doi:10.1287/ijoc.1050.0137
    .. [3] Gil-Pelaez J (1951) Note on the inversion theorem. Biometrika 38:481. doi:10.1093/biomet/38.3-4.481

    Examples
    --------
    A tumor of 1e9 cells, some of which the drug spares: how likely does it have 1e8 cells again?

    >>> import chemoevo as ce
    >>> rates = {"types": ["S", "R"], "birth": [0.14, 0.14], "mutation": {("S", "R"): 5e-9}}
    >>> growth = ce.BranchingProcess(**rates, death=[0.1, 0.1])
    >>> therapy = ce.BranchingProcess(**rates, death=[0.5, 0.1])
    >>> tumor = ce.GrownTo(growth, size=1e9)
    >>> ce.size_probability(therapy, initial=tumor, above=1e8, times=[300, 350, 400]).round(4)
    array([0.0328, 0.328 , 0.9161])
    """
    ask = Question(model, initial)
    marked = np.ones(len(ask.process.types), dtype=np.bool_)
    if of is not None:
        marked = ask.marked([of] if isinstance(of, str) else of, "of")
    size = real(ask.problems, "above", above, SIZES, 1.0, 2.0**62)
    grid = ask.times(times)
    allowed = real(ask.problems, "tolerance", tolerance, TOLERANCES, 1e-8, 0.01)
    cells = ask.checked()
    columns = [size_tail(ask.process, cells, marked, size, time, allowed) for time in grid.tolist()]
    return cells.shaped(np.array(columns).T)  # type: ignore[no-any-return]


def size_tail(
    process: BranchingProcess,
    cells: InitialCells,
    marked: NDArray[np.bool_],
    size: float,
    time: float,
    tolerance: float,
) -> NDArray[np.float64]:
    """P(N >= size), N the number of marked cells at a time, for every composition, size or age.

    Raises
    ------
    SimulationError
        If the tolerance cannot be kept.
    """
    whole = int(np.ceil(size))
    if whole == 1:
        log: NDArray[np.float64] = cells.log_product(log_absence_of_one(process, marked, np.array([time])).T)[0]
        return np.asarray(-np.expm1(log) + 0.0)
    law = cells.law
    if time == 0.0 and not any(pulse.time == 0.0 for pulse in process.pulses):
        # Numbers are known, or known to be enough.
        if law is None:
            return np.array([float(sum(row[marked].tolist()) >= whole) for row in cells.counts])
        if isinstance(law, GrownTo) and law.cells[:, marked].sum(axis=1).min() >= whole:
            return np.ones(law.values.size)

    def transform(re: NDArray[np.float64], im: NDArray[np.float64]) -> Iterator[Values]:
        return (value_and_error(found) for found in exponents(process, cells, marked, time, (re, im)))

    laws = len(cells.counts) if law is None else law.values.size
    values, errors = upper_tails(transform, whole, laws, tolerance)
    if errors.max() > tolerance:
        raise SimulationError(
            f"the probability of {size:g} cells or more on day {time:g} has an error of up to {errors.max():.1e}; "
            f"tolerance = {tolerance:g} cannot be kept. Ask for more."
        )
    return values
