"""What is decided on the days of doses, by rules, in one patient or in many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.base.forks import check_fork
from chemoevo.pharmacology.courses import HOURS
from chemoevo.pharmacology.draws import Array
from chemoevo.pharmacology.realization import Realization

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.dose_rules import DoseRules
    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.neutropenia import Neutropenia
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.pharmacology.treated import Plan


def decisions(
    regimen: Regimen | Plan,
    *,
    rules: DoseRules | str,
    patient: Patient | Any = None,
    drugs: OwnDrugs | None = None,
    model: Neutropenia | str | Sequence[Neutropenia | str] | None = None,
    without: Sequence[str] | str = (),
    seed: int | None = None,
) -> pl.DataFrame:
    """What rules decide on the days of doses: when the next is given, how much it is, and when there is none.

    Parameters
    ----------
    regimen
        What is planned; or a `Scenario`, which knows its regimen, its patient and its drugs.
    rules
        A `DoseRules`, or the name of some that ship (`pharmacology.dose_rules_names()`).
    patient, drugs, model, without
        As `neutrophils`. Drugs that are left out act on nothing; they wait and end with the others.
    seed
        A whole number >= 0, where `fever_per_day` is > 0: fever is drawn, for row i by the seed and i. One patient
        alone is the first: give those whom you ask about one after the other seeds of their own.

    Returns
    -------
    polars.DataFrame
        One row per patient and look, in this order; a look is on the day of a cycle, on those on which it waits, with
        `skip_below` on its later days, and at the end of the last cycle. Columns: patient (where a frame was given: its
        own, or the number of the row), cycle (the one that is due, from 1), day (from the first day of the first
        cycle), days_late (since it was due), neutrophils (1e9/L; or leukocytes), nadir (1e9/L, since the last cycle
        that gave something began; null in the first row), days_low (days below `reduce_below`, the longest time without
        a break since then; null without that rule), action and reason (see below), and for every drug that is ruled or
        has a limit share[drug]: of its planned doses, what part is given now, by amount; null where none is planned.

        Actions: "give" (at the level reached), "reduce" (a level lower), "wait", "skip", "stop" (no more doses), "end"
        (all was given). Reasons, none or several, joined by commas: "count", "low for long", "delay", "fever", "lowest
        level" (where doses cannot be lower), "limit" (of a drug in all). A "skip" by a limit is a day, or a cycle, of
        which nothing is left to give.

    Raises
    ------
    ModelError
        As `neutrophils`; or if rules are unknown, or of drugs or units that the regimen has not, a patient has no known
        surface, by which a limit is, the seed is missing, or the model counts other cells.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If counts change too fast to be followed.

    Notes
    -----
    Counts depend on doses and on no tumor, so that all of this is known before a tumor cell is looked at:
    `Regimen.realized` gives what comes of it as a regimen, under which rates, and cure, are those of any regimen.

    See Also
    --------
    Regimen.realized : the regimen of what is given.
    toxicity : nadirs of a regimen that is given whatever the counts.

    Examples
    --------
    >>> import chemoevo as ce
    >>> dense = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h q14d x4")
    >>> rules = ce.DoseRules(name="weekly looks", give_at=1.5, look_every_days=7, wait_at_most_days=21,
    ...                      factors=[0.75, 0.5], reduce_below=0.5, reduce_after_days=4)
    >>> table = ce.decisions(dense, rules=rules, patient=ce.Patient(bsa=1.8))
    >>> table.select("cycle", "day", "action", "share[docetaxel]").rows()  # doctest: +NORMALIZE_WHITESPACE
    [(1, 0.0, 'give', 1.0), (2, 14.0, 'reduce', 0.75), (3, 28.0, 'give', 0.75), (4, 42.0, 'give', 0.75),
    (4, 56.0, 'end', None)]
    """
    check_fork()
    import polars as pl

    asked = Realization.of(regimen, patient, rules, drugs=drugs, model=model, without=without, seed=seed)
    treated, cells = asked.suppressed.treated, asked.suppressed.model.cells
    frames = []
    for some, found in asked.realized():
        nadir = np.asarray(found.nadir)
        columns: dict[str, Any] = {
            "number": found.patient + some.start,
            "cycle": found.cycle + 1,
            "day": found.time / HOURS,
            "days_late": found.late / HOURS,
            cells: found.count,
            "nadir": nadir,
            "days_low": found.low / HOURS if asked.rules.reduce_below is not None else np.full(len(nadir), np.nan),
            "action": found.action,
            "reason": found.reasons,
        }
        columns |= {f"share[{name}]": share for name, share in _shares(asked, found, some).items()}
        frames.append(pl.DataFrame(columns))
    # What is not there is null, never NaN.
    frame = pl.concat(frames).with_columns(pl.col(pl.Float64).fill_nan(None))
    names = treated.people.names
    who = frame.drop_in_place("number")
    return frame if names is None else frame.insert_column(0, names.gather(who))


def _shares(asked: Realization, found: _core.Realized, some: slice) -> dict[str, Array]:
    """Of every drug that is ruled or has a limit, what part of its planned doses each decision gives.

    By their amounts; not a number where none is planned.
    """
    shares = {name: np.full(len(found.time), np.nan) for name in asked.counted}
    weights, drugs = asked.amounts[some], np.array([one.dose.drug for one in asked.planned])
    for first, until in set(zip(found.first.tolist(), found.until.tolist(), strict=True)):
        rows = np.flatnonzero((found.first == first) & (found.until == until))
        for name in asked.counted:
            doses = first + np.flatnonzero(drugs[first:until] == name)
            if not len(doses):
                continue
            factors = found.factors[found.patient[rows][:, None], doses]
            amounts = weights[found.patient[rows][:, None], asked.places[doses]]
            mean = (factors * amounts).sum(axis=1) / amounts.sum(axis=1)
            # Where all are the same there is nothing to round.
            shares[name][rows] = np.where(factors.min(axis=1) == factors.max(axis=1), factors[:, 0], mean)
    return shares
