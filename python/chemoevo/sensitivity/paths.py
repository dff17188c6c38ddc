"""The numbers of a scenario by their paths: those an answer depends on smoothly, and scenarios with one changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chemoevo.base.names import known_name
from chemoevo.base.specification import Specification
from chemoevo.errors import Problems, did_you_mean

if TYPE_CHECKING:
    from chemoevo.scenario.scenario import Scenario

_START = re.compile(r"^initial\[(.*)\]$")
UNUSED = ("progression", "compare", "simulation", "follow_up.looks_every")
"""What no probability of a scenario depends on."""


def leaves(part: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value that is no specification, by its path; what is None is left out."""
    if isinstance(part, Specification):
        for name in type(part).model_fields:
            yield from leaves(getattr(part, name), f"{path}.{name}" if path else name)
    elif isinstance(part, tuple):
        for index, item in enumerate(part):
            yield from leaves(item, f"{path}[{index}]")
    elif part is not None and not isinstance(part, Mapping):
        yield path, part


def parameters(scenario: Scenario) -> dict[str, float]:
    """What derivatives are taken by: paths of real numbers, with their values; the size of the tumor among them.

    EC50 and Hill exponent of every potency are there, also where the data of the drug say them.
    """
    found = {path: value for path, value in leaves(scenario) if _why_not(path, value) is None}
    numbers = {path: float(value) for path, value in found.items() if isinstance(value, int | float)}
    for index, potency in enumerate(scenario.potencies):
        resolved = scenario.rates.potencies[potency.drug]
        for name in ("ec50", "hill"):
            numbers.setdefault(f"potencies[{index}].{name}", getattr(resolved, name))
    return numbers


def usual(scenario: Scenario) -> list[str]:
    """All parameters but those of drugs that are not given, and the expression of what acts on apoptosis."""
    given = scenario.regimen.drugs
    idle = [f"drugs[{i}]" for i, drug in enumerate(scenario.drugs) if drug.name not in given]
    for a, alteration in enumerate(scenario.tumor.alterations):
        others = (e for e, effect in enumerate(alteration.effects) if effect.drug not in given)
        idle += [f"tumor.alterations[{a}].effects[{e}]" for e in others]
        if alteration.stage == "apoptosis":
            idle += [f"tumor.alterations[{a}].{name}" for name in ("expression", "reference")]
    return [path for path in parameters(scenario) if not any(_below(path, part) for part in idle)]


def chosen(scenario: Scenario, with_respect_to: object, more: Iterable[str]) -> list[str]:
    """The paths asked for: each a parameter, or a part of the scenario, which stands for all parameters in it.

    `more` are the paths of what is asked besides the scenario: the cells of the start, the time.

    Raises
    ------
    ModelError, TypeError
        All problems at once.
    """
    beside = list(more)
    if with_respect_to is None:
        return [*usual(scenario), *beside]
    problems, found = Problems(), dict[str, None]()
    if isinstance(with_respect_to, str) or not isinstance(with_respect_to, Iterable):
        hint = f"Write [{with_respect_to!r}]."
        problems.type("with_respect_to", "must be a list of paths", with_respect_to, hint=hint)
        problems.raise_if_any()
        return []
    known = [*parameters(scenario), *beside]
    for index, path in enumerate(with_respect_to):
        if isinstance(path, str) and path not in known:
            path = _START.sub(lambda found: f"initial[{known_name(found[1], scenario.genotypes.names)}]", path)
        below = [p for p in known if isinstance(path, str) and _below(p, path)]
        found.update(dict.fromkeys(below))
        if not below:
            _refuse(problems, f"with_respect_to[{index}]", path, scenario, known)
    problems.raise_if_any()
    return list(found)


def changed(data: dict[str, Any], path: str, value: float) -> dict[str, Any]:
    """A copy of what `Scenario.to_dict` gave, with another value at a path."""
    keys = _keys(path)
    copy: dict[str, Any] = dict(data)
    here: Any = copy
    for key in keys[:-1]:
        here[key] = list(here[key]) if isinstance(here[key], list) else dict(here[key])
        here = here[key]
    here[keys[-1]] = value
    return copy


def _keys(path: str) -> list[str | int]:
    return [int(index) if index else name for index, name in re.findall(r"\[(\d+)\]|(\w+)", path)]


def _below(path: str, part: str) -> bool:
    return path == part or path.startswith((f"{part}.", f"{part}["))


def _why_not(path: str, value: object) -> str | None:
    if any(_below(path, part) for part in UNUSED):
        return "must be something that the probability depends on"
    if path == "tumor.size":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    if isinstance(value, int):
        return "must not be counted in whole numbers: there is no derivative"
    if path.endswith(".mutation") and value == 0:
        return "must be above 0: without mutation the process has no such step"
    if path.endswith(".duration_hours") and value == 0:
        return "must be above 0: a bolus has no length"
    return None


def _refuse(problems: Problems, where: str, path: object, scenario: Scenario, known: list[str]) -> None:
    if not isinstance(path, str):
        problems.type(where, "must be a path", path)
        return
    there = [(p, why) for p, value in leaves(scenario) if _below(p, path) and (why := _why_not(p, value))]
    if there:
        own = [why for p, why in there if p == path]
        rule = own[0] if own else "must have a real number in it that the probability depends on"
        problems.value(where, rule, path)
    else:
        problems.value(where, "is not in the scenario", path, hint=did_you_mean(path, known))
