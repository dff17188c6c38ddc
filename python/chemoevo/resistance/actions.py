"""What every drug of a regimen does to every genotype, as the core takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chemoevo import _core
from chemoevo.base.specification import note_part
from chemoevo.errors import Problems, collect
from chemoevo.pharmacology.library import OwnDrugs, find_drug, note_own
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.cell_types import CellTypes
from chemoevo.resistance.cells import Biology, Cells
from chemoevo.resistance.checks import Untouched, note_mechanisms, note_mutation, note_potencies, only_modulators
from chemoevo.resistance.drives import Drives
from chemoevo.resistance.exposed import Exposed, acts_on_cycling, note_drugs_of_place, scales
from chemoevo.resistance.genotypes import Edges
from chemoevo.resistance.interaction import Interaction, note_interactions, together
from chemoevo.resistance.moved import note_niche_therapies
from chemoevo.resistance.niche_therapies import NicheTherapy
from chemoevo.resistance.opened import Opened
from chemoevo.resistance.potency import Potency, ResolvedPotency, resolve_potency
from chemoevo.resistance.usable import note_usable


@dataclass(frozen=True)
class Acted:
    """What rates are compiled from.

    Attributes
    ----------
    resolved
        Resolved potencies, by drug.
    core
        Types and niches with their drugs, as the core takes them.
    driven
        Transitions that drugs drive, in the order of the core: from, to, and whether it is a mutation.
    switching
        Rates (per cell and day) of all steps without a division, without drugs.
    """

    resolved: dict[str, ResolvedPotency]
    core: _core.Acting
    driven: tuple[tuple[str, str, bool], ...]
    switching: Edges


class Paired(NamedTuple):
    """Potencies by drug, in the order of the regimen, and the cells on which all drugs of it act."""

    potencies: dict[str, Potency]
    cells: Cells


def acting(
    paired: Paired,
    *,
    birth: float,
    death: float,
    regimen: Regimen,
    patient: Patient,
    types: CellTypes,
    interactions: Sequence[Interaction],
    niche_therapies: Sequence[NicheTherapy] = (),
) -> Acted:
    """All that rates are compiled from, of what `pair` found.

    Raises
    ------
    ModelError
        As `resolve_potency`.
    """
    by_drug, cells = paired.potencies, paired.cells
    known = cells.drugs
    resolved = {
        name: resolve_potency(
            potency, regimen=regimen, patient=patient, drugs=known, cell=cells.first(known[name]), birth=birth
        )
        for name, potency in by_drug.items()
    }
    exposed = {name: Exposed(regimen, patient, drug, types) for name, drug in known.items()}
    switching = types.switching(birth, death, cells.escapes)
    driven = Drives(types, by_drug, switching)
    rules = together(interactions, list(resolved))
    modulators = cells.modulators()
    inhibitors, used_up, inducers = cells.modulation(list(modulators))
    niches = []
    for k, niche in enumerate(types.niches):
        there, opened = np.flatnonzero(types.of_niche == k), Opened(niche_therapies, niche)
        actions = []
        for name, potency in resolved.items():
            line = _core.Potency(potency.ec50, potency.hill, potency.emax)
            steps = [step.placed(cells.position) for step in cells.steps(name)]
            place, ratio = exposed[name].at(k, potency.drug.acting_compartment, moves=opened.moves(potency.drug))
            unbound, scaled = potency.drug.unbound_micromolar * ratio, scales(cells, potency, by_drug[name], k)
            # Immune kill that is unmasked adds to death as any kill does.
            mode = "cytotoxic" if potency.mode == "unmask" else potency.mode
            cycling = acts_on_cycling(potency)
            drug = _core.Drug(exposed[name].course, place, unbound, mode, line, steps, scaled, cycling=cycling)
            actions.append(drug)
        agents = []
        for name, given in modulators.items():
            place, ratio = exposed[name].at(k, 0, moves=opened.moves(given))
            unbound = given.micromolar_per_mg_per_l * given.unbound_share * ratio
            agents.append(_core.Agent(exposed[name].course, place, unbound))
        for name in opened.agents:
            # Vessels are where plasma is.
            unbound = known[name].micromolar_per_mg_per_l * known[name].unbound_share
            agents.append(_core.Agent(exposed[name].course, 0, unbound))
        niches.append(
            _core.Niche(
                there.tolist(),
                actions,
                expressions=np.ascontiguousarray(cells.expressions[:, there]),
                agents=agents,
                inhibitors=inhibitors,
                used_up=used_up,
                inducers=inducers,
                together=rules,
                driven=driven.of_niche(k),
                moving=opened.core(cells, exposed, by_drug, k, modulators),
            )
        )
    made = _core.Acting(types.births(birth), types.deaths(death, cells.escapes), niches)
    return Acted(resolved, made, driven.pairs, switching)


def pair(
    regimen: Regimen,
    potencies: Potency | Sequence[Potency],
    types: CellTypes,
    drugs: OwnDrugs | None,
    biology: Biology,
    untouched: Untouched,
    niche_therapies: Sequence[NicheTherapy] = (),
    interactions: Sequence[Interaction] = (),
) -> Paired:
    """Potencies by drug, in the order of the regimen, and cells; everything that does not fit, at once."""
    problems = Problems()
    note_part(problems, "regimen", regimen, Regimen)
    if isinstance(potencies, Potency):
        potencies = [potencies]
    if isinstance(potencies, str | Mapping) or not isinstance(potencies, Iterable):
        problems.type("potencies", "must be a list of Potency", potencies)
        potencies = ()
    potencies = tuple(potencies)
    for i, potency in enumerate(potencies):
        note_part(problems, f"potencies[{i}]", potency, Potency)
    written = note_own(problems, drugs)
    problems.raise_if_any()
    found = {
        name: drug
        for name in regimen.drugs
        if (drug := collect(problems, lambda name=name: find_drug(name, written))) is not None  # type: ignore[misc]
    }
    modulators = only_modulators(found, potencies, niche_therapies)
    note_potencies(problems, potencies, regimen.drugs, modulators)
    note_interactions(problems, interactions, regimen.drugs, potencies, modulators=modulators)
    note_usable(problems, found, potencies, niche_therapies)
    acting_drugs = [name for name in found if name not in modulators]
    cells = note_mechanisms(problems, types, biology, found, untouched, acting=acting_drugs)
    own = written.values()
    note_drugs_of_place(problems, types.place, found, potencies, own=own, modulators=modulators)
    note_mutation(problems, types.genotypes, potencies)
    coming = {name: drug for name, drug in found.items() if name in acting_drugs or drug.changes}
    note_niche_therapies(problems, niche_therapies, types.place.niches, found, coming)
    problems.raise_if_any()
    by_drug = {potency.drug: potency for potency in potencies}
    assert cells is not None
    return Paired({name: by_drug[name] for name in regimen.drugs if name in by_drug}, cells)
