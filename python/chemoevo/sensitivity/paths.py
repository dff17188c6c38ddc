"""The numbers of a scenario by their paths: those that an answer depends on smoothly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from chemoevo.base.names import known_name
from chemoevo.base.paths import NoSuchPathError, below, canonical, leaves
from chemoevo.errors import Problems, did_you_mean

if TYPE_CHECKING:
    from chemoevo.scenario.scenario import Scenario

_START = re.compile(r"^initial\[(.*)\]$")
_ANCHOR = re.compile(r"potencies\[\d+\]\.at\b")
_BETWEEN_PATIENTS = re.compile(r"\.kinetics\.correlations\b")
_STEPS = (".mutation", ".reversal", ".switch_on", ".switch_off")
UNUSED = ("progression", "compare", "questions", "simulation", "follow_up.looks_every")
"""What no probability of a scenario depends on."""


def parameters(scenario: Scenario) -> dict[str, float]:
    """What derivatives are taken by: paths of real numbers, with their values; the size of the tumor among them.

    EC50, Hill exponent and Emax of every potency are there, also where the data of the drug or a kill say them.
    """
    found = {path: value for path, value in leaves(scenario) if _why_not(path, value) is None}
    numbers = {path: float(value) for path, value in found.items() if isinstance(value, int | float)}
    for index, potency in enumerate(scenario.potencies):
        resolved = scenario.rates.potencies[potency.drug]
        for name in ("ec50", "hill"):
            numbers.setdefault(f"potencies[{index}].{name}", getattr(resolved, name))
        # What `emax` would be in place of the kill, which has the cycling fraction in it.
        numbers.setdefault(f"potencies[{index}].emax", resolved.emax / potency.cycling_fraction)
    return numbers


def usual(scenario: Scenario) -> list[str]:
    """All parameters that matter, and each once.

    Left out are drugs that are not given, the marrow, which is not the tumor's, the expression of what acts on
    apoptosis, the Emax that follows from a kill, the cycle that the kill is said of, which belongs to the kill, and the
    shares of niches, and of observed clones that are the whole tumor, of which one alone cannot change.
    """
    given = scenario.effective.drugs
    idle = [f"drugs[{i}]" for i, drug in enumerate(scenario.drugs) if drug.name not in given]
    # Cells of the tumor do not feel what happens in the marrow.
    idle.append("patient.marrow")
    for i, course in enumerate(scenario.radiotherapy):
        if all(niche.oxygen is None for niche in scenario.tumor.niches):
            # Oxygen is that of air.
            idle += [f"radiotherapy[{i}].{name}" for name in ("oer", "oer_half")]
        idle += [f"radiotherapy[{i}].hours_between"] if course.per_day == 1 else []
    if not scenario.radiotherapy:
        idle += [f"tumor.alterations[{a}].radiosensitivity" for a in range(len(scenario.tumor.alterations))]
    if len(scenario.tumor.observed) == len(scenario.tumor.clones):
        idle += [f"tumor.clones[{i}].fraction" for i in range(len(scenario.tumor.clones))]
    idle += [f"tumor.niches[{i}].share" for i in range(len(scenario.tumor.niches))]
    idle += [f"patient.factors[{name}]" for name in scenario.patient.factors if name not in given]
    idle += [f"potencies[{i}].emax" for i, potency in enumerate(scenario.potencies) if potency.emax is None]
    idle += [f"potencies[{i}].at" for i in range(len(scenario.potencies))]
    for a, alteration in enumerate(scenario.tumor.alterations):
        others = (e for e, effect in enumerate(alteration.effects) if effect.drug not in given)
        idle += [f"tumor.alterations[{a}].effects[{e}]" for e in others]
        if alteration.stage in (None, "apoptosis"):
            idle += [f"tumor.alterations[{a}].{name}" for name in ("expression", "reference")]
    return [path for path in parameters(scenario) if not any(below(path, part) for part in idle)]


def chosen(scenario: Scenario, with_respect_to: object, more: Iterable[str]) -> dict[str, str]:
    """The paths asked for: each a parameter, or a part of the scenario, which stands for all parameters in it.

    Their values are the same paths as they were asked for, maybe with names for indices.

    `more` are the paths of what is asked besides the scenario: the cells of the start, the time.

    Raises
    ------
    ModelError, TypeError
        All problems at once.
    """
    beside = list(more)
    if with_respect_to is None:
        return {path: path for path in [*usual(scenario), *beside]}
    problems, found = Problems(), dict[str, str]()
    if isinstance(with_respect_to, str) or not isinstance(with_respect_to, Iterable):
        hint = f"Write [{with_respect_to!r}]."
        problems.type("with_respect_to", "must be a list of paths", with_respect_to, hint=hint)
        problems.raise_if_any()
        return {}
    known = [*parameters(scenario), *beside]
    for index, path in enumerate(with_respect_to):
        if isinstance(path, str) and path not in known:
            path = _START.sub(lambda found: f"initial[{known_name(found[1], scenario.types.names)}]", path)
        part = path if path in beside else _indexed(scenario, path)
        there = [p for p in known if isinstance(part, str) and below(p, part)]
        if not _ANCHOR.match(str(part)):
            # The cycle that a kill is said of belongs to the kill: it has its rows where it is asked for.
            there = [p for p in there if not _ANCHOR.match(p)]
        found.update({p: f"{path}{p.removeprefix(str(part))}" for p in there})
        if not there:
            _refuse(problems, f"with_respect_to[{index}]", part, path, scenario, known)
    problems.raise_if_any()
    return found


def _indexed(scenario: Scenario, path: object) -> object:
    """The path with indices for names; as it is, where it leads nowhere."""
    try:
        return canonical(scenario, path) if isinstance(path, str) else path
    except NoSuchPathError:
        return path


def _why_not(path: str, value: object) -> str | None:
    if any(below(path, part) for part in UNUSED) or _BETWEEN_PATIENTS.search(path):
        return "must be something that the probability depends on"
    if path == "tumor.size":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    if isinstance(value, int):
        return "must not be counted in whole numbers: there is no derivative"
    if path.endswith(_STEPS) and value == 0:
        return "must be above 0: without it the process has no such step"
    if path.endswith(".duration_hours") and value == 0:
        return "must be above 0: a bolus has no length"
    return None


def _refuse(problems: Problems, where: str, part: object, path: object, scenario: Scenario, known: list[str]) -> None:
    if not isinstance(part, str):
        problems.type(where, "must be a path", path)
        return
    there = [(p, why) for p, value in leaves(scenario) if below(p, part) and (why := _why_not(p, value))]
    if there:
        own = [why for p, why in there if p == part]
        rule = own[0] if own else "must have a real number in it that the probability depends on"
        problems.value(where, rule, path)
    else:
        problems.value(where, "is not in the scenario", path, hint=did_you_mean(path, known))
