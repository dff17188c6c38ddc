"""Mechanisms where they meet: drugs that inhibit what they meet themselves, chains of needs, words that are wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.pharmacology import DrugPotency, Inhibition
from chemoevo.resistance.steps import steps_of

PLAN = ce.Regimen.parse("k 100 mg over 1 h q21d x2")


def drug(name: str = "k", **more: Any) -> ce.Drug:
    parts: dict[str, Any] = {
        "drug_class": "own",
        "molar_mass": 500,
        "fraction_unbound": 0.5,
        "kinetics": ce.Kinetics(clearance=5, volume=20),
        "potency": DrugPotency(ec50=1, hill=1),
    }
    return ce.Drug(name=name, **{**parts, **more})


def scenario(*mechanisms: ce.Mechanism, drugs: list[ce.Drug], **more: Any) -> ce.Scenario:
    changes = more.pop("changes", [])
    altered = [ce.Alteration(name="A", mutation=1e-6, changes=changes)] if changes else []
    parts: dict[str, Any] = {
        "name": "a test",
        "tumor": ce.Tumor(birth=0.2, death=0.1, size=1e5, alterations=altered, expressions=more.pop("expressions", {})),
        "regimen": PLAN,
        "patient": ce.Patient(bsa=1.8),
        "potencies": [ce.Potency(drug="k", emax=1, basis="a test")],
        "drugs": drugs,
        "mechanisms": mechanisms,
        "follow_up": ce.FollowUp(horizon=42),
    }
    return ce.Scenario(**{**parts, **more})


def killed(model: ce.Scenario) -> np.ndarray:
    """log10 of the factor that the drugs take in the first cycle, by genotypes."""
    rates = model.rates
    lengths = np.diff(rates.breakpoints, prepend=0.0)
    first = rates.breakpoints <= 21 + 1e-9
    found: np.ndarray = lengths[first] @ (rates.death[: len(lengths)] - model.tumor.death)[first] / np.log(10)
    return found


@pytest.mark.parametrize("inhibits", [Inhibition(mechanism="pump", ki=0.1), Inhibition(mechanism="pump", use=0.05)])
def test_a_kill_is_that_of_a_drug_that_inhibits_what_it_meets(inhibits: Inhibition) -> None:
    pump = ce.Mechanism(
        name="pump", stage="efflux", basal=1, expression=10, turnover_hours=24, drugs=[ce.OnDrug(drug="k", fold=9)]
    )
    own = drug(inhibits=[inhibits])
    at = ce.Anchor(
        cycle_length_days=21,
        doses=[ce.Dose(drug="k", amount=100, unit="mg", duration_hours=1)],
        patient=ce.Patient(bsa=1.8),
        drug=own,
    )
    kill = ce.Potency(drug="k", log10_kill_per_cycle=2, at=at, basis="a test")
    model = scenario(pump, drugs=[own], potencies=[kill])
    assert killed(model)[0] == pytest.approx(2, rel=1e-3)
    assert model.rates.potencies["k"].log10_kill_per_cycle == pytest.approx(2, rel=1e-6)
    # Of a drug that leaves the pump alone Emax is another one.
    plain = scenario(pump, drugs=[drug()], potencies=[kill.replace({"at.drug": drug()})])
    assert plain.rates.potencies["k"].emax != pytest.approx(model.rates.potencies["k"].emax, rel=0.05)


def test_a_pump_that_saturates_is_used_up_as_one_that_does_not() -> None:
    def death(km: float | None) -> float:
        pump = ce.Mechanism(name="pump", stage="efflux", turnover_hours=24, drugs=[ce.OnDrug(drug="k", fold=20, km=km)])
        own = [drug(), drug("m", mode="modulator", potency=None, inhibits=[Inhibition(mechanism="pump", use=1)])]
        plan = ce.Regimen.parse("k 100 mg over 1 h + m 100 mg over 1 h q21d x1")
        model = scenario(pump, drugs=own, regimen=plan, changes=[ce.Change(mechanism="pump", by=1)])
        return float(killed(model)[1])

    # Far below Km both are one.
    assert death(1e4) == pytest.approx(death(None), rel=1e-2)


def test_a_chain_of_needs_is_followed() -> None:
    def one(name: str, needs: str | None) -> ce.Mechanism:
        on = ce.OnDrug(drug="k", fold=4, needs=needs)
        return ce.Mechanism(name=name, stage="detoxification", drugs=[on])

    chain = [one("p", "q"), one("q", "r"), one("r", None)]
    known: dict[str, Any] = {"mechanisms": chain, "drugs": {"k": drug()}}
    assert ce.fold(drug(), expressions={"p": 1, "q": 1}, **known) == pytest.approx(4)
    assert ce.fold(drug(), expressions={"p": 1, "q": 1, "r": 1}, **known) == pytest.approx(10)
    with pytest.raises(ce.ModelError, match=r"drugs\[0\]\.needs must be another mechanism; got 'p'"):
        one("p", "p")


def test_two_pumps_of_a_drug_do_not_both_saturate() -> None:
    pumps = [
        ce.Mechanism(name=name, stage="efflux", drugs=[ce.OnDrug(drug="k", fold=4, km=1)]) for name in ("one", "two")
    ]
    with pytest.raises(ce.ModelError, match="The pumps one, two all have a km for 'k'"):
        steps_of("k", pumps)
    changes = [ce.Change(mechanism=name, by=1) for name in ("one", "two")]
    with pytest.raises(ce.ModelError, match="The pumps one, two all have a km for 'k'"):
        scenario(*pumps, drugs=[drug()], changes=changes)


@pytest.mark.parametrize("field", [{"ceiling": 0.5}, {"km": 1.0}])
def test_what_needs_another_has_neither_ceiling_nor_km(field: dict[str, float]) -> None:
    (name,) = field
    with pytest.raises(ce.ModelError, match=f"{name} must be left out where needs is given"):
        ce.OnDrug(drug="k", fold=2, needs="q", **field)  # type: ignore[arg-type]


PUMP = ce.Mechanism(name="pump", stage="efflux", drugs=[ce.OnDrug(drug="k", fold=9)])


def test_a_modulator_that_kills_is_a_drug_like_others() -> None:
    both = drug(mode="modulator", inhibits=[Inhibition(mechanism="pump", ki=1)])
    unknown = ce.Mechanism(name="other", stage="repair", drugs=[])
    with pytest.raises(ce.ModelError, match="must name pairs of which nothing is known: other and k"):
        scenario(PUMP, unknown, drugs=[both], changes=[ce.Change(mechanism="other", by=1)])


def test_a_misspelled_mechanism_of_a_drug_is_an_error() -> None:
    wrong = drug(inhibits=[Inhibition(mechanism="pmup", ki=1)])
    with pytest.raises(
        ce.ModelError, match=r"drugs\[k\]\.inhibits\[0\]\.mechanism must be a mechanism .*'pmup'.*'pump'"
    ):
        scenario(PUMP, drugs=[wrong], changes=[ce.Change(mechanism="pump", by=1)])


def test_what_is_known_is_not_assumed() -> None:
    changes = [ce.Change(mechanism="pump", by=1)]
    with pytest.raises(ce.ModelError, match=r"assume_untouched\[0\] must be a pair of which nothing is known"):
        scenario(PUMP, drugs=[drug()], changes=changes, assume_untouched=[["pump", "k"]])
    with pytest.raises(
        ce.ModelError, match=r"^assume_untouched must be true, false or pairs of a mechanism and a drug"
    ):
        scenario(PUMP, drugs=[drug()], changes=changes, assume_untouched="yes")


@pytest.mark.parametrize("mode", ["cytostatic", "dividing", "norton-simon"])
def test_only_drugs_that_add_to_death_interact(mode: Any) -> None:
    plan = ce.Regimen.parse("k 100 mg over 1 h + docetaxel 75 mg/m2 over 1 h q21d x1")
    potencies = [
        ce.Potency(drug="k", emax=0.5, basis="a test"),
        ce.Potency(drug="docetaxel", emax=0.5, mode=mode, basis="a test"),
    ]
    pair = ce.Interaction(drugs=["k", "docetaxel"], alpha=1, basis="a test")
    with pytest.raises(ce.ModelError, match=r"interactions\[0\]\.drugs\[1\] must be cytotoxic"):
        scenario(drugs=[drug()], regimen=plan, potencies=potencies, interactions=[pair])


@pytest.mark.parametrize("wrong", [{"docetaxel": 3}, "docetaxel", 3, [1]])
def test_drugs_of_an_assay_are_drugs(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^drugs(\['docetaxel'\]|\[0\])? must be "):
        ce.fold("docetaxel", drugs=wrong)


def test_rare_cures_where_the_first_type_switches() -> None:
    rates: dict[str, Any] = {"types": ["S", "R"], "birth": [0.14, 0.14], "switching": {("S", "R"): 3e-7}}
    growth, therapy = (ce.BranchingProcess(**rates, death=[death, 0.07]) for death in (0.07, 0.7))
    tumor = ce.GrownTo(growth, size=1e6)
    exact = float(ce.cure_probability(therapy, initial=tumor, horizon=365.0))
    found = ce.rare_cure_probability(therapy, initial=tumor, horizon=365.0, replicates=2000, seed=1, keep=0.3)
    # 4.9 standard errors of the logarithm: a false alarm of 1e-6. Planted: founders counted twice.
    error = (np.log(found.high) - np.log(found.low)) / (2 * 1.96)
    assert abs(np.log(found.value / exact)) < 4.9 * error
    assert abs(np.log(found.value / exact**2)) > 4.9 * error


def test_the_law_of_growth_says_where_it_does_not_hold() -> None:
    often = scenario(PUMP, drugs=[drug()], changes=[ce.Change(mechanism="pump", by=1)])
    often = often.replace({"tumor.alterations[0].switch_on": 0.005, "tumor.size": 1e6})
    with pytest.warns(UserWarning, match=r"Mutants are .* % of this tumor at detection"):
        ce.sensitivities(often, with_respect_to=["tumor.birth"])
    with pytest.warns(UserWarning, match="The law of growth, by which it is answered for"):
        ce.relapse_time(often, size=1e5)
    assert ce.cure_probability(often, replicates=3, seed=1).method == "histories"
