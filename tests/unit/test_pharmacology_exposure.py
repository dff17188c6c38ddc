"""Concentrations against an independent numerical solution, published exposures and the laws of linear systems."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from chemoevo import ModelError, _core, pharmacology
from chemoevo.pharmacology import Dose, Patient, Phase, Regimen, regimens

DISPOSITIONS = {
    "docetaxel": (44.1, 8.9, [(6.1, 7.3), (14.4, 388.0)]),
    "carboplatin": (8.38, 15.4, [(0.135 * 15.4, 0.135 * 15.4 / 0.215)]),
    "one compartment": (2.5, 18.0, []),
}


def exposure_to(disposition, doses):
    """The course of doses (time, amount, duration) into a vein."""
    times, amounts, lengths = ([dose[k] for dose in doses] for k in range(3))
    return _core.Course(_core.Kinetics(*disposition), times, amounts, lengths, [False] * len(times))


def numerically(disposition, doses, times):
    """Concentration (mg/L) by integrating the compartments from kink to kink; also what was eliminated (mg)."""
    clearance, volume, peripherals = disposition

    def flow(_, amounts, rate):
        central = amounts[0] / volume
        out = [rate - clearance * central]
        for (q, v), amount in zip(peripherals, amounts[1:-1], strict=True):
            out[0] -= q * (central - amount / v)
            out.append(q * (central - amount / v))
        return [*out, clearance * central]

    amounts = np.zeros(2 + len(peripherals))
    # Steps end at every kink and at every time asked for: interpolation inside a step would cost digits.
    ends = sorted({0.0, *times, *(t for t, _, _ in doses), *(t + d for t, _, d in doses), times[-1] + 1})
    shown = {}
    for start, end in itertools.pairwise(ends):
        amounts[0] += sum(a for t, a, d in doses if t == start and d == 0)
        shown[start] = amounts[0] / volume
        rate = sum(a / d for t, a, d in doses if d > 0 and t <= start < t + d)
        amounts = solve_ivp(flow, (start, end), amounts, "DOP853", args=(rate,), rtol=1e-13, atol=1e-14).y[:, -1]
    return np.array([shown[t] for t in times]), amounts


@pytest.mark.parametrize("name", DISPOSITIONS)
def test_concentration_solves_the_compartments(name):
    doses = [(0.0, 100.0, 1.0), (0.5, 40.0, 3.0), (2.0, 30.0, 0.0), (2.0, 10.0, 0.0), (24.0, 80.0, 0.25)]
    times = np.array([0.0, 0.1, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 3.5, 5.0, 23.9, 24.0, 24.1, 24.25, 30.0, 60.0])
    exposure = exposure_to(DISPOSITIONS[name], doses)
    want, amounts = numerically(DISPOSITIONS[name], doses, times)
    np.testing.assert_allclose(exposure.concentration(times), want, rtol=1e-9, atol=1e-11)
    # Mass balance: what was eliminated is clearance times area, and nothing is lost.
    end = times[-1] + 1
    assert exposure.area(np.array([end]))[0] * DISPOSITIONS[name][0] == pytest.approx(amounts[-1], rel=1e-9)
    assert amounts.sum() == pytest.approx(260.0, rel=1e-9)


def test_the_numerical_check_has_power():
    # Planted bugs: an infusion one percent too long, and the peripheral volumes swapped.
    clearance, volume, peripherals = DISPOSITIONS["docetaxel"]
    times = np.array([0.5, 1.5, 6.0])
    want, _ = numerically(DISPOSITIONS["docetaxel"], [(0.0, 100.0, 1.0)], times)
    for wrong in (
        exposure_to((clearance, volume, peripherals), [(0.0, 100.0, 1.01)]),
        exposure_to((clearance, volume, [(6.1, 388.0), (14.4, 7.3)]), [(0.0, 100.0, 1.0)]),
    ):
        assert not np.allclose(wrong.concentration(times), want, rtol=1e-9)


doses_strategy = st.lists(
    st.tuples(
        st.floats(0, 100), st.floats(0.1, 1000), st.sampled_from([0.0, 1e-9, 1e-3, 0.5, 1.0, 46.0]) | st.floats(0, 50)
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(doses=doses_strategy, name=st.sampled_from(sorted(DISPOSITIONS)))
def test_doses_superpose(doses, name):
    times = np.linspace(0, 200, 401)
    together = exposure_to(DISPOSITIONS[name], doses)
    alone = [exposure_to(DISPOSITIONS[name], [dose]) for dose in doses]
    for method in ("concentration", "area"):
        total = sum(getattr(e, method)(times) for e in alone)
        np.testing.assert_allclose(getattr(together, method)(times), total, rtol=1e-11, atol=1e-11)
    assert (together.concentration(times) >= 0).all()
    assert (np.diff(together.area(times)) >= -1e-9).all()


def exposure_of(drug, amount, unit, patient):
    regimen = Regimen(
        name="once",
        phases=[
            Phase(
                cycle_length_days=100,
                cycles=1,
                doses=[Dose(drug=drug, amount=amount, unit=unit, duration_hours=1)],
            )
        ],
    )
    frame = pharmacology.concentration(regimen, patient, drug, [1 / 24, 99])
    return frame["total_mg_per_l"][0], frame["area_mg_h_per_l"][1], frame


def half_lives(drug, patient):
    clearance, volume, peripherals = pharmacology.drug(drug).kinetics.parameters(patient)
    return np.log(2) / np.array(_core.Kinetics(clearance, volume, peripherals).exponents)


def test_docetaxel_has_the_exposure_of_its_published_kinetics():
    # Computed elsewhere from the parameters of Koolen et al. (2010), 100 mg/m2 over 1 h at 1.8 m2: 2.9 mg/L,
    # 4.1 mg h/L; phases of 0.09, 0.93 and 24.8 h.
    c_max, area, frame = exposure_of("docetaxel", 100, "mg/m2", Patient(bsa=1.8))
    assert c_max == pytest.approx(2.9, abs=0.05)
    assert area == pytest.approx(4.1, abs=0.05)
    assert frame["unbound_um"][0] == pytest.approx(c_max / 807.9 * 1000 * 0.06)
    assert half_lives("docetaxel", Patient()) == pytest.approx([24.8, 0.93, 0.09], rel=0.06)


def test_carboplatin_has_the_exposure_of_its_published_kinetics():
    # Computed elsewhere from the parameters of Ekhart et al. (2009), AUC 6 at a GFR of 115 mL/min: 840 mg, 100 mg h/L,
    # 39.8 mg/L; phases of 0.94 and 4.35 h.
    c_max, area, _ = exposure_of("carboplatin", 6, "AUC", Patient(gfr=115))
    assert c_max == pytest.approx(39.8, abs=0.1)
    assert area == pytest.approx(100, abs=0.3)
    assert half_lives("carboplatin", Patient()) == pytest.approx([4.35, 0.94], rel=0.01)


@pytest.mark.parametrize("gfr", [30.0, 60.0, 90.0, 120.0])
def test_calvert_dosing_reaches_its_target_in_every_patient(gfr):
    _, area, _ = exposure_of("carboplatin", 5, "AUC", Patient(gfr=gfr))
    assert area * 60 / 1000 == pytest.approx(5, rel=1e-9)


def test_concentration_refuses_what_it_cannot_answer():
    regimen, patient = regimens.docetaxel_carboplatin(), Patient(bsa=1.8, gfr=90)
    for drug, times, text in [
        ("docetaxl", [1.0], "'docetaxl' is not a known drug. Did you mean 'docetaxel'?"),
        ("docetaxel", [-1.0], "times must be finite and >= 0."),
        ("docetaxel", [np.nan], "times must be finite and >= 0."),
        ("docetaxel", [[1.0]], "times must be one-dimensional; got shape (1, 1)."),
    ]:
        with pytest.raises(ModelError) as caught:
            pharmacology.concentration(regimen, patient, drug, times)
        assert str(caught.value) == text
    other = Regimen(
        name="o", phases=[Phase(cycle_length_days=7, cycles=1, doses=[Dose(drug="x", amount=1, unit="mg")])]
    )
    with pytest.raises(ModelError, match=r"'docetaxel' is not a drug of the regimen 'o'; its drugs: x."):
        pharmacology.concentration(other, patient, "docetaxel", [1.0])


def made(clearance, volume, peripherals=()):
    kinetics = pharmacology.Kinetics(clearance=clearance, volume=volume, peripherals=peripherals)
    return pharmacology.Drug(name="x", drug_class="y", molar_mass=500, fraction_unbound=1, kinetics=kinetics)


def test_a_drug_of_numbers_alone_has_their_exposure():
    doses = Dose(drug="x", amount=90, unit="mg", duration_hours=1)
    regimen = Regimen(name="r", phases=Phase(cycle_length_days=21, cycles=2, doses=doses))
    times = np.array([0, 0.5, 1, 2, 24, 504.5, 600])
    got = pharmacology.concentration(
        regimen, Patient(), made(62.4, 17.7, [(50.7, 1830), (28.4, 71)]), times / 24
    )  # fmt: skip
    want, _ = numerically((62.4, 17.7, [(50.7, 1830.0), (28.4, 71.0)]), [(0.0, 90.0, 1.0), (504.0, 90.0, 1.0)], times)
    np.testing.assert_allclose(got["total_mg_per_l"].to_numpy(), want, rtol=1e-9)
    np.testing.assert_allclose(got["unbound_um"].to_numpy(), want * 2, rtol=1e-9)


def test_infusions_of_one_drug_may_overlap():
    # A bolus, then 46 h, then three infusions of 36 h a day apart: a sum of single ones, by hand for one compartment.
    doses = [
        Dose(drug="x", amount=400, unit="mg"),
        Dose(drug="x", amount=2400, unit="mg", duration_hours=46, start_hours=2),
        Dose(drug="x", amount=100, unit="mg", duration_hours=36, days=[3, 4, 5], start_hours=9),
    ]
    regimen = Regimen(name="r", phases=Phase(cycle_length_days=14, cycles=2, doses=doses))
    hours = np.array([0.0, 1.0, 10.0, 48.0, 60.0, 100.0, 120.0, 336.0, 400.0])
    got = pharmacology.concentration(regimen, Patient(), made(5, 10), hours / 24)["total_mg_per_l"].to_numpy()
    single = [(0, 400, 0), (2, 2400, 46), (57, 100, 36), (81, 100, 36), (105, 100, 36)]
    want = np.zeros(len(hours))
    for start, amount, length in ((cycle + t, a, d) for cycle in (0, 336) for t, a, d in single):
        since = hours - start
        if length == 0:
            want += np.where(since >= 0, amount / 10 * np.exp(-0.5 * np.maximum(since, 0)), 0)
        else:
            running, after = np.clip(since, 0, length), np.maximum(since - length, 0)
            want += amount / length / 5 * -np.expm1(-0.5 * running) * np.exp(-0.5 * after)
    np.testing.assert_allclose(got, want, rtol=1e-10)
