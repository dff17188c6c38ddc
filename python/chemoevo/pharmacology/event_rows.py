"""Rows of a table of events as administrations: what each item means, and what a regimen cannot have."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

from chemoevo.errors import ModelError, Words, near_miss
from chemoevo.pharmacology.dose import Dose, DoseUnit
from chemoevo.pharmacology.event_columns import Events
from chemoevo.pharmacology.routes import Route

_OF_DOSES = ("amt", "rate", "dur", "ii", "addl", "ss")
"""Items of which one makes a row a dose, where there is no EVID."""
AGREE = 1e-3
"""Relative difference of RATE and DUR that is rounding."""
LAST_HOUR = 1e6
"""(h) Latest time of a dose: more than a hundred years."""

_OTHER_EVENTS = {
    2: "Nothing is given then: leave the row out. What changes in a patient is no part of a regimen.",
    5: "To replace what a compartment holds is no dose.",
    6: "To multiply what a compartment holds is no dose.",
    7: "Give it as a dose, EVID 1; how a drug is absorbed is said of the drug.",
    8: "To replace what a compartment holds is no dose.",
}
_RESET = (
    "A body cannot be reset: what was given before is still there. Give what follows an ID of its own, or write EVID 1."
)


class Arguments(NamedTuple):
    """What is said beside the table: drug, unit of all or by drug, hours of a unit of time, drugs by compartment."""

    drug: str | None
    unit: str | Mapping[str, str]
    hours: float
    compartments: Mapping[Hashable, tuple[str, Route | None]] | None


@dataclass
class Course:
    """What one ID is given: times (h), what as an index of `orders`, and compartments of drugs without a route."""

    times: list[float] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    before: float = -math.inf
    compartments: dict[str, Any] = field(default_factory=dict)


class Reader:
    """Reads rows one after the other, notes what is wrong with them, and gathers the courses.

    Attributes
    ----------
    courses
        By ID, in order of appearance.
    orders
        What is given, each once: doses on day 1 at hour 0.
    """

    def __init__(self, events: Events, said: Arguments, most: int) -> None:
        self.events, self.said, self.most = events, said, most
        self.courses: dict[Any, Course] = {}
        self.orders: list[Dose] = []
        self._known: dict[Hashable, int | tuple[str, ...]] = {}
        self._last: Any = self  # no ID

    def read(self) -> None:
        """All rows."""
        for row in range(self.events.rows):
            course = self._course(row)
            time = self._time(row, course)
            if self._is_dose(row, course):
                self._dose(row, course, time)

    def _course(self, row: int) -> Course:
        events = self.events
        key = events.word(row, "id")
        if key is None and "id" in events:
            events.note(row, "id", "must say who it is", Words("nothing"))
        elif not isinstance(key, str | int | None) or isinstance(key, bool):
            events.note(row, "id", "must be a whole number or a text", key)
            key = None
        elif key != self._last and key in self.courses:
            hint = "Put them together in order of time, or give another ID."
            events.note(row, "id", "must have its rows one after the other", key, hint=hint)
        self._last = key
        return self.courses.setdefault(key, Course())

    def _time(self, row: int, course: Course) -> float:
        """(h) When it is; NaN where that is not known."""
        time = self.events.number(row, "time")
        if time is None or math.isnan(time):
            return math.nan
        hours = time * self.said.hours
        if hours < course.before:
            hint = "Sort the rows by time. A further occasion needs an ID of its own."
            of = " of an ID" if "id" in self.events else ""
            self.events.note(row, "time", f"must not be before that of the row above{of}", time, hint=hint)
        course.before = hours
        return hours

    def _is_dose(self, row: int, course: Course) -> bool:
        """Whether something is given by a row; notes what is no dose and no observation."""
        events = self.events
        if "evid" not in events:
            return any(events.number(row, item) not in (None, 0) for item in _OF_DOSES)
        kind = events.number(row, "evid") or 0.0  # as NONMEM has it, nothing is 0
        if kind in (3, 4) and course.times:
            events.note(row, "evid", "must not be a reset after a dose", kind, hint=_RESET)
        if kind in (1, 4):
            return True
        if kind in (0, 3):
            amount = events.number(row, "amt")
            if amount is not None and amount != 0 and not math.isnan(amount):
                hint = "A dose has EVID 1."
                events.note(row, "amt", f"must be 0 or missing where EVID is {kind:g}", amount, hint=hint)
        elif not math.isnan(kind):
            hint = _OTHER_EVENTS.get(int(kind), "") if kind.is_integer() else ""
            rule = "must be 0 (nothing is given), 1 (a dose), or before any dose 3 or 4 (a reset)"
            events.note(row, "evid", rule, kind, hint=hint)
        return False

    def _dose(self, row: int, course: Course, time: float) -> None:
        events = self.events
        if events.word(row, "time") is None:
            events.note(row, "time", "must say when the dose is given", Words("nothing"))
        elif time < 0:
            hint = "Time 0 is the start of the first day: shift all times."
            events.note(row, "time", "must be >= 0 for a dose", events.number(row, "time"), hint=hint)
        kind = self._kind(row, course)
        every, more = self._train(row, steady=self._is_steady(row))
        last = time + more * every * self.said.hours
        if last > LAST_HOUR:
            hint = 'Is the unit of time another one? The argument is time_unit="hours".'
            item = "addl" if more else "time"
            events.note(row, item, f"must put the last dose before {LAST_HOUR:,.0f} h", Words(f"{last:g} h"), hint=hint)
            return
        if len(course.times) + more + 1 > self.most:
            rule = f"must leave at most {self.most:,} doses in a regimen"
            events.note(row, "addl" if more else "time", rule, Words(f"{len(course.times) + more + 1:,}"))
            return
        course.times.extend(time + j * every * self.said.hours for j in range(more + 1))
        course.kinds.extend([kind] * (more + 1))

    def _is_steady(self, row: int) -> bool:
        """Whether a steady state is asked for, which is noted."""
        steady = self.events.number(row, "ss")
        if steady in (None, 0):
            return False
        hint = (
            "A regimen starts from nothing: write out the doses that lead to the steady state, or ask "
            "pharmacology.steady for it."
        )
        if not math.isnan(steady or 0.0):
            self.events.note(row, "ss", "must be 0", steady, hint=hint)
        return True

    def _train(self, row: int, *, steady: bool) -> tuple[float, int]:
        """Time between doses, in the unit of the table, and how many follow the first."""
        events = self.events
        every, more = events.number(row, "ii") or 0.0, events.number(row, "addl") or 0.0
        if every < 0:
            events.note(row, "ii", "must be >= 0", every)
        if more < 0 or not (math.isnan(more) or more.is_integer()):
            hint = "It counts the doses that follow: five for six doses in all."
            events.note(row, "addl", "must be a whole number >= 0", more, hint=hint)
        elif more > 0 and every == 0:
            hint = "Give the time between the doses."
            events.note(row, "ii", f"must be > 0 where ADDL is {more:g}", Words("nothing or 0"), hint=hint)
        elif more == 0 and every > 0 and not steady:
            hint = "Give ADDL, the number of doses that follow this one; or II 0, for one dose."
            events.note(row, "addl", f"must be > 0 where II is {every:g}", Words("nothing or 0"), hint=hint)
        good = every > 0 and more > 0 and more.is_integer()
        return (every, int(more)) if good else (0.0, 0)

    def _kind(self, row: int, course: Course) -> int:
        """What is given, as an index of `orders`; the problems noted."""
        drug, route = self._drug(row, course)
        amount, duration = self._amount(row), self._duration(row)
        unit = self._unit(row, drug)
        if drug is None or unit is None or math.isnan(amount) or math.isnan(duration):
            return 0
        key = (drug, amount, unit, duration, route)
        known = self._known.get(key)
        if known is None:
            try:
                order = Dose(drug=drug, amount=amount, unit=unit, duration_hours=duration, route=route)  # type: ignore[arg-type]
                known = len(self.orders)
                self.orders.append(order)
            except ModelError as error:
                known = error.problems
            self._known[key] = known
        if isinstance(known, int):
            return known
        length = "dur" if "dur" in self.events else "rate"
        paths = {"amount": self.events.path(row, "amt"), "drug": self.events.path(row, "drug")}
        paths["duration_hours"] = self.events.path(row, length) + ("" if length == "dur" else " gives an infusion that")
        told = [sentence.partition(" ") for sentence in known]
        self.events.extend(row, [f"{paths[first]} {rest}" for first, _, rest in told])
        return 0

    def _unit(self, row: int, drug: str | None) -> str | None:
        """Unit of the amount; None where it is not known, with the problem noted."""
        word, known = self.events.word(row, "unit"), get_args(DoseUnit)
        if word in known:
            return str(word)
        if word is not None:
            rule = f"must be {', '.join(map(repr, known))}, or missing"
            self.events.note(row, "unit", rule, word, hint=near_miss(word, known))
            return None
        unit = self.said.unit if isinstance(self.said.unit, str) else self.said.unit.get(drug or "")
        if unit is None and drug is not None:
            self.events.note(row, "amt", f"must have a unit: the argument unit has none of {drug!r}")
        return unit

    def _amount(self, row: int) -> float:
        """The amount of a dose; NaN where it is not known, with the problem noted."""
        amount = self.events.number(row, "amt")
        if amount is None:
            self.events.note(row, "amt", "must say how much is given", Words("nothing"))
        elif amount <= 0:
            hint = "A dose that was not given is no row, or has EVID 0." if amount == 0 else ""
            self.events.note(row, "amt", "must be > 0 for a dose", amount, hint=hint)
        return amount if amount is not None and amount > 0 else math.nan

    def _duration(self, row: int) -> float:
        """(h) Length of the infusion, by DUR or RATE; NaN where it is not known, with the problem noted."""
        events = self.events
        amount, rate, length = (events.number(row, item) for item in ("amt", "rate", "dur"))
        if rate is not None and rate < 0:
            modeled = {-1.0: "the rate", -2.0: "the duration"}.get(rate)
            hint = f"A model that estimates {modeled} stands behind it: write" if modeled else "Write"
            events.note(row, "rate", "must be >= 0", rate, hint=f"{hint} the length of the infusion as DUR.")
            return math.nan
        if length is not None and length < 0:
            events.note(row, "dur", "must be >= 0", length)
            return math.nan
        by_rate = None
        if rate is not None:
            by_rate = (amount or math.nan) / rate if rate > 0 else 0.0
        if length is None or by_rate is None:
            return (length if length is not None else by_rate or 0.0) * self.said.hours
        if abs(length - by_rate) > AGREE * max(length, by_rate):
            rule = f"must be the length of the infusion that AMT and RATE give, {by_rate:.6g}"
            events.note(row, "dur", rule, length, hint="Leave one of the columns out.")
            return math.nan
        return length * self.said.hours

    def _drug(self, row: int, course: Course) -> tuple[str | None, Route | None]:
        """What is given and how; None for no drug, with the problem noted."""
        events, said = self.events, self.said
        compartment, route = self._compartment(row), events.word(row, "route")
        if route is not None and route not in get_args(Route):
            rule = f"must be {', '.join(map(repr, get_args(Route)))}, or missing"
            events.note(row, "route", rule, route, hint=near_miss(route, get_args(Route)))
            route = None
        if said.compartments is not None:
            if compartment not in said.compartments:
                known = ", ".join(map(repr, said.compartments))
                events.note(row, "cmt", f"must be one that compartments has: {known}", compartment)
                return None, None
            name, by_compartment = said.compartments[compartment]
            return name, route or by_compartment
        drug = said.drug if said.drug is not None else events.word(row, "drug")
        if drug is None:
            events.note(row, "drug", "must name a drug", Words("nothing"))
        elif not isinstance(drug, str):
            events.note(row, "drug", "must name a drug", drug, wrong_type=True)
        elif route is None and course.compartments.setdefault(drug, compartment) != compartment:
            first = course.compartments[drug]
            ways = f'{{{first!r}: ("{drug}", "oral"), {compartment!r}: ("{drug}", "iv")}}'
            hint = f"Say how it is given into which, such as compartments={ways}, or in a column route."
            events.note(row, "cmt", f"must be {first!r} as for the doses of {drug} before", compartment, hint=hint)
        return (drug if isinstance(drug, str) else None), route

    def _compartment(self, row: int) -> str | int:
        """Number or name of the compartment; 1 where none is said."""
        compartment = self.events.word(row, "cmt")
        if isinstance(compartment, str) and compartment.isdecimal():
            return int(compartment)  # a column of text, for its points
        if compartment is None:
            return 1
        if not isinstance(compartment, str | int) or isinstance(compartment, bool):
            self.events.note(row, "cmt", "must be the number or the name of a compartment", compartment)
            return 1
        return compartment
