"""Doses to the rates of every genotype over time: the process under therapy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chemoevo import _core
from chemoevo.errors import ModelError
from chemoevo.pharmacology.drugs import Drug
from chemoevo.pharmacology.exposure import plasma_exposure
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.chain import potency_in_cell
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.potency import Potency, ResolvedPotency, find_drug, resolve_potency

if TYPE_CHECKING:
    from chemoevo.process import BranchingProcess

TOLERANCE = 4e-3
MAX_SEGMENTS = 100_000


@dataclass(frozen=True, eq=False)
class TherapyRates:
    """Rates of every genotype under a regimen, constant between breakpoints.

    Attributes
    ----------
    genotypes
        The genotypes; their names are the types.
    breakpoints
        Days from the first dose day, shape (intervals - 1,).
    birth, death
        Per cell and day, shape (intervals, types), read-only. The last interval never ends and has no drug.
    potencies
        Resolved, by drug.
    horizon
        End of all drug effects (days).
    tolerance
        Largest change of an integrated rate by the segments.
    """

    genotypes: Genotypes
    breakpoints: NDArray[np.float64]
    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    potencies: Mapping[str, ResolvedPotency]
    horizon: float
    tolerance: float

    def process(self, *, pulses: Any = None) -> BranchingProcess:
        """The branching process with these rates, mutations as the alterations say, and these pulses."""
        from chemoevo.process import BranchingProcess

        single = len(self.breakpoints) == 0
        return BranchingProcess(
            types=self.genotypes.names,
            birth=self.birth[0] if single else self.birth,
            death=self.death[0] if single else self.death,
            mutation=self.genotypes.mutation or None,
            pulses=pulses,
            breakpoints=None if single else self.breakpoints,
        )


def therapy_rates(
    *,
    regimen: Regimen,
    patient: Patient,
    alterations: Genotypes | Sequence[Alteration],
    birth: float,
    death: float,
    potencies: Sequence[Potency],
    horizon: float,
    drugs: Mapping[str, Drug] | None = None,
    tolerance: float = TOLERANCE,
    halved: bool = False,
    max_segments: int = MAX_SEGMENTS,
) -> TherapyRates:
    """Compiles a regimen to the birth and death rates of every genotype over time.

    Parameters
    ----------
    regimen
        What is given; its first day is time 0.
    patient
        To whom.
    alterations
        The alterations (or their genotypes); each needs an effect entry for every drug of the regimen.
    birth, death
        Rates of sensitive cells without drug (per cell and day), finite and >= 0. Costs lower the birth of carriers.
    potencies
        One a drug of the regimen.
    horizon
        Days until which drug acts, > 0. Doses at or after it are left out and what is still in the body then acts no
        more: from the horizon on the rates are those without drug.
    drugs
        Your own drugs by name, beside those that ship.
    tolerance
        Largest error of a rate integrated from 0 to any time, in [1e-9, 1].
    halved
        Halve every segment afterwards. The change that this makes in an answer estimates the error that segments cause
        in it (the error falls with the square of their length, so three quarters of it goes).
    max_segments
        Largest number of segments, >= 1.

    Returns
    -------
    TherapyRates
        Breakpoints, rates and resolved potencies; `.process()` makes the branching process.

    Raises
    ------
    ModelError
        If a drug has no potency or a potency no drug, an alteration says nothing about a drug, the patient lacks what a
        dose asks for, a number is out of range, or more than `max_segments` segments are needed.

    Notes
    -----
    Every rate is replaced by its mean over a segment, so integrated rates are exact at the breakpoints.
    """
    genotypes = alterations if isinstance(alterations, Genotypes) else Genotypes(alterations)
    by_drug = _pair(regimen, potencies, genotypes, drugs)
    problems = [
        f"{name} must be {rule}; got {value!r}."
        for name, rule, value, good in (
            ("birth", "finite and >= 0", birth, np.isfinite(birth) and birth >= 0),
            ("death", "finite and >= 0", death, np.isfinite(death) and death >= 0),
            ("horizon", "finite and > 0", horizon, np.isfinite(horizon) and horizon > 0),
            ("tolerance", "in [1e-9, 1]", tolerance, 1e-9 <= tolerance <= 1),
            ("max_segments", ">= 1", max_segments, max_segments >= 1),
        )
        if not good
    ]
    if problems:
        raise ModelError(problems)
    resolved = {
        name: resolve_potency(potency, regimen=regimen, patient=patient, drugs=drugs)
        for name, potency in by_drug.items()
    }
    actions = []
    for potency in resolved.values():
        exposure = plasma_exposure(regimen, patient, potency.drug)
        unbound = potency.drug.micromolar_per_mg_per_l * potency.drug.fraction_unbound.value
        of_types = []
        for mask in genotypes.masks:
            carried = [a for bit, a in enumerate(genotypes.alterations) if mask >> bit & 1]
            ec50, emax = potency_in_cell(potency, carried)
            of_types.append((ec50, potency.hill, emax))
        actions.append((exposure, unbound, potency.mode == "cytostatic", of_types))
    births, deaths = genotypes.births(birth), [float(death)] * len(genotypes)
    try:
        arrays = _core.compile_rates(births, deaths, actions, horizon, tolerance, halved, max_segments)
    except ValueError as error:
        raise ModelError(f"The rates cannot be compiled: {error}.") from None
    for array in arrays:
        array.flags.writeable = False
    return TherapyRates(genotypes, *arrays, potencies=resolved, horizon=horizon, tolerance=tolerance)


def growth_process(*, alterations: Genotypes | Sequence[Alteration], birth: float, death: float) -> BranchingProcess:
    """The branching process of the same genotypes without drug.

    Parameters
    ----------
    alterations
        The alterations (or their genotypes).
    birth, death
        Rates of sensitive cells (per cell and day), finite and >= 0. Costs lower the birth of carriers.

    Raises
    ------
    ModelError
        As `Genotypes` and `BranchingProcess`.

    Examples
    --------
    >>> from chemoevo.resistance import alteration, growth_process
    >>> growth_process(alterations=[alteration("ABCB1", mutation=1e-7)], birth=0.139, death=0.1313).types
    ('sensitive', 'ABCB1')
    """
    from chemoevo.process import BranchingProcess

    genotypes = alterations if isinstance(alterations, Genotypes) else Genotypes(alterations)
    return BranchingProcess(
        types=genotypes.names,
        birth=genotypes.births(birth),
        death=[death] * len(genotypes),
        mutation=genotypes.mutation or None,
    )


def compile_therapy(*, pulses: Any = None, **arguments: Any) -> BranchingProcess:
    """The branching process under therapy: `therapy_rates(...).process(pulses=...)`.

    Parameters
    ----------
    pulses
        Pulses of the process, such as surgery.
    arguments
        As for `therapy_rates`.

    Raises
    ------
    ModelError
        As `therapy_rates`.
    """
    return therapy_rates(**arguments).process(pulses=pulses)


def _pair(
    regimen: Regimen, potencies: Sequence[Potency], genotypes: Genotypes, drugs: Mapping[str, Drug] | None
) -> dict[str, Potency]:
    """Potencies by drug, in the order of the regimen; everything that does not fit, at once."""
    problems: list[str] = []
    by_drug: dict[str, Potency] = {}
    for i, potency in enumerate(potencies):
        if not isinstance(potency, Potency):
            raise TypeError(f"potencies[{i}] must be a Potency; got {potency!r}")
        if potency.drug in by_drug:
            problems.append(f"potencies[{i}].drug must appear once; got {potency.drug!r}.")
        elif potency.drug not in regimen.drugs:
            shown = ", ".join(map(repr, regimen.drugs))
            problems.append(f"potencies[{i}].drug must be a drug of the regimen ({shown}); got {potency.drug!r}.")
        by_drug[potency.drug] = potency
    for name in regimen.drugs:
        try:
            find_drug(name, drugs)
        except ModelError as error:
            problems += error.problems
        if name not in by_drug:
            problems.append(f"potencies has no entry for {name!r}. Every drug of the regimen needs one.")
        for alteration in genotypes.alterations:
            try:
                alteration.effect(name)
            except ModelError as error:
                problems += error.problems
    if problems:
        raise ModelError(problems)
    return {name: by_drug[name] for name in regimen.drugs}
