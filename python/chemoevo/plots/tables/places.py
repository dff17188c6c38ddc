"""Numbers of cells by niche and shares of phenotypes over time: the median over replicates, and a band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.base.arguments import flag
from chemoevo.errors import ModelError, Problems
from chemoevo.plots.tables.ensembles import ensemble_of
from chemoevo.plots.tables.populations import TOTAL
from chemoevo.plots.tables.quantiles import band_of
from chemoevo.resistance.groups import By, Groups
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.ensemble.ensemble import Ensemble


def niches_table(ensemble: Ensemble, *, quantiles: Sequence[float] = (0.05, 0.95), total: bool = True) -> pl.DataFrame:
    """Median and band of the numbers of cells by niche over time: what `niches` draws.

    Parameters
    ----------
    ensemble
        What `simulate` gave, of a scenario with niches.
    quantiles
        The lower and the upper quantile of the band, from 0 to 1, by default 5 and 95 % of the replicates.
    total
        Whether the sum of all niches is there too.

    Returns
    -------
    polars.DataFrame
        One row per time and niche, niches in the order of the tumor, then "total". Columns: time (days from the start
        of therapy), niche, median, low, high (cells; damaged ones included). Extinct replicates count with zeros, those
        that a stop or a limit ended with their last state.

    Raises
    ------
    ModelError
        If the ensemble is not one of a scenario, its tumor has no niches, it does not have the counts of every type, or
        `quantiles` are not two increasing numbers from 0 to 1.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> near, far = ce.Niche(name="near", share=0.6), ce.Niche(name="far", share=0.4)
    >>> scenario = ce.Scenario(
    ...     name="two niches",
    ...     tumor=ce.Tumor(birth=0.3, death=0.1, size=100, niches=[near, far], exchange=0.1),
    ...     radiotherapy=ce.Radiotherapy(fractions=1, dose=2, start=1, alpha=0.3, alpha_beta=10),
    ...     follow_up=ce.FollowUp(horizon=7),
    ... )
    >>> ens = ce.simulate(scenario, initial={"sensitive@near": 60, "sensitive@far": 40}, replicates=20, seed=1)
    >>> plots.niches_table(ens, total=False).head(2).rows()
    [(0.0, 'near', 60.0, 60.0, 60.0), (0.0, 'far', 40.0, 40.0, 40.0)]
    """
    ens = ensemble_of(ensemble)
    problems = Problems()
    band = band_of(problems, quantiles)
    total = flag(problems, "total", total)
    problems.raise_if_any()
    names, columns = _grouped(ens, "niche")
    if total:
        # Sums in floating point: those of whole numbers can pass 2**63.
        names, columns = (*names, TOTAL), [*columns, ens.counts.sum(axis=2, dtype=np.float64)]
    found = np.stack([np.quantile(column, (0.5, *band), axis=0) for column in columns], axis=-1)
    values = {name: found[i].reshape(-1) for i, name in enumerate(("median", "low", "high"))}
    return _table("niche", names, np.asarray(ens.times), values)


def phenotypes_table(ensemble: Ensemble, *, quantiles: Sequence[float] = (0.05, 0.95)) -> pl.DataFrame:
    """Median and band of the share of every phenotype over time: what `phenotypes` draws.

    Parameters
    ----------
    ensemble
        What `simulate` gave, of a scenario with phenotypes.
    quantiles
        The lower and the upper quantile of the band, from 0 to 1, by default 5 and 95 % of the replicates with cells.

    Returns
    -------
    polars.DataFrame
        One row per time and phenotype: "ordinary", then those of the tumor, then "damaged" where cells die late.
        Columns: time (days from the start of therapy), phenotype, median, low, high (share of the cells of a replicate,
        from 0 to 1), replicates (how many have cells at the time). Shares are null where none has.

    Raises
    ------
    ModelError
        If the ensemble is not one of a scenario, its tumor has no phenotypes, it does not have the counts of every
        type, or `quantiles` are not two increasing numbers from 0 to 1.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> scenario = ce.Scenario(
    ...     name="persisters",
    ...     tumor=ce.Tumor(
    ...         birth=0.3, death=0.1, size=100, phenotypes=ce.Phenotype(name="resting", enter=0.01, leave=0.1)
    ...     ),
    ...     radiotherapy=ce.Radiotherapy(fractions=1, dose=2, start=1, alpha=0.3, alpha_beta=10),
    ...     follow_up=ce.FollowUp(horizon=7),
    ... )
    >>> ens = ce.simulate(scenario, initial={"sensitive": 75, "sensitive:resting": 25}, replicates=20, seed=1)
    >>> plots.phenotypes_table(ens).head(2).select("phenotype", "median", "replicates").rows()
    [('ordinary', 0.75, 20), ('resting', 0.25, 20)]
    """
    ens = ensemble_of(ensemble)
    problems = Problems()
    band = band_of(problems, quantiles)
    problems.raise_if_any()
    names, columns = _grouped(ens, "phenotype")
    counts = np.stack(columns, axis=-1)
    everything = counts.sum(axis=2)
    values: dict[str, NDArray[np.float64]] = {}
    found = np.full((3, everything.shape[1], len(names)), np.nan)
    for k, present in enumerate((everything > 0).T):
        if present.any():
            share = counts[present, k] / everything[present, k][:, None]
            found[:, k] = np.quantile(share, (0.5, *band), axis=0)
    values = {name: found[i].reshape(-1) for i, name in enumerate(("median", "low", "high"))}
    table = _table("phenotype", names, np.asarray(ens.times), values)
    number = np.repeat((everything > 0).sum(axis=0), len(names))
    return table.with_columns(pl.col("median", "low", "high").fill_nan(None), pl.Series("replicates", number))


def _grouped(ensemble: Ensemble, by: By) -> tuple[tuple[str, ...], list[NDArray[np.float64]]]:
    """Names of niches or phenotypes, and numbers of their cells by replicate and time."""
    types = Scenario.of(ensemble).types
    if not (types.place.niches if by == "niche" else types.place.phenotypes):
        raise ModelError(f"ensemble must be of a tumor with {by}s: this one has none.")
    if ensemble.counted is not None:
        raise ModelError(
            "ensemble must have the counts of every type; got those of "
            f"{', '.join(ensemble.labels)}. Simulate without record=Counts(...)."
        )
    groups = Groups.of(types, by)
    each = (ensemble.counts[:, :, groups.of_type == k] for k in range(len(groups.names)))
    return groups.names, [part.sum(axis=2, dtype=np.float64) for part in each]


def _table(
    of: str, names: Sequence[str], times: NDArray[np.float64], values: dict[str, NDArray[np.float64]]
) -> pl.DataFrame:
    kinds = pl.Series(names, dtype=pl.Enum(names)).gather(np.tile(np.arange(len(names), dtype=np.uint32), len(times)))
    return pl.DataFrame({"time": np.repeat(times, len(names)), of: kinds, **values})
