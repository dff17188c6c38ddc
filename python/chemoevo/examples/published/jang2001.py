"""How much of the efflux of paclitaxel a pump makes that saturates (Jang et al. 2001), by its dose and response."""

from __future__ import annotations

from collections.abc import Mapping

from scipy.optimize import brentq

import chemoevo as ce


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    # (uM) Half the capacity of the pump, as a concentration in the medium.
    half = parameters["half"] / parameters["inside"] / 1000.0

    def share(concentration: float, strength: float) -> float:
        """Of the efflux that is the pump's: what leaks in is lost by the pump or leaks out."""
        pump = ce.OnDrug(drug="paclitaxel", strength=strength, km=half)
        mechanism = ce.Mechanism(name="P-gp", stage="efflux", drugs=[pump])
        odds = []
        for expression in (0.0, 1.0):
            found = ce.dose_response(
                "paclitaxel",
                concentrations=[concentration / 1000.0],
                mechanisms=[mechanism],
                expressions={"P-gp": expression},
                assume_untouched=True,
            )
            odds.append(found["effect"][0] / (1.0 - found["effect"][0]))
        hill = ce.pharmacology.drug("paclitaxel").potency.hill.value
        return float(1.0 - (odds[1] / odds[0]) ** (1.0 / hill))

    low, high = parameters["low"], parameters["high"]
    strength = brentq(lambda number: share(low, number) - parameters["share_at_low"], 1e-6, 1e4, xtol=1e-12)
    return {"share of P-gp in the efflux at 1500 nM": share(high, strength)}
