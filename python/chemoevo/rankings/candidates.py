"""Regimens that are compared: each as a scenario of its own, at every point."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chemoevo.base.addressed import assigned
from chemoevo.base.paths import NoSuchPathError, below, canonical, steps_of
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Specification
from chemoevo.errors import ModelError, Problems, SimulationError, collect, did_you_mean
from chemoevo.pharmacology import regimens as shipped
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.pharmacology.representable import note_unknown
from chemoevo.resistance.interaction import Interaction
from chemoevo.resistance.potency import Potency
from chemoevo.scenario.fields import Untouched
from chemoevo.scenario.scenario import Scenario
from chemoevo.sweeps.point import check_model

HORIZON = "follow_up.horizon"
_POTENCY = re.compile(r"potencies\[([^\[\]]+)\]")
_PLACE = re.compile(r"niche_therapies\[([^\[\]]*\D[^\[\]]*)\]")
"""Paths into what is about one drug: of drugs that a regimen does not give it is left out."""


class OtherDrugs(Specification):
    """What is said of drugs that regimens give and the scenario itself does not.

    Parameters
    ----------
    potencies
        Action of each of them on sensitive cells.
    inert
        Those that are named and do nothing.
    interactions
        How they act together, and with others.
    assume_untouched
        Pairs of a mechanism and one of them of which nothing is known, and that are taken as untouched; True for all.
    """

    potencies: Several[Potency] = given(default=())
    inert: Several[Name] = given(default=())
    interactions: Several[Interaction] = given(default=())
    assume_untouched: Untouched = given(default=False)


@dataclass(frozen=True)
class Candidate:
    """A regimen that is compared with others.

    Attributes
    ----------
    name
        As its user calls it.
    base
        What it changes.
    others
        What is said of drugs that the base does not give.
    changes
        Values by path.
    """

    name: str
    base: Scenario
    others: OtherDrugs
    changes: Mapping[str, Any]

    def at(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario with this regimen, with other values at some paths.

        What is said of drugs that the regimen does not give, also by values, is left out.

        Raises
        ------
        ModelError
            If there is none: a drug has no potency, the patient lacks what a dose asks for.
        TypeError
            If a value has a wrong type.
        """
        places = {one.drug for one in self.base.niche_therapies}
        whole: dict[str, Any] = {}
        of_drugs: dict[str, dict[str, Any]] = {}
        for path, value in {**self.changes, **values}.items():
            if (found := _POTENCY.match(path)) is not None:
                of_drugs.setdefault(found[1], {})[path[found.end() :].removeprefix(".")] = value
            elif (found := _PLACE.match(path)) is None or found[1] in places:
                whole[path] = value
        data = assigned(self.base, whole)
        if isinstance(regimen := data.get("regimen"), Mapping):
            regimen = data["regimen"] = Regimen.from_dict(regimen)
        drugs = () if regimen is None else regimen.drugs
        if "potencies" not in whole:
            pool = pool_of(self.base, self.others)
            data["potencies"] = [_changed(pool[name], of_drugs.get(name, {})) for name in pool if name in drugs]
        data["niche_therapies"] = [one for one in data.get("niche_therapies", ()) if _get(one, "drug") in drugs]
        idle = (*data.get("inert", ()), *self.others.inert)
        data["inert"] = [name for name in dict.fromkeys(idle) if name in drugs]
        together = (*data.get("interactions", ()), *self.others.interactions)
        data["interactions"] = [one for one in together if set(_get(one, "drugs")) <= set(drugs)]
        data["assume_untouched"] = _untouched(data.get("assume_untouched", False), self.others.assume_untouched, drugs)
        return Scenario.from_dict(data)


@dataclass(frozen=True)
class Candidates:
    """All of them, as a function of which one and of values by path: the model of a sweep."""

    each: tuple[Candidate, ...]

    def __call__(self, candidate: int, values: Mapping[str, Any]) -> Scenario:
        """The scenario of one of them."""
        return self.each[candidate].at(values)

    def made(self, candidate: int) -> Scenario | None:
        """The scenario of one of them by itself; None where there is none."""
        try:
            return self(candidate, {})
        except (ModelError, SimulationError):
            return None


