"""What a scenario will run, in words, with units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.base.arguments import whole
from chemoevo.base.tables import text_table, wrapped
from chemoevo.errors import Problems
from chemoevo.pharmacology.description import doses_text, exposure_text, neutrophils_text, patient_text
from chemoevo.resistance.effects_text import effects_text, modulators_text
from chemoevo.scenario.brief import anchor_text
from chemoevo.scenario.notes import notes

if TYPE_CHECKING:
    from chemoevo.scenario.compilation import Compiled
    from chemoevo.scenario.fields import ScenarioFields

LN10 = math.log(10.0)

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
        _tumor(scenario),
        _alterations(scenario),
        _radiotherapy(scenario),
        *([] if scenario.regimen is None else [_doses(scenario, compiled), _action(scenario, compiled)]),
        _follow_up(scenario),
    ]
    about = wrapped(scenario.notes or "", hanging="")
    name = wrapped(scenario.name, hanging="")
    return "\n\n".join([name, *filter(None, [about, *parts]), _simulation(scenario, compiled, replicates, seed)])


def _lines(title: str, *lines: str) -> list[str]:
    """A title, and what is said below it, each broken where it is too wide."""
    return [wrapped(title), *(wrapped(line, indent="  ") for line in lines)]


def _tumor(scenario: ScenarioFields) -> str:
    tumor = scenario.tumor
    net = tumor.birth - tumor.death
    lines = [
        f"division {tumor.birth:g} per day, death {tumor.death:g} per day, net growth {net:.4g} per day",
        f"doubling time {math.log(2.0) / net:.3g} days, potential doubling time "
        f"{math.log(2.0) / tumor.birth:.3g} days, turnover (deaths per division) {tumor.death / tumor.birth:.4g}",
        f"grown from one cell to {tumor.size:.6g} cells; a tumor that dies out first starts again "
        f"({1.0 - tumor.death / tumor.birth:.3g} of them survive)",
    ]
    if scenario.surgery is not None:
        left = scenario.surgery.survival(tumor.size)
        lines.append(
            f"resected at the first dose (day 0): each cell is left with probability {left:.3g}, "
            f"on average {left * tumor.size:.6g} cells"
        )
    return "\n".join(_lines("Tumor (cells without alterations, no drug)", *lines))


def _alterations(scenario: ScenarioFields) -> str:
    alterations = scenario.tumor.alterations
    if not alterations:
        return "Alterations: none (1 genotype)"
    total = sum(a.mutation for a in alterations)
    header = ["name", "changes", "per division", "cost (of birth)", "what"]
    rows = [[a.name, a.acts_on, f"{a.mutation:.3g}", f"{a.cost:g}", a.title or ""] for a in alterations]
    said = [
        wrapped(
            f"Alterations ({len(scenario.genotypes)} genotypes; probabilities that one daughter of a division "
            f"mutates, together {total:.3g})"
        ),
        text_table(header, rows),
        *(wrapped(line, indent="  ") for line in _more_of_alterations(scenario)),
    ]
    if scenario.regimen is not None:
        said += [
            "",
            wrapped(
                "What they do to each drug (factors on EC50 and Emax of carriers; in brackets how sure: R read, P "
                "partly read, B background knowledge, C computed)"
            ),
            effects_text(scenario.genotypes, scenario.biology, scenario.active_drugs, list(scenario.acting_drugs)),
        ]
    return "\n".join(said)


def _more_of_alterations(scenario: ScenarioFields) -> list[str]:
    found = []
    for one in scenario.tumor.alterations:
        more = [f"up to {one.copies} copies"] if one.copies > 1 else []
        more += [f"lost with {one.reversal:g} per division"] if one.reversal else []
        more += (
            [f"switched on {one.switch_on:g}, off {one.switch_off:g} per day"]
            if one.switch_on or one.switch_off
            else []
        )
        more += [f"mutation x {one.mutator:g} in carriers"] if one.mutator != 1 else []
        found += [f"{one.name}: {', '.join(more)}"] if more else []
    found += [f"{'+'.join(one.alterations)}: birth x {one.birth:g} ({one.basis})" for one in scenario.tumor.epistasis]
    others = ", ".join(f"{name} {value:g}" for name, value in scenario.tumor.expressions.items())
    return [*found, *([f"expression in cells without alterations: {others}"] if others else [])]


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
    return "\n".join(_lines("Radiotherapy (each fraction at an instant)", *lines))


def _doses(scenario: ScenarioFields, compiled: Compiled) -> str:
    regimen, patient = scenario.regimen, scenario.patient
    own = {drug.name: drug for drug in scenario.drugs}
    said = [regimen.cite] if regimen.cite else []
    if about := patient_text(patient, regimen.drugs):
        said.append(f"patient: {about}")
    said += [f"NOTE: {note}" for note in notes(scenario)]
    return "\n".join(
        [
            *_lines(f"Regimen: {regimen.name}", *said),
            doses_text(regimen, patient, scenario.inert),
            "",
            "Exposure in the first cycle (total plasma concentration)",
            exposure_text(scenario.acting, patient, list(scenario.active_drugs.values())),
            "",
            neutrophils_text(scenario.acting, patient, own, until=scenario.follow_up.horizon),
        ]
    )


def _action(scenario: ScenarioFields, compiled: Compiled) -> str:
    rows, reasons, anchors = [], [], []
    for name, potency in compiled.rates.potencies.items():
        given = next(p for p in scenario.potencies if p.drug == name)
        kill = "" if potency.log10_kill_per_cycle is None else f"{potency.log10_kill_per_cycle:.3g}"
        origin = "given" if given.emax is not None else "calibrated"
        rows.append((name, f"{potency.emax_text()} ({origin})", f"{potency.ec50:g}", f"{potency.hill:g}", kill))
        if given.at is not None:
            anchor = f"{name}: {anchor_text(given)}"
            anchors.append(wrapped(anchor, indent="  "))
        reasons.append(wrapped(f"{name}: {given.basis}", indent="  "))
    header = ("drug", "Emax", "EC50 (uM, unbound)", "Hill", "log10 kill, first cycle")
    lines = [
        wrapped(
            "Action on sensitive cells (Emax is given in the scenario or calibrated to a kill per cycle, not measured)"
        ),
        text_table(header, rows),
        *(["  Emax is calibrated, with typical kinetics, to", *anchors] if anchors else []),
        *reasons,
    ]
    if modulated := modulators_text(scenario.genotypes, scenario.biology, scenario.active_drugs):
        lines += [
            "  Modulators (in all cells that have what they act on):",
            *(wrapped(m, indent="  ") for m in modulated),
        ]
    if scenario.interactions:
        lines.append("  Together (of all other drugs hazards add):")
        lines += [wrapped(one.text(), indent="  ") for one in scenario.interactions]
    kills = [p.log10_kill_per_cycle for p in compiled.rates.potencies.values()]
    if len(scenario.regimen.phases) == 1 and None not in kills and not (scenario.interactions or scenario.radiotherapy):
        growth = (scenario.tumor.birth - scenario.tumor.death) * scenario.regimen.phases[0].cycle_length_days / LN10
        net = 10.0 ** (sum(k for k in kills if k is not None) - growth)
        lines.append(f"  sensitive cells are divided by {net:.3g} per cycle, regrowth included")
    return "\n".join(lines)


def _follow_up(scenario: ScenarioFields) -> str:
    rule, follow = scenario.progression, scenario.follow_up
    return "\n".join(
        _lines(
            f"Follow-up, from {'day 0' if scenario.regimen is None else 'the first dose'}",
            f"looks every {follow.looks_every:g} days, horizon {follow.horizon:g} days",
            f"progression: at a look, {rule.ratio:g} times the smallest total so far and >= {rule.size:.3g} cells",
            f"cure: no cell{' but damaged ones' if scenario.types.damaged else ''} at the horizon",
        )
    )


def _simulation(scenario: ScenarioFields, compiled: Compiled, replicates: int | range | None, seed: int | None) -> str:
    number = scenario.simulation.replicates if replicates is None else replicates
    count = len(number) if isinstance(number, range) else number
    chosen = scenario.simulation.seed if seed is None else seed
    growing, treated = compiled.mutations
    steps = "mutations and switches" if compiled.growth.process.switching else "mutations"
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
        f"{count} replicates, seed {'fresh' if chosen is None else chosen}, engine {engines[0]} for growth, "
        f"{engines[1]} for therapy",
        f"expected {steps} per replicate: {growing:.3g} in growth, {treated:.3g} in therapy",
        f"therapy in {len(compiled.therapy.birth)} segments of constant rates; rate_error {compiled.rate_error:.1e} "
        "(largest relative change of the answers with halved segments)",
    ]
    if "direct" in engines and _events(scenario) > MANY:
        lines.append(
            f"WARNING: engine direct simulates every event, about {_events(scenario):.1e} of them per replicate. "
            'Take engine = "auto".'
        )
    if growing + treated > MANY and scenario.simulation.engine == "bnb":
        lines.append(
            f"WARNING: more than {MANY:.0e} {steps} per replicate, which engine bnb follows one by one. "
            'Take engine = "leap", or "auto".'
        )
    return "\n".join(_lines("Simulation", *lines))


def _events(scenario: ScenarioFields) -> float:
    """Expected divisions and deaths of sensitive cells until detection."""
    tumor = scenario.tumor
    return float(tumor.size) * (tumor.birth + tumor.death) / (tumor.birth - tumor.death)
