"""How much sorafenib comes to the brain without both pumps (Agarwal et al. 2011), by the fold of cells with both."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
from scipy.optimize import least_squares

import chemoevo as ce

PUMPS = ("P-gp", "BCRP")
DRUG = "docetaxel"
"""Any drug: of pumps that do not saturate, the fold is that of the drug inside, whatever the drug."""


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    wild_type = parameters["wild_type"]

    def brain(logs: np.ndarray) -> dict[tuple[float, ...], float]:
        """Brain over plasma by which pumps are there, from logarithms of strengths, with the wild type as printed."""
        mechanisms = [
            ce.Mechanism(name=name, stage="efflux", drugs=[ce.OnDrug(drug=DRUG, strength=strength)])
            for name, strength in zip(PUMPS, np.exp(logs), strict=True)
        ]
        fold = {
            there: ce.fold(
                DRUG, mechanisms=mechanisms, expressions=dict(zip(PUMPS, there, strict=True)), assume_untouched=True
            )
            for there in product((0.0, 1.0), repeat=2)
        }
        return {there: wild_type * fold[1.0, 1.0] / one for there, one in fold.items()}

    def apart(logs: np.ndarray) -> list[float]:
        found = brain(logs)
        return [
            np.log(found[0.0, 1.0] / parameters["without_pgp"]),
            np.log(found[1.0, 0.0] / parameters["without_bcrp"]),
        ]

    without_both = brain(least_squares(apart, [0.0, 0.0]).x)[0.0, 0.0]
    return {"sorafenib in the brain without both pumps, from what each pump alone does": without_both}
