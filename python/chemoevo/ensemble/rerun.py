"""One replicate run again: with the same numbers, and with its clones where they were not recorded."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from chemoevo._core import OUTCOMES
from chemoevo.base.arguments import whole
from chemoevo.base.versions import versions_here
from chemoevo.ensemble.columns import Columns
from chemoevo.ensemble.record import RECORDS, Record
from chemoevo.ensemble.run import Run
from chemoevo.errors import Problems, SimulationError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def rerun(
    run: Run,
    columns: Columns,
    number: object,
    record: object,
    *,
    detected: NDArray[np.bool_] | None,
    versions: Mapping[str, str],
) -> tuple[Run, Columns]:
    """One replicate of a run, run again, and what it gave; see `Ensemble.replicate`.

    Parameters
    ----------
    columns
        What the run gave.
    number, record
        As for `Ensemble.replicate`.
    detected
        For therapy, whether growth of each replicate was detected, so that it was treated; None for any other run.
    versions
        Where the run ran.
    """
    index = _checked(run, columns, number, record, detected)
    alone = run.part(range(run.replicates[index], run.replicates[index] + 1))
    if record is None or record == run.record.name:
        again = alone.simulate(threads=1)
        if detected is not None:
            again = alone.without(again, ~detected[index : index + 1], OUTCOMES[columns.outcome[index]])
        if not columns.has_same_row(index, again, 0):
            raise _others(alone, versions)
        return alone, again

    # A run that may leap, and did not in this replicate, must not leap now.
    engine = "auto" if run.engine == "leap" else run.engine
    alone = replace(alone, record=Record(clones=True, counted=run.record.counted), tolerance=None, engine=engine)
    again = alone.simulate(threads=1)
    if OUTCOMES[again.outcome[0]] != "clone_limit" and not columns.has_same_row(index, again, 0):
        # `direct` chooses clones from a stream of its own, unless a pulse has to thin several of a type.
        if columns.ran("direct", alone=True)[index] and not run.process.pulses:
            raise _others(alone, versions)
        warnings.warn(
            f"replicate {alone.replicates.start} with its clones on record is another history of the same law, with "
            "other counts: event-skipping and pulses then follow every clone, with other draws. It is the history that "
            "simulate(..., record='clones') gives for this number; engine='direct' has one history for both.",
            UserWarning,
            stacklevel=3,
        )
    return alone, again


def _checked(run: Run, columns: Columns, number: object, record: object, detected: NDArray[np.bool_] | None) -> int:
    """The index of the replicate of this number."""
    problems = Problems()
    first, last = run.replicates[0], run.replicates[-1]
    asked = whole(problems, "number", number, first, last)
    index = asked - first
    if record is not None and record != "clones":
        rule = "must be 'clones', or None for what the ensemble recorded"
        problems.value("record", rule, record, hint=did_you_mean(record, RECORDS))
    elif record == "clones" and columns.ran("leap")[index]:
        hint = "Simulate with exact=True."
        problems.value("record", f"must be None for replicate {asked}, which leapt: cohorts know no clones", hint=hint)
    elif record == "clones" and detected is not None and not detected[index]:
        hint = f"Its growth has clones: ens.growth.replicate({asked}, record='clones')."
        problems.value("record", f"must be None for replicate {asked}, a tumor that was never treated", hint=hint)
    elif record == "clones" and run.parts:
        hint = "Simulate one part: ce.simulate(scenario.growth.process, initial={type: 1}, stop=..., record='clones')."
        problems.value("record", "must be None for growth of several parts", record, hint=hint)
    problems.raise_if_any()
    return index


def _others(alone: Run, was: Mapping[str, str]) -> SimulationError:
    here = versions_here()
    changed = "; ".join(f"{key} {was[key]} then, {here[key]} now" for key in was if was[key] != here[key])
    return SimulationError(
        f"Replicate {alone.replicates.start} ran again with other numbers than those of the ensemble. "
        + (f"What differs: {changed}." if changed else "The ensemble does not hold what its provenance says.")
    )
