"""What a run is to record: the argument `record`, checked, as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chemoevo.base.names import known_names
from chemoevo.ensemble.counts import Counts
from chemoevo.ensemble.crossings import Crossings
from chemoevo.errors import Problems, Words, did_you_mean, near_miss

RECORDS = ("counts", "clones")
"""What can be recorded by its name."""

Recording = Literal["counts", "clones"] | Counts | Crossings


@dataclass(frozen=True, slots=True)
class Record:
    """What a run records.

    Attributes
    ----------
    clones
        Whether every clone is.
    counted
        Whose cells are counted at the observation times; None: those of every type.
    crossings
        Sizes whose first passage is noted, or None.
    """

    clones: bool = False
    counted: Counts | None = None
    crossings: Crossings | None = None

    @property
    def name(self) -> str:
        """What the ensemble says that it recorded: "clones" or "counts"."""
        return RECORDS[self.clones]

    def labels(self, types: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the columns of the counts."""
        return types if self.counted is None else self.counted.labels

    def to_dict(self) -> dict[str, Any]:
        """Plain data; what is not asked for is left out."""
        given = {"counted": self.counted, "crossings": self.crossings}
        return {"record": self.name, **{key: one.to_dict() for key, one in given.items() if one is not None}}

    @classmethod
    def from_dict(cls, data: dict[str, Any], types: Sequence[str]) -> Record:
        """Reads what `to_dict` wrote, of a process with these types.

        Raises
        ------
        ModelError
            If a name is not a type.
        ValueError
            If the record has an unknown name.
        """
        if data["record"] not in RECORDS:
            raise ValueError(f"{data['record']!r} is nothing that is recorded")
        counted, crossings = data.get("counted"), data.get("crossings")
        record = cls(
            clones=data["record"] == "clones",
            counted=None if counted is None else Counts.from_dict(counted),
            crossings=None if crossings is None else Crossings.from_dict(crossings),
        )
        problems = Problems()
        if record.counted is not None:
            record.counted.check(problems, types)
        problems.raise_if_any()
        return record


COUNTS, CLONES = Record(), Record(clones=True)


def record_of(
    problems: Problems, record: object, types: Sequence[str], kind: str = "type of the process"
) -> Record | None:
    """What `record` names, or None with what is wrong noted."""
    if isinstance(record, str) and record in RECORDS:
        return CLONES if record == "clones" else COUNTS
    several = not isinstance(record, str) and isinstance(record, Sequence)
    given: list[Any] = list(record) if several else [record]  # type: ignore[call-overload]
    crossings = [one for one in given if isinstance(one, Crossings)]
    counted = [one for one in given if isinstance(one, Counts)]
    names = [one for one in given if not isinstance(one, Counts | Crossings)]
    before = len(problems)
    for name in names:
        rule = "must be 'counts', 'clones', Counts(...) or Crossings(...)"
        if not isinstance(name, str):
            problems.type("record", rule, name)
        elif name not in RECORDS:
            problems.value("record", rule, name, hint=near_miss(name, RECORDS))
    if not given:
        problems.value("record", "must name at least one recording", Words("an empty list"))
    twice = len(set(map(str, names))) < len(names) or ("counts" in map(str, names) and bool(counted))
    if len(crossings) > 1 or len(counted) > 1 or twice:
        problems.value("record", "must name each kind of recording once", record)
    if crossings and "clones" in map(str, names):
        hint = "Run it twice, once for each."
        problems.value("record", "cannot be clones and crossings together", Words("both"), hint=hint)
    crossings = [_by_names_of(one, types) for one in crossings]
    counted = [one.by_names_of(types) for one in counted]
    for index, name in enumerate((crossings[0].of or ()) if crossings else ()):
        if name not in types:
            problems.value(f"crossings.of[{index}]", f"is not a {kind}", name, hint=did_you_mean(name, types))
    for one in counted:
        one.check(problems, types, kind)
    if len(problems) > before:
        return None
    return Record("clones" in names, counted[0] if counted else None, crossings[0] if crossings else None)


def _by_names_of(crossings: Crossings, types: Sequence[str]) -> Crossings:
    if crossings.of is None or all(name in types for name in crossings.of):
        return crossings
    of = known_names(crossings.of, types)
    return Crossings(size=crossings.size, of=of, appearance=crossings.appearance)
