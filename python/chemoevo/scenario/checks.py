"""Checks of a scenario that concern several of its parts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.block import block_of
from chemoevo.base.gathering import NotThere
from chemoevo.errors import ModelError, Problems, Words, collect, did_you_mean
from chemoevo.pharmacology import regimens
from chemoevo.pharmacology.factors import wrong_factors
from chemoevo.pharmacology.library import known_drug
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.pharmacology.representable import note_drugs, note_inert, note_unknown
from chemoevo.resistance.cell_types import CellTypes
from chemoevo.resistance.cells import Biology, Cells
from chemoevo.resistance.checks import note_mechanisms, note_mutation, note_potencies, only_modulators
from chemoevo.resistance.exposed import note_drugs_of_place
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.interaction import note_interactions
from chemoevo.resistance.moved import note_niche_therapies
from chemoevo.resistance.radiotherapy import REPAIR, shortest
from chemoevo.resistance.usable import note_usable, warn_of_names
from chemoevo.scenario.carried import wrong_parts
from chemoevo.scenario.compilation import growth, untreated
from chemoevo.scenario.crowded import FOLLOWED, grown
from chemoevo.scenario.outgrowth import does_not_grow
from chemoevo.scenario.room import MOST_TYPES, ROOM

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.scenario.compilation import Growth
    from chemoevo.scenario.fields import ScenarioFields


def check_together(scenario: ScenarioFields) -> None:
    """Checks what the parts of a scenario say of one another.

    Raises
    ------
    ModelError
        With every problem.
    """
    problems, failed = Problems(), None
    for check in (_drugs, _potencies, _effects, _growth, _doses, _factors, _surgery, _courses, _questions, _room):
        try:
            check(problems, scenario)
        except NotThere:  # a part that is wrong itself, which is said already
            continue
        except Exception as error:  # so may be one that only makes no sense, which the others say as well
            failed = error
    problems.raise_if_any()
    if failed is not None:
        raise failed
    with suppress(NotThere):
        named = [*scenario.planned.drugs, *(drug.name for drug in scenario.drugs)]
        warn_of_names(scenario.mechanisms, scenario.tumor.alterations, named, "tumor.")


def _active(scenario: ScenarioFields) -> list[str]:
    """Drugs of the regimen that are not inert."""
    return [name for name in scenario.planned.drugs if name not in scenario.inert]


def _known(scenario: ScenarioFields) -> dict[str, Drug]:
    """Drugs that are not inert, by name; a misspelled one is a problem of its own, and left out."""
    own = {drug.name: drug for drug in scenario.drugs}
    found = {name: known_drug(name, own) for name in _active(scenario)}
    return {name: drug for name, drug in found.items() if drug is not None}


def _potencies(problems: Problems, scenario: ScenarioFields) -> None:
    acting = _active(scenario)
    modulators = only_modulators(_known(scenario), scenario.potencies, scenario.niche_therapies)
    note_potencies(problems, scenario.potencies, acting, modulators)
    note_interactions(problems, scenario.interactions, acting, scenario.potencies, modulators=modulators)


def _effects(problems: Problems, scenario: ScenarioFields) -> None:
    names = [mechanism.name for mechanism in scenario.mechanisms]
    for i, name in enumerate(names):
        if name in names[:i]:
            problems.value(f"mechanisms[{i}].name", "must be unique", name)
    biology = Biology(scenario.mechanisms, scenario.tumor.expressions)
    try:
        types = scenario.types
    except ModelError:  # said by the tumor
        return
    known = _known(scenario)
    note_usable(problems, known, scenario.potencies, scenario.niche_therapies)
    modulators = only_modulators(known, scenario.potencies, scenario.niche_therapies)
    acting = [name for name in known if name not in modulators]
    note_mechanisms(problems, types, biology, known, scenario.assume_untouched, "tumor.", acting=acting)
    own = scenario.drugs
    note_drugs_of_place(problems, types.place, known, scenario.potencies, "tumor.", own=own, modulators=modulators)
    coming = {name: drug for name, drug in known.items() if name in acting or drug.changes}
    note_niche_therapies(problems, scenario.niche_therapies, types.place.niches, known, coming)
    note_mutation(problems, types.genotypes, scenario.potencies)


def _growth(problems: Problems, scenario: ScenarioFields) -> None:
    tumor = scenario.tumor
    if (tumor.clonal or tumor.clones) and not problems:
        _parts(problems, scenario)
        if not problems:
            for path, rule, share, hint in wrong_parts(scenario):
                problems.value(path, rule, Words(f"{100 * share:.3g} %"), hint=hint)
    if not any(niche.immune_kill for niche in tumor.niches):  # said by the tumor
        return
    with suppress(ModelError):  # said by `_effects`
        alone = CellTypes(Genotypes([]), tumor.place)
        escapes = Cells(alone, scenario.biology, _known(scenario)).escapes
        broken = does_not_grow(tumor.place, tumor.birth, tumor.death, tumor.alterations, escapes)
        if broken is not None and tumor.birth > tumor.death:
            problems.value("tumor.niches", broken)


def _parts(problems: Problems, scenario: ScenarioFields) -> None:
    """Every part of a tumor grows, with what its cells carry."""
    process, types = untreated(scenario), scenario.types
    parts = scenario.tumor.observed
    trunk = len(parts) - len(scenario.tumor.clones)
    for k, (name, _) in enumerate(parts):
        try:
            block_of(process, process.types.index(types.founder(name)))
        except ModelError as error:
            path = f"tumor.clones[{k - trunk}]" if k >= trunk else "tumor.clonal"
            net = str(error).rstrip(".").rpartition("got ")[2]
            problems.value(path, "must be of cells that grow (net rate > 0 per day)", Words(net))


def _doses(problems: Problems, scenario: ScenarioFields) -> None:
    collect(problems, lambda: scenario.acting.administrations(scenario.patient))


def _drugs(problems: Problems, scenario: ScenarioFields) -> None:
    own = [drug.name for drug in scenario.drugs]
    for i, name in enumerate(own):
        if name in own[:i]:
            problems.value(f"drugs[{i}].name", "must be unique", name)
    note_inert(problems, scenario.planned, scenario.inert)
    note_drugs(problems, scenario.planned, {drug.name: drug for drug in scenario.drugs}, scenario.inert)


def _factors(problems: Problems, scenario: ScenarioFields) -> None:
    for path, rule, value, hint in wrong_factors(scenario.patient, {one.name: one for one in scenario.drugs}):
        problems.value(f"patient.{path}", rule, value, hint=hint)


def _surgery(problems: Problems, scenario: ScenarioFields) -> None:
    surgery, size = scenario.surgery, scenario.tumor.size
    if surgery is not None and surgery.residual_cells is not None and surgery.residual_cells > size:
        rule = f"must be at most tumor.size = {size:g} cells"
        problems.value("surgery.residual_cells", rule, Words(f"{surgery.residual_cells:g}"))


def _courses(problems: Problems, scenario: ScenarioFields) -> None:
    courses = scenario.radiotherapy
    names = [vars(course).get("name") for course in courses]
    for i, name in enumerate(names):
        if name is not None and name in names[:i]:
            problems.value(f"radiotherapy[{i}].name", "must be unique", name)
    before = np.empty(0)
    for i, course in enumerate(courses):
        with suppress(NotThere):  # the others are held against one another all the same
            times = course.times()
            if shortest(np.abs(times[:, None] - before).ravel()) < REPAIR:
                rule = f"must leave {REPAIR:g} h to the fractions of other courses: they are repaired in between"
                problems.value(f"radiotherapy[{i}].start", rule, course.start)
            before = np.concatenate([before, times])


def _questions(problems: Problems, scenario: ScenarioFields) -> None:
    names = [alteration.name for alteration in scenario.tumor.alterations]
    for i, name in enumerate(scenario.compare.carriers or ()):
        if not all(part in names for part in name.split("+")):
            hint = did_you_mean(name, names) if names else "The tumor has none."
            problems.value(f"compare.carriers[{i}]", "must be an alteration of the tumor", name, hint=hint)
    _ranked(problems, scenario)
    day, horizon = scenario.compare.day, scenario.follow_up.horizon
    if day is not None and day > horizon:
        problems.value("compare.day", f"must be at most follow_up.horizon = {horizon:g} days", Words(f"{day:g}"))


def _ranked(problems: Problems, scenario: ScenarioFields) -> None:
    """Whether the regimens beside the scenario's own give drugs that are known."""
    asked = scenario.questions
    if asked is None:
        return
    own, inert = [drug.name for drug in scenario.drugs], (*scenario.inert, *asked.inert)
    for name, text in asked.regimens.items():
        with suppress(ModelError):  # said by the questions
            given = regimens.regimen(text) if text in regimens.names() else Regimen.parse(text)
            note_unknown(problems, f"questions.regimens[{name}]", given.drugs, own, inert)


