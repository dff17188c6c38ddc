"""What a parameter of the kinetics owes to the patient: body size, kidney function, age, sex."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.evidence import OWN, In, PerhapsMeasured, Tag
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import given
from chemoevo.base.specification import Flag, Name, Number, Positive, Specification
from chemoevo.base.units import Unit
from chemoevo.pharmacology.patient import Patient

Parameter = Literal["clearance", "volume", "exchange", "peripheral_volume"]
"""What covariates change and correlations are between: `exchange` and `peripheral_volume` of every peripheral."""

_EXPONENT = Unit("1", high=10)
_SLOPE = Unit("per unit", high=100)
_RATIO = Unit("1", high=20)


class Covariate(Specification):
    """A factor on one parameter that follows from what is known of the patient; 1 where it is not known.

    Parameters
    ----------
    parameter
        "clearance" (and with it the `vmax` of an elimination that saturates), "volume", "exchange" or
        "peripheral_volume" (of every peripheral compartment that exchanges in first order).
    of
        "bsa" (m2), "weight" (kg), "age" (years), "gfr" (mL/min), "serum_creatinine" (mg/dL) or "sex".
    reference
        The value of `of`, in its unit, at which the parameter has its typical value; > 0.
    exponent
        The factor is (x / reference)^exponent.
    slope
        (per unit) Instead: 1 + slope (x - reference), per unit of `of`.
    falls
        Whether the parameter falls as `of` rises: the exponent, or the slope, counts as negative.
    low, high
        The range of `of` that was studied: values beyond count as its ends. None: no end.
    male
        Instead of all these, for "sex": the factor for men, where the typical value is that of women.
    female
        The factor for women, where the typical value is that of men.

    Raises
    ------
    ModelError
        If it has not exactly one form, or the factor would not be positive within the range.

    Examples
    --------
    >>> from chemoevo.pharmacology import Covariate, Patient
    >>> by_surface = Covariate(parameter="clearance", of="bsa", reference=1.62, exponent=0.83)
    >>> round(by_surface.factor(Patient(bsa=1.8)), 4), by_surface.factor(Patient())
    (1.0914, 1.0)
    """

    form: ClassVar[str] = 'Covariate(parameter="clearance", of="bsa", reference=1.8, exponent=1)'

    parameter: Parameter
    of: Literal["bsa", "weight", "age", "gfr", "serum_creatinine", "sex"]
    reference: Positive | None = None
    exponent: Annotated[PerhapsMeasured, In(_EXPONENT)] = given(default=None)
    slope: Annotated[PerhapsMeasured, In(_SLOPE)] = given(default=None)
    falls: Flag = False
    low: Positive | None = None
    high: Positive | None = None
    male: Annotated[PerhapsMeasured, In(_RATIO)] = given(default=None)
    female: Annotated[PerhapsMeasured, In(_RATIO)] = given(default=None)

    @rule
    def _one_form(self) -> Problem:
        smooth = [name for name in ("exponent", "slope") if getattr(self, name) is not None]
        sexes = [name for name in ("male", "female") if getattr(self, name) is not None]
        if self.of == "sex":
            if len(sexes) != 1 or smooth or self.reference is not None:
                yield "", "must have male or female, and nothing else, where it is of sex", None
        elif len(smooth) != 1 or sexes or self.reference is None:
            yield "", f"must have a reference and either exponent or slope, where it is of {self.of}", None

    @rule
    def _range_in_order(self) -> Problem:
        if self.low is not None and self.high is not None and not self.low < self.high:
            yield "high", f"must be above low = {self.low:g}", self.high

    @rule
    def _positive(self) -> Problem:
        if self.slope is None or self.reference is None:
            return
        name, end = ("high", self.high) if self.falls else ("low", self.low)
        if (end is None and self.falls) or self._at(end or 0.0) <= 0:
            yield name, "must be given, and leave a factor above 0", end

    def beyond(self, patient: Patient) -> bool:
        """Whether a patient is beyond the range that was studied, and counts as one at its end."""
        value = None if self.of == "sex" else _known(patient, self.of)
        return value is not None and not (self.low or value) <= value <= (self.high or value)

    def factor(self, patient: Patient) -> float:
        """The factor for a patient; 1 where what it rests on is not known."""
        if self.of == "sex":
            given = self.male if patient.sex == "male" else self.female if patient.sex == "female" else None
            return 1.0 if given is None else given.value
        value = _known(patient, self.of)
        return 1.0 if value is None else self._at(value)

    def _at(self, value: float) -> float:
        assert self.reference is not None
        within = min(max(value, self.low or value), self.high or value)
        sign = -1.0 if self.falls else 1.0
        if self.exponent is not None:
            return math.pow(within / self.reference, sign * self.exponent.value)
        assert self.slope is not None
        return 1.0 + sign * self.slope.value * (within - self.reference)


def _known(patient: Patient, of: str) -> float | None:
    if of == "bsa":
        return patient.body_surface_area() if patient.knows_bsa() else None
    if of == "gfr":
        return patient.glomerular_filtration_rate() if patient.knows_gfr() else None
    value: float | None = getattr(patient, of)
    return value


class Correlation(Specification):
    """How two parameters go together between patients: the correlation of their logarithms.

    Parameters
    ----------
    first, second
        Two parameters, as a covariate names them.
    value
        Correlation, from -1 to 1; 1 where the two are one and the same.
    cite
        Key of the source in the citations of the drug; needed unless the tag is "U".
    tag
        How sure it is, as in a figure.

    Raises
    ------
    ModelError
        If it is out of range, the two are the same, or it has no source.
    """

    form: ClassVar[str] = 'Correlation(first="clearance", second="volume", value=0.3)'

    first: Parameter
    second: Parameter
    value: Annotated[Number, Field(ge=-1, le=1)]
    cite: Name | None = None
    tag: Tag = OWN

    @rule
    def _of_two(self) -> Problem:
        if self.first == self.second:
            yield "second", "must be another parameter than first", self.second

    @rule
    def _sourced(self) -> Problem:
        if self.tag != OWN and self.cite is None:
            yield "cite", f"must be given for a correlation tagged {self.tag!r}", None
