"""Clinical outcomes of an ensemble: cure, progression, time to progression, and who drives it.

*Cured*: no cell left at the horizon. *Progressed*: at a look, the total is at least `ratio` times its smallest value
at any look since the first dose, and at least `size` cells. The time to progression is the time of the first such
look, counted from the first dose, and right-censored at the last look of a replicate that never progressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.scenario.parts import RATIO, SIZE

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Progression:
    """Progression of every replicate; arrays of shape (replicates,), read-only.

    Attributes
    ----------
    progressed
        Whether the replicate progressed at one of the looks.
    time
        (days from the first dose) first look at which it had progressed, or the last look where it never did.
    look
        Index of that look among the columns of the counts.
    smallest
        (cells) smallest total at any look until then.
    dominant
        Index of the most numerous type at progression; -1 where none. Ties go to the type listed first.
    dominant_share
        Its fraction of the tumor, NaN where none.
    driver
        Index of the type that gained most cells from the smallest total to progression; -1 where none.
    """

    progressed: NDArray[np.bool_]
    time: NDArray[np.float64]
    look: NDArray[np.intp]
    smallest: NDArray[np.int64]
    dominant: NDArray[np.intp]
    dominant_share: NDArray[np.float64]
    driver: NDArray[np.intp]


def totals(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums over types, (replicates, times), saturating instead of wrapping round at 2**63 - 1.

    Notes
    -----
    Where the largest count could wrap the sum, it is also formed in floating point, where it cannot wrap, and replaced
    by the largest integer where that says it did.
    """
    total: NDArray[np.int64] = counts.sum(axis=-1, dtype=np.int64)
    if counts.size and int(counts.max()) > (2**63 - 1) // max(1, counts.shape[-1]):
        wrapped = counts.sum(axis=-1, dtype=np.float64) >= 2.0**63
        total[wrapped] = np.iinfo(np.int64).max
    return total


def progression(
    times: ArrayLike,
    counts: NDArray[np.int64],
    *,
    ratio: float = RATIO,
    size: float = SIZE,
    looks: ArrayLike | None = None,
    until: ArrayLike | None = None,
) -> Progression:
    """Finds the progression of every replicate.

    Parameters
    ----------
    times
        (days from the first dose) observation times, shape (times,), increasing.
    counts
        (cells) int64, shape (replicates, times, types).
    ratio
        Factor over the smallest total so far; RECIST's 20 % in diameter is 1.2**3 = 1.73 in volume.
    size
        (cells) smallest total that counts as progression.
    looks
        Which columns are looks, as a mask of shape (times,); all, if not given.
    until
        (days) shape (replicates,): a replicate is observed only until then (a run that was cut short). A progression
        found at or before it stands; otherwise the replicate is censored at its last look not after it.

    Returns
    -------
    Progression
        With times counted as given.

    Notes
    -----
    The looks are all that is known: a tumor that shrinks and regrows between two of them is seen at the second one.
    An extinct tumor has total 0, which is below `size`, and never progresses.
    """
    when = np.asarray(times, dtype=np.float64)
    seen = np.ones(when.size, dtype=np.bool_) if looks is None else np.asarray(looks, dtype=np.bool_)
    columns = np.flatnonzero(seen)
    if columns.size == 0:
        raise ValueError("looks must name at least one observation time.")
    total = totals(counts)[:, columns]
    replicates = total.shape[0]
    running = np.minimum.accumulate(total, axis=1)
    large = total.astype(np.float64)
    late = (large >= ratio * running.astype(np.float64)) & (large >= size)
    last = np.full(replicates, columns.size - 1, dtype=np.intp)
    if until is not None:
        end = np.asarray(until, dtype=np.float64)
        observed = when[columns][None, :] <= end[:, None]
        observed[:, 0] = True
        late &= observed
        last = observed.sum(axis=1).astype(np.intp) - 1
    progressed: NDArray[np.bool_] = np.asarray(late.any(axis=1))
    at = np.where(progressed, late.argmax(axis=1), last)
    rows = np.arange(replicates)
    nadir = np.argmax(total == running[rows, at][:, None], axis=1)
    then, before = counts[rows, columns[at]], counts[rows, columns[nadir]]
    gained = np.where(then > before, then - before, 0)
    share = np.full(replicates, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        share[progressed] = (then.max(axis=1) / then.sum(axis=1, dtype=np.float64))[progressed]
    return Progression(
        progressed=progressed,
        time=when[columns][at],
        look=columns[at],
        smallest=running[rows, at],
        dominant=np.where(progressed, then.argmax(axis=1), -1),
        dominant_share=share,
        driver=np.where(progressed, gained.argmax(axis=1), -1),
    )