def _room(problems: Problems, scenario: ScenarioFields) -> None:
    """Whether cells that compete have room for the size, and are simulated as such."""
    if not scenario.capacities:
        return
    if scenario.simulation.engine == "bnb":
        hint = "Take 'auto', 'direct' (exact) or 'leap'."
        problems.value("simulation.engine", "must not be 'bnb', which takes cells for independent", hint=hint)
    tumor = scenario.tumor
    if tumor.capacity is not None and tumor.size >= tumor.capacity:  # said by the tumor
        return
    own = any(niche.capacity is not None for niche in tumor.niches)
    with suppress(ModelError):  # said by the tumor and its parts
        number = len(scenario.types)
        if own and number > MOST_TYPES:
            rule = f"must make at most {MOST_TYPES} types of cells with all genotypes where niches have capacities"
            problems.value("tumor.niches", rule, number)
            return
        model = growth(scenario)
        crowded = model.crowded
        if crowded is not None and not crowded.found:
            cells, hint = f"{crowded.cells.sum():.6g} cells", ROOM
            rule = f"must be below the number of cells at which the tumor stands still, in the mean field {cells}"
            if not crowded.still:
                rule = f"must be reached before a cell has changed {FOLLOWED:g} times, which is as far as is followed"
                hint = "Let the tumor grow faster, or cells go from place to place, or state to state, more slowly."
            problems.value("tumor.size", rule, tumor.size, hint=hint)
        else:
            _progression(problems, scenario, model)


def _progression(problems: Problems, scenario: ScenarioFields, model: Growth) -> None:
    """Whether a tumor whose cells compete can come to the size that counts as progression."""
    rule, size, capacity = scenario.progression, scenario.progression.size, scenario.tumor.capacity
    if size <= scenario.tumor.size:
        return
    words = None
    if capacity is not None and size >= capacity:
        words = f"tumor.capacity = {capacity:g} cells, where the tumor stands still"
    else:
        field = grown(model.process, size, model.process.types.index(model.parts[0][0]))
        if not field.found and field.still:
            found = f"in the mean field {field.cells.sum():.6g} cells"
            paths = " and ".join(scenario.capacities)
            words = f"the number of cells at which the tumor stands still with {paths}, {found}"
    if words is not None:
        stated = "progression" in scenario.model_fields_set and "size" in rule.model_fields_set
        hint = (
            f"{'Lower it' if stated else 'That is the default: state a lower one'}, or give the tumor more room. "
            "Otherwise no history would ever progress."
        )
        problems.value("progression.size", f"must be below {words}", Words(f"{size:g}"), hint=hint)
