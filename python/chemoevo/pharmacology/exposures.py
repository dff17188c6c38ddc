"""What patients are exposed to, cycle by cycle: peaks, areas, troughs and times above a concentration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import real
from chemoevo.errors import Problems, did_you_mean
from chemoevo.pharmacology.compartments import PLASMA, Compartment, compartments
from chemoevo.pharmacology.library import OwnDrugs, known_drug
from chemoevo.pharmacology.treated import Treated, inert_drugs, own_drugs, regimen_of

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.pharmacology.treated import Plan


def exposure(
    regimen: Regimen | Plan,
    *,
    patient: Patient | Any = None,
    above: Mapping[str, float] | None = None,
    drugs: OwnDrugs | None = None,
    inert: Sequence[str] | str | None = None,
) -> pl.DataFrame:
    """What one patient, or many, are exposed to in every cycle of a regimen: peak, area, trough, time above.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom: a `Patient`, or a frame of polars or pandas with one row per patient; see `concentrations`.
    above
        (uM) {drug or metabolite: total concentration in plasma, > 0}: for how long there is more. One of unbound drug
        is to be divided by the unbound fraction.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    inert
        Drugs of the regimen of which nothing is to be known, such as ["leucovorin"]: they are left out.

    Returns
    -------
    polars.DataFrame
        One row per patient, drug, compartment and cycle, in this order. Columns: patient (where a frame was given: its
        own, or the number of the row), drug, compartment ("plasma"; a metabolite by its name; "effect", where the
        kinetics have it), cycle (from 1, through all phases), c_max_mg_per_L (largest concentration in the cycle),
        auc_mg_h_per_L (area under the concentration, from the start of the cycle to its end), trough_mg_per_L (at the
        end of the cycle, before any dose of the next); and with `above` above_uM and time_above_h, null for what it
        does not name. All are totals, bound and unbound.

    Raises
    ------
    ModelError
        If a drug is unknown, a column is no path of a patient, a patient lacks what a dose asks for, or a concentration
        in `above` is not > 0 or of no drug of the regimen: all problems at once.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    Areas are those of the closed form. Peaks are looked for at all ends of infusions and wherever the concentration
    turns between them: where its derivative changes sign between instants that begin at a quarter of the fastest time
    constant after a dose and grow by a half each. Turns and crossings of a level are found to the last digit. What is
    left in the body after a cycle belongs to the next one; after the last cycle nothing is counted.

    See Also
    --------
    concentrations : the whole course.
    patients : patients drawn from a population.

    Examples
    --------
    >>> import chemoevo as ce
    >>> regimen, patient = ce.regimens.docetaxel_carboplatin(), ce.Patient(bsa=1.8, gfr=90)
    >>> table = ce.exposure(regimen, patient=patient, above={"docetaxel": 0.1})
    >>> table.filter(drug="carboplatin", cycle=1)["auc_mg_h_per_L"].round(6).to_list()  # AUC 6 mg min/mL
    [100.0]
    >>> first = table.filter(drug="docetaxel", cycle=1)
    >>> first.select("c_max_mg_per_L", "time_above_h").row(0)
    (2.191168..., 2.116183...)
    """
    problems = Problems()
    plan = regimen_of(Problems(), regimen)
    idle = inert_drugs(Problems(), regimen, inert)
    acting = [] if plan is None else [name for name in plan.drugs if name not in idle]
    levels = _levels(problems, above, _names(acting, own_drugs(Problems(), regimen, drugs)))
    treated = Treated.of(problems, regimen, patient, drugs, inert)
    asked = [(one.name, place) for one in treated.drugs.values() for place in compartments(one)]
    import polars as pl

    number, cycles = len(treated.people.each), treated.regimen.cycles
    treated.check_rows(len(asked) * cycles, "regimen makes")
    above_uM = [_level(levels, name, place) for name, place in asked]
    found = np.empty((number, len(asked), cycles, 4))
    for some, made in treated.courses():
        for name, course in zip(treated.drugs, made, strict=True):
            mine = [k for k, (drug, _) in enumerate(asked) if drug == name]
            marks = [(asked[k][1].place, (above_uM[k] or math.inf) / asked[k][1].micromolar) for k in mine]
            found[some, mine[0] : mine[-1] + 1] = course.by_cycle(marks)
    each = np.tile(np.repeat(np.arange(len(asked), dtype=np.uint32), cycles), number)
    columns: dict[str, Any] = {
        "drug": pl.Series([name for name, _ in asked]).gather(each),
        "compartment": pl.Series([place.name for _, place in asked]).gather(each),
        "cycle": np.tile(np.arange(1, cycles + 1), number * len(asked)),
    }
    columns |= {name: found[..., k].reshape(-1) for k, name in enumerate(_MEASURES)}
    if levels:
        columns["above_uM"] = pl.Series(above_uM, dtype=pl.Float64).gather(each)
        time = pl.Series(found[..., 3].reshape(-1))
        columns["time_above_h"] = pl.select(pl.when(columns["above_uM"].is_not_null()).then(time)).to_series()
    return treated.with_names(pl.DataFrame(columns), len(asked) * cycles)


_MEASURES = ("c_max_mg_per_L", "auc_mg_h_per_L", "trough_mg_per_L")


def _level(levels: Mapping[str, float], drug: str, place: Compartment) -> float | None:
    """(uM) The level of a compartment: plasma goes by the name of the drug."""
    return levels.get(drug if place.name == PLASMA else place.name)


def _names(drugs: Sequence[str], own: Mapping[str, Drug]) -> list[str]:
    """Of drugs and of what they become, as far as they are known."""
    found = list(drugs)
    for name in drugs:
        given = known_drug(name, own)
        if given is not None and given.kinetics is not None:
            found += [place.name for place in compartments(given)[1:]]
    return found


def _levels(problems: Problems, above: object, known: Sequence[str]) -> dict[str, float]:
    """(uM) By drug or metabolite."""
    if above is None:
        return {}
    if not isinstance(above, Mapping):
        problems.type("above", "must be a table {drug: concentration in uM}, such as {'docetaxel': 0.1}", above)
        return {}
    if not above:
        problems.value("above", "must have at least one drug")
    found = {}
    for name, value in above.items():
        if name not in known:
            rule = "must be of a drug of the regimen, or of a metabolite of one"
            problems.value(f"above[{name}]", rule, hint=did_you_mean(name, known))
        rule = "must be a concentration in uM, finite and > 0"
        found[name] = real(problems, f"above[{name}]", value, rule, 0.0, above=True)
    return found
