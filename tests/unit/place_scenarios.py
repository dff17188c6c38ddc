"""Scenarios with niches, phenotypes and late death."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import chemoevo as ce
from chemoevo.pharmacology import Kinetics
from chemoevo.resistance import Effect
from chemoevo.resistance.exposed import Exposed
from chemoevo.scenario import compilation

KOOLEN = ce.Drug(
    name="docetaxel",
    drug_class="taxane",
    molar_mass=807.9,
    fraction_unbound=0.06,
    cycle_specificity="M",
    kinetics=Kinetics(clearance=44.1, volume=8.9, peripherals=[(6.1, 7.3), (14.4, 388.0)]),
    potency=None,
)
"""Docetaxel as of Koolen et al. (2010)."""
EFFLUX = ce.Alteration(name="R", mutation=1e-6, stage="efflux", effects=[Effect(drug="docetaxel", fold=15.53)])
PER_MG = 0.06 * 1000.0 / 807.9
"""(uM) Unbound docetaxel in 1 mg/L."""
EC50, HILL = 0.0025, 1.3


def scenario(*, horizon: float = 63.0, tolerance: float = 1e-3, **changes: Any) -> ce.Scenario:
    """Three infusions of docetaxel; `changes` are of the tumor, or of the potency, or other parts of the scenario."""
    tumor: dict[str, Any] = {"birth": 0.3, "death": 0.1, "size": 10**6}
    potency: dict[str, Any] = {"emax": 20.0, "ec50": EC50, "hill": HILL, "basis": "a test"}
    parts: dict[str, Any] = {
        "regimen": ce.Regimen.parse("docetaxel 135 mg over 1 h q21d x3"),
        "patient": ce.Patient(bsa=1.8),
        "drugs": [KOOLEN],
    }
    for name, value in changes.items():
        place = tumor if name in ce.Tumor.model_fields else potency if name in ce.Potency.model_fields else parts
        place[name] = value
    if "capacity" in tumor or any(getattr(niche, "capacity", None) for niche in tumor.get("niches", ())):
        # A crowded tumor does not come to the default of 1e8 cells.
        parts.setdefault("progression", ce.ProgressionRule(size=tumor["size"]))
    parts.setdefault("potencies", [ce.Potency(drug="docetaxel", **potency)])
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(**tumor),
        follow_up=ce.FollowUp(horizon=horizon, looks_every=min(horizon, 7.0)),
        simulation=ce.Simulation(tolerance=tolerance),
        **parts,
    )


STEADY = ce.Drug(
    name="steady",
    drug_class="a test",
    molar_mass=1000.0,
    fraction_unbound=1.0,
    cycle_specificity="any",
    kinetics=Kinetics(clearance=1.0, volume=1e-9),
    potency=None,
)
"""Follows its infusion at once: 24 mg per day make 1 mg/L, and 1 uM."""


def steady(concentration: float, *, days: float, horizon: float | None = None, **changes: Any) -> ce.Scenario:
    """A concentration (uM) that is constant for some days; EC50 1 uM, Hill 1."""
    amount = 24.0 * days * concentration
    dose = ce.Dose(drug="steady", amount=amount, unit="mg", duration_hours=24.0 * days)
    changes.setdefault("potencies", [ce.Potency(drug="steady", emax=1.0, ec50=1.0, hill=1.0, basis="a test")])
    return scenario(
        horizon=days if horizon is None else horizon,
        **{
            "regimen": ce.Regimen(name="steady", phases=[ce.Phase(cycles=1, cycle_length_days=days, doses=[dose])]),
            "drugs": [STEADY],
            **changes,
        },
    )


def rates_at(model: ce.Scenario, hours: Sequence[float]) -> Any:
    """Rates of all types at instants."""
    return compilation.rates_at(model, np.asarray(hours, dtype=np.float64))


def concentrations(
    model: ce.Scenario, drug: str, niche: int, hours: Sequence[float], compartment: int = 0
) -> NDArray[np.float64]:
    """(mg/L) Total concentrations of a drug in a niche."""
    exposed = Exposed(model.acting, model.patient, model.active_drugs[drug], model.types)
    place, ratio = exposed.at(niche, compartment)
    found: NDArray[np.float64] = ratio * exposed.course.concentration(np.asarray(hours, dtype=np.float64), place)
    return found


def area(model: ce.Scenario, drug: str, niche: int, until: float, compartment: int = 0) -> float:
    """(mg h/L) Area under them from 0 to a time (h)."""
    exposed = Exposed(model.acting, model.patient, model.active_drugs[drug], model.types)
    place, ratio = exposed.at(niche, compartment)
    return ratio * float(exposed.course.area(np.array([until]), place)[-1])


def means(model: ce.Scenario, start: str, day: float) -> dict[str, float]:
    """Mean counts by types from one cell."""
    process = model.therapy
    found = np.asarray(ce.mean_counts(process, initial={start: 1}, times=[day])).reshape(-1)
    return dict(zip(process.types, found.tolist(), strict=True))


def survival(model: ce.Scenario, day: float) -> dict[str, float]:
    """Probabilities that one cell of a type has any descendant that is not damaged, by that type."""
    process, alive = model.therapy, model.types.alive
    one = np.eye(len(process.types), dtype=np.int64)[: len(alive)]
    found = np.asarray(ce.presence_probability(process, types=list(alive), initial=one, times=[day]))[:, 0]
    return dict(zip(alive, found.tolist(), strict=True))
