"""Laws of exposures, as functions of what they hold: of a drug, a patient and doses, through the public functions.

What a law sees is in its first line; tests plant such errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import _core, pharmacology
from chemoevo.pharmacology import MetaboliteFactors, bodies

CMAX, AUC, TROUGH = "c_max_mg_per_L", "auc_mg_h_per_L", "trough_mg_per_L"
DAYS, CYCLES = 5, 2
# Off the quarters of an hour at which doses begin and end: there a bolus is, or is not, by the last digit of a time.
HOURS = np.array([0.1, 0.6, 1.1, 3.1, 7.6, 12.1, 26.6, 50.1, 100.1, 200.1])
LONG = np.array([1e8])


class Given(NamedTuple):
    """One dose: hours from the start, mg, length (h), route. Times are quarters of hours, which are exact."""

    start: float
    amount: float
    length: float
    route: str

    def written(self) -> ce.Dose:
        day, hour = divmod(self.start, 24)
        return ce.Dose(drug="mine", amount=self.amount, unit="mg", days=int(day) + 1, start_hours=hour,
                       duration_hours=self.length, route=self.route)  # fmt: skip


def plan(given: Sequence[Given]) -> ce.Regimen:
    made = ce.Phase(cycle_length_days=DAYS, cycles=CYCLES, doses=[one.written() for one in given])
    return ce.Regimen(name="drawn", phases=made)


def levels(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], hours: np.ndarray = HOURS) -> np.ndarray:
    """(mg/L) In all compartments."""
    table = ce.concentrations(plan(given), patient=patient, times=hours / 24, drugs=drug)
    return table["mg_per_L"].to_numpy()


def measures(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given]) -> np.ndarray:
    """Peak, area and trough of all compartments in all cycles."""
    return ce.exposure(plan(given), patient=patient, drugs=drug).select(CMAX, AUC, TROUGH).to_numpy()


def course(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given]) -> _core.Course:
    return pharmacology.course(plan(given), patient, drug)


def close(got: Any, expected: Any, rtol: float) -> None:
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-250)


def superposed(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given]) -> None:
    """Sees doses that end each other's infusions, share a depot that is not the sum, or saturate."""
    alone = [levels(drug, patient, [one]) for one in given]
    close(levels(drug, patient, given), np.sum(alone, axis=0), 1e-12)


def split(given: Sequence[Given], share: float, cut: float) -> list[Given]:
    """Every dose in two of its time, of which an infusion is cut in two that follow each other."""
    parts = []
    for one in given:
        first = float(np.floor(4 * cut * one.length)) / 4
        parts += [one._replace(amount=one.amount * share), one._replace(amount=one.amount * (1 - share))]
        if 0 < first < one.length:
            rest, amount = one.length - first, one.amount * (1 - share)
            parts[-1:] = [
                one._replace(amount=amount * first / one.length, length=first),
                Given(one.start + first, amount * rest / one.length, rest, one.route),
            ]
    return parts


def as_one(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], parts: Sequence[Given]) -> None:
    """Sees infusions of one time or rate that are taken for one, and joints at which input is lost or twice there."""
    close(levels(drug, patient, parts), levels(drug, patient, given), 1e-12)
    close(measures(drug, patient, parts), measures(drug, patient, given), 1e-11)


def shifted(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], later: Sequence[Given], days: int,
            rtol: float) -> None:  # fmt: skip
    """Sees times that are counted from somewhere else, and what is there before the first dose."""
    # Before the doses of the next cycle.
    hours = HOURS[HOURS + 24 * days < 24 * DAYS]
    got, expected = levels(drug, patient, later, hours + 24 * days), levels(drug, patient, given, hours)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-12 if rtol > 1e-9 else 1e-250)
    assert not levels(drug, patient, later, HOURS[24 * days > HOURS]).any()


def goes_on(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], cut: float,
            change: Callable[[_core.State], _core.State]) -> None:  # fmt: skip
    """Sees whatever a state forgets: inputs that have not ended, doses that still have their lag before them."""
    whole = course(drug, patient, given)
    again = pharmacology.course(plan(given), patient, drug, start=change(whole.state(cut)))
    for place in range(bodies.body(drug, patient).compartments):
        close(again.concentration(cut + HOURS, place), whole.concentration(cut + HOURS, place), 1e-12)
        close(again.area(cut + HOURS, place), whole.area(cut + HOURS, place), 1e-12)
    later, meant = again.state(cut + 20.1), whole.state(cut + 20.1)
    close(later.values, meant.values, 1e-12)
    close(later.areas, meant.areas, 1e-12)
    assert later.inputs == meant.inputs


def proportional(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], by: float) -> None:
    """Sees a level that is not one of a share: a floor, a cap, a threshold in absolute numbers."""
    close(measures(drug, patient, scaled(given, by)), by * measures(drug, patient, given), 1e-11)


def scaled(given: Sequence[Given], by: float) -> list[Given]:
    return [one._replace(amount=one.amount * by) for one in given]


def more_than_proportional(drug: ce.Drug, courses: Sequence[_core.Course]) -> None:
    """Sees saturation that is left out, or of the wrong sign. The second course is of twice the doses."""
    one, two = courses
    areas = [found.area(LONG)[0] for found in courses]
    transfers = any(side.saturable is not None for side in drug.kinetics.peripherals)
    if drug.kinetics.saturable is None:
        # Transfer only delays: the area is still the dose over the clearance.
        assert areas[1] / areas[0] == pytest.approx(2, rel=1e-6)
    elif not transfers:
        # Twice the smaller course would be eliminated faster than the larger one is: it is below that at all times.
        assert (two.concentration(HOURS) >= 2 * one.concentration(HOURS) * (1 - 1e-6) - 1e-12).all()
        assert areas[1] / areas[0] >= 2 * (1 - 1e-6)


