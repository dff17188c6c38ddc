"""Which drugs can be run, and how they can be given: the one place that says which cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.pharmacology.kinetics import Kinetics
from chemoevo.pharmacology.library import drug_names, known_drug
from chemoevo.pharmacology.routes import IN_WORDS, absorbed

if TYPE_CHECKING:
    from chemoevo.pharmacology.dose import Dose
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.regimen_doses import RegimenDoses


def computable(drug: Drug) -> Kinetics:
    """The kinetics of a drug, where it has some.

    Raises
    ------
    ModelError
        If it has none.
    """
    if drug.kinetics is None:
        raise ModelError(
            f"{drug.name!r} has no kinetics: {drug.without_kinetics} It can be named and not run, with "
            f"inert=[{drug.name!r}]. Or make a drug of your own with kinetics: "
            f"Drug(name={drug.name!r}, ..., kinetics={Kinetics.form})."
        )
    return drug.kinetics


def note_inert(problems: Problems, regimen: RegimenDoses, inert: Collection[str], path: str = "inert") -> None:
    """Notes inert drugs that the regimen does not give, and regimens of which nothing else is left."""
    for i, name in enumerate(inert):
        if name not in regimen.drugs:
            hint = did_you_mean(name, regimen.drugs)
            problems.value(f"{path}[{i}]", "must be a drug of the regimen", name, hint=hint)
    if regimen.drugs and set(regimen.drugs) <= set(inert):
        problems.value(path, "must leave a drug that acts", list(inert))


def note_drugs(problems: Problems, regimen: RegimenDoses, own: Mapping[str, Drug], inert: Collection[str] = ()) -> None:
    """Notes drugs of a regimen that are not known, cannot be run, or cannot be given as the regimen says.

    Parameters
    ----------
    own
        Drugs that do not ship, by name.
    inert
        Drugs that are named and do nothing: nothing need be known of them.
    """
    known = [*own, *drug_names()]
    for path, dose in _doses(regimen):
        if dose.drug not in known and dose.drug not in inert:
            problems.value(f"{path}.drug", "is not a known drug", dose.drug, hint=did_you_mean(dose.drug, known))
    for name in regimen.drugs:
        given = None if name in inert else known_drug(name, own)
        if given is not None:
            note_drug(problems, regimen, given)


def note_unknown(
    problems: Problems, path: str, names: Iterable[str], own: Collection[str], inert: Collection[str] = ()
) -> None:
    """Notes drugs that what is at a path gives and nobody knows: neither ours, nor of those that are left inert."""
    known = [*own, *drug_names()]
    for name in dict.fromkeys(names):
        if name not in known and name not in inert:
            problems.value(path, "must give drugs that are known", name, hint=did_you_mean(name, known))


def note_drug(problems: Problems, regimen: RegimenDoses, given: Drug) -> None:
    """Notes why a drug of a regimen cannot be run, or not be given as the regimen says."""
    collect(problems, lambda: computable(given))
    note_doses(problems, ((path, dose) for path, dose in _doses(regimen) if dose.drug == given.name), given)


def note_doses(problems: Problems, doses: Iterable[tuple[str, Dose]], given: Drug) -> None:
    """Notes doses, each with its path, by which their drug cannot be given."""
    for path, dose in doses:
        _note_route(problems, path, dose, given)
        _note_duration(problems, path, dose, given)


def _doses(regimen: RegimenDoses) -> Iterator[tuple[str, Dose]]:
    for p, phase in enumerate(regimen.phases):
        for i, dose in enumerate(phase.doses):
            yield f"regimen.phases[{p}].doses[{i}]", dose


def _note_route(problems: Problems, path: str, dose: Dose, given: Drug) -> None:
    route = dose.route or given.routes[0]
    if not dose.by_mass:
        problems.value(f"{path}.unit", f"must be one of mass, for {given.name!r} to be run", dose.unit)
    if route not in given.routes:
        more = ", kinetics=Kinetics(..., absorption=Absorption(rate=1.7))" if absorbed(route) else ""
        routes = [*given.routes, route]
        hint = f"To give it {IN_WORDS[route]}, make a drug of your own: Drug(..., routes={routes}{more})."
        problems.value(
            f"{path}.route", f"must be a route of {given.name!r}: {', '.join(given.routes)}", route, hint=hint
        )
    elif absorbed(route) and given.kinetics is not None and given.kinetics.absorption is None:
        where = "route" if dose.route is not None else "drug"
        rule = f"must be one whose way into plasma is known, to be given {IN_WORDS[route]}"
        hint = f"The kinetics of {given.name!r} have no absorption; a drug of your own can: Absorption(rate=1.7)."
        if "iv" in given.routes:
            hint = f"The kinetics of {given.name!r} have no absorption: give it into a vein, with route = 'iv'."
        problems.value(f"{path}.{where}", rule, route if dose.route is not None else given.name, hint=hint)


def _note_duration(problems: Problems, path: str, dose: Dose, given: Drug) -> None:
    absorption = None if given.kinetics is None else given.kinetics.absorption
    if absorption is None or absorption.whole or dose.duration_hours == 0:
        return
    if absorbed(dose.route or given.routes[0]):
        low, high = int(absorption.stages), int(absorption.stages) + 1
        rule = f"must be 0, since {given.name!r} is absorbed by a number of stages that is not whole"
        hint = f"A dose that lasts can be absorbed by a whole number: stages = {low} or {high}."
        problems.value(f"{path}.duration_hours", rule, dose.duration_hours, hint=hint)
