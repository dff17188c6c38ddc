"""The patient, as far as doses and clearance depend on him or her."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from chemoevo.base.frozen import Table
from chemoevo.base.specification import Name, Positive, Specification
from chemoevo.errors import ModelError


class Factors(Specification):
    """How the kinetics of one drug in one patient differ from the typical ones: factors, each > 0, by default 1.

    Parameters
    ----------
    clearance
        Factor on the clearance, also on one that follows from kidney function.
    volume
        Factor on the central volume.
    exchange
        Factor on the exchange with every peripheral compartment.
    peripheral_volume
        Factor on the volume of every peripheral compartment.

    Raises
    ------
    ModelError
        If a factor is not positive and finite.
    """

    clearance: Positive = 1.0
    volume: Positive = 1.0
    exchange: Positive = 1.0
    peripheral_volume: Positive = 1.0


class Patient(Specification):
    """Size and kidney function of one patient; everything is optional until a dose asks for it.

    Parameters
    ----------
    bsa
        Body surface area (m2), > 0. If None it is taken from weight and height by `bsa_formula`.
    weight
        Body weight (kg), > 0.
    height
        Body height (cm), > 0.
    gfr
        Glomerular filtration rate (mL/min), > 0, not indexed to body surface. If None it is estimated by
        Cockcroft and Gault from age, weight, sex and serum creatinine.
    age
        Age (years), > 0.
    sex
        "female" or "male".
    serum_creatinine
        Serum creatinine (mg/dL), > 0; 1 mg/dL is 88.4 umol/L.
    bsa_formula
        "dubois" (Du Bois & Du Bois 1916) or "mosteller" (Mosteller 1987).
    factors
        How the kinetics differ from the typical ones, by drug: {"docetaxel": Factors(clearance=0.5)}. What patients
        differ in belongs here, not in the drug: the typical kinetics stay as they are.

    Raises
    ------
    ModelError
        If a value is not positive and finite.

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

    bsa: Positive | None = None
    weight: Positive | None = None
    height: Positive | None = None
    gfr: Positive | None = None
    age: Positive | None = None
    sex: Literal["female", "male"] | None = None
    serum_creatinine: Positive | None = None
    bsa_formula: Literal["dubois", "mosteller"] = "dubois"
    factors: Table[Name, Factors] = Field(default_factory=dict)

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

    def knows_gfr(self) -> bool:
        """Whether the glomerular filtration rate is given or can be estimated."""
        return self.gfr is not None or None not in (self.age, self.weight, self.sex, self.serum_creatinine)

    def glomerular_filtration_rate(self) -> float:
        """Glomerular filtration rate (mL/min), as given or by Cockcroft and Gault.

        Raises
        ------
        ModelError
            If neither `gfr` nor all of age, weight, sex and serum creatinine are given, or if the age is 140 or more.
        """
        if self.gfr is not None:
            return self.gfr
        if self.age is None or self.weight is None or self.sex is None or self.serum_creatinine is None:
            raise ModelError(
                "patient.gfr is missing, for a dose by AUC. Give gfr (mL/min), or age (years), weight (kg), sex and "
                "serum_creatinine (mg/dL) for the estimate of Cockcroft and Gault."
            )
        if self.age >= 140:
            raise ModelError(f"patient.age must be < 140 for the estimate of Cockcroft and Gault; got {self.age}.")
        factor = 0.85 if self.sex == "female" else 1.0
        return factor * (140 - self.age) * self.weight / (72 * self.serum_creatinine)