def candidates_of(problems: Problems, base: Scenario, regimens: object, others: OtherDrugs) -> Candidates:
    """The regimens that a user names; what cannot be read as one is noted.

    Parameters
    ----------
    base
        The tumor and the patient.
    regimens
        {name: regimen}, as `rank_regimens` takes them.
    others
        What is said of drugs that `base` does not give.
    """
    own = {potency.drug for potency in base.potencies}
    for i, potency in enumerate(others.potencies):
        if potency.drug in own:
            problems.value(f"potencies[{i}].drug", "must be of a drug that has no potency yet", potency.drug)
        own.add(potency.drug)
    if not isinstance(regimens, Mapping):
        problems.type("regimens", "must be a table of regimens by name, such as {'A': 'docetaxel'}", regimens)
        return Candidates(())
    if not regimens:
        problems.value("regimens", "must have at least one regimen")
    found = []
    for name, value in regimens.items():
        if not isinstance(name, str) or not name.strip():
            problems.type("regimens", "must have names for keys, which are texts", name)
        elif isinstance(value, Scenario):
            if value.follow_up.horizon != base.follow_up.horizon:
                _other_horizon(problems, f"regimens[{name}].{HORIZON}", base, value.follow_up.horizon)
            found.append(Candidate(name, value, OtherDrugs(), {}))
        elif (changes := _changes(problems, f"regimens[{name}]", base, others, value)) is not None:
            _note_drugs(problems, f"regimens[{name}]", base, others, changes)
            if changes.get(HORIZON, base.follow_up.horizon) != base.follow_up.horizon:
                _other_horizon(problems, f"regimens[{name}][{HORIZON}]", base, changes[HORIZON])
            found.append(Candidate(name, base, others, changes))
    return Candidates(tuple(found))


def _note_drugs(problems: Problems, path: str, base: Scenario, others: OtherDrugs, changes: Mapping[str, Any]) -> None:
    """Notes drugs of a regimen that nobody knows; where it changes drugs as well, that is found when it is made."""
    regimen = changes.get("regimen")
    if isinstance(regimen, Regimen) and not any(re.match(r"(drugs|inert)\b", name) for name in changes):
        inert = (*base.inert, *others.inert)
        note_unknown(problems, path, regimen.drugs, [drug.name for drug in base.drugs], inert)


def pool_of(base: Scenario, others: OtherDrugs) -> dict[str, Potency]:
    """All potencies that are known, by drug."""
    return {potency.drug: potency for potency in (*base.potencies, *others.potencies)}


def note_paths(
    problems: Problems, each: Candidates, base: Scenario, others: OtherDrugs, columns: Sequence[str]
) -> dict[str, str]:
    """Paths of points, with the names of drugs for the indices of potencies.

    Noted are those that are no paths, and what points and a regimen both would set.
    """
    found = _paths(problems, "points", base, others, columns)
    for name, path in found.items():
        if re.match(r"regimen\b", name):
            problems.value(f"points[{name}]", "must be left out: it is what differs between the rows of a ranking")
        for one in each.each:
            for other in one.changes:
                first, second = _known(base, path), _known(base, other)
                if below(first, second) or below(second, first):
                    problems.value(f"points[{name}]", f"must be left out: regimens[{one.name}] sets {other}")
    return found


def _paths(problems: Problems, where: str, base: Scenario, others: OtherDrugs, names: Sequence[str]) -> dict[str, str]:
    """Paths as a user writes them and as they are known; those that lead nowhere are noted."""
    pool, found = pool_of(base, others), dict[str, str]()
    rest = []
    for name in names:
        match = re.match(r"potencies\[([^\[\]]+)\]", name)
        if match is None:
            rest.append(name)
            found[name] = name
            continue
        key, below_it = match[1], name[match.end() :]
        drug = base.potencies[int(key)].drug if key.isdigit() and int(key) < len(base.potencies) else key
        known = f"potencies[{drug}]{below_it}"
        if drug not in pool:
            rule = "is not in the specification"
            problems.value(f"{where}[{name}]", rule, hint=did_you_mean(drug, pool) if pool else "")
        elif known in found.values():
            problems.value(where, "must name every parameter once", name)
        elif below_it:
            try:
                steps_of(pool[drug], below_it.removeprefix("."))
            except NoSuchPathError as error:
                problems.value(f"{where}[{name}]", error.rule, hint=error.hint)
        found[name] = known
    check_model(problems, base, rest, where=where)
    return found


