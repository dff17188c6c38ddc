"""One dose as protocols write it, and what it amounts to for a patient: by surface, weight or Calvert's formula."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from chemoevo.base.gathering import REFUSED, Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification, Whole, note_part
from chemoevo.base.units import Unit
from chemoevo.errors import ModelError, Problems
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.routes import IN_WORDS, Route

GFR_CAP = 125.0
"""Largest GFR (mL/min) in the Calvert formula, as the FDA advised in October 2010 for estimated GFR."""

DoseUnit = Literal["mg", "mg/m2", "mg/kg", "AUC", "IU", "IU/m2"]

# The largest amounts ever given at once, and no smallest: an immunotoxin is dosed in micrograms.
_AMOUNTS = {
    # Ascorbate, 75 to 125 g.
    "mg": Unit("mg", high=200_000, usual=(0.1, 5_000), others={"ug": 1e-3}),
    # Methotrexate with rescue, up to 33 g/m2; most are below 3 g/m2.
    "mg/m2": Unit(
        "mg/m2", high=40_000, usual=(0.5, 3_000), others={"ug/m2": 1e-3},
        remedy="What is given by the tens of grams is to be written in mg.",
    ),
    # 5 g/kg is the largest dose that guidelines for the toxicology of rodents ask for.
    "mg/kg": Unit("mg/kg", high=5_000, usual=(0.1, 500), others={"ug/kg": 1e-3}),
    # Carboplatin before a transplantation of stem cells reaches 28 over several days.
    # Of interferons and interleukins some hundred million.
    "IU": Unit("IU", high=1e9, usual=(1e3, 1e8)),
    "IU/m2": Unit("IU/m2", high=1e9, usual=(1e3, 1e8)),
    "AUC": Unit("mg min/mL", high=40, usual=(1, 12), others={"mg h/L": 0.06}, remedy="An AUC is no number of mg."),
}  # fmt: skip

_SQUARES = re.compile(r"(mg|IU) ?/ ?m(²|\^2|\*\*2)")
_OTHER_MASS = re.compile(r"(g|[uµμ]g|mcg|ng)(/m2|/m²|/m\^2|/kg)?")
_MILLIGRAMS = {"g": 1e3, "ng": 1e-6}


def dose_unit(word: str) -> str:
    """A unit as it is called here, also where the square is written otherwise."""
    return _SQUARES.sub(r"\1/m2", word)


def in_milligrams(word: str) -> str:
    """What to write instead of a mass in grams or micrograms; nothing for another word."""
    match = _OTHER_MASS.fullmatch(word)
    if match is None:
        return ""
    per = "" if match[2] is None else "/kg" if match[2] == "/kg" else "/m2"
    return f"Write it in mg{per}: 1 {word} is {_MILLIGRAMS.get(match[1], 1e-3):g} mg{per}."


def _named_unit(value: Any) -> Any:
    if isinstance(value, str):
        value = dose_unit(value)
        if hint := in_milligrams(value):
            rule = f"must be one of {', '.join(map(repr, get_args(DoseUnit)))}"
            raise PydanticCustomError(REFUSED, "is wrong", {"found": [("", rule, value, hint)]})
    return value


_ACTIVITIES = ("IU", "IU/m2")

# The longest infusions by pump (fluorouracil) last twelve weeks.
_DURATION = Unit("h", high=2_200, usual=(0.1, 200), others={"minutes": 1 / 60, "seconds": 1 / 3600})

if TYPE_CHECKING:
    _Day = int
else:
    _Day = Annotated[Whole, Field(ge=1)]


def runs(days: Sequence[int]) -> list[list[int]]:
    """Days that follow one another, together."""
    found: list[list[int]] = []
    for day in days:
        if found and day == found[-1][-1] + 1:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _in_words(numbers: Sequence[int]) -> str:
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs(numbers))


class Dose(Specification):
    """One drug on certain days of every cycle.

    Parameters
    ----------
    drug
        Name of the drug.
    amount
        How much, in `unit`; > 0, and at most what was ever given at once: 200 g, 40 g/m2, 5 g/kg, AUC 40.
    unit
        "mg", "mg/m2" (of body surface), "mg/kg" (of body weight) or "AUC" (mg min/mL, by the formula of Calvert:
        mg = AUC (GFR + 25), GFR at most 125 mL/min); or "IU", "IU/m2", international units of activity, of drugs that
        are named and not computed. There is no default: a bare number is not a dose.
    days
        Days of the cycle, counted from 1 as protocols do; increasing. One day may stand alone: `days=1`.
    duration_hours
        Length of the infusion (h), >= 0; 0 is all at once. At most 2200, twelve weeks and more. The duration is part of
        the order, the rate follows from it.
    start_hours
        Hour of the day at which it starts (h), >= 0 and < 24, for the order of drugs given on one day.
    cap
        Largest single dose (mg), > 0, or None.
    route
        "iv" (into a vein), "oral", "sc" (under the skin) or "ip" (into the abdomen); None: as the drug is given, by the
        first of its routes. What is not given into a vein is absorbed, by the kinetics of the drug.
    cycles
        Cycles of the phase in which it is given, counted from 1; increasing. One may stand alone. None: in all. A
        loading dose is `cycles=1`, and beside it the dose of maintenance has the others.

    Raises
    ------
    ModelError
        If a value is out of range, or the unit is missing or unknown.

    References
    ----------
    .. [1] Calvert AH et al. (1989). J Clin Oncol 7:1748. doi:10.1200/JCO.1989.7.11.1748

    Examples
    --------
    >>> from chemoevo.pharmacology import Dose, Patient
    >>> Dose(drug="carboplatin", amount=6, unit="AUC").milligrams(Patient(gfr=90))
    690.0
    """

    form: ClassVar[str] = 'Dose(drug="docetaxel", amount=75, unit="mg/m2")'

    drug: Name = Field(description="the name of the drug")
    amount: Annotated[Number, Field(gt=0)] = Field(description="how much, in the unit given beside it")
    unit: Annotated[DoseUnit, BeforeValidator(_named_unit)] = Field(
        description='"mg", "mg/m2", "mg/kg", "AUC" (mg min/mL), "IU" or "IU/m2"; a number alone is not a dose'
    )
    days: Several[_Day, float] = given(default=(1,), min_length=1, examples=[[1, 8]])
    duration_hours: Annotated[Number, Field(ge=0), _DURATION] = 0.0
    start_hours: Annotated[Number, Field(ge=0, lt=24)] = 0.0
    cap: Annotated[Number, Field(gt=0)] | None = None
    route: Route | None = None
    cycles: Several[_Day, int] | None = given(default=None, min_length=1, examples=[[1]])

    @rule
    def _ordered(self) -> Problem:
        if any(b <= a for a, b in zip(self.days, self.days[1:], strict=False)):
            yield "days", "must be increasing, each day once", list(self.days)

    @rule
    def _cycles_ordered(self) -> Problem:
        cycles = self.cycles or ()
        if any(b <= a for a, b in itertools.pairwise(cycles)):
            yield "cycles", "must be increasing, each cycle once", list(cycles)

    @rule
    def _can_be_meant(self) -> Problem:
        fault = _AMOUNTS[self.unit].fault(self.amount)
        if fault is not None:
            yield "amount", fault[0], self.amount, fault[1]

    def days_text(self) -> str:
        """Its days in words: "1, 8" or "1 to 5, 8"."""
        return _in_words(self.days)

    def cycles_text(self, all_of: int) -> str:
        """Its cycles in words, of a phase of so many: "6", "1", "2 to 6"."""
        return str(all_of) if self.cycles is None else f"{_in_words(self.cycles)} of {all_of}"

    def in_cycle(self, number: int) -> bool:
        """Whether it is given in a cycle of its phase, counted from 1."""
        if self.cycles is None:
            return True
        place = bisect.bisect_left(self.cycles, number)
        return place < len(self.cycles) and self.cycles[place] == number

    def cycles_until(self, number: int) -> int:
        """In how many cycles it is given up to one of its phase."""
        return number if self.cycles is None else bisect.bisect_right(self.cycles, number)

    def how_text(self) -> str:
        """How it is given, in words: "over 1 h", "at once", "at once, by mouth"."""
        minutes = self.duration_hours * 60
        short = f"over {minutes:g} min" if minutes < 60 else f"over {self.duration_hours:g} h"
        length = short if self.duration_hours else "at once"
        return length if self.route is None else f"{length}, {IN_WORDS[self.route]}"

    @property
    def by_mass(self) -> bool:
        """Whether its amount is a mass, and not one of activity."""
        return self.unit not in _ACTIVITIES

    def milligrams(self, patient: Patient) -> float:
        """The amount of one administration (mg).

        Raises
        ------
        ModelError
            If the patient lacks what the unit asks for, with the name of the field; or it is an amount of activity.
        TypeError
            If it is no Patient.
        """
        if not self.by_mass:
            raise ModelError(f"unit must be one of mass, to have milligrams; got {self.unit!r}.")
        return self.quantity(patient)

    def quantity(self, patient: Patient) -> float:
        """The amount of one administration: mg, or IU where it is one of activity.

        Raises
        ------
        ModelError, TypeError
            As `milligrams`.
        """
        if not isinstance(patient, Patient):
            problems = Problems()
            note_part(problems, "patient", patient, Patient)
            problems.raise_if_any()
        if self.unit in ("mg", "IU"):
            amount = self.amount
        elif self.unit in ("mg/m2", "IU/m2"):
            amount = self.amount * patient.body_surface_area()
        elif self.unit == "mg/kg":
            amount = self.amount * patient.body_weight()
        else:
            amount = self.amount * (min(patient.glomerular_filtration_rate(), GFR_CAP) + 25)
        return amount if self.cap is None else min(amount, self.cap)
