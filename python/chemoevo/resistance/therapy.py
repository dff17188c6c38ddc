"""Doses to the rates of every genotype over time: the process under therapy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chemoevo import _core
from chemoevo.base.arguments import real, whole
from chemoevo.base.specification import note_part
from chemoevo.errors import ModelError, Problems, collect
from chemoevo.pharmacology.library import OwnDrugs
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.process.transitions import Transitions, joined
from chemoevo.resistance.actions import Acted, acting, pair
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.cell_types import CellTypes
from chemoevo.resistance.cells import Biology
from chemoevo.resistance.checks import Untouched, biology_of
from chemoevo.resistance.genotypes import Edges, Genotypes
from chemoevo.resistance.interaction import Interaction
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.niche_therapies import NicheTherapy
from chemoevo.resistance.potency import Potency, ResolvedPotency

if TYPE_CHECKING:
    from chemoevo.process.branching import BranchingProcess
    from chemoevo.process.competition import Competition

TOLERANCE = 4e-3
MAX_SEGMENTS = 100_000


@dataclass(frozen=True, eq=False)
class TherapyRates:
    """Rates of every type of cells under a regimen, constant between breakpoints.

    Attributes
    ----------
    types
        The types: genotypes, in every niche and phenotype where the tumor has some.
    breakpoints
        Days from the first dose day, shape (intervals - 1,).
    birth, death
        Per cell and day, shape (intervals, types), read-only. The last interval never ends and has no drug.
    driven
        Transitions that drugs drive, shape (intervals, len(pairs)), read-only: per cell and day, or per division.
    pairs
        What they are: from, to, and whether it is a mutation.
    switching
        Rates (per cell and day) of all steps without a division, without drugs.
    cells
        Hours: edges of the cells of quadrature, finer than the intervals, from 0 to the horizon.
    potencies
        Resolved, by drug.
    horizon
        End of all drug effects (days).
    tolerance
        Largest change of an integrated rate by the segments.
    undrugged
        Death rates (per cell and day) without drugs, shape (types,): those of the last interval of what was compiled.
    """

    types: CellTypes
    breakpoints: NDArray[np.float64]
    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    driven: NDArray[np.float64]
    pairs: tuple[tuple[str, str, bool], ...]
    switching: Edges
    cells: NDArray[np.float64]
    potencies: Mapping[str, ResolvedPotency]
    horizon: float
    tolerance: float
    undrugged: NDArray[np.float64]

    def __repr__(self) -> str:
        what = "genotypes" if self.types.is_plain else "types"
        return f"TherapyRates({len(self.types)} {what}, {len(self.birth)} segments, {self.horizon:g} days)"

    @property
    def genotypes(self) -> Genotypes:
        """The genotypes."""
        return self.types.genotypes

    def process(self, *, pulses: Any = None, competition: Competition | None = None) -> BranchingProcess:
        """The branching process with these rates, mutations as the alterations say, these pulses, and competition."""
        from chemoevo.process.branching import BranchingProcess

        single = len(self.breakpoints) == 0
        birth, death, *tables = transitions(self, self.birth, self.death, self.driven)
        mutation, switching = (table if len(table) else None for table in tables)
        return BranchingProcess(
            types=self.types.names,
            birth=birth[0] if single or birth.strides[0] == 0 else birth,
            death=death[0] if single else death,
            mutation=mutation,  # type: ignore[arg-type]
            switching=switching,  # type: ignore[arg-type]
            pulses=pulses,
            breakpoints=None if single else self.breakpoints,
            competition=competition,
        )


def transitions(
    rates: TherapyRates, birth: NDArray[np.float64], death: NDArray[np.float64], driven: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], Transitions | Edges, Transitions | Edges]:
    """Births, deaths, mutations and switches of a process from rates of the types of `rates`, in any intervals.

    Where cells die late, what drugs add to death is a switch to the first stage of damage.
    """
    types = rates.types
    moving: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for start, to, is_mutation in rates.pairs:
        moving[is_mutation].append((start, to))
    if moving[True]:
        mutates = np.array([one for *_, one in rates.pairs])
        of_mutation, of_switching = driven[:, mutates], driven[:, ~mutates]
    else:
        of_mutation, of_switching = driven[:, :0], driven
    late = types.place.late_death
    if late is not None:
        alive = len(types.alive)
        killed = np.maximum(death[:, :alive] - rates.undrugged[:alive], 0.0)
        death = death.copy()
        death[:, :alive] = rates.undrugged[:alive]
        first = [types.damaged[niche * late.stages] for niche in types.of_niche.tolist()]
        moving[False] += zip(types.alive, first, strict=True)
        of_switching = np.hstack([of_switching, killed])
    tables = ((types.mutation, moving[True], of_mutation), (rates.switching, moving[False], of_switching))
    mutation, switching = (
        joined(still, pairs, values, types.names) if pairs else still for still, pairs, values in tables
    )
    return birth, death, mutation, switching


def therapy_rates(
    *,
    regimen: Regimen,
    patient: Patient,
    alterations: CellTypes | Genotypes | Alteration | Sequence[Alteration],
    birth: float,
    death: float,
    potencies: Potency | Sequence[Potency],
    horizon: float,
    drugs: OwnDrugs | None = None,
    interactions: Sequence[Interaction] = (),
    mechanisms: Mechanism | Sequence[Mechanism] = (),
    expressions: Mapping[str, float] | None = None,
    assume_untouched: Untouched = False,
    niche_therapies: Sequence[NicheTherapy] = (),
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
        The alterations (or their genotypes, or types with niches and phenotypes); of every mechanism that they change
        something must be known with every drug of the regimen.
    birth, death
        Rates of sensitive cells without drug (per cell and day), finite and >= 0. Costs lower the birth of carriers.
    potencies
        One per drug of the regimen; modulators, which only change mechanisms, need none.
    horizon
        Days until which drug acts, > 0. Doses at or after it are left out and what is still in the body then acts no
        more: from the horizon on the rates are those without drug.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    interactions
        How drugs act together; without one their hazards add.
    mechanisms
        Your own mechanisms, beside those that ship; one of a name that ships replaces it.
    expressions
        Of cells without alterations: expression of mechanisms by name, where it is not that of the reference lines.
    assume_untouched
        Pairs (mechanism, drug) of which nothing is known and that are taken as untouched, or True for all of them.
    niche_therapies
        Drugs that change niches over time.
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
    types = collect(problems, lambda: _types(alterations))
    for name, rate in (("birth", birth), ("death", death)):
        real(problems, name, rate, "must be finite and >= 0", 0.0)
    real(problems, "horizon", horizon, "must be finite and > 0", 0.0, above=True)
    real(problems, "tolerance", tolerance, "must be in [1e-9, 1]", 1e-9, 1.0)
    whole(problems, "max_segments", max_segments, 1, None)
    if not isinstance(halved, bool):
        problems.type("halved", "must be True or False", halved)
    none = CellTypes(Genotypes([])) if types is None else types
    biology = collect(problems, lambda: biology_of(mechanisms, expressions))
    there = Biology() if biology is None else biology
    collect(problems, lambda: _check(interactions))
    together = () if problems else interactions
    paired = collect(
        problems,
        lambda: pair(regimen, potencies, none, drugs, there, assume_untouched, niche_therapies, together),
    )
    problems.raise_if_any()
    assert types is not None
    assert paired is not None
    acted = acting(
        paired,
        birth=birth,
        death=death,
        regimen=regimen,
        patient=patient,
        types=types,
        interactions=interactions,
        niche_therapies=niche_therapies,
    )
    options = _core.CompileOptions(horizon=horizon, tolerance=tolerance, halved=halved, max_segments=max_segments)
    try:
        table = _core.compile_rates(acted.core, options)
    except ValueError as error:
        raise ModelError(f"The rates cannot be compiled: {error}.") from None
    return TherapyRates(
        types,
        table.breakpoints,
        _births(table),
        table.death,
        table.driven,
        acted.driven,
        acted.switching,
        table.cells,
        potencies=acted.resolved,
        horizon=horizon,
        tolerance=tolerance,
        # The last interval has no drug.
        undrugged=table.death[-1],
    )


def _births(table: _core.RateTable) -> NDArray[np.float64]:
    """(intervals, types), read-only; rows that are all the same are one in memory."""
    return np.broadcast_to(table.birth, table.death.shape)


def rates_on(compiled: TherapyRates, **arguments: Any) -> TherapyRates:
    """Rates on the intervals and cells of what was compiled before.

    Arguments as for `therapy_rates`, and as good as those of `compiled`. Doses must start and end at edges of cells.
    """
    acted = _acting(**arguments)
    table = _core.rates_on(acted.core, compiled.cells, compiled.breakpoints)
    return replace(
        compiled,
        types=CellTypes.of(arguments["alterations"]),
        birth=_births(table),
        death=table.death,
        driven=table.driven,
        pairs=acted.driven,
        switching=acted.switching,
        undrugged=table.death[-1],
    )


def instant_rates(hours: NDArray[np.float64], **arguments: Any) -> _core.Rates:
    """Rates at instants, each of shape (times, ...); arguments as for `therapy_rates`."""
    return _core.rates_at(_acting(**arguments).core, hours)


def oxygen_at(hours: NDArray[np.float64], **arguments: Any) -> NDArray[np.float64]:
    """Oxygen of every niche over that without drugs, (niches, times), at instants; arguments as for `therapy_rates`."""
    core = _acting(**arguments).core
    number = len(CellTypes.of(arguments["alterations"]).niches)
    return np.array([core.oxygen(k, hours) for k in range(number)])


def _acting(
    *,
    regimen: Regimen,
    patient: Patient,
    alterations: CellTypes | Genotypes,
    birth: float,
    death: float,
    potencies: Potency | Sequence[Potency],
    drugs: OwnDrugs | None = None,
    interactions: Sequence[Interaction] = (),
    mechanisms: Mechanism | Sequence[Mechanism] = (),
    expressions: Mapping[str, float] | None = None,
    assume_untouched: Untouched = False,
    niche_therapies: Sequence[NicheTherapy] = (),
) -> Acted:
    biology, types = biology_of(mechanisms, expressions), CellTypes.of(alterations)
    paired = pair(regimen, potencies, types, drugs, biology, assume_untouched, niche_therapies)
    return acting(
        paired,
        birth=birth,
        death=death,
        regimen=regimen,
        patient=patient,
        types=types,
        interactions=interactions,
        niche_therapies=niche_therapies,
    )


def _check(interactions: Sequence[Interaction]) -> None:
    problems = Problems()
    if isinstance(interactions, str | Mapping) or not isinstance(interactions, Sequence):
        problems.type("interactions", "must be a list of Interaction", interactions)
        problems.raise_if_any()
    for i, one in enumerate(interactions):
        note_part(problems, f"interactions[{i}]", one, Interaction)
    problems.raise_if_any()


def growth_process(
    *,
    alterations: CellTypes | Genotypes | Alteration | Sequence[Alteration],
    birth: float,
    death: float,
    escapes: NDArray[np.float64] | None = None,
    competition: Competition | None = None,
) -> BranchingProcess:
    """The branching process of the same types without drug.

    Parameters
    ----------
    alterations
        The alterations (or their genotypes, or types with niches and phenotypes).
    birth, death
        Rates of sensitive cells (per cell and day), finite and >= 0. Costs lower the birth of carriers.
    escapes
        Factor on immune kill of every type that is alive; None for 1.
    competition
        How cells compete; None: they do not.

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

    types = _types(alterations)
    problems = Problems()
    birth = real(problems, "birth", birth, "must be finite and >= 0 (per day)", 0.0)
    death = real(problems, "death", death, "must be finite and >= 0 (per day)", 0.0)
    problems.raise_if_any()
    return BranchingProcess(
        types=types.names,
        birth=types.births(birth),
        death=types.deaths(death, escapes),
        mutation=types.mutation or None,
        switching=types.switching(birth, death, escapes) or None,
        competition=competition,
    )


def _types(alterations: CellTypes | Genotypes | Alteration | Sequence[Alteration]) -> CellTypes:
    if isinstance(alterations, CellTypes | Genotypes):
        return CellTypes.of(alterations)
    return CellTypes(Genotypes(alterations))


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
