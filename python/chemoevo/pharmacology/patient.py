"""The patient, as far as doses and clearance depend on him or her."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.specification import Name, Positive, Specification, Table
from chemoevo.base.units import Unit
from chemoevo.errors import ModelError

# Ranges that hold newborn mice (1 g) and horses, since doses by weight and surface are studied in them. The formulas
# that take a height, an age or a creatinine are for people.
_WEIGHT = Unit("kg", low=0.001, high=1_000, usual=(0.3, 200), others={"grams": 1e-3, "milligrams": 1e-6})
_BSA = Unit(
    "m2", low=0.001, high=8, usual=(0.5, 3),
    others={"square feet": 0.0929, "a number that lost its decimal point": 0.1, "dm2": 1e-2, "cm2": 1e-4},
)  # fmt: skip
# The smallest children that live measure some 24 cm, the tallest man measured 272 cm.
_HEIGHT = Unit(
    "cm", low=20, high=300, usual=(100, 230), others={"meters": 100, "feet": 30.48, "millimeters": 0.1},
    remedy="For an animal give bsa: the formulas are for people.",
)  # fmt: skip
# The oldest person lived for 122 years.
_AGE = Unit("years", high=125, usual=(0, 110), others={"months": 1 / 12, "days": 1 / 365.25})
# From small children to untreated failure of the kidneys; single patients came with more, whom no formula describes.
_CREATININE = Unit(
    "mg/dL", low=0.1, high=30, usual=(0.3, 15), others={"umol/L": 1 / 88.42, "mmol/L": 11.31},
    remedy="Where it is meant, give gfr.",
)  # fmt: skip
# Per 1.73 m2, from people who are said to have no function left to twice what hyperfiltration reaches. So scaled, it
# holds for mice (0.25 mL/min at 0.007 m2) and infants as well.
_GFR = Unit(
    "mL/min", low=1, high=400, usual=(15, 200),
    others={"mL/s": 60, "L/min": 1_000, "L/h": 1_000 / 60, "mL/h": 1 / 60, "uL/min": 1e-3},
)  # fmt: skip
_AREA = 1.73
"""(m2) The surface by which glomerular filtration is compared."""


class MetaboliteFactors(Specification):
    """How the kinetics of one metabolite in one patient differ from the typical ones: factors, each > 0, by default 1.

    Parameters
    ----------
    fraction
        Factor on the share of the drug that becomes the metabolite, which is never more than all.
    clearance, volume
        Factors on its clearance and its central volume.
    exchange, peripheral_volume
        Factors on the exchange with every peripheral compartment, and on their volumes.

    Raises
    ------
    ModelError
        If a factor is not positive and finite.
    """

    form: ClassVar[str] = "MetaboliteFactors(clearance=0.5)"

    fraction: Positive = 1.0
    clearance: Positive = 1.0
    volume: Positive = 1.0
    exchange: Positive = 1.0
    peripheral_volume: Positive = 1.0


class Factors(Specification):
    """How the kinetics of one drug in one patient differ from the typical ones: factors, each > 0, by default 1.

    Parameters
    ----------
    clearance
        Factor on the clearance, also on one that follows from kidney function, and on the `vmax` of an elimination that
        saturates.
    volume
        Factor on the central volume.
    exchange
        Factor on the exchange with every peripheral compartment, but for a transfer that saturates.
    exchange_2
        Factor on the exchange with the second of these compartments alone, besides `exchange`.
    peripheral_volume
        Factor on the volume of every such compartment.
    peripheral_volume_2
        Factor on that of the second alone, besides `peripheral_volume`.
    elimination_vmax, elimination_km
        Factors on the `vmax` and `km` of an elimination that saturates.
    transfer_vmax, transfer_km
        The same of a transfer that saturates.
    absorption_rate, lag, bioavailability
        Factors on the parameters of absorption. A bioavailability is never more than 1.
    metabolites
        Factors of metabolites, by name: {"SN-38": MetaboliteFactors(clearance=0.5)}.

    Raises
    ------
    ModelError
        If a factor is not positive and finite.
    """

    form: ClassVar[str] = "Factors(clearance=0.5)"

    clearance: Positive = 1.0
    volume: Positive = 1.0
    exchange: Positive = 1.0
    exchange_2: Positive = 1.0
    peripheral_volume: Positive = 1.0
    peripheral_volume_2: Positive = 1.0
    elimination_vmax: Positive = 1.0
    elimination_km: Positive = 1.0
    transfer_vmax: Positive = 1.0
    transfer_km: Positive = 1.0
    absorption_rate: Positive = 1.0
    lag: Positive = 1.0
    bioavailability: Positive = 1.0
    metabolites: Table[Name, MetaboliteFactors] = Field(default_factory=dict)


class MarrowFactors(Specification):
    """How the marrow of one patient differs from the typical one: factors, each > 0, by default 1.

    Parameters
    ----------
    circ0
        Factor on the count without drugs.
    mtt
        Factor on the mean transit time.
    gamma
        Factor on the exponent of the feedback.
    slope
        Factor on what all drugs do to it: on slopes, and dividing every EC50.

    Raises
    ------
    ModelError
        If a factor is not positive and finite.
    """

    form: ClassVar[str] = "MarrowFactors(slope=1.5)"

    circ0: Positive = 1.0
    mtt: Positive = 1.0
    gamma: Positive = 1.0
    slope: Positive = 1.0


# Of a patient of whom nothing is known.
TYPICAL, TYPICAL_METABOLITE, TYPICAL_MARROW = Factors(), MetaboliteFactors(), MarrowFactors()


class Patient(Specification):
    """Size and kidney function of one patient; everything is optional until a dose asks for it.

    Parameters
    ----------
    bsa
        Body surface area (m2), from 0.001 to 8. If None it is taken from weight and height by `bsa_formula`.
    weight
        Body weight (kg), from 0.001 to 1000.
    height
        Body height (cm), from 20 to 300.
    gfr
        Glomerular filtration rate (mL/min), not indexed to body surface; from 1 to 400 per 1.73 m2. If None it is
        estimated by Cockcroft and Gault from age, weight, sex and serum creatinine.
    age
        Age (years), > 0 and at most 125.
    sex
        "female" or "male".
    serum_creatinine
        Serum creatinine (mg/dL), from 0.1 to 30; 1 mg/dL is 88.4 umol/L.
    bsa_formula
        "dubois" (Du Bois & Du Bois 1916) or "mosteller" (Mosteller 1987).
    factors
        How the kinetics differ from the typical ones, by drug: {"docetaxel": Factors(clearance=0.5)}. What patients
        differ in belongs here, not in the drug: the typical kinetics stay as they are.
    marrow
        How the marrow differs from the typical one: MarrowFactors(slope=1.5). None: it does not.

    Raises
    ------
    ModelError
        If a value is not positive and finite, or cannot be meant in its unit, such as a height of 1.70 cm. Laboratory
        animals are within the ranges: they have a weight or a bsa, and no height.

    References
    ----------
    .. [1] Du Bois D, Du Bois EF (1916). Arch Intern Med 17:863. doi:10.1001/archinte.1916.00080130010002
    .. [2] Mosteller RD (1987). N Engl J Med 317:1098. doi:10.1056/NEJM198710223171717
    .. [3] Cockcroft DW, Gault MH (1976). Nephron 16:31. doi:10.1159/000180580

    Examples
    --------
    >>> from chemoevo.pharmacology import Patient
    >>> patient = Patient(weight=70, height=175, age=60, sex="male", serum_creatinine=1.0)
    >>> round(patient.body_surface_area(), 2), round(patient.glomerular_filtration_rate(), 1)
    (1.85, 77.8)
    """

    form: ClassVar[str] = "Patient(bsa=1.8, gfr=90)"

    bsa: Annotated[Positive, _BSA] | None = None
    weight: Annotated[Positive, _WEIGHT] | None = None
    height: Annotated[Positive, _HEIGHT] | None = None
    gfr: Positive | None = None
    age: Annotated[Positive, _AGE] | None = None
    sex: Literal["female", "male"] | None = None
    serum_creatinine: Annotated[Positive, _CREATININE] | None = None
    bsa_formula: Literal["dubois", "mosteller"] = "dubois"
    factors: Table[Name, Factors] = Field(default_factory=dict)
    marrow: MarrowFactors | None = None

    @rule
    def _gfr_of_this_size(self) -> Problem:
        if self.gfr is None:
            return
        area = self._area()
        fault = _GFR.fault(self.gfr, scale=(area or _AREA) / _AREA, of=f" for {area:.3g} m2" if area else "")
        if fault is not None:
            remedy = "" if area else "For a small body give its weight or bsa too."
            yield "gfr", fault[0], self.gfr, " ".join(filter(None, [fault[1], remedy]))

    @rule
    def _weight_of_this_size(self) -> Problem:
        if self.weight is None or self.bsa is None:
            return
        # Whatever the build and the animal, within a factor of two; a weight in grams is off by a hundred.
        ratio = self.bsa / _meeh(self.weight)
        if not 1 / 4 < ratio < 4:
            rule = f"must fit bsa = {self.bsa:g} m2, which is that of some {(self.bsa / 0.1) ** 1.5:.2g} kg"
            yield "weight", rule, self.weight, "Is it in kg?"

    def _area(self) -> float | None:
        """Body surface (m2), also where only the weight is known; None where nothing is."""
        if self.bsa is None and self.weight is not None and self.height is None:
            return _meeh(self.weight)
        return self.body_surface_area() if self.knows_bsa() else None

    def body_surface_area(self) -> float:
        """Body surface area (m2).

        Raises
        ------
        ModelError
            If neither `bsa` nor both `weight` and `height` are given.
        """
        if self.bsa is not None:
            return self.bsa
        if self.weight is None or self.height is None:
            raise ModelError(
                "patient.bsa is missing, for a dose in mg/m2. Give bsa (m2), or weight (kg) and height (cm)."
            )
        if self.bsa_formula == "dubois":
            return float(0.007184 * self.weight**0.425 * self.height**0.725)
        return math.sqrt(self.weight * self.height / 3600)

    def body_weight(self) -> float:
        """Body weight (kg).

        Raises
        ------
        ModelError
            If `weight` is not given.
        """
        if self.weight is None:
            raise ModelError("patient.weight is missing, for a dose in mg/kg. Give weight (kg).")
        return self.weight

    def knows_bsa(self) -> bool:
        """Whether the body surface is given or can be estimated."""
        return self.bsa is not None or None not in (self.weight, self.height)

    def knows_gfr(self) -> bool:
        """Whether the glomerular filtration rate is given or can be estimated."""
        return self.gfr is not None or None not in (self.age, self.weight, self.sex, self.serum_creatinine)

    def glomerular_filtration_rate(self) -> float:
        """Glomerular filtration rate (mL/min), as given or by Cockcroft and Gault.

        Raises
        ------
        ModelError
            If neither `gfr` nor all of age, weight, sex and serum creatinine are given.
        """
        if self.gfr is not None:
            return self.gfr
        if self.age is None or self.weight is None or self.sex is None or self.serum_creatinine is None:
            raise ModelError(
                "patient.gfr is missing, for a dose by AUC. Give gfr (mL/min), or age (years), weight (kg), sex and "
                "serum_creatinine (mg/dL) for the estimate of Cockcroft and Gault."
            )
        factor = 0.85 if self.sex == "female" else 1.0
        return factor * (140 - self.age) * self.weight / (72 * self.serum_creatinine)


def _meeh(weight: float) -> float:
    """Body surface (m2) by weight (kg) alone, in Meeh's form: right within some 30 % from mice to people."""
    return 0.1 * math.pow(weight, 2 / 3)
