"""Folds on EC50 in cells with some alterations, with and without modulators."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chemoevo import _core
from chemoevo.errors import ModelError
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import OwnDrugs
from chemoevo.resistance.assay import Assay
from chemoevo.resistance.cells import Cells, turnover
from chemoevo.resistance.checks import Untouched
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.niches import Niche
from chemoevo.resistance.phenotypes import Phenotype

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LARGEST = 700.0


def in_type(cells: Cells, drug: Drug, column: int, left: Mapping[str, float] | None = None) -> tuple[float, float]:
    """Factors on EC50 and Emax of the reference line in a type of cells, where a share of mechanisms is left.

    No pump saturates.
    """
    return _with(cells, drug, cells.expressions[:, column], left)


def over_first(cells: Cells, drug: Drug, position: int) -> tuple[float, float]:
    """Factors on EC50 and Emax of a type over cells without alterations that no niche or phenotype changes.

    No pump saturates.
    """
    there, first = _with(cells, drug, cells.expressions[:, position]), _with(cells, drug, cells.base)
    return there[0] / first[0], there[1] / first[1] if first[1] > 0 else 1.0


def _with(
    cells: Cells, drug: Drug, expressions: NDArray[np.float64], left: Mapping[str, float] | None = None
) -> tuple[float, float]:
    steps = [step.placed(cells.position) for step in cells.steps(drug.name)]
    shares = [(left or {}).get(one.name, 1.0) for one in cells.mechanisms]
    found = _core.potency_in_cell(_core.Potency(1.0, 1.0, 1.0), steps, expressions.tolist(), shares)
    return found.ec50, found.emax


def factors(cells: Cells, drug: Drug, genotype: str) -> tuple[float, float]:
    """Factors on EC50 and Emax of a genotype over cells without alterations."""
    there, first = (in_type(cells, drug, k) for k in (cells.genotypes.names.index(genotype), 0))
    return there[0] / first[0], there[1] / first[1] if first[1] > 0 else 1.0


def fold(
    drug: str | Drug,
    *,
    genotype: str | Genotypes = "sensitive",
    niche: Niche | None = None,
    phenotype: Phenotype | None = None,
    modulators: Mapping[str, float] | None = None,
    drugs: OwnDrugs | None = None,
    mechanisms: Mechanism | Sequence[Mechanism] = (),
    expressions: Mapping[str, float] | None = None,
    assume_untouched: Untouched = False,
) -> float:
    """Factor on EC50 of a drug in a genotype, against the line in which it was measured.

    Parameters
    ----------
    drug
        The drug, or the name of one that ships.
    genotype
        Names of alterations that ship, such as "ABCB1+TP53" or "ABCB1x2"; or `Genotypes` of which the last is meant.
    niche
        Where the cells are: what its oxygen and its stroma raise or lower counts. Concentrations are those in the
        medium around the cells, so that how drugs come to a niche (`Niche.penetration`) does not.
    phenotype
        The state that the cells are in: what it changes, and its factor on EC50. What it protects from is Emax.
    modulators
        (uM, unbound) Constant concentrations of drugs that change mechanisms, by name. Of a protein that is used up
        what is left where it is made as fast as it is used; of one that is induced what there is in the end.
    drugs
        Your own modulators, beside those that ship: one, a list, or a table by name.
    mechanisms, expressions, assume_untouched
        As for `therapy_rates`.

    Returns
    -------
    float
        Above 1 the cells are more resistant than the line. Of a pump that saturates it is the fold at half the largest
        effect.

    Raises
    ------
    ModelError
        If a name is not known, a concentration is not a number >= 0, or nothing is known of a mechanism and the drug.

    See Also
    --------
    dose_response, mechanism

    Examples
    --------
    >>> import chemoevo as ce
    >>> round(ce.fold("docetaxel", genotype="ABCB1"), 2)
    15.53
    >>> round(ce.fold("docetaxel", genotype="ABCB1", modulators={"tariquidar": 0.01}), 2)
    1.68
    >>> ce.fold("chlorambucil", genotype="GSTA1"), ce.fold("chlorambucil", genotype="GSTA1+ABCC1")
    (1.0, 4.0)

    Where the stroma raises P-gp:

    >>> far = ce.Niche(name="far", changes=ce.Change(mechanism="P-gp", by=0.1))
    >>> round(ce.fold("docetaxel", niche=far), 2), round(ce.fold("docetaxel", genotype="ABCB1", niche=far), 2)
    (2.47, 17.0)
    """
    assay = Assay.of(drug, genotype, modulators, drugs, mechanisms, expressions, assume_untouched, niche, phenotype)
    found, _ = in_type(assay.cells, assay.drug, assay.column(assay.names[-1]), _left(assay))
    return found if phenotype is None else found * phenotype.ec50


def _left(assay: Assay) -> dict[str, float]:
    """What modulators leave of mechanisms, or make of them, at constant concentrations."""
    left: dict[str, float] = {}
    used: dict[str, float] = {}
    for name, concentration in assay.modulators.items():
        for one in assay.agents[name].inhibits:
            if one.mechanism not in assay.cells.position:
                continue
            if one.use is not None:
                used[one.mechanism] = used.get(one.mechanism, 0.0) + one.use.value * concentration
            elif one.ki is not None:
                share = _inhibited(
                    assay, one.mechanism, concentration / one.ki.value, one.hill, competes=one.competitive
                )
                left[one.mechanism] = left.get(one.mechanism, 1.0) * (1.0 - one.most * share)
        for raised in assay.agents[name].induces:
            if raised.mechanism in assay.cells.position and concentration > 0.0:
                odds = -raised.hill * math.log(concentration / raised.ec50.value)
                share = 1.0 / (1.0 + math.exp(min(odds, _LARGEST)))
                factor = 1.0 + (raised.most.value - 1.0) * share
                left[raised.mechanism] = left.get(raised.mechanism, 1.0) * factor
    for name, rate in used.items():
        made = turnover(assay.cells.mechanisms[assay.cells.position[name]])
        left[name] = left.get(name, 1.0) * made / (made + rate)
    return left


def _inhibited(assay: Assay, mechanism: str, dose: float, hill: float, *, competes: bool) -> float:
    """Inhibited share at a dose in units of Ki; at a pump that saturates it competes with the drug at its EC50."""
    if dose <= 0.0:
        return 0.0
    steps = assay.cells.steps(assay.drug.name)
    km = next((step.km for step in steps if step.mechanism == mechanism), None)
    if not competes or km is None:
        # A power of a tiny dose is beyond numbers.
        return 1.0 / (1.0 + math.exp(min(-hill * math.log(dose), _LARGEST)))
    pool = 1.0 + sum(s.strength * s.reference for s in steps if s.stage in ("efflux", "detoxification"))
    return dose / (1.0 + _ec50(assay.drug) / pool / km + dose)


def _ec50(drug: Drug) -> float:
    potency = drug.acting.potency
    if potency is None:
        raise ModelError(f"{drug.name!r} has no EC50, at which an inhibitor would compete with it.")
    return potency.ec50.value
