"""One dose as protocols write it, and what it amounts to for a patient: by surface, weight or Calvert's formula."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from chemoevo.base.specification import Name, Number, Specification, Whole, refuse
from chemoevo.pharmacology.patient import Patient

GFR_CAP = 125.0
"""Largest GFR (mL/min) in the Calvert formula, as the FDA advised in October 2010 for estimated GFR."""

Unit = Literal["mg", "mg/m2", "mg/kg", "AUC"]


class Dose(Specification):
    """One drug on certain days of every cycle.

    Parameters
    ----------
    drug
        Name of the drug.
    amount
        How much, in `unit`; > 0.
    unit
        "mg", "mg/m2" (of body surface), "mg/kg" (of body weight) or "AUC" (mg min/mL, by the formula of Calvert:
        mg = AUC (GFR + 25), GFR at most 125 mL/min). There is no default: a bare number is not a dose.
    days
        Days of the cycle, counted from 1 as protocols do; increasing.
    duration_hours
        Length of the infusion (h), >= 0; 0 is a bolus. The duration is part of the order, the rate follows from it.
    start_hours
        Hour of the day at which it starts (h), >= 0 and < 24, for the order of drugs given on one day.
    cap
        Largest single dose (mg), > 0, or None.

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

    drug: Name = Field(description="the name of the drug")
    amount: Annotated[Number, Field(gt=0)] = Field(description="how much, in the unit given beside it")
    unit: Unit = Field(description='"mg", "mg/m2", "mg/kg" or "AUC" (mg min/mL); a number alone is not a dose')
    days: tuple[Annotated[Whole, Field(ge=1)], ...] = Field(default=(1,), min_length=1)
    duration_hours: Annotated[Number, Field(ge=0)] = 0.0
    start_hours: Annotated[Number, Field(ge=0, lt=24)] = 0.0
    cap: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Dose:
        if any(b <= a for a, b in zip(self.days, self.days[1:], strict=False)):
            refuse(("days", "must be increasing, each day once", list(self.days)))
        return self

    def milligrams(self, patient: Patient) -> float:
        """The amount of one administration (mg).

        Raises
        ------
        ModelError
            If the patient lacks what the unit asks for; the message names the field.
        """
        if self.unit == "mg":
            amount = self.amount
        elif self.unit == "mg/m2":
            amount = self.amount * patient.body_surface_area()
        elif self.unit == "mg/kg":
            amount = self.amount * patient.body_weight()
        else:
            amount = self.amount * (min(patient.glomerular_filtration_rate(), GFR_CAP) + 25)
        return amount if self.cap is None else min(amount, self.cap)
