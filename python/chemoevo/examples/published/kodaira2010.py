"""What two pumps that empty one pool do together (Kodaira et al. 2010), by the fold of cells with both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import least_squares

import chemoevo as ce

DRUG = "docetaxel"
"""Any drug: of pumps that do not saturate, the fold is that of the drug inside, whatever the drug."""
MEASURED = ("erlotinib", "flavopiridol", "mitoxantrone")


def folds(pgp: float, bcrp: float) -> tuple[float, float, float]:
    """Drug inside without P-gp, without BCRP and without both, over that with both."""
    strengths = {"P-gp": pgp, "BCRP": bcrp}
    pumps = [
        ce.Mechanism(name=name, stage="efflux", drugs=[ce.OnDrug(drug=DRUG, strength=strength)])
        for name, strength in strengths.items()
    ]

    def fold(*present: str) -> float:
        expressions = {name: float(name in present) for name in strengths}
        return ce.fold(DRUG, mechanisms=pumps, expressions=expressions, assume_untouched=True)

    both = fold("P-gp", "BCRP")
    return both / fold("BCRP"), both / fold("P-gp"), both / fold()


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    found = {}
    for drug in MEASURED:
        for organ in ("brain", "testis"):
            there = f"{drug} in the {organ} without"
            strengths = parameters[f"{drug}_{organ}_pgp"], parameters[f"{drug}_{organ}_bcrp"]
            found |= zip((f"{there} P-gp", f"{there} Bcrp", f"{there} both pumps"), folds(*strengths), strict=True)

        alone = parameters[f"{drug}_without_pgp"], parameters[f"{drug}_without_bcrp"]

        def apart(logs: np.ndarray, alone: tuple[float, float] = alone) -> np.ndarray:
            return np.log(folds(*np.exp(logs))[:2]) - np.log(alone)

        *_, both = folds(*np.exp(least_squares(apart, [0.0, 0.0]).x))
        found[f"{drug} in the brain without both pumps, from what each pump alone does"] = both
    return found
