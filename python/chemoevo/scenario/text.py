"""What a scenario will run, in words, with units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.block import block_of
from chemoevo.base.arguments import whole
from chemoevo.base.tables import titled, wrapped
from chemoevo.errors import Problems
from chemoevo.pharmacology.description import doses_text, exposure_text, neutrophils_text, patient_text
from chemoevo.scenario.action_text import action_text
from chemoevo.scenario.niche_therapy_text import niche_therapies_text
from chemoevo.scenario.notes import notes
from chemoevo.scenario.place_text import places_text
from chemoevo.scenario.tumor_text import alterations_text, tumor_text

if TYPE_CHECKING:
    from chemoevo.scenario.compilation import Compiled
    from chemoevo.scenario.fields import ScenarioFields

MOST_RESISTANT = 16
"""Genotypes of which survival of fractions is said."""

MANY = 1e7
"""Mutations per replicate from which a run takes seconds per replicate."""


def scenario_text(
    scenario: ScenarioFields, compiled: Compiled, *, replicates: int | range | None, seed: int | None
) -> str:
    """Tumor, alterations, regimen and exposure, calibration, compilation, simulation."""
    problems = Problems()
    if replicates is not None and not isinstance(replicates, range):
        whole(problems, "replicates", replicates, 1, 2**40)
    if seed is not None:
        whole(problems, "seed", seed, 0, None)
    problems.raise_if_any()
    parts = [
        tumor_text(scenario, compiled.growth),
        *places_text(scenario, compiled.growth),
        alterations_text(scenario),
        _radiotherapy(scenario),
        *([] if scenario.regimen is None else [_doses(scenario), action_text(scenario, compiled)]),
        niche_therapies_text(scenario),
        _follow_up(scenario),
    ]
    about = wrapped(scenario.notes or "", hanging="")
    name = wrapped(scenario.name, hanging="")
    return "\n\n".join([name, *filter(None, [about, *parts]), _simulation(scenario, compiled, replicates, seed)])


def _radiotherapy(scenario: ScenarioFields) -> str:
    if not scenario.radiotherapy:
        return ""
    lines = [] if scenario.regimen is not None else [f"NOTE: {note}" for note in notes(scenario)]
    factors = dict(zip(scenario.genotypes.names, scenario.genotypes.radiosensitivity.tolist(), strict=True))
    resistant = {name: factor for name, factor in factors.items() if factor != 1}
    for course in scenario.radiotherapy:
        each, ratio = float(course.survival()), course.alpha.value / course.quadratic
        lines += [
            course.text(),
            f"alpha {course.alpha.value:g} per Gy, beta {course.quadratic:g} per Gy2 (alpha/beta {ratio:.4g} Gy), "
            f"{course.number * course.dose:g} Gy, biologically effective {course.bed():.4g} Gy",
            f"a cell survives a fraction with probability {each:.4g}, all with {each**course.number:.3g}, in air",
            *(
                f"in {niche.name} at {niche.oxygen:g} mmHg a fraction with {float(course.survival(niche.oxygen)):.4g}"
                for niche in scenario.tumor.niches
                if niche.oxygen is not None
            ),
            *(
                f"{name}: alpha and beta x {factor:g}, a fraction {float(course.survival(sensitivity=factor)):.4g}"
                for name, factor in list(resistant.items())[:MOST_RESISTANT]
            ),
        ]
    if any(one.oxygen is not None for one in scenario.niche_therapies):
        lines.append("each fraction meets the oxygen of its day, which niche therapies move; said here is that without")
    return "\n".join(titled("Radiotherapy (each fraction at an instant)", *lines))


def _doses(scenario: ScenarioFields) -> str:
    regimen, patient = scenario.regimen, scenario.patient
    own = {drug.name: drug for drug in scenario.drugs}
    said = [regimen.cite] if regimen.cite else []
    if about := patient_text(patient, regimen.drugs):
        said.append(f"patient: {about}")
    said += [f"NOTE: {note}" for note in notes(scenario)]
    return "\n".join(
        [
            *titled(f"Regimen: {regimen.name}", *said),
            doses_text(regimen, patient, scenario.inert),
            "",
            "Exposure in the first cycle (total plasma concentration)",
            exposure_text(scenario.acting, patient, list(scenario.active_drugs.values())),
            "",
            neutrophils_text(scenario.acting, patient, own, until=scenario.follow_up.horizon),
        ]
    )


def _follow_up(scenario: ScenarioFields) -> str:
    rule, follow, asked = scenario.progression, scenario.follow_up, scenario.questions
    return "\n".join(
        titled(
            f"Follow-up, from {'day 0' if scenario.regimen is None else 'the first dose'}",
            f"looks every {follow.looks_every:g} days, horizon {follow.horizon:g} days",
            f"progression: at a look, {rule.ratio:g} times the smallest total so far and >= {rule.size:.3g} cells",
            "cure: no cell at the horizon"
            + ("" if scenario.clonogenic is None else " but damaged ones, which only die"),
            *([] if asked is None or not asked.ask else [f"asked besides: {', '.join(asked.ask).replace('_', ' ')}"]),
        )
    )


def _simulation(scenario: ScenarioFields, compiled: Compiled, replicates: int | range | None, seed: int | None) -> str:
    number = scenario.simulation.replicates if replicates is None else replicates
    count = len(number) if isinstance(number, range) else number
    chosen = scenario.simulation.seed if seed is None else seed
    growing, treated = compiled.mutations
    names, sizes = np.array(compiled.therapy.types), dict(compiled.growth.parts)
    engines = [
        scenario.simulation.engine
        if scenario.simulation.engine != "auto"
        else "auto"
        if scenario.capacities
        else _core.exact_engine(process.compiled, np.array([cells.get(str(n), 0) for n in names], np.int64), until)
        for process, cells, until in (
            (compiled.growth.process, {compiled.growth.parts[0][0]: 1}, compiled.growth.longest),
            (compiled.therapy, sizes, scenario.follow_up.horizon),
        )
    ]
    events = "mutations and switches" if compiled.growth.process.switching else "mutations"
    # Cells that compete have words of their own.
    leaps = [
        scenario.simulation.engine == "auto" and not scenario.capacities and expected > _core.LEAPS_ABOVE
        for expected in compiled.mutations
    ]
    named = [f"{engine} or leap" if leap else engine for engine, leap in zip(engines, leaps, strict=True)]
    lines = [
        f"{count} replicates, seed {'fresh' if chosen is None else chosen}, engine {named[0]} for growth, "
        f"{named[1]} for therapy",
        f"expected {events} per replicate: {growing:.3g} in growth, {treated:.3g} in therapy",
        f"therapy in {len(compiled.therapy.birth)} segments of constant rates; rate_error {compiled.rate_error:.1e} "
        "(largest relative change of the answers with halved segments)",
    ]
    if "auto" in engines:
        lines.append("auto, where cells compete: direct, which is exact, or leap where events are many")
    if any(leaps):
        lines.append(
            f"leap, within a tolerance, in replicates in which {events} to follow would be more than "
            f"{_core.LEAPS_ABOVE:.0e}; exact=True never leaps"
        )
    simulated = _events(scenario, compiled)
    if "direct" in engines and simulated > MANY:
        lines.append(
            f"WARNING: engine direct simulates every event, about {simulated:.1e} of them per replicate. "
            'Take engine = "auto".'
        )
    if growing + treated > MANY and scenario.simulation.engine == "bnb":
        lines.append(
            f"WARNING: more than {MANY:.0e} {events} per replicate, which engine bnb follows one by one. "
            'Take engine = "leap", or "auto".'
        )
    return "\n".join(titled("Simulation", *lines))


def _events(scenario: ScenarioFields, compiled: Compiled) -> float:
    """Expected divisions, deaths and switches, until detection, of cells as the first ones were."""
    tumor, process = scenario.tumor, compiled.growth.process
    if compiled.growth.crowded is not None:
        return compiled.growth.crowded.events
    each, events = process.divisions[0] + process.deaths[0], 0.0
    for source, _, rate in process.switches.in_interval(0):
        each[source] += rate
    for name, cells in compiled.growth.parts:
        first = process.types.index(name)
        if not (tumor.niches or tumor.phenotypes):
            birth, death = float(process.birth[0, first]), float(process.death[0, first])
            events += cells * (birth + death) / (birth - death)
        else:
            block = block_of(process, first)
            events += cells * float(block.shares @ each) / block.rate
    return events
