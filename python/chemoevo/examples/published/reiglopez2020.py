"""Tumors in which dead cells stay (Reig-Lopez et al. 2020), by late death and growth that slows with size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from slowing import slowed

import chemoevo as ce
from chemoevo.pharmacology import Kinetics, Peripheral

DRUG = "MBQ-167"
WEIGHT = 0.02
"""(kg) Of a mouse; doses are per kg, so that it does not count."""
LINES = {"negative": "triple-negative", "her2": "HER2+"}
HOURS = {
    "three times a week": [[1, 3, 5], []],
    "once a day": [list(range(1, 8)), []],
    "twice a day": [list(range(1, 8))] * 2,
}
"""Days of the week with a dose at 0 h, and at 12 h."""


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    def kinetics() -> Kinetics:
        """Two exponentials from the peak on, of a dose that is there at once."""
        heaviest, peak = parameters["heaviest"], parameters["peak"]
        slow = math.log(2.0) / parameters["half_life"]
        tail = parameters["late_concentration"] * math.exp(slow * (parameters["late"] - peak))
        rising = heaviest * (peak - parameters["lag"]) / 2.0

        # Of the fast one nothing is left after 12 hours; its area is what the tail and the rise leave over.
        covered = rising + tail * -math.expm1(-slow * (12.0 - peak)) / slow
        fast = (heaviest - tail) / (parameters["area"] - covered)
        back = (tail * fast + (heaviest - tail) * slow) / heaviest
        out, volume = fast * slow / back, parameters["high"] * WEIGHT * 1000.0 / heaviest
        return Kinetics(
            clearance=out * volume,
            volume=volume,
            peripherals=Peripheral(rate_out=fast + slow - back - out, rate_back=back),
        )

    def therapy(line: str, dose: float, hours: Sequence[Sequence[int]]) -> ce.BranchingProcess:
        """The rates of all types under the drug, with growth that does not slow."""
        weeks = math.ceil(parameters[f"{line}_days"] / 7.0)
        doses = [
            ce.Dose(drug=DRUG, amount=dose, unit="mg/kg", days=days, duration_hours=0, start_hours=12.0 * half)
            for half, days in enumerate(hours)
            if days
        ]
        mine = ce.Drug(
            name=DRUG,
            drug_class="Rac and Cdc42 inhibitor",
            molar_mass=parameters["molar_mass"],
            fraction_unbound=1.0,  # the effect is that of all the drug in plasma
            cycle_specificity="any",
            kinetics=kinetics(),
            potency=None,
        )
        potency = ce.Potency(
            drug=DRUG,
            emax=parameters[f"{line}_most"],
            ec50=parameters[f"{line}_half"],
            hill=parameters[f"{line}_hill"],
            basis="Reig-Lopez et al. (2020)",
        )
        late = ce.LateDeath(rate=parameters[f"{line}_delay"], stages=round(parameters[f"{line}_stages"]))
        return ce.Scenario(
            name="Reig-Lopez et al. (2020)",
            tumor=ce.Tumor(birth=parameters[f"{line}_exponential"], death=0.0, size=10**6, late_death=late),
            patient=ce.Patient(weight=WEIGHT),
            drugs=[mine],
            potencies=[potency],
            regimen=ce.Regimen(name=DRUG, phases=[ce.Phase(cycles=weeks, cycle_length_days=7, doses=doses)]),
            follow_up=ce.FollowUp(horizon=parameters[f"{line}_days"], looks_every=7.0),
        ).therapy

    def last_volume(line: str, rates: ce.BranchingProcess, treated: bool = True) -> float:
        """Volume of all cells (mL) in the end."""
        exponential, shape = parameters[f"{line}_exponential"], parameters[f"{line}_shape"]

        def growth(_: np.ndarray, whole: np.ndarray) -> np.ndarray:
            slower = (exponential / parameters[f"{line}_linear"] * whole) ** shape
            return exponential / (1.0 + slower) ** (1.0 / shape)

        start, end = parameters[f"{line}_start"], parameters[f"{line}_days"]
        _, volumes = slowed(rates, start=start, until=end, growth=growth, treated=treated)
        return float(volumes[-1])

    found, thrice = {}, "three times a week"
    for line, name in LINES.items():
        rates = therapy(line, parameters["high"], HOURS[thrice])
        without = last_volume(line, rates, treated=False)
        found[f"last volume without drug, {name}"] = without
        reduction = 100.0 * (1.0 - last_volume(line, rates) / without)
        found[f"reduction by 10 mg/kg {thrice}, {name}"] = reduction
    for dose, amount in ((1, "low"), (10, "high")):
        for when, hours in HOURS.items():
            volume = last_volume("negative", therapy("negative", parameters[amount], hours))
            found[f"last volume under {dose} mg/kg {when}, {LINES['negative']}"] = volume
    return found
