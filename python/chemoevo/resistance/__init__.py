"""Genotypes and mechanisms: what turns concentrations into the rates of cell types."""

from __future__ import annotations

from chemoevo.resistance.alterations import SENSITIVE, Alteration, Change, Effect, alteration, alteration_names
from chemoevo.resistance.anchor import Anchor, saturated_days
from chemoevo.resistance.cell_types import CellTypes, Place
from chemoevo.resistance.chain import potency_in_cell
from chemoevo.resistance.epistasis import Epistasis
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.interaction import Interaction
from chemoevo.resistance.mechanism import Mechanism, OnDrug, Stage, mechanism, mechanism_names
from chemoevo.resistance.niche_therapies import Delay, NicheTherapy, Opening
from chemoevo.resistance.niches import Access, Migration, Niche
from chemoevo.resistance.phenotypes import LateDeath, Phenotype
from chemoevo.resistance.potency import Potency, ResolvedPotency, resolve_potency
from chemoevo.resistance.radiotherapy import Radiotherapy
from chemoevo.resistance.therapy import TherapyRates, compile_therapy, growth_process, therapy_rates

__all__ = [
    "SENSITIVE",
    "Access",
    "Alteration",
    "Anchor",
    "CellTypes",
    "Change",
    "Delay",
    "Effect",
    "Epistasis",
    "Genotypes",
    "Interaction",
    "LateDeath",
    "Mechanism",
    "Migration",
    "Niche",
    "NicheTherapy",
    "OnDrug",
    "Opening",
    "Phenotype",
    "Place",
    "Potency",
    "Radiotherapy",
    "ResolvedPotency",
    "Stage",
    "TherapyRates",
    "alteration",
    "alteration_names",
    "compile_therapy",
    "growth_process",
    "mechanism",
    "mechanism_names",
    "potency_in_cell",
    "resolve_potency",
    "saturated_days",
    "therapy_rates",
]
