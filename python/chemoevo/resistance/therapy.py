"""Doses to the rates of every genotype over time: the process under therapy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chemoevo import _core
from chemoevo.base.arguments import real, whole
from chemoevo.base.specification import note_part
from chemoevo.errors import ModelError, Problems, collect
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.actions import acting, pair
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.cells import Biology
from chemoevo.resistance.checks import Untouched, biology_of
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.interaction import Interaction, note_interactions
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.potency import Potency, ResolvedPotency

if TYPE_CHECKING:
    from chemoevo.process.branching import BranchingProcess

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
    cells
        Hours: edges of the cells of quadrature, finer than the intervals, from 0 to the horizon.
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
    cells: NDArray[np.float64]
    potencies: Mapping[str, ResolvedPotency]
    horizon: float
    tolerance: float

    def __repr__(self) -> str:
        return f"TherapyRates({len(self.genotypes)} genotypes, {len(self.birth)} segments, {self.horizon:g} days)"

    def process(self, *, pulses: Any = None) -> BranchingProcess:
        """The branching process with these rates, mutations as the alterations say, and these pulses."""
        from chemoevo.process.branching import BranchingProcess

        single = len(self.breakpoints) == 0
        return BranchingProcess(
            types=self.genotypes.names,
            birth=self.birth[0] if single else self.birth,
            death=self.death[0] if single else self.death,
            mutation=self.genotypes.mutation or None,
            switching=self.genotypes.switching or None,
            pulses=pulses,
            breakpoints=None if single else self.breakpoints,
        )


def therapy_rates(
    *,
    regimen: Regimen,
    patient: Patient,
    alterations: Genotypes | Alteration | Sequence[Alteration],
    birth: float,
    death: float,
    potencies: Potency | Sequence[Potency],
    horizon: float,
    drugs: Mapping[str, Drug] | None = None,
    interactions: Sequence[Interaction] = (),
    mechanisms: Mechanism | Sequence[Mechanism] = (),
    expressions: Mapping[str, float] | None = None,
    assume_untouched: Untouched = False,
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
        The alterations (or their genotypes); of every mechanism that they change something must be known with every
        drug of the regimen.
    birth, death
        Rates of sensitive cells without drug (per cell and day), finite and >= 0. Costs lower the birth of carriers.
    potencies
        One per drug of the regimen; modulators, which only change mechanisms, need none.
    horizon
        Days until which drug acts, > 0. Doses at or after it are left out and what is still in the body then acts no
        more: from the horizon on the rates are those without drug.
    drugs
        Your own drugs by name, beside those that ship.
    interactions
        How drugs act together; without one their hazards add.
    mechanisms
        Your own mechanisms, beside those that ship; one of a name that ships replaces it.
    expressions
        Of cells without alterations: expression of mechanisms by name, where it is not that of the reference lines.
    assume_untouched
        Pairs (mechanism, drug) of which nothing is known and that are taken as untouched, or True for all of them.
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
        If a drug has no potency or a potency no drug, an interaction is of other drugs, nothing is known of a mechanism
        and a drug, the patient lacks what a dose asks for, a number is out of range, or more than `max_segments`
        segments are needed.
    TypeError
        If an argument is of another type.

    Notes
    -----
    Every rate is replaced by its mean over a segment, so integrated rates are exact at the breakpoints.
    """
    problems = Problems()
    note_part(problems, "patient", patient, Patient)
    genotypes = collect(problems, lambda: _genotypes(alterations))
    for name, rate in (("birth", birth), ("death", death)):
        real(problems, name, rate, "must be finite and >= 0", 0.0)
    real(problems, "horizon", horizon, "must be finite and > 0", 0.0, above=True)
    real(problems, "tolerance", tolerance, "must be in [1e-9, 1]", 1e-9, 1.0)
    whole(problems, "max_segments", max_segments, 1, None)
    if not isinstance(halved, bool):
        problems.type("halved", "must be True or False", halved)
    none = Genotypes([]) if genotypes is None else genotypes
    biology = collect(problems, lambda: biology_of(mechanisms, expressions))
    there = Biology() if biology is None else biology
    by_drug = collect(problems, lambda: pair(regimen, potencies, none, drugs, there, assume_untouched))
    if by_drug is not None:
        collect(problems, lambda: _note(interactions, by_drug))
    problems.raise_if_any()
    assert genotypes is not None
    assert by_drug is not None
    resolved, made = acting(
        by_drug,
        birth=birth,
        death=death,
        regimen=regimen,
        patient=patient,
        genotypes=genotypes,
        drugs=drugs,
        biology=there,
        interactions=interactions,
    )
    options = _core.CompileOptions(horizon=horizon, tolerance=tolerance, halved=halved, max_segments=max_segments)
    try:
        table = _core.compile_rates(made, options)
    except ValueError as error:
        raise ModelError(f"The rates cannot be compiled: {error}.") from None
    arrays = (table.breakpoints, table.birth, table.death, table.cells)
    return TherapyRates(genotypes, *arrays, potencies=resolved, horizon=horizon, tolerance=tolerance)