def _known(base: Scenario, path: str) -> str:
    """A path with indices for names, but for drugs of potencies."""
    try:
        return path if path.startswith("potencies[") else canonical(base.with_missing([path]), path)
    except (NoSuchPathError, ModelError):  # said already
        return path


def _changes(problems: Problems, path: str, base: Scenario, others: OtherDrugs, value: object) -> dict[str, Any] | None:
    """What a regimen changes, by path; None where it cannot be read."""
    if isinstance(value, Mapping) and "phases" not in value:
        changes = {str(name): item for name, item in value.items()}
        regimen = changes.get("regimen")
        if isinstance(regimen, str):
            changes["regimen"] = _named(problems, f"{path}.regimen", regimen)
        elif isinstance(regimen, Mapping):
            changes["regimen"] = collect(problems, lambda: _regimen(f"{path}.regimen", changes["regimen"]))
        if not changes:
            problems.value(path, "must change something: values by the paths of the scenario", value)
        known = _paths(problems, path, base, others, list(changes))
        return {known[name]: item for name, item in changes.items()}
    if isinstance(value, Mapping):
        data: Mapping[str, Any] = value
        regimen = collect(problems, lambda: _regimen(path, data))
        return None if regimen is None else {"regimen": regimen}
    if isinstance(value, str):
        regimen = _named(problems, path, value)
        return None if regimen is None else {"regimen": regimen}
    if isinstance(value, Regimen):
        return {"regimen": value}
    rule = "must be a Regimen, its text, the name of one that ships, a Scenario, or a table of changes by path"
    problems.type(path, rule, value)
    return None


def _regimen(path: str, data: Mapping[str, Any]) -> Regimen:
    try:
        return Regimen.from_dict(data)
    except ModelError as error:
        raise ModelError([f"{path}.{problem}" for problem in error.problems]) from None


def _named(problems: Problems, path: str, text: str) -> Regimen | None:
    """The regimen that ships by that name, or that a line of text says."""
    if text in shipped.names():
        return shipped.regimen(text)
    if " " not in text.strip():
        rule = "must be the name of a regimen that ships with chemoevo, or one line as Regimen.parse reads it"
        problems.value(path, rule, text, hint=did_you_mean(text, shipped.names()))
        return None
    try:
        return Regimen.parse(text)
    except ModelError as error:
        problems.extend([f"{path}: {problem}" for problem in error.problems])
        return None


def _other_horizon(problems: Problems, path: str, base: Scenario, horizon: object) -> None:
    rule = f"must be {base.follow_up.horizon:g} days, as that of the model: cure by another day is another question"
    problems.value(path, rule, horizon)


def _changed(potency: Potency, changes: Mapping[str, Any]) -> Potency:
    """A potency with other values; what is wrong is said by the paths of the scenario."""
    rest = {path: value for path, value in changes.items() if path}
    try:
        if "" in changes:
            whole = changes[""]
            potency = whole if isinstance(whole, Potency) else Potency.from_dict(whole)
        return potency.replace(rest) if rest else potency
    except ModelError as error:
        raise ModelError([f"potencies[{potency.drug}].{problem}" for problem in error.problems]) from None


def _untouched(one: Any, other: Any, drugs: Sequence[str]) -> Any:
    """Pairs that one or the other takes as untouched, of the drugs that are given; True for all."""
    if one is True or other is True:
        return True
    pairs = dict.fromkeys(tuple(pair) for some in (one, other) if some is not False for pair in some)
    return [pair for pair in pairs if pair[1] in drugs]


def _get(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name)
