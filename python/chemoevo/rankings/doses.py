"""What a regimen asks of the patient: how low neutrophils fall, and how much is given per week."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chemoevo.errors import ModelError, Problems, SimulationError
from chemoevo.pharmacology.cumulative import cumulative_doses
from chemoevo.pharmacology.marrow import Suppressed
from chemoevo.pharmacology.neutrophils import toxicity

if TYPE_CHECKING:
    from chemoevo.scenario.scenario import Scenario

DAYS_OF_A_WEEK = 7.0


def nadir(scenario: Scenario, without: Sequence[str]) -> float | None:
    """(1e9/L) The smallest number of neutrophils in any cycle; None where no model of the drugs' toxicity is known."""
    if scenario.regimen is None:
        return None
    idle = [name for name in without if name in scenario.regimen.drugs and name not in scenario.inert]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            if Suppressed.of(Problems(), scenario, None, None, None, idle).model.cells != "neutrophils":
                return None
            lowest = toxicity(scenario, without=idle)["nadir"].min()
        except (ModelError, SimulationError):
            return None
    return None if lowest is None else float(lowest)  # type: ignore[arg-type]


def dose_intensities(scenario: Scenario) -> dict[str, float | None]:
    """(mg/m2 and week; IU of what is dosed by activity) By drug, over the whole regimen; None without a surface."""
    if scenario.regimen is None:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            table = cumulative_doses(scenario)
        except ModelError:
            return dict.fromkeys(scenario.effective.drugs)
    last = table.filter(table["cycle"] == table["cycle"].max())
    weeks = scenario.regimen.duration_days / DAYS_OF_A_WEEK
    rows = zip(last["drug"], last["cumulative_mg_per_m2"], strict=True)
    return {drug: None if total is None else total / weeks for drug, total in rows}
