"""What holds for exposures of every drug, by any route, in any patient, through the public functions.

The laws are in _exposures.py; the last tests give each of them an error that it must see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo import _core
from chemoevo.pharmacology import Absorption, Saturable
from chemoevo.testing import drugs, patients
from tests.property._examples import short_and_long
from tests.property._exposures import (
    CYCLES,
    DAYS,
    LONG,
    Given,
    as_one,
    balanced,
    conserved,
    course,
    goes_on,
    measures,
    more_than_proportional,
    of_the_curve,
    proportional,
    scaled,
    shifted,
    split,
    superposed,
)  # fmt: skip

ROUTES = ("iv", "oral")


def _given(routes: Sequence[str]) -> st.SearchStrategy[list[Given]]:
    quarters = st.integers(0, 4 * 48).map(lambda quarter: quarter / 4)
    lengths = st.sampled_from([0.0, 0.25, 1.0, 46.0]) | quarters
    return st.lists(st.builds(Given, quarters, st.floats(1, 1000), lengths, st.sampled_from(routes)), min_size=1,
                    max_size=4)  # fmt: skip


LINEAR = {
    "drug": drugs(routes=ROUTES),
    "patient": patients(drugs=["mine"], metabolites=["M1"]),
    "given": _given(ROUTES),
}
SATURABLE = {**LINEAR, "drug": drugs(routes=ROUTES, linear=False)}


@short_and_long(25, 150, **LINEAR)
def test_regimens_superpose(drug: ce.Drug, patient: ce.Patient, given: list[Given]) -> None:
    superposed(drug, patient, given)


@short_and_long(25, 120, **LINEAR, share=st.floats(0.01, 0.99), cut=st.floats(0, 1))
def test_a_dose_may_be_split_in_any_way(
    drug: ce.Drug, patient: ce.Patient, given: list[Given], share: float, cut: float
) -> None:
    as_one(drug, patient, given, split(given, share, cut))


@short_and_long(30, 300, **LINEAR, quarter=st.integers(0, 4 * 72))
def test_a_course_goes_on_from_its_state(drug: ce.Drug, patient: ce.Patient, given: list[Given], quarter: int) -> None:
    goes_on(drug, patient, given, quarter / 4, lambda state: state)


@short_and_long(15, 100, **LINEAR, days=st.integers(1, 2))
def test_time_has_no_origin(drug: ce.Drug, patient: ce.Patient, given: list[Given], days: int) -> None:
    shifted(drug, patient, given, moved(given, 24 * days), days, 1e-11)


@short_and_long(15, 60, **SATURABLE, days=st.integers(1, 2))
def test_saturable_drugs_have_no_origin_of_time_either(
    drug: ce.Drug, patient: ce.Patient, given: list[Given], days: int
) -> None:
    shifted(drug, patient, given, moved(given, 24 * days), days, 1e-6)


def moved(given: Sequence[Given], hours: float) -> list[Given]:
    return [one._replace(start=one.start + hours) for one in given]


@short_and_long(20, 150, **LINEAR, by=st.floats(1e-3, 100))
def test_exposure_is_proportional_to_the_dose(
    drug: ce.Drug, patient: ce.Patient, given: list[Given], by: float
) -> None:
    proportional(drug, patient, given, by)


@short_and_long(20, 100, **SATURABLE)
def test_saturable_drugs_are_more_than_proportional(drug: ce.Drug, patient: ce.Patient, given: list[Given]) -> None:
    more_than_proportional(drug, [course(drug, patient, scaled(given, by)) for by in (1.0, 2.0)])


@short_and_long(15, 40, **LINEAR)
def test_peaks_and_areas_are_those_of_the_curve(drug: ce.Drug, patient: ce.Patient, given: list[Given]) -> None:
    of_the_curve(drug, patient, given, measures(drug, patient, given), 1e-9)


@short_and_long(10, 25, **SATURABLE)
def test_peaks_and_areas_of_saturable_drugs_are_those_of_the_curve(
    drug: ce.Drug, patient: ce.Patient, given: list[Given]
) -> None:
    of_the_curve(drug, patient, given, measures(drug, patient, given), 1e-6)


@short_and_long(20, 200, **LINEAR)
def test_areas_are_doses_over_clearances(drug: ce.Drug, patient: ce.Patient, given: list[Given]) -> None:
    found = course(drug, patient, given)
    balanced(drug, patient, given, [found.area(LONG, place)[0] for place in range(1 + len(drug.metabolites))])


@short_and_long(15, 100, **SATURABLE, until=st.sampled_from([3.0, 30.0, 100.0]))
def test_nothing_of_a_saturable_drug_is_lost(
    drug: ce.Drug, patient: ce.Patient, given: list[Given], until: float
) -> None:
    conserved(drug, patient, given, until, 1.0)


DRUG = ce.Drug(
    name="mine",
    drug_class="a class",
    molar_mass=500,
    fraction_unbound=0.1,
    kinetics=ce.Kinetics(
        clearance=6,
        volume=15,
        peripherals=[(4, 30)],
        absorption=Absorption(rate=0.9, stages=2, lag=0.5, bioavailability=0.5),
        effect_rate=0.4,
    ),
    routes=["iv", "oral"],
    metabolites={"name": "M1", "molar_mass": 250, "fraction": 0.5, "clearance": 9, "volume": 20},
)
SLOWER = DRUG.replace({"kinetics.saturable": Saturable(vmax=30, km=0.5)})
DOSES = [Given(0.0, 100.0, 3.0, "oral"), Given(1.0, 50.0, 4.0, "iv"), Given(1.0, 20.0, 0.0, "iv")]
TYPICAL = ce.Patient()


def _without_inputs(state: _core.State) -> _core.State:
    return _core.State(state.time, state.values, state.areas, [])


def _late(state: _core.State) -> _core.State:
    """Inputs that end an hour late."""
    inputs = [(given, start, end + 1, amount, mouth) for given, start, end, amount, mouth in state.inputs]
    return _core.State(state.time, state.values, state.areas, inputs)


def _without_turns() -> np.ndarray:
    """Peaks looked for at ends of infusions only."""
    found = measures(DRUG, TYPICAL, DOSES)
    curve = course(DRUG, TYPICAL, DOSES)
    for row in range(len(found)):
        place, cycle = divmod(row, CYCLES)
        kinks = [kink for kink in curve.kinks if 24 * DAYS * cycle <= kink < 24 * DAYS * (cycle + 1)]
        found[row, 0] = curve.concentration(np.array(kinks), place).max()
    return found


def _wrong_areas(factor: float, *, only: int | None = None) -> list[float]:
    curve = course(DRUG, TYPICAL, DOSES)
    return [curve.area(LONG, place)[0] * (factor if only in (None, place) else 1.0) for place in (0, 1)]


PLANTED: dict[str, Callable[[], None]] = {
    "a drug that saturates superposes": lambda: superposed(SLOWER, TYPICAL, DOSES),
    "a part that is lost": lambda: as_one(DRUG, TYPICAL, DOSES, split(DOSES, 0.3, 0.5)[1:]),
    "a part that is twice there": lambda: as_one(
        DRUG, TYPICAL, DOSES, [*split(DOSES, 0.3, 0.5), DOSES[2]._replace(amount=1e-6)]
    ),
    "a clock that is a quarter of an hour late": lambda: shifted(DRUG, TYPICAL, DOSES, moved(DOSES, 24.25), 1, 1e-11),
    "a state without its inputs": lambda: goes_on(DRUG, TYPICAL, DOSES, 2.0, _without_inputs),
    "inputs that end late": lambda: goes_on(DRUG, TYPICAL, DOSES, 2.0, _late),
    "a drug that saturates is proportional": lambda: proportional(SLOWER, TYPICAL, DOSES, 2.0),
    "saturation left out": lambda: more_than_proportional(
        SLOWER, [course(SLOWER, TYPICAL, scaled(DOSES, 2)), course(SLOWER, TYPICAL, DOSES)]
    ),
    "peaks at ends only": lambda: of_the_curve(DRUG, TYPICAL, DOSES, _without_turns(), 1e-9),
    "areas of the next compartment": lambda: of_the_curve(
        DRUG, TYPICAL, DOSES, np.roll(measures(DRUG, TYPICAL, DOSES), CYCLES, axis=0), 1e-9
    ),
    "a share taken twice": lambda: balanced(DRUG, TYPICAL, DOSES, _wrong_areas(0.9)),
    "a metabolite by mass": lambda: balanced(DRUG, TYPICAL, DOSES, _wrong_areas(2.0, only=1)),
    "another largest flow": lambda: conserved(SLOWER, TYPICAL, DOSES, 30.0, 1.01),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_seen(name: str) -> None:
    with pytest.raises(AssertionError):
        PLANTED[name]()


def test_laws_hold_of_what_errors_are_planted_in() -> None:
    superposed(DRUG, TYPICAL, DOSES)
    goes_on(DRUG, TYPICAL, DOSES, 2.0, lambda state: state)
    as_one(DRUG, TYPICAL, DOSES, split(DOSES, 0.3, 0.5))
    shifted(DRUG, TYPICAL, DOSES, moved(DOSES, 24), 1, 1e-11)
    proportional(DRUG, TYPICAL, DOSES, 2.0)
    more_than_proportional(SLOWER, [course(SLOWER, TYPICAL, scaled(DOSES, by)) for by in (1.0, 2.0)])
    of_the_curve(DRUG, TYPICAL, DOSES, measures(DRUG, TYPICAL, DOSES), 1e-9)
    balanced(DRUG, TYPICAL, DOSES, _wrong_areas(1.0))
    conserved(SLOWER, TYPICAL, DOSES, 30.0, 1.0)
