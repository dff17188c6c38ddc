"""The sources of every number that a model uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chemoevo.base.evidence import OWN, Citation, figures_of
from chemoevo.base.forks import check_fork
from chemoevo.errors import Problems, Words
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import find_drug, known_drug
from chemoevo.pharmacology.neutropenia import Neutropenia, preferred
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.pharmacology.routes import absorbed
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.potency import Potency
from chemoevo.resistance.radiotherapy import Radiotherapy
from chemoevo.scenario.citation_rows import Row, formula, of_changes, own, row_of, source_of, told, verified
from chemoevo.scenario.fields import ScenarioFields
from chemoevo.scenario.place_citations import of_places

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.scenario.scenario import Scenario

_CALVERT = Citation(text="Calvert et al. 1989, J Clin Oncol 7:1748", doi="10.1200/JCO.1989.7.11.1748")
_ALPER = Citation(text="Alper & Howard-Flanders 1956, Nature 178:978", doi="10.1038/178978a0")
_FOWLER = Citation(text="Fowler 1989, Br J Radiol 62:679", doi="10.1259/0007-1285-62-740-679")
# Of the kinetics of a drug, what is not of one patient or follows what acts.
_APART = ("kinetics.correlations", "kinetics.effect_rate")
_STATED = {
    "ec50": "uM",
    "hill": "1",
    "emax": "per day, or 1",
    "log10_kill_per_cycle": "1",
    "mutation": "1",
    "hypoxia_half": "mmHg",
}
"""Of a potency, what a scenario states, with units."""


def citations(model: Scenario | Regimen | Drug | Neutropenia | Alteration | Mechanism) -> pl.DataFrame:
    """The sources of every number that a model uses.

    Parameters
    ----------
    model
        A scenario: of its drugs what enters it, of its alterations and mechanisms what they do to these drugs, and what
        is stated in it, with its reason. A regimen: where it comes from, of its drugs what kinetics are computed from,
        and the sets of parameters of the marrow that are preferred for them. Or one drug, one such set, one alteration
        or one mechanism: all its numbers.

    Returns
    -------
    polars.DataFrame
        One row per number: `part`, `number` (its path in the part), `value`, `unit`, `source`, `doi`, `tag`, `verified`
        and `note`.

    Raises
    ------
    TypeError
        If it is no such model.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import pharmacology
    >>> found = ce.citations(pharmacology.drug("carboplatin"))
    >>> found.filter(number="kinetics.clearance").select("value", "unit", "tag", "verified").row(0)
    (8.38, 'L/h', 'R', True)
    """
    check_fork()
    import polars as pl

    if isinstance(model, ScenarioFields):
        rows = list(_of_scenario(model))
    elif isinstance(model, Regimen):
        rows = list(_of_regimen(model))
    elif isinstance(model, Drug):
        rows = list(_of_drug(model))
    elif isinstance(model, Neutropenia):
        rows = list(_of_neutropenia(model))
    elif isinstance(model, Alteration):
        rows = list(_of_alteration(model, None))
    elif isinstance(model, Mechanism):
        rows = list(_of_mechanism(model, None))
    else:
        problems = Problems()
        rule = "must be a Scenario, a Regimen, a Drug, a Neutropenia, an Alteration or a Mechanism"
        problems.type("model", rule, Words(f"{model!r:.100}"))
        problems.raise_if_any()
    kinds = dict(
        zip(Row._fields, (*(pl.String,) * 2, pl.Float64, *(pl.String,) * 4, pl.Boolean, pl.String), strict=True)
    )
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _of_scenario(scenario: ScenarioFields) -> Iterator[Row]:
    known = {drug.name: drug for drug in scenario.drugs}
    stated = {potency.drug: potency for potency in scenario.potencies}
    for name in scenario.effective.drugs:
        drug = find_drug(name, known)
        routes = {dose.route for phase in scenario.planned.phases for dose in phase.doses if dose.drug == name}
        absorbs = any(absorbed(route or drug.routes[0]) for route in routes)
        yield from _used(drug, scenario.patient, stated.get(name), absorbs=absorbs)
    for alteration in scenario.tumor.alterations:
        part = f"alteration {alteration.name}"
        yield own(part, "mutation", alteration.mutation, "per division")
        if alteration.cost:
            yield own(part, "cost", alteration.cost, "1")
        for name, unit in (("reversal", "per division"), ("switch_on", "per day"), ("switch_off", "per day")):
            if value := getattr(alteration, name):
                yield own(part, name, value, unit)
        yield from _of_alteration(alteration, scenario.effective.drugs)
    yield from of_places(scenario)
    yield from _of_mechanisms(scenario)
    for one in scenario.interactions:
        number = "alpha" if one.alpha is not None else one.how
        yield Row(f"together {', '.join(one.drugs)}", str(number), one.alpha, "1", one.basis, None, OWN, None, None)
    yield from _of_radiotherapy(scenario)
    if scenario.planned.cite is not None:
        yield Row("regimen", scenario.planned.name, None, None, scenario.planned.cite, None, OWN, None, None)


def _of_radiotherapy(scenario: ScenarioFields) -> Iterator[Row]:
    """What each course says of cells, the model that takes it, and what alterations do to it."""
    for i, course in enumerate(scenario.radiotherapy):
        part = f"radiotherapy {i if course.name is None else course.name}"
        words = "A cell survives a fraction D with the probability exp(-alpha D - beta D^2)."
        yield formula(part, "survival_rule", _FOWLER, "B+", words)
        for path, figure in figures_of(course):
            yield row_of(part, path, figure, course.citations)
        if any(niche.oxygen is not None for niche in scenario.tumor.niches):
            yield from _of_oxygen(part, course)
    for one in scenario.tumor.alterations if scenario.radiotherapy else ():
        part, factor = f"alteration {one.name}", one.radiosensitivity
        if factor is not None:
            yield own(part, "radiosensitivity", factor, "1")


def _of_oxygen(part: str, course: Radiotherapy) -> Iterator[Row]:
    """What oxygen does to fractions; both numbers have been taken for tumors since they were found in bacteria."""
    for name, unit in (("oer", "1"), ("oer_half", "mmHg")):
        value = getattr(course, name)
        if value == type(course).model_fields[name].default:
            yield Row(part, name, value, unit, _ALPER.text, _ALPER.doi, "B+", False, "found in bacteria")
        else:
            yield own(part, name, value, unit)
    words = "A fraction D acts as D OER/oer, with OER = (oer p + oer_half)/(p + oer_half) at p mmHg of oxygen."
    yield formula(part, "oxygen_rule", _ALPER, "B+", words)


def _of_mechanisms(scenario: ScenarioFields) -> Iterator[Row]:
    """Of mechanisms that are changed, inhibited or induced what they do to the drugs, and what does that to them."""
    cells = Cells(scenario.types, scenario.biology, scenario.active_drugs)
    mine = [alteration.own.name for alteration in scenario.tumor.alterations if alteration.own is not None]
    breathing = any(niche.oxygen is not None for niche in scenario.tumor.niches)
    for name in cells.in_play:
        if name not in mine:
            rows = _of_mechanism(cells.mechanisms[cells.position[name]], scenario.effective.drugs)
            yield from (row for row in rows if row.number != "hypoxia" or breathing)
            if name in scenario.tumor.expressions:
                value = scenario.tumor.expressions[name]
                yield own(f"mechanism {name}", "expression (stated)", value, "1")
    for name, drug in cells.modulators().items():
        for path, figure in figures_of(drug):
            found = re.fullmatch(r"(inhibits|induces)\[(\d+)\]\..+", path)
            if found and getattr(drug, found[1])[int(found[2])].mechanism in cells.position:
                yield row_of(f"drug {name}", path, figure, drug.citations)


def _of_mechanism(mechanism: Mechanism, drugs: tuple[str, ...] | None) -> Iterator[Row]:
    part = f"mechanism {mechanism.name}"
    for one in mechanism.drugs:
        if drugs is not None and one.drug not in drugs:
            continue
        source = source_of(one.cite, mechanism.citations)
        tag = one.tag or OWN
        for name in ("fold", "strength", "ceiling"):
            value = getattr(one, name)
            if value is not None:
                number = f"drugs[{one.drug}].{name}"
                yield Row(part, number, value, "1", *told(source), tag, verified(tag), one.note)
        if one.none is not None:
            number = f"drugs[{one.drug}].none"
            yield Row(part, number, None, None, *told(source), tag, verified(tag), one.none)
    for path, figure in figures_of(mechanism):
        found = re.match(r"drugs\[(\d+)\]", path)
        if found is None or drugs is None or mechanism.drugs[int(found[1])].drug in drugs:
            yield row_of(part, path, figure, mechanism.citations)


def _of_regimen(regimen: Regimen) -> Iterator[Row]:
    yield Row("regimen", regimen.name, None, None, regimen.cite, None, OWN, None, None)
    known = [one for name in regimen.drugs if (one := known_drug(name, {})) is not None]
    for drug in known:
        used = ("molar_mass", "fraction_unbound", "kinetics", "metabolites")
        yield from (row for row in _of_drug(drug) if row.number.partition(".")[0].partition("[")[0] in used)
    sets = (preferred(name) for name in regimen.drugs)
    for model in dict.fromkeys(one for one in sets if one is not None):
        yield from _of_neutropenia(model)


def _of_neutropenia(model: Neutropenia) -> Iterator[Row]:
    for path, figure in figures_of(model):
        yield row_of(f"neutropenia {model.name}", path, figure, model.citations)


def _used(drug: Drug, patient: Patient, stated: Potency | None, *, absorbs: bool) -> Iterator[Row]:
    """What of a drug enters a scenario; the rest of its data says more of it than is computed."""
    acting = f"metabolites[{drug.acting_compartment - 1}]" if drug.acting_compartment else ""
    used = ("molar_mass", "kinetics", *([acting] if acting else ("fraction_unbound", "potency")))
    unused = (*_APART, *(() if absorbs else ("kinetics.absorption",)))
    of_potency = f"{acting}.potency" if acting else "potency"
    by_kidney = drug.kinetics.clearance_rule == "calvert" and patient.knows_gfr()
    for row in _of_drug(drug):
        whole, _, last = row.number.rpartition(".")
        if row.number.partition(".")[0] not in used or row.number.startswith(unused):
            continue
        if whole == of_potency and stated is not None and getattr(stated, last, None) is not None:
            continue
        if row.number == "kinetics.clearance" and by_kidney:
            rule = "0.06 (GFR + 25) L/h, in place of the typical clearance."
            yield Row(row.part, "kinetics.clearance_rule", None, None, _CALVERT.text, _CALVERT.doi, "B+", False, rule)
            continue
        yield row
    for name, unit in _STATED.items():
        value = getattr(stated, name, None)
        if stated is None or value is None:
            continue
        part, number = f"drug {drug.name}", f"{name} (stated)"
        if name in ("ec50", "hill") and stated.cite is not None:
            tag = stated.tag or OWN
            yield Row(part, number, value, unit, stated.cite, None, tag, verified(tag), None)
        else:
            yield own(part, number, value, unit, stated.basis)


def _of_drug(drug: Drug) -> Iterator[Row]:
    for path, figure in figures_of(drug):
        yield row_of(f"drug {drug.name}", path, figure, drug.citations)
    for i, one in enumerate(drug.kinetics.correlations if drug.kinetics is not None else ()):
        source = drug.citations.get(one.cite or "")
        number = f"kinetics.correlations[{i}]"
        yield Row(f"drug {drug.name}", number, one.value, "1", *told(source), one.tag, verified(one.tag), None)


def _of_alteration(alteration: Alteration, drugs: tuple[str, ...] | None) -> Iterator[Row]:
    yield from of_changes(f"alteration {alteration.name}", alteration.changes, alteration.citations)
    for effect in alteration.effects:
        if drugs is not None and effect.drug not in drugs:
            continue
        source = source_of(effect.cite, alteration.citations)
        tag = effect.tag or OWN
        for name in ("fold", "strength", "threshold", "ceiling"):
            value = getattr(effect, name)
            if value is not None:
                number = f"effects[{effect.drug}].{name}"
                part = f"alteration {alteration.name}"
                yield Row(part, number, value, "1", *told(source), tag, verified(tag), effect.note)