def rates_on(compiled: TherapyRates, **arguments: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Birth and death rates, of shape (intervals, types), on the intervals and cells of what was compiled before.

    Arguments as for `therapy_rates`, and as good as those of `compiled`. Doses must start and end at edges of cells.
    """
    table = _core.rates_on(_acting(**arguments), compiled.cells, compiled.breakpoints)
    return table.birth, table.death


def instant_rates(hours: NDArray[np.float64], **arguments: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Birth and death rates, of shape (times, types), at instants; arguments as for `therapy_rates`."""
    rates = _core.rates_at(_acting(**arguments), hours)
    return rates.birth, rates.death


def _acting(
    *,
    regimen: Regimen,
    patient: Patient,
    alterations: Genotypes,
    birth: float,
    death: float,
    potencies: Potency | Sequence[Potency],
    drugs: Mapping[str, Drug] | None = None,
    interactions: Sequence[Interaction] = (),
    mechanisms: Mechanism | Sequence[Mechanism] = (),
    expressions: Mapping[str, float] | None = None,
    assume_untouched: Untouched = False,
) -> _core.Acting:
    biology = biology_of(mechanisms, expressions)
    by_drug = pair(regimen, potencies, alterations, drugs, biology, assume_untouched)
    return acting(
        by_drug,
        birth=birth,
        death=death,
        regimen=regimen,
        patient=patient,
        genotypes=alterations,
        drugs=drugs,
        biology=biology,
        interactions=interactions,
    )[1]


def _note(interactions: Sequence[Interaction], by_drug: Mapping[str, Potency]) -> None:
    problems = Problems()
    if isinstance(interactions, str | Mapping) or not isinstance(interactions, Sequence):
        problems.type("interactions", "must be a list of Interaction", interactions)
        problems.raise_if_any()
    for i, one in enumerate(interactions):
        note_part(problems, f"interactions[{i}]", one, Interaction)
    problems.raise_if_any()
    note_interactions(problems, interactions, list(by_drug), list(by_drug.values()))
    problems.raise_if_any()


def growth_process(
    *, alterations: Genotypes | Alteration | Sequence[Alteration], birth: float, death: float
) -> BranchingProcess:
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
    from chemoevo.process.branching import BranchingProcess

    genotypes = _genotypes(alterations)
    problems = Problems()
    birth = real(problems, "birth", birth, "must be finite and >= 0 (per day)", 0.0)
    death = real(problems, "death", death, "must be finite and >= 0 (per day)", 0.0)
    problems.raise_if_any()
    return BranchingProcess(
        types=genotypes.names,
        birth=genotypes.births(birth),
        death=[death] * len(genotypes),
        mutation=genotypes.mutation or None,
        switching=genotypes.switching or None,
    )


def _genotypes(alterations: Genotypes | Alteration | Sequence[Alteration]) -> Genotypes:
    return alterations if isinstance(alterations, Genotypes) else Genotypes(alterations)


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
