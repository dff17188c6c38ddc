"""How much of the efflux of paclitaxel a pump makes that saturates (Jang et al. 2001), by its dose and response."""

from __future__ import annotations

from collections.abc import Mapping

from scipy.optimize import brentq

import chemoevo as ce


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    def share(concentration: float, strength: float, inside: float) -> float:
        """Of the efflux that is the pump's: what leaks in is lost by the pump or leaks out."""
        # Half the capacity of the pump is that of a concentration in the medium here.
        pump = ce.OnDrug(drug="paclitaxel", strength=strength, km=parameters["half"] / inside / 1000.0)
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

    def at_high(inside: float) -> float:
        """Where the pump has its share at the low concentration."""
        low, first = parameters["low"], parameters["share_at_low"]
        strength = brentq(lambda number: share(low, number, inside) - first, 1e-6, 1e4)
        return share(parameters["high"], strength, inside)

    return {
        "share of P-gp in the efflux at 1500 nM": at_high(parameters["inside"]),
        "share of P-gp in the efflux at 1500 nM, the drug inside fitted": at_high(parameters["inside_fitted"]),
    }
