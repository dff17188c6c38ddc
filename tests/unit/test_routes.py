"""How drugs are given: routes of doses, what is refused, what is said of them, and which part of a drug acts."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import pharmacology, plots
from chemoevo.pharmacology import Absorption, DrugPotency, Metabolite

PATIENT = ce.Patient(bsa=1.8, gfr=90, weight=70)


def regimen(drug: str, **more: Any) -> ce.Regimen:
    dose = ce.Dose(**{"drug": drug, "amount": 100, "unit": "mg", **more})
    return ce.Regimen(name="a test", phases=ce.Phase(cycle_length_days=21, cycles=2, doses=dose))


def own(**more: Any) -> ce.Drug:
    kinetics = ce.Kinetics(clearance=5, volume=20, absorption=Absorption(rate=1.5, bioavailability=0.4))
    parts = {"name": "mine", "drug_class": "a class", "molar_mass": 500, "fraction_unbound": 0.2, "kinetics": kinetics}
    return ce.Drug(**{**parts, **more})


def test_a_dose_goes_by_the_first_route_of_its_drug_unless_it_says_another() -> None:
    by_vein = own(routes=["iv", "oral"])
    by_mouth = own(routes=["oral", "iv"])
    areas = {}
    for name, drug in (("vein first", by_vein), ("mouth first", by_mouth)):
        for route in (None, "iv", "oral"):
            table = ce.exposure(regimen("mine", route=route), patient=PATIENT, drugs=drug)
            areas[name, route] = table["auc_mg_h_per_L"][0] * 5 / 100
    assert areas["vein first", None] == areas["vein first", "iv"] == areas["mouth first", "iv"] == pytest.approx(1)
    assert areas["mouth first", None] == areas["mouth first", "oral"] == areas["vein first", "oral"]
    assert areas["mouth first", None] == pytest.approx(0.4)


def test_routes_are_columns_of_the_events_and_words_of_the_regimen() -> None:
    plan = regimen("topotecan", route="oral", days=[1, 2, 3, 5])
    assert plan.events(PATIENT)["route"].to_list() == ["oral"] * 8
    assert regimen("topotecan").events(PATIENT)["route"].null_count() == 2
    assert "at once, by mouth  1 to 3, 5 of 21" in str(plan)
    assert "100 mg  1 h   1, 2 of 21" in str(regimen("topotecan", duration_hours=1, days=[1, 2]))


REFUSED = {
    "a route that the drug has not": (
        regimen("docetaxel", route="oral"),
        "regimen.phases[0].doses[0].route must be a route of 'docetaxel': iv; got 'oral'. To give it by mouth, make a "
        "drug of your own: Drug(..., routes=['iv', 'oral'], kinetics=Kinetics(..., absorption=Absorption(rate=1.7))).",
    ),
    "a drug by mouth only": (
        regimen("olaparib", route="iv"),
        "regimen.phases[0].doses[0].route must be a route of 'olaparib': oral; got 'iv'. To give it into a vein, make "
        "a drug of your own: Drug(..., routes=['oral', 'iv']).",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_given_so_is_refused_everywhere(name: str) -> None:
    plan, sentence = REFUSED[name]
    (drug,) = plan.drugs
    for ask in (
        lambda: ce.exposure(plan, patient=PATIENT),
        lambda: ce.concentrations(plan, patient=PATIENT, times=[1]),
        lambda: plots.exposure_table(plan, patient=PATIENT),
        lambda: pharmacology.concentration(plan, PATIENT, drug, [1]),
        lambda: scenario(plan, ce.Potency(drug=drug, emax=1, ec50=1, hill=1, basis="a test")),
    ):
        with pytest.raises(ce.ModelError) as caught:
            ask()
        assert caught.value.problems == (sentence,)


def test_without_absorption_nothing_comes_from_the_gut() -> None:
    without = own(kinetics=ce.Kinetics(clearance=5, volume=20), routes=["oral", "iv"])
    assert ce.exposure(regimen("mine", route="iv"), patient=PATIENT, drugs=without)["c_max_mg_per_L"][0] == 5
    for more, where in (({}, "drug"), ({"route": "oral"}, "route")):
        with pytest.raises(ce.ModelError) as caught:
            ce.exposure(regimen("mine", **more), patient=PATIENT, drugs=without)
        (text,) = caught.value.problems
        assert text.startswith(f"regimen.phases[0].doses[0].{where} must be one whose way into plasma is known")
        assert text.endswith("The kinetics of 'mine' have no absorption: give it into a vein, with route = 'iv'.")
    only = own(kinetics=ce.Kinetics(clearance=5, volume=20), routes=["oral"])
    with pytest.raises(ce.ModelError, match=r"a drug of your own can: Absorption\(rate=1\.7\)\.$"):
        ce.exposure(regimen("mine"), patient=PATIENT, drugs=only)


def scenario(plan: ce.Regimen, potency: ce.Potency, **more: Any) -> ce.Scenario:
    tumor = ce.Tumor(birth=0.2, death=0.1, size=100)
    return ce.Scenario(
        name="a test", tumor=tumor, regimen=plan, patient=PATIENT, potencies=[potency],
        follow_up=ce.FollowUp(horizon=42), **more,
    )  # fmt: skip


SN38 = {"name": "M", "molar_mass": 400, "fraction": 0.2, "clearance": 8, "volume": 30, "fraction_unbound": 0.5}


def test_of_a_prodrug_the_metabolite_acts() -> None:
    made = Metabolite(**SN38, potency=DrugPotency(ec50=0.02, hill=1))
    given = own(prodrug=True, metabolites=made)
    assert (given.acting, given.acting_compartment) == (made, 1)
    assert given.unbound_micromolar == pytest.approx(1000 / 400 * 0.5)
    potency = ce.Potency(drug="mine", emax=1, basis="a test")
    run = scenario(regimen("mine"), potency, drugs=given)
    assert run.rates.potencies["mine"].ec50 == 0.02
    # Added death, integrated, against the course of the metabolite.
    lengths = np.diff(run.therapy.breakpoints, prepend=0.0)
    added = float(lengths @ (run.therapy.death[: len(lengths), 0] - 0.1))
    hours = np.linspace(0, 42 * 24, 200_001)
    table = ce.concentrations(regimen("mine"), patient=PATIENT, times=hours / 24, drugs=given)
    unbound = table.filter(compartment="unbound M")["uM"].to_numpy()
    assert added == pytest.approx(np.trapezoid(unbound / (unbound + 0.02), hours) / 24, rel=1e-4)
    assert "M, of mine" in run.describe()
    # A drug that is none of its own prodrug acts itself, and so does one whose metabolites have no potency.
    assert own(metabolites=made).acting_compartment == 0
    assert own(prodrug=True, metabolites=Metabolite(**SN38)).acting_compartment == 0
    lacking = Metabolite(**{**SN38, "fraction_unbound": None}, potency=DrugPotency(ec50=0.02, hill=1))
    with pytest.raises(ce.ModelError, match=r"drugs\[mine\]\.metabolites\[0\]\.fraction_unbound is missing"):
        _ = scenario(regimen("mine"), potency, drugs=own(prodrug=True, metabolites=lacking)).rates


@pytest.mark.parametrize(
    ("drug", "more"),
    [
        ("paclitaxel", {"amount": 315, "duration_hours": 3}),
        ("olaparib", {"amount": 300, "days": list(range(1, 22))}),
        ("irinotecan", {"amount": 225, "duration_hours": 1.5}),
    ],
)
def test_scenarios_of_every_kind_of_kinetics_have_the_hazard_of_their_concentrations(
    drug: str, more: dict[str, Any]
) -> None:
    plan, given = regimen(drug, **more), pharmacology.drug(drug)
    run = scenario(plan, ce.Potency(drug=drug, emax=0.7, basis="a test"))
    potency, death = run.rates.potencies[drug], run.therapy.death[:, 0] - 0.1
    breaks = np.concatenate([[0.0], run.therapy.breakpoints])
    lengths = np.diff(breaks)
    course = pharmacology.course(plan, PATIENT, given)
    edges = np.unique(np.concatenate([breaks * 24, [kink for kink in course.kinks if kink < 42 * 24]]))
    # Gauss nodes between all kinks and breakpoints, each stretch cut in many.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = 0.0
    for a, b in pairwise(edges):
        ends = np.linspace(a, b, 5)
        middle, half = 0.5 * (ends[1:] + ends[:-1]), 0.5 * np.diff(ends)
        hours = (middle[:, None] + half[:, None] * nodes).reshape(-1)
        unbound = course.concentration(hours, given.acting_compartment) * given.unbound_micromolar
        effect = 0.7 / (1 + (potency.ec50 / np.maximum(unbound, 1e-300)) ** potency.hill)
        total += float((effect.reshape(-1, 8) @ weights) @ half) / 24
    assert float(lengths @ death[: len(lengths)]) == pytest.approx(total, rel=1e-6)
    assert total > 0.01, "or the example shows nothing"


def test_a_plot_shows_metabolites() -> None:
    table = plots.exposure_table(regimen("irinotecan", duration_hours=1.5), patient=PATIENT, until=3)
    assert table["drug"].unique(maintain_order=True).to_list() == ["irinotecan", "SN-38"]
    found = ce.concentrations(regimen("irinotecan", duration_hours=1.5), patient=PATIENT, times=[0.25])
    exact = found.filter(compartment="SN-38")["uM"][0]
    part = table.filter(drug="SN-38")
    assert np.interp(0.25, part["time"], part["total_um"]) == pytest.approx(exact, rel=1e-3)
    many = ce.patients(3, seed=1, like=regimen("irinotecan"))
    bands = plots.exposure_table(regimen("irinotecan", duration_hours=1.5), patient=many, until=1)
    assert bands["drug"].unique(maintain_order=True).to_list() == ["irinotecan", "SN-38"]
    data = pharmacology.drug("o6-benzylguanine").to_dict()
    data.pop("fraction_unbound")
    unknown = ce.Drug(**data, without_binding="no source was found.")
    without = plots.exposure_table(regimen("o6-benzylguanine"), patient=PATIENT, until=1, drugs=[unknown])
    assert without["unbound_um"].null_count() == len(without)


def test_an_effect_compartment_follows_plasma() -> None:
    kinetics = ce.Kinetics(clearance=5, volume=20, effect_rate=0.5)
    table = ce.concentrations(regimen("mine"), patient=PATIENT, times=[2 / 24], drugs=own(kinetics=kinetics))
    # y' = ke (C - y), C = 5 e^{-t/4}.
    want = 5 * 0.5 / (0.5 - 0.25) * (math.exp(-0.25 * 2) - math.exp(-0.5 * 2))
    assert table.filter(compartment="effect")["mg_per_L"][0] == pytest.approx(want, rel=1e-12)
    table = ce.exposure(regimen("mine"), patient=PATIENT, drugs=own(kinetics=kinetics), above={"effect": 1.0})
    assert table["compartment"].unique(maintain_order=True).to_list() == ["plasma", "effect"]
    assert table.filter(compartment="effect")["time_above_h"][0] > 0
    assert table.filter(compartment="plasma")["time_above_h"].null_count() == 2


BEYOND = [
    (
        regimen("carboplatin", amount=5, unit="AUC"),
        "The formula of Calvert for doses of carboplatin takes a GFR above 125 mL/min as 125; 1 of 2 patients has "
        "more.",
    ),
    (
        regimen("veliparib"),
        "What the clearance of veliparib owes to gfr was studied up to 120 mL/min; 1 of 2 patients is beyond, which "
        "counts as its end.",
    ),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("plan", "sentence"), BEYOND, ids=["calvert", "covariate"])
def test_patients_beyond_the_range_of_a_rule_are_said(plan: ce.Regimen, sentence: str) -> None:
    import polars as pl

    some = pl.DataFrame({"patient.gfr": [80.0, 130.0], "patient.bsa": [1.8, 1.8]})
    with pytest.warns(UserWarning, match="1 of 2 patients") as caught:
        ce.exposure(plan, patient=some)
    assert [str(one.message) for one in caught] == [sentence]
    assert caught[0].filename == __file__
    ce.exposure(plan, patient=some.head(1))
    (drug,) = plan.drugs
    potency = ce.Potency(drug=drug, emax=1, ec50=1, hill=1, basis="a test")
    one = scenario(plan, potency).replace({"patient.gfr": 130})
    said = sentence.removesuffix(".").replace("1 of 2 patients", "the patient")
    assert f"NOTE: {said}" in " ".join(one.describe().split())
    assert "NOTE" not in scenario(plan, potency).describe()


def test_a_course_goes_on_from_its_state_with_another_regimen() -> None:
    plan, drug = regimen("paclitaxel", amount=315, duration_hours=3), pharmacology.drug("paclitaxel")
    whole = pharmacology.course(plan, PATIENT, drug)
    times = np.array([505.0, 520.0, 900.0])
    # In an infusion, at a dose that was given, and just before one.
    for hours in (1.0, 504.0, 503.0):
        rest = pharmacology.course(plan, PATIENT, drug, start=whole.state(hours))
        np.testing.assert_allclose(rest.concentration(times), whole.concentration(times), rtol=1e-7)
    stopped = pharmacology.course(regimen("paclitaxel", amount=1e-9), PATIENT, drug, start=whole.state(504.0))
    assert stopped.area(times)[-1] > whole.area(np.array([503.0]))[0]


def test_steady_dosing_repeats_itself() -> None:
    daily = ce.Phase(cycle_length_days=1, cycles=3, doses=ce.Dose(drug="olaparib", amount=300, unit="mg"))
    plan, drug = ce.Regimen(name="daily", phases=daily), pharmacology.drug("olaparib")
    found = pharmacology.course(plan, PATIENT, drug, start=pharmacology.steady(plan, PATIENT, drug))
    hours = np.array([0.0, 1.0, 5.0, 20.0])
    np.testing.assert_allclose(found.concentration(hours), found.concentration(hours + 24.0), rtol=1e-12)
    # Whatever goes in comes out: the area of a day is dose over clearance.
    area = float(np.diff(found.area(np.array([24.0, 48.0])))[0])
    assert area == pytest.approx(300 / drug.kinetics.clearance.value, rel=1e-12)
    # As many days of the same would do, from nothing.
    long = plan.replace({"phases[0].cycles": 400})
    built = pharmacology.course(long, PATIENT, drug).concentration(hours + 399 * 24.0)
    np.testing.assert_allclose(found.concentration(hours), built, rtol=1e-9)
    with pytest.raises(ce.ModelError, match=r"^regimen\.phases must be one, whose cycle is repeated; got 2\.$"):
        pharmacology.steady(ce.Regimen(name="two", phases=[daily, daily]), PATIENT, drug)
    with pytest.raises(ce.ModelError, match="linear kinetics only"):
        pharmacology.steady(regimen("paclitaxel"), PATIENT, pharmacology.drug("paclitaxel"))


def test_derivatives_of_oral_doses_know_the_lag() -> None:
    gut = Absorption(rate=1.5, lag=0.7, bioavailability=0.6)
    given = own(kinetics=ce.Kinetics(clearance=5, volume=20, absorption=gut), routes=["oral"])
    plan = regimen("mine", amount=300, days=[1, 3], start_hours=3)
    potency = ce.Potency(drug="mine", emax=2, ec50=0.5, hill=1.3, basis="a test")
    run = scenario(plan, potency, drugs=given).replace({"simulation.tolerance": 1e-5, "follow_up.horizon": 21})
    table = ce.sensitivities(run)
    by = dict(zip(table["parameter"], table["log_derivative"], strict=True))
    dose, absorption = "regimen.phases[0].doses[0]", "drugs[0].kinetics.absorption"
    # All doses later is a longer lag, and a larger share of them larger doses.
    assert by[f"{dose}.start_hours"] == pytest.approx(by[f"{absorption}.lag"], rel=1e-3)
    assert by[f"{dose}.amount"] * 300 == pytest.approx(by[f"{absorption}.bioavailability"] * 0.6, rel=1e-8)
