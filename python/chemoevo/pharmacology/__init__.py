"""Doses and what they become in plasma: regimens, patients, drugs, concentrations."""

from __future__ import annotations

from chemoevo.pharmacology.drugs import (
    Citation,
    Drug,
    DrugPotency,
    Figure,
    Kinetics,
    Peripheral,
    Tag,
    drug,
    drug_names,
)
from chemoevo.pharmacology.exposure import concentration, plasma_exposure
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import GFR_CAP, Dose, Phase, Regimen

__all__ = [
    "GFR_CAP",
    "Citation",
    "Dose",
    "Drug",
    "DrugPotency",
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
]
