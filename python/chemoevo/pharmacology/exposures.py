"""What patients are exposed to, cycle by cycle: peaks, areas, troughs and times above a concentration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import real
from chemoevo.errors import Problems, did_you_mean
from chemoevo.pharmacology.treated import Treated, in_one_piece, regimen_of

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.courses import Courses
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.pharmacology.roots import Array
    from chemoevo.pharmacology.treated import Plan


def exposure(
    regimen: Regimen | Plan,
    *,
    patient: Patient | Any = None,
    above: Mapping[str, float] | None = None,
    drugs: Sequence[Drug] | Drug | None = None,
) -> pl.DataFrame:
    """What one patient, or many, are exposed to in every cycle of a regimen: peak, area, trough, time above.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom: a `Patient`, or a frame of polars or pandas with one row per patient; see `concentrations`.
    above
        (uM) {drug: total concentration in plasma, > 0}: for how long there is more. One of unbound drug is to be
        divided by the unbound fraction.
    drugs
        Your own drugs, beside those that ship.

    Returns
    -------
    polars.DataFrame
        One row per patient, drug and cycle, in this order. Columns: patient (where a frame was given: its own, or the
        number of the row), drug, cycle (from 1, through all phases), c_max_mg_per_L (largest concentration in the
        cycle), auc_mg_h_per_L (area under the concentration, from the start of the cycle to its end), trough_mg_per_L
        (at the end of the cycle, before any dose of the next); and with `above` above_uM and time_above_h, null for
        drugs that it does not name. All are of total drug in plasma.

    Raises
    ------
    ModelError
        If a drug is unknown, a column is no path of a patient, a patient lacks what a dose asks for, or a concentration
        in `above` is not > 0 or of no drug of the regimen: all problems at once.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    Nothing is sampled on a grid. Areas are those of the closed form. Peaks are looked for at all ends of infusions and
    wherever the concentration turns between them; the instants at which it crosses a level are found to the last
    digit. What is left in the body after a cycle belongs to the next one; after the last cycle nothing is counted.

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
    levels = _levels(problems, above, () if plan is None else plan.drugs)
    treated = Treated.of(problems, regimen, patient, drugs)
    import polars as pl

    given = list(treated.drugs.values())
    level = [levels[one.name] / one.micromolar_per_mg_per_l if one.name in levels else None for one in given]
    parts: dict[str, list[list[Array]]] = {"c_max_mg_per_L": [], "auc_mg_h_per_L": [], "trough_mg_per_L": []}
    times: list[list[Array]] = []
    for _, made in treated.courses():
        parts["c_max_mg_per_L"].append([course.highest() for course in made])
        parts["auc_mg_h_per_L"].append([course.areas() for course in made])
        parts["trough_mg_per_L"].append([course.last() for course in made])
        if levels:
            times.append([_above(course, mg) for course, mg in zip(made, level, strict=True)])
    number, cycles = len(treated.people.each), treated.cycles
    of_drug, of_cycle = np.indices((len(given), cycles), dtype=np.uint32)
    columns: dict[str, Any] = {
        "drug": pl.Series([one.name for one in given]).gather(np.tile(of_drug.reshape(-1), number)),
        "cycle": np.tile(of_cycle.reshape(-1) + 1, number).astype(np.int64),
        **{name: in_one_piece(blocks).reshape(-1) for name, blocks in parts.items()},
    }
    if levels:
        asked = pl.Series([levels.get(one.name) for one in given], dtype=pl.Float64)
        columns["above_uM"] = asked.gather(np.tile(of_drug.reshape(-1), number))
        columns["time_above_h"] = pl.Series(in_one_piece(times).reshape(-1)).fill_nan(None)
    return treated.with_names(pl.DataFrame(columns), len(given) * cycles)


def _levels(problems: Problems, above: object, drugs: Sequence[str]) -> dict[str, float]:
    """(uM) By drug."""
    if above is None:
        return {}
    if not isinstance(above, Mapping):
        problems.type("above", "must be a table {drug: concentration in uM}, such as {'docetaxel': 0.1}", above)
        return {}
    if not above:
        problems.value("above", "must have at least one drug")
    found = {}
    for name, value in above.items():
        if name not in drugs:
            problems.value(f"above[{name}]", "must be of a drug of the regimen", hint=did_you_mean(name, drugs))
        rule = "must be a concentration in uM, finite and > 0"
        found[name] = real(problems, f"above[{name}]", value, rule, 0.0, above=True)
    return found


def _above(course: Courses, level: float | None) -> Array:
    return np.full((len(course.rates), course.cycles), np.nan) if level is None else course.hours_above(level)
