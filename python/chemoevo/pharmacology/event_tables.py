"""Tables of events, as NONMEM and mrgsolve read them, as regimens."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple, get_args

import numpy as np

from chemoevo.base.arguments import choice, flag
from chemoevo.base.forks import check_fork
from chemoevo.errors import Problems, Words, near_miss
from chemoevo.pharmacology.dose import DoseUnit
from chemoevo.pharmacology.event_columns import Events
from chemoevo.pharmacology.event_phases import phases_at
from chemoevo.pharmacology.event_rows import Arguments, Reader
from chemoevo.pharmacology.phase import Phase
from chemoevo.pharmacology.routes import Route

HOURS = {"hours": 1.0, "minutes": 1 / 60, "days": 24.0, "weeks": 168.0}
"""Units of time of a table (h)."""


class Found(NamedTuple):
    """What makes a regimen: its name, and its phases."""

    name: str
    phases: list[Phase]


def read_events(
    frame: object,
    *,
    drug: Any,
    unit: Any,
    time_unit: Any,
    compartments: Any,
    name: Any,
    by_id: Any,
    most: int,
) -> dict[Any, Found]:
    """Regimens by ID, in order of appearance; by None where the table has no ID.

    Parameters
    ----------
    frame, drug, unit, time_unit, compartments, name, by_id
        As `Regimen.from_events`.
    most
        Doses that a regimen may have.

    Raises
    ------
    ModelError, TypeError
        All problems at once.
    """
    check_fork()
    problems = Problems()
    events = Events.of(problems, frame)
    said = _arguments(problems, drug, unit, time_unit, compartments)
    _note_name(problems, "name", name)
    if flag(problems, "by_id", by_id) and events is not None and "id" not in events:
        problems.value("by_id", "must be False for a table without a column ID", by_id)
    if events is None or said is None:
        problems.raise_if_any()
    assert events is not None
    assert said is not None
    _note_drug(problems, events, said)
    problems.raise_if_any()
    reader = Reader(events, said, most)
    reader.read()
    events.finish()
    if not problems:
        for key, course in reader.courses.items():
            if not course.times:
                whose = "" if key is None else f" of ID {key!r}"
                problems.value("frame", f"must have a dose{whose}", hint="A regimen gives something.")
    problems.raise_if_any()
    found = {}
    for key, course in reader.courses.items():
        times = np.array(course.times)
        order = np.argsort(times, kind="stable")
        kinds = np.array(course.kinds, np.int64)[order]
        called = name or " + ".join(dict.fromkeys(reader.orders[kind].drug for kind in kinds))
        if key is not None and (len(reader.courses) > 1 or by_id):
            called = f"{called}, ID {key}"
        found[key] = Found(called, phases_at(times[order], kinds, reader.orders))
    return found


def _arguments(problems: Problems, drug: Any, unit: Any, time_unit: Any, compartments: Any) -> Arguments | None:
    """The arguments beside the table, or None with what is wrong with them noted."""
    before = len(problems)
    _note_name(problems, "drug", drug)
    units = {f"unit[{key!r}]": one for key, one in unit.items()} if isinstance(unit, Mapping) else {"unit": unit}
    for path, one in units.items():
        choice(problems, path, one, get_args(DoseUnit))
    hours = HOURS[choice(problems, "time_unit", time_unit, list(HOURS))]
    by_compartment = None if compartments is None else _compartments(problems, compartments)
    if len(problems) > before:
        return None
    return Arguments(drug, unit, hours, by_compartment)


def _note_name(problems: Problems, path: str, value: object) -> None:
    """Notes what is no name, and not None."""
    if value is not None and not isinstance(value, str):
        problems.type(path, "must be a text", value)
    elif value is not None and not re.fullmatch(r"\S(.*\S)?", value):
        problems.value(path, "must not be empty, nor have blanks at its ends", value)


def _compartments(problems: Problems, table: Any) -> dict[Hashable, tuple[str, Route | None]]:
    form = 'such as {1: "docetaxel", 2: "carboplatin"}'
    if not isinstance(table, Mapping) or not table:
        problems.type("compartments", f"must be a mapping of compartments to drugs, {form}", table)
        return {}
    found: dict[Hashable, tuple[str, Route | None]] = {}
    for key, value in table.items():
        path = f"compartments[{key!r}]"
        if not isinstance(key, str | int | np.integer) or isinstance(key, bool):
            problems.type(path, "must be by number or name of a compartment", Words(repr(key)))
        drug, *route = value if isinstance(value, tuple | list) and len(value) == 2 else (value,)
        if not isinstance(drug, str):
            problems.type(path, 'must be a drug, or a drug and its route, such as ("etoposide", "oral")', value)
            continue
        _note_name(problems, path, drug)
        if route and route[0] not in get_args(Route):
            rule = f"must have a route of {', '.join(map(repr, get_args(Route)))}"
            problems.value(path, rule, route[0], hint=near_miss(route[0], get_args(Route)))
        found[key] = (drug, route[0] if route else None)
    return found


def _note_drug(problems: Problems, events: Events, said: Arguments) -> None:
    """Notes a drug that is said in several ways, or in none."""
    ways = {
        "the argument drug": said.drug is not None,
        "the argument compartments": said.compartments is not None,
        f"the column {events.names.get('drug')}": "drug" in events,
    }
    those = [way for way, there in ways.items() if there]
    if len(those) > 1:
        problems.value("drug", "must be said in one way", Words(" and ".join(those)), hint="Leave the others out.")
    elif not those:
        hint = 'Give drug="docetaxel", a column drug, or compartments={1: "docetaxel"}.'
        problems.value("drug", "is missing: what is given", hint=hint)
