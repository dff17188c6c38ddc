"""What the body of a patient does to a drug, as the core takes it: in hours, L, mg and mg/L."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chemoevo import _core
from chemoevo.pharmacology.patient import TYPICAL, TYPICAL_METABOLITE
from chemoevo.pharmacology.representable import computable

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.kinetics import Kinetics
    from chemoevo.pharmacology.metabolite import Metabolite
    from chemoevo.pharmacology.patient import Factors, MetaboliteFactors, Patient
    from chemoevo.pharmacology.saturable import Saturable


def body(given: Drug, patient: Patient, follows: Sequence[tuple[float, int]] = ()) -> _core.Kinetics:
    """The kinetics of a drug in a patient; compartments are plasma, metabolites, and what follows plasma, if anything.

    Behind them come places that follow a compartment, by a rate (1/h) and its position; see `followed`.

    Raises
    ------
    ModelError
        If the drug has no kinetics.
    """
    kinetics = computable(given)
    by = patient.factors.get(given.name) or TYPICAL
    clearance, volume, sides = kinetics.parameters(patient, by)
    return _core.Kinetics(
        clearance,
        volume,
        sides,
        absorption=_absorption(kinetics, by),
        metabolites=[_metabolite(given, one, by.metabolites.get(one.name)) for one in given.metabolites],
        effects=[
            *([] if kinetics.effect_rate is None else [(kinetics.effect_rate.value, 1.0, 0)]),
            *((rate, 1.0, compartment) for rate, compartment in follows),
        ],
        saturable=_saturable(given, kinetics, patient, by),
    )


def followed(given: Drug, position: int) -> int:
    """The compartment of the place that is at a position of `follows`."""
    own = given.kinetics is not None and given.kinetics.effect_rate is not None
    return 1 + len(given.metabolites) + own + position


def lag(given: Drug, patient: Patient) -> float:
    """(h) Between a dose that is absorbed and what comes of it."""
    absorption = None if given.kinetics is None else given.kinetics.absorption
    if absorption is None or absorption.lag is None:
        return 0.0
    return absorption.lag.value * (patient.factors.get(given.name) or TYPICAL).lag


def _absorption(
    kinetics: Kinetics, by: Factors
) -> tuple[Sequence[float], float, float] | tuple[float, float, float, float] | None:
    given = kinetics.absorption
    if given is None:
        return None
    lag = 0.0 if given.lag is None else given.lag.value * by.lag
    # More than all of a dose cannot be absorbed; clearances and volumes that are apparent stand for the share too.
    share = 1.0 if given.bioavailability is None else min(given.bioavailability.value * by.bioavailability, 1.0)
    rate = given.rate.value * by.absorption_rate
    return ([rate] * int(given.stages), lag, share) if given.whole else (rate, given.stages, lag, share)


def _metabolite(
    given: Drug, one: Metabolite, by: MetaboliteFactors | None
) -> tuple[float, float, float, Sequence[tuple[float, float]]]:
    by = by or TYPICAL_METABOLITE
    # The fraction is one of moles; of the drug no more can be made than all.
    formed = min(one.fraction.value * by.fraction, 1.0) * one.molar_mass.value / given.molar_mass.value
    sides = [side.parameters(one.volume.value) for side in one.peripherals]
    return (
        formed,
        one.clearance.value * by.clearance,
        one.volume.value * by.volume,
        [(flow * by.exchange, side * by.peripheral_volume) for flow, side in sides],
    )


def _saturable(
    given: Drug, kinetics: Kinetics, patient: Patient, by: Factors
) -> tuple[tuple[float, float] | None, tuple[float, float, float] | None]:
    mg = 1.0 / given.micromolar_per_mg_per_l

    def of(flow: Saturable, vmax: float, km: float) -> tuple[float, float]:
        return flow.vmax.value * vmax * mg, flow.km.value * km * mg

    eliminated = kinetics.saturable
    capacity = kinetics.covariate_factors(patient)["clearance"] * by.clearance * by.elimination_vmax
    elimination = None if eliminated is None else of(eliminated, capacity, by.elimination_km)
    transfer = None
    for side in kinetics.peripherals:
        if side.saturable is not None and side.rate_back is not None:
            transfer = (*of(side.saturable, by.transfer_vmax, by.transfer_km), side.rate_back.value)
    return elimination, transfer
