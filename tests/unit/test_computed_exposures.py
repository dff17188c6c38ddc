"""Exposures of the library's drugs against numbers computed elsewhere from the same parameters.

They were found by integrating the compartments with another program, to about 1e-9. They hold the data files and the
way from there to the core: units, molar masses, covariates, routes and what a metabolite or an effect compartment is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import Patient, Peripheral, bodies
from chemoevo.pharmacology.draws import normal
from tests.unit.pharmacokinetics import every, once

CMAX, AUC = "c_max_mg_per_L", "auc_mg_h_per_L"

# Docetaxel has another set of parameters, by which its label is met better.
BRUNO = pharmacology.drug("docetaxel").replace({
    "kinetics.clearance": 5.2 * 7.4,
    "kinetics.volume": 7.4,
    "kinetics.peripherals": [Peripheral(rate_out=1.06, rate_back=1.51), Peripheral(rate_out=1.26, rate_back=0.084)],
})  # fmt: skip

# C_max (mg/L), area (mg h/L), last half-life (h); mg over hours, at 1.8 m2 unless the patient says otherwise.
INFUSED: dict[str, tuple[float, float, Patient, tuple[float, float, float | None]]] = {
    "doxorubicin": (90, 0.5, Patient(), (1.277437497, 1.442307692, 45.808024)),
    "docetaxel": (180, 1, Patient(), (2.921557587, 4.081632653, 24.83906)),
    "docetaxel, Bruno": (180, 1, Patient(), (3.582922002, 4.677754678, 10.297147)),
    "cabazitaxel": (46, 1, Patient(bsa=1.84), (0.2152811028, 0.9484536082, 95.060436)),
    "cisplatin": (135, 2, Patient(), (1.641176981, 3.802816901, 1.320907)),
    "carboplatin": (840, 1, Patient(gfr=115), (39.74797042, 100, 4.35105)),
    # In mg of platinum, as the paper has it: 0.4910 of the dose.
    "oxaliplatin": (153 * 0.4910, 2, Patient(), (0.47822553, 9.285908529, 427.85)),
    "gemcitabine": (1800, 0.5, Patient(), (20.00253466, 11.11111111, 0.3273828)),
    "fluorouracil": (4320, 46, Patient(bsa=1.8), (0.4264113252, 19.61492096, None)),
    "topotecan": (2.7, 0.5, Patient(), (0.04648429969, 0.1248843663, None)),
    "bevacizumab": (700, 1.5, Patient(), (259.4131774, 81395.34884, 458.964)),
}


@pytest.mark.parametrize("name", INFUSED)
def test_infusions(name: str) -> None:
    amount, hours, patient, (peak, area, half_life) = INFUSED[name]
    drug = BRUNO if name.endswith("Bruno") else pharmacology.drug(name)
    table = ce.exposure(once(drug.name, amount, hours), patient=patient, drugs=drug).filter(compartment="plasma")
    assert table[CMAX][0] == pytest.approx(peak, rel=2e-9)
    assert table[AUC][0] == pytest.approx(area, rel=2e-9)
    if half_life is not None:
        # Computed to so many digits only: that of oxaliplatin to five.
        digits = 1e-5 if name == "oxaliplatin" else 2e-7
        assert np.log(2) / bodies.body(drug, patient).exponents[0] == pytest.approx(half_life, rel=digits)


def levels(name: str, amount: float, hours: list[float], long: float = 0, **more: Any) -> np.ndarray:
    """(mg/L) At hours after the start of one dose, of a compartment or plasma."""
    own, place = more.pop("drugs", None), more.pop("compartment", "plasma")
    table = ce.concentrations(
        once(name, amount, long, **more), patient=Patient(), times=np.array(hours) / 24, drugs=own
    ).filter(compartment=place)
    return table["mg_per_L"].to_numpy()


def test_topotecan_by_mouth() -> None:
    found = levels("topotecan", 4, [1, 4], route="oral")
    assert found * 1000 == pytest.approx([12.73031408, 5.714346349], rel=1e-9)


# The library has the clearance of patients, the rest is that of these healthy women.
HEALTHY = pharmacology.drug("venetoclax").replace({"kinetics.clearance": 449 / 24})


def test_venetoclax_once() -> None:
    # The file has constants per day as constants per hour, to eight digits.
    found = levels("venetoclax", 400, [2, 6, 24, 48], drugs=HEALTHY)
    assert found == pytest.approx([0.5440957681, 1.197036338, 0.2499593275, 0.05881195594], rel=1e-7)
    given = once("venetoclax", 400)
    course = pharmacology.course(given, Patient(), HEALTHY)
    peak = minimize_scalar(
        lambda hour: -course.concentration(np.array([hour]))[0],
        bounds=(5, 7),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert peak.x == pytest.approx(6.110517, rel=1e-6)
    assert ce.exposure(given, patient=Patient(), drugs=HEALTHY)[CMAX][0] == pytest.approx(1.197303705, rel=1e-7)


def test_venetoclax_every_day() -> None:
    lag, days = 0.96, 60
    given = every("venetoclax", 400, 24, days)
    last = ce.exposure(given, patient=Patient(), drugs=HEALTHY).row(-1, named=True)
    assert last[CMAX] == pytest.approx(1.445273319, rel=1e-7)
    assert last[AUC] == pytest.approx(400 / (449 / 24), rel=1e-9)
    course = pharmacology.course(given, Patient(), HEALTHY)
    hours = 24 * (days - 1) + lag + np.array([0, 12.0])
    expected = [0.3428417317, 0.9478284965]
    assert course.concentration(hours) == pytest.approx(expected, rel=1e-7)
    # The clock of absorption begins with the lag, so does that of the numbers.
    repeated = pharmacology.course(given, Patient(), HEALTHY, start=pharmacology.steady(given, Patient(), HEALTHY))
    assert repeated.concentration(lag + np.array([0, 12.0])) == pytest.approx(expected, rel=1e-7)
    # Patients clear 0.65 of that: their area over a day is the 32.8 mg h/L of the prescribing information.
    assert last[AUC] / 0.65 == pytest.approx(32.8, rel=5e-3)
    usual = ce.exposure(given, patient=Patient()).row(-1, named=True)
    assert usual[AUC] == pytest.approx(32.8, rel=5e-4)


def test_olaparib_once_and_twice_a_day() -> None:
    found = levels("olaparib", 300, [0.5, 1, 4, 12])
    assert found == pytest.approx([3.400950022, 6.335313334, 4.491093064, 1.58222584], rel=1e-7)
    number = 150
    given = every("olaparib", 300, 12, number)
    last = ce.exposure(given, patient=Patient()).row(-1, named=True)
    assert last["trough_mg_per_L"] == pytest.approx(2.290999288, rel=1e-7)
    assert last[CMAX] == pytest.approx(8.427501509, rel=1e-7)
    drug = pharmacology.drug("olaparib")
    built = pharmacology.course(given, Patient(), drug)
    assert built.concentration(np.array([12.0 * (number - 1) + 1.109925])) == pytest.approx(8.427501509, rel=1e-7)
    repeated = pharmacology.course(given, Patient(), drug, start=pharmacology.steady(given, Patient(), drug))
    assert repeated.concentration(np.array([1.109925, 12 - 1e-9])) == pytest.approx(
        [8.427501509, 2.290999288], rel=1e-7
    )


def test_the_mean_effect_is_not_the_effect_of_the_mean() -> None:
    # Olaparib twice a day, at an unbound EC50 of 1 uM and a Hill exponent of 1.
    drug = pharmacology.drug("olaparib")
    course = pharmacology.course(every("olaparib", 300, 12, 150), Patient(), drug)
    ends = np.array([0.0, 0.3, 0.7, 1.2, 2.0, 3.5, 6.0, 9.0, 12.0])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = np.diff(ends)[:, None] / 2
    hours = (ends[:-1, None] + half * (1 + nodes)).ravel()
    unbound = course.concentration(12.0 * 149 + hours) * drug.unbound_micromolar
    shares = (half * weights).ravel() / 12
    mean = shares @ unbound
    assert shares @ (unbound / (1 + unbound)) == pytest.approx(0.644009, abs=5e-7)
    assert mean / (1 + mean) == pytest.approx(0.666544, abs=5e-7)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (None, [22.04932869, 37.87703979, 2.942768297, 0.002623156992]),
        (0.5, [2.676024919, 8.879693935, 7.260296015, 0.003848308152]),
        (0.05, [0.2885362622, 1.032638695, 3.329868475, 0.53188855]),
    ],
)
def test_carboplatin_in_plasma_and_in_what_follows_it(rate: float | None, expected: list[float]) -> None:
    own = pharmacology.drug("carboplatin").replace({"kinetics.effect_rate": rate})
    place = "plasma" if rate is None else "effect"
    found = levels("carboplatin", 800, [0.5, 1, 6, 48], long=1, drugs=own, compartment=place)
    assert found == pytest.approx(expected, rel=1e-9)


def test_carboplatin_at_the_end_of_an_infusion() -> None:
    drug = pharmacology.drug("carboplatin")
    state = pharmacology.course(once("carboplatin", 800, 1), Patient(), drug).state(1.0)
    assert state.values[:2] == pytest.approx([4.655677702, 33.22136209], rel=1e-9)
    amounts = state.amounts(bodies.body(drug, Patient()))[1]
    assert amounts == pytest.approx([583.3064127, 40.57191403], rel=1e-9)


def test_irinotecan_and_its_metabolite() -> None:
    # By mg of what is given, as irinotecan; SN-38 in mg of its own.
    hours = [1.5, 2, 6, 24]
    parent, made = (levels("irinotecan", 324, hours, long=1.5, compartment=place) for place in ("plasma", "SN-38"))
    assert parent == pytest.approx([1.239031982, 1.119987853, 0.5390992816, 0.08291608055], rel=1e-9)
    assert made * 1000 == pytest.approx([14.20643736, 16.23809435, 8.288360692, 1.231709241], rel=1e-9)
    table = ce.exposure(once("irinotecan", 324, 1.5), patient=Patient())
    assert table[AUC].to_list() == pytest.approx([9.759036145, 0.1413257646], rel=1e-9)
    # In moles the area of a metabolite is its share of the dose over its clearance.
    assert table[AUC][1] / 392.4 == pytest.approx(0.03 * 324 / 586.7 / 46, rel=1e-12)


@pytest.mark.parametrize(
    ("amount", "hours", "peak", "area", "above", "later"),
    [
        (175, 3, 4.599568753, 15.68446251, 26.87230523, (0.05854368, 0.004747739)),
        (80, 1, 3.66646101, 5.543691835, 9.154783406, None),
        (175, 24, 0.2972484901, 7.085215588, 28.49181699, None),
        (225, 3, 6.758757569, 23.66814665, 35.38609875, None),
    ],
)
def test_paclitaxel(amount: float, hours: float, peak: float, area: float, above: float, later: Any) -> None:
    # uM, uM h, hours above 0.05 uM, and uM after 24 and 72 h.
    given, patient = once("paclitaxel", amount, hours, unit="mg/m2"), Patient(bsa=1.8)
    molar = pharmacology.drug("paclitaxel").micromolar_per_mg_per_l
    row = ce.exposure(given, patient=patient, above={"paclitaxel": 0.05}).row(0, named=True)
    assert row[CMAX] * molar == pytest.approx(peak, rel=2e-9)
    assert row[AUC] * molar == pytest.approx(area, rel=2e-9)
    assert row["time_above_h"] == pytest.approx(above, rel=2e-9)
    if later is not None:
        found = ce.concentrations(given, patient=patient, times=[1, 3]).filter(compartment="plasma")["uM"]
        assert found.to_list() == pytest.approx(later, rel=2e-7)


def test_areas_of_paclitaxel_are_not_in_proportion() -> None:
    patient = Patient(bsa=1.8)
    areas = [ce.exposure(once("paclitaxel", x, 3, unit="mg/m2"), patient=patient)[AUC][0] for x in (175, 225)]
    assert areas[1] / areas[0] == pytest.approx(1.5090187, rel=5e-8)
    assert pytest.approx(1.2857143, rel=5e-8) == 225 / 175


def test_absorption_as_fast_as_the_slow_phase() -> None:
    made = ce.Kinetics(clearance=10, volume=20, peripherals=[(5, 30)])
    drug = ce.Drug(name="mine", drug_class="a class", molar_mass=500, fraction_unbound=1, kinetics=made, routes="oral")
    exponents = bodies.body(drug, Patient()).exponents
    assert exponents == pytest.approx([0.1023331773, 0.8143334894], rel=1e-9)
    for rate in (exponents[0], exponents[0] * (1 + 1e-9)):
        absorbed = drug.replace({"kinetics.absorption": pharmacology.Absorption(rate=rate)})
        assert levels("mine", 100, [1, 10], drugs=absorbed) == pytest.approx([0.3423020337, 0.4009024485], rel=2e-9)


# A coefficient of variation, the standard deviation of the logarithm, and the factors at 5 and 95 %.
SPREADS = {
    "docetaxel.clearance": (0.294, 0.2879281408, (0.6227565, 1.6057640)),
    "olaparib.absorption_rate": (0.6, 0.5545130294, None),
    "fluorouracil.volume": (1.45, 1.064052742, None),
}


@pytest.mark.parametrize("path", SPREADS)
def test_logarithms_of_factors_have_the_spread_of_a_lognormal_number(path: str) -> None:
    coefficient, spread, ends = SPREADS[path]
    name, what = path.split(".")
    assert pharmacology.drug(name).kinetics.coefficients()[what] == coefficient
    logs = ce.patients(50, seed=4, like=once(name, 1))[f"patient.factors[{name}].{what}"].log().to_numpy()
    # Patients differ by the same standard normal numbers, whatever their spread.
    found = logs / normal(50, 4, "factor", name, what)
    np.testing.assert_allclose(found, spread, rtol=1e-9)
    if ends is not None:
        assert np.exp(1.6448536269514722 * found[0] * np.array([-1, 1])) == pytest.approx(ends, rel=1e-7)


def test_a_coefficient_is_not_the_spread_where_it_is_large() -> None:
    # The volume of SN-38, CV 84.6 %: 0.7347.
    path = "metabolites[SN-38].volume"
    drawn = ce.patients(50, seed=4, like=once("irinotecan", 1))[f"patient.factors[irinotecan].{path}"].log()
    np.testing.assert_allclose(drawn.to_numpy() / normal(50, 4, "factor", "irinotecan", path), 0.7347, atol=5e-5)


def test_covariates_give_the_values_of_a_patient() -> None:
    # Cisplatin at 1.8 m2 and 100 mL/min; bevacizumab in a man of 80 kg, per day.
    clearance, volume, _ = pharmacology.drug("cisplatin").kinetics.parameters(Patient(bsa=1.8, gfr=100))
    assert [clearance, volume] == pytest.approx([41.79770759, 27.69668823], rel=1e-9)
    clearance, volume, _ = pharmacology.drug("bevacizumab").kinetics.parameters(Patient(weight=80, sex="male"))
    assert [clearance * 24, volume] == pytest.approx([0.2545492379, 3.364718957], rel=1e-9)
