"""Doses and what they become in plasma: regimens, patients, drugs, concentrations."""

from __future__ import annotations

from chemoevo.base.evidence import Citation, Figure, Tag
from chemoevo.pharmacology import regimens
from chemoevo.pharmacology.absorption import Absorption
from chemoevo.pharmacology.action import DoseLimits, DrugPotency, Induction, Inhibition
from chemoevo.pharmacology.covariate import Correlation, Covariate
from chemoevo.pharmacology.dose import GFR_CAP, Dose
from chemoevo.pharmacology.dose_rules import DoseLevels, DoseRules, dose_rules, dose_rules_names
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.exposure import concentration, course, steady
from chemoevo.pharmacology.kinetics import Kinetics, Peripheral
from chemoevo.pharmacology.library import drug, drug_names
from chemoevo.pharmacology.metabolite import Metabolite
from chemoevo.pharmacology.neutropenia import GrowthFactor, Neutropenia, Suppression, neutropenia, neutropenia_names
from chemoevo.pharmacology.patient import Factors, MarrowFactors, MetaboliteFactors, Patient
from chemoevo.pharmacology.phase import Phase
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.pharmacology.saturable import Saturable

__all__ = [
    "GFR_CAP",
    "Absorption",
    "Citation",
    "Correlation",
    "Covariate",
    "Dose",
    "DoseLevels",
    "DoseLimits",
    "DoseRules",
    "Drug",
    "DrugPotency",
    "Factors",
    "Figure",
    "GrowthFactor",
    "Induction",
    "Inhibition",
    "Kinetics",
    "MarrowFactors",
    "Metabolite",
    "MetaboliteFactors",
    "Neutropenia",
    "Patient",
    "Peripheral",
    "Phase",
    "Regimen",
    "Saturable",
    "Suppression",
    "Tag",
    "concentration",
    "course",
    "dose_rules",
    "dose_rules_names",
    "drug",
    "drug_names",
    "neutropenia",
    "neutropenia_names",
    "regimens",
    "steady",
]
