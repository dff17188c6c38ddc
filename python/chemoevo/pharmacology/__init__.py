"""Doses and what they become in plasma: regimens, patients, drugs, concentrations."""

from __future__ import annotations

from chemoevo.base.evidence import Citation, Figure, Tag
from chemoevo.pharmacology import regimens
from chemoevo.pharmacology.dose import GFR_CAP, Dose
from chemoevo.pharmacology.drug import Drug, DrugPotency
from chemoevo.pharmacology.exposure import concentration, plasma_exposure
from chemoevo.pharmacology.kinetics import Kinetics, Peripheral
from chemoevo.pharmacology.library import drug, drug_names
from chemoevo.pharmacology.patient import Factors, Patient
from chemoevo.pharmacology.regimen import Phase, Regimen

__all__ = [
    "GFR_CAP",
    "Citation",
    "Dose",
    "Drug",
    "DrugPotency",
    "Factors",
    "Figure",
    "Kinetics",
    "Patient",
    "Peripheral",
    "Phase",
    "Regimen",
    "Tag",
    "concentration",
    "drug",
    "drug_names",
    "plasma_exposure",
    "regimens",
]