def of_the_curve(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], found: np.ndarray, rtol: float) -> None:
    """Sees peaks between ends of infusions that are missed, areas of the wrong compartment, cycles cut elsewhere."""
    curve = course(drug, patient, given)
    borders = 24.0 * DAYS * np.arange(CYCLES + 1)
    for row, (peak, area, trough) in enumerate(found):
        place, cycle = divmod(row, CYCLES)
        ends = pieces(curve, borders[cycle], borders[cycle + 1])
        # Before an end, since a bolus at it belongs to what comes after.
        grid = np.concatenate([graded(a, b) for a, b in pairwise(ends)])
        highest = curve.concentration(grid, place).max()
        assert highest * (1 - rtol) - 1e-250 <= peak <= highest * (1 + 1e-2) + 1e-250
        last = curve.concentration(np.array([np.nextafter(borders[cycle + 1], 0)]), place)[0]
        np.testing.assert_allclose(trough, last, rtol=1e-6, atol=1e-12)
        summed = sum(integral(lambda t, place=place: curve.concentration(t, place), a, b) for a, b in pairwise(ends))
        np.testing.assert_allclose(area, summed, rtol=rtol, atol=1e-12)


def pieces(curve: _core.Course, first: float, last: float) -> list[float]:
    """The ends of what is smooth."""
    return sorted({first, last, *(kink for kink in curve.kinks if first < kink < last)})


def graded(first: float, last: float) -> np.ndarray:
    """Times from one end to just before another, dense after the first."""
    steps = np.concatenate([[0.0], np.geomspace(1e-6, 1 - 1e-9, 400)])
    return np.minimum(first + steps * (last - first), np.nextafter(last, 0))


NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


def integral(of: Callable[[np.ndarray], np.ndarray], first: float, last: float) -> float:
    """By Gauss points on intervals that are halved until that changes nothing."""
    ends = np.concatenate([[first], first + (last - first) * np.geomspace(1e-7, 1, 30)])
    left, right, total = ends[:-1], ends[1:], 0.0
    for _ in range(30):
        middle = 0.5 * (left + right)
        once = _gauss(of, left, right)
        twice = _gauss(of, left, middle) + _gauss(of, middle, right)
        done = np.abs(once - twice) <= 1e-11 * np.abs(twice) + 1e-14 * abs(total)
        total += twice[done].sum()
        left, right = np.append(left[~done], middle[~done]), np.append(middle[~done], right[~done])
        if not left.size:
            return total
    return total + float(_gauss(of, left, right).sum())


def _gauss(of: Callable[[np.ndarray], np.ndarray], left: np.ndarray, right: np.ndarray) -> np.ndarray:
    if not left.size:
        return np.zeros(0)
    half = 0.5 * (right - left)[:, None]
    return ((half * WEIGHTS) * of((left[:, None] + half * (1 + NODES)).ravel()).reshape(len(left), -1)).sum(axis=1)


def balanced(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], areas: Sequence[float]) -> None:
    """Sees a share that is taken twice or never, a metabolite on top of the clearance, and mg in place of moles."""
    by = patient.factors.get("mine") or ce.Factors()
    clearance = drug.kinetics.parameters(patient, by)[0]
    absorption = drug.kinetics.absorption
    share = 1.0
    if absorption.bioavailability is not None:
        share = min(1.0, absorption.bioavailability.value * by.bioavailability)
    total = CYCLES * sum(one.amount * (1.0 if one.route == "iv" else share) for one in given)
    assert areas[0] * clearance == pytest.approx(total, rel=1e-9)
    for area, made in zip(areas[1:], drug.metabolites, strict=True):
        of = by.metabolites.get(made.name) or MetaboliteFactors()
        moles = total / drug.molar_mass.value * min(1.0, made.fraction.value * of.fraction)
        assert area / made.molar_mass.value * made.clearance.value * of.clearance == pytest.approx(moles, rel=1e-9)


def conserved(drug: ce.Drug, patient: ce.Patient, given: Sequence[Given], until: float, vmax: float) -> None:
    """Sees what is eliminated at another rate than that of Michaelis and Menten, and moles that are not mg."""
    curve, body = course(drug, patient, given), bodies.body(drug, patient)
    by = patient.factors.get("mine") or ce.Factors()
    clearance = drug.kinetics.parameters(patient, by)[0]
    eliminated = clearance * curve.area(np.array([until]))[0]
    if drug.kinetics.saturable is not None:
        mg = 1 / drug.micromolar_per_mg_per_l
        factor = drug.kinetics.covariate_factors(patient)["clearance"] * by.clearance * by.elimination_vmax
        most = vmax * drug.kinetics.saturable.vmax.value * factor * mg
        half = drug.kinetics.saturable.km.value * by.elimination_km * mg

        def flow(times: np.ndarray) -> np.ndarray:
            level = curve.concentration(times)
            return most * level / (half + level)

        ends = pieces(curve, 0.0, until)
        eliminated += sum(integral(flow, a, b) for a, b in pairwise(ends))
    state = curve.state(until)
    held = sum(map(sum, state.amounts(body)))
    absorption = drug.kinetics.absorption
    share = (
        1.0 if absorption.bioavailability is None else min(1.0, absorption.bioavailability.value * by.bioavailability)
    )
    lag = 0.0 if absorption.lag is None else absorption.lag.value * by.lag
    total = 0.0
    for one in given:
        start, amount = (one.start, one.amount) if one.route == "iv" else (one.start + lag, one.amount * share)
        done = float(start <= until) if one.length == 0 else min(max((until - start) / one.length, 0.0), 1.0)
        total += amount * done
    assert held + eliminated == pytest.approx(total, rel=1e-5, abs=1e-12)
