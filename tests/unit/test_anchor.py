"""A kill per cycle is said of one cycle: Emax follows from it, and answers follow the doses and the patient."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo.pharmacology import drug

AMOUNTS = ("regimen.phases[0].doses[docetaxel].amount", "regimen.phases[0].doses[carboplatin].amount")
CLEARANCE = "drugs[docetaxel].kinetics.clearance"
FACTOR = "patient.factors[docetaxel].clearance"
DOSE = {"drug": "docetaxel", "amount": 75, "unit": "mg/m2", "duration_hours": 1}
CYCLE: dict[str, Any] = {"cycle_length_days": 21, "doses": [DOSE], "patient": {"bsa": 1.8}}


@functools.cache
def adjuvant() -> ce.Scenario:
    return ce.scenarios.scenario("nsclc_adjuvant")


def cure(scenario: ce.Scenario) -> float:
    tumor = ce.GrownTo(scenario.growth.process, size=scenario.tumor.size)
    horizon = scenario.follow_up.horizon
    return float(ce.extinction_probability(scenario.therapy, initial=tumor, times=[horizon])[0])


def emax(scenario: ce.Scenario) -> dict[str, float]:
    return {name: potency.emax for name, potency in scenario.rates.potencies.items()}


def doses_times(factor: float) -> ce.Scenario:
    values = adjuvant().paths()
    amounts = {f"regimen.phases[0].doses[{i}].amount": factor for i in (0, 1)}
    return adjuvant().replace({path: values[path] * factor for path in amounts})


@pytest.mark.parametrize(("factor", "expected"), [(0.1, 0.000), (0.5, 0.020), (1, 0.488), (2, 0.950)])
def test_more_dose_cures_more(factor: float, expected: float) -> None:
    changed = doses_times(factor)
    assert emax(changed) == emax(adjuvant())
    assert cure(changed) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("clearance", "expected"), [(22.0, 0.949), (44.1, 0.488), (80.0, 0.127)])
def test_slower_clearance_cures_more(clearance: float, expected: float) -> None:
    typical = drug("docetaxel").kinetics.clearance.value
    patient, edited = adjuvant().replace({FACTOR: clearance / typical}), adjuvant().replace({CLEARANCE: clearance})
    assert emax(patient) == emax(edited) == emax(adjuvant())
    assert cure(patient) == pytest.approx(expected, abs=5e-4)
    assert cure(edited) == pytest.approx(cure(patient), rel=1e-9)


def survival(scenario: ce.Scenario) -> float:
    """That a cell without alterations leaves any at the horizon: no growth, whatever the doses."""
    return float(ce.survival_probability(scenario.therapy, initial={"sensitive": 1000}, times=[60.0])[0])


def potency(name: str, regimen: ce.Regimen, patient: ce.Patient) -> ce.Potency:
    at = ce.Anchor.first_cycle(regimen, name, patient=patient)
    return ce.Potency(drug=name, log10_kill_per_cycle=1.0, at=at, basis="a test")


@functools.cache
def small() -> ce.Scenario:
    regimen = ce.regimens.docetaxel_carboplatin(cycles=2)
    patient = ce.Patient(bsa=1.8, gfr=90)
    return ce.Scenario(
        name="two cycles",
        tumor=ce.Tumor(birth=0.139, death=0.1313, size=1e8),
        regimen=regimen,
        patient=patient,
        potencies=[
            ce.Potency(
                drug=name,
                log10_kill_per_cycle=1.0,
                at=ce.Anchor.first_cycle(regimen, name, patient=patient),
                basis="a test",
            )
            for name in regimen.drugs
        ],
        follow_up=ce.FollowUp(horizon=60),
    )


@settings(max_examples=12)
@given(st.floats(0.1, 2), st.floats(1.05, 2), st.sampled_from([*AMOUNTS, "patient.bsa"]))
def test_more_dose_never_raises_survival(start: float, more: float, path: str) -> None:
    value = small().paths()[ce_path(path)]
    less, longer = (survival(small().replace({path: value * by})) for by in (start, start * more))
    # Segments change an answer by less than the tolerance of the compilation, 1e-3 in a hazard.
    assert longer <= less * (1 + 1e-9) or math.isclose(less, longer, rel_tol=1e-3)


@settings(max_examples=12)
@given(st.floats(0.1, 5), st.floats(1.05, 5), st.sampled_from(["docetaxel", "carboplatin"]))
def test_a_slower_clearance_never_raises_survival(start: float, more: float, name: str) -> None:
    slow, fast = (survival(small().replace({f"patient.factors[{name}].clearance": by})) for by in (start, start * more))
    assert slow <= fast * (1 + 1e-9) or math.isclose(slow, fast, rel_tol=1e-3)


def ce_path(path: str) -> str:
    return path.replace("[docetaxel]", "[0]").replace("[carboplatin]", "[1]")


@pytest.mark.parametrize("cycle", [1, 2, 5])
def test_the_kill_is_met_in_the_cycle_that_it_is_said_of(cycle: int) -> None:
    """Of a drug that stays for weeks: what earlier cycles have left kills too."""
    slow = drug("docetaxel").replace({"name": "slow", "kinetics.clearance": 0.2})
    dose = {**DOSE, "drug": "slow"}
    process = ce.resistance.compile_therapy(
        regimen=ce.Regimen(name="r", phases=[{"cycle_length_days": 21, "cycles": 6, "doses": [dose]}]),
        patient=ce.Patient(bsa=1.8),
        alterations=[],
        birth=0.0,
        death=0.0,
        potencies=[
            ce.Potency(
                drug="slow",
                log10_kill_per_cycle=0.3,
                at={**CYCLE, "doses": [dose], "drug": slow, "cycle": cycle},
                basis="a test",
            )
        ],
        drugs={"slow": slow},
        horizon=126.0,
        tolerance=1e-5,
    )
    cells = ce.mean_counts(process, initial=[10**9], times=[21.0 * k for k in range(7)])[:, 0]
    kills = np.log10(cells[:-1] / cells[1:])
    assert kills[cycle - 1] == pytest.approx(0.3, rel=1e-5)
    # Planted: the first cycle counted in its place.
    if cycle > 1:
        assert abs(kills[0] / 0.3 - 1) > 0.03


def test_another_ec50_or_hill_solves_emax_again() -> None:
    for change in ({"potencies[docetaxel].ec50": 0.01}, {"potencies[docetaxel].hill": 2.0}):
        changed = adjuvant().replace(change)
        assert changed.rates.potencies["docetaxel"].log10_kill_per_cycle == pytest.approx(0.1513, rel=1e-9)
        assert abs(emax(changed)["docetaxel"] / emax(adjuvant())["docetaxel"] - 1) > 0.1
        assert emax(changed)["carboplatin"] == emax(adjuvant())["carboplatin"]


def test_emax_in_place_of_the_kill_changes_nothing() -> None:
    held = adjuvant().replace({f"potencies[{name}].emax": value for name, value in emax(adjuvant()).items()})
    assert [potency.at for potency in held.potencies] == [None, None]
    assert cure(held) == cure(adjuvant())


def test_anchor_and_emax_are_described() -> None:
    text = " ".join(adjuvant().describe().split())
    assert "docetaxel 0.428 per day 0.0025 1 0.151 (calibrated)" in text
    assert "docetaxel: log10 kill 0.1513 in cycle 1 of 75 mg/m2 over 1 h on day 1 every 21 days" in text
    assert "docetaxel clearance x 0.5" in " ".join(adjuvant().replace({FACTOR: 0.5}).describe().split())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"at": None}, "potencies[0].at is missing: a kill per cycle names the cycle that it is of"),
        ({"at": {**CYCLE, "patient": {}}}, "potencies[0].at.patient.bsa is missing, for a dose in mg/m2"),
        ({"at": {**CYCLE, "doses": []}}, "potencies[0].at.doses must have at least 1 item"),
        ({"at": {**CYCLE, "cycle": 2, "cycle_length_days": 504}}, "potencies[0].at.cycle_length_days must be"),
        ({"at": {**CYCLE, "cycle": 0}}, "potencies[0].at.cycle must be >= 1; got 0"),
        ({"at": {**CYCLE, "doses": [{**DOSE, "days": [1, 30]}]}}, "potencies[0].at.doses[0].days must lie within"),
        (
            {"at": {**CYCLE, "doses": [DOSE, {**DOSE, "drug": "carboplatin"}]}},
            "potencies[0].at.doses[1].drug must be 'docetaxel': a kill per cycle is that of one drug",
        ),
        (
            {"at": {**CYCLE, "doses": [{**DOSE, "drug": "carboplatin"}]}},
            "potencies[0].at.doses[0].drug must be 'docetaxel', whose kill this is; got 'carboplatin'",
        ),
        ({"emax": 1.0, "log10_kill_per_cycle": None}, "potencies[0].at must be left out"),
    ],
)
def test_a_wrong_anchor_is_named(change: dict[str, Any], message: str) -> None:
    data = adjuvant().to_dict()
    data["potencies"][0] = {k: v for k, v in {**data["potencies"][0], **change}.items() if v is not None}
    with pytest.raises(ce.ModelError) as caught:
        ce.Scenario.from_dict(data)
    assert message in str(caught.value)


def test_a_drug_of_ones_own_is_written_out() -> None:
    own = drug("docetaxel").replace({"name": "mine"})
    dose = {**DOSE, "drug": "mine"}
    data = adjuvant().replace({"tumor.alterations": [], "compare.carriers": None}).to_dict()
    data["drugs"], data["regimen"]["phases"][0]["doses"][0] = [own], dose
    at = {**CYCLE, "doses": [dose]}
    data["potencies"][0] = {"drug": "mine", "log10_kill_per_cycle": 0.1513, "at": at, "basis": "a test"}
    with pytest.raises(ce.ModelError, match=r"potencies\[0\].at.drug is missing: 'mine' does not ship with chemoevo"):
        ce.Scenario.from_dict(data)
    data["potencies"][0]["at"] = {**at, "drug": own}
    scenario = ce.Scenario.from_dict(data)
    assert emax(scenario)["mine"] == emax(adjuvant())["docetaxel"]
    # What the scenario says of the drug is what is given; the anchor keeps what was typical.
    slower = scenario.replace({"drugs[mine].kinetics.clearance": 22.0})
    assert emax(slower) == emax(scenario)
    assert ce.Scenario.from_toml(slower.to_toml()) == slower


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        # A drug of the scenario is not that of the anchor: its kill would follow whatever is changed there.
        ("bleomycin", {}, "potencies[0].at.drug is missing: 'bleomycin' ships without kinetics. Write out the drug"),
        ("docetaxel", {"route": "oral"}, "potencies[0].at.doses[0].route must be a route of 'docetaxel': iv"),
        ("docetaxel", {"amount": 5, "unit": "Gy"}, "potencies[0].at.doses[0].unit must be"),
    ],
)
def test_a_drug_that_its_anchor_cannot_give_is_named_at_once(name: str, changes: dict[str, Any], message: str) -> None:
    own = drug("docetaxel").replace({"name": name})
    dose = {**DOSE, "drug": name}
    data = adjuvant().replace({"tumor.alterations": [], "compare.carriers": None}).to_dict()
    data["drugs"], data["regimen"]["phases"][0]["doses"][0] = [own], dose
    at = {**CYCLE, "doses": [{**dose, **changes}]}
    data["potencies"][0] = {"drug": name, "log10_kill_per_cycle": 0.1513, "at": at, "basis": "a test"}
    with pytest.raises(ce.ModelError) as caught:
        ce.Scenario.from_dict(data)
    assert message in str(caught.value)
    data["potencies"][0]["at"] = {**at, "doses": [dose], "drug": own}
    assert emax(ce.Scenario.from_dict(data))[name] == emax(adjuvant())["docetaxel"]
    bare = {k: v for k, v in own.to_dict().items() if k != "kinetics"}
    data["potencies"][0]["at"]["drug"] = {**bare, "without_kinetics": "a test"}
    with pytest.raises(ce.ModelError, match=r"potencies\[0\].at.drug.kinetics is missing, which a kill per cycle"):
        ce.Scenario.from_dict(data)


def test_factors_multiply_the_kinetics() -> None:
    docetaxel = drug("docetaxel")
    typical = docetaxel.kinetics.parameters(ce.Patient(bsa=1.8))
    factors = ce.Factors(clearance=0.5, volume=2, exchange=3, peripheral_volume=4)
    clearance, volume, sides = docetaxel.kinetics.parameters(ce.Patient(bsa=1.8), factors)
    assert (clearance, volume) == (0.5 * typical[0], 2 * typical[1])
    assert sides == [(3 * exchange, 4 * side) for exchange, side in typical[2]]
    # Where the clearance follows from kidney function, that is what is multiplied.
    patient = ce.Patient(gfr=90, factors={"carboplatin": {"clearance": 2}})
    kinetics = drug("carboplatin").kinetics
    assert kinetics.parameters(patient, patient.factors["carboplatin"])[0] == pytest.approx(2 * 0.06 * 115)
    with pytest.raises(ce.ModelError, match=r"factors\[docetaxal\] is not a known drug. Did you mean 'docetaxel'"):
        adjuvant().replace({"patient.factors[docetaxal].clearance": 0.5})
