"""What a run is to record: the argument `record`, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chemoevo.counts import Counts
from chemoevo.crossings import Crossings
from chemoevo.errors import Problems, Words, did_you_mean
from chemoevo.runs import RECORDS

Recording = Literal["counts", "clones"] | Counts | Crossings


def recordings_of(
    problems: Problems, record: object, types: Sequence[str], kind: str = "type of the process"
) -> tuple[object, Counts | None, Crossings | None]:
    """What `record` names: counts or clones, of which types the counts are, and crossings.

    The first is returned as given where it is neither.
    """
    if isinstance(record, str):
        return record, None, None
    several = isinstance(record, Sequence)
    given = list(record) if several else [record]  # type: ignore[call-overload]
    crossings = [one for one in given if isinstance(one, Crossings)]
    counted = [one for one in given if isinstance(one, Counts)]
    kinds = [one for one in given if not isinstance(one, Counts | Crossings) and one != "counts"]
    if several and not given:
        problems.value("record", "must name at least one recording", Words("an empty list"))
    if len(crossings) > 1 or len(kinds) > 1 or len(counted) > 1 or (counted and "counts" in given):
        problems.value("record", "must name each kind of recording once", record)
    if crossings and "clones" in kinds:
        hint = "Run it twice, once for each."
        problems.value("record", "cannot be clones and crossings together", Words("both"), hint=hint)
    for index, name in enumerate((crossings[0].of or ()) if crossings else ()):
        if name not in types:
            problems.value(f"crossings.of[{index}]", f"{name!r} is not a {kind}", hint=did_you_mean(name, types))
    for one in counted:
        one.check(problems, types, kind)
    return (kinds[0] if kinds else "counts"), (counted[0] if counted else None), (crossings[0] if crossings else None)


def scenario_recording(problems: Problems, record: object, genotypes: Sequence[str]) -> Counts | None:
    """The counts that a scenario is to record, in growth and in therapy; None for those of every genotype."""
    kind, counted, crossings = recordings_of(problems, record, genotypes, "genotype of the scenario")
    if kind != "counts" or crossings is not None:
        if kind in RECORDS:
            hint = "Simulate its parts: ce.simulate(scenario.growth.process, ..., record=...)."
        else:
            hint = did_you_mean(kind, ["counts"])
        problems.value("record", "must be 'counts' or Counts(...) for a scenario", record, hint=hint)
    return counted
