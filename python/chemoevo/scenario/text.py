"""What a scenario will run, in words, with units."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.base.arguments import whole
from chemoevo.base.tables import text_table
from chemoevo.errors import Problems
from chemoevo.pharmacology import drug_names, plasma_exposure

if TYPE_CHECKING:
    from chemoevo.pharmacology import Factors, Patient
    from chemoevo.resistance.alterations import Alteration, Effect
    from chemoevo.scenario.compilation import Compiled
    from chemoevo.scenario.fields import ScenarioFields

LN10 = math.log(10.0)

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
        _tumor(scenario),
        _alterations(scenario),
        _doses(scenario, compiled),
        _action(scenario, compiled),
        _follow_up(scenario),
    ]
    notes = textwrap.fill(" ".join((scenario.notes or "").split()), 110)
    return "\n\n".join(
        [scenario.name, *filter(None, [notes, *parts]), _simulation(scenario, compiled, replicates, seed)]
    )


def _tumor(scenario: ScenarioFields) -> str:
    tumor = scenario.tumor
    net = tumor.birth - tumor.death
    lines = [
        "Tumor (cells without alterations, no drug)",
        f"  division {tumor.birth:g} per day, death {tumor.death:g} per day, net growth {net:.4g} per day",
        f"  doubling time {math.log(2.0) / net:.3g} days, potential doubling time "
        f"{math.log(2.0) / tumor.birth:.3g} days, turnover (deaths per division) {tumor.death / tumor.birth:.4g}",
        f"  grown from one cell to {tumor.size:.6g} cells; a tumor that dies out first starts again "
        f"({1.0 - tumor.death / tumor.birth:.3g} of them survive)",
    ]
    if scenario.surgery is not None:
        left = scenario.surgery.survival(tumor.size)
        lines.append(
            f"  resected at the first dose (day 0): each cell is left with probability {left:.3g}, "
            f"on average {left * tumor.size:.6g} cells"
        )
    return "\n".join(lines)


def _alterations(scenario: ScenarioFields) -> str:
    alterations = scenario.tumor.alterations
    if not alterations:
        return "Alterations: none (1 genotype)"
    total = sum(a.mutation for a in alterations)
    rows = [(a.name, a.stage, f"{a.mutation:.3g}", f"{a.cost:g}", a.title or "") for a in alterations]
    return "\n".join(
        [
            f"Alterations ({len(scenario.genotypes)} genotypes; probabilities that one daughter of a division mutates, "
            f"together {total:.3g})",
            text_table(("name", "acts on", "a division", "cost (of birth)", "what"), rows),
            "",
            "What they do to each drug (factors on EC50 and Emax of carriers; in brackets how sure: R read,",
            "P partly read, B background knowledge, C computed)",
            text_table(("name", *scenario.regimen.drugs), [_effects(scenario, a) for a in alterations]),
        ]
    )


def _effects(scenario: ScenarioFields, alteration: Alteration) -> tuple[str, ...]:
    by_drug = {effect.drug: effect for effect in alteration.effects}
    return (alteration.name, *(_effect(by_drug[drug]) for drug in scenario.regimen.drugs))


def _effect(effect: Effect) -> str:
    factors = []
    if effect.strength is not None:
        factors.append(f"strength {effect.strength:g}")
    ec50 = effect.fold if effect.fold is not None else effect.threshold
    if ec50 is not None and ec50 != 1.0:
        factors.append(f"EC50 x {ec50:g}")
    if effect.ceiling is not None and effect.ceiling != 1.0:
        factors.append(f"Emax x {effect.ceiling:g}")
    return (", ".join(factors) or "none") + (f" [{effect.tag}]" if effect.tag else "")


def _doses(scenario: ScenarioFields, compiled: Compiled) -> str:
    regimen, patient = scenario.regimen, scenario.patient
    rows = []
    for phase in regimen.phases:
        for dose in phase.doses:
            days = ", ".join(map(str, dose.days))
            hour = f" (from hour {dose.start_hours:g})" if dose.start_hours else ""
            schedule = f"day {days} of {phase.cycle_length_days:g}{hour}, {phase.cycles} cycles"
            amount = f"{dose.amount:g} {'AUC (mg min/mL)' if dose.unit == 'AUC' else dose.unit}"
            given = f"{dose.milligrams(patient):.4g} mg over {dose.duration_hours:g} h"
            rows.append((dose.drug, amount, given, schedule))
    lines = [f"Regimen: {regimen.name}"]
    if regimen.cite:
        lines.append(f"  {regimen.cite}")
    if about := _patient(scenario.patient):
        lines.append(f"  patient: {about}")
    lines += [f"  NOTE: {name} is the drug of this scenario, not the one that ships" for name in _overridden(scenario)]
    if late := _late(scenario):
        lines.append(f"  NOTE: {late}")
    lines.append(text_table(("drug", "dose", "for this patient", "schedule"), rows))
    return "\n".join(
        [*lines, "", "Exposure in the first cycle (total plasma concentration)", _exposure(scenario, compiled)]
    )


def _overridden(scenario: ScenarioFields) -> list[str]:
    return [drug.name for drug in scenario.drugs if drug.name in drug_names()]


def _late(scenario: ScenarioFields) -> str:
    """Doses that do nothing, because follow-up has ended when they are given."""
    horizon, start = scenario.follow_up.horizon, 0.0
    # Times that are equal up to rounding are one time.
    end = horizon * (1.0 - 1e-12)
    first: dict[str, float] = {}
    number = late = 0
    for phase in scenario.regimen.phases:
        for dose in phase.doses:
            for day in dose.days:
                # There may be more cycles than can be written out.
                time = start + day - 1 + dose.start_hours / 24.0
                before = min(max(0, math.ceil((end - time) / phase.cycle_length_days)), phase.cycles)
                number, late = number + phase.cycles, late + phase.cycles - before
                if before < phase.cycles:
                    since = time + before * phase.cycle_length_days
                    first[dose.drug] = min(first.get(dose.drug, math.inf), since)
        start += phase.cycle_length_days * phase.cycles
    if not late:
        return ""
    since_when = ", ".join(f"{drug} from day {day:.6g}" for drug, day in sorted(first.items(), key=lambda it: it[1]))
    count = f"all {number}" if late == number else f"{late} of {number}"
    return f"{count} doses come at or after the horizon (day {horizon:g}) and do nothing: {since_when}"


def _patient(patient: Patient) -> str:
    known = []
    if patient.bsa is not None or None not in (patient.weight, patient.height):
        known.append(f"body surface {patient.body_surface_area():.3g} m2")
    if patient.weight is not None:
        known.append(f"weight {patient.weight:g} kg")
    if patient.knows_gfr():
        known.append(f"glomerular filtration {patient.glomerular_filtration_rate():.4g} mL/min")
    known += [f"{name} {_factors(factors)}" for name, factors in patient.factors.items()]
    return ", ".join(known)


def _factors(factors: Factors) -> str:
    given = ((name.replace("_", " "), getattr(factors, name)) for name in type(factors).model_fields)
    return " and ".join(f"{name} x {value:g}" for name, value in given if value != 1.0) or "as typical"


def _exposure(scenario: ScenarioFields, compiled: Compiled) -> str:
    rows = []
    for name, potency in compiled.rates.potencies.items():
        start, end = scenario.regimen.first_cycle(name)
        exposure = plasma_exposure(scenario.acting, scenario.patient, potency.drug)
        events = scenario.acting.events(scenario.patient)
        ends = [
            time + duration
            for drug, time, duration in events.select("drug", "time", "dur").iter_rows()
            if drug == name and time < end * 24.0
        ]
        # A linear drug peaks at the end of an infusion.
        peak = float(exposure.concentration(np.array(ends)).max())
        before, after = exposure.area(np.array([start * 24.0, end * 24.0]))
        area, unit = float(after - before), potency.drug.micromolar_per_mg_per_l
        free = potency.drug.fraction_unbound.value
        rows.append(
            (
                name,
                f"{peak:.3g} mg/L ({peak * unit * free:.3g} uM unbound)",
                f"{area:.3g} mg h/L ({area * 0.06:.3g} mg min/mL)",
            )
        )
    return text_table(("drug", "Cmax", "AUC"), rows)


def _action(scenario: ScenarioFields, compiled: Compiled) -> str:
    rows, reasons, anchors = [], [], []
    for name, potency in compiled.rates.potencies.items():
        given = next(p for p in scenario.potencies if p.drug == name)
        unit = "per day" if potency.mode == "cytotoxic" else "of birth"
        kill = "" if potency.log10_kill_per_cycle is None else f"{potency.log10_kill_per_cycle:.3g}"
        origin = "given" if given.emax is not None else "calibrated"
        rows.append((name, f"{potency.emax:.4g} {unit} ({origin})", f"{potency.ec50:g}", f"{potency.hill:g}", kill))
        if given.at is not None:
            anchor = (
                f"{name}: log10 kill {given.log10_kill_per_cycle:g} in {given.at.text()}, {_patient(given.at.patient)}"
            )
            anchors.append(textwrap.fill(anchor.rstrip(", "), 110, initial_indent="  ", subsequent_indent="    "))
        reasons.append(textwrap.fill(f"{name}: {given.basis}", 110, initial_indent="  ", subsequent_indent="    "))
    header = ("drug", "Emax", "EC50 (uM, unbound)", "Hill", "log10 kill, first cycle")
    lines = [
        "Action on sensitive cells (Emax is given in the scenario or calibrated to a kill per cycle, not measured)",
        text_table(header, rows),
        *(["  Emax is calibrated, with typical kinetics, to", *anchors] if anchors else []),
        *reasons,
    ]
    kills = [p.log10_kill_per_cycle for p in compiled.rates.potencies.values()]
    if len(scenario.regimen.phases) == 1 and None not in kills:
        growth = (scenario.tumor.birth - scenario.tumor.death) * scenario.regimen.phases[0].cycle_length_days / LN10
        net = 10.0 ** (sum(k for k in kills if k is not None) - growth)
        lines.append(f"  sensitive cells are divided by {net:.3g} per cycle, regrowth included")
    return "\n".join(lines)


def _follow_up(scenario: ScenarioFields) -> str:
    rule, follow = scenario.progression, scenario.follow_up
    return "\n".join(
        [
            "Follow-up, from the first dose",
            f"  looks every {follow.looks_every:g} days, horizon {follow.horizon:g} days",
            f"  progression: at a look, {rule.ratio:g} times the smallest total so far and >= {rule.size:.3g} cells",
            "  cure: no cell at the horizon",
        ]
    )


def _simulation(scenario: ScenarioFields, compiled: Compiled, replicates: int | range | None, seed: int | None) -> str:
    number = scenario.simulation.replicates if replicates is None else replicates
    count = len(number) if isinstance(number, range) else number
    chosen = scenario.simulation.seed if seed is None else seed
    growing, treated = compiled.mutations
    engines = [
        scenario.simulation.engine
        if scenario.simulation.engine != "auto"
        else _core.exact_engine(process.compiled, np.array([cells, *[0] * (len(process.types) - 1)], np.int64), until)
        for process, cells, until in (
            (compiled.growth.process, 1, compiled.growth.longest),
            (compiled.therapy, compiled.growth.stop.size, scenario.follow_up.horizon),
        )
    ]
    lines = [
        "Simulation",
        f"  {count} replicates, seed {'fresh' if chosen is None else chosen}, engine {engines[0]} for growth, "
        f"{engines[1]} for therapy",
        f"  expected mutations per replicate: {growing:.3g} in growth, {treated:.3g} in therapy",
        f"  therapy in {len(compiled.therapy.birth)} segments of constant rates; rate_error {compiled.rate_error:.1e} "
        "(largest relative change of the answers with halved segments)",
    ]
    if "direct" in engines and _events(scenario) > MANY:
        lines.append(
            f"  WARNING: engine direct simulates every event, about {_events(scenario):.1e} of them a replicate. "
            'Take engine = "auto".'
        )
    if growing + treated > MANY:
        lines.append(
            f"  WARNING: more than {MANY:.0e} mutations per replicate; expect seconds to minutes per replicate. "
            "Lower the mutation probabilities, the size, or the number of replicates."
        )
    return "\n".join(lines)


def _events(scenario: ScenarioFields) -> float:
    """Expected divisions and deaths of sensitive cells until detection."""
    tumor = scenario.tumor
    return float(tumor.size) * (tumor.birth + tumor.death) / (tumor.birth - tumor.death)
