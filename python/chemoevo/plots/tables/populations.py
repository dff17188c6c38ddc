"""Numbers of cells by type over time: the median over replicates, and a band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.base.arguments import flag, whole
from chemoevo.errors import Problems
from chemoevo.plots.tables.ensembles import ensemble_of, largest, named_others
from chemoevo.plots.tables.quantiles import band_of

if TYPE_CHECKING:
    from chemoevo.ensemble.ensemble import Ensemble

TOTAL = "total"
MOST = 6
"""Types shown apart: with the total and the others, a legend of eight."""


def counts_table(
    ensemble: Ensemble, *, quantiles: Sequence[float] = (0.05, 0.95), total: bool = True, most: int = MOST
) -> pl.DataFrame:
    """Median and band of the numbers of cells by type over time: what `counts` draws.

    Parameters
    ----------
    ensemble
        What `simulate` gave.
    quantiles
        The lower and the upper quantile of the band, from 0 to 1, by default 5 and 95 % of the replicates.
    total
        Whether the sum of all types is there too; with `record=Counts(...)` it never is, as labels may overlap.
    most
        How many types are told apart, >= 1: those of which the mean tumor at some time has the largest shares. The
        cells of the others are added up in every replicate, as "others"; one more than `most` is shown, not pooled.

    Returns
    -------
    polars.DataFrame
        One row per time and type, types in the order of the process, then "others" and "total". Columns: time (days),
        type, median, low, high (cells). Extinct replicates count with zeros, those that a stop or a limit ended with
        their last state.

    Raises
    ------
    ModelError
        If `quantiles` are not two increasing numbers from 0 to 1, or `most` is not >= 1.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
    >>> ens = ce.simulate(process, initial={"S": 7}, times=[1.0], replicates=3, seed=1)
    >>> plots.counts_table(ens, total=False).rows()
    [(1.0, 'S', 7.0, 7.0, 7.0)]
    """
    ens = ensemble_of(ensemble)
    problems = Problems()
    band = band_of(problems, quantiles)
    most = whole(problems, "most", most, 1, None)
    total = flag(problems, "total", total) and ens.counted is None
    problems.raise_if_any()

    # Sums in floating point: those of whole numbers can pass 2**63.
    everything = ens.counts.sum(axis=2, dtype=np.float64)
    mean = ens.counts.mean(axis=0)
    share = mean / np.maximum(mean.sum(axis=1, keepdims=True), 1e-300)
    shown = largest(share.max(axis=0), most)
    names = [ens.labels[i] for i in shown]
    columns = [ens.counts[:, :, i].astype(np.float64) for i in shown]
    if len(shown) < len(ens.labels):
        rest = np.setdiff1d(np.arange(len(ens.labels)), shown)
        names.append(named_others(ens.labels))
        columns.append(ens.counts[:, :, rest].sum(axis=2, dtype=np.float64))
    if total:
        names.append(TOTAL)
        columns.append(everything)
    found = np.stack([np.quantile(column, (0.5, *band), axis=0) for column in columns], axis=-1)
    times = np.asarray(ens.times)
    kinds = pl.Series(names, dtype=pl.Enum(names)).gather(np.tile(np.arange(len(names), dtype=np.uint32), len(times)))
    return pl.DataFrame(
        {
            "time": np.repeat(times, len(names)),
            "type": kinds,
            **{name: found[i].reshape(-1) for i, name in enumerate(("median", "low", "high"))},
        }
    )
