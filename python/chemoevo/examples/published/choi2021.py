"""Tumors in which cells die for days (Choi et al. 2021), by late death and growth that slows with size."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from slowing import slowed

import chemoevo as ce
from chemoevo.pharmacology import Absorption, Kinetics, Peripheral

LINEAR = 1e9
"""(uM) EC50 so far above all concentrations that the kill is in proportion to them: Emax/EC50 is the potency."""
HORIZON = 40.0
"""(days) Of the curves."""
STAGES = 3
DOSES = {"doxorubicin": ([2, 4, 6, 8], [15, 17, 19, 21]), "sorafenib": ([2, 3, 4, 5, 6, 8, 9], [15, 17, 19, 21])}
"""Days since the first measurement."""
SHOWN = (12, 19, 25, 30)


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    exponential, linear = parameters["exponential"], parameters["linear"]

    def course(drug: str) -> ce.BranchingProcess:
        """The rates of all types under a drug, with growth that does not slow."""
        volume, rate = parameters[f"{drug}_volume"], parameters[f"{drug}_elimination"]
        oral = drug == "sorafenib"
        kinetics = Kinetics(
            clearance=rate * volume,
            volume=volume,
            peripherals=Peripheral(rate_out=parameters[f"{drug}_out"], rate_back=parameters[f"{drug}_back"]),
            absorption=Absorption(rate=parameters["sorafenib_absorption"]) if oral else None,
        )
        amounts = (
            [parameters[f"{drug}_dose"]] * 2
            if oral
            else [parameters["doxorubicin_first"], parameters["doxorubicin_later"]]
        )
        doses = [
            ce.Dose(drug=drug, amount=amount, unit="mg", days=[day + 1 for day in days], duration_hours=0)
            for amount, days in zip(amounts, DOSES[drug], strict=True)
        ]
        mine = ce.Drug(
            name=drug,
            drug_class="a drug in mice",
            molar_mass=1000.0,  # so that mg/L are uM
            fraction_unbound=1.0,
            routes=["oral" if oral else "iv"],
            cycle_specificity="any",
            kinetics=kinetics,
            potency=None,
        )
        scenario = ce.Scenario(
            name="Choi et al. (2021)",
            tumor=ce.Tumor(
                birth=exponential,
                death=0.0,
                size=10**6,
                late_death=ce.LateDeath(rate=parameters[f"{drug}_delay"], stages=STAGES),
            ),
            patient=ce.Patient(),
            drugs=[mine],
            potencies=[
                ce.Potency(
                    drug=drug,
                    emax=parameters[f"{drug}_potency"] * LINEAR,
                    ec50=LINEAR,
                    hill=1.0,
                    basis="linear in the concentration",
                )
            ],
            regimen=ce.Regimen(name=drug, phases=[ce.Phase(cycles=1, cycle_length_days=40, doses=doses)]),
            follow_up=ce.FollowUp(horizon=HORIZON, looks_every=HORIZON),
        )
        return scenario.therapy

    def volumes(arm: str) -> tuple[np.ndarray, np.ndarray]:
        """Days, and the volume of all cells (cm3)."""
        treated = arm != "control"

        def growth(growing: np.ndarray, whole: np.ndarray) -> np.ndarray:
            return 2.0 * exponential * linear * growing / ((linear + 2.0 * exponential * growing) * whole)

        rates = course(arm if treated else "doxorubicin")
        return slowed(rates, start=parameters[f"{arm}_start"], until=HORIZON, growth=growth, treated=treated)

    curves = {arm: volumes(arm) for arm in ("control", *DOSES)}
    reached = {arm: float(np.interp(parameters["looked"], volume, days)) for arm, (days, volume) in curves.items()}
    return {
        f"volume on day {day}, {arm}": float(np.interp(day, days, volume))
        for arm, (days, volume) in curves.items()
        for day in SHOWN
    } | {f"days by which {arm} delays a tumor of 0.85 cm3": reached[arm] - reached["control"] for arm in DOSES}
