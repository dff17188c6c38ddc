"""What a reader of a scenario should not miss: drugs of its own, what does nothing, what is beyond a rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chemoevo.base.tables import joined
from chemoevo.pharmacology import drug_names
from chemoevo.pharmacology.library import find_drug
from chemoevo.pharmacology.remarks import remarks
from chemoevo.resistance.alterations import alteration_names
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.checks import unknown_pairs
from chemoevo.resistance.mechanism import mechanism, mechanism_names
from chemoevo.resistance.moved import moved
from chemoevo.resistance.niches import OTHER
from chemoevo.resistance.radiotherapy import HIGHEST_DOSE
from chemoevo.scenario.pulses import given

if TYPE_CHECKING:
    from chemoevo.resistance.niche_therapies import NicheTherapy, Opening
    from chemoevo.scenario.fields import ScenarioFields


def notes(scenario: ScenarioFields) -> list[str]:
    """One sentence per thing to know."""
    found = [f"{name} is the drug of this scenario, not the one that ships" for name in _overridden(scenario)]
    found += [*_own_mechanisms(scenario), *_nearly_shipped(scenario)]
    own = {drug.name: drug for drug in scenario.drugs}
    drugs = [find_drug(name, own) for name in scenario.effective.drugs]
    if scenario.inert:
        found.append(f"inert, which is to say given and not computed: {', '.join(scenario.inert)}")
    if assumed := _assumed(scenario):
        found.append(f"taken as untouched, since nothing is known: {', '.join(assumed)}")
    # A sentence of a list ends without a period.
    found += [words.removesuffix(".") for words in remarks(scenario.effective, drugs, [scenario.patient])]
    return [
        *found,
        *_of_places(scenario),
        *_of_niche_therapies(scenario),
        *filter(None, [_late(scenario)]),
        *_of_radiotherapy(scenario),
    ]


def _of_places(scenario: ScenarioFields) -> Iterator[str]:
    """What is assumed of niches and phenotypes where they say nothing, and what of them does nothing."""
    tumor, drugs = scenario.tumor, scenario.active_drugs
    open_ones = [niche.name for niche in tumor.niches if not niche.penetration]
    if open_ones and scenario.arriving_drugs:
        yield f"assumed: drugs come to {', '.join(open_ones)} as to plasma, since no penetration is given"
    breathing = [niche.name for niche in tumor.niches if niche.oxygen is None]
    if breathing and len(breathing) < len(tumor.niches):
        yield f"assumed: oxygen does nothing in {', '.join(breathing)}, since none is given"
    kill = [one.drug for one in scenario.potencies if one.mode == "cytotoxic" and one.drug in drugs]
    silent = [name for name in kill if drugs[name].cycle_specificity is None]
    if silent and (scenario.types.cycling != 1.0).any():
        yield f"assumed: {', '.join(silent)} kills cells however often they divide, since no cycle_specificity is given"
    for one in tumor.phenotypes:
        for what, table in (("induces", one.induced), ("holds", one.held)):
            for name in table:
                if name not in scenario.acting_drugs:
                    yield f"{name} {what} {one.name} and does nothing: it is not given, or has no effect by itself"
    if tumor.late_death is not None and not drugs:
        yield "late death does nothing: no drug is given, and fractions of radiotherapy kill at once"


def _of_niche_therapies(scenario: ScenarioFields) -> Iterator[str]:
    """Windows that close, what several change, what is not reached, and names that nothing has."""
    therapies, niches, coming = scenario.niche_therapies, scenario.tumor.niches, scenario.arriving_drugs
    if not therapies:
        return
    for one in therapies:
        worse = [(path, opening) for path, opening in one.openings() if opening.at_last < 1.0 and opening.gain > 0.0]
        if worse:
            said = ", ".join(f"{thing(path)} x {opening.at_last:.3g}" for path, opening in worse)
            yield f"the window of {one.drug} closes: held for long it leaves {said}"
        for name in one.delivery:
            if not any(name in (drug.name, drug.drug_class, OTHER) for drug in coming.values()):
                yield f"{one.drug} moves the delivery of {name}, and no drug of that name or class comes to cells"
        still = [niche.name for niche in niches if niche.birth is not None and one.reaches(niche)]
        if one.oxygen is not None and still:
            yield f"{one.drug} moves the oxygen in {', '.join(still)}, and births there stay: birth is given"
    yield from _of_ratios(scenario)
    for what, each in together(scenario):
        agents = joined([one.drug for one, _ in each])
        yield (
            f"assumed: {agents} change the {what} each as if alone, so that their factors multiply; no source says "
            "so, and one therapy that names the sum says otherwise"
        )
    left = [niche.name for niche in niches if not any(one.reaches(niche) for one in therapies)]
    if left:
        yield f"no niche therapy changes {', '.join(left)}"


def thing(path: str) -> str:
    """What a path of a niche therapy is of, in words."""
    return path if path == "oxygen" else f"delivery of {path.removeprefix('delivery[').removesuffix(']')}"


def together(scenario: ScenarioFields) -> list[tuple[str, list[tuple[NicheTherapy, Opening]]]]:
    """What several niche therapies change, and where, in words; and what each of them does to it."""
    therapies = scenario.niche_therapies
    places: dict[tuple[tuple[tuple[int, Opening], ...], str], list[str]] = {}
    for one in moved(therapies, scenario.tumor.niches, scenario.arriving_drugs):
        if len(one.by) > 1:
            places.setdefault((one.by, one.thing), []).append(one.niche.name)
    things: dict[tuple[tuple[tuple[int, Opening], ...], str], list[str]] = {}
    for (by, what), names in places.items():
        things.setdefault((by, joined(names)), []).append(what)
    return [
        (f"{joined(each)} in {where}", [(therapies[i], opening) for i, opening in by])
        for (by, where), each in things.items()
    ]


def _of_ratios(scenario: ScenarioFields) -> Iterator[str]:
    """Drugs of which there may be more in a niche than in plasma, if every window is as open as it comes to be."""
    therapies, coming = scenario.niche_therapies, scenario.arriving_drugs
    most: dict[str, tuple[float, list[str]]] = {}
    for one in moved(therapies, scenario.tumor.niches, coming):
        access = None if one.drug is None else one.niche.access(one.drug, coming[one.drug].drug_class)
        raise_it = [therapies[i].drug for i, opening in one.by if opening.gain > 0.0]
        if one.drug is None or access is None or not raise_it:
            continue
        high = math.prod(therapies[i].highest(opening)[0] for i, opening in one.by)
        high *= access.ratio_at(one.niche.distance)
        if high > most.get(one.drug, (1.0, []))[0]:
            most[one.drug] = high, raise_it
    for name, (high, agents) in most.items():
        yield (
            f"{joined(agents)} may bring {high:.3g} times the unbound concentration in plasma of {name}: ratios are "
            "not capped"
        )


def _of_radiotherapy(scenario: ScenarioFields) -> Iterator[str]:
    """Doses of fractions beyond the model, fractions that come too late, and a resistance to none."""
    horizon = scenario.follow_up.horizon
    for i, course in enumerate(scenario.radiotherapy):
        name = f"radiotherapy[{i if course.name is None else course.name}]"
        if course.dose > HIGHEST_DOSE:
            yield (
                f"{name}: {course.dose:g} Gy per fraction; the linear-quadratic model is taken to hold up to about "
                f"{HIGHEST_DOSE:g} Gy, and may say too few survivors"
            )
        times = course.times()
        late = len(times) - len(given(times, horizon))
        if late:
            count = f"all {len(times)}" if late == len(times) else f"{late} of {len(times)}"
            since = times[len(times) - late]
            yield (
                f"{name}: {count} fractions come at or after the horizon (day {horizon:g}) and do nothing: from day "
                f"{since:.6g}"
            )
    for one in scenario.tumor.alterations:
        if one.radiosensitivity is not None and not scenario.radiotherapy:
            yield f"the radiosensitivity of {one.name} acts on nothing: there is no radiotherapy"


def _assumed(scenario: ScenarioFields) -> list[str]:
    """Pairs of a mechanism and a drug of which nothing is known."""
    if scenario.assume_untouched is False:
        return []
    cells = Cells(scenario.types, scenario.biology, scenario.active_drugs)
    pairs = unknown_pairs(cells, scenario.acting_drugs)
    return [f"{drug} by {mechanism}" for mechanism, drug in pairs]


def _overridden(scenario: ScenarioFields) -> list[str]:
    return [drug.name for drug in scenario.drugs if drug.name in drug_names()]


def _own_mechanisms(scenario: ScenarioFields) -> Iterator[str]:
    """Mechanisms that take the place of shipped ones."""
    for one in scenario.mechanisms:
        if one.name in mechanism_names() and one != mechanism(one.name):
            yield f"{one.name}: own mechanism in place of the shipped one"


def _nearly_shipped(scenario: ScenarioFields) -> Iterator[str]:
    """Alterations that are called as shipped ones but for the case of letters, which are other ones."""
    shipped = {name.casefold(): name for name in alteration_names()}
    for one in scenario.tumor.alterations:
        name = shipped.get(one.name.casefold(), one.name)
        if name != one.name:
            yield f"{one.name} is an alteration of this scenario, not {name}, which ships"


def _late(scenario: ScenarioFields) -> str:
    """Doses that do nothing, because follow-up has ended when they are given."""
    horizon, start = scenario.follow_up.horizon, 0.0
    # Times that are equal up to rounding are one time.
    end = horizon * (1.0 - 1e-12)
    first: dict[str, float] = {}
    number = late = 0
    for phase in scenario.planned.phases:
        for dose in phase.doses:
            for day in dose.days:
                # There may be more cycles than can be written out.
                time = start + day - 1 + dose.start_hours / 24.0
                begun = min(max(0, math.ceil((end - time) / phase.cycle_length_days)), phase.cycles)
                before, given = dose.cycles_until(begun), dose.cycles_until(phase.cycles)
                number, late = number + given, late + given - before
                if before < given:
                    cycle = before if dose.cycles is None else dose.cycles[before] - 1
                    since = time + cycle * phase.cycle_length_days
                    first[dose.drug] = min(first.get(dose.drug, math.inf), since)
        start += phase.cycle_length_days * phase.cycles
    if not late:
        return ""
    since_when = ", ".join(f"{drug} from day {day:.6g}" for drug, day in sorted(first.items(), key=lambda it: it[1]))
    count = f"all {number}" if late == number else f"{late} of {number}"
    return f"{count} doses come at or after the horizon (day {horizon:g}) and do nothing: {since_when}"
