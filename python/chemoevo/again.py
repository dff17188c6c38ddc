"""One replicate of an ensemble again: with the same numbers, and with its clones where they were not recorded."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from chemoevo.ensemble import Ensemble, versions_here
from chemoevo.errors import Problems, SimulationError, did_you_mean
from chemoevo.pieces import after_growth, columns_of
from chemoevo.runs import RECORDS, Run

_DIRECT, _LEAP = 1, 4


def run_again(ensemble: Ensemble, number: int, record: object = None) -> Ensemble:
    """One replicate of an ensemble, run again; see `Ensemble.replicate`."""
    problems = Problems()
    if isinstance(number, bool | np.bool_) or not isinstance(number, int | np.integer):
        problems.type("number", "must be that of a replicate, an integer", number)
    elif number not in ensemble.replicates:
        first, last = ensemble.replicates[0], ensemble.replicates[-1]
        problems.value("number", f"must be that of a replicate, from {first} to {last}", int(number))
    elif record == "clones":
        _check_clones(problems, ensemble, int(number))
    if record is not None and record != "clones":
        rule = "must be 'clones', or None for what the ensemble recorded"
        problems.value("record", rule, record, hint=did_you_mean(record, RECORDS))
    problems.raise_if_any()

    run = Run.of(ensemble).part(range(int(number), int(number) + 1))
    if record is None or record == run.record:
        again = run.simulate(threads=1)
        if ensemble.growth is not None:
            again = after_growth(again, run_again(ensemble.growth, number))
        if not _same_numbers(ensemble, again):
            _refuse(ensemble, again)
        return again

    # What may leap as a whole has not leapt in this replicate.
    again = replace(
        run, record="clones", crossings=None, tolerance=None, engine="auto" if run.engine == "leap" else run.engine
    ).simulate(threads=1)
    if ensemble.growth is not None:
        again.growth = run_again(ensemble.growth, number)
    if again.outcomes["outcome"][0] != "clone_limit" and not _same_numbers(ensemble, again):
        # `direct` chooses clones from a stream of its own, unless a pulse has to thin several of a type.
        if int(ensemble.ends["engines"][_row(ensemble, again)]) == _DIRECT and not ensemble.process.pulses:
            _refuse(ensemble, again)
        warnings.warn(
            f"replicate {int(number)} with its clones on record is another history of the same law, with other counts: "
            "event-skipping and pulses then follow every clone, with other draws. It is the history that "
            "simulate(..., record='clones') gives for this number; engine='direct' has one history for both.",
            UserWarning,
            stacklevel=3,
        )
    return again


def _check_clones(problems: Problems, ensemble: Ensemble, number: int) -> None:
    row = number - ensemble.replicates.start
    if int(ensemble.ends["engines"][row]) & _LEAP:
        hint = "Simulate with exact=True."
        problems.value("record", f"must be None for replicate {number}, which leapt: cohorts know no clones", hint=hint)
    if ensemble.growth is not None and ensemble.growth.outcomes["outcome"][row] != "stopped":
        hint = f"Its growth has clones: ens.growth.replicate({number}, record='clones')."
        problems.value("record", f"must be None for replicate {number}, a tumor that was never treated", hint=hint)


def _row(ensemble: Ensemble, again: Ensemble) -> int:
    return again.replicates.start - ensemble.replicates.start


def _same_numbers(ensemble: Ensemble, again: Ensemble) -> bool:
    row = _row(ensemble, again)
    pairs = zip(columns_of(ensemble), columns_of(again), strict=True)
    return all(np.array_equal(old[row], new[0]) for old, new in pairs)


def _refuse(ensemble: Ensemble, again: Ensemble) -> None:
    was, here = ensemble.versions, versions_here()
    changed = "; ".join(f"{key} {was[key]} then, {here[key]} now" for key in was if was[key] != here[key])
    raise SimulationError(
        f"Replicate {again.replicates.start} ran again with other numbers than those of the ensemble. "
        + (f"What differs: {changed}." if changed else "The ensemble does not hold what its provenance says.")
    )
