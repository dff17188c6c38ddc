"""Dose and response: what a drug does to genotypes in a simulated assay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemoevo import _core
from chemoevo.base.arguments import real, real_array
from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError, Problems
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import OwnDrugs
from chemoevo.resistance.assay import Assay
from chemoevo.resistance.checks import Untouched
from chemoevo.resistance.exposed import scales
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.niches import Niche
from chemoevo.resistance.phenotypes import Phenotype
from chemoevo.resistance.potency import ResolvedPotency

if TYPE_CHECKING:
    import polars as pl

_TOLERANCE = 1e-9


def dose_response(
    drug: str | Drug,
    *,
    concentrations: ArrayLike,
    genotypes: str | Sequence[str] | Genotypes = "sensitive",
    niche: Niche | None = None,
    phenotype: Phenotype | None = None,
    modulators: Mapping[str, float] | None = None,
    hours: float = 72.0,
    emax: float | None = None,
    growth: float | None = None,
    drugs: OwnDrugs | None = None,
    mechanisms: Mechanism | Sequence[Mechanism] = (),
    expressions: Mapping[str, float] | None = None,
    assume_untouched: Untouched = False,
) -> pl.DataFrame:
    """What a drug does to genotypes in an assay: cells in constant concentrations for some hours.

    Parameters
    ----------
    drug
        The drug, or the name of one that ships. What acts of a prodrug is meant.
    concentrations
        (uM, unbound) Of the drug, >= 0, one or many.
    genotypes
        Names of alterations that ship, such as ["sensitive", "ABCB1+TP53", "ABCB1x2"]; or `Genotypes`, all of which are
        meant.
    niche
        Where the cells are: what its oxygen and its stroma raise or lower counts, and how often cells divide there for
        drugs that kill cycling cells only. Concentrations are those in the medium around the cells, so that how drugs
        come to a niche does not count; see `Niche.penetration`.
    phenotype
        The state that all cells are in: what it changes, spares and protects from counts.
    modulators
        (uM, unbound) Constant concentrations of drugs that change mechanisms, by name.
    hours
        (h) Length of the assay, > 0. What is used up in it, as MGMT, is followed.
    emax
        (per day) Largest hazard that the drug adds to death, > 0. No source gives it, so that without it only `effect`
        is known.
    growth
        (per day) Net growth of the cells without drug, > 0; needed for `gr`.
    drugs
        Your own modulators, beside those that ship: one, a list, or a table by name.
    mechanisms, expressions, assume_untouched
        As for `therapy_rates`.

    Returns
    -------
    polars.DataFrame
        One row per genotype and concentration: `genotype`, `niche` and `phenotype` (their names, where they are given),
        `concentration_uM`, `effect` (mean share of the largest
        effect of the reference line over the assay), `kill_per_day`, `viability` (cells at the end over those without
        drug) and `gr` (normalized growth rate inhibition [1]_; 1 no effect, 0 no growth, below 0 death). What needs
        `emax` or `growth` is null without it.

    Raises
    ------
    ModelError
        If a name is not known, a number is out of range, the drug has no EC50, or nothing is known of a mechanism and
        the drug.

    References
    ----------
    .. [1] Hafner M et al. (2016). Nat Methods 13:521. doi:10.1038/nmeth.3853

    Examples
    --------
    >>> import chemoevo as ce
    >>> import polars as pl
    >>> found = ce.dose_response(
    ...     "docetaxel", genotypes=["sensitive", "ABCB1"], concentrations=[0.0025], emax=1.0, growth=0.5
    ... )
    >>> found.select("genotype", pl.col("effect", "viability").round(4)).rows()
    [('sensitive', 0.5, 0.2231), ('ABCB1', 0.0605, 0.834)]
    """
    check_fork()
    import polars as pl

    problems = Problems()
    table = real_array(problems, "concentrations", concentrations)
    if table is not None and not _doses_possible(np.asarray(table)):
        problems.value("concentrations", "must be finite and >= 0 (uM unbound), one or a list", concentrations)
    real(problems, "hours", hours, "must be finite and > 0", 0.0, above=True)
    for name, value in (("emax", emax), ("growth", growth)):
        if value is not None:
            real(problems, name, value, "must be finite and > 0 (per day)", 0.0, above=True)
    problems.raise_if_any()
    assay = Assay.of(drug, genotypes, modulators, drugs, mechanisms, expressions, assume_untouched, niche, phenotype)
    potency = assay.drug.acting.potency
    if potency is None:
        raise ModelError(f"{assay.drug.name!r} has no EC50: what it does at a concentration is not known.")
    doses = np.atleast_1d(np.asarray(table, dtype=np.float64))
    line = _core.Potency(potency.ec50.value, potency.hill.value, 1.0)
    effect = np.array([_effects(assay, line, dose, hours) for dose in doses.tolist()]).T
    names = [name for name in assay.names for _ in doses]
    rows = [assay.column(name) for name in assay.names]
    place = {"niche": niche, "phenotype": phenotype}
    found = pl.DataFrame(
        {
            "genotype": names,
            **{of: [one.name] * len(names) for of, one in place.items() if one is not None},
            "concentration_uM": np.tile(doses, len(rows)),
            "effect": effect[rows].ravel(),
        }
    )
    days = hours / 24.0
    kill = pl.lit(None, pl.Float64) if emax is None else pl.col("effect") * emax
    viability = (-days * pl.col("kill_per_day")).exp()
    gr = pl.lit(None, pl.Float64) if growth is None else 2.0 ** (1.0 - pl.col("kill_per_day") / growth) - 1.0
    return found.with_columns(kill_per_day=kill).with_columns(viability=viability, gr=gr)


def _doses_possible(doses: NDArray[np.float64]) -> bool:
    return doses.ndim <= 1 and doses.size > 0 and bool(np.all(np.isfinite(doses)) and np.all(doses >= 0))


def _effects(assay: Assay, line: _core.Potency, dose: float, hours: float) -> list[float]:
    """Mean share of the largest effect over the assay, by types."""
    cells, given = assay.cells, assay.drug
    outside = _core.Course.constant(dose)
    steps = [step.placed(cells.position) for step in cells.steps(given.name)]
    resolved = ResolvedPotency(given, line.ec50, line.hill, 1.0, "cytotoxic")
    scaled = scales(cells, resolved, None, 0)
    action = _core.Drug(outside, 0, 1.0, "cytotoxic", line, steps, scaled)
    modulators = {name: assay.modulators.get(name, dose) for name in cells.modulators()}
    inhibitors, used_up, inducers = cells.modulation(list(modulators))
    types = len(cells.types.alive)
    dish = _core.Niche(
        list(range(types)),
        [action],
        expressions=cells.expressions,
        agents=[_core.Agent(_core.Course.constant(value), 0, 1.0) for value in modulators.values()],
        inhibitors=inhibitors,
        used_up=used_up,
        inducers=inducers,
        together=([], []),
        driven=[],
    )
    made = _core.Acting([0.0] * types, [0.0] * types, [dish])
    days = hours / 24.0
    options = _core.CompileOptions(horizon=days, tolerance=_TOLERANCE, halved=False, max_segments=1_000_000)
    table = _core.compile_rates(made, options)
    lengths = np.diff(table.breakpoints, prepend=0.0)
    mean: list[float] = (lengths @ table.death[: len(lengths)] / days).tolist()
    return mean
